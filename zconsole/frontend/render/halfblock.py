"""A picture of half blocks: two pixels in a cell, for photographs. Pure; on Pillow's images.

A pixel that one can look through shows the terminal. Without colours a cell is one of four, by dithering.
"""

from __future__ import annotations

from itertools import groupby

from PIL import Image

from zconsole.frontend.look import Look
from zconsole.frontend.render.colours import CUBE, GREYS, SIXTEEN, Colour, code
from zconsole.frontend.render.raster import grounded

Pixel = Colour | None

OPAQUE = 128
"""Of 255; a pixel that is less so is not there."""


def half_blocks(image: Image.Image, columns: int, rows: int, look: Look) -> str:
    """The image in so many cells."""
    image = image.resize((columns, 2 * rows), Image.Resampling.BOX, reducing_gap=3.0)
    pixels = _pixels(image, look)
    lines = zip(pixels[::2], pixels[1::2], strict=True)
    if look.bits < 4:
        return "\n".join("".join(map(_uncoloured, upper, lower)).rstrip() for upper, lower in lines)
    return "\n".join(_line(upper, lower, look.bits) for upper, lower in lines)


def _pixels(image: Image.Image, look: Look) -> list[list[Pixel]]:
    """Rows of colours that the terminal has, None where there is none."""
    there = (
        image.getchannel("A").tobytes() if image.mode == "RGBA" else b"\xff" * (image.width * image.height)
    )
    data = _reduced(grounded(image, look.ground), look).tobytes()
    colours = zip(data[::3], data[1::3], data[2::3], strict=True)
    pixels = [colour if alpha >= OPAQUE else None for colour, alpha in zip(colours, there, strict=True)]
    if look.bits < 4:
        ground = look.ground
        pixels = [None if pixel == ground else pixel for pixel in pixels]
    return [pixels[start : start + image.width] for start in range(0, len(pixels), image.width)]


def _reduced(image: Image.Image, look: Look) -> Image.Image:
    """The image in the colours that there are: few are mixed by dithering, of 256 the nearest do."""
    if look.bits < 4:
        return image.convert("1").convert("RGB")
    if look.bits >= 24:
        return image
    colours = SIXTEEN if look.bits < 8 else CUBE + GREYS
    palette = Image.new("P", (1, 1))
    padding = colours[-1:] * (256 - len(colours))
    palette.putpalette([value for colour in colours + padding for value in colour])
    dither = Image.Dither.FLOYDSTEINBERG if look.bits < 8 else Image.Dither.NONE
    return image.quantize(palette=palette, dither=dither).convert("RGB")


def _line(upper: list[Pixel], lower: list[Pixel], depth: int) -> str:
    cells = [
        (_style(pair, depth), " ▀▄▀"[(pair[0] is not None) + 2 * (pair[1] is not None)], len(list(same)))
        for pair, same in groupby(zip(upper, lower, strict=True))
    ]
    while cells and cells[-1][1] == " ":
        cells.pop()
    text = "".join(f"\x1b[{style}m{letter * count}" for style, letter, count in cells)
    return f"{text}\x1b[0m" if text else ""


def _style(pair: tuple[Pixel, Pixel], depth: int) -> str:
    """What switches from the cell before to one of this pair."""
    upper, lower = pair
    if upper is not None and lower is not None:
        return f"{code(upper, depth)};{code(lower, depth, ground=True)}"
    letter = upper if upper is not None else lower
    return f"0;{code(letter, depth)}" if letter is not None else "0"


def _uncoloured(upper: Pixel, lower: Pixel) -> str:
    return " ▀▄█"[(upper is not None) + 2 * (lower is not None)]
