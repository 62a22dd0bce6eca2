"""Long tracebacks without their middle: where it began and where it ended is what one looks for. Pure.

A traceback comes in frames, or as one text; both are folded. All of it stays in the record of the session.
"""

from __future__ import annotations

from collections.abc import Sequence

from zconsole.frontend.look import Look
from zconsole.frontend.plain import without_colour

FIRST, LAST = 4, 8
"""Frames that are shown at either end, and the lines before and behind them count as frames."""

HEAD, TAIL = 60, 90
"""Lines that are shown at either end, of what is left."""


def folded(traceback: Sequence[str], look: Look) -> str:
    """The text of a traceback, with a line that says what it leaves out and how that is seen."""
    frames = list(traceback)
    hidden = frames[FIRST:-LAST]
    if len(hidden) > 2:
        frames[FIRST:-LAST] = [_note(f"{len(hidden):,} frames{_repeating(hidden)}", look)]
    lines = "\n".join(frames).split("\n")
    missing = len(lines) - HEAD - TAIL
    if missing > 2:
        lines[HEAD:-TAIL] = [_note(f"{missing:,} lines", look)]
    return "\n".join(lines)


def _repeating(frames: Sequence[str]) -> str:
    """A word on frames that are a few ones over and over, as a recursion makes them."""
    distinct = len({_head(frame) for frame in frames})
    return f", {distinct} over and over" if distinct * 4 <= len(frames) else ""


def _head(frame: str) -> str:
    return without_colour(frame).strip("\n").partition("\n")[0]


def _note(what: str, look: Look) -> str:
    note = f"… {what} … (%reopen shows all)"
    return f"\x1b[0m\x1b[2m{note}\x1b[0m" if look.colour else note
