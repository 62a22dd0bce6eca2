"""The colours of a text that is being edited: only what has changed is lexed again.

Pygments' regular expressions run over the whole text, so that they see what they want to see; but they begin
where the lexer's state is known, and stop where they come upon a line that was lexed from the same state
before. So a key costs its own line, in a block of five as in one of five thousand. What comes out between two
such places is a `Piece`: a line mostly, several where a token goes over lines.

A line far below all that is known (a long text has just been pasted) is not waited for. It is lexed from a
line nearby, as if nothing were open there, and `check` puts it right later, a slice at a time. That is also
for expressions that look ahead further than to the next line: a closing quote far below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import eq
from time import perf_counter
from typing import TYPE_CHECKING, Any

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles.pygments import pygments_token_to_classname

if TYPE_CHECKING:
    from pygments.lexer import Lexer as PygmentsLexer
    from pygments.lexer import RegexLexer

State = tuple[str, ...]
"""Pygments' stack of states."""

GROUND: State = ("root",)

NEAR = 60
"""Lines that are lexed while one waits for a line below them: 4 ms. Of what is further away it is guessed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that were lexed at a stretch, from the state `before` to the state `after`."""

    before: State
    lines: Sequence[StyleAndTextTuples]
    after: State


Place = tuple[Piece, int]
"""Where a line is: in which piece, and which of its lines it is."""


class EditedLexer(Lexer):
    """Lexes a text again and again, each a little different from the one before."""

    def __init__(self, lexer: RegexLexer) -> None:
        self.pygments_lexer = lexer
        self._document = Document()
        self._lines: Sequence[str] = [""]
        self._places: list[Place | None] = [None]
        self._known = 0  # so many lines are right; of those below, the places are guesses, or were right once
        self._checking: Iterator[Piece] | None = None

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """A function from a line number to the line's styled text."""

        def line(number: int) -> StyleAndTextTuples:
            self._follow(document)
            return self._line(number)

        return line

    def check(self, seconds: float) -> bool | None:
        """Lex the whole text afresh for so long, and go on with the next call. None: there is more to do;
        else whether a line has got other colours than it had."""
        until = perf_counter() + seconds
        if self._checking is None:
            self._checking, self._checked, self._differs = self._pieces(0, GROUND), 0, False
        for piece in self._checking:
            at = self._checked
            self._differs |= any(
                place is not None and place[0].lines[place[1]] != line
                for place, line in zip(self._places[at:], piece.lines, strict=False)
            )
            self._put(at, piece)
            self._checked = at + len(piece.lines)
            self._known = max(self._known, self._checked)
            if perf_counter() > until:
                return None
        self._checking = None
        return self._differs

    def _follow(self, document: Document) -> None:
        """Keep of what is known what is about lines of this text."""
        lines = document.lines
        if lines is self._lines:
            return
        old = self._lines
        same = _common(old, lines)
        end = min(_common(reversed(old), reversed(lines)), len(old) - same, len(lines) - same)
        kept = self._cut(same)
        between: list[Place | None] = [None] * (len(lines) - end - kept)
        self._places = self._places[:kept] + between + self._places[len(old) - end :]
        self._known = min(self._known, kept)
        self._document, self._lines, self._checking = document, lines, None

    def _cut(self, same: int) -> int:
        """Where to begin when so many lines are the same: one line above, which may have looked at the next;
        and above that, where nothing is open: whether a string ends decides what it is."""
        found = None
        for number in range(max(0, same - 1), max(-1, same - NEAR), -1):
            place = self._places[number]
            if place is None:
                return number
            if place[1] == 0:
                found = number if found is None else found
                if place[0].before == GROUND:
                    return number
        return 0 if found is None else found

    def _line(self, number: int) -> StyleAndTextTuples:
        if number >= len(self._places):
            return []
        if number >= self._known and number - self._known < NEAR:
            self._advance(number)
        elif self._places[number] is None:
            self._guess(number)
        place = self._places[number]
        return place[0].lines[place[1]] if place else []

    def _advance(self, number: int) -> None:
        """Know this line, and all that are above it."""
        while self._known <= number:
            state = self._state(self._known)
            piece = self._whole(self._known)
            if piece and piece.before == state:
                self._known += len(piece.lines)
                continue
            for piece in self._pieces(self._known, state):
                self._put(self._known, piece)
                self._known += len(piece.lines)
                follower = self._whole(self._known)
                if self._known > number or (follower and follower.before == piece.after):
                    break

    def _guess(self, number: int) -> None:
        """Lex a line from one nearby, up to the next that has been lexed."""
        at = number
        while at > max(0, number - NEAR) and self._places[at - 1] is None:
            at -= 1
        if at == 0 or self._places[at - 1] is None:
            at = next((n for n in range(number, at, -1) if self._lines[n][:1].strip()), at)
        for piece in self._pieces(at, self._state(at)):
            self._put(at, piece)
            at += len(piece.lines)
            if at > number:
                return

    def _state(self, number: int) -> State:
        """The state in which a line begins, by the line above it."""
        above = self._places[number - 1] if number else None
        return above[0].after if above and above[1] == len(above[0].lines) - 1 else GROUND

    def _whole(self, number: int) -> Piece | None:
        """The piece that begins with this line, and of which nothing has been cut off."""
        place = self._places[number] if number < len(self._places) else None
        if place is None or place[1] != 0:
            return None
        size = len(place[0].lines)
        others = self._places[number : number + size]
        return place[0] if size == 1 or others == [(place[0], n) for n in range(size)] else None

    def _put(self, at: int, piece: Piece) -> None:
        self._places[at : at + len(piece.lines)] = [(piece, n) for n in range(len(piece.lines))]

    def _pieces(self, number: int, state: State) -> Iterator[Piece]:
        start = self._document.translate_row_col_to_index(number, 0)
        return pieces(self.pygments_lexer, self._document.text, start, state)


