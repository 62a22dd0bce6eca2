"""Kernels asked for their state, all at once, within one limit.

What is known without asking comes first (the record, the connection file, who listens); then the kernel
itself is asked on control, which kernels answer whatever they run: ours by `seat_request` (docs/messages.md),
which changes nothing, others by `usage_request`, and on shell: who answers there is idle. What has not come
in time is told as it is: "no answer".
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from zconsole.apart import complete
from zconsole.connection import ConnectionFileError, ConnectionInfo, read_connection
from zconsole.frontend import seats
from zconsole.frontend.choosing.probe import Listener, probe
from zconsole.frontend.choosing.runtime import Known
from zconsole.inquiry import Inquirer, Inquiry, inquirer
from zconsole.message import Content
from zconsole.record import machine_of, this_host

SURVEY_WAIT = 0.5
"""Seconds for all kernels together; on this machine one answers in 2 ms, twenty in 30."""

GREETING_SHARE = 0.3
"""Of that, for who does not greet; and as much for who answers nothing until its signature is looked at."""


class State(Enum):
    """What a kernel does."""

    IDLE = "idle"
    BUSY = "busy"
    STARTING = "starting"
    DEAD = "dead"
    NO_ANSWER = "no answer"


class Row(NamedTuple):
    """What is known of one kernel. `why` says more of a state, as the rest of a sentence; `clients` is
    None when the kernel does not say; `running` what runs, as our kernel tells it; `pid` is 0 when unknown,
    and `here` whether it is one of this machine; `memory`, what that process has of it, in bytes."""

    known: Known
    kernel: str
    state: State
    why: str = ""
    pid: int = 0
    here: bool = False
    clients: int | None = None
    running: Content | None = None
    memory: int | None = None

    @property
    def busy_since(self) -> datetime | None:
        """Since when it runs what it runs."""
        return seats.moment((self.running or {}).get("since"))


def survey(kernels: Iterable[Known], wait: float = SURVEY_WAIT) -> list[Row]:
    """The state of kernels, in their order; it waits for them, also where a loop runs."""
    return complete(ask_all(list(kernels), wait))


def ask_pids(kernels: Iterable[Known]) -> dict[Path, int]:
    """The process ids of those kernels that tell them (and run here)."""
    return {row.known.file: row.pid for row in survey(kernels) if row.pid and row.here}


async def ask_all(kernels: list[Known], wait: float = SURVEY_WAIT) -> list[Row]:
    """The state of kernels, in their order."""
    with inquirer() as asker:
        rows = await asyncio.gather(*(_row(each, asker, wait) for each in kernels))
    return [row._replace(memory=_memory(row.pid)) if row.pid and row.here else row for row in rows]


async def _row(kernel: Known, asker: Inquirer, wait: float) -> Row:
    record = kernel.record
    row = Row(kernel, record.kernel if record else "", State.NO_ANSWER)
    if record:
        row = row._replace(pid=record.pid, here=record.here)
    if record and record.lives is False:
        return row._replace(state=State.DEAD)
    try:
        info = read_connection(kernel.file, private=True)
    except ConnectionFileError as error:
        return row._replace(why=str(error))
    question = _Question(row._replace(kernel=info.kernel_name or row.kernel), info, asker)
    try:
        async with asyncio.timeout(wait):
            await question.ask(wait * GREETING_SHARE)
    except TimeoutError:
        pass  # what has come until now is the answer
    return question.row


def _memory(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError):
        return None  # it has ended; a system that tells it otherwise


class _Question:
    """One kernel that is being asked; `row` is what is known by now."""

    def __init__(self, row: Row, info: ConnectionInfo, asker: Inquirer) -> None:
        self._row = row
        self._info = info
        self._asker = asker
        self._inquiry: Inquiry | None = None

    @property
    def row(self) -> Row:
        """What has been found out."""
        if self._row.state is State.NO_ANSWER and self._inquiry and self._inquiry.refused:
            return self._row._replace(why=f"its signature was refused: {self._inquiry.refused}")
        return self._row

    async def ask(self, share: float) -> None:
        """Find out; `share` seconds for a greeting, and for an answer until signatures are looked at."""
        finding = await probe(self._info, share)
        record = self._row.known.record
        if finding.listener is Listener.NOBODY and record and not record.here:
            self._learn(why=f"it was started on {record.machine}, and cannot be reached from here")
        elif finding.listener is Listener.NOBODY:
            self._learn(state=State.STARTING if self._lives else State.DEAD)
        elif finding.words:
            self._learn(why=f"at {self._info.endpoint('shell')} is {finding.words}")
            if finding.listener is Listener.STRANGER and not self._lives:
                self._learn(state=State.DEAD)
        else:
            try:
                await self._ask_kernel(share)
            except OSError as error:
                self._learn(why=f"{error.strerror}")

    @property
    def _lives(self) -> bool:
        record = self._row.known.record
        return record is not None and record.lives is True

    async def _ask_kernel(self, share: float) -> None:
        inquiry = self._inquiry = self._asker.inquire(self._info)
        self._learn(why="it does not answer kernel_info_request")
        asking = [asyncio.ensure_future(inquiry.ask("kernel_info_request"))]
        try:
            done, _ = await asyncio.wait(asking, timeout=share)
            if not done:
                # some serve control in turn with shell, or not at all; and one that is silent because it
                # refuses our signature shows its own when it greets
                inquiry.listen()
                asking.append(asyncio.ensure_future(inquiry.ask("kernel_info_request", channel="shell")))
                done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            info = done.pop().result()
            self._learn(why="")
        finally:
            for each in asking:
                each.cancel()
        if seats.supported(info):
            await self._ask_ours(inquiry)
        else:
            await self._ask_others(inquiry)

    async def _ask_ours(self, inquiry: Inquiry) -> None:
        content = await inquiry.ask("seat_request", {"name": "", "join": False})
        running = content.get("running")
        self._learn(
            state=State.BUSY if running else State.IDLE,
            running=running if isinstance(running, dict) else None,
            clients=len(content.get("seats") or ()),
        )
        if not self._row.pid:
            await self._ask_pid(inquiry)

    async def _ask_others(self, inquiry: Inquiry) -> None:
        self._learn(state=State.BUSY)  # it answers on control; what it does not say on shell it says later
        pid = asyncio.ensure_future(self._ask_pid(inquiry))
        try:
            await inquiry.ask("kernel_info_request", channel="shell")
            self._learn(state=State.IDLE)
            await pid  # few kernels answer that
        finally:
            pid.cancel()

    async def _ask_pid(self, inquiry: Inquiry) -> None:
        content = await inquiry.ask("usage_request")
        if type(pid := content.get("pid")) is int:
            self._learn(pid=pid, here=content.get("hostname") == machine_of(this_host()))

    def _learn(self, **changes: Any) -> None:
        self._row = self._row._replace(**changes)
