"""A plot in real terminals, on a screen that nobody sees: are its curves there, and what comes next below?"""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PIL")

from PIL import Image

from tests.frontend.render.decoders import near
from tests.frontend.render.samples import BLUE, ORANGE, PLOT, base64
from tests.terminal.desktop import ended, kitty, missing, photographed_when, xterm
from zconsole.frontend.look import Look
from zconsole.frontend.render import render

MARK = (255, 0, 255)
"""The colour of what is written behind the picture."""


@pytest.mark.parametrize(
    ("graphics", "command"),
    [("sixel", xterm()), pytest.param("kitty", kitty(), marks=pytest.mark.slow)],
    ids=["xterm", "kitty"],
)
def test_the_curves_are_on_the_screen(screen, tmp_path, graphics, command):
    if why := missing(command[0]):
        pytest.skip(why)
    picture = render({"image/png": base64(PLOT)}, {}, Look(100, graphics=graphics, rows=40, cell=(6, 13)))
    mark = "\x1b[48;2;{};{};{}m{}\x1b[0m".format(*MARK, " " * 9)
    # twice, so that the second time the screen scrolls
    (tmp_path / "text").write_text(f"{picture}\n{picture}\n{mark}\n", encoding="utf-8")
    with ended([*command, "sh", "-c", 'cat "$0"; sleep 60', str(tmp_path / "text")], env=screen):
        image = photographed_when(screen, lambda image: min(seen(image).values()) >= 100)
    assert min(seen(image).values()) >= 100, seen(image)
    rows = {colour: lowest(image, colour) for colour in (BLUE, ORANGE, MARK)}
    assert max(rows[BLUE], rows[ORANGE]) < rows[MARK], "what comes next is written into the picture"


def seen(image: Image.Image) -> dict[tuple[int, int, int], int]:
    """How many pixels are of the curves and of the mark."""
    return {colour: count(image, colour) for colour in (BLUE, ORANGE, MARK)}


def lowest(image: Image.Image, colour: tuple[int, int, int]) -> int:
    width, height = image.size
    return max(y for y in range(height) if count(image.crop((0, y, width, y + 1)), colour))


def count(image: Image.Image, colour: tuple[int, int, int]) -> int:
    colours: Any = image.getcolors(image.width * image.height)
    return sum(number * near([[pixel]], colour, 12) for number, pixel in colours)
