"""Tracebacks: that of an interrupt, quickly, and any within bounds.

IPython's own formatter reads and highlights sources with context (50 ms the first time, 4 ms later), which is
what an error deserves. Whoever presses Ctrl+C waits for the prompt; he is shown the same frames with their
lines.

IPython's formatter also keeps what it has parsed, for ever: of a cell that is gone it is of no use, and 7 kB.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Sequence
from itertools import accumulate
from traceback import walk_tb
from types import TracebackType

RULE = 75
"""Columns of the rule above a traceback, as IPython draws it."""

FRAMES = 20
"""Frames shown of a deep stack, half from each end."""


LINE_LIMIT = 1 << 16
"""Characters of one entry of a traceback, and of an exception's text."""

LIMIT = 1 << 18
"""Characters of a traceback: a RecursionError's has a thousand entries, an exception's text any length."""


def bounded(text: str, limit: int = LINE_LIMIT) -> str:
    """A text, or its two ends when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters ...\n{text[-half:]}"


def bounded_entries(entries: Sequence[str]) -> list[str]:
    """The entries of a traceback, or those of its two ends when together they are too long."""
    short = [bounded(entry) for entry in entries]
    if sum(map(len, short)) <= LIMIT:
        return short
    head, tail = _fitting(short), _fitting(short[::-1])[::-1]
    return [*head, f"... {len(short) - len(head) - len(tail)} entries ...", *tail]


def drop_parsed(gone: Callable[[str], object]) -> None:
    """Have the libraries that format tracebacks forget the syntax trees of the files that are `gone`, which
    is asked by name; those of modules are dear to make, few, and stay."""
    stack_data, executing = (sys.modules.get(name) for name in ("stack_data", "executing.executing"))
    if stack_data is None or executing is None:
        return  # no traceback has been formatted
    # keyed by (file name, lines), and by (code object, its id, instruction)
    sources, nodes = (vars(stack_data.Source).get(name, {}) for name in _PARSED)
    for key in list(sources):
        if gone(key[0]):
            sources.pop(key, None)
    for key in list(nodes):
        if gone(key[0].co_filename):
            nodes.pop(key, None)
    # these are of each line that has been shown, quick to make, and each holds its tree
    for place, name in ((stack_data.Source, "statements_at_line"), (executing, "statement_containing_node")):
        if clear := getattr(getattr(place, name, None), "cache_clear", None):
            clear()


def _fitting(entries: Sequence[str]) -> list[str]:
    # as many as go into half of the limit
    sizes = accumulate(map(len, entries))
    return [entry for entry, size in zip(entries, sizes, strict=True) if size <= LIMIT // 2]


def brief_traceback(name: str, tb: TracebackType | None, describe: Callable[[str], str]) -> list[str]:
    """The lines of a traceback that ends in an exception `name` without text, coloured.

    `describe` gives the heading of a file, as "Cell In[3]" or "File x.py".
    """
    # an interrupt may come at an instruction that belongs to no line: at a function's beginning, say
    frames = [(frame.f_code, line or frame.f_code.co_firstlineno) for frame, line in walk_tb(tb)]
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


_PARSED = ("__source_cache_with_lines", "__executing_cache")
"""The caches of `executing`, which has no other way to empty them."""

_RED, _GREEN, _CYAN, _OFF = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[39m"
