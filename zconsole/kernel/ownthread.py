"""Threads that serve the kernel, told apart from the user's.

A debugger that stops "all threads" would otherwise stop those that the kernel answers with.
"""

from __future__ import annotations

import threading
from typing import TypeVar

T = TypeVar("T", bound=threading.Thread)


def own(thread: T) -> T:
    """Mark a thread as the kernel's: debugpy neither lists nor traces nor stops it. The same thread."""
    for mark in _MARKS:
        setattr(thread, mark, True)
    return thread


# what pydevd, the part of debugpy inside the debugged process, looks for
_MARKS = ("is_pydev_daemon_thread", "pydev_do_not_trace")
