"""Where an interrupt may land.

SIGINT means KeyboardInterrupt only inside user code: in frames that `run_user_code` has called. The handler
looks at the stack to know, so there is no flag that an exception at the wrong moment could leave set.
Elsewhere an interrupt does nothing: not to the kernel's own code, and not, late, to the next cell. While a
cell awaits, the main thread sits in the event loop and an exception there would hit the loop, so the cell's
task is cancelled instead, from within the loop, which wakes it. The handler is put back before each cell:
user code and libraries replace it (and a kernel started from a background job has inherited SIGINT ignored).

An interrupt can be lost in Python itself: one that comes during a garbage collection is raised in the first
Python code behind it, which may be a finalizer, where exceptions are printed and forgotten, or swallowed
(seen: floods of output that Ctrl+C did not end, because of `Popen.__del__` and pexpect's). So nothing is
raised inside a `__del__`, and what is lost in another callback is told by `sys.unraisablehook`; in both
cases the signal is sent once more, from another thread, when the main thread is out of there.

SIGTERM and SIGHUP ask for a clean end: KernelStopping inside user code, otherwise the next wait returns.

What interruptible code shares with another thread must be free of Python-level locks: an exception may come
between taking a lock and the block that gives it back.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from zconsole.kernel.nudge import ENDING, Nudge
from zconsole.kernel.stack import running_frames

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


LONGEST_WAIT = 0.05
"""Seconds between two looks whether a finalizer has come to its end."""

CALLBACK_WAIT = 0.05
"""Seconds that a GUI callback must go on behind a signal to be what is meant by it: a toolkit waits in C, and
a signal of that time is told to Python in the callback that happens to come next."""


class KernelStopping(BaseException):
    """Raised in user code when the process has been asked to end: nothing to tell anybody."""


class Interrupts:
    """The kernel's signal handlers. Made in the main thread.

    `stop` is called when the process is asked to end; it must only leave a note. `elsewhere` has a function
    called in the I/O thread, soon. `nudge` looks after signals that go unnoticed.
    """

    def __init__(
        self, stop: Callable[[], None], elsewhere: Callable[[Callable[[], None]], None], nudge: Nudge
    ) -> None:
        self._stop = stop
        self._nudge = nudge
        self._elsewhere = elsewhere
        self._stopping = False
        self._task: asyncio.Task[Any] | None = None
        self.interrupted = False
        """Whether the newest user code was interrupted."""
        self.idle_in: str | None = None
        """A folder whose code, called as user code, only waits: there is nothing to interrupt in it."""
        self._suspect: FrameType | None = None  # a callback, called by that code
        self.raising: Callable[[FrameType | None], None] = _nobody
        """Called by the handler, with the frame, before it raises an exception there."""
        self.install()
        self._tell_unraisable = sys.unraisablehook
        sys.unraisablehook = self._unraisable
        for number in ENDING:
            signal.signal(number, self._end)

    def install(self) -> None:
        """Take SIGINT, whoever has it now."""
        self._nudge.install()
        if _handler_of(signal.SIGINT) != self._interrupt:
            signal.signal(signal.SIGINT, self._interrupt)

    def take_back(self) -> None:
        """Take SIGINT, if somebody else has it; as `install`, and cheap when nobody has."""
        if _handler_of(signal.SIGINT) != self._interrupt:
            self.install()

    def guard_forks(self) -> None:
        """See to it that a forked child's signals are its own. They wait until it has put our handlers away:
        one that came before (`Process.start()`, `terminate()`) would be lost to it and told to us."""
        if not hasattr(os, "register_at_fork"):
            return
        held = threading.local()  # any thread may fork

        def before() -> None:
            held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ORDINARY)

        def after() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, held.mask)

        def after_in_child() -> None:
            self.forked()
            after()

        os.register_at_fork(before=before, after_in_parent=after, after_in_child=after_in_child)

    def forked(self) -> None:
        """In a forked child: signals mean what they mean to any Python program."""
        self._nudge.forked()
        for number, handler in _ORDINARY.items():
            if getattr(signal.getsignal(number), "__self__", None) is self:
                signal.signal(number, handler)
        sys.unraisablehook = self._tell_unraisable

    def run_user_code(self, function: Callable[[], T]) -> T:
        """Call a function in which an interrupt raises KeyboardInterrupt; its result.

        The handler looks for this frame. Nothing may stand here but the call.
        """
        return function()

    def whole(self, function: Callable[[], T]) -> T:
        """Call a function of ours inside user code that must come to its end: an interrupt lands behind it.

        The handler looks for this frame.
        """
        return function()

    @contextmanager
    def awaiting(self, task: asyncio.Task[Any]) -> Iterator[None]:
        """The event loop runs user code as `task`: an interrupt cancels it while it waits."""
        before, self._task = self._task, task
        try:
            yield
        finally:
            self._task = before

    def send(self) -> None:
        """Interrupt as if Ctrl+C had been pressed at this process; from any thread. The children in its
        process group get it as well, when the group is ours."""
        self._send(signal.SIGINT, group=True)

    def send_end(self) -> None:
        """Ask this process to end, as SIGTERM does; from any thread."""
        self._send(signal.SIGTERM, group=False)

    def stack(self) -> tuple[list[FrameType], list[FrameType]]:
        """What the main thread runs of the user's, see `stack.running_frames`; from any thread."""
        task = self._task
        return running_frames(_MARK, task.get_coro() if task is not None and not task.done() else None)

    def _send(self, number: int, *, group: bool) -> None:
        # once, not to the group and then to the thread: two would be two exceptions. A process's signal
        # goes to its main thread unless that blocks it
        if group and hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), number)
        else:
            os.kill(os.getpid(), number)

    def _interrupt(self, signum: int, frame: FrameType | None) -> None:
        self._nudge.noticed()
        callback = self._callback(frame)
        suspect, self._suspect = self._suspect, None
        if suspect is not None and suspect is not callback:
            return  # it was over soon
        task = self._task
        if task is not None and not task.done():
            loop = task.get_loop()
            # between two steps of the task the loop waits: cancel; inside a step it is user code, but what
            # the loop does for the task at a step's end (C calls its call_soon) must be done: an exception
            # there would lose the next step, and the task would never end, not even cancelled
            if loop.is_running() and not _in_step(task, frame):
                self.interrupted = True
                loop.call_soon_threadsafe(task.cancel)
                return
        place = self._place(frame)
        if place is Place.FINALIZER:
            self._elsewhere(partial(self._send_again, signal.SIGINT))
        elif place is Place.USER_CODE:
            if callback is not suspect:
                self._suspect = callback
                again = partial(self._send, signal.SIGINT, group=False)
                self._elsewhere(partial(self._nudge.later, CALLBACK_WAIT, again))
                return
            self.interrupted = True
            self.raising(frame)
            raise KeyboardInterrupt

    def _end(self, signum: int, frame: FrameType | None) -> None:
        self._nudge.noticed()
        self._stop()
        place = self._place(frame)
        if place is Place.FINALIZER:
            self._elsewhere(partial(self._send_again, signal.SIGTERM))
        elif place is Place.USER_CODE and not self._stopping:
            self._stopping = True
            self.raising(frame)
            raise KernelStopping

    def _unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        if issubclass(unraisable.exc_type, (KeyboardInterrupt, KernelStopping)):
            self._stopping = False
            ending = issubclass(unraisable.exc_type, KernelStopping)
            self._elsewhere(partial(self._send_again, signal.SIGTERM if ending else signal.SIGINT))
        else:
            self._tell_unraisable(unraisable)

    def _send_again(self, number: int, wait: float = 0.001) -> None:
        # in the I/O thread; a finalizer may take its time (pexpect's closes a terminal)
        main = threading.main_thread().ident or 0
        if _place(sys._current_frames().get(main)) is Place.FINALIZER:
            self._nudge.later(wait, partial(self._send_again, number, min(2 * wait, LONGEST_WAIT)))
        else:
            self._send(number, group=False)

    def _callback(self, frame: FrameType | None) -> FrameType | None:
        """The callback that code which only waits has called; None when there is none."""
        while frame and self.idle_in and frame.f_code is not _MARK:
            if (caller := frame.f_back) and caller.f_code.co_filename.startswith(self.idle_in):
                return frame
            frame = caller
        return None

    def _place(self, frame: FrameType | None) -> Place:
        if frame and self.idle_in and frame.f_code.co_filename.startswith(self.idle_in):
            return Place.ELSEWHERE
        return _place(frame)


