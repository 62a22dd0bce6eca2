"""Sixel: bands of six rows, each colour's pixels of a band in turn. Pure; on Pillow's images.

All colours are declared before the first pixel: xterm draws one that is declared later wrongly. It knows no
half-transparent pixels; those that one can look through are left out, and the terminal shows there. The
others are mixed with the ground: letters and lines have soft edges.
"""

from __future__ import annotations

import re

from PIL import Image

from zconsole.frontend.render.raster import grounded

MOST = 1000
"""Pixels in a direction: xterm takes no more unless it is told to."""

FAINT = 12
"""Of 255; a pixel that is less opaque cannot be told from the ground, when that is known."""

FEW = 64
"""Colours; fewer are chosen with more care, and mixed by dithering."""


def sixel(image: Image.Image, registers: int, ground: tuple[int, int, int], least: int) -> str:
    """The escape sequence that shows the image, in at most so many colours; pixels that are less than `least`
    opaque are left out."""
    clear = image.getchannel("A").point(lambda value: 255 * (value < least)) if image.mode == "RGBA" else None
    colours = max(2, min(registers, 256 - (clear is not None)))
    image = grounded(image, ground)
    reduced = image.quantize(colours, Image.Quantize.FASTOCTREE)
    if colours < FEW:
        reduced = image.quantize(palette=image.quantize(colours), dither=Image.Dither.FLOYDSTEINBERG)
    if clear is not None:
        reduced.paste(CLEAR, mask=clear)
    return _encoded(reduced, clear is not None)


def _encoded(image: Image.Image, has_clear: bool) -> str:
    width, height = image.size
    data = image.tobytes()
    palette = image.getpalette() or []
    used = sorted(set(data) - ({CLEAR} if has_clear else set()))
    parts = [f'\x1bP0;1;0q"1;1;{width};{height}']
    parts += [_register(number, palette[3 * number : 3 * number + 3]) for number in used]
    for top in range(0, height, 6):
        rows = [data[start * width : (start + 1) * width] for start in range(top, min(top + 6, height))]
        present = set().union(*rows)
        parts.append("$".join(_pixels(number, rows) for number in used if number in present))
        parts.append("-")
    parts[-1:] = ["\x1b\\"]  # a new band would scroll
    return "".join(parts)


def _register(number: int, colour: list[int]) -> str:
    red, green, blue = (round(value * 100 / 255) for value in colour)
    return f"#{number};2;{red};{green};{blue}"


def _pixels(number: int, rows: list[bytes]) -> str:
    """Where a band has this colour: a letter for each column, whose bits are the rows from above.

    The rows are taken as long numbers, a byte a pixel, so that all columns are done at once.
    """
    bits = 0
    for shift, row in enumerate(rows):
        if number in row:
            bits |= int.from_bytes(row.translate(_ONLY[number]), "little") << shift
    letters = bits.to_bytes(len(rows[0]), "little").rstrip(b"\0").translate(_LETTERS).decode("ascii")
    return f"#{number}{_RUN.sub(_repeat, letters)}"


def _repeat(run: re.Match[str]) -> str:
    return f"!{len(run[0])}{run[1]}"


CLEAR = 255
"""The colour of pixels that are left out."""

_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_LETTERS = bytes((63 + value) & 255 for value in range(256))
_ONLY = tuple(bytes(number) + b"\1" + bytes(255 - number) for number in range(256))
