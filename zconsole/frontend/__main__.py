"""The program `zconsole`: what comes before all imports, and errors as sentences.

The order is the point: `--version` needs nothing; on the common road the kernel's process is started
before the line editor and the configuration are imported, so that both processes load at the same time.
Should the configuration name another kernel, the early one is ended again.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from zconsole.frontend.choosing.kernels import Target
    from zconsole.frontend.settings import Settings
    from zconsole.launch import Launch


HARDLY_USED = ("ssl", "asyncio.sslproto", "ipaddress", "html", "tempfile", "shutil")
"""What asyncio, pathlib, Pygments and prompt_toolkit import, and most sessions never need."""


def main() -> NoReturn:
    """Run zconsole with the command line of this process, and exit."""
    # imports leave no garbage but are searched for it again and again: 9 ms before the first prompt
    gc.disable()
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End the process. By now the kernel has ended, the terminal is as it was found and every file is closed;
    what Python would still do is to take half a thousand modules apart, for 50 ms, before the shell has
    its prompt back. A terminal that has gone away takes no last words, and that is no error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


def run(argv: Sequence[str]) -> int:
    """Run zconsole; the exit code: 0, 1 when the kernel is the trouble, 2 for the command line."""
    if list(argv) in (["--version"], ["-V"]):
        from zconsole._version import __version__

        print(__version__)
        return 0
    from zconsole.frontend.standins import stand_in

    stand_in(*HARDLY_USED)
    from zconsole.connection import ConnectionFileError
    from zconsole.frontend.errors import Trouble
    from zconsole.launch import LaunchError

    try:
        return _run(argv)
    except Trouble as trouble:
        print(f"zconsole: {trouble}", file=sys.stderr)
        return trouble.code
    except (LaunchError, ConnectionFileError) as error:
        print(f"zconsole: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before there is a session, which has another use for Ctrl+C
        return 130


def _run(argv: Sequence[str]) -> int:
    from zconsole.frontend.settings import COMMANDS, at_once
    from zconsole.launch import launch, own_kernel_argv

    if argv and argv[0] in COMMANDS:
        from zconsole.frontend.choosing import subcommands

        return subcommands.run(argv)
    early = launch(own_kernel_argv()) if _is_common_road(argv) else None
    target = None
    try:
        settings = at_once(argv) if _has_terminal() else None
        if settings is None:
            from zconsole.frontend.app import initialize

            settings = initialize(argv)
        if settings is None:
            return 0
        if settings.recover or settings.yes or settings.dry_run:
            from zconsole.frontend.past.beginning import recovery_of

            if (settings := recovery_of(settings)) is None:
                return 0
        target = _target(settings, early)
        from zconsole.frontend.wiring import run_session
    finally:
        if early and not _is_used(early, target):
            from zconsole.frontend.choosing.kernels import discard

            discard(early)
    return run_session(target, settings)


def _is_used(early: Launch, target: Target | None) -> bool:
    launched = target.launched if target else None
    return launched is not None and launched.connection_file == early.connection_file


def _is_common_road(argv: Sequence[str]) -> bool:
    """Whether this will be a session with our own kernel, as far as can be seen without a parser."""
    from zconsole.frontend.settings import is_own_start

    return is_own_start(argv) and _has_terminal()


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _target(settings: Settings, early: Launch | None) -> Target:
    from zconsole.frontend.choosing import kernels
    from zconsole.frontend.errors import UsageError
    from zconsole.launch import KERNEL_NAME

    if not _has_terminal():
        raise UsageError("standard input and output have to be a terminal; there is none.")
    if settings.existing:
        from zconsole.frontend.choosing.attach import running_kernel

        return running_kernel(settings.existing, settings.keep_hours)
    if settings.session_name:
        from zconsole.frontend.choosing.runtime import free_name

        free_name(settings.session_name)
    if settings.kernel_name.lower() == KERNEL_NAME:
        return kernels.own_kernel(early, settings.session_name, settings.profile)
    return kernels.kernel_by_name(settings.kernel_name, settings.session_name, settings.profile)


if __name__ == "__main__":
    main()
