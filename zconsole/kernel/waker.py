"""Waking a thread that waits on descriptors: nothing in it blocks, nothing is locked."""

from __future__ import annotations

import os


class Waker:
    """A file descriptor that another thread can make ready."""

    def __init__(self) -> None:
        if hasattr(os, "eventfd"):
            self.fd = self._out = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self.fd, self._out = os.pipe()
            os.set_blocking(self.fd, False)
            os.set_blocking(self._out, False)

    def wake(self) -> None:
        """Make it ready."""
        try:
            os.write(self._out, _ONE)
        except BlockingIOError:
            pass  # it is more than ready

    def clear(self) -> None:
        """Make it not ready."""
        try:
            os.read(self.fd, 4096)
        except BlockingIOError:
            pass

    def __del__(self) -> None:
        # not before: a number that somebody still writes to may be another file's by then
        for fd in {self.fd, self._out}:
            os.close(fd)


_ONE = (1).to_bytes(8, "little")
