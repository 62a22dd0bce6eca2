"""The processes that one measurement starts: found by a mark in their environment, counted, and ended.

A front end starts its kernel in a session of its own and may die before it, so neither group nor parent
says which processes belong together. The mark does: every descendant inherits it. Linux only (/proc).
"""

import contextlib
import os
import select
import signal
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

_MARK = "ZCONSOLE_BENCHMARK"


class Brood:
    """All processes that were started, at any remove, with ``environment()``."""

    def __init__(self) -> None:
        self._mark = f"{_MARK}={uuid.uuid4().hex}"

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """`variables` and the mark."""
        return {**variables, _MARK: self._mark.partition("=")[2]}

    def members(self) -> list[int]:
        """The process ids of those that live."""
        return self._seen()[0]

    def _seen(self) -> tuple[list[int], bool]:
        """And whether any process is just becoming another program: for a moment it has no mark."""
        mark, pids, beginning = self._mark.encode(), [], False
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                variables = Path(f"/proc/{pid}/environ").read_bytes()
                if mark in variables.split(b"\0"):
                    pids.append(pid)
                elif not variables and os.readlink(f"/proc/{pid}/exe"):  # the system's threads have none
                    beginning = True
            except OSError:
                continue  # it has ended, or is another user's
        return pids, beginning

    def memory(self, kind: str = "Pss") -> float:
        """Megabytes: `Pss`, where a page that n processes share counts a n-th in each, or `Rss`."""
        return memory(self.members(), kind)

    def peak(self) -> float:
        """Megabytes: the most that each of those that live has had, in sum (RSS)."""
        return sum(_number(_read(f"/proc/{pid}/status"), "VmHWM") for pid in self.members()) * 1024 / 1e6

    def cpu(self) -> float:
        """Seconds of processor time so far, of all threads."""
        return sum(map(_cpu, self.members()))

    def switches(self) -> int:
        """How often a thread was put on a processor again so far: context switches, of both kinds."""
        statuses = [_read(f"{task}/status") for pid in self.members() for task in _tasks(pid)]
        kinds = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
        return sum(_number(status, kind) for status in statuses for kind in kinds)

    def end(self) -> None:
        """Kill them all, until twice there is none: one may have started another, behind the back of a look
        at all, and ended itself. Five seconds at most."""
        limit, empty = time.monotonic() + 5, 0
        while empty < 2 and time.monotonic() < limit:
            pids, beginning = self._seen()
            _kill(pids)
            empty = 0 if pids or beginning else empty + 1
            time.sleep(0.002)


def _kill(pids: Iterable[int]) -> None:
    """Until the last thread of each has ended: the first one's end hides the process, and the others may
    still write a file."""
    with contextlib.ExitStack() as stack:
        watched = []
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                watched.append(os.pidfd_open(pid))
                stack.callback(os.close, watched[-1])
                signal.pidfd_send_signal(watched[-1], signal.SIGKILL)
        for each in watched:
            select.select([each], [], [], 1)


def memory(pids: Iterable[int], kind: str) -> float:
    """Megabytes of these processes: `Pss` or `Rss`."""
    return sum(_number(_read(f"/proc/{pid}/smaps_rollup"), kind) for pid in pids) * 1024 / 1e6


def threads(pid: int) -> int:
    return _number(_read(f"/proc/{pid}/status"), "Threads")


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _read(path: str) -> bytes:
    """Nothing, if the process has ended or is another user's."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _number(status: bytes, name: str) -> int:
    """Of a line such as `Pss:  1234 kB`."""
    for line in status.splitlines():
        key, _, value = line.partition(b":")
        if key == name.encode():
            return int(value.split()[0])
    return 0


def _cpu(pid: int) -> float:
    try:
        # the clock that pthread_getcpuclockid(3) names for a process
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0
