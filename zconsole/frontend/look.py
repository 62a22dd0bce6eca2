"""What the terminal can show: all that rendering knows of it."""

from __future__ import annotations

from typing import NamedTuple


class Look(NamedTuple):
    """`width` in columns, whether there is `colour`, and with which `background`, "dark" or "light".

    `graphics` is how pictures are shown: by a protocol of the terminal's, "kitty", "iterm2" or "sixel"; in
    letters, "braille", "blocks", or "text", which is one of the two by the picture; or "none". `cell` is the
    width and height of a character in pixels, `rows` the height of the terminal. `depth` is in bits of
    colour: 1, 4, 8 or 24. `registers` is how many colours a sixel picture may have.
    """

    width: int = 80
    colour: bool = True
    background: str = "dark"
    graphics: str = "text"
    cell: tuple[int, int] = (8, 16)
    rows: int = 24
    depth: int = 8
    registers: int = 256

    @property
    def bits(self) -> int:
        """Bits of colour that pictures can have, 1 where there is no colour."""
        return self.depth if self.colour else 1
