"""Who is there, and how far a session has been seen, in files beside its journal.

A console that is attached holds a shared lock, which ends with its process; so nobody has to be asked, and
nothing to be cleaned up. Who leaves notes how long the journal was: what comes behind that, he has not seen.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from zconsole.journal.store import FILE, SEEN, is_held

ATTENDED = "attended"

TAIL = 1 << 18
"""Bytes at a journal's end that are looked at for what was written lately."""


def attend(directory: Path) -> int | None:
    """Be there: a descriptor to be closed at leaving; None when that cannot be noted."""
    try:
        descriptor = os.open(directory / ATTENDED, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None  # a session that is read-only by now
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # who looks holds the other lock for an instant
    except OSError:
        os.close(descriptor)  # a file system without locks
        return None
    return descriptor


def is_attended(directory: Path) -> bool:
    """Whether a console is attached to a session that is kept."""
    return is_held(directory / ATTENDED, os.O_RDWR, fcntl.LOCK_EX)


def note_seen(directory: Path, offset: int | None = None, at: float | None = None) -> None:
    """All up to `offset` (bytes), by default all that is there, was seen `at` some time (seconds since the
    epoch), by default now."""
    try:
        size = (directory / FILE).stat().st_size if offset is None else offset
        new = directory / f"{SEEN}.{os.getpid()}"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(str(size))
        if at is not None:
            os.utime(new, (at, at))
        os.replace(new, directory / SEEN)
    except OSError:
        pass  # then more is shown the next time than need be


def end_of_message(directory: Path, msg_id: str) -> int | None:
    """Where the line of a message ends that has been written lately, in bytes; None when it is not there."""
    try:
        with (directory / FILE).open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - TAIL)
            file.seek(start)
            tail = file.read()
    except OSError:
        return None
    found = tail.rfind(b'"%b"' % msg_id.encode()) if msg_id else -1
    end = tail.find(b"\n", found)
    return start + end + 1 if min(found, end) >= 0 else None


def seen(directory: Path) -> tuple[int, float] | None:
    """How far it has been seen, and when that was noted (seconds since the epoch); None when it never was."""
    try:
        path = directory / SEEN
        return int(path.read_text(encoding="ascii")), path.stat().st_mtime
    except (OSError, ValueError):
        return None
