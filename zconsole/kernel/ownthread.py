"""Threads that serve the kernel, told apart from the user's.

A debugger that stops "all threads" would otherwise stop those that the kernel answers with; and signals are
the main thread's: one that another thread takes does not wake it out of a system call.
"""

from __future__ import annotations

import signal
import threading
from typing import TypeVar

T = TypeVar("T", bound=threading.Thread)


def own(thread: T) -> T:
    """Mark a thread as the kernel's: debugpy neither lists nor traces nor stops it. The same thread."""
    for mark in _MARKS:
        setattr(thread, mark, True)
    return thread


def leave_signals_to_main() -> None:
    """Block all signals in the calling thread, but those that a fault in it raises."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - _FAULTS)


_FAULTS = {signal.SIGSEGV, signal.SIGFPE, signal.SIGILL, signal.SIGABRT}

# what pydevd, the part of debugpy inside the debugged process, looks for
_MARKS = ("is_pydev_daemon_thread", "pydev_do_not_trace")
