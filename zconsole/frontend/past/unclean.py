"""The sessions that ended before their users wanted it: a kernel that died with its front end, a machine that
was switched off. Read from the disk, from the ends of the journals.

A session is one of these when its journal has no end, nobody records it, its kernel does not live, it was on
this machine, and it has not been recovered yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from zconsole.connection import directory_of
from zconsole.journal.reader import check, last_entry
from zconsole.journal.store import JournalError, is_live, session_folders
from zconsole.record import machine_of, read_record, this_host

TOLD = "told"
"""The file in a session's folder which says that its user has heard of it."""


RECOVERED = "recovered"
"""The file which says that it has been brought back."""


class Unclean(NamedTuple):
    """A session: its folder, the fields of its journal's first entry, and when the newest was written
    (seconds since the epoch)."""

    folder: Path
    about: dict[str, Any]
    last: float


def unclean_sessions(newest: int | None = None) -> Iterator[Unclean]:
    """These sessions, the newest first; with `newest` among so many of all alone."""
    for folder in session_folders()[:newest]:
        if (folder / RECOVERED).exists():
            continue
        try:
            about = dict(check(folder).fields)
        except JournalError:
            continue  # of a newer version, or not readable: nothing that can be done here
        last = last_entry(folder)
        if last is None or last.kind == "end" or is_live(folder):
            continue
        if machine_of(str(about.get("host", ""))) == machine_of(this_host()) and not lives(about):
            yield Unclean(folder, about, last.at)


def note(folder: Path, what: str) -> None:
    """Write down in a session's folder that it has been TOLD or RECOVERED."""
    with suppress(OSError):  # then it is told, or offered, once more
        (folder / what).touch(mode=0o600)


def lives(about: Mapping[str, Any]) -> bool:
    """Whether the kernel of a session lives, as far as can be told."""
    file = Path(str(about.get("connection_file", "")))
    record = read_record(directory_of(file)) if file.name else None
    return record is not None and record.lives is True
