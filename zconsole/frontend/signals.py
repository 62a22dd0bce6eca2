"""SIGINT, by scope: who gets it is decided by a `with`, and outside of every scope it means nothing.

Python's own handler raises KeyboardInterrupt wherever the loop happens to be; here the signal is an event
of the loop, and the innermost scope's callback is called. At the prompt Ctrl+C is no signal but a key.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Sigint:
    """The one owner of SIGINT in this process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._scopes: list[Callable[[], object]] = []

    @contextmanager
    def session(self) -> Iterator[None]:
        """Take SIGINT over; afterwards it is ignored, so that the way out is not cut off."""
        try:
            self._loop.add_signal_handler(signal.SIGINT, self._signalled)
        except NotImplementedError:  # Windows: its loop has no signals
            yield
            return
        try:
            yield
        finally:
            self._loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    @contextmanager
    def scope(self, callback: Callable[[], object]) -> Iterator[None]:
        """Within this, SIGINT calls `callback` in the loop."""
        self._scopes.append(callback)
        try:
            yield
        finally:
            self._scopes.remove(callback)

    def _signalled(self) -> None:
        if self._scopes:
            self._scopes[-1]()


@contextmanager
def sizes(resized: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Within this `resized` is called in the loop when the terminal changes its size (SIGWINCH). Gives what
    to call when somebody else has had the signal meanwhile."""
    if sys.platform == "win32":
        yield lambda: None
        return
    loop = asyncio.get_running_loop()

    def watch() -> None:
        loop.add_signal_handler(signal.SIGWINCH, resized)

    watch()
    try:
        yield watch
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)


def stop_program() -> None:
    """Stop this program and its process group as Ctrl+Z does, whoever handles the signal; returns when it
    goes on. A group that nobody could make go on is not stopped by the system."""
    if sys.platform == "win32":
        return
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        os.kill(0, signal.SIGTSTP)
    finally:
        signal.signal(signal.SIGTSTP, handler)
