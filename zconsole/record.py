"""The record of a kernel that we have started: `about.json` in its private directory (0600).

By it other consoles know the kernel's name, and whether its files may be removed: when neither the kernel nor
its owner lives. The owner is the front end that started it and would start it again; none (0) once the kernel
is to outlive it. A process is known by its id and the moment it began, for ids are given again; and only on
its own machine, for a home directory may belong to several.

This file is imported before the kernel is spawned, so it imports little: no datetime (1.5 ms).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import NamedTuple

RECORD = "about.json"


class Record(NamedTuple):
    """What is known of a kernel.

    `name` is the session's, empty when it was given none; `kernel` the kernelspec's; `pid` and `owner` are
    processes, 0 for none, and `born` and `owner_born` their `birth`; `started` ISO 8601 in UTC; `directory`
    where it was started. `stopped`: it has been told to end, and is not to be started again. `journal`: the
    folder of the session, once it is recorded. `detached`: since when (as `started`) no front end owns it but
    a keeper, empty while one does.
    """

    name: str
    kernel: str
    pid: int
    born: str
    owner: int
    owner_born: str
    host: str
    started: str
    directory: str
    connection_file: str
    stopped: bool = False
    journal: str = ""
    detached: str = ""

    @property
    def here(self) -> bool:
        """Whether it was started on this machine, however long ago."""
        return self.machine == machine_of(this_host())

    @property
    def machine(self) -> str:
        """The name of the machine on which it was started."""
        return machine_of(self.host)

    @property
    def lives(self) -> bool | None:
        """Whether the kernel's process runs; None when that cannot be told from here."""
        return self._runs(self.pid, self.born)

    @property
    def owned(self) -> bool:
        """Whether the kernel has an owner that runs, as far as can be told."""
        return self.owner != 0 and self._runs(self.owner, self.owner_born) is not False

    def _runs(self, pid: int, born: str) -> bool | None:
        if not self.here or not pid:
            return None
        return self.host == this_host() and birth(pid) == born


def new_record(name: str, kernel: str, pid: int, connection_file: Path) -> Record:
    """The record of a kernel that this process has just started."""
    owner = os.getpid()
    return Record(
        name,
        kernel,
        pid,
        (birth(pid) or "") if pid else "",
        owner,
        birth(owner) or "",
        this_host(),
        utc_now(),
        working_directory(),
        str(connection_file),
    )


def write_record(directory: Path, record: Record) -> None:
    """Write the record, at once as a whole: others may be reading it. Raises OSError."""
    new = directory / f"{RECORD}.{os.getpid()}"
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(record._asdict(), file, indent=2)
        os.replace(new, directory / RECORD)
    except OSError:
        os.unlink(new)
        raise


def read_record(directory: Path) -> Record | None:
    """The record in a kernel's directory; None when there is none that can be understood."""
    try:
        fields = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        record = Record(**fields)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return (
        record
        if all(type(each) is _KINDS.get(name, str) for name, each in record._asdict().items())
        else None
    )


def birth(pid: int) -> str | None:
    """When a process began, in a form that tells it from all others with its id; None when there is none, or
    only what its parent has not reaped. Empty where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state, *fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None if os.path.isdir("/proc/self") else _birth_untold(pid)
    return None if state in (b"Z", b"X") else fields[18].decode()


def working_directory() -> str:
    """Where this process works; empty when that has been removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def utc_now() -> str:
    """This moment, ISO 8601 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def this_host() -> str:
    """This machine, and since when: `name/boot`. After a restart no process is what it was."""
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{name}/{file.read().strip()}"
    except OSError:
        return f"{name}/"


def machine_of(host: str) -> str:
    """The name of the machine in what `this_host` gives."""
    return host.partition("/")[0]


def _birth_untold(pid: int) -> str | None:
    if os.name == "nt":
        return ""  # there, to ask in this way ends it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass  # another user's
    return ""


_KINDS = {"pid": int, "owner": int, "stopped": bool}  # all others are text
