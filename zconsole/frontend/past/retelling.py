"""Cells of a recorded session as text: what was typed, when, how long it ran, and all that it shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from zconsole.frontend.execution import Error
from zconsole.frontend.lengths import exactly
from zconsole.frontend.look import Look
from zconsole.frontend.plain import without_colour
from zconsole.frontend.render import render, render_error, render_input, render_result
from zconsole.frontend.render.text import clean
from zconsole.journal.cells import Cell
from zconsole.journal.export import fate, overwritten
from zconsole.journal.notebook import Shown


def retell(cell: Cell, shown: Sequence[Shown], look: Look, name: str = "") -> str:
    """A cell with its input and its outputs; `name` is whose it is, when that is to be said."""
    heading = f"{datetime.fromtimestamp(cell.started):%Y-%m-%d %H:%M:%S}{_lasting(cell)}{fate(cell)}"
    heading += f", by {clean(name)}" if name else ""
    dim, off = ("\x1b[2m", "\x1b[0m") if look.colour else ("", "")
    code = render_input("", 0, cell.count, clean(cell.code), look)
    return f"{dim}{heading}{off}\n{code}{outputs_text(cell, shown, look)}"


def outputs_text(cell: Cell, shown: Sequence[Shown], look: Look) -> str:
    """What a cell shows at the end; each output begins a line."""
    texts = (_TEXTS[each["output_type"]](each, look) for each in shown)
    whole = "".join(text if text.endswith("\n") else f"{text}\n" for text in texts if text)
    return whole + ("It has said more than was recorded.\n" if cell.cut else "")


def _lasting(cell: Cell) -> str:
    seconds = cell.seconds
    return "" if seconds is None else f", {exactly(seconds)}"


def _stream(output: Shown, look: Look) -> str:
    text = _MOVES.sub("", clean(overwritten(output["text"])))
    return text if look.colour else without_colour(text)


def _display(output: Shown, look: Look) -> str:
    return render(output["data"], output["metadata"], look)


def _result(output: Shown, look: Look) -> str:
    return render_result(output["execution_count"] or 0, _display(output, look), look)


def _error(output: Shown, look: Look) -> str:
    return render_error(Error(output["ename"], output["evalue"], output["traceback"]), look, whole=True)


_MOVES = re.compile(r"\x1b\[[0-9;:]*[A-HJKf]")
"""What moves the cursor or erases: nothing stands still long enough for it here."""

_TEXTS: Mapping[str, Callable[[dict[str, Any], Look], str]] = {
    "stream": _stream,
    "display_data": _display,
    "execute_result": _result,
    "error": _error,
}
