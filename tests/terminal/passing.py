"""Runs in a real terminal: types cells into a program, and passes all else between the two.

`python -m tests.terminal.passing FIFO CELLS PROGRAM...`: each of the CELLS (a file, a NUL between two) is
typed when the prompt is there; when the last has ended, "done" is written into the FIFO, and when the
terminal is closed, everything that has been started is ended.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios
import threading
import tty
from collections.abc import Sequence
from pathlib import Path

from tests.terminal.harness import Terminal


def main(fifo: str, cells: str, *program: str) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the end of what is typed tells it too
    tty.setraw(0)
    told = os.open(fifo, os.O_WRONLY)
    terminal = Passing(program)
    passing = threading.Thread(target=terminal.pass_typed)
    try:
        passing.start()
        number = terminal.wait_prompt(timeout=30)
        for cell in Path(cells).read_text(encoding="utf-8").split("\0"):
            terminal.paste(cell)
            terminal.keys("enter")
            number = terminal.wait_prompt(number + 1, timeout=60)
        terminal.settle(0.5)
        os.write(told, b"done")
        passing.join()
    finally:
        terminal.close()


class Passing(Terminal):
    """A terminal in front of another one, whose answers and size it takes."""

    def __init__(self, program: Sequence[str]) -> None:
        columns, rows = os.get_terminal_size(0)
        super().__init__(program, dict(os.environ), columns=columns, rows=rows, answers=False)

    def pass_typed(self) -> None:
        """Until the outer terminal is closed."""
        try:
            while data := os.read(0, 4096):
                os.write(self._master, data)
        except OSError:
            pass  # one of the two is gone

    def _receive(self) -> None:
        before = len(self.raw)
        super()._receive()
        rest = memoryview(bytes(self.raw[before:]))
        while rest:
            rest = rest[os.write(1, rest) :]

    def _set_size(self, columns: int, rows: int) -> None:
        size = fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)


if __name__ == "__main__":
    main(*sys.argv[1:])
