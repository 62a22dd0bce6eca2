"""The terminal below the line editor: its modes, and writing to it without ever waiting for it.

Modes. While a cell runs the terminal echoes nothing and hands over every key as it is typed (so what is
typed ahead waits in the terminal for the next prompt instead of being mixed into the output), but Ctrl+C
is still a signal. The line editor goes from that mode to its own and back. `session` puts everything
back as it was found, whatever happens.

Writing. The terminal may be slow, or stopped with Ctrl+S; the loop must go on. So text waits in a queue
here and is written when the terminal takes it, through a file description of our own: the mode
"non-blocking" belongs to a description, and the one that we got is shared with the shell that started us.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zconsole.frontend.prompt.device.graphics import Window

if sys.platform != "win32":
    import termios

KEPT = 16_384
"""Bytes of waiting output that are still drawn after an interrupt: a screen or four."""

LIMIT = 32 << 20
"""Bytes of output that may wait; of more, the newer half is drawn. No terminal scrolls back so far."""

_PIECE = 65_536
_WINSIZE = struct.Struct("HHHH")


class Tty:
    """A terminal by its file descriptors."""

    def __init__(self, loop: asyncio.AbstractEventLoop, input_fd: int = 0, output_fd: int = 1) -> None:
        self._loop = loop
        self._input = input_fd
        self._output = _own_description(output_fd)
        self._found: list[Any] | None = None
        self._queue: deque[bytes] = deque()
        self._size = 0
        self._waiting = False
        self._skimming = False
        self._skipped = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self._on = self._off = ""

    @contextmanager
    def session(self) -> Iterator[None]:
        """From here on nothing is echoed; afterwards the terminal is as it was found."""
        self._found = _attributes(self._input)
        self.quiet()
        try:
            yield
        finally:
            self.switch()
            self._loop.remove_writer(self._output)
            os.set_blocking(self._output, True)
            self._set(self._found)
            os.close(self._output)

    def quiet(self) -> None:
        """The mode in which cells run; also after the program was stopped and goes on."""
        if self._found is None or sys.platform == "win32":
            return
        mode = list(self._found)
        mode[0] &= ~(
            termios.ICRNL | termios.INLCR | termios.IGNCR
        )  # Enter is what the line editor knows as Enter
        # Ctrl+C must not throw away output that the terminal has not read yet: NOFLSH
        mode[3] = (mode[3] & ~(termios.ECHO | termios.ICANON)) | termios.ISIG | termios.NOFLSH
        mode[6] = list(mode[6])
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        self._set(mode)

    @contextmanager
    def as_found(self) -> Iterator[None]:
        """The terminal for another program, as it was found."""
        mode = _attributes(self._input)
        self.write(self._off)
        self._set(self._found)
        try:
            yield
        finally:
            self._set(mode)
            self.write(self._on)

    def switch(self, on: str = "", off: str = "") -> None:
        """Switch something of the terminal on by the sequence `on`, and off what was. `off` takes it back,
        also while another program has the terminal and at the end."""
        self.write(self._off + on)
        self._on, self._off = on, off

    @property
    def gone(self) -> bool:
        """Whether there was a terminal, and it has been taken away."""
        return self._found is not None and _attributes(self._input) is None

    @property
    def is_terminal(self) -> bool:
        """Whether this is a terminal at all, and not a file or a pipe."""
        return os.isatty(self._output)

    @property
    def window(self) -> Window:
        """Its size as the system knows it (TIOCGWINSZ)."""
        if sys.platform == "win32":
            return Window()
        from fcntl import ioctl  # with the first cell

        try:
            return Window(*_WINSIZE.unpack(ioctl(self._output, termios.TIOCGWINSZ, bytes(_WINSIZE.size))))
        except OSError:
            return Window()

    def forget_typed(self) -> None:
        """Throw away what was typed and not read, as a terminal does on Ctrl+C."""
        if sys.platform != "win32" and self._found is not None:
            termios.tcflush(self._input, termios.TCIFLUSH)

    def write(self, text: str) -> None:
        """Queue text for the terminal; in the quiet case it is written at once."""
        if not text:
            return
        data = text.encode("utf-8", "replace")
        self._queue.extend(data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
        self._size += len(data)
        if self._skimming and self._size > 2 * KEPT:
            self._skip(KEPT, "interrupted")
        elif self._size > LIMIT:
            self._skip(LIMIT // 2, "faster than this terminal")
        self._drained.clear()
        if not self._waiting:
            self._flush()

    def skim(self) -> None:
        """Until the queue is empty, draw only the newest of what waits, and say how much was left out."""
        self._skimming = not self._drained.is_set()
        if self._skimming and self._size > 2 * KEPT:
            self._skip(KEPT, "interrupted")

    async def drain(self) -> None:
        """Wait until all has been written."""
        await self._drained.wait()

    def _skip(self, kept: int, why: str) -> None:
        """Leave out all but the newest bytes, if possible from the beginning of a line on. What is kept stays
        in pieces: the rest of one is copied whenever the terminal takes a part of it."""
        over = self._size - kept
        while over >= len(self._queue[0]):
            over -= self._leave_out(len(self._queue[0]))
        cut = self._queue[0].find(b"\n", over) + 1 or over
        self._leave_out(cut)
        # what was to wipe the lines below may be among what is left out
        note = f"\x1b[0m\x1b[J\r\n[{why}: {self._skipped} lines are not shown]\r\n".encode()
        self._queue.appendleft(note)
        self._size += len(note)

    def _leave_out(self, size: int) -> int:
        """Take so many bytes out of the first piece, and count their lines; how many that were."""
        piece = self._queue.popleft()
        self._skipped += piece.count(b"\n", 0, size)
        self._size -= size
        if size < len(piece):
            self._queue.appendleft(piece[size:])
        return size

    def _flush(self) -> None:
        try:
            while self._queue:
                data = self._queue[0]
                written = os.write(self._output, data)
                self._size -= written
                if written < len(data):
                    self._queue[0] = data[written:]
                else:
                    self._queue.popleft()
        except BlockingIOError:
            self._wait(True)
            return
        except OSError:
            self._queue.clear()  # the terminal is gone; SIGHUP will say so
            self._size = 0
        self._wait(False)
        self._skimming, self._skipped = False, 0
        self._drained.set()

    def _wait(self, waiting: bool) -> None:
        if waiting and not self._waiting:
            self._loop.add_writer(self._output, self._flush)
        elif self._waiting and not waiting:
            self._loop.remove_writer(self._output)
        self._waiting = waiting

    def _set(self, mode: list[Any] | None) -> None:
        if mode is None or sys.platform == "win32":
            return
        try:
            termios.tcsetattr(self._input, termios.TCSADRAIN, mode)
        except termios.error:
            pass  # the terminal is gone


def _attributes(fd: int) -> list[Any] | None:
    if sys.platform == "win32":
        return None
    try:
        return termios.tcgetattr(fd)
    except termios.error:
        return None


def _own_description(fd: int) -> int:
    """The same terminal once more, non-blocking; where it cannot be opened, the blocking one."""
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except (OSError, AttributeError):
        return os.dup(fd)
