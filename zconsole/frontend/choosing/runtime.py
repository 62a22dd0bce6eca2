"""The kernels of this user: those with a connection file in the runtime directory, and what a name means.

A name is, in this order: a pattern (the newest that fits and may be alive), the name of a session, a file, a
process id, a file's stem, a part of a file's name. One that could mean several is refused with a list of
them; only a pattern says "any".
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fnmatch import fnmatch
from glob import glob
from pathlib import Path
from typing import NamedTuple

from zconsole.connection import (
    ConnectionFileError,
    directory_of,
    read_connection,
    runtime_directory,
)
from zconsole.frontend.choosing.probe import nobody_listens
from zconsole.frontend.errors import KernelChoiceError, UsageError
from zconsole.record import RECORD, Record, read_record

START_GRACE = 10.0
"""Seconds that a kernel may take from its connection file to its sockets."""

KERNEL_FILES = "kernel*.json"
"""The connection files in the runtime directory; other programs' files are there as well."""

MAX_NAME = 40
"""Characters in a session's name: it has a column in a table."""

AskPid = Callable[[Iterable["Known"]], dict[Path, int]]
"""Asks kernels for their process ids, by connection file."""


class Known(NamedTuple):
    """A kernel with a connection file, and its record if it is one of ours. It need not be alive."""

    file: Path
    record: Record | None
    written: float

    @property
    def name(self) -> str:
        """What it is called: by its user, else by its file."""
        return (self.record.name if self.record else "") or self.file.stem

    @property
    def directory(self) -> Path:
        """Its private directory, which is there only for a kernel of ours."""
        return directory_of(self.file)

    @property
    def started(self) -> datetime:
        """When it was started, by its record; else when its file was written."""
        try:
            return datetime.fromisoformat(self.record.started if self.record else "")
        except ValueError:
            return datetime.fromtimestamp(self.written, UTC)

    @property
    def fresh(self) -> bool:
        """Whether it may not listen yet, because it is just being started."""
        return time.time() - self.written < START_GRACE

    @property
    def may_be_alive(self) -> bool:
        """Whether nothing says that it has ended, as far as can be known at once."""
        if self.record and self.record.lives is not None:
            return self.record.lives
        if self.fresh:
            return True
        try:
            return not nobody_listens(read_connection(self.file, private=True))
        except ConnectionFileError:
            return False

    @property
    def detached(self) -> datetime | None:
        """Since when nobody has been there, of a kernel whose front end has left it running, or was killed;
        None when somebody is, as far as can be known without asking."""
        record = self.record
        if record is None or record.lives is not True or (record.owned and not record.detached):
            return None
        from zconsole.journal.visits import is_attended, seen

        folder = Path(record.journal)
        if record.journal and is_attended(folder):
            return None
        noted = seen(folder) if record.journal else None
        return datetime.fromtimestamp(noted[1] if noted else self._last_change(), UTC)

    def _last_change(self) -> float:
        """When the journal was last written, else the record."""
        from zconsole.journal.store import FILE

        places = [Path(self.record.journal) / FILE] if self.record and self.record.journal else []
        for path in (*places, self.directory / RECORD):
            try:
                return path.stat().st_mtime
            except OSError:
                pass  # it was removed
        return self.written

    def __str__(self) -> str:
        pid = f"pid {self.record.pid}, " if self.record and self.record.pid else ""
        return f"{self.name} ({pid}started {self.started.astimezone():%Y-%m-%d %H:%M:%S})"


def known_kernels() -> list[Known]:
    """Every kernel of the runtime directory, the newest first."""
    return _newest_first(runtime_directory().glob(KERNEL_FILES))


def known(file: Path) -> Known:
    """The kernel of one connection file."""
    try:
        written = file.stat().st_mtime
    except OSError:
        written = 0.0  # it has just been removed
    return Known(file.absolute(), read_record(directory_of(file)), written)


def one_kernel(name: str, ask_pids: AskPid) -> Known:
    """The kernel that a name means. Raises KernelChoiceError."""
    if is_pattern(name):
        found = kernels_like(name)
        return next((each for each in found if each.may_be_alive), found[0])
    found = _named(name, ask_pids)
    if len(found) > 1:
        found = [each for each in found if each.may_be_alive] or found
    if len(found) > 1:
        listed = "\n".join(f"  {each}" for each in found)
        raise KernelChoiceError(
            f"{name!r} could be each of these kernels:\n{listed}\n"
            f"Give one's whole name or process id, or '*{name}*' for the newest."
        )
    return found[0]


def kernels_like(pattern: str) -> list[Known]:
    """All kernels that a pattern fits, by the name of the session or of the file, the newest first.

    Raises KernelChoiceError when there is none.
    """
    found = [
        each
        for each in known_kernels()
        if any(fnmatch(text, pattern) for text in (each.name, each.file.name, each.file.stem))
    ]
    here = {Path(file).absolute() for file in glob(pattern) if Path(file).is_file()}
    found += _newest_first(here - {each.file for each in found})
    if not found:
        raise _nothing(pattern)
    return sorted(found, key=lambda each: each.written, reverse=True)


def free_name(name: str) -> None:
    """Check a name for a session that is to be started.

    Raises UsageError when it cannot be one, KernelChoiceError when a kernel that lives has it.
    """
    letters = name.replace("-", "").replace("_", "").replace(".", "")
    if not (name[:1].isalpha() and letters.isalnum() and len(name) <= MAX_NAME):
        raise UsageError(
            f"{name!r} cannot be a session's name: that is a letter, then letters, digits, '-', '_' and '.', "
            f"{MAX_NAME} at most."
        )
    for each in known_kernels():
        if each.record and each.record.name == name and each.may_be_alive:
            raise KernelChoiceError(
                f"There is a kernel of that name: {each}. zconsole --existing {name} attaches to it."
            )


def is_pattern(name: str) -> bool:
    """Whether a name is a pattern, which may mean several."""
    return any(letter in name for letter in "*?[")


def _named(name: str, ask_pids: AskPid) -> list[Known]:
    kernels = known_kernels()
    # before files: one in the working directory that happens to have that name is no connection file
    if found := [each for each in kernels if each.record and each.record.name == name]:
        return found
    for place in (Path(), runtime_directory()):
        if (place / name).is_file():
            return [known(place / name)]
    if not _is_name(name):
        raise KernelChoiceError(f"There is no connection file {name}.")
    if found := [each for each in kernels if each.record and str(each.record.pid) == name]:
        return found
    if found := [each for each in kernels if each.file.stem in (name, f"kernel-{name}")]:
        return found
    if name.isdigit() and (found := _with_pid(int(name), kernels, ask_pids)):
        return found
    found = [each for each in kernels if name in each.file.name]
    found += _newest_first(file for file in Path().glob("*.json") if name in file.name)
    if not found:
        raise _nothing(name)
    return found


def _with_pid(pid: int, kernels: Iterable[Known], ask_pids: AskPid) -> list[Known]:
    others = [each for each in kernels if each.record is None and each.may_be_alive]
    pids = ask_pids(others) if others else {}
    return [each for each in others if pids.get(each.file) == pid]


def _is_name(text: str) -> bool:
    return os.sep not in text and not Path(text).is_absolute()


def _newest_first(files: Iterable[Path]) -> list[Known]:
    return sorted((known(file) for file in files), key=lambda each: each.written, reverse=True)


def _nothing(name: str) -> KernelChoiceError:
    return KernelChoiceError(
        f"No running kernel is called {name!r}, here or in {runtime_directory()}; zconsole list shows them."
    )
