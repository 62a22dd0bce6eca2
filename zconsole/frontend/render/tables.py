"""Tables as columns of text: cells that span rows and columns stand where they belong. Pure.

A table that is too wide loses first the width of its columns of words, then that of the numbers; when that is
not enough, whole columns on the right, and says so. Nothing is ever shifted under another heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from zconsole.frontend.render.flow import Line, Span, cut, line_columns

COLUMNS = 200
"""Columns that are looked at; the widest terminal shows fewer."""

GAP = 2
"""Blanks between columns."""

NARROW = 6
"""Columns of the terminal that a column of the table keeps, if it needs them, before others are left out."""

LINES = 12
"""Lines that a cell may have."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its lines, of any length; the rows and columns it spans; whether it is a heading; the look of
    its ground, as in a Span; "left", "right", "center" or "" for what suits the column; its lines in fewer
    columns, if it can be broken otherwise."""

    lines: Sequence[Line]
    rows: int = 1
    columns: int = 1
    heading: bool = False
    ground: str = ""
    align: str = ""
    narrowed: Callable[[int], Sequence[Line]] | None = None


@dataclass(frozen=True, slots=True)
class _Placed:
    cell: Cell
    row: int
    column: int

    @property
    def width(self) -> int:
        return max(map(line_columns, self.cell.lines), default=0)


def table(rows: Sequence[Sequence[Cell]], width: int, headings: int = 0, total: int = 0) -> list[Line]:
    """The lines of a table at most `width` columns wide; a rule stands under the first `headings` rows. There
    may be more rows in `total` than are given."""
    placed = _place(rows)
    if not placed:
        return []
    widths = _fitted(placed, width)
    lines = _drawn(placed, widths, headings)
    count = max(each.column + each.cell.columns for each in placed)
    missing = [(count - len(widths), "columns"), (total - len(rows), "rows")]
    said = ", ".join(f"{number} more {what}" for number, what in missing if number > 0)
    return [*lines, [Span(f"… {said}", "2")]] if said else lines


def _place(rows: Sequence[Sequence[Cell]]) -> list[_Placed]:
    """Each cell in its row and column: the first that no cell from above still takes."""
    placed: list[_Placed] = []
    taken: dict[int, int] = {}  # column -> the row from which it is free
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while taken.get(column, 0) > number:
                column += 1
            if column >= COLUMNS:
                break
            span = max(1, min(cell.columns, COLUMNS - column))
            below = max(1, min(cell.rows, len(rows) - number))
            placed.append(_Placed(replace(cell, rows=below, columns=span), number, column))
            taken.update(dict.fromkeys(range(column, column + span), number + below))
            column += span
    return placed


def _fitted(placed: Sequence[_Placed], width: int) -> list[int]:
    """The width of each column that is shown."""
    widths = _natural(placed)
    while len(widths) > 1 and sum(min(each, NARROW) for each in widths) + GAP * (len(widths) - 1) > width:
        widths.pop()
    spare = max(1, width - GAP * (len(widths) - 1))
    words = [column for column, numeric in enumerate(_numeric(placed, len(widths))) if not numeric]
    fixed = sum(widths) - sum(widths[column] for column in words)
    if fixed + sum(min(widths[column], NARROW) for column in words) > spare:
        words, fixed = list(range(len(widths))), 0
    level = _level([widths[column] for column in words], spare - fixed)
    for column in words:
        widths[column] = min(widths[column], level)
    return widths


def _natural(placed: Sequence[_Placed]) -> list[int]:
    """What each column needs; what spans several and needs more gives it to the last of them."""
    count = max(each.column + each.cell.columns for each in placed)
    widths = [0] * count
    for each in sorted(placed, key=lambda each: each.cell.columns):
        last = each.column + each.cell.columns - 1
        before = sum(widths[each.column : last]) + GAP * (each.cell.columns - 1)
        widths[last] = max(widths[last], each.width - before)
    return widths


def _level(widths: Iterable[int], spare: int) -> int:
    """The most that a column may have so that all together take no more than `spare`."""
    left = sorted(widths)
    for number, width in enumerate(left):
        share = spare // (len(left) - number)
        if width > share:
            return max(1, share)
        spare -= width
    return left[-1] if left else 1


def _numeric(placed: Sequence[_Placed], count: int) -> list[bool]:
    """Of each column whether all that stands below its headings is numbers."""
    seen: list[set[bool]] = [set() for _ in range(count)]
    for each in placed:
        if each.column < count and each.cell.columns == 1 and not each.cell.heading:
            text = _text(each.cell).strip()
            if text not in _NO_NUMBER:
                seen[each.column].add(bool(_NUMBER.fullmatch(text)))
    return [each == {True} for each in seen]


def _drawn(placed: Sequence[_Placed], widths: Sequence[int], headings: int) -> list[Line]:
    right = _numeric(placed, len(widths))
    shown = [each for each in placed if each.column < len(widths)]
    texts = {id(each): _lines(each, widths, right) for each in shown}
    heights = _heights(shown, texts)
    tops = list(accumulate(heights, initial=0))
    owners = {
        (row, column): each
        for each in shown
        for row in range(each.row, each.row + each.cell.rows)
        for column in range(each.column, min(each.column + each.cell.columns, len(widths)))
    }
    lines: list[Line] = []
    for row, height in enumerate(heights):
        if 0 < row == headings:
            lines.append([Span("─" * (sum(widths) + GAP * (len(widths) - 1)), "2")])
        for number in range(height):
            lines.append(_row(row, number, widths, owners, texts, tops))
    return lines


def _row(
    row: int,
    number: int,
    widths: Sequence[int],
    owners: Mapping[tuple[int, int], _Placed],
    texts: Mapping[int, Sequence[Line]],
    tops: Sequence[int],
) -> Line:
    """One line of a row, of the cells that stand in it or reach down into it."""
    spans: list[Span] = []
    column = 0
    while column < len(widths):
        each = owners.get((row, column))
        if column:
            spans.append(Span(" " * GAP))
        if each is None:
            spans.append(Span(" " * widths[column]))
            column += 1
            continue
        inside = texts[id(each)]
        index = tops[row] - tops[each.row] + number
        spans.extend(inside[index] if index < len(inside) else [Span(" " * _room(each, widths))])
        column = each.column + each.cell.columns
    return spans


def _heights(shown: Sequence[_Placed], texts: Mapping[int, Sequence[Line]]) -> list[int]:
    """Lines of each row; what spans several and needs more gives it to the last of them."""
    heights = [0] * max(each.row + each.cell.rows for each in shown)
    for each in sorted(shown, key=lambda each: each.cell.rows):
        last = each.row + each.cell.rows - 1
        heights[last] = max(heights[last], len(texts[id(each)]) - sum(heights[each.row : last]))
    return heights


def _lines(each: _Placed, widths: Sequence[int], right: Sequence[bool]) -> Sequence[Line]:
    """A cell's lines, cut and filled to its width."""
    room = _room(each, widths)
    suits = "right" if each.cell.columns == 1 and right[each.column] else "left"
    inside = each.cell.lines
    if each.width > room and each.cell.narrowed:
        inside = each.cell.narrowed(room)
    lines = [cut(line, room) for line in inside[:LINES]]
    if len(inside) > LINES:
        lines[-1] = [Span("…")]
    return [_filled(line, room, each.cell.align or suits, each.cell.ground) for line in lines]


def _filled(line: Line, room: int, align: str, ground: str) -> Line:
    spare = max(0, room - line_columns(line))
    before = {"right": spare, "center": spare // 2}.get(align, 0)
    inside = [Span(span.text, ";".join(filter(None, (ground, span.style)))) for span in line]
    filled = [Span(" " * before, ground), *inside, Span(" " * (spare - before), ground)]
    return [span for span in filled if span.text]


def _room(each: _Placed, widths: Sequence[int]) -> int:
    inside = widths[each.column : each.column + each.cell.columns]
    return sum(inside) + GAP * (len(inside) - 1)


def _text(cell: Cell) -> str:
    return "\n".join("".join(span.text for span in line) for line in cell.lines)


_NUMBER = re.compile(
    r"[-+−(]?[$€£¥]?[\d.,'\u202f\u2009 ]*\d[\d.,]*(?:[eE][-+]?\d+)?[ )%]{0,2}[a-zA-Z]{0,2}j?"
)
_NO_NUMBER = (
    "",
    "-",
    "–",
    "—",
    "nan",
    "NaN",
    "NaT",
    "NA",
    "<NA>",
    "None",
    "null",
    "inf",
    "-inf",
    "∞",
    "...",
    "…",
)
