"""Where the sessions are: a folder each, in Jupyter's data directory, named by the time and the user's name.

A session is live as long as somebody holds the lock in its folder.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zconsole.connection import data_directory

FILE = "journal.jsonl"
LOCK = "lock"
BLOBS = "blobs"
SEEN = "seen"
"""The file in which who leaves writes how far he has seen it (bytes of FILE, a decimal number)."""


LOOK_WAIT = 0.2
"""Seconds to try for a lock on which others only look: each holds it for microseconds, unless the system
takes the processor away from it just then. Nothing tells when it has looked."""


class JournalError(Exception):
    """A session that cannot be recorded, or read. The text is a sentence."""


def sessions_directory() -> Path:
    """The folder of all sessions."""
    return data_directory() / "zconsole" / "sessions"


def new_session(name: str) -> Path:
    """The folder for a new session; it is not made."""
    stem = time.strftime("%Y%m%d-%H%M%S")
    return sessions_directory() / f"{stem}-{_part(name)}-{os.urandom(2).hex()}"


def session_folders() -> list[Path]:
    """The folders of all sessions, the newest first."""
    try:
        found = [path for path in sessions_directory().iterdir() if (path / FILE).is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def find_session(what: str = "") -> Path:
    """The folder of a session: the newest that fits. `what` is the user's name for it, the folder's name or
    its beginning (a time), the four letters at its end, or a path; empty for any. Raises JournalError."""
    if os.sep in what and (Path(what) / FILE).is_file():
        return Path(what)
    found = next((path for path in session_folders() if _fits(path.name, what)), None)
    if found is None:
        which = f" {what}" if what else ""
        raise JournalError(f"There is no recorded session{which} in {sessions_directory()}.")
    return found


def prune(days: float, megabytes: int, spared: Collection[Path] = ()) -> None:
    """Remove the sessions that were written to last more than `days` ago, and of the others the oldest, until
    all take `megabytes` at most; 0 is no limit. Those that are live, or `spared`, stay. It blocks, and
    raises nothing."""
    folders = [path for path in session_folders() if path not in spared]
    room = (megabytes << 20) - sum(_size(path) for path in spared) if megabytes else 0
    for directory in folders:
        room -= _size(directory)
        if (megabytes and room < 0) or (days and time.time() - _written(directory) > days * 86400):
            remove(directory)


def remove(directory: Path) -> None:
    """Remove a session that nobody records, as far as that works; the journal last, by which it is found
    again if this is cut short."""
    with suppress(OSError), _held(directory):
        for path in sorted(_files(directory), key=lambda path: path.name == FILE):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            (directory / BLOBS).rmdir()
        directory.rmdir()


def locked(directory: Path) -> int:
    """Take the lock of a session; its descriptor. Raises OSError, BlockingIOError when somebody records."""
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = time.monotonic() + LOOK_WAIT
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                if time.monotonic() > end:
                    raise
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # as `is_live` does; beside a writer nobody can
            time.sleep(0)
    except OSError:
        os.close(lock)
        raise


def is_live(directory: Path) -> bool:
    """Whether somebody records the session just now."""
    return is_held(directory / LOCK, os.O_RDONLY, fcntl.LOCK_SH)


def is_held(path: Path, flags: int, lock: int) -> bool:
    """Whether somebody's lock on a file, which is opened with `flags`, does not let us have this one."""
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _part(name: str) -> str:
    """A name as a part of a file's."""
    return re.sub(r"[^\w.+-]", "_", name)[:60] or "session"


def _fits(folder: str, what: str) -> bool:
    name, _, ending = folder[len("20260101-000000-") :].rpartition("-")
    return not what or what == ending or _part(what) == name or folder.startswith(what)


def _size(directory: Path) -> int:
    return sum(path.lstat().st_size for path in _files(directory))


def _written(directory: Path) -> float:
    with suppress(OSError):
        return (directory / FILE).lstat().st_mtime
    return time.time()  # somebody else removes it


def _files(directory: Path) -> Iterator[Path]:
    for folder in (directory / BLOBS, directory):
        with suppress(OSError):
            yield from [path for path in folder.iterdir() if path.name != BLOBS]


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Hold the lock of a session. Raises OSError when somebody else does."""
    lock = locked(directory)
    try:
        yield
    finally:
        os.close(lock)
