"""Ending kernels that somebody has started, each by the mildest means that works, all at the same time.

First shutdown_request, then SIGTERM, then SIGKILL, with a wait that ends between them. Signals are for a
process that is known for certain: by its record and the moment it began, or by what the kernel itself has
said of it just now. The owner of a kernel, if it has one, is told by the record not to start it again.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import NamedTuple

from zconsole.connection import ConnectionFileError, ConnectionInfo, read_connection
from zconsole.frontend.choosing.probe import connect
from zconsole.frontend.choosing.runtime import Known
from zconsole.frontend.choosing.survey import Row, State, ask_all
from zconsole.inquiry import Inquirer, inquirer
from zconsole.launch import remove
from zconsole.record import birth, read_record, write_record

END_WAIT = 2.5
"""Seconds for a kernel to end after each step: ours take 1.7 at most, whatever runs in them."""


class Outcome(NamedTuple):
    """What has become of a kernel: whether it has ended, and a sentence that says so."""

    ended: bool
    sentence: str


def stop(kernels: list[Known]) -> list[Outcome]:
    """End kernels and remove their files; what has become of each, in their order."""
    return asyncio.run(_stop_all(kernels))


async def _stop_all(kernels: list[Known]) -> list[Outcome]:
    rows = await ask_all(kernels)
    with inquirer() as asker:
        return await asyncio.gather(*(_stop(row, asker) for row in rows))


async def _stop(row: Row, asker: Inquirer) -> Outcome:
    kernel = row.known
    try:
        info = read_connection(kernel.file, private=True)
    except ConnectionFileError as error:
        return Outcome(False, f"{kernel.name} could not be stopped: {error}")
    if row.state is State.DEAD and kernel.record is None:
        # it may have been started on another machine, by a program that still needs the file
        return Outcome(True, f"{kernel.name} has ended; its connection file is not ours and stays.")
    if row.state is State.DEAD:
        _remove_files(kernel, info)
        return Outcome(True, f"{kernel.name} had ended before; its files have been removed.")
    if row.state is State.NO_ANSWER and kernel.record and not kernel.record.here:
        return Outcome(False, f"{kernel.name} could not be stopped: {row.why}.")
    process = _Process(row)
    inquiry = asker.inquire(info)

    def shut_down() -> bool:
        inquiry.send("shutdown_request", {"restart": False})
        return True

    _restartable(kernel, False)
    steps = {"": shut_down, " by SIGTERM": process.terminate, " by SIGKILL": process.kill}
    try:
        for means, step in steps.items():
            if step() and await process.ends(info):
                _remove_files(kernel, info)
                return Outcome(True, f"{kernel.name} has been ended{means}.")
        why = row.why or "it does not end"
    except OSError as error:
        why = str(error.strerror)
    _restartable(kernel, True)
    unknown = "" if process.certain else " Its process is not known for certain, so it gets no signal."
    return Outcome(False, f"{kernel.name} could not be stopped: {why}.{unknown}")


def _restartable(kernel: Known, wanted: bool) -> None:
    """Tell the owner whether it is to start this kernel again."""
    record = read_record(kernel.directory)
    if record and record.owned:
        try:
            write_record(kernel.directory, record._replace(stopped=not wanted))
        except OSError:
            pass  # it will be started again, and can be stopped again


def _remove_files(kernel: Known, info: ConnectionInfo) -> None:
    if not (kernel.record and kernel.record.owned):  # or its owner does it, when it has read why it ended
        remove(kernel.file, kernel.directory, info.socket_files())


class _Process:
    """The kernel's process as far as we may signal it: when it is `certain` which one it is."""

    def __init__(self, row: Row) -> None:
        record = row.known.record
        self._pid = row.pid
        if record and row.pid == record.pid:
            self._born = record.born if record.lives else ""
        else:
            self._born = (birth(row.pid) or "") if row.pid and row.here else ""
        self.certain = bool(self._born)

    def terminate(self) -> bool:
        """SIGTERM to the process; whether it is ours to signal."""
        return self._signal(os.kill, signal.SIGTERM)

    def kill(self) -> bool:
        """SIGKILL to it, and to its group if it leads one; whether it is ours to signal."""
        number = getattr(signal, "SIGKILL", signal.SIGTERM)
        try:
            leads = self.certain and os.getpgid(self._pid) == self._pid
        except (AttributeError, OSError):
            leads = False
        return self._signal(os.killpg if leads else os.kill, number)

    async def ends(self, info: ConnectionInfo) -> bool:
        """Whether it ends within END_WAIT. Raises OSError when that cannot be seen."""
        try:
            await asyncio.wait_for(self._ended(info), END_WAIT)
        except TimeoutError:
            return False
        return True

    def _signal(self, send: Callable[[int, int], None], number: int) -> bool:
        if not self.certain:
            return False
        if birth(self._pid) != self._born:
            return True  # it has ended
        try:
            send(self._pid, number)
        except ProcessLookupError:
            pass  # just now
        except PermissionError:
            return False
        return True

    async def _ended(self, info: ConnectionInfo) -> None:
        if self.certain and hasattr(os, "pidfd_open"):
            await _exited(self._pid)
            return
        # whoever has no process that can be watched has a connection that the system closes
        try:
            reader, writer = await connect(info)
        except (ConnectionRefusedError, FileNotFoundError):
            return
        await reader.read()
        writer.close()


async def _exited(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, _set, exited)
    try:
        await exited
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _set(event: asyncio.Future[None]) -> None:
    if not event.done():
        event.set_result(None)
