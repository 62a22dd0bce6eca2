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
from typing import Any, NamedTuple

from zconsole.frontend.prompt.device.graphics import Window

if sys.platform != "win32":
    import termios

KEPT = 16_384
"""Bytes of waiting output that are still drawn after an interrupt: a screen or four."""

LIMIT = 32 << 20
"""Bytes of output that may wait; of more, the newer half is drawn. No terminal scrolls back so far."""

SPARED = 65_536
"""Bytes in front of those that are kept of what is to be spared: errors, values, sentences of ours."""

_WINSIZE = struct.Struct("HHHH")


class _Waiting(NamedTuple):
    """A text that waits, whole unless it is `begun`: of a picture no part is thrown away."""

    data: memoryview
    spared: bool = False
    begun: bool = False

    @property
    def lines(self) -> int:
        return bytes(self.data).count(b"\n")


_WIPE = _Waiting(memoryview(b"\x1b[0m\x1b[J\r\n"))
"""Ends a line that is cut; what was to wipe the lines below may be among what is left out."""


class Tty:
    """A terminal by its file descriptors."""

    def __init__(self, loop: asyncio.AbstractEventLoop, input_fd: int = 0, output_fd: int = 1) -> None:
        self._loop = loop
        self._input = input_fd
        self._output = _own_description(output_fd)
        self._found: list[Any] | None = None
        self._queue: deque[_Waiting] = deque()
        self._size = 0
        self._sparing = False
        self._saved = 0  # bytes of what was spared when something was left out
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
        data = memoryview(text.encode("utf-8", "replace"))
        self._queue.append(_Waiting(data, self._sparing))
        self._size += len(data)
        if self._skimming and self._size > 2 * KEPT + self._saved:
            self._skip(KEPT, "interrupted")
        elif self._size > LIMIT:
            self._skip(LIMIT // 2, "faster than this terminal")
        self._drained.clear()
        if not self._waiting:
            self._flush()

    @contextmanager
    def spared(self) -> Iterator[None]:
        """What is written within is not left out when other output that waits is."""
        before, self._sparing = self._sparing, True
        try:
            yield
        finally:
            self._sparing = before

    def skim(self) -> None:
        """Until the queue is empty, draw only the newest of what waits, and say how much was left out."""
        self._skimming = not self._drained.is_set()
        if self._skimming and self._size > 2 * KEPT:
            self._skip(KEPT, "interrupted")

    async def drain(self) -> None:
        """Wait until all has been written."""
        await self._drained.wait()

    def _skip(self, kept: int, why: str) -> None:
        first = [self._queue.popleft()] if self._queue[0].spared and self._queue[0].begun else []
        newest: deque[_Waiting] = deque()
        size = 0
        while self._queue and size < kept:
            newest.appendleft(self._queue.pop())
            size += len(newest[0].data)
        if size > kept and not newest[0].spared:
            left_out, newest[0] = _cut(bytes(newest[0].data), size - kept)
            self._queue.append(left_out)
        spared: deque[_Waiting] = deque()
        self._saved = 0
        for piece in reversed(self._queue):
            if piece.spared and self._saved + len(piece.data) <= SPARED:
                spared.appendleft(piece)
                self._saved += len(piece.data)
            else:
                self._skipped += piece.lines
        self._saved += sum(len(piece.data) for piece in first)
        begin = "" if not spared or spared[-1].data[-1] == 10 else "\r\n"
        note = memoryview(f"{begin}[{why}: {self._skipped} lines are not shown]\r\n".encode())
        self._queue = deque([*first, _WIPE, *spared, _Waiting(note), *newest])
        self._size = sum(len(piece.data) for piece in self._queue)

    def _flush(self) -> None:
        try:
            while self._queue:
                data, spared, _ = self._queue[0]
                written = os.write(self._output, data)
                self._size -= written
                if written < len(data):
                    self._queue[0] = _Waiting(data[written:], spared, begun=True)
                else:
                    self._queue.popleft()
        except BlockingIOError:
            self._wait(True)
            return
        except OSError:
            self._queue.clear()  # the terminal is gone; SIGHUP will say so
            self._size = 0
        self._wait(False)
        self._skimming, self._skipped, self._saved = False, 0, 0
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


def _cut(data: bytes, at: int) -> tuple[_Waiting, _Waiting]:
    """In two where a line begins, behind `at` if it can be."""
    at = data.find(b"\n", at) + 1 or at
    return _Waiting(memoryview(data[:at])), _Waiting(memoryview(data[at:]))


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
