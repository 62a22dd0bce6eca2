"""Ctrl+C at a cell that does not end: a ladder, on which no step is taken without a key.

The first Ctrl+C interrupts the kernel. `PATIENCE` seconds later it is said where the cell still is, if the
kernel can tell, and what the next one does: the second goes to the processes as well that the cell has
started in groups of their own, and the third asks whether to kill the kernel (ours), or waits for the cell no
longer (one that was not started here). Who hammers on the key gets no further than the second step until he
has been told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from zconsole.frontend.render.text import clean

PATIENCE = 1.0
"""Seconds from an interrupt to the line that says where the cell is. Nearly all cells have ended by then."""

STACK_WAIT = 0.5
"""Seconds for the kernel to say where it is; it takes a millisecond, unless C code holds the GIL."""

FEATURE = "zconsole stack"

QUESTION = "Kill the kernel and start it again? Its variables will be gone (y/[n]): "
CHILDREN = "Ctrl+C again interrupts the processes as well that it has started."
KILL = "Ctrl+C again asks whether to kill the kernel."
LEAVE = "The kernel was not started here; Ctrl+C again waits for the cell no longer."
UNSAID = "The kernel does not say where it is: it may run C code that lets no Python run."


class Steps(NamedTuple):
    """What can be done about a cell. `where` gives a line on where it is, "" when nothing is known; `offer`
    asks the user whether to kill the kernel; `give_up` ends the wait for the cell; `owned` tells whether the
    kernel is ours."""

    interrupt: Callable[[], None]
    interrupt_children: Callable[[], None]
    where: Callable[[], Awaitable[str]]
    say: Callable[[str], None]
    offer: Callable[[], None]
    give_up: Callable[[], None]
    owned: Callable[[], bool]


class Ladder:
    """Ctrl+C while a cell of ours runs."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None
        self._presses = 0
        self._told = 0
        self.restart = False
        """Whether the user wants the kernel killed and started again."""

    def begin(self) -> None:
        """A cell begins."""
        self._presses = self._told = 0
        self.restart = False

    def heard(self) -> None:
        """The cell has noticed: nothing hangs. The next Ctrl+C is a first one."""
        self.end()
        self.begin()

    def press(self) -> None:
        """Ctrl+C has been pressed."""
        self._presses += 1
        if self._presses > 2 and self._told >= 2:
            self._last_step()
            return
        self._steps.interrupt()
        if self._presses > 1:
            self._steps.interrupt_children()
        if self._timer is None:
            self._timer = self._loop.call_later(PATIENCE, self._tell)

    def kill(self) -> None:
        """The user has said yes: the kernel is to be killed, and started again."""
        self.restart = True
        self._steps.give_up()

    def end(self) -> None:
        """The cell has ended."""
        for waiting in (self._timer, self._telling):
            if waiting:
                waiting.cancel()
        self._timer = self._telling = None

    def _last_step(self) -> None:
        if self._steps.owned():
            self._steps.offer()
        else:
            self._steps.give_up()

    def _tell(self) -> None:
        self._telling = self._loop.create_task(self._say_where())

    async def _say_where(self) -> None:
        where = await self._steps.where() or f"The cell has not ended {PATIENCE:g} s after the interrupt."
        self._timer = None
        self._told = self._presses
        last = KILL if self._steps.owned() else LEAVE
        self._steps.say(f"{where}\n{CHILDREN if self._presses < 2 else last}")


def whereabouts(frames: object) -> str:
    """A line on where a cell is, from the frames of a stack_reply; "" when they say nothing. Pure."""
    told = [frame for frame in frames if isinstance(frame, dict)] if isinstance(frames, list) else []
    if not told:
        return ""
    *outer, innermost = told
    calling = next((frame for frame in reversed(outer) if frame.get("cell") is not None), None)
    if innermost.get("cell") is not None:
        return clean(f"Still in {_place(innermost)}")
    place = f"Still in {_name(innermost)} (…/{_file(innermost)}:{innermost.get('line')})"
    return clean(f"{place}, called from {_place(calling)}" if calling else place)


def _place(frame: Mapping[str, Any]) -> str:
    name = "" if frame.get("name") == "<module>" else f", in {frame.get('name')}"
    return f"In [{frame['cell']}], line {frame.get('line')}{name}: {frame.get('code', '')}"


def _name(frame: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in (frame.get("module"), frame.get("name")) if part)


def _file(frame: Mapping[str, Any]) -> str:
    return str(frame.get("file", "")).rpartition("/")[2]
