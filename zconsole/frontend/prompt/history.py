"""What the user has typed, kept by the front end: one append-only file per language.

A line is one JSON object `{"code": ..., "at": ...}`. Several consoles write the same file: an entry is a
single write to a file opened for appending, so entries never mix. Whatever is no entry (a torn line, an
editor's mishap) is skipped. Nothing locks, so a network file system is no trouble.

A file may hold hundreds of thousands of entries and the prompt must not wait for them: reading begins
at the end of the file, in steps that let the loop breathe, and stops at `RECENT`.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path

from prompt_toolkit.history import History

RECENT = 10_000
"""Entries that the up key reaches. The editor keeps each in a list that it fills again for every prompt
(1 µs an entry)."""

_STEP = 200  # entries between two breaths: about 1 ms
_CHUNK = 65_536  # bytes read at a time, from the end


class FileHistory(History):
    """The history in a file, for the line editor. A file that cannot be read is an empty one; when it
    cannot be written, `problem` says why and the entries live as long as the session."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.problem = ""
        self._reading: Iterator[str] | None = None
        try:
            self._end = path.stat().st_size  # what comes behind this is kept here as well
        except OSError:
            self._end = 0

    async def load(self) -> AsyncGenerator[str, None]:
        """The entries, newest first."""
        known = len(self._loaded_strings)
        for number, entry in enumerate(self._loaded_strings[:]):
            yield entry
            if number % _STEP == _STEP - 1:
                await asyncio.sleep(0)
        if self._loaded:
            return
        # a later prompt goes on where an earlier one was left
        self._reading = self._reading or iter(self.load_history_strings())
        for entry in self._reading:
            self._loaded_strings.append(entry)
            known += 1
            yield entry
            if known % _STEP == 0:
                await asyncio.sleep(0)
            if known >= RECENT:
                break
        self._loaded = True

    def load_history_strings(self) -> Iterable[str]:
        """The entries of the file, newest first; one that repeats its neighbour is left out."""
        previous = None
        for line in _lines_backward(self.path, self._end):
            entry = _entry(line)
            if entry is not None and entry != previous:
                yield entry
                previous = entry

    def append_string(self, string: str) -> None:
        """Remember an entry."""
        if string.strip() and self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Append an entry to the file."""
        line = json.dumps({"code": string, "at": round(time.time(), 3)}, ensure_ascii=True) + "\n"
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, line.encode())
            finally:
                os.close(file)
        except OSError as error:
            self.problem = f"Cannot write the history to {self.path}: {error.strerror}."


def _entry(line: bytes) -> str | None:
    try:
        fields = json.loads(line)
    except ValueError:  # no JSON, or no UTF-8
        return None
    code = fields.get("code") if isinstance(fields, dict) else None
    return code if isinstance(code, str) else None


def _lines_backward(path: Path, end: int) -> Iterator[bytes]:
    """The lines in the first `end` bytes of a file, last first, read as they are asked for."""
    try:
        with path.open("rb") as file:
            rest = b""
            while end > 0:
                begin = max(0, end - _CHUNK)
                file.seek(begin)
                first, *lines = (file.read(end - begin) + rest).split(b"\n")
                yield from (line for line in reversed(lines) if line)
                rest, end = first, begin
            if rest:
                yield rest
    except OSError:
        return
