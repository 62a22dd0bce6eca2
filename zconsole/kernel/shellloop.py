"""The loop of a thread that serves requests: one at a time, and the event loop in between.

The main thread has one (`mainloop` adds where signals may land), each subshell another. A cell without
`await` runs while the loop stands still; so user code may call `asyncio.run()` as in a script. Background
tasks of earlier cells run whenever the thread waits: for the next request, or inside a cell that awaits.

Where the event loop has nothing to do, this thread waits in its place, on its selector: starting and stopping
it costs as much as a fifth of a small cell. And before somebody imports asyncio, or awaits, there is none.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from heapq import heappop, heappush
from itertools import count
from selectors import EVENT_READ, BaseSelector, DefaultSelector
from threading import get_ident, local
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from zconsole.kernel.interrupts import KernelStopping
from zconsole.kernel.log import tell_failure
from zconsole.kernel.standing import StandingLoops, is_cancellation
from zconsole.kernel.waker import Waker

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
Task = Callable[[], None]


class ShellLoop:
    """The queue of what a thread has to do, and the wait for it.

    `post` and `stop` may be called from any thread; everything else is the loop's own thread's, which says so
    with `enter`.
    """

    def __init__(self, standing: StandingLoops) -> None:
        self._selector: BaseSelector = DefaultSelector()
        self._waker = Waker()
        self._selector.register(self._waker.fd, EVENT_READ, (None, None))  # what asyncio's loop keeps there
        self._standing = standing
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._close: Task = self._selector.close
        self._in_cell = False  # without await
        self._timers: list[tuple[float, int, Task]] = []  # as long as there is no loop
        self._timer_ids = count()
        self._queue: deque[Task] = deque()
        self._waiting = False
        self._stopping = False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop, made when it is first asked for."""
        if self._loop is None:
            import asyncio

            if self._loop is None:  # no: the import has called `asyncio_imported`
                self._make_loop(asyncio.SelectorEventLoop)
        assert self._loop is not None
        return self._loop

    def asyncio_imported(self) -> None:
        """Somebody has just imported asyncio. If it is this loop's thread, what comes next expects a loop."""
        if get_ident() == self._thread:
            self.loop  # noqa: B018

    @property
    def interrupted(self) -> bool:
        """Whether the newest user code was interrupted: only the main thread's can be."""
        return False

    def enter(self) -> None:
        """This loop is the calling thread's."""
        self._thread = get_ident()
        if "asyncio" in sys.modules:
            self.loop  # noqa: B018

    def post(self, task: Task) -> None:
        """Queue something to do."""
        self._queue.append(task)
        self._wake()

    def later(self, seconds: float, action: Task) -> None:
        """Do something in so many seconds, as soon as this thread waits then. For this thread alone."""
        if self._loop is not None:
            self._loop.call_later(seconds, action)
        else:
            heappush(self._timers, (monotonic() + seconds, next(self._timer_ids), action))

    def stop(self) -> None:
        """Have `run` return after the current task. From any thread, and from signal handlers."""
        self._stopping = True
        self._wake()

    def forked(self, leave: Task) -> None:
        """In a forked child: what is queued is the kernel's; all there is to do is to `leave`."""
        self._queue.clear()
        self._queue.append(leave)
        self._wake()  # forked by a signal handler
        # forked by a coroutine, and the other tasks are the kernel's
        if self._loop is not None and self._loop.is_running():
            for handle in self._loop._ready:  # type: ignore[attr-defined]  # there is no other way
                handle.cancel()
            self._loop.call_soon(leave)

    def run(self) -> None:
        """Do what is posted until `stop`."""
        while not self._stopping:
            if self._queue:
                self._queue.popleft()()
            else:
                self._wait()

    def run_user_code(self, function: Callable[[], T]) -> T:
        """Call a function that runs user code; its result."""
        return function()

    def run_cell(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a cell that awaits to its end; its result.

        Raises what it raises; KeyboardInterrupt when it was cancelled by an interrupt.
        """
        import asyncio

        context = copy_context()
        task = self.loop.create_task(coroutine, context=context)
        with self._awaiting(task):
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
        # what the cell has set is the session's, as after a cell without await
        for variable, value in context.items():
            if variable.get(None) is not value:
                variable.set(value)
        if task.cancelled():
            raise KeyboardInterrupt
        return task.result()

    @contextmanager
    def standing(self) -> Iterator[None]:
        """A cell without `await` runs inside: the loop stands still, tasks can be made."""
        before, self._in_cell = self._in_cell, True
        if "asyncio" in sys.modules:
            self._standing.begin(self.loop)
        try:
            yield
        finally:
            self._in_cell = before
            if self._loop is not None and not before:
                self._standing.end()

    def close(self) -> None:
        """Cancel the tasks that are left, and give the descriptors back; after `run`."""
        if self._loop is not None:
            import asyncio

            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.remove_reader(self._waker.fd)
        self._close()

    def _make_loop(self, kind: type[asyncio.SelectorEventLoop]) -> None:
        import asyncio

        # not by the policy: that may be the user's
        self._loop = loop = kind(self._selector)
        loop.add_reader(self._waker.fd, self._end_wait)
        # a script ends with `loop.close()`; as a cell it must not take the kernel's loop away
        self._close = loop.close
        setattr(loop, "close", _nothing)  # noqa: B010  # no assignment to a method
        for when, _, action in self._timers:
            loop.call_at(when, action)
        self._timers.clear()
        asyncio.set_event_loop(loop)
        if self._in_cell:
            self._standing.begin(loop)

    def _awaiting(self, task: asyncio.Task[Any]) -> AbstractContextManager[None]:
        return nullcontext()

    def _wait(self) -> None:
        self._waiting = True
        self._in_cell = False
        try:
            # what was posted before the lines above has not woken us
            if not self._queue and not self._stopping and not self._is_woken():
                self.loop.run_forever()
        except (KeyboardInterrupt, SystemExit, KernelStopping):
            pass  # from a background task: it has ended, the kernel has not
        except BaseException as error:
            if not is_cancellation(type(error)):
                raise
        finally:
            self._waiting = False

    def _is_woken(self) -> bool:
        """Wait for something to do. False when it is the loop's: a step of a task, a timer, a descriptor."""
        loop: Any = self._loop
        if loop is None:
            return self._is_woken_without_loop()
        if loop._ready:
            return False
        # what is next may have been cancelled: the loop is run in vain then, once
        timeout = loop._scheduled[0].when() - loop.time() if loop._scheduled else None
        # a signal handler of the user's may run meanwhile: it finds the loop as if that waited
        self._standing.begin(loop)
        try:
            ready = self._selector.select(timeout)
        finally:
            self._standing.end()
        if len(ready) != 1 or ready[0][0].fd != self._waker.fd:
            return False
        self._waker.clear()
        return True

    def _is_woken_without_loop(self) -> bool:
        timeout = self._timers[0][0] - monotonic() if self._timers else None
        if self._selector.select(timeout):
            self._waker.clear()
        while self._timers and self._timers[0][0] <= monotonic():
            try:
                heappop(self._timers)[2]()
            except Exception:  # noqa: BLE001  # the boundary: as asyncio's loop, which goes on
                tell_failure(2)
        return True

    def _wake(self) -> None:
        if self._waiting:
            self._waker.wake()

    def _end_wait(self) -> None:
        self._waker.clear()
        if self._waiting:  # not a late one, which would stop the loop under a cell that awaits
            self.loop.stop()


class Here(local):
    """Whose loop the calling thread runs: its subshell's, else (a thread of the user's, too) the main one."""

    def __init__(self, main: ShellLoop) -> None:
        self.loop = main


def _nothing() -> None:
    pass
