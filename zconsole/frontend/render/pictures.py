"""Pictures: whether they are shown, or the line that says why not. Pure.

The header says how large a picture is before anything unpacks it. Whatever is wrong with one ends in a line
in brackets: what came, and why it is not shown.
"""

from __future__ import annotations

import binascii
from typing import Any

from zconsole.frontend.look import Look
from zconsole.frontend.render.headers import Header, read_header
from zconsole.frontend.render.png import essential
from zconsole.frontend.render.sizing import fit, natural
from zconsole.frontend.render.unfit import Unfit
from zconsole.frontend.render.ways import has_pixels, way_of
from zconsole.message import Content

LENGTH = 64_000_000
"""Characters of base64 that are decoded, 0.1 s; the file of the largest picture that is shown has fewer."""

PIXELS = 24_000_000
"""The most that is unpacked, here or in the terminal: 0.3 s and 100 MB."""

LOW = 64
"""Pixels of height in which letters drawn in letters cannot be read: four lines."""

HINT = 'pip install "zconsole[images]" shows it'


def picture(mime: str, value: Any, about: Content, look: Look) -> str:
    """A PNG, JPEG, GIF or WebP in base64; the escape sequences or letters that show it.

    `mime` is what it came as; what counts is what it is.
    """
    what = mime
    try:
        data = _bytes(value)
        what = f"{mime}, {_size(len(data))}"
        header = read_header(data)
        what = f"{header.kind} picture, {header.width}x{header.height}, {_size(len(data))}"
        return _shown(data, header, about, look)
    except Unfit as why:
        return placeholder(what, str(why))
    except ImportError:
        return placeholder(what, HINT)


def drawing(value: Any, about: Content, look: Look) -> str:
    """An SVG; the escape sequences or letters that show it."""
    what = "image/svg+xml"
    try:
        text = _text(value)
        what = f"SVG picture, {_size(len(text))}"
        if look.graphics == "none":
            raise Unfit
        from zconsole.frontend.render.svg import draw, read_svg

        svg = read_svg(text)
        what = f"SVG picture, {svg.width:.0f}x{svg.height:.0f}, {_size(len(text))}"
        width, height = natural(svg.width, svg.height, about)
        box = fit(width, height, look, letters=not has_pixels(look))
        png = draw(svg, box.width, box.height)
        return _shown(png, read_header(png), {**about, "width": width, "height": height}, look)
    except Unfit as why:
        return placeholder(what, str(why))
    except ImportError:
        return placeholder(what, HINT)


def is_text_drawn(value: Any, plain: Any, look: Look) -> bool:
    """Whether a picture, in letters, would be less than the `plain` text beside it: a formula of sympy's is.
    Its text has several lines, or it is too low for letters to be drawn in it, and the text is no name."""
    if has_pixels(look):
        return False
    try:
        text = _text(plain)
        return "\n" in text or (not text.startswith("<") and read_header(_bytes(value)).height <= LOW)
    except Unfit:
        return False


def placeholder(what: str, why: str = "") -> str:
    """The line for what is not shown."""
    return f"[{what}: {why}]" if why else f"[{what}]"


def _shown(data: bytes, header: Header, about: Content, look: Look) -> str:
    """Raises Unfit, and ImportError when Pillow is needed and missing."""
    if look.graphics == "none":
        raise Unfit
    if header.width * header.height > PIXELS:
        raise Unfit("too large")
    if header.kind == "PNG":
        data = essential(data)
    elif (
        header.kind == "JPEG" and b"\xff\xd9" not in data[-4096:]
    ):  # its end, but for what cameras put behind
        raise Unfit("cut off")
    return way_of(look)(data, header, about, look)


def _bytes(value: Any) -> bytes:
    text = _text(value)
    if len(text) > LENGTH:
        raise Unfit("too large")
    try:
        return binascii.a2b_base64(text)
    except ValueError:  # binascii's own is one
        raise Unfit("not base64") from None


def _text(value: Any) -> str:
    """A text, which nbformat also allows as a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        raise Unfit(f"of type {type(value).__name__}, not a text")
    return value


def _size(length: int) -> str:
    return f"{length} bytes" if length < 1000 else f"{length / 1000:.0f} kB"
