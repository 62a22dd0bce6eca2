"""Shows the other bracket of a pair: of the one under the cursor, or of the closing one before it.

What counts as a bracket is what the lexer takes for one, so those in strings and comments do not. The search
ends after `REACH` lines: what is further away is not on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

REACH = 100
"""Lines, above and below, in which the other bracket is looked for."""

Place = tuple[int, int]
"""Line and column, from 0."""

Lines = Callable[[int], StyleAndTextTuples]


class MatchingBracket(Processor):
    """Gives both brackets of the pair at the cursor a style: `matching-bracket.cursor` and `.other`."""

    def __init__(self) -> None:
        self._document: Document | None = None
        self._pair: tuple[Place, ...] = ()

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The line, with what it has of the pair."""
        given = transformation_input
        if given.document is not self._document and given.get_line:
            self._document = given.document
            self._pair = pair(given.document, given.get_line)
        fragments = given.fragments
        for number, (row, column) in enumerate(self._pair):
            if row == given.lineno:
                fragments = explode_text_fragments(fragments)
                at = given.source_to_display(column)
                if at < len(fragments) and fragments[at][1] in _OTHER:
                    which = "other" if number else "cursor"
                    fragments[at] = (
                        f"{fragments[at][0]} class:matching-bracket.{which} ",
                        fragments[at][1],
                    )
        return Transformation(fragments)


def pair(document: Document, line: Lines) -> tuple[Place, ...]:
    """The bracket at the cursor and its other one; nothing where there is no pair. `line` gives a line's
    styled text."""
    row, column = document.cursor_position_row, document.cursor_position_col
    text = document.current_line
    if text[column : column + 1] not in _BRACKETS:
        column -= 1
        if column < 0 or text[column] not in _CLOSING:
            return ()
    here = row, column
    opens = text[column] in _OPENING
    rows = (
        range(row, min(document.line_count, row + REACH)) if opens else range(row, max(-1, row - REACH), -1)
    )
    found = _brackets(line, rows, forward=opens)
    for place, _ in found:
        if place == here:
            other = _other(found, text[column], _OPENING if opens else _CLOSING)
            return (here, other) if other else ()
    return ()


def _other(brackets: Iterable[tuple[Place, str]], bracket: str, deeper: str) -> Place | None:
    """The place of a bracket's other one among those that follow; None too where another kind is closed."""
    depth = 0
    for place, found in brackets:
        if found in deeper:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return place if found == _OTHER[bracket] else None
    return None


def _brackets(line: Lines, rows: Iterable[int], *, forward: bool) -> Iterator[tuple[Place, str]]:
    for row in rows:
        found = []
        column = 0
        for style, text, *_ in line(row):
            if not _OTHER.keys().isdisjoint(text) and "string" not in style and "comment" not in style:
                found += [((row, column + n), letter) for n, letter in enumerate(text) if letter in _OTHER]
            column += len(text)
        yield from found if forward else reversed(found)


_OPENING, _CLOSING = "([{", ")]}"
_BRACKETS = tuple(_OPENING + _CLOSING)
_OTHER = {**dict(zip(_OPENING, _CLOSING, strict=True)), **dict(zip(_CLOSING, _OPENING, strict=True))}
