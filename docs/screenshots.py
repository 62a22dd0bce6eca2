"""Makes the pictures in docs/images: sessions in kitty, in xterm with sixel, and in letters.

    python -m docs.screenshots [--folder FOLDER] [NAME...]

kitty and xterm run on a screen that nobody sees (xvfb, imagemagick, and the terminals are needed from the
system); the session in letters runs in the tests' terminal, whose screen is drawn with Pillow. The code needs
matplotlib, pandas, sympy, tqdm and rich. To be run from the root of a checkout; whoever changes what output
looks like runs it, and looks.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from tests.terminal import desktop
from tests.terminal.harness import Terminal, isolated_environment
from tests.terminal.snapshot import image

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner", "--ZConsole.elapsed_after=0")
COLUMNS, ROWS = 96, 48
DARK, LIGHT = ("1c1c1c", "d8d8d8"), ("ffffff", "000000")
"""Ground and letters."""
MARGIN = 12
"""Pixels around what is on the screen."""
COLOURS = 256
"""What a picture here may have, so that it has less than 100 kB."""

SCENES = {
    "plot": [
        "import numpy as np, matplotlib.pyplot as plt",
        "x = np.linspace(0, 10, 400)\n"
        "plt.figure(figsize=(7, 3.6))\n"
        "for damping in 0.1, 0.3, 0.6:\n"
        "    plt.plot(x, np.exp(-damping * x) * np.cos(3 * x), label=f'{damping}')\n"
        "plt.legend(title='damping'); plt.xlabel('s');",
    ],
    "photograph": [
        "from PIL import Image; from matplotlib import cbook",
        "Image.open(cbook.get_sample_data('grace_hopper.jpg')).resize((320, 375))",
    ],
    "text": [
        "from IPython.display import Markdown, Math; import pandas as pd",
        "Markdown('''## Heat\nThe *heat equation*, with `u` for **temperature**:\n"
        "1. on a bar\n2. on a plate, in [two dimensions](https://example.org)\n\n"
        "| material | m²/s |\n|---|--:|\n| copper | 1.1e-4 |\n| wood | 8.2e-8 |\n''')",
        r"Math(r'\frac{\partial u}{\partial t} = \alpha \sum_{i=1}^n \frac{\partial^2 u}{\partial x_i^2}')",
        "runs = pd.MultiIndex.from_product([['bar', 'plate'], [1, 2]], names=['form', 'run'])\n"
        "pd.DataFrame({('copper', 'mean'): [21.5, 22.0, 19.25, 20.0],\n"
        "              ('copper', 'max'): [24, 25, 21, 22],\n"
        "              ('wood', 'mean'): [20.1, 20.2, 20.05, 19.9]}, index=runs)",
    ],
    "progress": [
        "from tqdm.auto import tqdm; from rich.table import Table; import time",
        "with tqdm(total=300, desc='read') as read, tqdm(total=300, desc='written') as written:\n"
        "    for number in range(300):\n"
        "        read.update(); written.update(number % 4 == 0); time.sleep(0.002)\n",
        "table = Table('epoch', 'loss', 'state', title='Training')\n"
        "for row in ('0', '0.71', '[red]high'), ('1', '0.32', '[blue]low'), ('2', '0.11', '[green]good'):\n"
        "    table.add_row(*row)\n"
        "table",
    ],
}

SHOWN = (
    "plot-kitty",
    "plot-letters",
    "photograph-xterm",
    "photograph-letters",
    "text-kitty",
    "progress-xterm",
)
"""Those that the documentation has."""

Camera = Callable[[Sequence[str], Path], Image.Image]
"""Runs cells in a terminal, with a folder for what they leave behind, and takes a photograph."""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "images")
    every = [f"{scene}-{terminal}" for scene in SCENES for terminal in CAMERAS]
    parser.add_argument("names", nargs="*", default=SHOWN, metavar="NAME", help=", ".join(every))
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        scene, _, terminal = name.partition("-")
        with tempfile.TemporaryDirectory(prefix="zc-", ignore_cleanup_errors=True) as folder:
            taken = trimmed(CAMERAS[terminal](SCENES[scene], Path(folder)))
        file = options.folder / f"{name}.png"
        reduced(taken).save(file, optimize=True)
        print(f"{file}: {taken.width}x{taken.height}, {file.stat().st_size} bytes")


def in_kitty(cells: Sequence[str], folder: Path) -> Image.Image:
    ground, letters = DARK
    colours = (f"background=#{ground}", f"foreground=#{letters}")
    return in_terminal(desktop.kitty(COLUMNS, ROWS, *colours), cells, folder)


def in_xterm(cells: Sequence[str], folder: Path) -> Image.Image:
    ground, letters = LIGHT
    colours = ("-bg", f"#{ground}", "-fg", f"#{letters}", "-bw", "0")
    return in_terminal(desktop.xterm(COLUMNS, ROWS, *colours), cells, folder)


def in_terminal(command: Sequence[str], cells: Sequence[str], folder: Path) -> Image.Image:
    with (
        desktop.desktop(isolated_environment(folder), 1000, 1000) as screen,
        desktop.session(command, screen, folder, ZCONSOLE, cells),
    ):
        return desktop.photographed_at_rest(screen)


def in_letters(cells: Sequence[str], folder: Path) -> Image.Image:
    terminal = Terminal(ZCONSOLE, isolated_environment(folder), columns=COLUMNS, rows=ROWS)
    try:
        number = terminal.wait_prompt(timeout=30)
        for cell in cells:
            terminal.paste(cell)
            terminal.keys("enter")
            number = terminal.wait_prompt(number + 1, timeout=60)
        return image(terminal.emulator.screen)
    finally:
        terminal.close()


def trimmed(picture: Image.Image) -> Image.Image:
    """Without the screen around the terminal, which is black, and without the terminal's empty rows."""
    window = picture.crop(picture.getbbox())
    ground = window.getpixel((window.width - 1, 1))
    assert ground is not None
    box = ImageChops.difference(window, Image.new("RGB", window.size, ground)).getbbox()
    assert box, "nothing is on the screen"
    framed = Image.new("RGB", (box[2] + MARGIN * 2, box[3] - box[1] + MARGIN * 2), ground)
    framed.paste(window.crop((0, box[1], box[2], box[3])), (MARGIN, MARGIN))
    return framed


def reduced(picture: Image.Image) -> Image.Image:
    """With fewer colours; the most frequent, of letters and ground, stay as they are."""
    colours: Any = picture.getcolors(picture.width * picture.height)
    frequent = [colour for _, colour in sorted(colours, reverse=True)[: COLOURS // 4]]
    rest = picture.quantize(COLOURS - len(frequent), dither=Image.Dither.NONE)
    palette = (rest.getpalette() or [])[: 3 * (COLOURS - len(frequent))]
    numbers = {colour: len(palette) // 3 + number for number, colour in enumerate(frequent)}
    pixels = zip(zip(*[iter(picture.tobytes())] * 3, strict=True), rest.tobytes(), strict=True)
    exact = Image.frombytes("P", picture.size, bytes(numbers.get(pixel, near) for pixel, near in pixels))
    exact.putpalette(palette + [value for colour in frequent for value in colour])
    return exact


CAMERAS: dict[str, Camera] = {"kitty": in_kitty, "xterm": in_xterm, "letters": in_letters}

if __name__ == "__main__":
    main(sys.argv[1:])
