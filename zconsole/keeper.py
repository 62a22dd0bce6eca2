"""The keeper: a process without a terminal that records a session whose front end has left.

`python -m zconsole.keeper CONNECTION_FILE DIRECTORY HOW HOURS`, started by `handover`, in a session of its
own. It listens before it has anything to write; it takes the journal over when its front end says so, or is
dead, and goes on behind what that has recorded. It ends with the kernel, whose files it removes, or ends the
kernel, when nobody has been there for HOURS.

Nobody is the parent of a kernel that is kept: its exit code is not known.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from zconsole.adopted import Adopted, can_watch
from zconsole.connection import ConnectionFileError, read_connection
from zconsole.handover import ADOPTED, HEARD, KEPT, Seam
from zconsole.journal.cells import Past
from zconsole.journal.entries import Entry, decode, is_recorded
from zconsole.journal.reader import entries_from
from zconsole.journal.recent import newest_message, read_recent, types_behind
from zconsole.journal.store import FILE, JournalError
from zconsole.journal.visits import is_attended, note_seen
from zconsole.journal.writer import Journal
from zconsole.kernelerror import KernelError
from zconsole.kernelmanager import KernelManager
from zconsole.launch import KERNEL_NAME
from zconsole.message import Message, is_counted
from zconsole.process import Exit
from zconsole.record import birth, read_record, utc_now, write_record
from zconsole.recorder import Recorder

HEARD_WAIT = 1.0
"""Seconds for a first message of the kernel's. We ask it twice; one that is busy may be silent."""

COUNT_WAIT = 1.5
"""Seconds for a `seats` message, which tells how much was missed: whoever has us started joins next."""

INHERIT_WAIT = 0.2
"""Seconds for the kernel's socket to forget our front end, whose identity we take: libzmq settles that within
itself, and tells nobody. Where a route is nobody's but the first one's, a second would never be heard."""

BACKLOG = 64
"""Messages of our own kernel that wait here; it waits for us. Others drop what finds no room."""


def main(argv: Sequence[str]) -> int:
    """Keep a session; the exit code. Complaints go to stderr, the kernel's log."""
    connection_file, directory, how, hours = argv
    try:
        return asyncio.run(_keep(Path(connection_file), Path(directory), how, float(hours)))
    except (ConnectionFileError, JournalError, KernelError) as error:
        print(f"zconsole.keeper: {error}", file=sys.stderr)
        return 1


async def _keep(connection_file: Path, directory: Path, how: str, hours: float) -> int:
    info = read_connection(connection_file, private=True)
    record = read_record(directory)
    if record is None or not record.journal:
        raise JournalError(f"There is no session to keep in {directory}.")
    launched = Adopted(record, info, connection_file, directory)
    keeper = Keeper(launched, how, hours * 3600)
    manager = KernelManager(
        info,
        listener=keeper,
        launched=launched if can_watch(record) else None,
        recorder=keeper,
        backlog=BACKLOG if info.kernel_name == KERNEL_NAME else 0,
    )
    manager.open()
    try:
        await keeper.keep(manager)
    finally:
        manager.close()
    return 0


class Gap(NamedTuple):
    """Since when (seconds since the epoch) something was not heard, and how many messages, if known."""

    since: float
    missed: int | None


