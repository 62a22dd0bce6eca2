"""The recorder: what a kernel says goes into a journal, as it happens, and the session never waits for it.

The journal begins with the first cell: a session in which nothing was run leaves nothing. A line is written
when its message comes, so that it is the system's, whatever becomes of this process; the disk has it within a
second, and what was typed at once, by a thread that is there for that alone. A cell, and a session, may say
only so much: behind that what was typed and how it ended is recorded still, and a `cut` tells the rest.

What fails (a full disk) is said once. The session goes on without, and with every cell it is tried again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from zconsole.journal.cells import OUTPUTS
from zconsole.journal.entries import content_of, is_recorded
from zconsole.journal.store import JournalError
from zconsole.journal.writer import BULKY, Journal
from zconsole.message import Header, Message

SYNC_INTERVAL = 1.0
"""Seconds that a power cut may take at most; what was typed is synced at once."""

COUNTED = 256
"""Cells whose output is counted at the same time: of older ones only a thread may still say something."""


class Limits(NamedTuple):
    """Bytes that one cell's output may take, and all outputs of a session."""

    cell: int = 16 << 20
    session: int = 256 << 20


DEFAULT = Limits()


class Recorder:
    """Records one session. `begin` makes the journal, or resumes it, and may raise JournalError; `say` shows
    a sentence. It lives in the running loop."""

    def __init__(
        self, begin: Callable[[], Journal], say: Callable[[str], None], limits: Limits = DEFAULT
    ) -> None:
        self._begin = begin
        self._say = say
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._journal: Journal | None = None
        self._early: list[tuple[str, dict[str, Any]]] = []
        self._seats: Message | None = None
        self._said: dict[str, int] = {}
        self._untold: set[str] = set()
        self._silent_since: float | None = None
        self._dead = self._closed = False
        self._syncing: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def directory(self) -> Path | None:
        """The session's folder, once there is one."""
        return self._journal.directory if self._journal else None

    @property
    def offset(self) -> int:
        """How long the journal is by now, in bytes."""
        return self._journal.size if self._journal else 0

    def start(self) -> None:
        """Begin the journal now, if no cell has: somebody else will go on with it."""
        if self._journal is None and not self._closed:
            self._make()

    def sent(self, request: Message) -> None:
        """An execute_request of ours is on its way; the first one begins the journal."""
        if not self._closed and not request.content.get("silent"):
            self._input_begins()
            code = request.content.get("code")
            if request.content.get("store_history") is False:  # the user wants it to be kept nowhere
                self._untold.add(request.msg_id)
                code = ""
            self._append("sent", at_once=True, header=_told(request.header), code=code)

    def received(self, channel: str, message: Message) -> None:
        """A message has come on iopub or stdin."""
        if self._closed or not is_recorded(message):
            return
        starts = message.msg_type == "execute_input"
        if starts:
            self._input_begins()
        if (journal := self._journal) is None:
            if message.msg_type == "seats":
                self._seats = message  # it tells how much was published before the journal begins
            return
        if message.parent_id in self._untold:
            message = _without_code(message)
        if self._is_too_much(message):
            return
        journal.append_message(channel, message)
        self._written(at_once=starts)

    def answered(self, request: Message, value: str | None) -> None:
        """We have answered an input_request; None for what nobody is to see."""
        self._append("answer", parent=request.msg_id, value=value)

    def life(self, pid: int, first: int) -> None:
        """A kernel begins to live, as process `pid`; its first cell has the number `first`."""
        self._dead = False
        self._early = [("life", {"pid": pid, "first": first})]
        if self._journal:
            self._append("life", pid=pid, first=first)

    def death(self, code: int | None, signal: int | None, peak: int | None, log: str) -> None:
        """The kernel has ended, and nobody asked it to; see `entries`."""
        self._dead = True
        self._append("death", code=code, signal=signal, peak=peak, log=log)

    def gap(self, since: float, missed: int | None) -> None:
        """Something was not heard since then (seconds since the epoch): so many messages, or unknown."""
        self._append("gap", since=round(since, 3), missed=missed)

    def owner(self, pid: int, how: str) -> None:
        """The process `pid` records from now on."""
        self._append("owner", pid=pid, how=how)

    def end(self) -> None:
        """The session is over. When its kernel has died, and no other has come, that is no clean end."""
        if not self._dead and (self._silent_since is None or self._goes_on()):
            self._append("end")
        self.close()

    def close(self) -> None:
        """Record nothing more; another process may go on. Once is enough."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        if self._journal:
            self._journal.close()

    def _input_begins(self) -> None:
        if self._journal is None:
            self._make()
        elif self._silent_since is not None and self._goes_on():
            self._say("The session is recorded again.")

    def _make(self) -> None:
        try:
            self._journal = self._begin()
        except JournalError as error:
            self._fail(str(error))
            self._closed = True
            return
        for kind, fields in self._early:
            self._append(kind, **fields)
        if self._seats:
            self._journal.append_message("iopub", self._seats)

    def _goes_on(self) -> bool:
        """Try to write again after a failure; whether it works."""
        if self._journal is None or self._silent_since is None:
            return False
        if works := self._journal.retry(self._silent_since):
            self._silent_since = None
        return works

    def _append(self, kind: str, *, at_once: bool = False, **fields: Any) -> None:
        if self._journal and not self._closed:
            self._journal.append(kind, **fields)
            self._written(at_once=at_once)

    def _is_too_much(self, message: Message) -> bool:
        """Whether an output is beyond the limits; where they begin to be, that is recorded. An error is not:
        there is one in a cell, and without it the cell would pass for a good one."""
        if message.msg_type not in _LIMITED:
            return False
        parent = message.parent_id
        before = self._said.get(parent, 0)
        if before > self._limits.cell:
            return True
        if parent not in self._said and len(self._said) >= COUNTED:
            del self._said[next(iter(self._said))]
        assert self._journal is not None
        size = len(content_of(message))
        too_much = before + size > self._limits.cell or self._journal.total + size > self._limits.session
        self._said[parent] = self._limits.cell + 1 if too_much else before + size
        if too_much:
            self._append("cut", parent=parent)
        return too_much

    def _written(self, *, at_once: bool) -> None:
        assert self._journal is not None
        if self._journal.problem:
            self._fail(self._journal.problem)
        elif at_once:
            self._sync()
        elif self._timer is None:
            self._timer = self._loop.call_later(SYNC_INTERVAL, self._sync)

    def _sync(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._syncing or self._journal is None:
            self._timer = self._loop.call_later(SYNC_INTERVAL, self._sync)  # behind the one that is under way
            return
        self._syncing = self._loop.run_in_executor(None, self._journal.sync)
        self._syncing.add_done_callback(self._synced)

    def _synced(self, done: asyncio.Future[None]) -> None:
        self._syncing = None

    def _fail(self, sentence: str) -> None:
        if self._silent_since is None:
            self._silent_since = time.time()
            self._say(f"{sentence} The session goes on without being recorded.")


_LIMITED = (OUTPUTS | BULKY) - {"error"}


def _without_code(message: Message) -> Message:
    """A message about a cell without the cell's code; a traceback shows it as well."""
    empty = {"code": "", "traceback": []}
    content = {name: empty.get(name, value) for name, value in message.content.items()}
    return message._replace(content=content, raw=b"")


def _told(header: Header) -> Mapping[str, str]:
    return {
        name: str(getattr(header, name)) for name in ("msg_id", "msg_type", "session", "username", "date")
    }
