"""Debuggers of Python's kind (pdb, ipdb: all that are a `bdb.Bdb`) step through the user's code, and not
through the kernel's.

In a terminal `print` is C, and so is what reads a line: a debugger cannot stop in them. Here they are Python.
A debugger that stops in there shows what is none of the user's business, and worse: it asks its question with
a lock taken that the I/O thread needs to send it. So none stops in the kernel's modules, nor in what these
call of the standard library; and when a cell is over it goes on, as with `continue`: the next thing to step
through would be the kernel.
"""

from __future__ import annotations

import os
import sys
from functools import wraps
from types import FrameType, ModuleType
from typing import Any

KERNEL = f"{__package__}."
LIBRARY = os.path.dirname(os.__file__) + os.sep
PACKAGES = ("site-packages", "dist-packages")


def skip_kernel(bdb: ModuleType) -> None:
    """`bdb` has been imported: have its debuggers, whoever makes one, not stop in the kernel."""
    stop_here = bdb.Bdb.stop_here

    @wraps(stop_here)
    def stop_outside(self: Any, frame: FrameType) -> bool:
        return bool(stop_here(self, frame)) and not _of_the_kernel(frame)

    bdb.Bdb.stop_here = stop_outside


def _of_the_kernel(frame: FrameType | None) -> bool:
    """Whether this is the kernel's code, or the standard library's that works for it."""
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith(KERNEL):
            return True
        if not _of_the_library(frame.f_code.co_filename):
            return False
        frame = frame.f_back
    return False


def _of_the_library(file: str) -> bool:
    if file.startswith("<frozen "):
        return True
    return file.startswith(LIBRARY) and not file.removeprefix(LIBRARY).startswith(PACKAGES)


def leave_cell() -> None:
    """A cell is over, in this thread: who steps through it goes on. Breakpoints stay."""
    trace = sys.gettrace()
    if trace is not None and (bdb := sys.modules.get("bdb")):
        debugger = getattr(trace, "__self__", None)
        if isinstance(debugger, bdb.Bdb):
            debugger.set_continue()
