"""A kernel that another process has started, in the form of launch's and process's: watched by its id.

Nobody but its parent learns how a process ended; when it did, anybody may know. A process id alone is no
process: it counts as long as the moment at which it began is the recorded one.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

from zconsole.connection import ConnectionInfo
from zconsole.launch import LaunchError, remove
from zconsole.process import UNKNOWN, Exit, Process, Watched
from zconsole.record import Record, birth


class Adopted(NamedTuple):
    """A kernel that runs: its record, which has its process; where it listens; where its files are."""

    record: Record
    info: ConnectionInfo
    connection_file: Path
    directory: Path

    @property
    def log(self) -> Path:
        """The file with what its process writes past the protocol."""
        return self.directory / "log"

    @property
    def name(self) -> str:
        """The user's name for the session, or nothing."""
        return self.record.name

    @property
    def pid(self) -> int:
        """Its process."""
        return self.record.pid

    def watch(self, loop: asyncio.AbstractEventLoop) -> Process:
        """Watch the process. It needs `can_watch`."""
        return AdoptedProcess(self.record.pid, self.record.born, loop)

    @property
    def first(self) -> int:
        """The number of its first cell; that is the past's."""
        return 1

    def again(self, first: int = 1) -> NoReturn:
        """Raises LaunchError: how it was started is not known."""
        raise LaunchError("It was not started here, so it is not started again here.")

    def keep(self) -> None:
        """It does not depend on this process anyway."""

    def remove_files(self) -> None:
        """Remove what it has left, when it has ended."""
        remove(self.connection_file, self.directory, self.info.socket_files())


def can_watch(record: Record) -> bool:
    """Whether the process of a kernel can be watched from here."""
    return record.lives is True and hasattr(os, "pidfd_open")


class AdoptedProcess(Watched):
    """Watches a process that is not our child: the code of its Exit is not known."""

    def __init__(self, pid: int, born: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(pid, loop)
        self._born = born
        try:
            self._pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            pass
        except (AttributeError, OSError):
            return  # this system cannot: the heartbeat will tell
        if self._pidfd < 0 or birth(pid) != born:
            loop.call_soon(self._end)
        else:
            loop.add_reader(self._pidfd, self._end)

    def interrupt(self) -> None:
        """SIGINT to its group."""
        self._signal(_to_group, signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM to it alone: a kernel ends its own children."""
        self._signal(os.kill, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to its group."""
        self._signal(_to_group, signal.SIGKILL)

    def _end(self) -> None:
        self.close()
        if self.alive:
            self.ended.set_result(Exit(UNKNOWN))

    def _signal(self, send: Callable[[int, int], None], number: int) -> None:
        if self.alive and birth(self.pid) == self._born:
            try:
                send(self.pid, number)
            except ProcessLookupError:
                pass  # just now


def _to_group(pid: int, number: int) -> None:
    leads = os.getpgid(pid) == pid
    (os.killpg if leads else os.kill)(pid, number)
