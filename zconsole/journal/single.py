"""One cell of a journal, found without decoding the others: what `%reopen` shows.

All lines are gone through, as bytes, for a number or a msg_id: half a second for 250 MB of
100,000 cells, where decoding takes five. A kernel that publishes no execute_input has no cells here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zconsole.journal.cells import Past
from zconsole.journal.entries import Entry, decode
from zconsole.journal.reader import opened
from zconsole.journal.recent import inputs_backward

_BLOCK = 1 << 18
"""Bytes that are looked through at once."""


def cells(directory: Path, count: int | None) -> Iterator[Past]:
    """The cells with this number, all without one, the newest first: each in a past that has nothing else but
    what has become of its displays. Raises JournalError."""
    found = inputs_backward(directory) if count is None else reversed(_numbered(directory, count))
    for offset, entry in found:
        past = Past()
        for each in _about(directory, offset, entry.fields["parent"]):
            past.feed(each)
        yield past


def _numbered(directory: Path, count: int) -> list[tuple[int, Entry]]:
    """The inputs with this number, each with the offset of its line."""
    number = re.compile(rb'"execution_count": ?%d\b' % count)
    return [
        (offset, entry)
        for offset, entry in _entries(directory, 0, number)
        if entry.msg_type == "execute_input" and entry.fields["content"].get("execution_count") == count
    ]


def _about(directory: Path, offset: int, request: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries behind `offset` that are about a request; when another one has updated displays, as if this
    one had."""
    own = re.compile(re.escape(str(request.get("msg_id", "")).encode()))
    for _, entry in _entries(directory, offset, own, re.compile(b'"update_display_data"')):
        if entry.msg_type == "update_display_data":
            yield entry._replace(fields={**entry.fields, "parent": request})
        else:
            yield entry


def _entries(directory: Path, offset: int, *patterns: re.Pattern[bytes]) -> Iterator[tuple[int, Entry]]:
    """The entries behind `offset` in which one of these is found, each with its own offset."""
    with opened(directory) as file:
        file.seek(offset)
        while block := file.read(_BLOCK) + file.readline():
            met = any(pattern.search(block) for pattern in patterns)
            for line in block.splitlines(keepends=True) if met else [block]:
                if met and any(pattern.search(line) for pattern in patterns) and (entry := decode(line[:-1])):
                    yield offset, entry
                offset += len(line)