class Keeper:
    """Keeps one session. It is the manager's Listener, and its Recording: what is heard before the journal is
    ours waits."""

    def __init__(self, launched: Adopted, how: str, limit: float) -> None:
        """`limit` is in seconds, 0 for none."""
        self._launched = launched
        self._folder = Path(launched.record.journal)
        self._how = how
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Future[str] = self._loop.create_future()
        self._counted: asyncio.Future[int] = self._loop.create_future()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._before = _size(self._folder)
        self._waiting: list[tuple[str, Message]] = []
        self._seam = Seam(())
        self._recorder: Recorder | None = None
        self._wanted = False
        self._active = time.monotonic()

    async def keep(self, manager: KernelManager) -> None:
        """Take the session over, and keep it to its end. Raises JournalError when somebody else does."""
        for channel in ("control", "shell"):
            manager.request("kernel_info_request", channel=channel)
        await asyncio.wait([self._heard], timeout=HEARD_WAIT)
        if self._how == ADOPTED:
            journal = Journal.resume(self._folder)
            self._tell()
            await self._adopt(journal, manager)
        else:
            self._tell()
            await self._inherit(manager)
        if self._limit:
            await self._idle(manager)
        await self._over
        self._bury(manager.log_tail())

    # --- taking over

    async def _inherit(self, manager: KernelManager) -> None:
        """The session of a front end that leaves, or dies now."""
        word, *told = (await _line()).decode().split() or [""]
        journal = Journal.resume(self._folder)
        last = told[1] if len(told) > 1 else ""
        self._seam = Seam(_ids(entries_from(self._folder, self._before)), last)
        missed = not word and not any(message.msg_id in self._seam.known for _, message in self._waiting)
        self._begin(journal, Gap(read_recent(self._folder).last, None) if missed else None)
        _say(KEPT)
        while line := await _line():
            if entry := decode(line.rstrip(b"\n")):  # a question that its front end was asked meanwhile
                fields = {name: value for name, value in entry.fields.items() if name not in ("kind", "at")}
                journal.append(entry.kind, **fields)
        # the end of the pipe: its sockets are closed. Most kernels give the route to who comes last, others
        # not before they have forgotten who had it
        if told:
            identity = told[0].encode()
            manager.take_identity(identity, lasting=False)
            await asyncio.sleep(INHERIT_WAIT)
            manager.take_identity(identity)

    async def _adopt(self, journal: Journal, manager: KernelManager) -> None:
        """A session that nobody records."""
        past, mark = await self._loop.run_in_executor(None, self._read)
        if not self._launched.record.detached:  # a front end was there, and showed it
            note_seen(self._folder, journal.size, past.last)
        ours = manager.info.kernel_name == KERNEL_NAME
        missed = None
        if ours and await self._at_rest(past, manager):
            missed = 0
        elif ours and mark:
            published, recorded = mark
            await asyncio.wait([self._counted], timeout=COUNT_WAIT)
            if self._counted.done():
                missed = max(0, self._counted.result() - published - recorded)
        self._begin(journal, Gap(past.last, missed) if missed != 0 else None)

    def _read(self) -> tuple[Past, tuple[int, int] | None]:
        return read_recent(self._folder), _published(self._folder)

    async def _at_rest(self, past: Past, manager: KernelManager) -> bool:
        """Whether our own kernel runs nothing, and has run nothing that was not recorded to its end: then
        only what is said beside the cells can be missing."""
        try:
            asked = {"name": "", "join": False}
            reply = await manager.ask("seat_request", asked, timeout=COUNT_WAIT, channel="control")
        except KernelError:
            return False
        number = 1 + (past.cells[-1].count if past.cells else 0)
        return (
            not past.running
            and not past.waiting
            and reply.content.get("running", ...) is None
            and reply.content.get("execution_count") == number
        )

    def _begin(self, journal: Journal, gap: Gap | None) -> None:
        recorder = Recorder(lambda: journal, _complain)
        recorder.start()
        recorder.owner(os.getpid(), self._how)
        if gap:
            recorder.gap(*gap)
        self._recorder = recorder
        waiting, self._waiting = self._waiting, []
        for channel, message in waiting:
            self.received(channel, message)
        self._note_owner()

    def _note_owner(self) -> None:
        pid = os.getpid()
        try:
            known = read_record(self._launched.directory) or self._launched.record
            owned = known._replace(owner=pid, owner_born=birth(pid) or "", detached=utc_now())
            write_record(self._launched.directory, owned)
        except OSError as error:
            _complain(f"Cannot note who keeps the kernel: {error.strerror}.")

    def _tell(self) -> None:
        _say(HEARD, self._heard.result() if self._heard.done() else "")

    # --- the kernel speaks (parties.Recording and Listener)

    def sent(self, request: Message) -> None:
        """We run nothing."""

    def answered(self, request: Message, value: str | None) -> None:
        """We answer nothing."""

    def received(self, channel: str, message: Message) -> None:
        """A message has come on iopub or stdin."""
        self._active = time.monotonic()
        if self._recorder is None:
            self._waiting.append((channel, message))
            self._hear(channel, message)
        elif self._seam.is_new(channel, message.msg_id):
            self._recorder.received(channel, message)
        self._wanted |= message.msg_type == "shutdown_reply"

    def _hear(self, channel: str, message: Message) -> None:
        if channel == "iopub" and is_recorded(message) and not self._heard.done():
            self._heard.set_result(message.msg_id)
        published = message.content.get("published") if message.msg_type == "seats" else None
        if isinstance(published, int) and not self._counted.done():
            # all that has come to us before it was not missed
            ours = sum(
                at == "iopub" and each is not message and is_counted(each.msg_type)
                for at, each in self._waiting
            )
            self._counted.set_result(published - ours)

    def receive(self, channel: str, message: Message) -> None:
        """Replies to our own questions: nothing in them is new."""

    def died(self, exit: Exit | None) -> None:
        """The kernel has ended."""
        if not self._over.done():
            self._over.set_result(None)

    def revived(self) -> None:
        """Too late."""

    # --- the end

    def _bury(self, log: str) -> None:
        recorder, record = self._recorder, read_record(self._launched.directory)
        if recorder:
            if not (self._wanted or record is None or record.stopped):
                recorder.death(None, None, None, log)
            recorder.end()
        self._launched.remove_files()

    async def _idle(self, manager: KernelManager) -> None:
        """Wait until the kernel is over; when nobody has needed it for the limit, see to that."""
        while not self._over.done():
            left = self._active + self._limit - time.monotonic()
            if left <= 0 and not await self._loop.run_in_executor(None, self._is_needed):
                await self._end(manager)
                return
            await asyncio.wait([self._over], timeout=left if left > 0 else self._limit)

    def _is_needed(self) -> bool:
        return is_attended(self._folder) or bool(read_recent(self._folder).running)

    async def _end(self, manager: KernelManager) -> None:
        self._wanted = True
        if manager.process:
            await manager.end()
            self.died(None)
        else:
            manager.request("shutdown_request", {"restart": False}, channel="control")


def _say(*words: str) -> None:
    """Tell who has started us; he may be dead by now."""
    with suppress(BrokenPipeError):
        os.write(1, f"{' '.join(words)}\n".encode())


async def _line() -> bytes:
    """A line from who has started us; empty at the end of the pipe."""
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.readline)


def _size(folder: Path) -> int:
    try:
        return (folder / FILE).stat().st_size
    except OSError:
        return 0


def _ids(entries: Iterable[tuple[Entry, int]]) -> Iterator[str]:
    for entry, _ in entries:
        if entry.kind == "message":
            yield entry.fields["header"]["msg_id"]


def _published(folder: Path) -> tuple[int, int] | None:
    """By the last `seats` of a journal, how much had been published when it was; and how many of the messages
    that count are recorded from that one on. None when there is none."""
    if (found := newest_message(folder, "seats")) is None:
        return None
    seats, behind = found
    published = seats.fields["content"].get("published")
    recorded = 1 + sum(map(is_counted, types_behind(folder, behind)))
    return (published, recorded) if isinstance(published, int) else None


def _complain(sentence: str) -> None:
    print(f"zconsole.keeper: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
