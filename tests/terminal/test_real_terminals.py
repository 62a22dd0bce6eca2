"""A figure of matplotlib's appears by itself: in real terminals, on a screen that nobody sees; in letters."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PIL")
pytest.importorskip("matplotlib")

from PIL import Image

from tests.frontend.render.decoders import dots, near
from tests.frontend.render.samples import BLUE, ORANGE
from tests.terminal.desktop import kitty, missing, photographed_when, session, xterm
from tests.terminal.harness import Terminal

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")
CELLS = [
    "import matplotlib.pyplot as plt",
    "plt.plot([1, 3, 2], lw=4); plt.plot([2, 1, 3], lw=4);",
    "print('\\x1b[48;2;255;0;255m', ' ' * 9)",
]
MARK = (255, 0, 255)
LEAST = 2500
"""Pixels of each curve: in letters there are fewer."""


@pytest.mark.slow
@pytest.mark.parametrize("command", [xterm(), kitty()], ids=["xterm", "kitty"])
def test_a_figure_is_shown_as_a_picture(screen: dict[str, str], tmp_path: Path, command: tuple[str, ...]):
    if why := missing(command[0]):
        pytest.skip(why)
    with session(command, screen, tmp_path, ZCONSOLE, CELLS):
        image = photographed_when(screen, lambda image: min(seen(image)) >= 100)
    blue, orange, mark = seen(image)
    assert min(blue, orange) >= LEAST
    assert mark >= 100, "the prompt after a picture is below it"


def test_a_figure_is_drawn_in_letters_where_there_are_no_pictures(terminal):
    t = terminal(*ZCONSOLE)
    for cell in CELLS:
        t.run(cell, timeout=30)
    assert min(inked(t, BLUE), inked(t, ORANGE)) > 40


def inked(terminal: Terminal, colour: tuple[int, int, int]) -> int:
    """How many dots of braille are of that colour."""
    screen = terminal.emulator.screen
    cells = [screen.buffer[y][x] for y in range(screen.lines) for x in range(screen.columns)]
    direct = [(each.data, each.fg) for each in cells if re.fullmatch("[0-9a-f]{6}", each.fg)]
    return sum(dots(letter) * near([[rgb(colours)]], colour, 24) for letter, colours in direct)


def rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


def seen(image: Image.Image) -> list[int]:
    """How many pixels are of the curves and of what was printed then."""
    colours: Any = image.getcolors(image.width * image.height)
    return [
        sum(number * near([[pixel]], colour, 12) for number, pixel in colours)
        for colour in (BLUE, ORANGE, MARK)
    ]
