"""Colours of pictures for terminals that have fewer. Pure tables and arithmetic."""

from __future__ import annotations

from functools import lru_cache

Colour = tuple[int, int, int]

SIXTEEN: tuple[Colour, ...] = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)),
    *((0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
    *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
"""The terminal's own as xterm has them; themes change them, but not beyond recognition."""

STEPS = (0, 95, 135, 175, 215, 255)
"""Of each of red, green and blue in the colours 16 to 231; the 24 behind them are greys."""

CUBE: tuple[Colour, ...] = tuple((r, g, b) for r in STEPS for g in STEPS for b in STEPS)
GREYS: tuple[Colour, ...] = tuple((8 + 10 * n,) * 3 for n in range(24))


def code(colour: Colour, depth: int, *, ground: bool = False) -> str:
    """The parameters of the SGR sequence for a colour, or the nearest that there is."""
    if depth >= 24:
        return f"{48 if ground else 38};2;{colour[0]};{colour[1]};{colour[2]}"
    if depth >= 8:
        return f"{48 if ground else 38};5;{nearest_of_256(colour)}"
    number = nearest_of_16(colour)
    return str((number if number < 8 else number + 52) + (40 if ground else 30))


@lru_cache(maxsize=4096)
def nearest_of_256(colour: Colour) -> int:
    """The number of the nearest colour, none of the first sixteen, which themes change."""
    red, green, blue = (_nearest_step(each) for each in colour)
    cube = 36 * red + 6 * green + blue
    grey = min(23, max(0, (sum(colour) // 3 - 3) // 10))
    return 16 + cube if distance(CUBE[cube], colour) <= distance(GREYS[grey], colour) else 232 + grey


@lru_cache(maxsize=4096)
def nearest_of_16(colour: Colour) -> int:
    """The number of the nearest of the terminal's own colours."""
    return min(range(16), key=lambda number: distance(SIXTEEN[number], colour))


def distance(one: Colour, other: Colour) -> int:
    """How far apart two colours are, squared."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def brightness(colour: Colour) -> float:
    """From 0 to 255, as the eye weighs them."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def readable(colour: Colour, background: str) -> Colour:
    """The colour, or one like it that can be told from the terminal's background."""
    light = brightness(colour)
    if background == "light":
        return _mixed(colour, 0, (light - 190) / light) if light > 190 else colour
    return _mixed(colour, 255, (70 - light) / (255 - light)) if light < 70 else colour


def _mixed(colour: Colour, with_grey: int, share: float) -> Colour:
    red, green, blue = (round(each + (with_grey - each) * share) for each in colour)
    return red, green, blue


def _nearest_step(value: int) -> int:
    return 0 if value < 48 else 1 if value < 115 else (value - 35) // 40
