"""The loop of a thread that serves requests: one at a time, and the event loop in between.

The main thread has one (`mainloop` adds where signals may land), each subshell another. A cell without
`await` runs while the loop stands still; so user code may call `asyncio.run()` as in a script. Background
tasks of earlier cells run whenever the thread waits: for the next request, or inside a cell that awaits.

Where the loop itself has nothing to do, this thread waits in its place, on its selector: starting and
stopping it costs as much as a fifth of a small cell.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from selectors import BaseSelector, DefaultSelector
from typing import Any, TypeVar

from zconsole.kernel.interrupts import KernelStopping
from zconsole.kernel.standing import StandingLoops
from zconsole.kernel.waker import Waker

T = TypeVar("T")
Task = Callable[[], None]


class ShellLoop:
    """The queue of what a thread has to do, and the wait for it.

    `post` and `stop` may be called from any thread; everything else is the loop's own thread's, which says so
    with `enter`.
    """

    def __init__(self, standing: StandingLoops) -> None:
        self._selector: BaseSelector = DefaultSelector()
        # not by the policy: that may be the user's, and a subshell's loop is made by the I/O thread
        self.loop = asyncio.SelectorEventLoop(self._selector)
        self._waker = Waker()
        self.loop.add_reader(self._waker.fd, self._end_wait)
        # a script ends with `loop.close()`; as a cell it must not take the kernel's loop away
        self._close = self.loop.close
        setattr(self.loop, "close", _nothing)  # noqa: B010  # no assignment to a method
        self._standing = standing
        self._queue: deque[Task] = deque()
        self._waiting = False
        self._stopping = False

    @property
    def interrupted(self) -> bool:
        """Whether the newest user code was interrupted: only the main thread's can be."""
        return False

    def enter(self) -> None:
        """This loop is the calling thread's."""
        asyncio.set_event_loop(self.loop)

    def post(self, task: Task) -> None:
        """Queue something to do."""
        self._queue.append(task)
        self._wake()

    def stop(self) -> None:
        """Have `run` return after the current task. From any thread, and from signal handlers."""
        self._stopping = True
        self._wake()

    def forked(self, leave: Task) -> None:
        """In a forked child: what is queued is the kernel's; all there is to do is to `leave`."""
        self._queue.clear()
        self._queue.append(leave)
        self._wake()  # forked by a signal handler
        if self.loop.is_running():  # forked by a coroutine, and the other tasks are the kernel's
            for handle in self.loop._ready:  # type: ignore[attr-defined]  # there is no other way
                handle.cancel()
            self.loop.call_soon(leave)

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

    def standing(self) -> AbstractContextManager[None]:
        """A cell without `await` runs inside: the loop stands still, tasks can be made."""
        return self._standing.standing(self.loop)

    def close(self) -> None:
        """Cancel the tasks that are left, and give the loop's descriptors back; after `run`."""
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.remove_reader(self._waker.fd)
        self._close()

    def _awaiting(self, task: asyncio.Task[Any]) -> AbstractContextManager[None]:
        return nullcontext()

    def _wait(self) -> None:
        self._waiting = True
        try:
            # what was posted before the line above has not woken us
            if not self._queue and not self._stopping and not self._is_woken():
                self.loop.run_forever()
        except (KeyboardInterrupt, SystemExit, KernelStopping, asyncio.CancelledError):
            pass  # from a background task: it has ended, the kernel has not
        finally:
            self._waiting = False

    def _is_woken(self) -> bool:
        """Wait for something to do. False when it is the loop's: a step of a task, a timer, a descriptor."""
        loop: Any = self.loop
        if loop._ready:
            return False
        # what is next may have been cancelled: the loop is run in vain then, once
        timeout = loop._scheduled[0].when() - loop.time() if loop._scheduled else None
        # a signal handler of the user's may run meanwhile: it finds the loop as if that waited
        asyncio._set_running_loop(loop)
        try:
            ready = self._selector.select(timeout)
        finally:
            asyncio._set_running_loop(None)
        if len(ready) != 1 or ready[0][0].fd != self._waker.fd:
            return False
        self._waker.clear()
        return True

    def _wake(self) -> None:
        if self._waiting:
            self._waker.wake()

    def _end_wait(self) -> None:
        self._waker.clear()
        if self._waiting:  # not a late one, which would stop the loop under a cell that awaits
            self.loop.stop()


class Here(threading.local):
    """Whose loop the calling thread runs: its subshell's, else (a thread of the user's, too) the main one."""

    def __init__(self, main: ShellLoop) -> None:
        self.loop = main


def _nothing() -> None:
    pass
