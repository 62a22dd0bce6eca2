"""Start a kernel process, and nothing more: this runs before anything heavy is imported.

A start of zconsole is two processes importing side by side, so the kernel is spawned first. This module
imports only what Python has loaded anyway and a few milliseconds more; it waits for nothing. What it
returns is adopted by the KernelManager, which owns it from then on.

The process gets its own session and process group: Ctrl+C in the terminal reaches it only through us,
and the group can be signalled, children included. Its stdin is empty. What it writes to the real
stdout and stderr goes to a file, so that a kernel that dies can be quoted. Linux and macOS spawn with
posix_spawn; elsewhere subprocess does the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zconsole.connection import (
    FIRST_COUNT,
    ConnectionFileError,
    ConnectionInfo,
    ipc_connection,
    private_directory,
    runtime_directory,
    write_connection,
)
from zconsole.record import RECORD, new_record, read_record, write_record

if TYPE_CHECKING:
    import asyncio

    from zconsole.process import Process

KERNEL_NAME = "zconsole"

STEM = "kernel-zc-"
"""What the names of all kernels begin with that we have started; jupyter's tools look for kernel-*.json."""


class LaunchError(Exception):
    """A kernel that could not be started. The text is a sentence for the user."""


class NoProgram(LaunchError):
    """A program that cannot be run."""


class Launch(NamedTuple):
    """A started kernel: its process id, what it was started with, and where its files are.

    `connection_file` is the JSON file; `directory` is private to this kernel and holds its sockets (ipc),
    its record, and `log`, to which its real stdout and stderr go. `name` is the user's for the session;
    `first` the number of the first cell.
    """

    pid: int
    argv: list[str]
    env: Mapping[str, str]
    info: ConnectionInfo
    connection_file: Path
    directory: Path
    name: str = ""
    first: int = 1

    @property
    def log(self) -> Path:
        """The file with what the process wrote past its protocol."""
        return self.directory / "log"

    def watch(self, loop: asyncio.AbstractEventLoop) -> Process:
        """Watch the process, in a loop."""
        from zconsole.process import KernelProcess  # asyncio comes with it

        return KernelProcess(self.pid, loop)

    def again(self, first: int = 1) -> Launch:
        """Start the same kernel once more: `relaunch`. Its first cell will be number `first` when it is of
        our kind; others begin at 1."""
        return relaunch(self._replace(first=first if "zconsole.kernel" in self.argv else 1))

    def keep(self) -> None:
        """It is to outlive this process."""
        keep(self.directory)

    def recorded(self) -> Launch:
        """Write the record; the same kernel."""
        record(self.name, self.info.kernel_name, self.pid, self.connection_file, self.directory)
        return self

    def remove_files(self) -> None:
        """Remove what a kernel that has ended has left."""
        remove_files(self)


def own_kernel_argv(arguments: Sequence[str] = ()) -> list[str]:
    """The command line of our own kernel, `{connection_file}` to be filled in by `launch`."""
    return [sys.executable, "-m", "zconsole.kernel", "-f", "{connection_file}", *arguments]


def launch(
    argv: Sequence[str],
    env: Mapping[str, str] | None = None,
    info: ConnectionInfo | None = None,
    name: str = "",
    *,
    tied: bool = True,
) -> Launch:
    """Make the directory and the connection file, and spawn the process.

    `argv` is a kernelspec's, with `{connection_file}` in it; `env` is added to ours. Without `info` the
    kernel listens on ipc sockets in its directory; a kernel that cannot is given a tcp connection. `name` is
    what the user calls the session. A `tied` kernel is told whose end is its own; ours may be let go later.

    Raises LaunchError when a file cannot be written or the program cannot be run.
    """
    stem = new_stem()
    connection_file = runtime_directory() / f"{stem}.json"
    try:
        directory = private_directory(stem)
        info = info or ipc_connection(directory, os.urandom(16).hex().encode(), KERNEL_NAME)
        try:
            write_connection(connection_file, info)
        except ConnectionFileError:
            directory.rmdir()
            raise
    except ConnectionFileError as error:
        raise LaunchError(str(error)) from None
    return relaunch(
        Launch(
            0,
            [argument.replace("{connection_file}", str(connection_file)) for argument in argv],
            {**os.environ, **(env or {}), "JPY_PARENT_PID": str(os.getpid()) if tied else "0"},
            info,
            connection_file,
            directory,
            name,
        )
    )


