"""The files in which a history is kept: one per language and machine, and what reads them as one.

A line is one JSON object `{"code": ..., "at": ...}`. The rule: what has been written is never moved and
never rewritten, so nothing locks and nothing can be lost. An entry is a single write to a file opened for
appending: among the processes of one machine such writes never mix. Among machines that share a disk (NFS)
they do, each appends where it believes the end to be; so each has a file of its own (`python.HOST.jsonl`),
and who reads merges them by time. Whatever is no entry (a torn line, an editor's mishap) is skipped, and a
torn end is ended before the next entry is written.

To forget an entry is to write blanks over it where it stands.
"""

from __future__ import annotations

import errno
import json
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

_CHUNK = 65_536
"""Bytes read at a time, from the end: some 600 entries, a third of a millisecond."""

_MERGED = 500  # entries that are handed over at a time where several files are merged

_NO_CLOCK = 1e9
"""Times before this (2001) are those of a machine that did not know the time."""


class Entry(NamedTuple):
    """A block and when it was entered, in seconds since the epoch."""

    at: float
    code: str


class Place(NamedTuple):
    """Where an entry stands: its file, its first byte, its bytes without the line's end."""

    path: Path
    start: int
    size: int


class HistoryFiles:
    """The files of one history. `path` names them all: `python.jsonl` stands for that file and
    `python.*.jsonl` beside it; `machine` says which of them is written."""

    def __init__(self, path: Path, machine: str | None = None) -> None:
        self._path = path
        self.name = path.stem
        self.own = self.named(_machine() if machine is None else machine)

    def named(self, name: str) -> Path:
        """The file of that name among them."""
        return self._path.with_name(f"{self._path.stem}.{name}{self._path.suffix}")

    def append(self, code: str) -> Place:
        """Append an entry to our own file. Raises OSError."""
        line = _line(Entry(round(time.time(), 3), code))
        self.own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.own, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            text = b"\n" + line if torn else line
            if os.write(file, text) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # the system has moved this to the end of what we have written, whoever writes beside us
            end = os.lseek(file, 0, os.SEEK_CUR)
        finally:
            os.close(file)
        return Place(self.own, end - len(line), len(line) - 1)

    def add(self, name: str, entries: Iterable[Entry]) -> None:
        """Make the file of that name, whole or not at all. Raises OSError."""
        target = self.named(name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(map(_line, entries))
        draft.replace(target)

    def survey(self) -> list[tuple[Path, int]]:
        """The files that there are, and the bytes in each."""
        beginning, end = f"{self._path.stem}.", self._path.suffix
        try:
            with os.scandir(self._path.parent) as found:
                return [
                    (Path(each.path), each.stat().st_size)
                    for each in found
                    if each.name == self._path.name
                    or (each.name.startswith(beginning) and each.name.endswith(end))
                ]
        except OSError:
            return []

    def first(self) -> float:
        """When the oldest entry was entered; infinite when there is none."""
        return min((_first(path) for path, _ in self.survey()), default=math.inf)

    def newest_first(self, files: Iterable[tuple[Path, int]]) -> Iterator[list[str]]:
        """The entries in the first bytes of each of these files, newest first, some at a time, read as they
        are asked for."""
        readers = [_backward(path, size) for path, size in files]
        if len(readers) == 1:
            yield from (_codes(lines)[::-1] for lines in readers[0])
            return
        merged = merge(
            *(_descending(chain.from_iterable(map(_newest_first, reader))) for reader in readers), key=_age
        )
        while some := [entry.code for entry in islice(merged, _MERGED)]:
            yield some

    def forget(self, unwanted: Callable[[str], bool]) -> int:
        """Write blanks over the entries whose code is `unwanted`; how many there were. Raises OSError."""
        places = [place for path, _ in self.survey() for place in _places(path, unwanted)]
        for place in places:
            blank(place)
        return len(places)


def blank(place: Place) -> None:
    """Write blanks over what stands there. Raises OSError."""
    file = os.open(place.path, os.O_WRONLY)
    try:
        os.pwrite(file, b" " * place.size, place.start)
        os.fsync(file)
    finally:
        os.close(file)


def _machine() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name) or "localhost"


def _line(entry: Entry) -> bytes:
    # half the time of encoding a dictionary: IPython's history is long
    return f'{{"code": {json.dumps(entry.code)}, "at": {entry.at}}}\n'.encode("ascii")


def _age(entry: Entry) -> float:
    return -entry.at


def _first(path: Path) -> float:
    try:
        with path.open("rb") as file:
            return min(
                (entry.at for entry in _entries([file.readline()]) if entry.at > _NO_CLOCK), default=math.inf
            )
    except OSError:
        return math.inf


def _descending(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries of one file with times that never rise from the newest on: its order is right, whatever
    the clock was."""
    latest = math.inf
    for entry in entries:
        latest = min(latest, entry.at) if entry.at > _NO_CLOCK else latest
        yield Entry(latest, entry.code)


def _backward(path: Path, end: int) -> Iterator[list[bytes]]:
    """The lines in the first `end` bytes of a file, some at a time, from the end on. A file that cannot be
    read is empty."""
    try:
        with path.open("rb") as file:
            rest = b""
            while end > 0:
                begin = max(0, end - max(_CHUNK, len(rest)))  # a long line is not gone over often
                file.seek(begin)
                rest, *lines = (file.read(end - begin) + rest).split(b"\n")
                yield lines
                end = begin
            yield [rest]
    except OSError:
        return


def _places(path: Path, unwanted: Callable[[str], bool]) -> Iterator[Place]:
    start = 0
    with path.open("rb") as file:
        for line in file:
            if any(unwanted(entry.code) for entry in _entries([line])):
                yield Place(path, start, len(line.rstrip(b"\n")))
            start += len(line)


def _newest_first(lines: list[bytes]) -> list[Entry]:
    return _entries(lines)[::-1]


def _codes(lines: list[bytes]) -> list[str]:
    """The blocks of the entries among these lines: where no other file has to be merged in, the times are not
    looked at."""
    items = _items(lines)
    try:
        return [item["code"] + "" for item in items]
    except (TypeError, KeyError):
        return [entry.code for item in items for entry in _entry(item)]


def _entries(lines: list[bytes]) -> list[Entry]:
    """What of these lines is an entry."""
    items = _items(lines)
    try:
        return [Entry(item["at"] + 0.0, item["code"] + "") for item in items]  # most often that is all
    except (TypeError, KeyError):
        return [entry for item in items for entry in _entry(item)]


def _items(lines: list[bytes]) -> list[Any]:
    """The values of those of these lines that are JSON. They are taken at once, which is four times as fast,
    and one by one where one of them is none."""
    lines = list(filter(None, lines))
    try:
        items: list[Any] = json.loads(b"[%s]" % b",".join(lines))
    except (ValueError, RecursionError):  # no JSON, no UTF-8; or deep; or blank
        items = []
    return items if len(items) == len(lines) else [item for line in lines for item in _item(line)]


def _item(line: bytes) -> list[object]:
    try:
        return [json.loads(line)]
    except (ValueError, RecursionError):
        return []


def _entry(item: object) -> list[Entry]:
    code = item.get("code") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(code, str):
        return []
    at = item.get("at")
    return [Entry(float(at) if isinstance(at, (int, float)) else 0.0, code)]
