"""SVG: is it harmless, how large does it want to be, and what does it look like. Pure; resvg draws it.

resvg runs in this process, and there are files of a few hundred bytes that overflow its stack, keep it busy for
hours or take all memory. So the file is read by expat first: only elements that plots are made of pass,
nothing is loaded from elsewhere, and depth and cost are counted as they are when all references are followed.
What is refused here is refused too early at times; the other mistake would end the console.
"""

from __future__ import annotations

import binascii
import re
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from xml.parsers import expat

from zconsole.frontend.render.headers import read_header
from zconsole.frontend.render.unfit import Unfit

LENGTH = 4_000_000
"""Characters that are looked at: expat reads 40 million in a second."""

DEPTH = 60
"""Elements inside each other, references followed. resvg overflows 8 MB of stack with 240."""

COST = 40_000
"""Elements that are drawn, references followed, of simple ones; a plot has hundreds, a scatter plot thousands."""

LAYER = 20
"""What an element costs that is drawn apart and then blended in, in simple ones."""

STROKE = 50
"""Characters of a path that cost as much as a simple element."""

EMBEDDED = 4_000_000
"""Pixels of a picture inside."""

DPI = 96
"""CSS's; sizes in points, as matplotlib gives them, are invalid for resvg without it."""

Size = tuple[float, float]


class Drawing(NamedTuple):
    """An SVG that can be drawn: its text, and the `width` and `height` that it wants in pixels."""

    text: str
    width: float
    height: float


def read_svg(text: str) -> Drawing:
    """A drawing that is harmless; Unfit for all else."""
    if len(text) > LENGTH:
        raise Unfit("too large")
    reader = _Reader()
    try:
        reader.parse(text)
    except (expat.ExpatError, ValueError):  # ValueError: a lone surrogate, or an encoding that it does not know
        raise Unfit("damaged") from None
    reader.weigh()
    return Drawing(text, *_size(reader.root))


def draw(drawing: Drawing, width: int, height: int) -> bytes:
    """The drawing as a PNG not larger than this. ImportError without resvg; raises Unfit."""
    from resvg_py import svg_to_bytes

    try:
        return bytes(
            svg_to_bytes(svg_string=drawing.text, width=width, height=height, dpi=DPI, **_FONTS.get(sys.platform, {}))
        )
    except ValueError:
        raise Unfit("damaged") from None


class _Element:
    """`cost` and `depth` are of itself and what is in it, without what it refers to."""

    def __init__(self, cost: int, refers_to: Iterable[str]) -> None:
        self.cost = cost
        self.refers_to = list(refers_to)
        self.children: list[_Element] = []
        self.whole: tuple[int, int] | None = None


class _Reader:
    """Reads a file into a tree of what costs something."""

    def __init__(self) -> None:
        self.root: Mapping[str, str] = {}
        self._top = _Element(0, ())
        self._open = [self._top]
        self._count = 0
        self._styles: list[str] | None = None
        self._by_id: dict[str, _Element] = {}

    def parse(self, text: str) -> None:
        """Raises expat's error, and Unfit."""
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = _refuse
        parser.Parse(text.encode(), True)

    def weigh(self) -> None:
        """Raises Unfit when it costs too much to be drawn."""
        cost, _ = self._whole(self._top, 0)
        if cost > COST:
            raise Unfit("too large")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2]
        if not self.root:
            if name != "svg":
                raise Unfit("not a picture")
            self.root = attributes
        self._count += 1
        if self._count > COST or len(self._open) > DEPTH:
            raise Unfit("too large")
        element = _Element(*_weight(name, attributes))
        self._open[-1].children.append(element)
        self._open.append(element)
        self._by_id.setdefault(attributes.get("id", ""), element)
        if name == "style":
            self._styles = []

    def _end(self, name: str) -> None:
        self._open.pop()
        if self._styles is not None:
            _refuse_costly("".join(self._styles))
            self._styles = None

    def _characters(self, text: str) -> None:
        if self._styles is not None:
            self._styles.append(text)

    def _whole(self, element: _Element, level: int) -> tuple[int, int]:
        """Cost and depth of an element with all that it refers to."""
        if element.whole is None:
            if level > DEPTH:  # a circle, or nearly
                raise Unfit("too large")
            below = [*element.children, *(self._by_id[each] for each in element.refers_to if each in self._by_id)]
            parts = [self._whole(each, level + 1) for each in below]
            element.whole = (
                min(element.cost + sum(cost for cost, _ in parts), COST + 1),
                1 + max((depth for _, depth in parts), default=0),
            )
        if level + element.whole[1] > DEPTH + 1:
            raise Unfit("too large")
        return element.whole


