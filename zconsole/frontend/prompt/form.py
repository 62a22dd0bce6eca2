"""The prompt as the user has written it: `In [{number}]: ` and other fields. Pure.

It is read when it is set, so that a mistake in it is told in a sentence then, and not when it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

FIELDS: Mapping[str, object] = {
    "number": 1,
    "line": 2,
    "kernel": "python",
    "user": "me",
    "host": "here",
    "time": "12:00",
    "elapsed": "1.5 s",
    "failed": "!",
}
"""What may stand in it, with an example each: the number of the next cell, that of the line in its block
(in the continuation), the kernel's language, who and where one is, the time at which it is drawn, how long
the last cell took, and `!` when that has failed."""

Piece = tuple[str, str]
"""A text, and the field that it is the value of: empty for none."""


class Form:
    """A prompt's form. Raises ValueError, with a sentence, for one that cannot be filled in."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._parts = [(literal, name, form or "") for literal, name, form, _ in Formatter().parse(text)]
            self.names = [name for _, name, _ in self._parts if name is not None]
            unknown = [name for name in self.names if name not in FIELDS]
            why = f"there is no {{{unknown[0]}}}, but {', '.join(FIELDS)}." if unknown else ""
            why = why or ("" if text.isprintable() else "it must be one line.")
            if not why:
                self.fill(FIELDS)
        except ValueError as error:
            why = f"{error}."
        if why:
            raise ValueError(f"The prompt {text!r} cannot be used: {why}")
        self.fixed = None if self.names else "".join(piece for piece, _ in self.fill({}))
        """All of it, when it has no fields: it is drawn in front of every line with every key."""

    def fill(self, values: Mapping[str, object]) -> list[Piece]:
        """The pieces with these values, by the names of FIELDS."""
        pieces: list[Piece] = []
        for literal, name, form in self._parts:
            pieces += [(literal, "")] if literal else []
            pieces += [(format(values[name], form), name)] if name is not None else []
        return pieces
