"""The end of a journal: what was recorded since some place in it, without reading what is before.

A journal may grow for weeks, and who comes back looks at its end. So it is read from the beginning of the
cell that ran at that place; where more than `NEAR` has come since, from `NEAR` before the end, and with
the beginning of the cell that ran there. What is left out between the two counts as a gap. The beginnings of
cells are found by a word in the bytes: a gigabyte in a second, where decoding takes twenty.

A cell that began before another one and runs still (in a subshell) is not found. What it says is passed over,
as is what threads of earlier cells say.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from zconsole.journal.cells import Past
from zconsole.journal.entries import Entry, decode
from zconsole.journal.reader import entries_from, opened

NEAR = 2 << 20
"""Bytes at a journal's end that are read at most: a twentieth of a second, some 1,000 short cells."""

HEAD = 1 << 16
"""Bytes of the beginning of a cell that are read, when it began before those."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """The whole lines of a journal from a byte on: up to another one, or to the journal's end."""

    begin: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The `parts` of a journal in which it is told what has been since a place. `earlier` is the number of
    the first cell that began behind the place and is in none of them; None when all are."""

    parts: Sequence[Part]
    earlier: int | None = None

    @property
    def past(self) -> Past:
        """What is to be fed with the entries."""
        middle = self.parts[0].begin > 0  # of a life of the kernel, which has begun before
        return Past(lives=[Entry("life", 0.0, {})]) if middle else Past()

    def entries(self, directory: Path) -> Iterator[tuple[Entry, int]]:
        """The entries of all parts, each with the offset of what follows it; between two parts a `gap`, whose
        field `unread` is its size in bytes. Raises JournalError."""
        read: int | None = None
        for part in self.parts:
            for entry, behind in entries_from(directory, part.begin, part.end):
                if read is not None:
                    yield Entry("gap", entry.at, {"unread": part.begin - read}), part.begin
                    read = None
                yield entry, behind
            read = part.end


def excerpt(directory: Path, place: int) -> Excerpt:
    """What tells of all since a place in a journal, in bytes from its beginning. Raises JournalError."""
    with opened(directory) as file:
        size = file.seek(0, os.SEEK_END)
        place = min(place, size)
        begin = _beginning(file, place)
        if size - begin <= NEAR:
            return Excerpt([Part(begin)])
        near = _line_behind(file, size - NEAR)
        cell = _beginning(file, near)
        head = _line_behind(file, cell + HEAD)
        parts = [Part(cell, head), Part(near)] if head < near else [Part(cell)]
        return Excerpt(parts, _next_number(file, place) if cell > place else None)


def read_recent(directory: Path) -> Past:
    """What a journal tells of its newest cell, and of what has been since that began. Raises JournalError."""
    found = excerpt(directory, sys.maxsize)
    past = found.past
    for entry, _ in found.entries(directory):
        past.feed(entry)
    return past


def newest_message(directory: Path, msg_type: str) -> tuple[Entry, int] | None:
    """The newest message of a type in this life of the kernel, with the offset of what follows it; None
    without one. Raises JournalError."""
    with opened(directory) as file:
        word = b'"%b"' % msg_type.encode()
        for _, entry in _backward(file, file.seek(0, os.SEEK_END), word, _LIFE):
            if entry.kind == "life":
                return None
            if entry.msg_type == msg_type:
                return entry, file.tell()
    return None


def types_behind(directory: Path, offset: int) -> Iterator[str]:
    """The types of the messages of iopub behind `offset`, read off the bytes: there may be a million. Raises
    JournalError."""
    with opened(directory) as file:
        file.seek(offset)
        yield from (head[1].decode() for head in map(_IOPUB.match, file) if head)


def inputs_backward(directory: Path) -> Iterator[tuple[int, Entry]]:
    """The execute_inputs of a journal, the newest first, each with its offset. Raises JournalError."""
    with opened(directory) as file:
        for offset, entry in _backward(file, file.seek(0, os.SEEK_END), _CELL):
            if entry.msg_type == "execute_input":
                yield offset, entry


def _beginning(file: BinaryIO, end: int) -> int:
    """Where the newest line before `end` begins in which a cell does, or a life of the kernel; else 0."""
    for start, entry in _backward(file, end, _CELL, _LIFE):
        if entry.kind == "life" or entry.msg_type == "execute_input":
            return start
    return 0


def _next_number(file: BinaryIO, place: int) -> int | None:
    """The number of the first cell that begins behind a place."""
    file.seek(place)
    for line in file:
        if _CELL in line and (entry := decode(line[:-1])) and entry.msg_type == "execute_input":
            count = entry.fields["content"].get("execution_count")
            return count if isinstance(count, int) else None
    return None


def _line_behind(file: BinaryIO, place: int) -> int:
    """Where the first line begins that begins at a place or behind it."""
    file.seek(max(0, place - 1))
    file.readline()
    return file.tell()


def _backward(file: BinaryIO, end: int, *words: bytes) -> Iterator[tuple[int, Entry]]:
    """The entries that begin before `end` and have one of these words in them, the newest first, each with
    its offset; the file stands behind it."""
    while (found := _last(file, end, *words)) >= 0:
        end = _last(file, found, b"\n") + 1
        file.seek(end)
        if entry := decode(file.readline()[:-1]):
            yield end, entry


def _last(file: BinaryIO, end: int, *words: bytes) -> int:
    """Where the last of these words before `end` begins; -1 without one."""
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        block = file.read(end - start + max(map(len, words)))
        # forward it is found five times as fast
        near = [block.rfind(word, 0, end - start + len(word) - 1) for word in words if word in block]
        if (found := max(near, default=-1)) >= 0:
            return start + found
        end = start
    return -1


_CELL = b'"execute_input"'
_LIFE = b'{"kind": "life"'

_IOPUB = re.compile(
    rb'.{9}\{"kind":"message","at":[\d.]+,"channel":"iopub","header":\{.*?"msg_type": *"(\w+)"'
)
"""A message of iopub, as `encode_message` writes it, up to its type."""
