"""The traceback of an interrupt: where the code was, quickly.

IPython's own formatter reads and highlights sources with context (50 ms the first time, 4 ms later), which is
what an error deserves. Whoever presses Ctrl+C waits for the prompt; he is shown the same frames with their
lines. Pure.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from traceback import walk_tb
from types import TracebackType

RULE = 75
"""Columns of the rule above a traceback, as IPython draws it."""

FRAMES = 20
"""Frames shown of a deep stack, half from each end."""


def brief_traceback(name: str, tb: TracebackType | None, describe: Callable[[str], str]) -> list[str]:
    """The lines of a traceback that ends in an exception `name` without text, coloured.

    `describe` gives the heading of a file, as "Cell In[3]" or "File x.py".
    """
    frames = [(frame.f_code, line) for frame, line in walk_tb(tb)]
    lines = [
        f"{_RED}{'-' * RULE}{_OFF}",
        f"{_RED}{name}{_OFF}{'Traceback (most recent call last)':>{RULE - len(name)}}",
    ]
    for index, (code, line) in enumerate(frames):
        if FRAMES // 2 <= index < len(frames) - FRAMES // 2:
            if index == FRAMES // 2:
                lines.append(f"    ... {len(frames) - FRAMES} frames ...")
            continue
        within = "" if code.co_name == "<module>" else f", in {_CYAN}{code.co_name}{_OFF}"
        source = linecache.getline(code.co_filename, line).rstrip()
        lines.append(f"{_GREEN}{describe(code.co_filename)}, line {line}{_OFF}{within}")
        if source:
            lines.append(f"{_GREEN}----> {line}{_OFF} {source}\n")
    return [*lines, f"{_RED}{name}{_OFF}: "]


_RED, _GREEN, _CYAN, _OFF = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[39m"
