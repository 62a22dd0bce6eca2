"""A picture of braille letters: eight dots in a cell, for line art. Pure; on Pillow's images.

What differs from the picture's own ground is ink, and the ground is left to the terminal: a plot appears on
the terminal's background, its black in the terminal's colour of text. The lines of a plot are one pixel wide
and a dot is larger: scaling would mix them with the ground, so each dot takes the strongest ink near it.
"""

from __future__ import annotations

from PIL import Image, ImageChops, ImageOps

from zconsole.frontend.look import Look
from zconsole.frontend.render.colours import code, readable
from zconsole.frontend.render.ink import INK, ground_of, ink_of, spread
from zconsole.frontend.render.raster import grounded

STRONG = 128
"""Difference from which on ink without a colour is text, and not a grid."""

GREY = 24
"""Difference between the channels up to which there is no colour."""

FINEST = 7
"""Pixels of a dot in each direction, at most, when the ink is looked for; three at least."""


def braille(image: Image.Image, columns: int, rows: int, look: Look) -> str:
    """The ink of the image in so many cells."""
    ground = ground_of(image)
    dots = (2 * columns, 4 * rows)
    # as many pixels for a dot as the picture has, so that a thin line is not mixed with the ground
    fine = min(FINEST, max(3, image.width // dots[0] - 1 | 1))
    ink = ink_of(
        image.resize((dots[0] * fine, dots[1] * fine), Image.Resampling.BICUBIC, reducing_gap=3.0), ground
    )
    own = _middles(ink.strength, dots)
    strongest = _middles(spread(ink.strength, fine // 2, ImageChops.lighter), dots)
    colour = _middles(ink.colour, dots)
    if ground is not None:
        towards_ink = ImageChops.darker if sum(ground) > 384 else ImageChops.lighter
        # where two inks meet that would be a third; what is in the middle of one has its colour
        paler = ImageChops.subtract(strongest, own.point(lambda value: value * 5 // 4))
        around = _middles(spread(ink.colour, fine // 2, towards_ink), dots)
        colour.paste(around, mask=paler.point(lambda value: 255 * (value > 0)))
    return _cells(strongest.tobytes(), colour.tobytes() if look.bits >= 4 else b"", dots[0], look)


def dithered(image: Image.Image, columns: int, rows: int, look: Look) -> str:
    """A photograph without colours: as many dots as it is bright, or dark on a light terminal."""
    image = grounded(image, look.ground).resize((2 * columns, 4 * rows), reducing_gap=3.0)
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    if look.background == "light":
        grey = ImageOps.invert(grey)
    return _cells(grey.convert("1").convert("L").tobytes(), b"", 2 * columns, look)


def _middles(image: Image.Image, dots: tuple[int, int]) -> Image.Image:
    return image.resize(dots, Image.Resampling.NEAREST)


def _cells(strength: bytes, colours: bytes, width: int, look: Look) -> str:
    lines = [
        _line(
            [strength[start : start + width] for start in range(top, top + 4 * width, width)],
            [colours[3 * start : 3 * (start + width)] for start in range(top, top + 4 * width, width)],
            look,
        )
        for top in range(0, len(strength), 4 * width)
    ]
    return "\n".join(lines).strip("\n")


def _line(strength: list[bytes], colours: list[bytes], look: Look) -> str:
    """Four rows of dots as a line of letters, in the colour of the strongest ink of each."""
    style, text = "", []
    for column in range(0, len(strength[0]), 2):
        dots = [(strength[y][column + x], y, column + x, bit) for x, y, bit in _DOTS]
        bits = sum(bit for value, _, _, bit in dots if value >= INK)
        if not bits:
            text.append(" ")
            continue
        if colours[0]:
            value, y, x, _ = max(dots)
            wanted = _style(value, tuple(colours[y][3 * x : 3 * x + 3]), look)
            if wanted != style:
                text.append(f"\x1b[{wanted}m")
                style = wanted
        text.append(chr(BLANK + bits))
    line = "".join(text).rstrip()
    return f"{line}\x1b[0m" if style else line


def _style(strength: int, colour: tuple[int, ...], look: Look) -> str:
    red, green, blue = colour
    if max(colour) - min(colour) > GREY:
        return code(readable((red, green, blue), look.background), look.bits)
    return "39" if strength >= STRONG else "90"


BLANK = 0x2800
_DOTS = tuple(
    (x, y, bit)
    for x, bits in enumerate(((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)))
    for y, bit in enumerate(bits)
)
"""Column, row and bit of each dot in a letter."""
