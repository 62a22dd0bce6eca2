"""Who takes part beside the KernelManager: who listens to a kernel, who records it, and what has started it.

Protocols only. The console and the keeper listen, `recorder` records, `launch` and `provisioned` start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from zconsole.connection import ConnectionInfo
from zconsole.message import Message
from zconsole.process import Exit, Process


class Listener(Protocol):
    """Who wants to know what a kernel says. What it raises goes to the loop's exception handler."""

    def receive(self, channel: str, message: Message) -> None:
        """A message that answers no `ask`, of `channel` shell, control, iopub or stdin."""

    def died(self, exit: Exit | None) -> None:
        """The kernel has ended, and nobody asked it to with `end`; None when it was not our child and nobody
        listens where it was."""

    def revived(self) -> None:
        """Somebody listens again where a kernel that was not our child seemed dead."""


class Recording(Protocol):
    """Who keeps what a kernel is told to run, and says (`recorder`)."""

    def sent(self, request: Message) -> None:
        """An execute_request of ours is on its way."""

    def received(self, channel: str, message: Message) -> None:
        """A message has come on iopub or stdin; the listener gets it next, if it is for him."""

    def answered(self, request: Message, value: str | None) -> None:
        """We have answered an input_request; None for what nobody is to see."""


class Started(Protocol):
    """A kernel that we have started: a `Launch`, or what a provisioner did."""

    @property
    def info(self) -> ConnectionInfo:
        """Where it listens."""

    @property
    def connection_file(self) -> Path:
        """The file that says so."""

    @property
    def directory(self) -> Path:
        """What is private to it."""

    @property
    def name(self) -> str:
        """The user's name for the session, or nothing."""

    @property
    def pid(self) -> int:
        """Its process on this machine; 0 for none."""

    @property
    def log(self) -> Path:
        """The file with what its process wrote past the protocol."""

    @property
    def first(self) -> int:
        """The number of its first cell."""

    def watch(self, loop: asyncio.AbstractEventLoop) -> Process:
        """Its process, watched from now on."""

    def again(self, first: int = 1) -> Started:
        """Start it once more, when it has ended; its first cell is to be number `first`, if it can do that.
        Raises LaunchError."""

    def keep(self) -> None:
        """It is to outlive this process."""

    def remove_files(self) -> None:
        """Remove what it has left, when it has ended."""


Watch = Callable[[asyncio.AbstractEventLoop], Process]
"""Begins to watch a process, in a loop."""
