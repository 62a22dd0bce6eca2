"""The end of the kernel's process: once, whoever asks for it, and in time, whatever stands in the way.

The main thread is asked by SIGTERM, and comes out of user code (`KernelStopping`). It writes the history,
runs the user's exit handlers, has the I/O thread send what is left, and ends what cells have started. When
it does not come, because a cell catches everything or sits in a C function, another thread does the same;
and at once as long as nothing of the user's has run: nobody is to wait for imports. When that takes too long,
because an exit handler hangs, the process ends without it. Only C code that keeps the GIL is stronger: then
nothing of Python runs, and a client has to kill.

What cells have started are the processes of our process group, if it is ours: SIGTERM, a short time, SIGKILL.
A process that was started in a session of its own was meant to stay, and does.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from zconsole.kernel.log import tell_failure
from zconsole.kernel.ownthread import own

MAIN_WAIT = 1.0
"""Seconds that the main thread gets to come out of user code."""

END_WAIT = 1.5
"""Seconds from the request to end until the process ends without its exit handlers: with GRACE less than
clients give us before they kill (zconsole: 2, jupyter_client: 2.5)."""

GRACE = 0.2
"""Seconds between SIGTERM and SIGKILL for the processes of our group."""


class Ending:
    """The end. `close` does what is to be done before: it may block, and is called once. `last` is called
    when nobody else is left, right before the end."""

    def __init__(self, close: Callable[[], None], last: Callable[[], None]) -> None:
        self._close = close
        self._last = last
        self._vain = True  # what the main thread is doing, until it comes to code of the user's
        self._begun = threading.Lock()
        self._closing = threading.Lock()
        self._code = 0

    def begin(self) -> None:
        """From now on the time runs. From any thread; again is the same as once."""
        if self._begun.acquire(blocking=False):
            self._after(0 if self._vain else MAIN_WAIT, self._close_and_leave)
            self._after(END_WAIT, self._leave)

    def user_code(self) -> None:
        """What the main thread does next is the user's, and is not cut off. Does not return when the end has
        begun."""
        self._vain = False
        if self._begun.locked():
            self.finish(0)

    def finish(self, code: int) -> NoReturn:
        """End the process; for the main thread, when it has come out of everything."""
        self._code = code
        self.begin()
        self._close_and_leave()
        time.sleep(END_WAIT)  # another thread was first, and ends the process
        self._leave()

    def _close_and_leave(self) -> None:
        if self._closing.acquire(blocking=False):
            try:
                self._close()
            except Exception:  # noqa: BLE001  # a history that cannot be written must not keep the process
                tell_failure(2)
            finally:
                self._leave()

    def _leave(self) -> NoReturn:
        end_group()
        self._last()
        # not sys.exit: threads of user code that are not daemons would keep the process
        os._exit(self._code)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        timer = own(threading.Timer(seconds, action))
        timer.daemon = True
        timer.start()


def end_group() -> None:
    """End all other processes of our group, when it is ours: SIGTERM, and SIGKILL to those that are left."""
    if not hasattr(os, "killpg") or os.getpgrp() != os.getpid():
        return
    if not os.path.isdir("/proc/self"):
        # nobody tells who is in it; this process is ending and takes no notice
        os.killpg(0, signal.SIGTERM)
    elif members := _members():
        _send(members, signal.SIGTERM)
        _await(members, GRACE)
        _send(_members(), signal.SIGKILL)


def _members() -> list[int]:
    group, found = os.getpid(), []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != group:
            try:
                if os.getpgid(int(name)) == group:
                    found.append(int(name))
            except ProcessLookupError:
                pass
    return found


def _send(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass  # it has ended, or is another user's by now


def _await(pids: list[int], seconds: float) -> None:
    poll = select.poll()
    left = set()
    for pid in pids:
        try:
            fd = os.pidfd_open(pid)
        except OSError:
            continue  # it has ended
        left.add(fd)
        poll.register(fd, select.POLLIN)
    deadline = time.monotonic() + seconds
    while left and (rest := deadline - time.monotonic()) > 0:
        for fd, _ in poll.poll(rest * 1000):
            poll.unregister(fd)
            left.discard(fd)
