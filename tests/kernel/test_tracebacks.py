"""The brief traceback of an interrupt."""

from __future__ import annotations

import re
import sys
from types import FrameType, TracebackType

from zconsole.kernel.tracebacks import (
    FRAMES,
    LIMIT,
    LINE_LIMIT,
    bounded,
    bounded_entries,
    brief_traceback,
)


def raised(depth: int) -> None:
    if depth:
        raised(depth - 1)
    raise KeyboardInterrupt


def lines(depth: int) -> list[str]:
    try:
        raised(depth)
    except KeyboardInterrupt:
        tb = sys.exc_info()[2]
    found = brief_traceback("KeyboardInterrupt", tb, lambda filename: "File here")
    return [re.sub(r"\x1b\[\d+m", "", line) for line in found]


def test_frames_with_their_lines() -> None:
    shown = lines(0)
    assert shown[1].split() == ["KeyboardInterrupt", "Traceback", "(most", "recent", "call", "last)"]
    assert any(line.startswith("----> ") and "raise KeyboardInterrupt" in line for line in shown)
    assert any(re.fullmatch(r"File here, line \d+, in raised", line) for line in shown)
    assert shown[-1] == "KeyboardInterrupt: "


def test_a_deep_stack_shows_its_ends() -> None:
    """[10]"""
    shown = lines(200)
    assert "    ... 182 frames ..." in shown
    assert sum(line.startswith("File here") for line in shown) == FRAMES


def test_an_instruction_without_a_line() -> None:
    """An interrupt may land on one; the function's first line stands for it."""
    value = 1

    def closure() -> FrameType:
        assert value
        return sys._getframe()

    tb = TracebackType(None, closure(), 0, -1)  # the first instruction of a closure is nobody's line
    assert tb.tb_lineno is None
    shown = brief_traceback("KeyboardInterrupt", tb, lambda filename: "File here")
    assert any("def closure" in line for line in shown)


def test_long_tracebacks_and_texts_keep_their_ends() -> None:
    """[10]"""
    entries = bounded_entries([f"entry {number} " + "x" * 1000 for number in range(1000)])
    assert sum(map(len, entries)) <= LIMIT + 100
    assert entries[0].startswith("entry 0 ")
    assert entries[-1].startswith("entry 999 ")
    assert any(re.fullmatch(r"\.\.\. \d+ entries \.\.\.", entry) for entry in entries)
    assert bounded_entries(["short", "ones"]) == ["short", "ones"]
    assert bounded("a" * LINE_LIMIT) == "a" * LINE_LIMIT
    cut = bounded("a" + "b" * 2 * LINE_LIMIT + "c")
    assert (cut[0], cut[-1], "characters" in cut) == ("a", "c", True)


def test_no_frames_at_all() -> None:
    assert brief_traceback("KeyboardInterrupt", None, str)[-1].endswith(": ")
