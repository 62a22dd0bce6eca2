"""The colours: most by name from the terminal's own sixteen, so that they suit its theme. Pure tables.

Names are prompt_toolkit's (`ansigreen`, `#ff8700`, with `bold` and the like before it); tokens are Pygments',
in small letters, of which the nearest ancestor counts. The themes that one can choose are in `prompt/themes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

Rgb = tuple[int, int, int]

DARK: Mapping[str, str] = {
    "comment": "ansibrightblack",
    "keyword": "ansibrightblue",
    "keyword.constant": "ansibrightcyan",
    "name.builtin": "ansicyan",
    "name.class": "bold ansibrightyellow",
    "name.decorator": "ansibrightmagenta",
    "name.exception": "ansibrightred",
    "name.function": "ansibrightyellow",
    "name.function.magic": "ansimagenta",
    "name.variable.magic": "ansibrightmagenta",
    "number": "ansibrightcyan",
    "operator.word": "ansibrightblue",
    "string": "ansibrightgreen",
    "string.escape": "ansibrightyellow",
    "string.interpol": "ansibrightyellow",
}

LIGHT: Mapping[str, str] = {
    **DARK,
    "keyword": "ansiblue",
    "keyword.constant": "#008787",
    "name.builtin": "#008787",
    "name.class": "bold ansiblue",
    "name.decorator": "ansimagenta",
    "name.exception": "ansired",
    "name.function": "ansiblue",
    "name.variable.magic": "ansimagenta",
    "number": "#008787",
    "operator.word": "ansiblue",
    "string": "#008700",
    "string.escape": "#af5f00",
    "string.interpol": "#af5f00",
}
"""Not the terminal's own green, cyan and yellow: most have them for black, and on white they cannot be read
(xterm's have a contrast of 2.2, 2.0 and 1.7, these of 4.4 and more)."""

PALETTES: Mapping[str, Mapping[str, str]] = {"dark": DARK, "light": LIGHT}

PROMPTS: Mapping[str, str] = {
    "prompt": "ansigreen",
    "prompt-number": "bold ansibrightgreen",
    "prompt-failed": "ansired",
    "prompt-failed-number": "bold ansibrightred",
    "out-prompt": "ansired",
    "out-prompt-number": "bold ansibrightred",
    "tooltip": "",
    "tooltip.current": "bold underline",
    "tooltip.title": "ansibrightblack",
}
"""The prompts; `failed` is the one behind a cell that has ended with an error."""

LIGHT_PROMPTS: Mapping[str, str] = {
    **PROMPTS,
    "prompt": "#008700",
    "prompt-number": "bold #008700",
    "prompt-failed-number": "bold ansired",
    "out-prompt-number": "bold ansired",
}


class Theme:
    """Colours by what they are for: `tokens` of code, and `prompts` with the names of PROMPTS. It is equal to
    itself only, so that what was made of it can be found by it."""

    __slots__ = ("prompts", "tokens")

    def __init__(self, tokens: Mapping[str, str], prompts: Mapping[str, str]) -> None:
        self.tokens = tokens
        self.prompts = prompts


OURS: Mapping[str, Theme] = {"dark": Theme(DARK, PROMPTS), "light": Theme(LIGHT, LIGHT_PROMPTS)}
"""The themes that suit whatever sixteen colours the terminal has, by its background."""

GROUNDS: Mapping[str, Rgb] = {"dark": (0, 0, 0), "light": (255, 255, 255)}
"""The terminal's own colour, nearly."""

CODE: Mapping[str, str] = {"dark": "ansicyan", "light": "#008787"}
"""Code within a sentence."""

PEOPLE: Mapping[str, Sequence[int]] = {
    "dark": (39, 208, 213, 118, 220, 51, 141, 203, 180, 43, 111, 183),
    "light": (25, 166, 163, 28, 94, 30, 91, 160, 130, 23, 61, 125),
}
"""Colours for names, of the 256 that nearly every terminal has."""

FEW_PEOPLE: Mapping[str, Sequence[int]] = {
    "dark": (96, 93, 95, 92, 94, 91),
    "light": (34, 31, 35, 32, 36, 33),
}
"""The same as codes of the sixteen."""


def person(number: int, background: str, depth: int = 8) -> str:
    """The escape sequence for the colour of a person, on a terminal with so many bits of colour."""
    if depth < 8:
        few = FEW_PEOPLE[background]
        return f"\x1b[{few[number % len(few)]}m"
    colours = PEOPLE[background]
    return f"\x1b[38;5;{colours[number % len(colours)]}m"


def background(colorfgbg: str) -> str:
    """The palette for a terminal by its COLORFGBG, as `15;0`; dark when it says nothing."""
    last = colorfgbg.rpartition(";")[2]
    return "light" if last in ("7", "15") else "dark"


def ground(colour: Rgb | None) -> str:
    """The palette for a background of that colour; dark when it is not known."""
    if colour is None:
        return "dark"
    red, green, blue = colour
    return "light" if 0.299 * red + 0.587 * green + 0.114 * blue > 127.5 else "dark"


def token_style(token: str, palette: Mapping[str, str]) -> str:
    """The style of a token, as `name.function.magic`: its own or that of the nearest ancestor."""
    while token:
        if token in palette:
            return palette[token]
        token = token.rpartition(".")[0]
    return ""


def sgr(style: str, depth: int = 8) -> str:
    """The escape sequence that switches a style on, with at most so many bits of colour; empty for none."""
    codes = [code for word in style.split() if (code := _CODES.get(word) or _code(word, depth))]
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _code(word: str, depth: int) -> str:
    """The code of `#rrggbb`, or behind it as `bg:#rrggbb`; empty for what is no colour."""
    ground, colour = word.startswith("bg:"), word.removeprefix("bg:")
    if colour in _CODES and ground:
        return str(int(_CODES[colour]) + 10)
    if len(colour) != 7 or colour[0] != "#":
        return ""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return code_of((red, green, blue), depth, ground=ground)


def code_of(colour: Rgb, depth: int, *, ground: bool) -> str:
    """What stands in an escape sequence for a colour, or the nearest one that there is; `ground`: behind the
    text."""
    if depth >= 24:
        return f"{48 if ground else 38};2;{';'.join(map(str, colour))}"
    if depth >= 8:
        return f"{48 if ground else 38};5;{_nearest(colour, _MANY)}"
    # a colour that is one does not become a grey, however pale it is
    vivid = max(colour) - min(colour) > VIVID
    number = _nearest(colour, _COLOURED if vivid else tuple(range(16)))
    return str((30 if number < 8 else 82) + number + (10 if ground else 0))


VIVID = 30
"""What the parts of a colour differ by that is no grey."""


@lru_cache(maxsize=512)
def _nearest(colour: Rgb, numbers: tuple[int, ...]) -> int:
    """That of these colours of a terminal which looks most like this one."""
    return min(
        numbers, key=lambda number: sum((a - b) ** 2 for a, b in zip(rgb(number), colour, strict=True))
    )


def rgb(number: int) -> Rgb:
    """One of the 256 colours: the sixteen as xterm has them, a cube of 216, and 24 greys."""
    if number < 16:
        return _SIXTEEN[number]
    if number < 232:
        red, green, blue = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
        return _STEPS[red], _STEPS[green], _STEPS[blue]
    grey = 8 + 10 * (number - 232)
    return grey, grey, grey


_MANY = tuple(range(16, 256))
_COLOURED = (*range(1, 7), *range(9, 15))
_STEPS = (0, 95, 135, 175, 215, 255)
_SIXTEEN: Sequence[Rgb] = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205)),
    *((229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255)),
    *((255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan")
_CODES = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    **{f"ansi{name}": str(30 + number) for number, name in enumerate(_NAMES)},
    **{f"ansibright{name}": str(90 + number) for number, name in enumerate(_NAMES)},
    "ansigray": "37",
    "ansiwhite": "97",
}
