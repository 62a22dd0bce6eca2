"""The processes that a kernel has started, also those in groups of their own, which its signals do not reach.

Only those of a certain time: a program that an earlier cell has left behind (`%qtconsole`) is not what a cell
waits for now. By /proc; on systems without it nobody is found.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import NamedTuple

TICKS = 2
"""Ticks of the system's clock (10 ms each) by which a process may seem to be older than it is."""


class _Process(NamedTuple):
    pid: int
    parent: int
    group: int
    began: int


def now() -> float:
    """The moment, as the system tells it of the beginnings of processes: seconds since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else 0.0


def interrupt_descendants(pid: int, since: float) -> int:
    """SIGINT to what a process and its children have started since then (see `now`) outside of its own
    process group; to how many."""
    number = 0
    for each in list(_outside(pid)):
        if each.began >= since * os.sysconf("SC_CLK_TCK") - TICKS:
            try:
                os.kill(each.pid, signal.SIGINT)
                number += 1
            except OSError:
                pass  # it has just ended, or is another user's
    return number


def _outside(pid: int) -> Iterator[_Process]:
    processes = {each.pid: each for each in _all()}
    own = processes.get(pid)
    found = {pid}
    # a parent is older than its children, but its id need not be smaller
    for each in sorted(processes.values(), key=lambda each: (each.began, each.pid)) if own else ():
        if each.parent in found:
            found.add(each.pid)
            if own and each.group != own.group:
                yield each


def _all() -> Iterator[_Process]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in filter(str.isdigit, names):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        yield _Process(int(name), int(fields[1]), int(fields[2]), int(fields[19]))
