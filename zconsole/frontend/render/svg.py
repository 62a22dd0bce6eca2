"""SVG: how large it wants to be, and what it looks like. A process of its own draws it, for each one anew.

There are files of a few hundred bytes that overflow resvg's stack, keep it busy for hours or take all memory,
and none of them can be told from a plot without drawing it. So it is `svgchild` that dies of them.
That is why this file starts a process, in a room that is pure otherwise: text goes in and a PNG comes out.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from zconsole.frontend.render.unfit import Unfit

LENGTH = 8_000_000
"""Characters of a file that is drawn."""

PATIENCE = 5
"""Seconds for the process, which gives up by itself after two of work: it may not get to work."""


class Drawing(NamedTuple):
    """The text of an SVG, and the `width` and `height` that it wants in pixels."""

    text: str
    width: float
    height: float


def read_svg(text: str) -> Drawing:
    """What can be read without drawing it; Unfit when it is no SVG."""
    if len(text) > LENGTH:
        raise Unfit("too large")
    root: list[Mapping[str, str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if not root and name.rpartition(":")[2] != "svg":
            raise Unfit("not a picture")
        root.append(attributes)
        parser.StartElementHandler = None

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise Unfit("damaged") from None
    return Drawing(text, *_size(root[0]))


def draw(drawing: Drawing, width: int, height: int) -> bytes:
    """The drawing as a PNG not larger than this. Raises Unfit, and ImportError without resvg."""
    library = find_spec("resvg_py")
    if library is None or library.origin is None:
        raise ImportError("resvg_py")
    folder = Path(library.origin).parents[1]
    command = [sys.executable, "-I", "-S", CHILD, str(folder), str(width), str(height)]
    try:
        child = subprocess.run(
            command,
            input=drawing.text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            start_new_session=True,  # a picture's file could be called /dev/tty
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise Unfit("drawing it takes too much") from None
    except OSError:
        raise Unfit("no process to draw it could be started") from None
    if child.returncode:
        raise Unfit("damaged" if child.returncode == 1 else "drawing it takes too much")
    return child.stdout


def _size(root: Mapping[str, str]) -> tuple[float, float]:
    """In CSS pixels, by width and height, the view box, or as browsers do."""
    box = [float(each) for each in _NUMBER.findall(root.get("viewBox", ""))]
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        ratio = box[2] / box[3]
        width, height = width or height * ratio or box[2], height or width / ratio or box[3]
    return _bounded(width or 300), _bounded(height or 150)


def _length(text: str) -> float:
    """A length in pixels; 0 for none, and for a share of the page."""
    found = _LENGTH.fullmatch(text.strip())
    return float(found[1]) * _UNITS.get(found[2], 0) if found else 0


def _bounded(length: float) -> float:
    return min(max(length, 1), 100_000)


CHILD = str(Path(__file__).with_name("svgchild.py"))

_NUMBER = re.compile(r"[-+]?(?:\d{1,9}(?:\.\d{0,20})?|\.\d{1,20})")
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{0,20})?|\.\d{1,20})\s*([a-z%]*)")
_UNITS = {
    "": 1,
    "px": 1,
    "pt": 4 / 3,
    "pc": 16,
    "in": 96,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
    "em": 16,
    "ex": 8,
}
