"""The parent process: a kernel whose starter has ended, ends.

The starter is named by JPY_PARENT_PID, as jupyter_client and we set it. On Linux a pidfd becomes readable
when it ends, on macOS and BSD a kqueue does; both are watched by the I/O thread, and nothing polls.

This is the one place that decides whether a kernel outlives who started it: by its record, which only one
that a front end of ours has started has. And when its owner has gone, nobody else removes its files.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path

from zconsole.connection import ConnectionInfo, directory_of


class ParentGone(Exception):
    """The parent process had ended before it could be watched."""


def watch_parent(environment: Mapping[str, str]) -> int | None:
    """A descriptor that becomes readable when the parent process ends; None when there is nobody to watch.

    Raises ParentGone.
    """
    try:
        pid = int(environment.get("JPY_PARENT_PID", "0"))
    except ValueError:
        return None
    if pid <= 1:
        return None  # nobody, or init: a container's first process is not a parent that ends before us
    try:
        return _watch(pid)
    except ProcessLookupError:
        raise ParentGone(f"the parent process {pid} has ended") from None


def is_kept(connection_file: Path, info: ConnectionInfo) -> bool:
    """Whether this kernel is to outlive who started it: when it was let go, or its session is recorded, which
    begins with the first cell."""
    from zconsole.record import read_record

    record = read_record(directory_of(connection_file, info))
    if record is None or record.pid != os.getpid() or record.stopped:
        return False
    return record.owner == 0 or bool(record.journal or record.detached)


def remove_orphaned_files(connection_file: Path, info: ConnectionInfo) -> None:
    """Remove the files of this kernel, which ends, when it has no owner who would do it or start it again."""
    from zconsole.record import read_record

    directory = directory_of(connection_file, info)
    record = read_record(directory)
    if record and record.pid == os.getpid() and not record.owned:
        from zconsole.launch import remove

        remove(connection_file, directory, info.socket_files())


def _watch(pid: int) -> int | None:
    if hasattr(os, "pidfd_open"):
        return os.pidfd_open(pid)
    if sys.platform != "linux" and sys.platform != "win32":  # macOS, BSD
        queue = select.kqueue()
        event = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        queue.control([event], 0, 0)
        return os.dup(queue.fileno())
    return None
