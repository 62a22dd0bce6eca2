"""The main thread's loop: a shell's, whose user code can be interrupted and asked to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from zconsole.kernel.interrupts import Interrupts
from zconsole.kernel.nudge import Nudge
from zconsole.kernel.shellloop import ShellLoop, T
from zconsole.kernel.standing import StandingLoops


class MainLoop(ShellLoop):
    """The loop of the thread that makes it. `elsewhere` and `nudge` as in Interrupts."""

    def __init__(
        self, standing: StandingLoops, elsewhere: Callable[[Callable[[], None]], None], nudge: Nudge
    ) -> None:
        super().__init__(standing)
        self.enter()
        self.interrupts = Interrupts(self.stop, elsewhere, nudge)

    @property
    def interrupted(self) -> bool:
        """Whether the newest user code was interrupted."""
        return self.interrupts.interrupted

    def run_user_code(self, function: Callable[[], T]) -> T:
        """Call a function in which an interrupt raises KeyboardInterrupt; its result."""
        interrupts = self.interrupts
        interrupts.install()
        interrupts.interrupted = False
        return interrupts.run_user_code(function)

    def _awaiting(self, task: asyncio.Task[Any]) -> AbstractContextManager[None]:
        return self.interrupts.awaiting(task)
