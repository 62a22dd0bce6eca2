"""Pictures that are broken, or made to do harm: a line that says what came, and nothing else happens."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import pytest

pytest.importorskip("PIL")
pytest.importorskip("resvg_py")

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.frontend.render.samples import PLOT, SVG, base64, file, photograph
from zconsole.frontend.look import Look
from zconsole.frontend.render import render
from zconsole.frontend.render.png import SIGNATURE, essential

WAYS = ("kitty", "iterm2", "sixel", "text", "braille", "blocks", "none")
MIMES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")

OWN = re.compile(
    r"\x1b_G[a-zA-Z0-9=,]*;[A-Za-z0-9+/=]*\x1b\\|\x1b\]1337;File=[^:\x07\x1b]*:[A-Za-z0-9+/=]*\x07"
    r"|\x1bP0;1;0q[\x20-\x7e]*\x1b\\|\x1b[78]|\x1b\[\d+[ABm]|\x1b\[[0-9;]+m"
)
"""What a picture may send to a terminal."""

SMALL = {kind: file(photograph((40, 30)), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")}
SMALL["progressive"] = file(photograph((40, 30)), "JPEG", progressive=True)
SMALL["palette"] = file(photograph((40, 30)).quantize(16), "PNG", transparency=1)
SMALL["deep"] = file(Image.new("I;16", (40, 30), 40000), "PNG")
SMALL["lossless"] = file(photograph((40, 30)).convert("RGBA"), "WEBP", lossless=True)
SMALL["moving"] = file(
    photograph((40, 30)), "GIF", save_all=True, append_images=[Image.new("RGB", (40, 30), "red")]
)


def shown(value: Any, mime: str = "image/png", about: Any = None, graphics: str = "text") -> str:
    look = Look(60, graphics=graphics, depth=24)
    text = render({mime: value, "text/plain": "<Figure>"}, {mime: about or {}}, look)
    rest = OWN.sub("", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", rest), repr(rest[:200])
    assert "\x1b" in text or "[" in text or graphics in ("text", "braille", "blocks")
    return text


def refused(text: str, why: str) -> bool:
    return "\n" not in text and text.startswith("[") and text.endswith(f"{why}]")


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("graphics", WAYS[:-1])
def test_whole_ones_are_shown(name, graphics):
    assert "\n" in shown(base64(SMALL[name]), graphics=graphics)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_spoilt_ones(data):
    whole = SMALL[data.draw(st.sampled_from(sorted(SMALL)))]
    spoilt = bytearray(whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole)
    for _ in range(data.draw(st.integers(0, 6)) if spoilt else 0):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    if spoilt.startswith(SIGNATURE) and data.draw(st.booleans()):
        spoilt = bytearray(summed(bytes(spoilt)))
    shown(base64(bytes(spoilt)), graphics=data.draw(st.sampled_from(WAYS)))


def summed(png: bytes) -> bytes:
    """With the right sums, as who means harm would have them."""
    chunks, at = [SIGNATURE], 8
    while at + 12 <= len(png):
        length = min(struct.unpack_from(">I", png, at)[0], len(png) - at - 12)
        chunks.append(chunk(png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["<svg", SVG[:99]]),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON, st.sampled_from(MIMES), st.sampled_from(WAYS))
@settings(max_examples=80, deadline=None)
def test_anything_for_a_picture(value, about, mime, graphics):
    shown(value, mime, {"width": about, "needs_background": about}, graphics)
    shown(base64(PLOT), "image/png", about, "kitty")


@given(st.tuples(st.integers(-3, 500), st.integers(-3, 500)), st.integers(-1, 300), st.integers(-1, 100))
@settings(max_examples=30, deadline=None)
def test_any_terminal(cell, width, rows):
    for graphics in WAYS:
        look = Look(width, graphics=graphics, cell=cell, rows=rows, depth=24, registers=rows)
        render({"image/png": base64(SMALL["PNG"])}, {}, look)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (5, "[image/png: of type int, not a text]"),
        (None, "[image/png: of type NoneType, not a text]"),
        ({"a": 1}, "[image/png: of type dict, not a text]"),
        ([["a"]], "[image/png: of type list, not a text]"),
        ("", "[image/png, 0 bytes: not a picture]"),
        ("a", "[image/png: not base64]"),
        ("\ud800", "[image/png: not base64]"),
        (base64(b"%PDF-1.4"), "[image/png, 8 bytes: not a picture]"),
        (base64(PLOT[:20]), "[image/png, 20 bytes: cut off]"),
        (base64(PLOT[:2000]), "[PNG picture, 640x480, 2 kB: cut off]"),
        (base64(PLOT[:-1]), "[PNG picture, 640x480, 38 kB: cut off]"),
        (base64(PLOT[:3000] + b"x" + PLOT[3001:]), "[PNG picture, 640x480, 38 kB: damaged]"),
        (base64(SMALL["JPEG"][:400]), "[JPEG picture, 40x30, 400 bytes: cut off]"),
        (
            base64(file(Image.new("RGBA", (40, 30)), "PNG")),
            "[PNG picture, 40x30, 85 bytes: nothing can be seen on it]",
        ),
        (base64(SIGNATURE + chunk(b"IHDR", bytes(13))), "[image/png, 33 bytes: empty]"),
    ],
)
def test_what_is_said(value, says):
    assert shown(value) == says


def png(width: int, height: int, *more: bytes, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return SIGNATURE + b"".join([chunk(b"IHDR", header), *more, chunk(b"IDAT", data), chunk(b"IEND", b"")])


ZEROS = zlib.compress(bytes(200_000_000), 9)


@pytest.mark.parametrize("graphics", WAYS[:-1])
@pytest.mark.parametrize(
    "bomb",
    [
        png(50_000, 50_000, data=ZEROS),
        png(2**31 - 1, 1, data=ZEROS),
        b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + bytes(6) + b",",
        b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(50),
        b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + b"\xff\xff\xff\xff\xff\xff" + bytes(9),
    ],
    ids=["PNG", "wide PNG", "GIF", "JPEG", "WEBP"],
)
def test_bombs_are_not_unpacked(bomb, graphics):
    assert refused(shown(base64(bomb), graphics=graphics), "too large")


def test_more_pixels_than_were_announced():
    frame = b"GIF89a" + struct.pack("<HH", 9, 9) + b"\x80\0\0" + bytes(6)
    frame += b"," + struct.pack("<HHHHB", 0, 0, 60000, 60000, 0) + b"\x02\x02\x4c\x01\0;"
    assert refused(shown(base64(frame)), "damaged")
    scans = SMALL["progressive"].replace(b"\xff\xd9", SMALL["progressive"][-600:-2] * 300 + b"\xff\xd9")
    assert scans.count(b"\xff\xda") > 100
    assert refused(shown(base64(scans)), "too large")


def test_nothing_but_the_picture_goes_to_the_terminal():
    data = zlib.compress(bytes(4 * 5))
    extras = [chunk(b"zTXt", b"a\0\0" + ZEROS), chunk(b"acTL", bytes(8)), chunk(b"fdAT", bytes(99))]
    assert essential(png(4, 4, *extras, data=data)) == png(4, 4, data=data)
    assert len(shown(base64(png(4, 4, *extras, data=data)), graphics="kitty")) < 500


HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + "<g>" * 1000 + "<rect width='9' height='9'/>" + "</g>" * 1000 + "</svg>", "too much"),
        ('<svg xmlns="http://www.w3.org/2000/svg"><g>', "damaged"),
        ("<html/>", "not a picture"),
        ("", "damaged"),
        ("\ud800", "damaged"),
        (HEAD + " " * 9_000_000 + "</svg>", "too large"),
        (5, "of type int, not a text"),
        (
            '<!DOCTYPE svg [<!ENTITY a "a"><!ENTITY b "&a;&b;">]>' + HEAD + "<text>&b;</text></svg>",
            "damaged",
        ),
    ],
    ids=["deep", "cut off", "html", "nothing", "surrogate", "long", "number", "entities"],
)
def test_drawings_that_cannot_be_drawn(text, why):
    assert refused(shown(text, "image/svg+xml", graphics="kitty"), why)


@pytest.mark.slow
@pytest.mark.parametrize(
    "inside",
    [
        '<filter id="f"><feTurbulence baseFrequency=".05" numOctaves="100000"/></filter>'
        '<rect width="400" height="300" filter="url(#f)"/>',
        '<filter id="f"><feMorphology operator="dilate" radius="100"/></filter>'
        '<rect width="400" height="300" filter="url(#f)"/>',
        '<rect width="400" height="300" opacity=".5"/>' * 50_000,
        "<text>" + "x" * 1_000_000 + "</text>",
        '<image href="/dev/zero" width="9" height="9"/>',
    ],
    ids=["turbulence", "morphology", "layers", "text", "endless file"],
)
def test_drawings_that_would_take_for_ever(inside):
    text = shown(f"{HEAD}{inside}</svg>", "image/svg+xml", graphics="kitty")
    assert refused(text, "drawing it takes too much") or "/dev/zero" in inside
