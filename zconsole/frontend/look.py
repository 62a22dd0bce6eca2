"""What the terminal can show: all that rendering knows of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from zconsole.frontend.palette import GROUNDS, OURS, Rgb, Theme
from zconsole.message import Content


def no_link(path: str, line: int) -> str:
    """Nothing can be clicked on."""
    return ""


class Look(NamedTuple):
    """`width` in columns, whether there is `colour`, and with which `background`, "dark" or "light".

    `graphics` is how pictures are shown: by a protocol of the terminal's, "kitty", "iterm2" or "sixel"; in
    letters, "braille", "blocks", or "text", which is one of the two by the picture; or "none". `cell` is the
    width and height of a character in pixels, `rows` the height of the terminal. `depth` is in bits of
    colour: 1, 4, 8 or 24. `registers` is how many colours a sixel picture may have. `chosen` is the theme,
    when it is none of ours. `link` makes the URI of a line of a file, empty when it cannot be clicked on.
    `linear`: it is read aloud, or can only print; what lines and bars would say is said in words. `told` is
    the background's colour, when the terminal has said it.
    """

    width: int = 80
    colour: bool = True
    background: str = "dark"
    graphics: str = "text"
    cell: tuple[int, int] = (8, 16)
    rows: int = 24
    depth: int = 8
    registers: int = 256
    chosen: Theme | None = None
    link: Callable[[str, int], str] = no_link
    linear: bool = False
    told: Rgb | None = None

    @property
    def ground(self) -> Rgb:
        """The background's colour, nearly when the terminal has not said it."""
        return self.told or GROUNDS[self.background]

    @property
    def theme(self) -> Theme:
        """The colours of code and prompts."""
        return self.chosen or OURS[self.background]

    @property
    def bits(self) -> int:
        """Bits of colour that pictures can have, 1 where there is no colour."""
        return self.depth if self.colour else 1

    @property
    def in_letters(self) -> Look:
        """The same for a pager, which would print pictures."""
        return self if self.graphics in ("braille", "blocks", "none") else self._replace(graphics="text")

    @property
    def description(self) -> Content:
        """The terminal as our kernel is told of it (docs/messages.md, "Terminals")."""
        return {
            "columns": self.width,
            "rows": self.rows,
            "color_depth": self.depth if self.colour else 1,
            "background": self.background,
            "graphics": self.graphics,
            "cell": list(self.cell),
        }


class Place(NamedTuple):
    """Where output goes: the terminal's size, as far as there is room for output (`rows`), and whether it
    goes `above` a prompt."""

    columns: int
    rows: int
    above: bool = False
