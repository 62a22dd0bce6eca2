"""A second reader of the pipes that are descriptors 1 and 2, for when the kernel cannot read them.

Who writes much in one go and holds the GIL (a verbose solver behind f2py, pybind11 or Cython) waits for
room in the pipe, and the thread that would make room waits for the GIL: for ever. And what C code says
right before the kernel dies (`free(): invalid pointer`, a user's faulthandler) is still in the pipe when
nobody is left to read it. No thread of the kernel can help, so a small process does. It sleeps until there
is something in a pipe, and acts in two cases:

- the kernel has read nothing for a moment, and a pipe is half full: what is in it is carried over to a file,
  the `Spool`, which the kernel reads first when it can. One byte stays, so that the pipe remains readable
  and the kernel comes to look;
- the kernel has ended: what it has left behind goes to its original stderr, which is its log.

Run as a file: it imports nothing of the package and little else, and has started in 10 ms.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import select
import struct
import sys
import termios
from collections.abc import Iterator, Sequence

MOMENT = 20
"""Milliseconds in which a kernel that can read does."""

PATIENCE = 1000
"""Milliseconds between two looks, at most, at a kernel that reads nothing but has room in its pipes."""

MAX_SPOOL = 1 << 28
"""Bytes to carry over; then writers wait."""

HALF = 1 << 15
"""Bytes in a pipe of the smallest size from which on it is emptied: a larger one may be as well."""


class Spool:
    """A file that both processes have open. On its first page are numbers: one that changes whenever the
    kernel reads or could, and how many bytes of each pipe were ever carried over; behind that the bytes
    themselves. Who holds its lock is the only reader of the pipes."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        if os.fstat(fd).st_size < mmap.PAGESIZE:
            os.ftruncate(fd, mmap.PAGESIZE)
        self._page = mmap.mmap(fd, mmap.PAGESIZE)

    @property
    def reads(self) -> int:
        """Changes whenever the kernel reads, or could."""
        return self._page[0]

    def count(self) -> None:
        """The kernel reads, or could."""
        self._page[0] = (self._page[0] + 1) & 0xFF

    def lock(self) -> None:
        """Begin to read. The other process waits."""
        fcntl.lockf(self.fd, fcntl.LOCK_EX)

    def unlock(self) -> None:
        """End it."""
        fcntl.lockf(self.fd, fcntl.LOCK_UN)

    def carry(self, number: int, fd: int, length: int) -> None:
        """Keep so many bytes of a pipe for the kernel. Call it with the lock."""
        # counted first: the kernel, which counts without the lock, may count bytes twice, but none never
        _TOTAL.pack_into(self._page, _TOTAL.size * (number + 1), self.carried(number) + length)
        os.pwrite(self.fd, _RECORD.pack(number, length) + os.read(fd, length), self.size)

    def carried(self, number: int) -> int:
        """How many bytes of a pipe have been carried over in all."""
        total: int = _TOTAL.unpack_from(self._page, _TOTAL.size * (number + 1))[0]
        return total

    def take(self) -> Iterator[tuple[int, bytes]]:
        """What has been kept, as numbers of pipes and bytes. Call it with the lock."""
        at, size = mmap.PAGESIZE, self.size
        while at < size:
            number, length = _RECORD.unpack(os.pread(self.fd, _RECORD.size, at))
            yield number, os.pread(self.fd, length, at + _RECORD.size)
            at += _RECORD.size + length
        if size > mmap.PAGESIZE:
            os.ftruncate(self.fd, mmap.PAGESIZE)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self.fd).st_size


def waiting(fd: int) -> int:
    """How many bytes can be read from a pipe."""
    count: int = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, _INT))[0]
    return count


def main(life: int, spool: Spool, pipes: Sequence[int]) -> None:
    """Read when the kernel cannot, until it has ended. `life` is at its end then."""
    alive, readable = select.poll(), select.poll()
    for poll, fds in ((alive, [life]), (readable, [life, *pipes])):
        for fd in fds:
            poll.register(fd, select.POLLIN)
    while True:
        readable.poll()
        reads, delay = spool.reads, MOMENT
        while any(map(waiting, pipes)) and reads == spool.reads:
            if alive.poll(delay):
                break
            carried = reads == spool.reads and carry(spool, pipes, reads)
            delay = 1 if carried else min(delay * 2, PATIENCE)
        if alive.poll(0):
            return bury(spool, pipes)


def carry(spool: Spool, pipes: Sequence[int], reads: int) -> bool:
    """Carry over what is in full pipes, if the kernel has not read since; whether there was anything."""
    spool.lock()
    try:
        full = [fd for fd in pipes if waiting(fd) >= HALF]
        if not full or reads != spool.reads or spool.size > MAX_SPOOL:
            return False
        for fd in full:
            spool.carry(pipes.index(fd), fd, waiting(fd) - 1)
        return True
    finally:
        spool.unlock()


def bury(spool: Spool, pipes: Sequence[int]) -> None:
    """Write what a dead kernel has not read to stderr."""
    for _, data in spool.take():
        _write(data)
    for fd in pipes:
        try:
            while data := os.read(fd, 1 << 20):
                _write(data)
        except BlockingIOError:
            pass  # its children may still have it open; they learn that nobody reads


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(2, data) :]


_TOTAL = struct.Struct("=Q")
_RECORD = struct.Struct("=BI")
_INT = bytes(struct.calcsize("i"))

if __name__ == "__main__":
    _life, _spool, *_pipes = map(int, sys.argv[1:])
    main(_life, Spool(_spool), _pipes)
