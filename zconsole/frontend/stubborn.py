"""What to do about a cell that does not end when it is interrupted.

Some kernels take an interrupt and never answer the cell (C, deno by message), some take none. After
`PATIENCE` seconds that is said, and what one more Ctrl+C will do: start the kernel again when it is ours,
else leave the cell to itself. Before that each Ctrl+C is one more interrupt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 5.0
"""Seconds from an interrupt to the offer. A cell of Python's that cleans up behind itself may need some."""

RESTART = "Ctrl+C again restarts the kernel; its variables will be gone."
LEAVE = "It was not started here; Ctrl+C again waits for the cell no longer."


class Interrupts:
    """Ctrl+C while a cell of ours runs. `interrupt` interrupts the kernel; `say` says a sentence; `give_up`
    ends the wait for the cell; `owned` tells whether the kernel is ours."""

    def __init__(
        self,
        interrupt: Callable[[], None],
        say: Callable[[str], None],
        give_up: Callable[[], None],
        owned: Callable[[], bool],
    ) -> None:
        self._interrupt = interrupt
        self._say = say
        self._give_up = give_up
        self._owned = owned
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._offered = False
        self.restart = False
        """Whether the user has taken the offer: the kernel is to be started again."""

    def begin(self) -> None:
        """A cell begins."""
        self._offered = self.restart = False

    def press(self) -> None:
        """Ctrl+C has been pressed."""
        if self._offered:
            self.restart = self._owned()
            self._give_up()
            return
        self._interrupt()
        if self._timer is None:
            self._timer = self._loop.call_later(PATIENCE, self._offer)

    def end(self) -> None:
        """The cell has ended."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _offer(self) -> None:
        self._offered = True
        what = RESTART if self._owned() else LEAVE
        self._say(f"The cell has not ended {PATIENCE:g} s after the interrupt. {what}")
