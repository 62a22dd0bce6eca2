"""Removing what dead kernels of ours have left: connection files, sockets, logs, records.

Whoever ends in order takes its files along; this is for both ends killed, and for a machine that was
restarted. The rule: nothing of a kernel that may live, or whose owner may start it again. So it must be known
that neither does (by the record: this machine, process, the moment it began), and nobody may listen on its
sockets. What has no record is too old to get one any more. A doubt keeps the files. Consoles that sweep at
the same time remove the same files, each what is still there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from zconsole.connection import ConnectionFileError, directory_of, read_connection, runtime_directory
from zconsole.frontend.choosing.probe import nobody_listens
from zconsole.launch import STEM, remove
from zconsole.record import RECORD, read_record

RECORD_WAIT = 600.0
"""Seconds after which a kernel without a record gets none: it is written within milliseconds."""


def sweep() -> set[Path]:
    """Remove the files of our kernels that have ended and have no owner; the folders of the sessions of those
    that may live. It blocks, and raises nothing."""
    recorded = set()
    for file in list(_files()):
        directory = directory_of(file)
        if _is_stale(file, directory):
            remove(file, directory, _rest(directory))
        elif (record := read_record(directory)) and record.journal:
            recorded.add(Path(record.journal))
    return recorded


def _files() -> Iterator[Path]:
    """The connection files of our kernels, of which some exist and others have only left a directory."""
    runtime = runtime_directory()
    places = {runtime, directory_of(runtime / f"{STEM}0123456789ab.json").parent}
    stems = {path.stem for place in places for path in place.glob(f"{STEM}*")}
    return (runtime / f"{stem}.json" for stem in stems)


def _rest(directory: Path) -> list[Path]:
    """The sockets in a kernel's directory, and a record that was never finished."""
    try:
        names = os.listdir(directory)
    except OSError:
        return []  # somebody else has just removed it
    return [directory / name for name in names if name.startswith(("k-", f"{RECORD}."))]


def _is_stale(file: Path, directory: Path) -> bool:
    record = read_record(directory)
    if record is None:
        return _age(file, directory) > RECORD_WAIT and _is_silent(file)
    known = record.here and record.lives is not True
    return known and not record.owned and _is_silent(Path(record.connection_file))


def _is_silent(file: Path) -> bool:
    try:
        return nobody_listens(read_connection(file, private=True))
    except ConnectionFileError:
        return True  # nobody can find it


def _age(*paths: Path) -> float:
    """Seconds since any of these was written; 0 when one is another user's."""
    newest = 0.0
    for path in paths:
        try:
            status = path.lstat()
        except OSError:
            continue  # it is not there
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            return 0.0
        newest = max(newest, status.st_mtime)
    return time.time() - newest
