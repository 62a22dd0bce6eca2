"""What a terminal does with the bytes it gets: a screen, a scrollback, and answers to queries.

pyte keeps the cells. It would print the text of DCS and APC strings, stumbles over colon colours and over
sequences with a prefix such as ``CSI > 4 ; 2 m``, and knows no alternate screen. So every escape sequence
that has a body, a prefix or an answer is taken out here, in the order of the stream, and pyte gets the rest.
Lines are not reflowed when the size changes. Nothing here touches a file descriptor: answers go to ``reply``.
"""

import codecs
import copy
import re
from collections.abc import Callable
from typing import Any

import pyte
from pyte.screens import Cursor

CELL_WIDTH, CELL_HEIGHT = 8, 16  # pixels, as reported to CSI 14 t and CSI 16 t

_SEQUENCE = re.compile(
    r"\x1b(?:"
    r"(?P<string>[P_^X])(?P<body>[^\x1b]*(?:\x1b[^\\][^\x1b]*)*)\x1b\\"
    r"|\](?P<osc>[^\x07\x1b]*)(?P<end>\x07|\x1b\\)"
    r"|\[(?P<prefix>[<=>?]?)(?P<params>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r")"
)
# A sequence that has begun and not ended: it waits for the next bytes.
_PARTIAL = re.compile(
    r"\x1b(?:[P_^X][^\x1b]*(?:\x1b[^\\][^\x1b]*)*\x1b?|\][^\x07\x1b]*\x1b?|\[[<=>?]?[0-9;:]*[ -/]*)?\Z"
)
_ALTERNATE = {47, 1047, 1049}
_KNOWN_MODES = {1, 5, 6, 7, 25, *_ALTERNATE, 2004}


class Emulator:
    """Bytes in, cells out. ``strings`` keeps every OSC, DCS, APC, PM and SOS string that went by."""

    def __init__(
        self,
        columns: int,
        rows: int,
        reply: Callable[[str], None],
        foreground: str | None = "d8d8/d8d8/d8d8",
        background: str | None = "1c1c/1c1c/1c1c",
        graphics: str = "",
    ) -> None:
        """`graphics`: it says that it can show pictures as kitty does, or has sixel; it shows none."""
        self.screen = Screen(columns, rows, history=10_000)
        self.strings: list[str] = []
        self.title = ""
        self._graphics = graphics
        self.colours = {"10": foreground, "11": background}  # None: this query gets no answer
        self._reply = reply
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes) -> None:
        text = self._held + self._decoder.decode(data)
        position = 0
        for match in _SEQUENCE.finditer(text):
            self._stream.feed(text[position : match.start()])
            position = match.end()
            self._sequence(match)
        partial = _PARTIAL.search(text, position)
        end = partial.start() if partial else len(text)
        self._stream.feed(text[position:end])
        self._held = text[end:]

    def _sequence(self, match: re.Match[str]) -> None:
        if match["final"]:
            self._control(match)
            return
        self.strings.append(match[0])
        if match["osc"] is not None:
            self._osc(match["osc"], match["end"])
        elif self._graphics == "kitty" and match["body"].startswith("Gi=31,"):
            self._reply("\x1b_Gi=31;OK\x1b\\")
        elif match["string"] == "P" and match["body"].startswith(("+q", "$q")):
            self._reply(f"\x1bP0{match['body'][0]}r\x1b\\")  # XTGETTCAP, DECRQSS: not known

    def _osc(self, body: str, end: str) -> None:
        number, _, value = body.partition(";")
        if number in ("0", "2"):
            self.title = value
        elif value == "?" and self.colours.get(number):
            self._reply(f"\x1b]{number};rgb:{self.colours[number]}{end}")

    def _control(self, match: re.Match[str]) -> None:
        kind = match["prefix"] + match["middle"] + match["final"]
        if kind in _ANSWERS:
            first = match["params"].partition(";")[0]
            if kind == "c" and self._graphics == "sixel":
                self._reply("\x1b[?62;4;22c")
                return
            if answer := _ANSWERS[kind](self.screen, int(first or 0)):
                self._reply(answer)
        elif kind == "m":
            self._stream.feed(f"\x1b[{_plain_colours(match['params'])}m")
        elif len(kind) == 1 or kind in ("?h", "?l"):
            self._stream.feed(match[0])


