"""The little of style sheets that changes what a terminal shows: colours and boldness by id, as the Styler of
pandas writes them, and in style attributes. Pure.

A colour of letters alone is taken only where it can be read on the terminal's ground: it was chosen for a
page. With a ground of its own, letters that have no colour get black or white.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from zconsole.frontend.look import Look

Declarations = Mapping[str, str]


def by_id(sheet: str) -> dict[str, Declarations]:
    """The declarations of rules for single elements, by id."""
    found: dict[str, Declarations] = {}
    for rule in sheet.split("}"):
        selectors, _, body = rule.partition("{")
        declared = declarations(body)
        for selector in selectors.split(","):
            name = selector.strip()
            if _ID.fullmatch(name):
                found[name[1:]] = {**found.get(name[1:], {}), **declared}
    return found


def declarations(body: str) -> Declarations:
    """Property to value, both in small letters."""
    pairs = (each.partition(":") for each in body.lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def style(declared: Declarations, look: Look) -> str:
    """The parameters of an SGR sequence; "" when there is nothing that this terminal shows."""
    codes = ["1"] if declared.get("font-weight") in ("bold", "bolder", "700", "800", "900") else []
    if look.depth >= 8:
        ground = rgb(declared.get("background-color", ""))
        letters = rgb(declared.get("color", ""))
        if ground and not letters:
            letters = (0, 0, 0) if _light(ground) else (255, 255, 255)
        if letters and (ground or _light(letters) == (look.background == "dark")):
            codes.append(f"38;{_colour(letters, look.depth)}")
        if ground:
            codes.append(f"48;{_colour(ground, look.depth)}")
    return ";".join(codes)


def hidden(declared: Declarations) -> bool:
    """Whether the element is not to be seen."""
    return declared.get("display") == "none" or declared.get("visibility") == "hidden"


def rgb(value: str) -> tuple[int, int, int] | None:
    """Red, green, blue from 0 to 255; None for what is no colour."""
    if value in _NAMED:
        value = _NAMED[value]
    if found := _HEX.fullmatch(value):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.match(value):
        red, green, blue = (min(255, int(each)) for each in found.groups())
        return red, green, blue
    return None


def _light(colour: tuple[int, int, int]) -> bool:
    red, green, blue = colour
    return 2 * red + 5 * green + blue > 8 * 127


def _colour(colour: tuple[int, int, int], depth: int) -> str:
    if depth >= 24:
        return "2;{};{};{}".format(*colour)
    red, green, blue = (0 if part < 48 else 1 if part < 115 else (part - 35) // 40 for part in colour)
    return f"5;{16 + 36 * red + 6 * green + blue}"


_ID = re.compile(r"#[\w-]+")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})")
_NAMED = {
    "black": "#000",
    "white": "#fff",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "lightgray": "#d3d3d3",
    "lightgrey": "#d3d3d3",
    "red": "#f00",
    "darkred": "#8b0000",
    "tomato": "#ff6347",
    "salmon": "#fa8072",
    "pink": "#ffc0cb",
    "orange": "#ffa500",
    "gold": "#ffd700",
    "yellow": "#ff0",
    "lightyellow": "#ffffe0",
    "green": "#008000",
    "darkgreen": "#006400",
    "lightgreen": "#90ee90",
    "lime": "#0f0",
    "cyan": "#0ff",
    "teal": "#008080",
    "lightblue": "#add8e6",
    "blue": "#00f",
    "navy": "#000080",
    "purple": "#800080",
    "magenta": "#f0f",
    "violet": "#ee82ee",
    "brown": "#a52a2a",
}
"""The names that style functions are mostly given; of the 140 that pages know."""
