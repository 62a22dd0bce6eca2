"""Pictures as Pillow's images: opened with care, and made as large as they are shown. Pure.

Imported with the first picture that needs it: Pillow takes 13 ms and may be missing. Pillow gets nothing but
the four formats, and nothing that would unpack to another size than the header has said.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO

from PIL import Image, ImageOps

from zconsole.frontend.render.headers import Header
from zconsole.frontend.render.sizing import TINY
from zconsole.frontend.render.unfit import Unfit

SCANS = 50
"""The most passes of a JPEG. A progressive one has about ten; with thousands one could take minutes."""

_BROKEN = (
    *(OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError),
    *(AssertionError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError),
)
"""What Pillow raises for files that are not as they should be."""

_ORIENTATION = 0x0112


def decode(data: bytes, header: Header, within: tuple[int, int]) -> Image.Image:
    """The first frame, upright, in RGB or RGBA; a JPEG not much larger than is needed `within` this size.

    Raises Unfit.
    """
    if header.kind == "JPEG" and data.count(b"\xff\xda") > SCANS:
        raise Unfit("too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a bomb is refused below, by a lower limit
            with Image.open(BytesIO(data), formats=[header.kind]) as image:
                if image.size != (header.width, header.height):  # a frame that is larger than the picture
                    raise Unfit("damaged")
                image.draft("RGB", within)
                image.load()
                return _in_colour(_upright(image))
    except _BROKEN:
        raise Unfit("damaged") from None


def is_turned(data: bytes, header: Header) -> bool:
    """Whether width and height change places when the picture is upright. Raises Unfit."""
    if header.kind != "JPEG" or b"Exif" not in data[:65536]:
        return False
    try:
        with Image.open(BytesIO(data), formats=[header.kind]) as image:
            return image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    except _BROKEN:
        raise Unfit("damaged") from None


def scaled(image: Image.Image, width: int, height: int) -> Image.Image:
    """The image in another size; a tiny one keeps its pixels as squares."""
    if image.size == (width, height):
        return image
    way = Image.Resampling.NEAREST if max(image.size) <= TINY else Image.Resampling.LANCZOS
    return image.resize((width, height), way, reducing_gap=2.0)


def grounded(image: Image.Image, ground: tuple[int, int, int]) -> Image.Image:
    """The image in RGB, with this colour where one can look through it."""
    if image.mode != "RGBA":
        return image
    below = Image.new("RGBA", image.size, (*ground, 255))
    return Image.alpha_composite(below, image).convert("RGB")


def padded(image: Image.Image, width: int, height: int) -> Image.Image:
    """The image in the upper left corner of a larger one that is otherwise clear."""
    if image.size == (width, height):
        return image
    larger = Image.new("RGBA", (width, height))
    larger.paste(image, (0, 0))
    return larger


def to_png(image: Image.Image) -> bytes:
    """The image as a file, quickly rather than small."""
    file = BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(image) if image.format == "JPEG" else image


def _in_colour(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel, of which convert would take the lower ones
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
