"""Formulas on several lines: blocks of text, put together at their base lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zconsole.frontend.render.flow import columns


class Box(NamedTuple):
    """Lines, and which of them (from 0) stands on the line of the formula."""

    lines: Sequence[str]
    base: int = 0

    @property
    def width(self) -> int:
        """In columns, of the widest line."""
        return max(map(columns, self.lines), default=0)


def text(line: str) -> Box:
    """One line."""
    return Box((line,))


def beside(boxes: Sequence[Box]) -> Box:
    """One behind the other, on one base line."""
    if not boxes:
        return text("")
    up = max(box.base for box in boxes)
    down = max(len(box.lines) - box.base for box in boxes)
    rows = [""] * (up + down)
    for box in boxes:
        width, top = box.width, up - box.base
        for number in range(len(rows)):
            inside = 0 <= number - top < len(box.lines)
            rows[number] += _filled(box.lines[number - top] if inside else "", width)
    return Box(rows, up)


def over(top: Box, bottom: Box) -> Box:
    """A fraction."""
    width = max(top.width, bottom.width) + 2
    lines = [
        *(_centred(line, width) for line in top.lines),
        "─" * width,
        *(_centred(line, width) for line in bottom.lines),
    ]
    return Box(lines, len(top.lines))


def stacked(top: Sequence[str], middle: Box, bottom: Sequence[str]) -> Box:
    """A box with something above it and below it, as the limits of a sum."""
    width = max(map(columns, (*top, *middle.lines, *bottom)))
    lines = [_centred(line, width) for line in (*top, *middle.lines, *bottom)]
    return Box(lines, len(top) + middle.base)


def grid(rows: Sequence[Sequence[Box]], aligns: str, gap: int) -> Box:
    """Rows and columns; `aligns` is a letter a column, "l", "c" or "r", the last for all that follow."""
    count = max(map(len, rows), default=0)
    widths = [max((row[at].width for row in rows if at < len(row)), default=0) for at in range(count)]
    lines: list[str] = []
    for row in rows:
        cells = []
        for at, cell in enumerate(row):
            align = _ALIGN[aligns[min(at, len(aligns) - 1)]]
            cells.append(Box([align(line, widths[at]) for line in cell.lines], cell.base))
            cells.append(text(" " * gap))
        lines.extend(beside(cells[:-1]).lines)
    return Box(lines, len(lines) // 2 if len(lines) % 2 or not lines else len(lines) // 2 - 1)


def fenced(box: Box, left: str, right: str) -> Box:
    """Between two brackets as high as the box; "" or "." is none."""
    return beside([_fence(left, box), box, _fence(right, box)])


def _fence(sign: str, box: Box) -> Box:
    height = len(box.lines)
    if sign in ("", "."):
        return text("")
    if height == 1:
        return text(sign)
    top, middle, bottom, waist = _TALL.get(sign, (sign,) * 4)
    lines = [top, *[middle] * (height - 2), bottom]
    if waist != middle and height > 2:
        lines[height // 2] = waist
    return Box(lines, box.base)


def _filled(line: str, width: int) -> str:
    return line + " " * (width - columns(line))


def _centred(line: str, width: int) -> str:
    return _filled(" " * ((width - columns(line)) // 2) + line, width)


def _right(line: str, width: int) -> str:
    return " " * (width - columns(line)) + line


_ALIGN = {"l": _filled, "c": _centred, "r": _right}
_TALL = {
    "(": ("⎛", "⎜", "⎝", "⎜"),
    ")": ("⎞", "⎟", "⎠", "⎟"),
    "[": ("⎡", "⎢", "⎣", "⎢"),
    "]": ("⎤", "⎥", "⎦", "⎥"),
    "{": ("⎧", "⎪", "⎩", "⎨"),
    "}": ("⎫", "⎪", "⎭", "⎬"),
    "|": ("│", "│", "│", "│"),
    "‖": ("║", "║", "║", "║"),
    "⌊": ("⎢", "⎢", "⎣", "⎢"),
    "⌋": ("⎥", "⎥", "⎦", "⎥"),
    "⌈": ("⎡", "⎢", "⎢", "⎢"),
    "⌉": ("⎤", "⎥", "⎥", "⎥"),
}
"""Of tall brackets the top, what is between, the bottom, and the middle."""