def edited_lexer(lexer: type[PygmentsLexer]) -> EditedLexer | None:
    """The lexer for texts that are edited; None when this one is none of regular expressions alone."""
    from pygments.lexer import RegexLexer

    if issubclass(lexer, RegexLexer) and lexer.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed:
        return EditedLexer(lexer(stripnl=False, stripall=False, ensurenl=False))
    return None


def pieces(lexer: RegexLexer, text: str, position: int, state: State) -> Iterator[Piece]:
    """Lex a text from a line's beginning on, in the way of Pygments' RegexLexer."""
    from pygments.token import Error, Whitespace

    tables: dict[str, list[Any]] = lexer._tokens  # type: ignore[attr-defined]
    stack = list(state)
    before, lines, begun = state, [[]], position  # type: tuple[State, list[StyleAndTextTuples], int]
    while True:
        for match, action, change in tables[stack[-1]]:
            if found := match(text, position):
                if isinstance(action, tuple):  # a token
                    _add(lines, action, found[0])
                elif action is not None:
                    for _, token, value in action(lexer, found):
                        _add(lines, token, value)
                position = found.end()
                if change is not None:
                    _move(stack, change)
                break
        else:
            if position >= len(text):
                break
            if text[position] == "\n":
                stack[:] = GROUND
            _add(lines, Whitespace if text[position] == "\n" else Error, text[position])
            position += 1
        if position > begun and text[position - 1] == "\n":
            after = tuple(stack)
            yield Piece(before, lines[:-1], after)
            before, lines, begun = after, [[]], position
    yield Piece(before, lines, tuple(stack))


def _move(stack: list[str], change: Any) -> None:
    """Change the stack of states as a rule wants it: its ground is never taken away."""
    if isinstance(change, int):  # so many off
        del stack[max(1, len(stack) + change) :]
        return
    for state in (change,) if isinstance(change, str) else change:
        if state == "#pop":
            del stack[max(1, len(stack) - 1) :]
        else:
            stack.append(stack[-1] if state == "#push" else state)


def _add(lines: list[StyleAndTextTuples], token: Any, value: str) -> None:
    style = _style(token)
    first, *others = value.split("\n")
    if first:
        lines[-1].append((style, first))
    for other in others:
        lines.append([(style, other)] if other else [])


@cache
def _style(token: Any) -> str:
    return f"class:{pygments_token_to_classname(token)}"


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """How many lines are the same at the beginning."""
    return [*map(eq, one, other), False].index(False)
