"""File descriptors 1 and 2: what C code, `os.write` and child processes write becomes output of the session.

Both are pipes whose other ends the I/O thread reads. Nobody else does: the others only look. A look is
one system call that takes nothing out; where it finds something, it says how many bytes there are, and a
`Written` goes into the outbox at that place, for the I/O thread to read just these bytes when it comes to
it. So what was written first arrives first, though Python's text and the pipes are two roads. The outbox
looks before it takes a piece of text while few are waiting, and before every message; what comes between
two looks is read when the pipe becomes readable, behind all that waits then.

Whoever holds the GIL in a write into a full pipe keeps the I/O thread from emptying it, and what is in a
pipe when the kernel dies would die with it: in both cases another process helps, see `rescue`. A shell waits
for the time when it is needed: for the death, and for C code that could write with the GIL held (`ccode`).
The original descriptors are kept: 2 is where the kernel's own crashes are told.

Not on Windows, whose pipes cannot be waited for together with sockets.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from zconsole.kernel import rescue
from zconsole.kernel.outbox import Source, Text, Written
from zconsole.kernel.rescue import Spool, waiting

CAPACITY = 1 << 18
"""Bytes that a pipe holds. All pipes of a user together have a limit of 64 MB on Linux."""

_DONE = b"done\n"

_SLEEP = """{
    read -r word </dev/fd/$4
    [ "$word" = done ] || exec "$@"
} &"""
"""Sleeps until there is a line in the pipe that ends with the kernel, or its end: a shell takes 0.2 MB where
Python takes 5. `$4` is that pipe, all arguments are the program that then goes on with it."""


class Capture:
    """Takes the descriptors 1 and 2 of this process. `newest` tells whose output is read: its sources for
    stdout and stderr.

    `fd` is readable when a pipe is; `original` is what descriptor 2 was.
    """

    def __init__(self, newest: Callable[[], tuple[Source, Source]]) -> None:
        self._newest = newest
        originals = [os.dup(fd) for fd in (1, 2)]
        self.original = originals[1]
        self._spool = Spool(_unnamed_file())
        self._pipes = [_Pipe(fd, self._spool) for fd in (1, 2)]
        self._ready = _Ready([pipe.fd for pipe in self._pipes])
        self.fd = self._ready.fd
        self._looked: Sequence[int] = ()
        self._life = -1

    def look(self, final: bool = False) -> Written | None:
        """What has been written since the last look and is not yet on its way, if anything."""
        if not self._ready.look() and not (final and any(pipe.partial for pipe in self._pipes)):
            return None
        written = self.all(final)
        if written.upto == self._looked and not final:
            return None
        self._looked = written.upto
        return written

    def all(self, final: bool = False) -> Written:
        """What has been written, whether somebody has looked or not."""
        return Written([pipe.written() for pipe in self._pipes], self._newest(), final)

    def alive(self) -> None:
        """Nothing is read for the moment, but it could be: no other process shall do it."""
        self._spool.count()

    def inside(self) -> bool:
        """Whether the calling thread is in the middle of a look; a handler of a signal may ask."""
        return any(pipe.held() for pipe in self._pipes)

    def read(self, written: Written) -> Sequence[Text]:
        """Take it out of the pipes. For the I/O thread alone."""
        pieces: list[list[bytes]] = [[] for _ in self._pipes]
        # counted first: who finds the lock taken sees when that has begun
        self._spool.count()
        self._spool.lock()
        try:
            while not self._read(written.upto, pieces):
                pass
        finally:
            self._spool.unlock()
        decoded = [
            pipe.decode(b"".join(data), written.final) for pipe, data in zip(self._pipes, pieces, strict=True)
        ]
        return list(zip(written.sources, decoded, strict=True))

    def _read(self, upto: Sequence[int], pieces: Sequence[list[bytes]]) -> bool:
        # False when something has been carried over meanwhile, which comes before the rest
        for number, carried in self._spool.take():
            pieces[number].append(carried)
        read = [pipe.read(end) for pipe, end in zip(self._pipes, upto, strict=True)]
        for data, piece in zip(read, pieces, strict=True):
            piece.append(data or b"")
        return self._spool.empty

    def guard(self, elsewhere: Callable[[Callable[[], Any]], None]) -> None:
        """Start the process that becomes the one that reads when this one cannot: when this one dies or calls
        `wake`. Without it (no shell, no room for a process) the rest works. `elsewhere` has a function called
        in another thread."""
        end, self._life = os.pipe()
        fds = (end, self._spool.fd, *(pipe.fd for pipe in self._pipes))
        # started by a shell that ends at once: it must be no child of ours, since user code may wait for
        # "any child"; and it is in no group that is interrupted. Not by subprocess, whose import takes longer
        command = ["sh", "-c", _SLEEP, "sh", sys.executable, "-IS", rescue.__file__, *map(str, fds)]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            *((os.POSIX_SPAWN_DUP2, self.original, fd) for fd in (1, 2)),
        ]
        for fd in fds:
            os.set_inheritable(fd, True)
        with suppress(OSError, NotImplementedError):  # the latter from a libc without POSIX_SPAWN_SETSID
            shell = os.posix_spawn(
                "/bin/sh",
                command,
                os.environ,
                file_actions=actions,
                setsid=True,
                setsigdef=(signal.SIGPIPE,),
            )
            elsewhere(partial(_wait, shell))
        for fd in fds:
            os.set_inheritable(fd, False)
        os.close(end)

    def wake(self) -> None:
        """From now on somebody may write with the GIL held: the other process is to be there for that."""
        self._tell(b"\n")

    def close(self) -> None:
        """This process ends. Nobody is needed behind it, unless something has not been read."""
        if not any(waiting(pipe.fd) for pipe in self._pipes):
            self._tell(_DONE)

    def _tell(self, line: bytes) -> None:
        with suppress(OSError):  # there is nobody: see `guard`
            os.write(self._life, line)

    def forked(self) -> None:
        """In a forked child: the reading ends are the kernel's. While the child had them, nobody who writes
        into the pipes would learn that the kernel has ended."""
        self._ready.close()
        for fd in (self._life, *(pipe.fd for pipe in self._pipes)):
            os.close(fd)
        self._life = -1


class _Ready:
    """Whether one of some descriptors is readable. May be asked by several threads at once. `fd` is
    readable itself when one is."""

    def __init__(self, fds: Sequence[int]) -> None:
        if sys.platform == "linux":
            self._queue: Any = select.epoll()
            self.look: Callable[[], Any] = partial(self._queue.poll, 0, 1)
            for fd in fds:
                self._queue.register(fd, select.EPOLLIN)
        else:  # macOS, BSD
            self._queue = select.kqueue()
            self.look = partial(self._queue.control, None, 1, 0)
            self._queue.control([select.kevent(fd, select.KQ_FILTER_READ, select.KQ_EV_ADD) for fd in fds], 0)
        self.fd: int = self._queue.fileno()
        self.close: Callable[[], None] = self._queue.close


class _Pipe:
    """A pipe put in a descriptor's place. `spool` has the bytes that another process has read."""

    def __init__(self, replaced: int, spool: Spool) -> None:
        self._spool = spool
        self._carried = partial(spool.carried, replaced - 1)
        self.fd, end = os.pipe()
        os.set_blocking(self.fd, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # the user has too many: it stays at 64 KB
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, CAPACITY)
        os.dup2(end, replaced)
        os.close(end)
        self.partial = False
        self._taken = 0
        # shared with code that can be interrupted, so it must be one of C's: taking it and entering the block
        # that gives it back is one step. And what interrupts (a signal handler, a finalizer) may print
        self._lock = threading.RLock()
        self.held: Callable[[], bool] = self._lock._is_owned  # type: ignore[attr-defined]
        """Whether the calling thread has the lock."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def written(self) -> int:
        """How many bytes have been written in all."""
        # in this order: bytes that are carried over meanwhile are counted twice rather than never
        with self._lock:
            return waiting(self.fd) + self._taken + self._carried()

    def read(self, upto: int) -> bytes | None:
        """The bytes up to this number that have not been carried over; None when some have just been."""
        with self._lock:
            rest = min(waiting(self.fd), upto - self._taken - self._carried())
            if rest <= 0:
                return b""
            data = self._spool.read(self.fd, rest)
            self._taken += len(data or b"")
            return data

    def decode(self, data: bytes, final: bool = False) -> str:
        """As text. The bytes of a character may come one by one; broken ones are shown as escapes."""
        text = self._decoder.decode(data, final)
        self.partial = bool(self._decoder.getstate()[0])
        return text


def _wait(pid: int) -> None:
    with suppress(ChildProcessError):  # somebody else has waited for any child
        os.waitpid(pid, 0)


def _unnamed_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("zconsole")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def flush_c_stdout() -> None:
    """Say what C code has printed, and have it say each line by itself from now on, as in a terminal: on a
    pipe it would keep 4 KB back. Imports ctypes."""
    import ctypes

    libc = ctypes.CDLL(None)
    stdout = ctypes.c_void_p.in_dll(libc, "__stdoutp" if sys.platform == "darwin" else "stdout")
    libc.fflush(stdout)
    libc.setvbuf(stdout, None, _IOLBF, 0)


_IOLBF = 1
