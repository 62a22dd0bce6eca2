"""What the user has typed, kept by the front end for every language: this session's blocks, and earlier ones.

Going back, one meets the session's own blocks first and then all others by time (`historyfile`). What other
consoles enter meanwhile is not mixed in: it is there at the next start.

There may be hundreds of thousands and the prompt must not wait for them: the newest are read when the first
prompt is up, the rest in a thread when somebody looks for what is not among these.

A block behind one blank (` token = ...`) is kept nowhere, here or in a file.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from prompt_toolkit.history import History

from zconsole.frontend.prompt.memory.historyfile import HistoryFiles, Place, blank

RECENT = 1_000
"""Entries that are read before anybody asks: one or two milliseconds."""


class FileHistory(History):
    """The history of a language, for the line editor. A file that cannot be read is an empty one; when one
    cannot be written, `complain` is told why, once, and the entries live as long as the session."""

    def __init__(self, path: Path, complain: Callable[[str], None] = lambda sentence: None) -> None:
        super().__init__()
        self.files = HistoryFiles(path)
        self.opened = time.time()
        self._complain = complain
        self._mine: list[str] = []  # oldest first
        self._past: list[str] = []  # newest first
        self._taken: list[str] = []
        self._batches: Iterator[list[str]] | None = None
        self._lock = threading.Lock()
        self._last: Place | None = None
        self._complained = False

    @property
    def language(self) -> str:
        """Whose blocks these are, by the name of the files."""
        return self.files.name

    # --- reading

    @property
    def is_whole(self) -> bool:
        """Whether all has been read."""
        return self._loaded

    def read(self, least: int | None = None) -> None:
        """Read until so many of the past are known; all without a number. May be called in any thread."""
        while not self._loaded and (least is None or len(self._past) < least):
            self._read_some()

    async def read_aside(self) -> None:
        """Read all in a thread."""
        await asyncio.to_thread(self.read)

    def newest(self, start: int = 0, stop: int | None = None) -> list[str]:
        """A slice of what is known, newest first."""
        mine, past = self._mine, self._past
        if start >= len(mine):
            return past[start - len(mine) : None if stop is None else stop - len(mine)]
        return [*reversed(mine), *past][start:stop] if stop is None else self._slice(start, stop)

    async def load(self) -> AsyncGenerator[str, None]:
        """The newest entries, newest first."""
        self.read(RECENT)
        for entry in self.newest(0, RECENT):
            yield entry

    def load_history_strings(self) -> Iterable[str]:
        """All entries, newest first."""
        self.read()
        return self.newest()

    def get_strings(self) -> list[str]:
        """What is known, oldest first."""
        return [*reversed(self._past), *self._mine]

    def _slice(self, start: int, stop: int) -> list[str]:
        end = len(self._mine)
        own = self._mine[max(0, end - stop) : end - start]
        return own[::-1] + self._past[: max(0, stop - len(self._mine))]

    def _read_some(self) -> None:
        with self._lock:
            if self._batches is None:
                self._batches = self.files.newest_first(self.files.survey())
            some = next(self._batches, None)
            if some is None:
                self._past += self._taken
                self._loaded = True
                return
            last = self._past[-1] if self._past else ""
            # one that repeats its neighbour is left out
            self._past += [new for old, new in pairwise([last, *some]) if new != old]

    # --- writing

    def append_string(self, string: str) -> None:
        """Remember an entry."""
        self._last = None
        if not string.strip() or is_secret(string) or self.newest(0, 1) == [string]:
            return
        if self._batches is None:
            self.read(1)  # what is written from now on is not of the past
        self._mine.append(string)
        self.store_string(string)

    def store_string(self, string: str) -> None:
        """Append an entry to the file."""
        try:
            self._last = self.files.append(string)
        except OSError as error:
            self._cannot(error)

    def take(self, entries: list[str]) -> None:
        """Know these as well from now on, newest first: they are older than all others, or pass for it."""
        with self._lock:
            if self._loaded:
                self._past += entries
            else:
                self._taken = entries

    def forget_last(self) -> None:
        """Do not keep the block that was entered last; in this session it is still known."""
        place, self._last = self._last, None
        if place:
            try:
                blank(place)
            except OSError as error:
                self._cannot(error)

    def forget(self, unwanted: Callable[[str], bool]) -> int:
        """Forget the entries of which this is true, here and in the files; how many there were in those.
        Raises OSError."""
        with self._lock:
            self._mine = [entry for entry in self._mine if not unwanted(entry)]
            self._past = [entry for entry in self._past if not unwanted(entry)]
        return self.files.forget(unwanted)

    def _cannot(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            self._complain(f"Cannot write the history to {self.files.own}: {error.strerror}.")


def is_secret(block: str) -> bool:
    """Whether a block is not to be kept: it begins with a blank, and with one only (more is indentation)."""
    return block[:1] == " " and not block[1:2].isspace()
