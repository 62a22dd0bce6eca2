"""What this process, its children and its host use: the answer to `usage_request`.

The specification does not know this request; ipykernel answers it, and jupyter-resource-usage asks every few
seconds. psutil tells it all when it is installed, and is not imported before somebody asks. Without it the
answer has what Python and /proc tell of this one process.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import Any

from zconsole.message import Content


class Usage:
    """Measures. Percentages are of one processor, since the last question; 0 in the first answer."""

    def __init__(self) -> None:
        self._processes: dict[int, Any] = {}
        self._last = (time.monotonic(), time.process_time())

    def content(self) -> Content:
        """The content of a usage_reply, without status: memory in bytes, processor time in percent."""
        try:
            import psutil
        except ImportError:
            measured = self._of_this_process()
        else:
            measured = self._of_all(psutil)
        return {"hostname": socket.gethostname(), "pid": os.getpid(), "cpu_count": os.cpu_count(), **measured}

    def _of_all(self, psutil: Any) -> Content:
        kernel = psutil.Process()
        now = {process.pid: process for process in (kernel, *kernel.children(recursive=True))}
        # a process object remembers when it was last asked; == compares the starting times too
        known = self._processes
        self._processes = {
            pid: known[pid] if known.get(pid) == process else process for pid, process in now.items()
        }
        return {
            "kernel_cpu": self._sum(psutil, lambda process: process.cpu_percent()),
            # resident: pages that children share count in each, but to tell them apart the system has to walk
            # through all of them, and the I/O thread waits
            "kernel_memory": self._sum(psutil, lambda process: process.memory_info().rss),
            "host_cpu_percent": psutil.cpu_percent(),
            "host_virtual_memory": psutil.virtual_memory()._asdict(),
        }

    def _sum(self, psutil: Any, measure: Callable[[Any], float]) -> float:
        total: float = 0
        for process in self._processes.values():
            try:
                total += measure(process)
            except psutil.Error:
                pass  # it has ended, or is somebody else's
        return total

    def _of_this_process(self) -> Content:
        before, self._last = self._last, (time.monotonic(), time.process_time())
        elapsed, used = (new - old for new, old in zip(self._last, before, strict=True))
        content = {"kernel_cpu": round(100 * used / elapsed, 1) if elapsed else 0.0}
        try:
            with open("/proc/self/statm") as file:
                content["kernel_memory"] = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            pass  # macOS: it tells only the most that there was, which is something else
        return content
