"""The ways in which a picture is shown: its file by kitty or iTerm2, sixel, letters. Pure.

Pillow is imported where it is needed and not before: a PNG goes to kitty without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from zconsole.frontend.look import Look
from zconsole.frontend.palette import GROUNDS
from zconsole.frontend.render.headers import Header
from zconsole.frontend.render.iterm2 import iterm2
from zconsole.frontend.render.kitty import kitty
from zconsole.frontend.render.sizing import Box, fit, natural
from zconsole.frontend.render.unfit import Unfit
from zconsole.message import Content

if TYPE_CHECKING:
    from PIL.Image import Image

Way = Callable[[bytes, Header, Content, Look], str]
"""From a picture that may be shown to text. Raises Unfit and, without what it needs, ImportError."""

LARGE = 2_000_000
"""Bytes of a file; a larger one is made smaller before it goes to the terminal, which may be far away."""

SLANT = 0.04
"""So much of its proportions a picture may lose by being put into whole cells."""


def way_of(look: Look) -> Way:
    """How pictures are shown."""
    return _PROTOCOLS.get(look.graphics, _in_letters)


def has_pixels(look: Look) -> bool:
    """Whether pictures are shown by a protocol, and not in letters."""
    return look.graphics in _PROTOCOLS


def placed(sequence: str, rows: int) -> str:
    """A sequence that draws a picture at the cursor, with the room for it.

    Terminals do not agree on where the cursor is behind a picture. So the lines are made first, nothing
    scrolls while it is drawn, and the cursor is put onto the last of them.
    """
    down = f"\x1b[{rows - 1}B" if rows > 1 else ""
    return "\n" * rows + f"\x1b[{rows}A\x1b7{sequence}\x1b8{down}"


def _as_file(
    encode: Callable[[bytes, int, int], str],
    kinds: frozenset[str],
    data: bytes,
    header: Header,
    about: Content,
    look: Look,
) -> str:
    """The file as it is, when the terminal takes such and it fits; else as Pillow makes it."""
    box = fit(*natural(header.width, header.height, about), look)
    takes = header.kind in kinds
    if not takes or len(data) > LARGE or _is_slanted(box, look) or _other_ground(about, look):
        try:
            data, box = _made(data, header, about, look)
        except ImportError:
            if not takes:
                raise
    return placed(encode(data, box.columns, box.rows), box.rows)


def _made(data: bytes, header: Header, about: Content, look: Look) -> tuple[bytes, Box]:
    """A PNG in the size of the picture on the screen, filled up to whole cells."""
    from zconsole.frontend.render import raster

    image, box = _image(data, header, about, look)
    image = _grounded(raster.scaled(image, box.width, box.height), about, look)
    cell_width, cell_height = (max(1, each) for each in look.cell)
    columns, rows = -(-box.width // cell_width), -(-box.height // cell_height)
    png = raster.to_png(raster.padded(image, columns * cell_width, rows * cell_height))
    return png, box._replace(columns=columns, rows=rows)


def _as_sixel(data: bytes, header: Header, about: Content, look: Look) -> str:
    from zconsole.frontend.render import raster
    from zconsole.frontend.render.halfblock import OPAQUE
    from zconsole.frontend.render.sixel import FAINT, MOST, sixel

    image, box = _image(data, header, about, look)
    scale = min(1, MOST / box.width, MOST / box.height)
    width, height = max(1, int(box.width * scale)), max(1, int(box.height * scale))
    image = _grounded(raster.scaled(image, width, height), about, look)
    sequence = sixel(image, look.registers, look.ground, FAINT if look.told else OPAQUE)
    return placed(sequence, -(-height // max(1, look.cell[1])))


def _in_letters(data: bytes, header: Header, about: Content, look: Look) -> str:
    image, box = _image(data, header, about, look)
    image = _grounded(image, about, look)
    text = _letters_for(image, look)(image, box.columns, box.rows, look)
    if not text.strip():
        raise Unfit("nothing can be seen on it")
    return text


def _letters_for(image: Image, look: Look) -> Callable[[Image, int, int, Look], str]:
    from zconsole.frontend.render.braille import braille, dithered
    from zconsole.frontend.render.halfblock import half_blocks
    from zconsole.frontend.render.ink import is_line_art

    if look.graphics == "blocks":
        return half_blocks
    if is_line_art(image):
        return braille
    # without colours half blocks have four grey levels to show a photograph with, braille nine
    return half_blocks if look.bits >= 4 and look.graphics != "braille" else dithered


def _image(data: bytes, header: Header, about: Content, look: Look) -> tuple[Image, Box]:
    """The picture decoded, and its place."""
    from zconsole.frontend.render import raster

    width, height = header.width, header.height
    if raster.is_turned(data, header):
        width, height = height, width
    box = fit(*natural(width, height, about), look, letters=not has_pixels(look))
    longest = max(box.width, box.height)
    return raster.decode(data, header, (longest, longest)), box


def _grounded(image: Image, about: Content, look: Look) -> Image:
    """The picture on the ground that it says it needs, when that is not the terminal's."""
    from zconsole.frontend.render import raster

    ground = _other_ground(about, look)
    return raster.grounded(image, GROUNDS[ground]) if ground else image


def _other_ground(about: Content, look: Look) -> str:
    wanted = about.get(
        "needs_background"
    )  # matplotlib's transparent figures say so, by the colour of their text
    return str(wanted) if wanted in ("dark", "light") and wanted != look.background else ""


def _is_slanted(box: Box, look: Look) -> bool:
    """Whether whole cells would spoil the proportions, as they do of a small picture."""
    wide, high = box.columns * max(1, look.cell[0]), box.rows * max(1, look.cell[1])
    return abs(wide * box.height / (high * box.width) - 1) > SLANT


_PROTOCOLS: Mapping[str, Way] = {
    "kitty": partial(_as_file, kitty, frozenset({"PNG"})),
    "iterm2": partial(_as_file, iterm2, frozenset({"PNG", "JPEG"})),
    "sixel": _as_sixel,
}
"""Whatever else `graphics` says is in letters."""
