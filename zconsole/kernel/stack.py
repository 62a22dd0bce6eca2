"""Where the user's code is just now: the main thread's frames, told by the I/O thread while they run.

What stands between the user's frames is left out: the kernel's own, IPython's, and what of the standard
library these have called. Nothing of the user's is called, not even a `repr`.
"""

from __future__ import annotations

import linecache
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from types import CodeType, FrameType
from typing import Any

from zconsole.message import Content

OUTER, INNER = 10, 40
"""Frames that are told of a deep stack, from its two ends."""

LONGEST = 200
"""Characters of a line of code that are told."""


def running_frames(mark: CodeType, awaited: Any) -> tuple[list[FrameType], list[FrameType]]:
    """The frames that the main thread runs inside `mark`'s, and those of the task's coroutine `awaited`
    (None: there is none); the outermost first. Both empty when no user code runs."""
    stack: list[FrameType] = []
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_code is not mark:
        stack.append(frame)
        frame = frame.f_back
    if frame is None:
        return [], []
    return stack[::-1], list(_awaiting(awaited))


def describe(
    stack: tuple[list[FrameType], list[FrameType]], cell_of: Callable[[str], int | None]
) -> list[Content]:
    """The user's frames of a stack, each in the form of a stack_reply. `cell_of` tells the number of the cell
    that a file name means. A cell that awaits is where its coroutine is, not where the event loop is."""
    running, awaiting = stack
    frames = list(_visible(running)) or list(_visible(awaiting))
    if len(frames) > OUTER + INNER:
        frames = [*frames[:OUTER], *frames[-INNER:]]
    return [_described(frame, cell_of) for frame in frames]


def _awaiting(awaited: Any) -> Iterator[FrameType]:
    while awaited is not None:
        kind = next((kind for kind in ("cr", "gi", "ag") if hasattr(awaited, f"{kind}_frame")), None)
        if kind is None:
            return  # a future: what it waits for has no frame
        if frame := getattr(awaited, f"{kind}_frame"):
            yield frame
        awaited = getattr(awaited, f"{kind}_yieldfrom" if kind == "gi" else f"{kind}_await")


def _visible(frames: Sequence[FrameType]) -> Iterator[FrameType]:
    ours, shared = _folders()
    hidden = True
    for frame in frames:
        name = frame.f_code.co_filename
        if name.startswith(ours):
            hidden = True
        elif not name.startswith(shared) or "-packages" in name:
            hidden = False
        if not hidden:
            yield frame


def _described(frame: FrameType, cell_of: Callable[[str], int | None]) -> Content:
    code = frame.f_code
    line = frame.f_lineno or code.co_firstlineno
    return {
        "file": code.co_filename,
        "line": line,
        "name": code.co_qualname,
        "code": linecache.getline(code.co_filename, line).strip()[:LONGEST],
        "module": str(frame.f_globals.get("__name__", "")),
        "cell": cell_of(code.co_filename),
    }


def _folders() -> tuple[tuple[str, ...], tuple[str, ...]]:
    packages = (sys.modules.get(name) for name in ("zconsole", "IPython"))
    files = chain((getattr(package, "__file__", None) for package in packages), [os.__file__])
    *ours, library = (os.path.dirname(file) + os.sep for file in files if file)
    return tuple(ours), (library, "<frozen ")
