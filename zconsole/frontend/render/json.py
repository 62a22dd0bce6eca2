"""JSON as text: what fits a line stands on one, the rest is indented. Pure.

It costs no more time than it shows: depth, length of strings and lines have limits, and what is left out is
counted. Colours are given as it is written: nothing is imported for them.
"""

from __future__ import annotations

import json as standard
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from zconsole.frontend.look import Look
from zconsole.frontend.palette import PALETTES, sgr, token_style
from zconsole.frontend.render.flow import columns, printable
from zconsole.message import Content

DEPTH = 12
"""Objects and lists inside one another."""

LINES = 2000
"""Lines in all."""

LETTERS = 1000
"""Characters of a string."""

PARSED = 1_000_000
"""Characters of JSON that came as text and is read."""


def json(value: Any, about: Content, look: Look) -> str:
    """A value of JSON types; text that is JSON is read first, as some kernels send it."""
    writing = _Writing(look)
    lines = list(writing.lines(_read(value)))
    return "\n".join(lines)


class _Writing:
    """Writes values, as long as there are lines left."""

    def __init__(self, look: Look) -> None:
        self._width = look.width
        self._palette = PALETTES[look.background] if look.colour else {}
        self._left = LINES

    def lines(self, value: Any, before: str = "", after: str = "", depth: int = 0) -> Iterator[str]:
        """A value in lines; `before` stands on the first (its key), `after` on the last (a comma)."""
        room = self._width - 2 * depth - columns(before) - len(after)
        indent = "  " * depth
        if before:
            before = f"{self._coloured(before[:-2], 'name.function')}: "
        self._left -= 1
        if not _long(value, room):
            yield f"{indent}{before}{self._short(value)}{after}"
        elif isinstance(value, list | tuple) and not self._holds_containers(value):
            yield f"{indent}{before}["
            yield from self._filled(value, depth + 1)
            yield f"{indent}]{after}"
        elif depth == DEPTH:
            yield f"{indent}{before}{_counted(value)}{after}"
        else:
            opening, closing = "{}" if isinstance(value, dict) else "[]"
            yield f"{indent}{before}{opening}"
            yield from self._inside(value, depth + 1)
            yield f"{indent}{closing}{after}"

    def _holds_containers(self, value: Sequence[Any]) -> bool:
        # as far as there is room for it
        return any(isinstance(each, _CONTAINERS) for each in islice(value, LINES * self._width))

    def _inside(self, value: Mapping[str, Any] | Sequence[Any], depth: int) -> Iterator[str]:
        last = len(value) - 1
        items = value.items() if isinstance(value, dict) else ((None, each) for each in value)
        for number, (key, each) in enumerate(items):
            if self._left <= 0:
                yield f"{'  ' * depth}… {last + 1 - number:,} more"
                return
            before = f"{_string(str(key))}: " if isinstance(value, dict) else ""
            yield from self.lines(each, before, "," if number < last else "", depth)

    def _filled(self, value: Sequence[Any], depth: int) -> Iterator[str]:
        """Numbers and strings of a list, as many on a line as fit."""
        indent, line, used = "  " * depth, "", 0
        for number, each in enumerate(value):
            comma = "," if number < len(value) - 1 else ""
            taken = columns(_plain(each)) + len(comma)
            if line and used + 1 + taken > self._width - len(indent):
                yield indent + line
                self._left -= 1
                line, used = "", 0
                if self._left <= 0:
                    yield f"{indent}… {len(value) - number:,} more"
                    return
            line += f" {self._short(each)}{comma}" if line else f"{self._short(each)}{comma}"
            used += taken + (used > 0)
        yield indent + line

    def _short(self, value: Any) -> str:
        """A value on one line."""
        if isinstance(value, dict):
            pairs = (
                f"{self._coloured(_string(str(key)), 'name.function')}: {self._short(each)}"
                for key, each in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self._short, value))}]"
        if isinstance(value, str):
            return self._coloured(_string(value), "string")
        token = "keyword.constant" if value is None or isinstance(value, bool) else "number"
        return self._coloured(_scalar(value), token)

    def _coloured(self, text: str, token: str) -> str:
        colour = sgr(token_style(token, self._palette))
        return f"{colour}{text}\x1b[0m" if colour else text


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "[") and len(value) <= PARSED:
        try:
            return standard.loads(value)
        except (ValueError, RecursionError):
            pass
    return value


def _long(value: Any, room: int) -> bool:
    """Whether a value with something inside does not fit a line."""
    if not isinstance(value, _CONTAINERS) or not value:
        return False
    return _measured(value, room, 0) < 0


def _measured(value: Any, room: int, depth: int) -> int:
    """The room that is left behind a value; less than none when it is too long or too deep for a line."""
    if depth > DEPTH or room < 0:
        return -1
    if isinstance(value, dict):
        for key, each in value.items():
            room = _measured(each, room - columns(_string(str(key))) - 4, depth + 1)
            if room < 0:
                break
        return room
    if isinstance(value, list | tuple):
        for each in value:
            room = _measured(each, room - 2, depth + 1)
            if room < 0:
                break
        return room
    return room - columns(_plain(value))


def _string(text: str) -> str:
    shown = standard.dumps(printable(text[:LETTERS]), ensure_ascii=False)
    return shown if len(text) <= LETTERS else f'{shown[:-1]}…" ({len(text) - LETTERS:,} more characters)'


def _plain(value: Any) -> str:
    return _string(value) if isinstance(value, str) else _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**LETTERS:
        return "a number of very many digits"
    if value is None or isinstance(value, bool | int | float):
        return standard.dumps(value)
    return f"<{type(value).__name__}>"


def _counted(value: Mapping[str, Any] | Sequence[Any]) -> str:
    count = f"{len(value):,} more"
    return f"{{… {count}}}" if isinstance(value, dict) else f"[… {count}]"


_CONTAINERS = (dict, list, tuple)
