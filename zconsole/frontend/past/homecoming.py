"""The way back to a kernel that was kept: what has been missed is shown first, then what is said from now on.

While it goes on, what comes of the kernel is held by `Arrival`, what the others do is held here, and the
prompt waits. Then the cell that waits for a line gets its answer at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zconsole.frontend.attendance import Attendance
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.errands import Errands
from zconsole.frontend.together import Busy, Overheard, Together
from zconsole.journal.store import JournalError
from zconsole.message import Message

if TYPE_CHECKING:
    from zconsole.frontend.past.arrival import Arrival


class Host(Protocol):
    """The session, as far as coming back has to do with it."""

    def say(self, sentence: str) -> None:
        """Show a sentence."""

    def tell(self, events: Iterable[Overheard]) -> None:
        """Show what others do."""

    def overhear(self, message: Message) -> None:
        """Take a message of iopub that is of no cell of ours."""

    def renumber(self, number: int) -> None:
        """Give the next prompt a number."""


class Homecoming:
    """Comes back for one session, which goes from kernel to kernel. `name` is what we are called."""

    def __init__(
        self,
        host: Host,
        drawing: Drawing,
        attendance: Attendance,
        together: Together,
        errands: Errands,
        name: str,
    ) -> None:
        self._host = host
        self._drawing = drawing
        self._attendance = attendance
        self._together = together
        self._errands = errands
        self._name = name
        self._arrival: Arrival | None = None
        self._departure: asyncio.Task[None] | None = None
        self._later: list[Overheard] = []

    @property
    def kept(self) -> bool:
        """Whether the kernel is one that was kept: it runs on without us."""
        return self._arrival is not None

    @property
    def under_way(self) -> bool:
        """Whether what was missed is still to be shown."""
        return self._arrival is not None and not self._arrival.over

    def begin(self, folder: Path | None) -> None:
        """A kernel is being opened; one that was kept has its session recorded in `folder`."""
        from zconsole.frontend.past.arrival import Arrival

        if self._arrival:
            self._departure = asyncio.get_running_loop().create_task(self._arrival.leave())
        self._arrival = Arrival(folder, self._name) if folder else None

    def hold(self, message: Message) -> bool:
        """Take a message of iopub, when it is to be shown later, or has been."""
        return self._arrival is not None and self._arrival.hold(message)

    def defer(self, events: Iterable[Overheard]) -> bool:
        """Take what others do, when it is to be shown later."""
        if self.under_way:
            self._later += events
        return self.under_way

    async def show(self) -> None:
        """Show what was missed, before what is said from now on; and answer what a cell waits for."""
        if not ((arrival := self._arrival) and self.under_way):
            return
        try:
            await arrival.read()
        except JournalError as error:
            self._host.say(str(error))  # what it has until there is shown
        told = await self._attendance.settled()
        away = arrival.away(None if told and not self._together.running else arrival.runs)
        for event in away.told(arrival.content):
            self._drawing.draw(event)
        self._drawing.ended()
        if arrival.doubtful:
            self._host.say("What was said just now has not been recorded; something may be missing here.")
        if away.running:
            self._together.came_to(away.running)
        if away.number:
            self._host.renumber(away.number)
        waiting = arrival.release()
        later, self._later = self._later, []
        self._host.tell(event for event in later if not isinstance(event, Busy))
        for message in waiting:
            self._host.overhear(message)
        await self._errands.answer_first(arrival.asking, offered=told)

    async def leave(self) -> None:
        """We go, and have seen all that has come to us."""
        if self._arrival:
            await self._arrival.leave()
