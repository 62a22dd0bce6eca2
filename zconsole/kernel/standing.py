"""A loop that stands still and passes for running: what cells without `await` see of asyncio.

In a script nothing runs a loop until `asyncio.run()`; in a notebook people expect `asyncio.create_task()` to
work in any cell, which needs a running loop, and forbids `asyncio.run()`. Here both work: while a cell runs,
the kernel's loop does not, but it is registered as this thread's running loop, so that tasks can be made
(they run when the kernel next waits); and the ways to run a loop take that mark away for as long as they run.

The functions of asyncio are replaced once, by `install`, in this process only; without the mark they do what
they always did.
"""

from __future__ import annotations

import asyncio
import functools
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class StandingLoop:
    """Marks one loop as running while it stands."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._marked = False

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
    def standing(self) -> Iterator[None]:
        """The loop stands, and passes for running."""
        before, self._marked = self._marked, True
        events._set_running_loop(self._loop)
        try:
            yield
        finally:
            self._marked = before
            events._set_running_loop(None)

    def _without_mark(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(run)
        def run_unmarked(*args: Any, **kwargs: Any) -> Any:
            # in another thread, or inside a loop that really runs, there is no mark of ours
            if not self._marked or events._get_running_loop() is not self._loop or self._loop.is_running():
                return run(*args, **kwargs)
            events._set_running_loop(None)
            self._marked = False
            try:
                return run(*args, **kwargs)
            finally:
                self._marked = True
                asyncio.set_event_loop(self._loop)  # asyncio.run() leaves none behind
                events._set_running_loop(self._loop)

        return run_unmarked
