"""A session in real terminals, on a screen that nobody sees: a figure of matplotlib's appears by itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PIL")
pytest.importorskip("matplotlib")

from PIL import Image

from tests.frontend.render.decoders import near
from tests.frontend.render.samples import BLUE, ORANGE
from tests.terminal.desktop import kitty, missing, photographed_when, session, xterm

pytestmark = pytest.mark.slow

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")
CELLS = [
    "import matplotlib.pyplot as plt",
    "plt.plot([1, 3, 2], lw=4); plt.plot([2, 1, 3], lw=4);",
    "print('\\x1b[48;2;255;0;255m', ' ' * 9)",
]
MARK = (255, 0, 255)
LEAST = 2500
"""Pixels of each curve: in letters there are fewer."""


@pytest.mark.parametrize("command", [xterm(), kitty()], ids=["xterm", "kitty"])
def test_a_figure_is_shown_as_a_picture(screen: dict[str, str], tmp_path: Path, command: tuple[str, ...]):
    if why := missing(command[0]):
        pytest.skip(why)
    with session(command, screen, tmp_path, ZCONSOLE, CELLS):
        image = photographed_when(screen, lambda image: min(seen(image)) >= 100)
    blue, orange, mark = seen(image)
    assert min(blue, orange) >= LEAST
    assert mark >= 100, "the prompt after a picture is below it"


def seen(image: Image.Image) -> list[int]:
    """How many pixels are of the curves and of what was printed then."""
    colours: Any = image.getcolors(image.width * image.height)
    return [
        sum(number * near([[pixel]], colour, 12) for number, pixel in colours)
        for colour in (BLUE, ORANGE, MARK)
    ]
