"""The brief traceback of an interrupt."""

from __future__ import annotations

import re
import sys

from zconsole.kernel.tracebacks import FRAMES, brief_traceback


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
    shown = lines(200)
    assert "    ... 182 frames ..." in shown
    assert sum(line.startswith("File here") for line in shown) == FRAMES


def test_no_frames_at_all() -> None:
    assert brief_traceback("KeyboardInterrupt", None, str)[-1].endswith(": ")
