"""What a cell has written, as far as it is still on the screen: so that a part of it can be drawn anew.

The terminal's own scrollback takes the output, so nothing can be changed that has scrolled out of it; what is
still on the screen can: the cursor goes up, what is below is erased and written again. For that one has to
know how many rows a text takes, which is `Cursor`'s business, and what stands behind the part that changes,
which is what a canvas remembers: a screenful at most. A flood of text costs nothing but the looking at its
length. Pure: it answers with the text to write.

The rule: in doubt nothing on the screen that is not the cell's own may be touched. What has scrolled out, or
may have, is not drawn in place; who asks gets None and writes it once more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from wcwidth import wcwidth

MOST = 1 << 16
"""Characters of what stands on a screen; of more, the older part has scrolled out, or is too dear to write
again."""


PIXELS = 256
"""Characters of a picture that count for one: at most MOST times as many are kept."""


class Size(NamedTuple):
    """Of the terminal. As long as nothing has scrolled, all that was written is on the screen; then the
    cursor is in the last of the `rows`. So it need not be known where it is."""

    columns: int
    rows: int


@dataclass(slots=True)
class Piece:
    """Some text that was written at once; with a `name` it can be changed."""

    text: str
    name: str = ""


class Canvas:
    """The output of one cell."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._length = 0
        self._begins = True

    def begin(self) -> None:
        """A cell begins, at the beginning of a line: what was written before is none of its own."""
        self._pieces.clear()
        self._length = 0
        self._begins = True

    def write(self, text: str, name: str = "") -> None:
        """This is written behind all that was; with a name it can be changed later."""
        length = _length(text)
        if length >= MOST:
            self._pieces = [Piece("")]
            self._length = 0
            self._begins = False
            return
        if self._pieces and not name and not self._pieces[-1].name:
            self._pieces[-1].text += text
        else:
            self._pieces.append(Piece(text, name))
        self._length += length
        if self._length > MOST:
            self._forget()

    def has(self, name: str) -> bool:
        """Whether something of that name has been written, and may still be on the screen."""
        return any(piece.name == name for piece in self._pieces)

    def change(self, name: str, text: str, size: Size) -> str | None:
        """What to write so that `text` stands where something of that name was; None when it is not, or not
        wholly, on the screen."""
        at = next((at for at, piece in enumerate(self._pieces) if piece.name == name), None)
        if at is None:
            return None
        column = self._column(at, size)
        up = rows(self._text(at), size.columns, column)
        if up >= size.rows:
            del self._pieces[: at + 1]  # with all that is above it
            self._begins = False
            return None
        erased = _erased(self._text(at), up, column)
        for piece in self._pieces[at:]:
            if piece.name == name:
                self._length += _length(text) - _length(piece.text)
                piece.text = text
        return f"{erased}{self._text(at)}"

    def clear(self, size: Size) -> str:
        """What to write so that nothing is left of the cell's output, as far as it can be seen."""
        up = rows(self._text(0), size.columns, 0)
        if self._begins or up >= size.rows:
            up = min(up, size.rows - 1)
        else:
            up = size.rows - 1  # more than that has been written: the whole screen is the cell's
        erased = _erased(self._text(0), up, 0)
        self.begin()
        return erased

    def _text(self, at: int) -> str:
        return "".join(piece.text for piece in self._pieces[at:])

    def _column(self, at: int, size: Size) -> int:
        """In which column the piece begins. What has been forgotten has ended a line."""
        before = "".join(piece.text for piece in self._pieces[:at])
        return Cursor(size.columns).feed(before[before.rfind("\n") + 1 :]).column

    def _forget(self) -> None:
        # whole lines, so that what is left begins in the first column
        self._begins = False
        while self._length > MOST // 2 and len(self._pieces) > 1:
            self._length -= _length(self._pieces.pop(0).text)
        rest = self._pieces[0]
        if not rest.name and not _has_picture(rest.text) and len(rest.text) > MOST // 2:
            cut = rest.text.find("\n", len(rest.text) - MOST // 2) + 1 or len(rest.text)
            self._length -= cut
            rest.text = rest.text[cut:]


def rows(text: str, columns: int, column: int = 0) -> int:
    """How many rows the cursor is below where it was, behind this text that was begun in `column`."""
    return Cursor(columns, column).feed(text).row


class Cursor:
    """Where the cursor goes. Of what terminals do this knows what `render.text.clean` lets pass: new lines,
    carriage return, backspace, tabs, moving the cursor, erasing and colours; and lines that are too long."""

    def __init__(self, columns: int, column: int = 0) -> None:
        self._columns = max(columns, 1)
        self.row = 0
        self.column = column
        """From 0; as much as the number of columns when the last one is written and the next letter wraps."""

    def feed(self, text: str) -> Cursor:
        """Go where the cursor is behind a text; itself."""
        for found in TOKEN.finditer(text):
            token = found[0]
            if token[0] == "\x1b":
                self._sequence(found)
            elif move := _MOVES.get(token):
                move(self)
            else:
                self._letters(token)
        return self

    def _letters(self, letters: str) -> None:
        if letters.isascii():
            end = self.column + len(letters)
            down = (end - 1) // self._columns
            self.row += down
            self.column = end - down * self._columns
            return
        for letter in letters:
            width = max(wcwidth(letter), 0)
            if self.column + width > self._columns and width:
                self.row += 1
                self.column = 0
            self.column += width

    def _line_feed(self) -> None:
        self.row += 1
        self.column = 0

    def _carriage_return(self) -> None:
        self.column = 0

    def _backspace(self) -> None:
        self.column = max(min(self.column, self._columns - 1) - 1, 0)

    def _tab(self) -> None:
        self.column = min((min(self.column, self._columns - 1) // 8 + 1) * 8, self._columns - 1)

    def _sequence(self, found: re.Match[str]) -> None:
        if found["move"] is None:
            return
        count = max(int(found["count"] or 1), 1)
        here = min(self.column, self._columns - 1)
        match found["move"]:
            case "A":
                self.row -= count
            case "B":
                self.row += count
            case "C":
                self.column = min(here + count, self._columns - 1)
            case "D":
                self.column = max(here - count, 0)
            case "G":
                self.column = min(count, self._columns) - 1


def _length(text: str) -> int:
    """How many characters stand on the screen by this text, or somewhat more; a picture, which is small there
    and long as a text, counts for the share of memory that it may have."""
    return len(_PICTURE.sub("", text)) + len(text) // PIXELS if _has_picture(text) else len(text)


def _has_picture(text: str) -> bool:
    # one character is found at memory's speed, and a flood has none of it
    return "\x1b" in text and bool(_PICTURE.search(text))


def _erased(text: str, count: int, column: int) -> str:
    """To the row `count` above, where this text began, and a column; everything from there on erased."""
    up = f"\x1b[{count}A" if count else ""
    right = f"\x1b[{column}C" if column else ""
    if count and _KITTYS in text:  # its pictures stay when their place is erased
        up = f"{up}\r{_DELETE}" + f"\x1b[B{_DELETE}" * count + up
    return f"{up}\r{right}\x1b[J"


_PICTURE = re.compile(r"\x1b[_P][^\x1b]*\x1b\\|\x1b\]1337;[^\x07]*\x07")
_KITTYS = "\x1b_Ga=T"
_DELETE = "\x1b_Ga=d,d=C,q=2\x1b\\"
"""What is at the cursor."""

TOKEN = re.compile(
    r"\x1b\[(?P<count>\d*)(?P<move>[ABCDG])|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[^\[\]PX^_]?|[\n\r\b\t]|[^\x1b\n\r\b\t\x00-\x1f\x7f]+|."
)
_MOVES = {
    "\n": Cursor._line_feed,
    "\r": Cursor._carriage_return,
    "\b": Cursor._backspace,
    "\t": Cursor._tab,
}
