"""IPython's own history, taken over once: it becomes one more file of ours, merged with the others by time.

That file is the sign that it has been done, also where there was nothing to take. The database is only read,
and without a lock: one that somebody writes, or that lies on a disk where locks hang, holds up nobody. What
IPython has kept since we keep a history ourselves is left out: our own kernel writes there as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from zconsole.frontend.prompt.memory.historyfile import Entry, HistoryFiles

NAME = "@ipython"
"""What the file is called among those of the history."""


LOCK_WAIT = 2.0
"""Seconds to wait for a lock, where one is needed."""


class Taken(NamedTuple):
    """The blocks that were taken over, newest first, and what is to be said of it."""

    blocks: list[str]
    sentence: str = ""


def take_over(files: HistoryFiles, before: float, database: Path | None = None) -> Taken:
    """Take over what IPython has from `before` that moment (seconds since the epoch), if that has not been
    done."""
    done = files.named(NAME)
    if done.exists():
        return Taken([])
    database = database or default_database()
    entries, sentence = _read(database, min(before, files.first()), done) if database.is_file() else ([], "")
    try:
        files.add(NAME, entries)
    except OSError as error:
        return Taken([], f"IPython's history cannot be taken over to {done}: {error.strerror}.")
    if entries:
        sentence = f"{_blocks(len(entries))} of IPython's history can be reached here as well."
    return Taken([entry.code for entry in reversed(entries)], sentence)


def default_database() -> Path:
    """The history of IPython's default profile."""
    folder = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    return Path(folder) / "profile_default" / "history.sqlite"


def _read(database: Path, before: float, done: Path) -> tuple[list[Entry], str]:
    """The blocks that are older than `before`, oldest first; a sentence when they cannot be read."""
    import sqlite3  # 5 ms, once

    def read(how: str) -> list[Entry]:
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?{how}", uri=True, timeout=LOCK_WAIT)
        try:
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            return [entry for entry in _entries(connection.execute(_QUERY)) if entry.at < before]
        finally:
            connection.close()

    try:
        try:
            return read("mode=ro&immutable=1"), ""
        except sqlite3.Error:
            return read("mode=ro"), ""  # somebody may have written in the middle of it
    except (sqlite3.Error, OSError) as error:
        return [], (
            f"IPython's history in {database} cannot be read and is left out: {error}. "
            f"Remove {done} to have it tried again."
        )


def _entries(rows: Iterator[tuple[object, object, object]]) -> Iterator[Entry]:
    seen: object = None
    began = 0.0
    for start, line, code in rows:
        if start != seen:
            seen, began = start, _seconds(start, began)
        if isinstance(code, str) and code.strip():
            # IPython knows when a session began; its blocks keep their order
            yield Entry(round(began + line / 1000, 3) if isinstance(line, int) else began, code)


def _seconds(start: object, before: float) -> float:
    """When a session began; if that is not known, as the one before."""
    try:
        return datetime.fromisoformat(str(start)).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return before


def _blocks(number: int) -> str:
    return "1 block" if number == 1 else f"{number:,} blocks"


_QUERY = (
    "SELECT sessions.start, line, source_raw FROM history LEFT JOIN sessions USING (session)"
    " ORDER BY session, line"
)
