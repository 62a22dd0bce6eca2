"""Which kernel: our own, one of a kernelspec, or one that runs already.

Every mistake is a `KernelChoiceError` (or LaunchError, ConnectionFileError) whose text is a sentence.
jupyter_client is imported for kernelspecs only: our own kernel needs none.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from zconsole.connection import (
    CHANNELS,
    ConnectionFileError,
    ConnectionInfo,
    read_connection,
    runtime_directory,
)
from zconsole.frontend.errors import KernelChoiceError
from zconsole.launch import KERNEL_NAME, Launch, launch, own_kernel_argv, remove_files

START_GRACE = 10.0
"""Seconds that a kernel may take from its connection file to its sockets."""

KNOCK_WAIT = 1.0
"""Seconds to find out whether somebody listens; on this machine it takes less than 1 ms."""


class Target(NamedTuple):
    """The kernel of a session. `launched` when it is our child; `own` when it is our own kernel, of which
    all is known without asking; `language` as far as its kernelspec says it."""

    info: ConnectionInfo
    launched: Launch | None = None
    own: bool = False
    by_message: bool = False
    language: str = ""


def own_kernel(early: Launch | None = None) -> Target:
    """Our own kernel, launched by now or now. Raises LaunchError."""
    launched = early or launch(own_kernel_argv())
    return Target(launched.info, launched, own=True, language="python")


def kernel_by_name(name: str) -> Target:
    """Launch the kernel of a kernelspec; upper and lower case are the same. Raises LaunchError and
    KernelChoiceError."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    known = sorted({KERNEL_NAME, *manager.find_kernel_specs()})
    found = next((each for each in known if each.lower() == name.lower()), None)
    if found is None:
        raise KernelChoiceError(f"There is no kernel {name!r}. Known kernels: {', '.join(known)}.")
    if found == KERNEL_NAME:
        return own_kernel()
    try:
        spec = manager.get_kernel_spec(found)
    except (NoSuchKernel, ValueError, OSError) as error:
        raise KernelChoiceError(f"The kernelspec of {found!r} cannot be read: {error}.") from None
    if not spec.argv:
        raise KernelChoiceError(f"The kernelspec of {found!r} has no command line.")
    argv = [argument.replace("{resource_dir}", spec.resource_dir) for argument in spec.argv]
    launched = launch(_with_our_python(argv), spec.env, local_connection(found))
    return Target(
        launched.info, launched, by_message=spec.interrupt_mode == "message", language=spec.language.lower()
    )


def running_kernel(name: str) -> Target:
    """A kernel that runs already, by its connection file or a part of its name; the newest for a pattern.

    Looked for as jupyter_client does it: here, in the runtime directory, then as a pattern in both.
    Raises ConnectionFileError and KernelChoiceError.
    """
    file = find_connection_file(name)
    info = read_connection(file, private=True)
    # one whose file has just been written may listen in a moment
    if time.time() - file.stat().st_mtime > START_GRACE and _nobody_listens(info):
        where = info.endpoint("shell")
        raise KernelChoiceError(f"No kernel listens at {where}: the one of {file} has ended.")
    return Target(info)


def kernel_or_running(name: str) -> Target:
    """The kernel of a kernelspec, launched; or one that runs, where there is no kernelspec of that name.
    Raises what `kernel_by_name` does."""
    try:
        return kernel_by_name(name)
    except KernelChoiceError as unknown:
        try:
            return running_kernel(name)
        except (KernelChoiceError, ConnectionFileError):
            raise unknown from None


def find_connection_file(name: str) -> Path:
    """The connection file that `name` means. Raises KernelChoiceError."""
    places = [Path(), runtime_directory()]
    for place in places:
        if (place / name).is_file():
            return (place / name).absolute()
    pattern = name if "*" in name else f"*{name}*"
    if Path(name).is_absolute() or os.sep in name:
        raise KernelChoiceError(f"There is no connection file {name}.")
    found = [file.absolute() for place in places for file in place.glob(pattern) if file.is_file()]
    if not found:
        raise KernelChoiceError(f"No connection file matches {name!r}, here or in {places[1]}.")
    return max(found, key=lambda file: file.stat().st_mtime)


def local_connection(kernel_name: str) -> ConnectionInfo:
    """A TCP connection on this machine with five ports that are free at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in CHANNELS]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        ports = {channel: each.getsockname()[1] for channel, each in zip(CHANNELS, sockets, strict=True)}
    return ConnectionInfo("tcp", "127.0.0.1", ports, os.urandom(16).hex().encode(), kernel_name=kernel_name)


def _nobody_listens(info: ConnectionInfo) -> bool:
    """Whether the system says at once that a kernel is not there; in doubt ZeroMQ tries, and says no more."""
    port = info.ports["shell"]
    try:
        if info.transport == "tcp":
            socket.create_connection((info.ip, port), timeout=KNOCK_WAIT).close()
        elif hasattr(socket, "AF_UNIX") and not info.ip.startswith("@"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(f"{info.ip}-{port}")
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    except OSError:
        pass  # a slow network, a name that nobody knows
    return False


def discard(launched: Launch) -> None:
    """End a kernel that nobody has used yet."""
    try:
        os.killpg(launched.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it was too quick for us
    os.waitpid(launched.pid, 0)
    remove_files(launched)


def _with_our_python(argv: Sequence[str]) -> list[str]:
    """As jupyter_client: a kernelspec's bare `python` means the Python that runs the front end."""
    names = {
        "python",
        f"python{sys.version_info.major}",
        f"python{sys.version_info.major}.{sys.version_info.minor}",
    }
    return [sys.executable, *argv[1:]] if argv[0] in names else list(argv)
