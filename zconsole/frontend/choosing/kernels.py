"""Which kernel to start: our own, or one of a kernelspec.

Every mistake is a `KernelChoiceError` (or LaunchError) whose text is a sentence.
jupyter_client is imported for kernelspecs only: our own kernel needs none.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zconsole.connection import CHANNELS, ConnectionInfo
from zconsole.frontend.errors import KernelChoiceError
from zconsole.launch import Launch, NoProgram, launch, own_kernel_argv, remove_files

if TYPE_CHECKING:
    from zconsole.parties import Started, Watch


class Target(NamedTuple):
    """The kernel of a session. `launched` when it is our child; `own` when it is our own kernel, of which
    all is known without asking; `language` as far as its kernelspec says it; `interrupt` interrupts one that
    is not our child past the wire, when that can be done, and says whether it did; `journal` is the folder of
    the session of one that was kept, `file` the connection file of one that runs already; `watch` watches its
    process, when nobody would start it again, and `pid` tells it, 0 when it is not known here."""

    info: ConnectionInfo
    launched: Started | None = None
    own: bool = False
    by_message: bool = False
    language: str = ""
    interrupt: Callable[[], bool] | None = None
    journal: Path | None = None
    file: Path | None = None
    watch: Watch | None = None
    pid: Callable[[], int] | None = None


def own_kernel(early: Launch | None = None, session: str = "", profile: str = "") -> Target:
    """Our own kernel, launched by now or now, for a session that may have a name; with the profile, if
    IPython has it. Raises LaunchError."""
    if early:
        launched = early._replace(name=session).recorded() if session else early
    else:
        from zconsole.frontend.profiles import kernel_arguments

        launched = launch(own_kernel_argv(kernel_arguments(profile)), name=session)
    return Target(launched.info, launched, own=True, language="python")


def kernel_by_name(name: str, session: str = "", profile: str = "") -> Target:
    """Launch the kernel of a kernelspec; upper and lower case are the same. `session` is the user's name
    for it, `profile` is for our own kernel. Raises LaunchError and KernelChoiceError."""
    from zconsole.frontend.choosing import specs

    found, directory, spec, _ = specs.kernelspec(name)
    if spec is None:
        return own_kernel(session=session, profile=profile)
    launched: Started
    if specs.provisioner_of(spec):
        from zconsole.provisioned import provision

        launched = provision(found, session)
    else:
        try:
            argv, info = specs.command(spec), local_connection(found)
            # ours can be let go; others that are told of a parent end with it, also when they are to be kept
            launched = launch(argv, spec.env, info, session, tied="zconsole.kernel" in argv)
        except NoProgram as error:
            named = f"The kernelspec {found!r} in {directory} names it."
            raise KernelChoiceError(f"{error} {named}") from None
    by_message = spec.interrupt_mode == "message"
    return Target(launched.info, launched, by_message=by_message, language=spec.language.lower())


def local_connection(kernel_name: str) -> ConnectionInfo:
    """A TCP connection on this machine with five ports that are free at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in CHANNELS]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        ports = {channel: each.getsockname()[1] for channel, each in zip(CHANNELS, sockets, strict=True)}
    return ConnectionInfo("tcp", "127.0.0.1", ports, os.urandom(16).hex().encode(), kernel_name=kernel_name)


def discard(launched: Launch) -> None:
    """End a kernel that nobody has used yet."""
    try:
        os.killpg(launched.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it was too quick for us
    os.waitpid(launched.pid, 0)
    remove_files(launched)
