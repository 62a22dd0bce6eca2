"""PNG without decoding it: is it whole, and what of it a picture needs. Pure.

A terminal that draws PNG itself gets only the chunks that make the picture. Comments and profiles, which may
unpack to gigabytes, and the further frames of an animation stay here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from zconsole.frontend.render.unfit import Unfit

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"}


def essential(data: bytes) -> bytes:
    """The same picture with nothing but itself; Unfit when it is not whole."""
    chunks = [(name, chunk) for name, chunk in _chunks(data) if name in NEEDED]
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or names.count(b"IHDR") > 1 or b"IDAT" not in names:
        raise Unfit("damaged")
    return SIGNATURE + b"".join(chunk for _, chunk in chunks)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names, and chunks with all that is around them, up to the end of the picture."""
    at, name = len(SIGNATURE), b""
    while name != b"IEND":
        length = int.from_bytes(data[at : at + 4], "big")
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise Unfit("cut off")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Unfit("damaged")
        yield name, data[at:end]
        at = end
