"""Coming to a kernel that was kept: what has been recorded is shown, and behind it what is said from now on.

What a kernel publishes is one stream, for us and for who records it. So what we hear is held until the
first message of it stands in the journal; what the journal has before that one is what we have missed. A
kernel that says nothing for a while has no such place; then it is where the journal ends, and what it has is
not shown again.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zconsole.frontend.past.away import Away
from zconsole.handover import Seam
from zconsole.journal.cells import Cell, Output, Past
from zconsole.journal.entries import is_recorded
from zconsole.journal.reader import content_of, entries_from
from zconsole.journal.recent import excerpt
from zconsole.journal.visits import attend, end_of_message, note_seen, seen
from zconsole.message import Content, Header, Message

SILENCE_WAIT = 0.5
"""Seconds for a first message; the kernel is asked something when we come, and most tell that on iopub."""

RECORD_WAIT = 2.0
"""Seconds for what we have heard to be recorded. It is within some milliseconds."""

LEAVE_WAIT = 0.2
"""Seconds for the last of it to be recorded when we leave; else the last cell is shown once more."""

LOOK_INTERVAL = 0.01
"""Seconds between two looks for it: nothing in Python's library tells that a file has grown."""

OVERLAP = 10_000
"""Messages at the journal's end that are known again when they come to us as well."""


class Arrival:
    """One arrival at a session in a folder; `name` is what we are called. Until it is `over`, what comes on
    iopub is held."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._attending = attend(folder)
        self._held: list[Message] = []
        self._ids: set[str] = set()
        self._last = ""
        self._heard: asyncio.Future[None] = self._loop.create_future()
        self._past = Past()
        self._earlier: int | None = None
        self._had_ended: set[str] | None = None
        self._newest: deque[str] = deque(maxlen=OVERLAP)
        self._met = False
        self._seam: Seam | None = None
        self.over = False

    def hold(self, message: Message) -> bool:
        """Take a message of iopub; False when it is to be shown as it comes."""
        if is_recorded(message):
            self._last = message.msg_id
        if self.over:
            return self._seam is not None and not self._seam.is_new("iopub", message.msg_id)
        self._held.append(message)
        if is_recorded(message):
            self._ids.add(message.msg_id)
            if not self._heard.done():
                self._heard.set_result(None)
        return True

    async def read(self) -> None:
        """Read what has been recorded, up to where we have begun to listen. Raises JournalError."""
        await asyncio.wait([self._heard], timeout=SILENCE_WAIT)
        try:
            await self._loop.run_in_executor(None, self._read)
        finally:
            if self._had_ended is None:
                self._had_ended = self._ended()

    @property
    def runs(self) -> Cell | None:
        """The cell that runs, as far as it was recorded."""
        return next(reversed(self._past.running), None)

    @property
    def asking(self) -> Sequence[Message]:
        """The questions of cells that had no answer yet."""
        return [_message(fields) for fields in self._past.asking.values()] if self.runs else []

    def away(self, runs: Cell | None) -> Away:
        """What was missed; `runs` is the cell that does."""
        noted = seen(self._folder)
        since = noted[1] if noted else self._past.last
        ended = self._had_ended or set()
        return Away(self._past, ended, since, time.time(), runs, self._name, self._earlier)

    def content(self, output: Output) -> Content:
        """The content of an output of the past."""
        return content_of(self._folder, output)

    def release(self) -> Iterable[Message]:
        """It is over: what was held and is not in the past."""
        self.over = True
        if not self._met:
            self._seam = Seam(self._newest)
        return [message for message in self._held if self._met or self._seam_takes(message)]

    @property
    def doubtful(self) -> bool:
        """Whether what we have heard has not been recorded in time."""
        return bool(self._ids) and not self._met

    async def leave(self) -> None:
        """We go, and have seen all that has come to us; it may be on its way into the journal."""
        end = time.monotonic() + LEAVE_WAIT
        offset = end_of_message(self._folder, self._last)
        while offset is None and time.monotonic() < end:
            await asyncio.sleep(LOOK_INTERVAL)
            offset = end_of_message(self._folder, self._last)
        note_seen(self._folder, offset)
        if self._attending is not None:
            os.close(self._attending)
            self._attending = None

    def _seam_takes(self, message: Message) -> bool:
        return self._seam is None or self._seam.is_new("iopub", message.msg_id)

    def _ended(self) -> set[str]:
        return {cell.msg_id for cell in self._past.cells if cell.ended is not None}

    def _read(self) -> None:
        noted = seen(self._folder)
        start = noted[0] if noted else 0
        end = time.monotonic() + (RECORD_WAIT if self._ids else 0)
        found = excerpt(self._folder, start)
        self._past, self._earlier = found.past, found.earlier
        offset, entries = found.parts[0].begin, found.entries(self._folder)
        while True:
            for entry, behind in entries:
                msg_id = entry.fields["header"]["msg_id"] if entry.kind == "message" else ""
                if msg_id in self._ids:
                    self._met = True
                    return
                if self._had_ended is None and offset >= start:
                    self._had_ended = self._ended()
                self._past.feed(entry)
                self._newest.append(msg_id)
                offset = behind
            if time.monotonic() >= end:
                return
            time.sleep(LOOK_INTERVAL)
            entries = entries_from(self._folder, offset)


def _message(fields: Mapping[str, Any]) -> Message:
    """The message of an entry."""
    header, parent = fields["header"], fields["parent"]
    return Message(_header(header), _header(parent) if parent else None, fields.get("content", {}))


def _header(fields: Mapping[str, Any]) -> Header:
    msg_id, msg_type, session, username = (
        str(fields.get(name, "")) for name in ("msg_id", "msg_type", "session", "username")
    )
    return Header(msg_id, msg_type, session, username)
