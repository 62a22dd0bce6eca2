"""Pictures to show: matplotlib's plots, as pictures/make.py made them, and a photograph, of a kind."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
PLOT = (PICTURES / "plot.png").read_bytes()
HEAT = (PICTURES / "heat.png").read_bytes()
SVG = (PICTURES / "plot.svg").read_text(encoding="utf-8")

BLUE, ORANGE = (31, 119, 180), (255, 127, 14)
"""The colours of the two curves."""


def photograph(size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A bright thing on dim, grainy ground."""
    radial = Image.radial_gradient("L").resize(size).point(lambda value: 255 - value)
    grain = Image.effect_noise(size, 40)
    upright = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (Image.blend(radial, grain, 0.3), radial, Image.blend(upright, grain, 0.2)))


def file(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as a file."""
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def base64(data: bytes) -> str:
    """As it comes in a message."""
    return b64encode(data).decode("ascii")
