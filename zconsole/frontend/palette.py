"""The colours: by name from the terminal's own sixteen, so that they suit its theme. Pure tables.

Names are prompt_toolkit's (`ansigreen`, with `bold` and the like before it); tokens are Pygments', in
small letters, of which the nearest ancestor counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    "keyword.constant": "ansicyan",
    "name.class": "bold ansiblue",
    "name.decorator": "ansimagenta",
    "name.exception": "ansired",
    "name.function": "ansiblue",
    "name.variable.magic": "ansimagenta",
    "number": "ansicyan",
    "operator.word": "ansiblue",
    "string": "ansigreen",
    "string.escape": "ansiyellow",
    "string.interpol": "ansiyellow",
}

PALETTES: Mapping[str, Mapping[str, str]] = {"dark": DARK, "light": LIGHT}

PROMPTS: Mapping[str, str] = {
    "prompt": "ansigreen",
    "prompt-number": "bold ansibrightgreen",
    "out-prompt": "ansired",
    "out-prompt-number": "bold ansibrightred",
    "tooltip": "",
    "tooltip.current": "bold underline",
    "tooltip.title": "ansibrightblack",
}


PEOPLE: Mapping[str, Sequence[int]] = {
    "dark": (39, 208, 213, 118, 220, 51, 141, 203, 180, 43, 111, 183),
    "light": (25, 166, 163, 28, 94, 30, 91, 160, 130, 23, 61, 125),
}
"""Colours for names, of the 256 that every terminal has."""


def person(number: int, background: str) -> str:
    """The escape sequence for the colour of a person."""
    colours = PEOPLE[background]
    return f"\x1b[38;5;{colours[number % len(colours)]}m"


def background(colorfgbg: str) -> str:
    """The palette for a terminal by its COLORFGBG, as `15;0`; dark when it says nothing."""
    last = colorfgbg.rpartition(";")[2]
    return "light" if last in ("7", "15") else "dark"


def token_style(token: str, palette: Mapping[str, str]) -> str:
    """The style of a token, as `name.function.magic`: its own or that of the nearest ancestor."""
    while token:
        if token in palette:
            return palette[token]
        token = token.rpartition(".")[0]
    return ""


def sgr(style: str) -> str:
    """The escape sequence that switches a style on; empty for none."""
    codes = [_CODES[word] for word in style.split() if word in _CODES]
    return f"\x1b[{';'.join(codes)}m" if codes else ""


_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan")
_CODES = {
    "bold": "1",
    **{f"ansi{name}": str(30 + number) for number, name in enumerate(_NAMES)},
    **{f"ansibright{name}": str(90 + number) for number, name in enumerate(_NAMES)},
}
