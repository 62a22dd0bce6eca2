"""Text in lines: words that have styles, broken where a line is full. Pure.

A line is spans; what a span looks like stands beside its text, so that widths need not look past escape
sequences. `paint` makes the one string of it, at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

SHOWN = 200_000
"""Characters of a text that is too long to be laid out."""


class Span(NamedTuple):
    """A piece of text with one look: `style` is the parameters of an SGR sequence, as "1;34"; "" for none."""

    text: str
    style: str = ""


Line = Sequence[Span]


def columns(text: str) -> int:
    """How many columns a text without control characters takes."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # prompt_toolkit has it in any case; a replayed session need not

    return max(0, wcswidth(text))


def line_columns(line: Line) -> int:
    """How many columns a line takes."""
    return sum(columns(span.text) for span in line)


def printable(text: str) -> str:
    """The text without control characters, escape sequences and what turns the direction of writing; tabs are
    four blanks. Lines stay."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))


def beginning(text: str) -> str:
    """As much of a text that is too long to be read as is shown of it."""
    if len(text) <= SHOWN:
        return printable(text)
    return f"{printable(text[:SHOWN])}\n… {len(text) - SHOWN:,} more characters"


def wrap(spans: Iterable[Span], width: int) -> list[Line]:
    """The spans in lines of at most `width` columns, blanks taken together; a newline ends a line.

    A word that is longer than a line is not broken: the terminal does that, and it can still be copied."""
    filling = _Filling(width)
    for span in spans:
        for piece in _PIECES.findall(printable(span.text)):
            if piece == "\n":
                filling.end()
            elif piece[0] == " ":
                filling.blank(span.style)
            else:
                filling.word.append(Span(piece, span.style))
    filling.settle()
    return [*filling.lines, filling.line] if filling.line else filling.lines


def cut(line: Line, width: int) -> Line:
    """The line, or its beginning and an ellipsis when it is longer."""
    if line_columns(line) <= width:
        return line
    kept: list[Span] = []
    left = max(0, width - 1)
    for span in line:
        text = span.text
        while columns(text) > left:
            text = text[:-1] if len(text) < left + 8 else text[: left + 4]
        kept.append(Span(text, span.style))
        left -= columns(text)
        if text != span.text:
            break
    return [*kept, Span("…")]


def preformatted(text: str, style: str = "") -> list[Line]:
    """A text's own lines."""
    return [[Span(line, style)] if line else [] for line in printable(text).split("\n")]


def indented(lines: Iterable[Line], first: Span, rest: Span) -> list[Line]:
    """The lines behind a mark: `first` before the first of them, `rest` before the others."""
    return [[rest if number else first, *line] for number, line in enumerate(lines)]


def paint(lines: Iterable[Line], colour: bool) -> str:
    """The lines as one string, with escape sequences where there is `colour`."""
    return "\n".join("".join(_painted(line, colour)).rstrip(_BLANK) for line in lines)


def _painted(line: Line, colour: bool) -> Iterator[str]:
    for style, spans in groupby(line, key=itemgetter(1)):
        text = "".join(span.text for span in spans)
        seen = text.strip(_BLANK) or (text and "48;" in style)
        yield f"\x1b[{style}m{text}\x1b[0m" if colour and style and seen else text


class _Filling:
    """Lines that are being filled: a word stands apart until it is whole, a blank until a word comes."""

    def __init__(self, width: int) -> None:
        self.lines: list[Line] = []
        self.line: list[Span] = []
        self.word: list[Span] = []
        self._width = width
        self._used = 0
        self._gap: Span | None = None

    def blank(self, style: str) -> None:
        self.settle()
        if self._used:
            self._gap = Span(" ", style)

    def end(self) -> None:
        self.settle()
        self.lines.append(self.line)
        self.line, self._used, self._gap = [], 0, None

    def settle(self) -> None:
        if not self.word:
            return
        taken = line_columns(self.word)
        if self._gap and self._used + 1 + taken > self._width:
            word, self.word = self.word, []
            self.end()
            self.word = word
        elif self._gap:
            self.line.append(self._gap)
            self._used += 1
        self.line.extend(self.word)
        self._used += taken
        self.word, self._gap = [], None


_BLANK = " \u00a0"
_PIECES = re.compile(r"\n| +|[^ \n]+")
_UNPRINTABLE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~]?)"
    r"|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