class Screen(pyte.HistoryScreen):
    """pyte's screen with an alternate screen, and with the resizing of a real terminal."""

    _main: tuple[dict, Cursor, list] | None = None  # the normal screen while the alternate one shows

    def has_mode(self, mode: int) -> bool:
        """Is this private (DEC) mode set?"""
        return mode << 5 in self.mode

    def set_mode(self, *modes: int, private: bool = False, **kwargs: Any) -> None:
        super().set_mode(*modes, private=private)
        if private and _ALTERNATE & set(modes) and self._main is None:
            self._main = (dict(self.buffer), copy.copy(self.cursor), list(self.history.top))
            self.buffer.clear()

    def reset_mode(self, *modes: int, private: bool = False, **kwargs: Any) -> None:
        super().reset_mode(*modes, private=private)
        if private and _ALTERNATE & set(modes) and self._main is not None:
            lines, self.cursor, scrolled = self._main
            self._main = None
            self.buffer.clear()
            self.buffer.update(lines)
            self.history.top.clear()
            self.history.top.extend(scrolled)

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Fewer rows: those below the cursor go first, then those at the top go to the scrollback."""
        lines, columns = lines or self.lines, columns or self.columns
        above = max(0, self.cursor.y + 1 - lines)
        self.history.top.extend(self.buffer[y] for y in range(above))
        kept = {y - above: line for y, line in self.buffer.items() if above <= y < above + lines}
        self.buffer.clear()
        self.buffer.update(kept)
        self.cursor.y -= above
        self.lines = lines
        super().resize(lines, columns)
        self.cursor.x = min(self.cursor.x, columns - 1)

    def line_text(self, y: int) -> str:
        """A row without the blanks at its end; those left of the cursor stay, so that a prompt matches."""
        text = _text(self.buffer[y], self.columns)
        return text.ljust(self.cursor.x) if y == self.cursor.y else text

    def history_lines(self) -> list[str]:
        return [_text(line, self.columns) for line in self.history.top]


def _text(line, columns: int) -> str:
    return "".join(line[x].data for x in range(columns)).rstrip()


def _plain_colours(params: str) -> str:
    """``38:2::1:2:3`` and ``4:3`` in the forms that pyte reads: ``38;2;1;2;3`` and ``4``."""
    return ";".join(_plain_colour(part.split(":")) for part in params.split(";"))


def _plain_colour(parts: list[str]) -> str:
    match parts:
        case ["38" | "48", "2", *rest] if len(rest) >= 3:
            return ";".join([*parts[:2], *(value or "0" for value in rest[-3:])])
        case ["38" | "48", "5", index]:
            return f"{parts[0]};5;{index}"
        case ["4", "0"]:
            return "24"
        case _:
            return parts[0]


def _status(screen: Screen, number: int) -> str | None:
    cursor = f"\x1b[{screen.cursor.y + 1};{min(screen.cursor.x, screen.columns - 1) + 1}R"
    return {5: "\x1b[0n", 6: cursor}.get(number)


def _size(screen: Screen, number: int) -> str | None:
    height, width = screen.lines * CELL_HEIGHT, screen.columns * CELL_WIDTH
    return {
        14: f"\x1b[4;{height};{width}t",
        16: f"\x1b[6;{CELL_HEIGHT};{CELL_WIDTH}t",
        18: f"\x1b[8;{screen.lines};{screen.columns}t",
    }.get(number)


def _mode(screen: Screen, number: int) -> str:
    state = 0 if number not in _KNOWN_MODES else 1 if screen.has_mode(number) else 2
    return f"\x1b[?{number};{state}$y"


# prefix + intermediates + final byte of a CSI sequence -> what a terminal says to it
_ANSWERS: dict[str, Callable[[Screen, int], str | None]] = {
    "c": lambda screen, number: "\x1b[?62;22c",  # DA1: a VT220 with colours
    ">c": lambda screen, number: "\x1b[>1;100;0c",  # DA2
    ">q": lambda screen, number: "\x1bP>|harness(1)\x1b\\",  # XTVERSION
    "n": _status,
    "t": _size,
    "?$p": _mode,
}
