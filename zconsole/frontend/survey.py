"""Kernels asked for their state, all at once, within one limit.

What is known without asking comes first (the record, the connection file, who listens); then the kernel itself
is asked on control, which kernels answer whatever they run: ours by `seat_request` (docs/messages.md), which
changes nothing, others by `usage_request`, and on shell: who answers there is idle. What has not come in
time is told as it is: "no answer".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from zconsole.connection import ConnectionFileError, ConnectionInfo, read_connection
from zconsole.frontend.probe import Listener, probe
from zconsole.frontend.runtime import Known
from zconsole.inquiry import Inquirer, Inquiry, inquirer
from zconsole.message import Content

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
    and `here` whether it is one of this machine."""

    known: Known
    kernel: str
    state: State
    why: str = ""
    pid: int = 0
    here: bool = False
    clients: int | None = None
    running: Content | None = None

    @property
    def busy_since(self) -> datetime | None:
        """Since when it runs what it runs."""
        try:
            return datetime.fromisoformat(str((self.running or {}).get("since")))
        except ValueError:
            return None


def survey(kernels: Iterable[Known], wait: float = SURVEY_WAIT) -> list[Row]:
    """The state of kernels, in their order; in a program that has no loop yet."""
    return asyncio.run(ask_all(list(kernels), wait))


def ask_pids(kernels: Iterable[Known]) -> dict[Path, int]:
    """The process ids of those kernels that tell them (and run here)."""
    return {row.known.file: row.pid for row in survey(kernels) if row.pid and row.here}


async def ask_all(kernels: list[Known], wait: float = SURVEY_WAIT) -> list[Row]:
    """The state of kernels, in their order."""
    with inquirer() as asker:
        return await asyncio.gather(*(_row(each, asker, wait) for each in kernels))


async def _row(kernel: Known, asker: Inquirer, wait: float) -> Row:
    record = kernel.record
    try:
        info = read_connection(kernel.file, private=True)
    except ConnectionFileError as error:
        return Row(kernel, record.kernel if record else "", State.DEAD, str(error))
    row = Row(kernel, info.kernel_name, State.NO_ANSWER, pid=record.pid if record else 0)
    row = row._replace(here=bool(record and record.here))
    if record and record.lives is False:
        return row._replace(state=State.DEAD)
    answer = _Answer(row)
    try:
        async with asyncio.timeout(wait):
            await _ask(answer, info, asker, wait)
    except TimeoutError:
        pass  # what has come until now is the answer
    return answer.row


class _Answer:
    """A row while it is being found out."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def learn(self, **changes: Any) -> None:
        self.row = self.row._replace(**changes)


async def _ask(answer: _Answer, info: ConnectionInfo, asker: Inquirer, wait: float) -> None:
    finding = await probe(info, wait * GREETING_SHARE)
    if finding.listener is Listener.NOBODY:
        record = answer.row.known.record
        young = record is not None and record.lives is True
        answer.learn(state=State.STARTING if young else State.DEAD)
        return
    if finding.listener is Listener.STRANGER:
        answer.learn(why=f"at {info.endpoint('shell')} is {finding.words}")
        return
    try:
        inquiry = asker.inquire(info)
        kernel_info = await _introduced(answer, inquiry, wait)
        if SEATS in (kernel_info.get("supported_features") or ()):
            await _ask_ours(answer, inquiry)
        else:
            await _ask_others(answer, inquiry, info)
    except OSError as error:
        answer.learn(why=f"{error.strerror}")


async def _introduced(answer: _Answer, inquiry: Inquiry, wait: float) -> Content:
    asking = asyncio.ensure_future(inquiry.ask("kernel_info_request"))
    try:
        done, _ = await asyncio.wait([asking], timeout=wait * GREETING_SHARE)
        if not done:
            # it may be silent because it refuses our signature: then ours will refuse its greeting
            inquiry.listen()
            answer.learn(why="it does not answer kernel_info_request")
            watch = asyncio.ensure_future(_refusal(answer, inquiry))
            await asyncio.wait([asking, watch], return_when=asyncio.FIRST_COMPLETED)
            watch.cancel()
        answer.learn(why="")
        return await asking
    finally:
        asking.cancel()


async def _ask_ours(answer: _Answer, inquiry: Inquiry) -> None:
    content = await inquiry.ask("seat_request", {"name": "", "join": False})
    running = content.get("running")
    answer.learn(
        state=State.BUSY if running else State.IDLE,
        running=running if isinstance(running, dict) else None,
        clients=len(content.get("seats") or ()),
    )
