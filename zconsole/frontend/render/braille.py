"""A picture of braille letters: eight dots in a cell, for line art. Pure; on Pillow's images.

What differs from the picture's own ground is ink, and the ground is left to the terminal: a plot appears on
the terminal's background, its black in the terminal's colour of text. The lines of a plot are one pixel wide
and a dot is larger: scaling would mix them with the ground, so each dot takes the strongest ink near it.
"""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image, ImageChops, ImageFilter, ImageOps

from zconsole.frontend.look import Look
from zconsole.frontend.render.colours import Colour, code, readable
from zconsole.frontend.render.raster import GROUNDS, grounded

INK = 48
"""Difference from the ground, of 255, in the channel where it is largest. The grey and the beige that plots are
drawn on in some styles are below, grid lines above."""

STRONG = 128
"""Difference from which on ink without a colour is text, and not a grid."""

GREY = 24
"""Difference between the channels up to which there is no colour."""

LINE_ART = 0.5
"""Share of the picture without ink, from which on it is line art."""

FLAT = 0.8
"""Share of what has no ink that must be of few colours: the dark of a photograph is of many."""

FINE = 3
"""Pixels of a dot, in each direction, when the ink is looked for."""

SAMPLE = 160
"""Pixels in a direction that are looked at to tell line art from photographs."""

Ground = Colour | None


class _Ink(NamedTuple):
    """Where there is ink, from 0 to 255, and of which colour."""

    strength: Image.Image
    colour: Image.Image


def is_line_art(image: Image.Image) -> bool:
    """Whether most of the picture is one even ground."""
    width, height = (min(SAMPLE, each) for each in image.size)
    sample = image.resize((width, height), Image.Resampling.NEAREST)  # nothing mixed
    ground = ground_of(sample)
    strength = _ink(sample, ground).strength
    blank = [count for count, value in strength.getcolors(256) or [] if value < INK]
    if sum(blank) < LINE_ART * width * height:
        return False
    colours = sample.convert("RGB").getcolors(width * height) or []
    commonest = sorted((count for count, _ in colours), reverse=True)[:3]
    return ground is None or sum(commonest) >= FLAT * sum(blank)


def ground_of(image: Image.Image) -> Ground:
    """The commonest colour along the edge; None where one can look through most of it."""
    edges = [
        image.crop(box)
        for box in (
            (0, 0, image.width, 1),
            (0, image.height - 1, image.width, image.height),
            (0, 0, 1, image.height),
            (image.width - 1, 0, image.width, image.height),
        )
    ]
    counts: dict[tuple[int, ...], int] = {}
    for edge in edges:
        for count, colour in edge.getcolors(edge.width * edge.height) or []:
            counts[colour] = counts.get(colour, 0) + count
    red, green, blue, *alpha = max(counts, key=lambda colour: counts[colour])
    return None if alpha and alpha[0] < 128 else (red, green, blue)


def braille(image: Image.Image, columns: int, rows: int, look: Look) -> str:
    """The ink of the image in so many cells."""
    ground = ground_of(image)
    width, height = 2 * columns, 4 * rows
    image = image.resize((width * FINE, height * FINE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    ink = _ink(image, ground)
    # the strongest of the pixels of a dot; for the colour, that which is furthest from the ground
    strength = ink.strength.filter(ImageFilter.MaxFilter(FINE)).resize((width, height), Image.Resampling.NEAREST)
    darkens = ground is None or sum(ground) > 384
    furthest = ImageFilter.MinFilter(FINE) if darkens else ImageFilter.MaxFilter(FINE)
    colour = ink.colour if ground is None else ink.colour.filter(furthest)
    colour = colour.resize((width, height), Image.Resampling.NEAREST)
    coloured = look.colour and look.depth >= 4
    return _cells(strength.tobytes(), colour.tobytes() if coloured else b"", width, look)


def dithered(image: Image.Image, columns: int, rows: int, look: Look) -> str:
    """A photograph without colours: as many dots as it is bright, or dark on a light terminal."""
    image = grounded(image, GROUNDS[look.background]).resize((2 * columns, 4 * rows), reducing_gap=3.0)
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    if look.background == "light":
        grey = ImageOps.invert(grey)
    return _cells(grey.convert("1").convert("L").tobytes(), b"", 2 * columns, look)


def _ink(image: Image.Image, ground: Ground) -> _Ink:
    if ground is None:
        return _Ink(image.getchannel("A"), image.convert("RGB"))
    image = grounded(image, ground)
    red, green, blue = ImageChops.difference(image, Image.new("RGB", image.size, ground)).split()
    return _Ink(ImageChops.lighter(ImageChops.lighter(red, green), blue), image)


def _cells(strength: bytes, colours: bytes, width: int, look: Look) -> str:
    lines = [
        _line(
            [strength[start : start + width] for start in range(top, top + 4 * width, width)],
            [colours[3 * start : 3 * (start + width)] for start in range(top, top + 4 * width, width)],
            look,
        )
        for top in range(0, len(strength), 4 * width)
    ]
    return "\n".join(lines)


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
        return code(readable((red, green, blue), look.background), look.depth)
    return "39" if strength >= STRONG else "90"


BLANK = 0x2800
_DOTS = tuple(
    (x, y, bit)
    for x, bits in enumerate(((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)))
    for y, bit in enumerate(bits)
)
"""Column, row and bit of each dot in a letter."""
