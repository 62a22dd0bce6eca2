"""What a picture is and how large, from its first bytes: before anything decodes it. Pure.

What counts is what the bytes say, not the MIME type that they came with. A picture of which nothing but the
header is read can still lie about the rest; who decodes it must look again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from zconsole.frontend.render.unfit import Unfit


class Header(NamedTuple):
    """`kind` is PNG, JPEG, GIF or WEBP, as Pillow names them; `width` and `height` are in pixels."""

    kind: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """What the bytes are; Unfit when they are no picture that we know, or end before they say."""
    for magic, kind, size in _KINDS:
        if data.startswith(magic):
            try:
                width, height = size(data)
            except IndexError:
                raise Unfit("cut off") from None
            if not width or not height:
                raise Unfit("empty")
            return Header(kind, width, height)
    raise Unfit("not a picture")


def number(data: bytes, start: int, length: int, order: str = "big") -> int:
    """The number in these bytes; IndexError when they are not all there."""
    if len(data) < start + length:
        raise IndexError
    part = data[start : start + length]
    return int.from_bytes(part, "little" if order == "little" else "big")


def _png(data: bytes) -> tuple[int, int]:
    return number(data, 16, 4), number(data, 20, 4)


def _gif(data: bytes) -> tuple[int, int]:
    return number(data, 6, 2, "little"), number(data, 8, 2, "little")


def _jpeg(data: bytes) -> tuple[int, int]:
    """The size stands in the frame header, behind segments of any number."""
    at = 2
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise IndexError
        marker = number(data, at + 1, 1)
        if marker in _FRAMES:
            return number(data, at + 7, 2), number(data, at + 5, 2)
        # fill bytes and markers without a length, then segments
        at += 1 if marker in (0xFF, 0, 1) or 0xD0 <= marker <= 0xD8 else 2 + max(2, number(data, at + 2, 2))


def _webp(data: bytes) -> tuple[int, int]:
    form = data[8:16]
    if form == b"WEBPVP8X":
        return 1 + number(data, 24, 3, "little"), 1 + number(data, 27, 3, "little")
    if form == b"WEBPVP8L":
        bits = number(data, 21, 4, "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"WEBPVP8 ":
        return number(data, 26, 2, "little") & 0x3FFF, number(data, 28, 2, "little") & 0x3FFF
    raise Unfit("not a picture")


_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}

_KINDS: tuple[tuple[bytes, str, Callable[[bytes], tuple[int, int]]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG", _png),
    (b"\xff\xd8", "JPEG", _jpeg),
    (b"GIF87a", "GIF", _gif),
    (b"GIF89a", "GIF", _gif),
    (b"RIFF", "WEBP", _webp),
)
