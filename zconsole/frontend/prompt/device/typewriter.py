"""The editor on a terminal that can only print (TERM=dumb: Emacs' shell, an old serial line).

The line editor draws as on any terminal; here that goes onto a sheet in memory, and what has changed on it
is typed: text that grows is typed on, the end of a line is taken back with backspaces, and for any other
change the lines from the first changed one are typed again below. So all keys work, and no escape sequence
is sent. Where the cursor stands cannot be seen.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import takewhile

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import DummyOutput

from zconsole.frontend.plain import without_colour

ROWS = 1000
"""Rows of the sheet: a block is never scrolled on it."""


class Typewriter(DummyOutput):
    """An Output for a terminal without cursor movement; `write` puts text on it."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._type = write
        self._sheet: list[list[str]] = [[]]
        self._row = self._column = 0
        self._typed: list[str] = []

    def get_size(self) -> Size:
        """The terminal's columns but the last, which wraps."""
        return Size(ROWS, max(shutil.get_terminal_size().columns - 1, 1))

    def write(self, data: str) -> None:
        """Draw text where the cursor is."""
        for letter in data:
            if letter == "\r":
                self._column = 0
            elif letter == "\n":
                self._row += 1
            else:
                row = self._here()
                row[self._column : self._column + 1] = [letter]
                self._column += 1

    def cursor_up(self, amount: int) -> None:
        """Go up."""
        self._row = max(self._row - amount, 0)

    def cursor_down(self, amount: int) -> None:
        """Go down."""
        self._row += amount

    def cursor_forward(self, amount: int) -> None:
        """Go to the right."""
        self._column += amount

    def cursor_backward(self, amount: int) -> None:
        """Go to the left."""
        self._column = max(self._column - amount, 0)

    def erase_end_of_line(self) -> None:
        """Forget the rest of the line."""
        del self._here()[self._column :]

    def erase_down(self) -> None:
        """Forget all that is below."""
        self.erase_end_of_line()
        del self._sheet[self._row + 1 :]

    def write_raw(self, data: str) -> None:
        """Type what is not the editor's, in lines of its own."""
        text = without_colour(data)
        if text.strip("\r") and any(self._typed):
            text = "\n" + text.lstrip("\r")
        self._type(text)
        self._sheet, self._row, self._column, self._typed = [[]], 0, 0, []

    def typed(self, line: str) -> None:
        """What the editor draws first stands there already."""
        self._typed = [line]

    def flush(self) -> None:
        """Type what has changed on the sheet."""
        self._here()
        # what is blank is only the way down to the line of a search, at the foot of the sheet
        lines = [line for row in self._sheet[: self._row] if (line := "".join(row).rstrip())]
        here = len(lines)
        lines.append("".join(self._sheet[self._row]).rstrip().ljust(self._column))
        lines += takewhile(bool, ("".join(row).rstrip() for row in self._sheet[self._row + 1 :]))
        for row, typed in enumerate(self._typed[: len(lines)]):
            if row != here and lines[row] == typed.rstrip():
                lines[row] = typed  # blanks at the end of a line that the cursor has left are no change
        if any(lines):
            self._type(_change(self._typed, lines))
            self._typed = lines

    def bell(self) -> None:
        """Ring."""
        self._type("\a")

    def disable_bracketed_paste(self) -> None:
        """The editor is done with this drawing, or has erased it: the next one begins anew."""
        self._sheet, self._row, self._column = [[]], 0, 0
        if self._typed and not self._typed[-1]:
            self._typed = []

    def _here(self) -> list[str]:
        """The row of the cursor, filled with blanks up to it."""
        while len(self._sheet) <= self._row:
            self._sheet.append([])
        row = self._sheet[self._row]
        row.extend(" " * (self._column - len(row)))
        return row


def _change(typed: list[str], lines: list[str]) -> str:
    """What to type to get from some lines to others."""
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(typed, lines, strict=False))))
    last = typed[-1] if typed else ""
    if same >= len(typed):
        return "".join(f"\n{line}" for line in lines[same:]).removeprefix("" if typed else "\n")
    if same == len(typed) - 1 and lines[same:] and lines[same].startswith(last):
        return lines[same][len(last) :] + "".join(f"\n{line}" for line in lines[same + 1 :])
    if same == len(typed) - 1 == len(lines) - 1 and last.startswith(lines[same]):
        return "\b \b" * (len(last) - len(lines[same]))
    return "".join(f"\n{line}" for line in lines[same:] or lines[-1:])
