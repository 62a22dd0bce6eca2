"""Writing a journal: appending, one line in one write, held by a lock that ends with the process.

What has been appended is the system's, and survives a SIGKILL of ours; a power cut takes at most what
`sync` has not been called for. A write that fails (a full disk) is taken back to the end of the last whole
line, and nothing more is written: a journal is short rather than wrong.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zconsole.journal.entries import VERSION, content_of, encode, encode_message
from zconsole.journal.reader import check, whole
from zconsole.journal.store import BLOBS, FILE, JournalError, locked, remove
from zconsole.message import Message

LARGE = 1 << 16
"""Bytes of a content from which on it is kept in a file of its own, once for all that are the same, when it
is BULKY: text comes in pieces anyway, and what makes a cell what it is must not be elsewhere."""

BULKY = frozenset({"display_data", "update_display_data", "execute_result", "comm_open", "comm_msg"})


class Journal:
    """A journal that is being written. Make one with `create` or `resume`. `problem` is a sentence when
    nothing is recorded any more."""

    def __init__(self, directory: Path, lock: int, file: int, now: Callable[[], float]) -> None:
        self.directory = directory
        self._lock = lock
        self._file = file
        self._now = now
        self._size = os.fstat(file).st_size
        self._beside = _size_of(directory / BLOBS)
        self._torn = False
        self.problem = ""

    @classmethod
    def create(cls, directory: Path, /, now: Callable[[], float] = time.time, **about: Any) -> Journal:
        """A new journal in a folder that is not there yet; `about` are the fields of its first entry.
        Raises JournalError."""
        try:
            directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.mkdir(mode=0o700)
        except OSError as error:
            raise JournalError(_cannot(directory, error)) from None
        try:
            journal = cls(directory, *_taken(directory, os.O_CREAT | os.O_EXCL), now)
        except OSError as error:
            remove(directory)
            raise JournalError(_cannot(directory, error)) from None
        journal.append("session", version=VERSION, **about)
        if journal.problem:
            journal.close()
            remove(directory)
            raise JournalError(journal.problem)
        return journal

    @classmethod
    def resume(cls, directory: Path, now: Callable[[], float] = time.time) -> Journal:
        """Go on with a journal that somebody else has written; what he did not write to its end is dropped.
        Raises JournalError, also when he still writes, or was a newer version."""
        check(directory)
        try:
            lock, file = _taken(directory)
        except OSError as error:
            raise JournalError(_cannot(directory, error)) from None
        try:
            os.ftruncate(file, whole(directory / FILE))
            return cls(directory, lock, file, now)
        except OSError as error:
            os.close(file)
            os.close(lock)
            raise JournalError(_cannot(directory, error)) from None

    @property
    def size(self) -> int:
        """Its length in bytes, without the files beside it."""
        return self._size

    @property
    def total(self) -> int:
        """Its length in bytes, with the files beside it."""
        return self._size + self._beside

    def append(self, kind: str, **fields: Any) -> None:
        """Write an entry."""
        self._write(encode(kind, self._now(), **fields))

    def append_message(self, channel: str, message: Message) -> None:
        """Write a message that has come on a channel."""
        content = content_of(message)
        blob = ""
        if len(content) > LARGE and message.msg_type in BULKY:
            blob = self._keep(content)
        self._write(encode_message(self._now(), channel, message, blob))

    def retry(self, since: float) -> bool:
        """Try to go on after a `problem`, with a gap since then (epoch seconds); whether that works."""
        problem, self.problem = self.problem, ""
        self.append("gap", since=round(since, 3), missed=None)
        if self.problem:
            self.problem = problem
        return not self.problem

    def sync(self) -> None:
        """Have the disk have it. It blocks; from any thread."""
        try:
            os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
        except OSError:
            pass  # some file systems cannot; then it is there when the system writes it

    def close(self) -> None:
        """Write no more; the lock is given back. Once is enough."""
        if self._file >= 0:
            os.close(self._file)
            os.close(self._lock)
            self._file = self._lock = -1

    def _write(self, line: bytes) -> None:
        if self.problem or self._file < 0:
            return
        try:
            rest = memoryview(b"\n" + line if self._torn else line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self.problem = _cannot(self.directory, error)
            try:
                os.ftruncate(self._file, self._size)
            except OSError:
                self._torn = True  # and is known for it, if it has an end
        else:
            self._size += len(line) + self._torn
            self._torn = False

    def _keep(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        folder = self.directory / BLOBS
        path = folder / name
        unfinished = folder / f"{name}.{os.getpid()}"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if not path.exists():
                file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with open(file, "wb") as out:
                    out.write(content)
                os.replace(unfinished, path)
                self._beside += len(content)
        except OSError as error:
            self.problem = _cannot(self.directory, error)
            unfinished.unlink(missing_ok=True)
        return name


def _size_of(folder: Path) -> int:
    try:
        with os.scandir(folder) as files:
            return sum(file.stat().st_size for file in files)
    except OSError:
        return 0


def _cannot(directory: Path, error: OSError) -> str:
    return f"Cannot record the session in {directory}: {error.strerror}."


def _taken(directory: Path, flags: int = 0) -> tuple[int, int]:
    """The lock of a session, held, and its journal, open. Raises OSError, and JournalError when another
    process holds the lock."""
    try:
        lock = locked(directory)
    except BlockingIOError:
        raise JournalError(f"The session in {directory} is being recorded by another process.") from None
    try:
        return lock, os.open(directory / FILE, os.O_RDWR | os.O_APPEND | flags, 0o600)
    except OSError:
        os.close(lock)
        raise
