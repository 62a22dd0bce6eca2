"""A program in a pseudo-terminal of a fixed size, its screen, and waits that end.

A moment is counted when the read() returned that made a condition true on the screen. There is one
thread: whoever waits reads, draws and answers the program's questions.
"""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Self

from benchmarks.processes import Brood
from benchmarks.screen import ESCAPES, Screen

COLUMNS, ROWS = 100, 40


class Fault(Exception):
    """A contender did not do what was asked of it; the text says what, for the report."""


class Terminal:
    """`argv` runs from ``with`` to its end, and so does every process that it starts.

    `typed` is written before the program can have read anything. `started` is the moment before the spawn.
    """

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: Path, typed: bytes = b""
    ) -> None:
        self.brood = Brood()
        self.screen = Screen(COLUMNS, ROWS, self._answer)
        self.ended = False
        self._unwritten = bytearray()
        self._answers = bytearray()
        self._last_read = perf_counter()
        self._fd, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * 8, ROWS * 16))
        os.set_blocking(self._fd, False)
        self.started = perf_counter()
        try:
            self.process = subprocess.Popen(
                argv,
                stdin=inner,
                stdout=inner,
                stderr=inner,
                env=self.brood.environment(environment),
                cwd=folder,
                preexec_fn=_own_terminal,
            )
        except OSError:
            os.close(self._fd)
            raise
        finally:
            os.close(inner)
        self.write(typed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.brood.end()
        os.close(self._fd)
        self.process.wait(5)

    # --- keys

    def write(self, data: str | bytes) -> float:
        """Type it: the moment before."""
        moment = perf_counter()
        self._unwritten += data.encode() if isinstance(data, str) else data
        self._flush()
        return moment

    def paste(self, text: str) -> float:
        """As a terminal pastes: in brackets if the program asked for them, line ends as Enter."""
        text = text.replace("\n", "\r")
        return self.write(f"\x1b[200~{text}\x1b[201~" if 2004 in self.screen.modes else text)

    # --- waits

    def wait(self, condition: Callable[[], bool], what: str, limit: float = 20) -> float:
        """The moment when `condition` became true on the screen. Fault: not in `limit` seconds."""
        moment, end = perf_counter(), perf_counter() + limit
        while not condition():
            if self.ended or perf_counter() > end:
                ended = "it has ended" if self.ended else f"not in {limit:g} s"
                raise Fault(f"{what}: {ended}; the screen: {_words(self.screen.text())}")
            if data := self._read(end - perf_counter()):
                moment = self._last_read
                self.screen.feed(data)
        return moment

    def settle(self, quiet: float = 0.1, limit: float = 10) -> None:
        """Until nothing has come for `quiet` seconds."""
        end = perf_counter() + limit
        self._last_read = perf_counter()
        while (
            not self.ended and (left := self._last_read + quiet - perf_counter()) > 0 and perf_counter() < end
        ):
            self.screen.feed(self._read(left))

    def drain(self, mark: bytes, last: re.Pattern[str], limit: float = 60) -> tuple[float, bytes]:
        """Read as fast as it comes until `mark` was there and then `last`, as text: that moment, all bytes.

        The screen is drawn from the end alone: what is measured is the program, not this reader.
        """
        got, marked, end = bytearray(), -1, perf_counter() + limit
        while not self.ended and perf_counter() < end:
            data = self._read(min(1, end - perf_counter()))
            got += data
            for _ in range(data.count(b"\x1b[6n")):
                self._answer(b"\x1b[%d;1R" % ROWS)  # a flood stands at the foot of the screen
            if marked < 0:
                marked = got.find(mark, max(0, len(got) - len(data) - len(mark)))
            if marked >= 0 and last.search(ESCAPES.sub("", got[marked:].decode("utf-8", "replace"))):
                self.screen.feed(b"\x1b[H\x1b[J" + bytes(got[-8192:]).partition(b"\n")[2])
                return self._last_read, bytes(got)
        end_of_it = ESCAPES.sub("", got[-2000:].decode("utf-8", "replace"))
        raise Fault(f"not finished in {limit:g} s, {len(got):,} bytes came: …{_words(end_of_it)}")

    def exit(self, limit: float = 20) -> float:
        """The moment when the program had ended. Fault: not in `limit` seconds."""
        end = perf_counter() + limit
        while self.process.poll() is None:
            if perf_counter() > end:
                raise Fault(f"it has not ended in {limit:g} s")
            self.screen.feed(self._read(0.001))
        return perf_counter()

    # --- bytes

    def _answer(self, data: bytes) -> None:
        """When the program has switched echo off: before that, an answer would be shown as text.

        One that asks first and then is slow to do so, on a busy machine, would not survive it.
        """
        self._answers += data

    def _read(self, timeout: float) -> bytes:
        """What came, within `timeout` seconds: perhaps nothing."""
        if self._answers and not termios.tcgetattr(self._fd)[3] & termios.ECHO:
            self._unwritten += self._answers
            self._answers.clear()
        elif self._answers:
            timeout = min(timeout, 0.001)
        readers = [] if self.ended else [self._fd]
        writers = [self._fd] if self._unwritten else []
        readable, writable, _ = select.select(readers, writers, [], max(0.0, timeout))
        if writable:
            self._flush()
        if not readable:
            return b""
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return b""
        except OSError:  # EIO: the last process has closed the terminal
            data = b""
        self.ended = not data
        self._last_read = perf_counter()
        return data

    def _flush(self) -> None:
        with contextlib.suppress(OSError):  # full: the rest goes when it is writable; gone: _read says so
            while self._unwritten:
                del self._unwritten[: os.write(self._fd, self._unwritten[:4096])]


def _words(text: str) -> str:
    return " ".join(text.split())[-150:]


def _own_terminal() -> None:
    os.setsid()
    for number in (
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGHUP,
    ):  # ignored in a background job, and inherited
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
