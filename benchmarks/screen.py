"""What a terminal shows: bytes in, rows of characters out, and the answers to a program's questions.

Only what a line editor sends is understood: text, the cursor's moves, erasing, inserting, scrolling.
Colours and titles are forgotten, every character is one cell wide, what has scrolled off is gone.
So a screenful costs the machine little while it is the program that is measured.
"""

import codecs
import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<prefix>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b[P_^X](?P<string>[^\x1b]*)\x1b\\"
    r"|\x1b[()#%][0-9A-Za-z]"
    r"|\x1b(?P<escape>[0-9=>A-OQ-WYZ\\c])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
)
# A sequence that has begun and not ended waits for the next bytes.
_PARTIAL = re.compile(r"\x1b(?:[P_^X\]][^\x07\x1b]*\x1b?|\[[<=>?]?[0-9;:]*[ -/]*|[()#%])?\Z")

ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^X][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()].|\x1b."
)


class Screen:
    """`rows` by `columns` cells and a cursor at `x`, `y` (from 0). `reply` gets what the terminal answers."""

    def __init__(self, columns: int, rows: int, reply: Callable[[bytes], None]) -> None:
        self.columns, self.rows = columns, rows
        self.x = self.y = 0
        self.modes: set[int] = set()
        self._reply = reply
        self._top, self._bottom = 0, rows - 1
        self._saved = (0, 0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.lines = [self._blank() for _ in range(rows)]

    def row(self, y: int) -> str:
        return "".join(self.lines[y]).rstrip()

    def text(self) -> str:
        return "\n".join(map(self.row, range(self.rows))).rstrip()

    def before(self) -> str:
        """The cursor's row, up to the cursor."""
        return "".join(self.lines[self.y][: self.x])

    def feed(self, data: bytes) -> None:
        text = self._held + self._decoder.decode(data)
        partial = _PARTIAL.search(text, max(0, len(text) - 4096))
        end = partial.start() if partial else len(text)
        self._held = text[end:]
        for token in _TOKEN.finditer(text, 0, end):
            kind = token.lastgroup
            if kind == "text":
                self._write(token["text"])
            elif kind == "final":
                self._sequence(token["prefix"] + token["middle"] + token["final"], token["numbers"])
            elif kind == "control":
                self._control(token["control"])
            elif kind == "escape":
                self._escape(token["escape"])
            elif kind == "osc":
                self._ask_colour(token["osc"])

    # --- what is drawn

    def _blank(self) -> list[str]:
        return [" "] * self.columns

    def _write(self, text: str) -> None:
        done = 0
        while done < len(text):
            if self.x >= self.columns:
                self.x = 0
                self._down()
            part = text[done : done + self.columns - self.x]
            self.lines[self.y][self.x : self.x + len(part)] = part
            self.x += len(part)
            done += len(part)

    def _control(self, character: str) -> None:
        if character == "\r":
            self.x = 0
        elif character in "\n\v\f":
            self._down()
        elif character == "\b":
            self.x = max(0, min(self.x, self.columns - 1) - 1)
        elif character == "\t":
            self.x = min(self.columns - 1, self.x // 8 * 8 + 8)

    def _escape(self, character: str) -> None:
        if character == "7":
            self._saved = (self.x, self.y)
        elif character == "8":
            self.x, self.y = self._saved
        elif character in "DE":
            self.x = self.x if character == "D" else 0
            self._down()
        elif character == "M" and self.y == self._top:
            self._scroll(-1)
        elif character == "M":
            self.y = max(0, self.y - 1)

    def _down(self) -> None:
        if self.y == self._bottom:
            self._scroll(1)
        else:
            self.y = min(self.rows - 1, self.y + 1)

    def _scroll(self, count: int, top: int | None = None) -> None:
        """The rows from `top` to the region's foot go up by `count`, or down if it is negative."""
        top = self._top if top is None else top
        for _ in range(min(abs(count), self._bottom - top + 1)):
            self.lines.insert(self._bottom + 1 if count > 0 else top, self._blank())
            del self.lines[top if count > 0 else self._bottom + 1]

    def _sequence(self, kind: str, text: str) -> None:
        numbers = [int(part.partition(":")[0] or 0) for part in text.split(";")]
        first = numbers[0]
        if kind in _MOVES:
            across, down = _MOVES[kind]
            self.x = min(max(0, min(self.x, self.columns - 1) + across * max(1, first)), self.columns - 1)
            self.y = min(max(0, self.y + down * max(1, first)), self.rows - 1)
            self.x = 0 if kind in "EF" else self.x
        elif kind in "Hf":
            self._go(numbers[1] if len(numbers) > 1 else 1, first)
        elif kind in "G`":
            self._go(first, self.y + 1)
        elif kind == "d":
            self._go(self.x + 1, first)
        elif kind in "JKX":
            self._erase(kind, first)
        elif kind in "LMST":
            self._scroll(max(1, first) * (1 if kind in "MS" else -1), self.y if kind in "LM" else None)
            self.x = 0 if kind in "LM" else self.x
        elif kind in "@P":
            self._shift(kind, max(1, first))
        elif kind == "r":
            self._top = max(1, first) - 1
            self._bottom = min(self.rows, (numbers[1] if len(numbers) > 1 else 0) or self.rows) - 1
            self._go(1, 1)
        elif kind in ("?h", "?l"):
            self._mode(kind, numbers)
        elif kind in "su":
            self._escape("7" if kind == "s" else "8")
        else:
            self._ask(kind, first)

    def _go(self, column: int, row: int) -> None:
        self.x = min(max(1, column), self.columns) - 1
        self.y = min(max(1, row), self.rows) - 1

    def _erase(self, kind: str, what: int) -> None:
        x = min(self.x, self.columns - 1)
        begin = 0 if kind != "X" and what else x
        end = min(x + max(1, what), self.columns) if kind == "X" else x + 1 if what == 1 else self.columns
        self.lines[self.y][begin:end] = " " * (end - begin)
        if kind == "J":
            for y in (range(self.y), range(self.rows))[what - 1] if what else range(self.y + 1, self.rows):
                self.lines[y] = self._blank()

    def _shift(self, kind: str, count: int) -> None:
        line, x = self.lines[self.y], self.x
        rest = [" "] * count + line[x:] if kind == "@" else line[x + count :] + [" "] * count
        line[x:] = rest[: self.columns - x]
        line.extend(" " * (self.columns - len(line)))

    def _mode(self, kind: str, numbers: list[int]) -> None:
        if kind == "?h":
            self.modes.update(numbers)
        else:
            self.modes.difference_update(numbers)
        if 1049 in numbers:
            self.lines = [self._blank() for _ in range(self.rows)]

    # --- what is answered, as an xterm would

    def _ask(self, kind: str, number: int) -> None:
        answers = {
            ("n", 5): "\x1b[0n",
            ("n", 6): f"\x1b[{self.y + 1};{min(self.x, self.columns - 1) + 1}R",
            ("c", 0): "\x1b[?62;22c",
            (">c", 0): "\x1b[>41;379;0c",
            (">q", 0): "\x1bP>|XTerm(379)\x1b\\",
            ("t", 14): f"\x1b[4;{self.rows * 16};{self.columns * 8}t",
            ("t", 16): "\x1b[6;16;8t",
            ("t", 18): f"\x1b[8;{self.rows};{self.columns}t",
            ("?$p", number): f"\x1b[?{number};{1 if number in self.modes else 0}$y",
        }
        if answer := answers.get((kind, number)):
            self._reply(answer.encode())

    def _ask_colour(self, body: str) -> None:
        number, _, rest = body.rpartition(";")
        if rest == "?":
            colour = "e5e5/e5e5/e5e5" if number == "10" else "0000/0000/0000"
            self._reply(f"\x1b]{number};rgb:{colour}\x1b\\".encode())


# final character -> the cursor's step to the right and down
_MOVES = {
    "A": (0, -1),
    "B": (0, 1),
    "C": (1, 0),
    "D": (-1, 0),
    "E": (0, 1),
    "F": (0, -1),
    "e": (0, 1),
    "a": (1, 0),
}
