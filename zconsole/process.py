"""A kernel's process: watched, signalled as a group, and ended.

The process was spawned by `launch` and is a child of this one, the leader of its own group. Its death is
seen through a pidfd (Linux) or a thread that waits for it (elsewhere); nothing polls. It is reaped last:
as long as the dead leader is not reaped, nobody else can get its group id, so the group can be signalled.
(macOS has waitid, which looks without reaping, from Python 3.13 on. Before, the thread reaps; the group's
id is then free only when nobody is left in it.)
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

UNKNOWN = 255
"""The code of a process that somebody else has reaped, or that an ignored SIGCHLD has: asyncio's as well."""

LOG_TAIL = 8192
"""Bytes of a kernel's log that are read to quote it."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: `code` as a shell counts it, negative for a signal; `peak`, the most memory that
    it had, in bytes, when that is known. Two ends are equal by their codes."""

    code: int
    peak: int | None = field(default=None, compare=False)

    @property
    def signal(self) -> int | None:
        """The signal that ended it, if one did."""
        return -self.code if self.code < 0 else None

    def __str__(self) -> str:
        """As the rest of a sentence that begins with "the kernel"."""
        if self.code >= 0:
            return f"exited with code {self.code}"
        number = -self.code
        try:
            name, meaning = signal.Signals(number).name, signal.strsignal(number)
        except ValueError:
            return f"was ended by signal {number}"
        return f"was ended by signal {number} ({name}: {meaning})"


class Process(Protocol):
    """A kernel's process, whoever has started it."""

    pid: int
    ended: asyncio.Future[Exit]

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""

    def interrupt(self) -> None:
        """Interrupt what it runs."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""

    async def wait(self, timeout: float, cut: asyncio.Future[None] | None = None) -> bool:
        """Whether it has ended within `timeout` seconds, or until `cut` is done."""

    def close(self) -> None:
        """Watch no more."""


async def done_within(
    ended: asyncio.Future[Exit], timeout: float, cut: asyncio.Future[None] | None = None
) -> bool:
    """Whether `ended` is done within `timeout` seconds, or until `cut` is."""
    ends: list[asyncio.Future[Any]] = [ended, *([cut] if cut else [])]
    await asyncio.wait(ends, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    return ended.done()


class Watched:
    """A process that is watched by a pidfd, where there is one. `ended` is a future of its Exit."""

    def __init__(self, pid: int, loop: asyncio.AbstractEventLoop) -> None:
        self.pid = pid
        self._loop = loop
        self.ended: asyncio.Future[Exit] = loop.create_future()
        self._pidfd = -1

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return not self.ended.done()

    async def wait(self, timeout: float, cut: asyncio.Future[None] | None = None) -> bool:
        """Whether it has ended within `timeout` seconds, or until `cut` is done."""
        return await done_within(self.ended, timeout, cut)

    def close(self) -> None:
        """Watch no more. A process that has not ended runs on, and `ended` stays open."""
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1


class KernelProcess(Watched):
    """Watches one child process."""

    def __init__(self, pid: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(pid, loop)
        try:
            self._pidfd = os.pidfd_open(pid)  # type: ignore[attr-defined,unused-ignore]  # Linux only
        except (AttributeError, OSError):
            threading.Thread(target=self._wait, name=f"wait for kernel {pid}", daemon=True).start()
        else:
            loop.add_reader(self._pidfd, self._readable)

    def interrupt(self) -> None:
        """SIGINT to the whole group, as the terminal's Ctrl+C would do it."""
        self._signal_group(signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM to the leader alone: a kernel ends its own children."""
        if self.alive:
            _signal(os.kill, self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        self._signal_group(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _signal_group(self, number: int) -> None:
        if not self.alive:
            return
        try:
            _signal(os.killpg, self.pid, number)
        except (AttributeError, PermissionError):
            _signal(os.kill, self.pid, number)  # no groups (Windows), or one that changed its own (macOS)

    def _readable(self) -> None:
        self.close()
        self._reap()

    def _wait(self) -> None:
        exit = None
        if hasattr(os, "waitid"):
            try:
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            except ChildProcessError:
                exit = Exit(UNKNOWN)
        else:
            exit = _reaped(self.pid)
        try:
            self._loop.call_soon_threadsafe(self._reap, exit)
        except RuntimeError:
            pass  # the loop is closed: nobody watches any more

    def _reap(self, exit: Exit | None = None) -> None:
        # what the kernel left behind goes with it: its children have nobody to report to any more
        self._signal_group(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.ended.set_result(_reaped(self.pid) if exit is None else exit)


def _reaped(pid: int) -> Exit:
    try:
        if not hasattr(os, "wait4"):
            return Exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        _, status, usage = os.wait4(pid, 0)
    except ChildProcessError:
        return Exit(UNKNOWN)
    # macOS counts in bytes, others in KiB
    return Exit(
        os.waitstatus_to_exitcode(status), usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    )


def _signal(send: Callable[[int, int], None], pid: int, number: int) -> None:
    try:
        send(pid, number)
    except ProcessLookupError:
        pass  # it is ending right now; the watch will say so
