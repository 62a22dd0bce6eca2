"""How large a picture is shown: in cells, and in pixels. Pure.

Never wider than the terminal nor higher than most of it, and otherwise as large as it is, but for tiny ones.
A picture in letters has no pixels of its own: there a column counts for eight, whatever the terminal's font.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from zconsole.frontend.look import Look
from zconsole.message import Content

SHARE = 0.8
"""Of the terminal's height: the prompt and the line above it are to stay in sight."""

TINY = 32
"""Pixels; a smaller picture (an icon, a digit of a data set) is shown as if it had twice as many."""

LETTERS = 8
"""Pixels that a column of letters stands for."""

MOST = 100_000
"""Pixels in a direction that metadata may say."""


class Box(NamedTuple):
    """`columns` and `rows` of the terminal, and the picture's `width` and `height` in its pixels there."""

    columns: int
    rows: int
    width: int
    height: int


def natural(width: float, height: float, about: Content) -> tuple[float, float]:
    """The size that a picture of so many pixels is meant to have, by its metadata.

    IPython sends half the size for a figure that has twice the pixels; one of the two numbers is enough.
    """
    wide, high = _number(about.get("width")), _number(about.get("height"))
    if wide and high:
        return wide, high
    if wide:
        return wide, height * wide / width
    return (width * high / height, high) if high else (width, height)


def fit(width: float, height: float, look: Look, *, letters: bool = False) -> Box:
    """The place of a picture of this natural size."""
    cell_width, cell_height = (max(1, each) for each in look.cell)
    if letters:
        cell_width, cell_height = LETTERS, max(1, round(cell_height * LETTERS / cell_width))
    most_columns, most_rows = max(1, look.width), max(1, int(look.rows * SHARE))
    scale = min(
        max(1, 2 * TINY // max(1, int(max(width, height)))),
        most_columns * cell_width / width,
        most_rows * cell_height / height,
    )
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    return Box(
        min(most_columns, max(1, round(width / cell_width))),
        min(most_rows, max(1, round(height / cell_height))),
        width,
        height,
    )


def _number(value: Any) -> float:
    """Pixels as metadata give them, also as text; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7:
        value = int(value)
    return value if type(value) in (int, float) and 1 <= value <= MOST else 0
