"""Profiles: sets of settings by name, `zconsole --profile NAME`.

A profile is a folder with a configuration file in it, below each directory that Jupyter's configuration may
be in; it goes before the files without a profile. What IPython calls a profile is its kernel's: startup
files, extensions. One name is for both, so that `--profile` means here what it means to `ipython`, and
either may be missing. The history and the recorded sessions are common to all: they are a user's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from zconsole.frontend.errors import UsageError


def folders(name: str, directories: Sequence[str]) -> list[str]:
    """Where the configuration files of a profile are, first the one that counts most. `directories` are those
    of Jupyter's configuration. Raises UsageError for what cannot be a name."""
    if not re.fullmatch(r"[\w.+-]*\w", name):
        raise UsageError(f"A profile cannot be called {name!r}: letters, digits and - . + _ make a name.")
    return [str(Path(directory, "zconsole", "profiles", name)) for directory in directories]


def known(name: str, directories: Sequence[str], own: str) -> list[str]:
    """The folders of a profile; `own` is the user's among those directories. Raises UsageError when there is
    none, and IPython has none of that name either."""
    found, (wanted,) = folders(name, directories), folders(name, [own])
    if not any(map(os.path.isdir, found)) and not _ipythons(name).is_dir():
        others = sorted({entry.name for folder in found for entry in Path(folder).parent.glob("*")})
        there = f" There is {', '.join(others)}." if others else ""
        raise UsageError(
            f"There is no profile {name}: neither {wanted} nor {_ipythons(name)}.{there}"
            f" zconsole --profile {name} --generate-config makes one."
        )
    return found


def kernel_arguments(name: str) -> list[str]:
    """What our own kernel is started with for a profile: IPython's of that name, if there is one."""
    return ["--profile", name] if name and _ipythons(name).is_dir() else []


def _ipythons(name: str) -> Path:
    return Path(os.environ.get("IPYTHONDIR") or "~/.ipython").expanduser() / f"profile_{name}"
