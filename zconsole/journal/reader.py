"""Reading a journal, also while it is written: whole lines are all there is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from zconsole.journal.cells import Output, Past, past
from zconsole.journal.entries import VERSION, Entry, decode
from zconsole.journal.store import BLOBS, FILE, JournalError

_BLOCK = 1 << 16


def check(directory: Path) -> Entry:
    """The first entry. Raises JournalError when there is none, or it is of a newer version."""
    with opened(directory) as file:
        line = file.readline()
    first = decode(line[:-1]) if line.endswith(b"\n") else None
    if first is None or first.kind != "session":
        raise JournalError(f"There is no session in {directory}.")
    version = first.fields.get("version", 0)
    if not isinstance(version, int) or version > VERSION:
        raise JournalError(
            f"The session in {directory} was recorded by a newer zconsole (format {version}); "
            f"this one reads {VERSION}."
        )
    return first


def entries(directory: Path, offset: int = 0) -> Iterator[Entry]:
    """The entries of a journal; a line that is none is passed over. Raises JournalError."""
    check(directory)
    for entry, _ in entries_from(directory, offset):
        yield entry


def entries_from(directory: Path, offset: int = 0, end: int | None = None) -> Iterator[tuple[Entry, int]]:
    """The entries behind `offset` (bytes) that are whole by now, up to `end`, each with the offset of what
    follows it. Raises JournalError."""
    with opened(directory) as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n") or (end is not None and offset >= end):
                return
            offset += len(line)
            if entry := decode(line[:-1]):
                yield entry, offset


@contextmanager
def opened(directory: Path) -> Iterator[BinaryIO]:
    """The file of a journal. Raises JournalError, also where it is read."""
    try:
        with (directory / FILE).open("rb") as file:
            yield file
    except OSError as error:
        raise JournalError(f"Cannot read the session in {directory}: {error.strerror}.") from None


def whole(file: Path) -> int:
    """Where the last whole line of a journal ends, in bytes. Raises OSError."""
    with file.open("rb") as journal:
        end = journal.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK)
            journal.seek(start)
            if found := journal.read(end - start).rfind(b"\n") + 1:
                return start + found
            end = start
        return 0


def last_entry(directory: Path) -> Entry | None:
    """The newest whole entry of a journal, found from its end; None when there is none to be had."""
    try:
        with (directory / FILE).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            for length in (1 << 12, 1 << 20, size):
                file.seek(max(0, size - length))
                *lines, _ = file.read().split(b"\n")  # behind the last line end there is no whole line
                # the first one may be the rest of a line; then its sum is not right
                if entry := next(filter(None, map(decode, reversed(lines))), None):
                    return entry
    except OSError:
        pass
    return None


def read_past(directory: Path) -> Past:
    """What a journal tells. Raises JournalError."""
    return past(entries(directory))


def content_of(directory: Path, output: Output) -> Mapping[str, Any]:
    """The content of an output, wherever it is; empty when it has been lost."""
    if output.content is not None:
        return output.content
    try:
        content = json.loads((directory / BLOBS / output.blob).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
