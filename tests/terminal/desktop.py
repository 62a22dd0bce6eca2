"""A screen that nobody sees, with real terminals on it, and photographs of it.

Needs from the system: xvfb, imagemagick, and xterm or kitty (for which libgl1-mesa-dri).
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

LIMIT = 30
"""Seconds in which a terminal must have drawn; kitty takes 3 of them on a machine without graphics."""


class NoScreen(RuntimeError):
    """It cannot be had here."""


Environment = Mapping[str, str]


def xterm(columns: int = 100, rows: int = 40, *options: str) -> tuple[str, ...]:
    """One that shows sixel; what follows is the command that runs in it."""
    sixel = ("-ti", "vt340", "-xrm", "XTerm*numColorRegisters: 256", "-tn", "xterm-256color")
    letters = ("-u8", "-fa", "DejaVu Sans Mono", "-fs", "10")  # its own fonts have no braille
    return ("xterm", *sixel, *letters, "-b", "0", "-geometry", f"{columns}x{rows}+0+0", *options, "-e")


def kitty(columns: int = 100, rows: int = 40, *options: str) -> tuple[str, ...]:
    """One whose cursor does not blink, so that it can be seen when nothing changes any more."""
    set_up = [
        *("linux_display_server=x11", "update_check_interval=0", "remember_window_size=no"),
        *("cursor_blink_interval=0", "confirm_os_window_close=0", "enable_audio_bell=no"),
        *(f"initial_window_width={columns}c", f"initial_window_height={rows}c", *options),
    ]
    return ("kitty", "--config", "NONE", *(word for each in set_up for word in ("-o", each)))


def missing(*programs: str) -> str:
    """What is not installed of these, as a sentence; empty when all is there."""
    absent = [each for each in programs if not shutil.which(each)]
    return f"needs {', '.join(absent)}" if absent else ""


@contextmanager
def desktop(environment: Environment, width: int = 1000, height: int = 800) -> Iterator[dict[str, str]]:
    """The environment of programs on a new screen. Raises NoScreen."""
    receiving, sending = os.pipe()
    size = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "+extension", "GLX"]
    with ended(["Xvfb", "-displayfd", str(sending), *size], pass_fds=[sending]):
        os.close(sending)
        with open(receiving, "rb") as pipe:
            number = pipe.readline().decode().strip()
        if not number:
            raise NoScreen("Xvfb does not start here")
        yield {**environment, "DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}


@contextmanager
def ended(command: Sequence[str], **options: Any) -> Iterator[None]:
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


@contextmanager
def session(
    command: Sequence[str], screen: Environment, folder: Path, program: Sequence[str], cells: Sequence[str]
) -> Iterator[None]:
    """A terminal in which these cells have been run by that program; all of it is ended behind.

    RuntimeError when it does not come so far.
    """
    told, script = folder / "told", folder / "cells"
    os.mkfifo(told)
    script.write_text("\0".join(cells), encoding="utf-8")
    descriptor = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    passing = [sys.executable, "-m", "tests.terminal.passing", str(told), str(script), *program]
    root = str(Path(__file__).parents[2])
    environment = {**screen, "PYTHONPATH": f"{root}:{screen.get('PYTHONPATH', '')}"}
    try:
        with ended([*command, *passing], env=environment):
            if _read(descriptor) != b"done":
                raise RuntimeError("the cells did not end")
            yield
        while _read(descriptor):  # until nobody can write any more: all has been ended
            pass
    finally:
        os.close(descriptor)
        told.unlink()


def _read(descriptor: int) -> bytes:
    if not select.select([descriptor], [], [], 3 * LIMIT)[0]:
        raise RuntimeError("the session in the terminal does not end")
    return os.read(descriptor, 4)


def photographed(screen: Environment) -> Image.Image:
    """What can be seen now."""
    done = subprocess.run(
        ["import", "-window", "root", "png:-"], env=screen, capture_output=True, timeout=LIMIT, check=True
    )
    return Image.open(BytesIO(done.stdout)).convert("RGB")


def photographed_when(screen: Environment, condition: Callable[[Image.Image], bool]) -> Image.Image:
    """What can be seen when that is so, or after `LIMIT`."""
    end = time.monotonic() + LIMIT
    while not condition(image := photographed(screen)) and time.monotonic() < end:
        pass
    return image


def photographed_at_rest(screen: Environment) -> Image.Image:
    """What can be seen when three photographs in turn are the same."""
    seen = [b""]

    def is_still(image: Image.Image) -> bool:
        seen.append(image.tobytes())
        return len(seen) > 3 and seen[-1] == seen[-2] == seen[-3]

    return photographed_when(screen, is_still)
