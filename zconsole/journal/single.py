"""One cell of a journal, found without decoding the others: what `%reopen` shows.

All lines are gone through, as bytes, for a number or a msg_id: a second for 250 MB of 100,000 cells, where
decoding takes five. A kernel that publishes no execute_input has no cells here.
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
    found, offset = [], 0
    number = re.compile(rb'"execution_count": *%d\b' % count)
    with opened(directory) as file:
        for line in file:
            entry = decode(line[:-1]) if b'"execute_input"' in line and number.search(line) else None
            if entry and entry.msg_type == "execute_input" and _count(entry) == count:
                found.append((offset, entry))
            offset += len(line)
    return found


def _count(entry: Entry) -> object:
    return entry.fields["content"].get("execution_count")


def _about(directory: Path, offset: int, request: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries behind `offset` that are about a request; when another one has updated displays, as if this
    one had."""
    msg_id = str(request.get("msg_id", ""))
    word = msg_id.encode()
    with opened(directory) as file:
        file.seek(offset)
        for line in file:
            if (word in line or b'"update_display_data"' in line) and (entry := decode(line[:-1])):
                if entry.msg_type == "update_display_data":
                    entry = entry._replace(fields={**entry.fields, "parent": request})
                yield entry
