"""Debuggers of Python's kind (pdb, ipdb: all that are a `bdb.Bdb`) step through the user's code, and not
through the kernel's.

In a terminal `print` is C, and so is what reads a line: a debugger cannot stop in them. Here they are Python.
A debugger that stops in there shows what is none of the user's business, and worse: it asks its question with
a lock taken that the I/O thread needs to send it. So each debugger gets the kernel's modules into its `skip`,
and when a cell is over it goes on, as with `continue`: the next thing to step through would be the kernel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import wraps
from types import ModuleType
from typing import Any

KERNEL = f"{__package__}.*"


def skip_kernel(bdb: ModuleType) -> None:
    """`bdb` has been imported: have its debuggers, whoever makes one, not stop in the kernel's modules."""
    init = bdb.Bdb.__init__

    @wraps(init)
    def skipping(self: Any, skip: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        init(self, [*(skip or ()), KERNEL], *args, **kwargs)

    bdb.Bdb.__init__ = skipping


def leave_cell() -> None:
    """A cell is over, in this thread: who steps through it goes on. Breakpoints stay."""
    trace = sys.gettrace()
    if trace is not None and (bdb := sys.modules.get("bdb")):
        debugger = getattr(trace, "__self__", None)
        if isinstance(debugger, bdb.Bdb):
            debugger.set_continue()
