"""Signals that Python has taken and the main thread has not noticed.

Python's C-level handler only leaves a mark; the main thread looks for marks between two steps of code and
when a system call is cut short. A signal that comes between the last look and the call (or that another
thread was given) is noticed when the call returns: for `time.sleep(100)` that is in 100 s, and an event loop
that nothing happens in waits for ever (seen: 1 interrupt of 3,000 on a busy machine).

So the I/O thread looks after them. C writes each signal's number into a pipe at once, and the Python-level
handlers write behind it that they have run. What stays without that for a moment gets the main thread out of
its system call with a signal that does nothing else. SIGURG is that signal, as in Go's runtime: it is
ignored by default, so that all programs are used to it. Windows has no such thing.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

WAIT = 0.01
"""Seconds that a handler gets to run before the first nudge; each further one waits twice as long."""

NUDGES = 7
"""Nudges for one signal, in 1.3 s: then the main thread is not in a system call but computes in C."""

_NOTICED = b"\0"


class Nudge:
    """Watches over signals. Made in the main thread; `later` calls a function in the I/O thread, so many
    seconds from now; `ending` is called there as soon as a signal has come that asks the process to end.

    `fd` is for the I/O thread to watch: when it is readable, `look` is to be called there.
    """

    def __init__(
        self, later: Callable[[float, Callable[[], None]], None], ending: Callable[[], None]
    ) -> None:
        self.later = later
        self._ending = ending
        self.fd, self._write = os.pipe()
        for fd in (self.fd, self._write):
            os.set_blocking(fd, False)
        self._main = threading.get_ident()
        self._waiting = False
        self._round = 0
        self.wake: Callable[[], object] | None = None
        """Called with each nudge: ends a wait of the main thread that signals do not end."""
        if _POSSIBLE:
            signal.signal(signal.SIGURG, _nothing)
            self.install()

    def install(self) -> None:
        """Have C write to our pipe; an event loop of the user's may have had it write elsewhere."""
        if _POSSIBLE:
            signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)

    def forked(self) -> None:
        """In a forked child: the pipe is the kernel's."""
        if _POSSIBLE:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGURG, signal.SIG_DFL)

    def noticed(self) -> None:
        """A Python-level handler runs."""
        try:
            os.write(self._write, _NOTICED)
        except BlockingIOError:
            pass  # the I/O thread does not run; when it does, it nudges in vain

    def look(self) -> None:
        """Read what has been written."""
        numbers = os.read(self.fd, 4096)
        if not ENDING.isdisjoint(numbers):
            self._ending()
        asked = max(map(numbers.rfind, _WATCHED))
        noticed = numbers.rfind(_NOTICED)
        if asked == noticed:
            return  # neither: another signal
        self._waiting = asked > noticed
        if self._waiting:
            self._round += 1
            self._give_time(self._round, 0)

    def _give_time(self, round: int, nudges: int) -> None:
        def check() -> None:
            if self._waiting and round == self._round and nudges < NUDGES:
                signal.pthread_kill(self._main, signal.SIGURG)
                if self.wake:
                    self.wake()
                self._give_time(round, nudges + 1)

        self.later(WAIT * 2**nudges, check)


def _nothing(*_: object) -> None:
    pass


_POSSIBLE = hasattr(signal, "SIGURG") and hasattr(signal, "pthread_kill")
ENDING = {int(getattr(signal, name)) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""Signals that ask for a clean end."""

_WATCHED = [bytes([number]) for number in (signal.SIGINT, *ENDING)]
