"""Output on a terminal that nothing is drawn on twice: each event is appended, as lines.

For screen readers, which read aloud what is new, and for terminals that can only print. What would be drawn
in place elsewhere (bars of progress, displays that are updated, output that is cleared) is said as a line of
its own, once in `PERIOD` seconds, and the last state always.

Programs draw bars by moving the cursor. So the rows that the cell has written are kept (`_Row`), with what
has been said of each; one that reads otherwise now is said anew.

Times are the business of the `later` that is handed in; this waits for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from zconsole.frontend.canvas import TOKEN
from zconsole.frontend.inplace import Timer
from zconsole.frontend.look import Place
from zconsole.frontend.plain import without_colour

PERIOD = 2.0
"""Seconds from one state of something that changes to the next: about what it takes to hear it."""

ROWS = 100
"""Rows that are remembered; a program cannot go up further."""

LONGEST = 10_000
"""Characters of output that are remembered of what was written at once, and of an unfinished line."""


@dataclass(slots=True)
class _Row:
    """What stands in a row, and what has been said of it."""

    letters: list[str] = field(default_factory=list)
    said: str = ""

    @property
    def text(self) -> str:
        return "".join(self.letters)


class Lines:
    """Writes, and says what changes; in the form of `InPlace`.

    Arguments: `write`, to the terminal, in order; `place`, which tells where that is now; `later`, which
    calls something after so many seconds.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        place: Callable[[], Place],
        later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._write = write
        self._place = place
        self._later = later
        self._timer: Timer | None = None
        self._changes: dict[str, Callable[[], str | None]] = {}
        self._frame: list[str] | None = None  # what was written since all was cleared
        self._plain = True  # whether what comes goes on behind what was said last
        self._forget()

    def begin(self) -> None:
        """The cursor is at the beginning of a line, and what stands above is not to be changed any more."""
        self.flush()
        self._forget()

    def ended_line(self) -> None:
        """Who writes next has ended the line that was open."""
        self._forget()

    def write(self, text: str, name: str = "") -> None:
        """Write behind all that was written."""
        if self._frame is not None:
            self._frame.append(text)
            return
        if "\x1b" in text:
            text = _COLOURS.sub("", text)
        if self._plain and not _MOVING.search(text):
            self._go_on(text)
        else:
            self._follow(text)
            self._plain = self._is_plain()
        if self._place().above and not text.endswith("\n"):
            self._say_rows()
            self._forget()  # there it may be ended, or not

    def change(self, name: str, draw: Callable[[], str | None]) -> None:
        """Say, soon, what `draw` gives then, whole lines: the new state of what has that name; None is no
        change."""
        self._changes[name] = draw
        self._soon()

    def clear(self) -> None:
        """What comes now takes the place of the cell's output: it is said only if it stays a while."""
        self._changes.clear()
        if self._frame is None:
            self._say_rows()
        self._frame = []
        self._timer = self._timer or self._later(PERIOD, self._over)

    def flush(self) -> None:
        """Say now what waits."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._say()

    # --- text

    def _forget(self) -> None:
        self._rows = [_Row()]
        self._at: _Row | None = None  # whose line is open on the terminal
        self._row = self._column = 0
        self._plain = True

    def _is_plain(self) -> bool:
        last = self._rows[-1]
        return (
            self._row == len(self._rows) - 1
            and self._column == len(last.letters)
            and (last is self._at or (not last.letters and self._at is None))
            and last.text == last.said
        )

    def _go_on(self, text: str) -> None:
        self._write(text)
        first, *others = text[-LONGEST:].split("\n")
        if len(self._rows[-1].letters) > LONGEST:
            self._rows[-1].letters.clear()
        self._rows[-1].letters += first
        self._rows = [*self._rows, *(_Row(list(line)) for line in others)][-ROWS:]
        for row in self._rows[-len(others) - 1 :]:
            row.said = row.text
        last = self._rows[-1]
        self._at = last if last.letters or not others else None
        self._row, self._column = len(self._rows) - 1, len(last.letters)

    def _follow(self, text: str) -> None:
        for found in TOKEN.finditer(text):
            token = found[0]
            if token == "\n":
                self._line_feed()
            elif token in ("\r", "\b"):
                self._column = 0 if token == "\r" else max(self._column - 1, 0)
            elif token[0] == "\x1b":
                self._sequence(token)
            elif token == "\a":
                self._write(token)
            else:
                row = self._rows[self._row].letters
                row.extend(" " * (self._column - len(row)))
                row[self._column : self._column + len(token)] = token
                self._column += len(token)
        changed = [row for row in self._rows if _changed(row)]
        if not any(row.said for row in changed):
            self._say_rows()
            self._timer = self._timer or self._later(PERIOD, self._over)
        else:
            self._soon()

    def _line_feed(self) -> None:
        self._column = 0
        self._row += 1
        if self._row < len(self._rows):
            return
        self._say_rows()
        self._write("\n")
        self._at = None
        self._rows = [*self._rows, _Row()][-ROWS:]
        self._row = len(self._rows) - 1

    def _sequence(self, token: str) -> None:
        count = int(token[2:-1] or 1) if token[2:-1].isdecimal() or token[1:-1] == "[" else 0
        row = self._rows[self._row].letters
        match token[-1]:
            case "A":
                self._row = max(self._row - count, 0)
            case "B":
                self._row = min(self._row + count, len(self._rows) - 1)
            case "C":
                self._column += min(count, 1000)
            case "D":
                self._column = max(self._column - count, 0)
            case "G":
                self._column = max(min(count, 1000) - 1, 0)
            case "K":
                del row[0 if token == "\x1b[2K" else self._column :]

    def _say_rows(self) -> None:
        for row in self._rows:
            if not _changed(row):
                continue
            goes_on = self._at is None or (row is self._at and not row.said)
            self._write(("" if goes_on else "\n") + _BARS.sub("", row.text))
            self._at, row.said = row, row.text

    # --- what changes

    def _soon(self) -> None:
        if self._timer is None:
            self._say()
            self._timer = self._later(PERIOD, self._over)

    def _over(self) -> None:
        self._timer = None
        if self._frame is not None or self._changes or any(map(_changed, self._rows)):
            self._say()
            self._timer = self._timer or self._later(PERIOD, self._over)

    def _say(self) -> None:
        frame, self._frame = self._frame, None
        self._say_rows()
        if frame:
            self._end_line()
        for text in frame or ():
            self.write(text)
        self._say_rows()
        changes, self._changes = self._changes, {}
        for draw in changes.values():
            if state := draw():
                self._end_line()
                self._write(without_colour(state))

    def _end_line(self) -> None:
        if self._at:
            self._write("\n")
        self._forget()


def _changed(row: _Row) -> bool:
    text = row.text.rstrip()
    return bool(text) and text != row.said.rstrip()


_BARS = re.compile("[\u2500-\u259f]+ *")  # of what is drawn as it goes on, the numbers say the same
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_MOVING = re.compile("[\r\b\x1b]")
