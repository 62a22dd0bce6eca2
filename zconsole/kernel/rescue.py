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

Only one of the two processes reads at a time. But who waits for the GIL with the lock of the `Spool` in its
hand cannot give it back: the kernel's reader loses the GIL in each system call between taking it and giving
it back, and a cell that then writes with the GIL held would wait for ever again. So after a while the lock
is passed over, and the kernel's reader looks in the same step in which it takes something out whether that
has happened, and begins anew.

Run as a file: it imports nothing of the package and little else, and has started in 10 ms. A shell sleeps in
its place until it is needed (`Capture.guard`).
"""

from __future__ import annotations

import fcntl
import mmap
import os
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator, Sequence

MOMENT = 20
"""Milliseconds in which a kernel that can read does."""

PATIENCE = 1000
"""Milliseconds between two looks, at most, at a kernel that reads nothing but has room in its pipes."""

LONG = 160
"""Milliseconds of such a wait, the last of several, after which the kernel hangs in the midst of reading."""

MAX_SPOOL = 1 << 28
"""Bytes to carry over; then writers wait."""

HALF = 1 << 15
"""Bytes in a pipe of the usual size from which on it is emptied, since it may be full; a larger one may be
as well."""


class Spool:
    """A file that both processes have open. On its first page are numbers: one that changes whenever the
    kernel reads or could, how many bytes of each pipe were ever carried over, and where the file ends;
    behind that the bytes themselves. Who holds its lock is the only reader of the pipes, as long as the other
    has patience."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        new = os.fstat(fd).st_size < mmap.PAGESIZE
        if new:
            os.ftruncate(fd, mmap.PAGESIZE)
        self._page = mmap.mmap(fd, mmap.PAGESIZE)
        if new:
            self._page[_END] = _START

    @property
    def reads(self) -> int:
        """Changes whenever the kernel reads, or could."""
        return self._page[0]

    def count(self) -> None:
        """The kernel reads, or could."""
        self._page[0] = (self._page[0] + 1) & 0xFF

    def lock(self, wait: bool = True) -> bool:
        """Begin to read, and the other process waits. Without `wait` False when that one reads."""
        try:
            fcntl.lockf(self.fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def unlock(self) -> None:
        """End it."""
        fcntl.lockf(self.fd, fcntl.LOCK_UN)

    def carry(self, number: int, fd: int, length: int) -> None:
        """Keep so many bytes of a pipe for the kernel. Call it with the lock, or when it is passed over."""
        # counted first: the kernel, which counts without the lock, may count bytes twice, but none never
        _NUMBER.pack_into(self._page, _NUMBER.size * (number + 1), self.carried(number) + length)
        end = self.size
        self._page[_END] = _OPEN
        record = _RECORD.pack(number, length) + os.read(fd, length)
        os.pwrite(self.fd, record, end)
        self._page[_END] = _NUMBER.pack(end + len(record))

    def carried(self, number: int) -> int:
        """How many bytes of a pipe have been carried over in all."""
        total: int = _NUMBER.unpack_from(self._page, _NUMBER.size * (number + 1))[0]
        return total

    def take(self) -> Iterator[tuple[int, bytes]]:
        """What has been kept, as numbers of pipes and bytes. Call it with the lock."""
        at = mmap.PAGESIZE
        while at < self._settled():
            number, length = _RECORD.unpack(os.pread(self.fd, _RECORD.size, at))
            yield number, os.pread(self.fd, length, at + _RECORD.size)
            at += _RECORD.size + length
            end = _NUMBER.pack(at)
            # from the look to the call in one step, see `read`
            if self._page[_END] == end:
                self._page[_END] = _START
                os.ftruncate(self.fd, mmap.PAGESIZE)
                return

    def read(self, fd: int, length: int) -> bytes | None:
        """Bytes of a pipe; None when there is something to take before. Call it with the lock."""
        # in one step: between the comparison and the call no other thread gets the GIL. So when the lock
        # has been passed over these bytes were read long before
        return os.read(fd, length) if self._page[_END] == _START else None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return self._page[_END] == _START

    def _settled(self) -> int:
        # the size. Who has passed over the lock may be writing: that is a matter of microseconds, and only
        # one who has been killed does not come to its end
        for _ in range(_TRIES):
            if size := self.size:
                return size
            time.sleep(0.001)
        self._page[_END] = _START
        return self.size

    @property
    def size(self) -> int:
        """Bytes in the file; 0 while some are being added."""
        size: int = _NUMBER.unpack(self._page[_END])[0]
        return size


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
        reads, delay, hangs = spool.reads, MOMENT, False
        while any(map(waiting, pipes)) and reads == spool.reads:
            if alive.poll(delay):
                break
            hangs |= delay >= LONG
            carried = reads == spool.reads and carry(spool, pipes, reads, hangs)
            delay = 1 if carried else min(delay * 2, PATIENCE)
        if alive.poll(0):
            return bury(spool, pipes)


def carry(spool: Spool, pipes: Sequence[int], reads: int, hangs: bool) -> bool:
    """Carry over what is in full pipes, if the kernel has not read since; whether there was anything.
    `hangs`: it has been so for long, and a lock that the kernel holds is passed over."""
    locked = spool.lock(wait=False)
    try:
        full = [fd for fd in pipes if waiting(fd) >= min(HALF, _capacity(fd) // 2)]
        if not full or reads != spool.reads or spool.size > MAX_SPOOL or not (locked or hangs):
            return False
        for fd in full:
            spool.carry(pipes.index(fd), fd, waiting(fd) - 1)
        return True
    finally:
        if locked:
            spool.unlock()


def _capacity(fd: int) -> int:
    # of 8 KB for a user who has too many; there is no question on macOS
    return fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) if hasattr(fcntl, "F_GETPIPE_SZ") else 2 * HALF


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


_NUMBER = struct.Struct("=Q")
_END = slice(_NUMBER.size * 3, _NUMBER.size * 4)
_START = _NUMBER.pack(mmap.PAGESIZE)
_OPEN = _NUMBER.pack(0)
_TRIES = 1000
_RECORD = struct.Struct("=BI")
_INT = bytes(struct.calcsize("i"))

if __name__ == "__main__":
    _life, _spool, *_pipes = map(int, sys.argv[1:])
    main(_life, Spool(_spool), _pipes)
