"""`!command`: a shell's command with a terminal of its own, whose output is passed on as it comes.

On a pipe a child would keep back what it says until it ends, and leave its colours out; so it gets a
pseudo-terminal, in a session of its own, where Ctrl+C is a key that we press when the kernel is interrupted.
The calling thread reads, so all that the child says stands between what the cell says before and behind it.
A command is over when its shell has ended, whoever else has that terminal open.

IPython does the same with pexpect, which costs an import and is made for dialogues: 200,000 lines take four
times as long.
"""

from __future__ import annotations

import codecs
import os
import select
import shutil
import signal
import struct
from collections.abc import Callable
from contextlib import suppress
from math import ceil, inf
from time import monotonic

GRACE = 0.8
"""Seconds for a command that is interrupted to end: less than a front end waits before it asks why the cell
goes on. IPython gives 0.2, in which a busy machine does not come to it, nor a test runner to its summary."""

STEP = 0.1
"""Seconds from one signal that ends it harder to the next."""

LOOKS = 0.05
"""Seconds between two looks whether the shell has ended, where the system cannot tell (all but Linux)."""

PIECE = 1 << 16
"""Bytes that are read at once; Linux gives 4 KB."""

HARDER = ("SIGHUP", "SIGCONT", "SIGINT", "SIGKILL")

TOGETHER = 0.002
"""Seconds for which something may wait to be passed on with what follows it."""

CTRL_C = b"\x03"


def run(command: str, write: Callable[[str], object], columns: int, rows: int) -> int:
    """Run a command in $SHELL, on a terminal of this size, and pass on to `write` what it says; its exit
    code, or minus the number of the signal that has ended it.

    An interrupt ends the command and nothing else. Raises OSError when there is no such shell or no terminal.
    """
    name = os.environ.get("SHELL", "sh")
    shell = shutil.which(name)
    if shell is None:
        raise OSError(f'"{name}" shell not found')
    terminal, other = _open(columns, rows)
    try:
        child = _Child(_spawn([shell, "-c", command], os.ttyname(other)), terminal, write)
    except BaseException:
        os.close(terminal)
        raise
    finally:
        os.close(other)
    try:
        child.pass_on()
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt):  # pressed again by who cannot wait
            child.interrupt()
        child.end()
    finally:
        child.close()
    return child.code


class _Child:
    """A process and our end of its terminal."""

    def __init__(self, pid: int, terminal: int, write: Callable[[str], object]) -> None:
        self._pid = pid
        self._terminal = terminal
        self._write = write
        self._status: int | None = None
        self._held: list[bytes] = []
        self._due = inf
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._poll = select.poll()
        self._poll.register(terminal, select.POLLIN)
        self._pidfd = -1
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):
                self._pidfd = os.pidfd_open(pid)
                self._poll.register(self._pidfd, select.POLLIN)

    @property
    def code(self) -> int:
        """How it has ended, as `run` tells it. Shells add 128 to the signal that has ended a command."""
        code = os.waitstatus_to_exitcode(self._status or 0)
        return 128 - code if code > 128 else code

    def pass_on(self, seconds: float | None = None) -> None:
        """Pass on what it says until it has ended, or for so many seconds."""
        until = inf if seconds is None else monotonic() + seconds
        while monotonic() < until:
            if data := self._read():
                self._held.append(data)
                self._due = min(self._due, monotonic() + TOGETHER)
            elif self._status is not None:
                break
            if monotonic() >= self._due:
                self._write_held()
            elif not data:
                self._wait(min(until, self._due))
        self._write_held(final=self._status is not None)

    def _write_held(self, *, final: bool = False) -> None:
        data, self._held, self._due = b"".join(self._held), [], inf
        if text := self._decode(data, final):
            self._write(text)

    def interrupt(self) -> None:
        """Press Ctrl+C, and pass on what it has to say of that."""
        with suppress(OSError):
            os.write(self._terminal, CTRL_C)
        self.pass_on(GRACE)

    def end(self) -> None:
        """End it, if it has not ended."""
        self._hear_no_more()
        for name in HARDER:
            if self._status is not None:
                return
            with suppress(OSError):
                os.killpg(self._pid, getattr(signal, name))
            self._wait(monotonic() + STEP)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._terminal)
        if self._pidfd >= 0:
            os.close(self._pidfd)

    def _read(self) -> bytes:
        """What it has said; nothing if there is nothing at the moment."""
        try:
            return os.read(self._terminal, PIECE)
        except BlockingIOError:
            pass
        except OSError:  # nobody has this terminal any more
            self._hear_no_more()
        return b""

    def _hear_no_more(self) -> None:
        with suppress(KeyError):
            self._poll.unregister(self._terminal)

    def _wait(self, until: float) -> None:
        """Wait until it says something or has ended, or for that time."""
        seconds = max(0.0, min(until - monotonic(), LOOKS if self._pidfd < 0 else inf))
        self._poll.poll(None if seconds == inf else ceil(seconds * 1000))
        try:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
        except ChildProcessError:  # user code has waited for any child
            pid, status = self._pid, 0
        if pid:
            self._status = status


def _open(columns: int, rows: int) -> tuple[int, int]:
    """A terminal: our end, which does not wait, and the child's, where a new line is what the child says."""
    import fcntl
    import termios

    terminal, other = os.openpty()
    os.set_blocking(terminal, False)
    mode = termios.tcgetattr(other)
    mode[1] &= ~termios.ONLCR
    termios.tcsetattr(other, termios.TCSANOW, mode)
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return terminal, other


def _spawn(argv: list[str], terminal: str) -> int:
    """Start a session leader. The terminal that it opens first is the one where Ctrl+C is for it."""
    return os.posix_spawn(
        argv[0],
        argv,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ],
        setsid=True,
        setsigmask=(),
        setsigdef=[getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)],
    )
