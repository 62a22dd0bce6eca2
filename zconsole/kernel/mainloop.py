"""The main thread: takes requests one at a time, and runs the event loop in between.

A cell without `await` runs while the loop stands still; so user code may call `asyncio.run()` as in a
script. Background tasks of earlier cells run whenever the kernel waits: for the next request, or inside
a cell that awaits. While one does, requests that run no code are answered from within the loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from selectors import DefaultSelector
from typing import TYPE_CHECKING, Any

from zconsole.kernel.interrupts import Interrupts, KernelStopping
from zconsole.kernel.nudge import Nudge
from zconsole.kernel.standing import StandingLoop

if TYPE_CHECKING:
    from zconsole.kernel.gui import GuiWait

Task = Callable[[], None]


class MainLoop:
    """The queue of what the main thread has to do, and the wait for it.

    `post` may be called from any thread; everything else is the main thread's. `elsewhere` and `nudge` as in
    Interrupts.
    """

    def __init__(self, elsewhere: Callable[[Callable[[], None]], None], nudge: Nudge) -> None:
        self._selector = DefaultSelector()
        self.loop = asyncio.SelectorEventLoop(self._selector)
        asyncio.set_event_loop(self.loop)
        self._standing = StandingLoop(self.loop)
        self._standing.install()
        self.interrupts = Interrupts(self.stop, elsewhere, nudge)
        self._queue: deque[Task] = deque()
        self._nudge = nudge
        self._gui: GuiWait | None = None
        self._waiting = False
        self._stopping = False

    def post(self, task: Task) -> None:
        """Queue something to do."""
        self._queue.append(task)
        self._wake()

    def stop(self) -> None:
        """Have `run` return after the current task. From any thread, and from signal handlers."""
        self._stopping = True
        self._wake()

    def run(self) -> None:
        """Do what is posted until `stop`."""
        while not self._stopping:
            if self._queue:
                self._queue.popleft()()
            else:
                self._wait()

    def run_cell(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a cell that awaits to its end; its result.

        Raises what it raises; KeyboardInterrupt when it was cancelled by an interrupt.
        """
        task = self.loop.create_task(coroutine)
        with self.interrupts.awaiting(task):
            while not task.done():
                try:
                    self.loop.run_until_complete(task)
                except (KeyboardInterrupt, SystemExit, KernelStopping):
                    # raised in a step of another task, or of this one, and re-raised by the loop,
                    # which stopped: the cell itself may still have its `finally` to run
                    if not task.done():
                        task.cancel()
                except asyncio.CancelledError:
                    break
        if task.cancelled():
            raise KeyboardInterrupt
        return task.result()

    def standing(self) -> AbstractContextManager[None]:
        """A cell without `await` runs inside: the loop stands still, tasks can be made."""
        return self._standing.standing()

    def enable_gui(self, toolkit: str | None) -> None:
        """Share the wait with a GUI toolkit's event loop from now on; see gui. Raises NoToolkit."""
        from zconsole.kernel.gui import GuiWait

        self._gui = self._gui or GuiWait(self.loop, self._selector, self.interrupts, self._nudge)
        self._gui.enable(toolkit)

    def _wait(self) -> None:
        self._waiting = True
        try:
            if not self._queue and not self._stopping:  # posted before the line above: nobody will wake us
                self.loop.run_forever()
        except (KeyboardInterrupt, SystemExit, KernelStopping, asyncio.CancelledError):
            pass  # from a background task: it has ended, the kernel has not
        finally:
            self._waiting = False

    def _wake(self) -> None:
        if self._waiting:
            self.loop.call_soon_threadsafe(self._end_wait)

    def _end_wait(self) -> None:
        if self._waiting:  # not a late one, which would stop the loop under a cell that awaits
            self.loop.stop()
