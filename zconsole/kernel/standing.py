"""Loops that stand still and pass for running: what cells without `await` see of asyncio.

In a script nothing runs a loop until `asyncio.run()`; in a notebook people expect `asyncio.create_task()` to
work in any cell, which needs a running loop, and forbids `asyncio.run()`. Here both work: while a cell runs,
its thread's loop does not, but it is registered as the running one, so that tasks can be made
(they run when the kernel next waits); and the ways to run a loop take that mark away for as long as they run.

The functions of asyncio are replaced once, by `install`, in this process only; without the mark they do what
they always did.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Mark(threading.local):
    """The loop that stands in the calling thread and passes for running."""

    loop: asyncio.AbstractEventLoop | None = None


class StandingLoops:
    """Marks loops as running while they stand, each in its own thread."""

    def __init__(self) -> None:
        self._mark = Mark()

    def install(self) -> None:
        """Make the ways to run a loop respect the mark."""
        for owner, name in (
            (asyncio.BaseEventLoop, "run_forever"),
            (asyncio.BaseEventLoop, "run_until_complete"),
            (asyncio.Runner, "run"),
            (asyncio.runners, "run"),
        ):
            setattr(owner, name, self._without_mark(getattr(owner, name)))
        asyncio.run = asyncio.runners.run

    @contextmanager
    def standing(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """The calling thread's loop stands, and passes for running."""
        before, self._mark.loop = self._mark.loop, loop
        events._set_running_loop(loop)
        try:
            yield
        finally:
            # in this order: an interrupt may come in between, and a loop that passes for running without the
            # mark could not be run any more
            events._set_running_loop(None)
            self._mark.loop = before

    def _without_mark(self, run: Callable[..., Any]) -> Callable[..., Any]:
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
                asyncio.set_event_loop(loop)  # asyncio.run() leaves none behind
                events._set_running_loop(loop)

        return run_unmarked
