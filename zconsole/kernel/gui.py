"""A GUI toolkit beside the event loop: `%gui tk`, `%matplotlib qt`.

Both loops want to wait in the main thread. Where asyncio would wait, in its selector, the toolkit's loop
runs instead until the selector's descriptor becomes readable or asyncio's time is over. So nothing polls,
and windows live whenever the kernel waits: between cells, and while a cell awaits. How each toolkit runs
until a descriptor is readable is known to IPython's input hooks, which its terminal uses.

A callback of the toolkit is user code and can be interrupted; the toolkit's own waiting is not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from selectors import BaseSelector
from typing import TYPE_CHECKING, Any

from zconsole.kernel.interrupts import Interrupts, KernelStopping
from zconsole.kernel.nudge import Nudge

if TYPE_CHECKING:
    import asyncio

TOOLKITS = ("tk", "qt", "qt5", "qt6", "gtk3", "gtk4")

WITHOUT_LOOP = (None, "none", "asyncio", "inline", "agg", "nbagg", "notebook", "webagg", "widget", "ipympl")
"""What `%gui` and `%matplotlib` call the loop that runs anyway, and backends that need none."""


class NoToolkit(Exception):
    """A toolkit that cannot be used. The text is a sentence."""


class GuiWait:
    """The wait of an event loop, with a toolkit or without. `selector` is the loop's own."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        selector: BaseSelector,
        interrupts: Interrupts,
        nudge: Nudge,
    ) -> None:
        self._loop = loop
        self._selector = selector
        self._wait = selector.select
        self._interrupts = interrupts
        self._nudge = nudge
        self._hook: Callable[[Any], None] | None = None

    def enable(self, toolkit: str | None) -> None:
        """Wait in a toolkit's loop from now on, or in none of them. Raises NoToolkit."""
        if threading.current_thread() is not threading.main_thread():
            raise NoToolkit("Only the main shell's thread can run a GUI toolkit's event loop.")
        self._hook = None if toolkit in WITHOUT_LOOP else self._find(str(toolkit))
        # on this one selector, so that a kernel without windows pays nothing
        setattr(self._selector, "select", self._select if self._hook else self._wait)  # noqa: B010

    def _find(self, toolkit: str) -> Callable[[Any], None]:
        if toolkit not in TOOLKITS:
            raise NoToolkit(
                f"There is no event loop for {toolkit!r}; there is one for {', '.join(TOOLKITS)}."
            )
        from IPython.terminal import pt_inputhooks

        try:
            _, hook = pt_inputhooks.get_inputhook_name_and_func(toolkit)
        except (ImportError, ValueError) as error:  # gi raises ValueError for a version that is not there
            why = str(error).strip().partition("\n")[0].rstrip(".:")
            raise NoToolkit(f"The toolkit {toolkit!r} cannot be used here: {why}.") from None
        self._interrupts.idle_in = str(Path(pt_inputhooks.__file__).parent)
        # the toolkit waits in C, where Python's handlers do not run, whatever signal comes
        self._nudge.wake = partial(self._loop.call_soon_threadsafe, _nothing)
        return hook  # type: ignore[no-any-return]

    def _select(self, timeout: float | None = None) -> Any:
        ready = self._wait(0)
        if ready or self._hook is None or (timeout is not None and timeout <= 0):
            return ready
        end, timer = None, None
        if timeout is not None:
            end = time.monotonic() + timeout
            timer = threading.Timer(timeout, self._loop.call_soon_threadsafe, (_nothing,))
            timer.daemon = True
            timer.start()
        try:
            context = _Context(self._selector, lambda: bool(self._wait(0)))
            self._interrupts.run_user_code(partial(self._hook, context))
        except (KeyboardInterrupt, KernelStopping):
            pass  # a callback has ended
        finally:
            if timer:
                timer.cancel()
        # at once, unless the toolkit has no window yet and did not wait
        return self._wait(None if end is None else max(0.0, end - time.monotonic()))


class _Context:
    """What an input hook is given: a descriptor, and whether it is readable."""

    def __init__(self, selector: Any, input_is_ready: Callable[[], bool]) -> None:
        self.fileno: Callable[[], int] = selector.fileno
        self.input_is_ready = input_is_ready


def _nothing() -> None:
    pass
