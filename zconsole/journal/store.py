"""Where the sessions are: a folder each, in Jupyter's data directory, named by the time and the user's name.

A session is live as long as somebody holds the lock in its folder.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from zconsole.connection import data_directory

FILE = "journal.jsonl"
LOCK = "lock"
BLOBS = "blobs"
SEEN = "seen"
"""The file in which who leaves writes how far he has seen it (bytes of FILE, a decimal number)."""


class JournalError(Exception):
    """A session that cannot be recorded, or read. The text is a sentence."""


def sessions_directory() -> Path:
    """The folder of all sessions."""
    return data_directory() / "zconsole" / "sessions"


def new_session(name: str) -> Path:
    """The folder for a new session; it is not made."""
    stem = time.strftime("%Y%m%d-%H%M%S")
    return sessions_directory() / f"{stem}-{name or 'session'}-{os.urandom(2).hex()}"


def session_folders() -> list[Path]:
    """The folders of all sessions, the newest first."""
    try:
        found = [path for path in sessions_directory().iterdir() if (path / FILE).is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def is_live(directory: Path) -> bool:
    """Whether somebody records the session just now."""
    try:
        lock = os.open(directory / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False