def new_stem() -> str:
    """A name for the files of a kernel, which nobody has."""
    return f"{STEM}{os.urandom(6).hex()}"


def relaunch(earlier: Launch) -> Launch:
    """Spawn the same kernel once more, on the same connection file and sockets, with an empty log.

    Raises LaunchError, also when somebody has stopped the kernel for good; then the files are gone as well.
    """
    try:
        refuse_stopped(earlier.directory)
    except LaunchError:
        remove_files(earlier)
        raise
    _unlink(earlier.log, *earlier.info.socket_files())
    try:
        pid = _spawn(earlier.argv, _environment(earlier), earlier.log)
    except OSError as error:
        remove_files(earlier)
        raise NoProgram(f"Cannot run the kernel program {earlier.argv[0]}: {error.strerror}.") from None
    return earlier._replace(pid=pid).recorded()


def record(name: str, kernel: str, pid: int, connection_file: Path, directory: Path) -> None:
    """Write down what a kernel is, for other consoles."""
    earlier = read_record(directory)  # of an earlier life
    new = new_record(name, kernel, pid, connection_file)
    try:
        write_record(directory, new._replace(journal=earlier.journal if earlier else ""))
    except OSError:
        pass  # a full disk: the kernel runs all the same, and others know it by its connection file


def note_journal(directory: Path, folder: Path) -> None:
    """Write down where the session of a kernel is recorded."""
    _amend(directory, journal=str(folder))  # if that fails it is recorded all the same


def keep(directory: Path) -> None:
    """A kernel is to outlive this process, which started it."""
    _amend(directory, owner=0, owner_born="")  # if that fails it ends with us, as kernels do


def _amend(directory: Path, **changes: Any) -> None:
    """Change the record of a kernel, if there is one and it can be written."""
    if known := read_record(directory):
        try:
            write_record(directory, known._replace(**changes))
        except OSError:
            pass


def refuse_stopped(directory: Path) -> None:
    """Raise LaunchError when somebody has stopped this kernel for good."""
    if is_stopped(directory):
        raise LaunchError("It was stopped with `zconsole stop`, and is not started again.")


def is_stopped(directory: Path) -> bool:
    """Whether somebody has stopped this kernel for good."""
    known = read_record(directory)
    return known is not None and known.stopped


def remove_files(launched: Launch) -> None:
    """Remove the connection file, the sockets and the directory of a kernel that has ended."""
    remove(launched.connection_file, launched.directory, launched.info.socket_files())


def remove(connection_file: Path, directory: Path, sockets: Iterable[Path] = ()) -> None:
    """Remove a kernel's files, as far as they are there."""
    _unlink(connection_file, directory / "log", directory / RECORD, *sockets)
    try:
        directory.rmdir()
    except OSError:
        pass  # something of somebody else's is in it: not ours to remove


def _unlink(*files: Path) -> None:
    for file in files:
        try:
            file.unlink()
        except OSError:
            pass  # it was never made, or the directory is not ours any more: nothing depends on it


def _environment(launched: Launch) -> Mapping[str, str]:
    return {**launched.env, FIRST_COUNT: str(launched.first)} if launched.first > 1 else launched.env


def _spawn(argv: list[str], env: Mapping[str, str], log: Path) -> int:
    if not hasattr(os, "posix_spawnp"):
        return _spawn_by_subprocess(argv, env, log)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    try:
        # SIGINT may have been inherited as ignored (a shell's background job does that)
        return os.posix_spawnp(
            argv[0], argv, env, file_actions=actions, setsid=True, setsigdef=_DEFAULT_SIGNALS
        )
    except NotImplementedError:  # a libc without POSIX_SPAWN_SETSID
        return _spawn_by_subprocess(argv, env, log)


def _spawn_by_subprocess(argv: list[str], env: Mapping[str, str], log: Path) -> int:
    import subprocess

    with log.open("ab") as out:
        process = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    process.returncode = 0  # the KernelManager waits for it; Popen must not
    return process.pid


_DEFAULT_SIGNALS = (1, 2, 3, 13, 15)  # HUP, INT, QUIT, PIPE, TERM