def _weight(name: str, attributes: Mapping[str, str]) -> tuple[int, list[str]]:
    """What an element costs by itself, and the ids that it refers to."""
    if name not in _KNOWN:
        raise Unfit(f"its element {name[:20]} is not supported" if name.isidentifier() else "damaged")
    cost = 1 + sum(len(attributes.get(each, "")) for each in _SHAPES) // STROKE
    refers_to: list[str] = []
    for attribute, value in attributes.items():
        if attribute.rpartition(":")[2] == "href" and name != "a":
            refers_to += _target(name, value)
        elif "(" in value:
            refers_to += _URL.findall(value)
            if _REMOTE.search(value):
                raise Unfit("it refers to other files")
        cost += LAYER * (attribute in _LAYERS or (attribute == "style" and bool(_LAYER_STYLE.search(value))))
        if "marker" in attribute or "marker" in value or "dasharray" in attribute + value:
            cost += len(attributes.get("d", attributes.get("points", ""))) // 2
    return cost, refers_to


def _target(name: str, value: str) -> list[str]:
    value = value.strip()
    if value.startswith("#"):
        return [value[1:]]
    if name != "image" or not _embedded(value):
        raise Unfit("it refers to other files")
    return []


def _embedded(value: str) -> bool:
    """Whether this is a picture inside the file, and none that is too large."""
    found = _DATA.match(value)
    if not found:
        return False
    try:
        header = read_header(binascii.a2b_base64(value[found.end() :]))
    except binascii.Error:
        return False
    if header.width * header.height > EMBEDDED:
        raise Unfit("too large")
    return True


def _refuse_costly(style: str) -> None:
    """A style sheet can put a layer or a pattern onto each element, which is not counted."""
    if _COSTLY_STYLE.search(style):
        raise Unfit("its style sheet is not supported")


def _refuse(*_: object) -> None:
    raise Unfit("it declares entities")


def _size(root: Mapping[str, str]) -> Size:
    """In CSS pixels, by width and height, the view box, or as browsers do."""
    box = [float(each) for each in _NUMBER.findall(root.get("viewBox", ""))[:4]]
    ratio = box[2] / box[3] if len(box) == 4 and box[2] > 0 and box[3] > 0 else 0
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if ratio:
        width, height = width or height * ratio or box[2], height or width / ratio or box[3]
    return _bounded(width or 300), _bounded(height or 150)


def _length(text: str) -> float:
    """A length in pixels; 0 for none, and for a share of the page."""
    found = _LENGTH.fullmatch(text.strip())
    return float(found[1]) * _UNITS[found[2]] if found else 0


def _bounded(length: float) -> float:
    return min(max(length, 1), 100_000)


_KNOWN = frozenset(
    "svg g defs path rect circle ellipse line polyline polygon text tspan use symbol clipPath style title desc"
    " metadata linearGradient radialGradient stop image a marker pattern switch textPath"
    # what matplotlib says about the file
    " RDF Work type date format Agent creator rights publisher language source".split()
)
_SHAPES = ("d", "points")
_LAYERS = frozenset(("opacity", "clip-path", "mask", "mix-blend-mode", "isolation", "filter"))
_LAYER_STYLE = re.compile(r"(?<![-\w])(?:opacity|clip-path|mask|mix-blend-mode|isolation|filter)\s*:")
_COSTLY_STYLE = re.compile(r"url\s*\(|@|(?<![-\w])(?:opacity|mask|mix-blend-mode|isolation|filter|marker)|dasharray")
_URL = re.compile(r"url\(\s*[\"']?#([^\"')\s]+)")
_REMOTE = re.compile(r"url\(\s*[\"']?[^\"'#\s]")
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,")
_NUMBER = re.compile(r"[-+]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})(?:e[-+]?\d)?")
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{0,20})?|\.\d{1,20})\s*([a-z]*)(?<!%)")
_UNITS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "em": 16, "ex": 8}

_FONTS: Mapping[str, Mapping[str, str]] = {
    # without these names text in the generic families silently vanishes
    "linux": {
        "font_family": "DejaVu Serif",
        "serif_family": "DejaVu Serif",
        "sans_serif_family": "DejaVu Sans",
        "monospace_family": "DejaVu Sans Mono",
    }
}
