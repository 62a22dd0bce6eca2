"""The main thread's loop: a shell's, whose user code can be interrupted and asked to end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from zconsole.kernel.interrupts import Interrupts
from zconsole.kernel.nudge import Nudge
from zconsole.kernel.shellloop import ShellLoop, T
from zconsole.kernel.standing import StandingLoops

if TYPE_CHECKING:
    import asyncio

    from zconsole.kernel.gui import GuiWait


class MainLoop(ShellLoop):
    """The loop of the thread that makes it. `elsewhere` and `nudge` as in Interrupts."""

    def __init__(
        self, standing: StandingLoops, elsewhere: Callable[[Callable[[], None]], None], nudge: Nudge
    ) -> None:
        super().__init__(standing)
        self.interrupts = Interrupts(self.stop, elsewhere, nudge)
        self._nudge = nudge
        self._gui: GuiWait | None = None
        self.enter()

    @property
    def interrupted(self) -> bool:
        """Whether the newest user code was interrupted."""
        return self.interrupts.interrupted

    def run_user_code(self, function: Callable[[], T]) -> T:
        """Call a function in which an interrupt raises KeyboardInterrupt; its result."""
        interrupts = self.interrupts
        interrupts.install()
        interrupts.interrupted = False
        try:
            return interrupts.run_user_code(function)
        finally:
            interrupts.take_back()  # pdb leaves a handler behind that would stop us, idle, in the debugger

    def enable_gui(self, toolkit: str | None) -> None:
        """Share the wait with a GUI toolkit's event loop from now on; see gui. Raises NoToolkit."""
        from zconsole.kernel.gui import GuiWait

        self._gui = self._gui or GuiWait(self.loop, self._selector, self.interrupts, self._nudge)
        self._gui.enable(toolkit)

    def _make_loop(self, kind: type[asyncio.SelectorEventLoop]) -> None:
        self.interrupts.whole(lambda: super(MainLoop, self)._make_loop(kind))

    def _is_woken(self) -> bool:
        # a toolkit's callbacks run inside the wait, and are to find a loop that runs
        return super()._is_woken() if self._gui is None else False

    def _awaiting(self, task: asyncio.Task[Any]) -> AbstractContextManager[None]:
        return self.interrupts.awaiting(task)
