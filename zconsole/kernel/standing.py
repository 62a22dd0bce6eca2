"""Loops that stand still and pass for running: what cells without `await` see of asyncio.

In a script nothing runs a loop until `asyncio.run()`; in a notebook people expect `asyncio.create_task()` to
work in any cell, which needs a running loop, and forbids `asyncio.run()`. Here both work: while a cell runs,
its thread's loop does not, but it is registered as the running one, so that tasks can be made
(they run when the kernel next waits); and the ways to run a loop take that mark away for as long as they run.

The functions of asyncio are replaced once, by `install`, in this process only; without the mark they do what
they always did. Nothing here imports asyncio: most sessions begin without it, and it is a fifth of a kernel's
start.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class Mark(threading.local):
    """The loop that stands in the calling thread and passes for running."""

    loop: asyncio.AbstractEventLoop | None = None


class StandingLoops:
    """Marks loops as running while they stand, each in its own thread."""

    def __init__(self) -> None:
        self._mark = Mark()
        self._set_running: Callable[[asyncio.AbstractEventLoop | None], None] = _nothing

    def install(self) -> None:
        """Make the ways to run a loop respect the mark; when asyncio has been imported."""
        import asyncio

        self._set_running = asyncio._set_running_loop
        for owner, name in (
            (asyncio.BaseEventLoop, "run_forever"),
            (asyncio.BaseEventLoop, "run_until_complete"),
            (asyncio.Runner, "run"),
            (asyncio.runners, "run"),
        ):
            setattr(owner, name, self._without_mark(getattr(owner, name)))
        asyncio.run = asyncio.runners.run

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on the calling thread's loop stands, and passes for running."""
        self._mark.loop = loop
        self._set_running(loop)

    def end(self) -> None:
        """No more."""
        # in this order: an interrupt may come in between, and a loop that passes for running without the
        # mark could not be run any more
        self._set_running(None)
        self._mark.loop = None

    def _without_mark(self, run: Callable[..., Any]) -> Callable[..., Any]:
        from asyncio import events, set_event_loop

        @functools.wraps(run)
        def run_unmarked(*args: Any, **kwargs: Any) -> Any:
            # in a thread of the user's, or inside a loop that really runs, there is no mark of ours
            loop = self._mark.loop
            if loop is None or events._get_running_loop() is not loop or loop.is_running():
                return run(*args, **kwargs)
            events._set_running_loop(None)
            self._mark.loop = None
            try:
                return run(*args, **kwargs)
            finally:
                self._mark.loop = loop
                set_event_loop(loop)  # asyncio.run() leaves none behind
                events._set_running_loop(loop)

        return run_unmarked


def is_cancellation(kind: type) -> bool:
    """Whether this is asyncio's CancelledError."""
    # another thread may be just importing it
    cancelled = getattr(sys.modules.get("asyncio"), "CancelledError", None)
    return cancelled is not None and issubclass(kind, cancelled)


def _nothing(_: object) -> None:
    pass
