"""A plot in real terminals, on a screen that nobody sees: are its curves there, and is the prompt below it?

Needs from the system: xvfb, imagemagick, and xterm or kitty (for which libgl1-mesa-dri).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PIL")

from PIL import Image

from tests.frontend.render.decoders import near
from tests.frontend.render.samples import BLUE, ORANGE, PLOT, base64
from zconsole.frontend.look import Look
from zconsole.frontend.render import render

LIMIT = 30
"""Seconds in which a terminal must have drawn; kitty takes 3 of them on a machine without graphics."""

MARK = (255, 0, 255)
"""The colour of what is written behind the picture."""

XTERM = ("xterm", "-ti", "vt340", "-xrm", "XTerm*numColorRegisters: 256", "-geometry", "100x40+0+0", "-e")
KITTY = (
    *("kitty", "--config", "NONE", "-o", "linux_display_server=x11", "-o", "update_check_interval=0"),
    *("-o", "remember_window_size=no", "-o", "initial_window_width=100c", "-o", "initial_window_height=40c"),
)


def missing(*programs: str) -> str:
    absent = [each for each in programs if not shutil.which(each)]
    return f"needs {', '.join(absent)}" if absent else ""


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a new screen."""
    if why := missing("Xvfb", "import"):
        pytest.skip(why)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    receiving, sending = os.pipe()
    size = ["-screen", "0", "1000x800x24", "-nolisten", "tcp", "+extension", "GLX"]
    with ended(["Xvfb", "-displayfd", str(sending), *size], pass_fds=[sending]):
        os.close(sending)
        with open(receiving, "rb") as pipe:
            number = pipe.readline().decode().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        path = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime)}
        yield {**path, "DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1", "LC_ALL": "C.UTF-8"}


@contextmanager
def ended(command: list[str], **options: Any) -> Iterator[None]:
    """A process, which is ended in any case."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@pytest.mark.parametrize(
    ("graphics", "command"),
    [("sixel", XTERM), pytest.param("kitty", KITTY, marks=pytest.mark.slow)],
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
        seen, end = (0, 0, 0), time.monotonic() + LIMIT
        while min(seen) < 100 and time.monotonic() < end:
            image = photographed(screen)
            seen = (count(image, BLUE), count(image, ORANGE), count(image, MARK))
    assert min(seen) >= 100, f"blue, orange, mark: {seen}"
    rows = {colour: lowest(image, colour) for colour in (BLUE, ORANGE, MARK)}
    assert max(rows[BLUE], rows[ORANGE]) < rows[MARK], "what comes next is written into the picture"


def lowest(image: Image.Image, colour: tuple[int, int, int]) -> int:
    width, height = image.size
    return max(y for y in range(height) if count(image.crop((0, y, width, y + 1)), colour))


def photographed(screen: dict[str, str]) -> Image.Image:
    done = subprocess.run(
        ["import", "-window", "root", "png:-"], env=screen, capture_output=True, timeout=LIMIT, check=True
    )
    return Image.open(BytesIO(done.stdout)).convert("RGB")


def count(image: Image.Image, colour: tuple[int, int, int]) -> int:
    colours: Any = image.getcolors(image.width * image.height)
    return sum(number * near([[pixel]], colour, 12) for number, pixel in colours)
