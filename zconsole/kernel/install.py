"""`python -m zconsole.kernel install`: make the kernel of this environment known to Jupyter.

Writes a kernelspec whose command line names the Python that runs now, so that a front end installed elsewhere
starts the kernel in this environment. The options are those that ipykernel's command has. Where kernelspecs
belong is jupyter_client's business.

Specification: "Making kernels for Jupyter", "Kernel specs".
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zconsole.kernel.control import kernel_info
from zconsole.launch import KERNEL_NAME, own_kernel_argv
from zconsole.message import PROTOCOL_VERSION


class CannotInstall(Exception):
    """A kernelspec that cannot be written. The text is a sentence for the user."""


def main(argv: Sequence[str]) -> int:
    """The command, `argv` without its name. Returns the exit code; argparse's own errors exit with 2."""
    options = _parser().parse_args(argv)
    prefix = sys.prefix if options.sys_prefix else options.prefix
    spec = kernelspec(options.display_name or _display_name(options), options.profile, dict(options.env))
    try:
        folder = install(spec, options.name, user=options.user, prefix=prefix)
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Installed the kernelspec {folder.name} in {folder}")
    return 0


def kernelspec(
    display_name: str, profile: str | None = None, env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The content of kernel.json: this Python, an IPython profile, variables for the kernel's environment."""
    spec = {
        "argv": own_kernel_argv(["--profile", profile] if profile else []),
        "display_name": display_name,
        "language": "python",
        "interrupt_mode": "signal",
        "kernel_protocol_version": PROTOCOL_VERSION,
        "metadata": {"debugger": kernel_info()["debugger"]},
    }
    return {**spec, "env": dict(env)} if env else spec


def install(spec: Mapping[str, Any], name: str, *, user: bool = False, prefix: str | None = None) -> Path:
    """Write a kernelspec in place of the one that has its name; the folder it is in.

    For one user, below a prefix, or else for everybody on this machine. Raises CannotInstall.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    # jupyter_client takes ".." for a name, and removes what is there
    if not re.fullmatch(r"[\w.-]*\w[\w.-]*", name, re.ASCII):
        raise CannotInstall(
            f"{name!r} cannot be the name of a kernelspec: ASCII letters, digits, '-', '.' and '_' can."
        )
    for variable in spec.get("env", {}):
        if not variable or "=" in variable:
            raise CannotInstall(f"{variable!r} cannot be the name of an environment variable.")
    with tempfile.TemporaryDirectory() as directory:
        # a folder inside, because the temporary one is for its owner only, and modes are copied
        folder = Path(directory, "kernelspec")
        folder.mkdir()
        (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
        try:
            return Path(KernelSpecManager().install_kernel_spec(str(folder), name, user=user, prefix=prefix))
        except OSError as error:
            hint = "" if user or prefix else " With --user it is installed for you alone."
            where = f" {error.filename}" if error.filename else ""
            raise CannotInstall(
                f"Cannot write the kernelspec{where}: {error.strerror or error}.{hint}"
            ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zconsole.kernel install",
        description="Install a kernelspec for this Python, so that Jupyter front ends find its kernel.",
        allow_abbrev=False,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for you alone, not for everybody on this machine")
    where.add_argument("--sys-prefix", action="store_true", help="in this environment: sys.prefix")
    where.add_argument("--prefix", metavar="FOLDER", help="in FOLDER/share/jupyter/kernels")
    parser.add_argument("--name", default=KERNEL_NAME, help="what front ends call it (%(default)s)")
    parser.add_argument("--display-name", metavar="TEXT", help="what people read")
    parser.add_argument("--profile", metavar="NAME", help="the IPython profile to load")
    parser.add_argument(
        "--env",
        nargs=2,
        action="append",
        default=[],
        metavar=("VAR", "VALUE"),
        help="a variable of the kernel's environment; can be given again",
    )
    return parser


def _display_name(options: argparse.Namespace) -> str:
    if options.name != KERNEL_NAME:
        return str(options.name)
    detail = f"{KERNEL_NAME}, {options.profile}" if options.profile else KERNEL_NAME
    return f"Python {sys.version_info.major} ({detail})"