class Place(Enum):
    """Where the main thread is."""

    USER_CODE = "called by run_user_code"
    FINALIZER = "in a __del__ there, where Python tells of exceptions that it could not raise, or in `whole`"
    ELSEWHERE = "in the kernel's own code"


def _nobody(frame: FrameType | None) -> None:
    pass


def _place(frame: FrameType | None) -> Place:
    if frame is not None and frame.f_code is _MARK:
        return Place.ELSEWHERE  # the call has not begun, or is over
    place = Place.USER_CODE
    while frame is not None and frame.f_code is not _MARK:
        if frame.f_code.co_name == "__del__" or frame.f_code is _HOOK or frame.f_code is _WHOLE:
            place = Place.FINALIZER
        frame = frame.f_back
    return Place.ELSEWHERE if frame is None else place


def _in_step(task: asyncio.Task[Any], frame: FrameType | None) -> bool:
    outermost = getattr(task.get_coro(), "cr_frame", None)
    while frame is not None and frame is not outermost:
        frame = frame.f_back
    return frame is not None


# below it signal.getsignal tries to make an enum of the handler: 5 µs in every cell
_handler_of: Callable[[int], Any] = sys.modules.get("_signal", signal).getsignal
_MARK = Interrupts.run_user_code.__code__
_HOOK = Interrupts._unraisable.__code__
_WHOLE = Interrupts.whole.__code__
_ORDINARY: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
if hasattr(signal, "SIGHUP"):
    _ORDINARY[signal.SIGHUP] = signal.SIG_DFL
