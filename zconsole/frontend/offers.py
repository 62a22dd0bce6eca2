"""What completes the commands of the front end: their names, and some of their arguments.

The kernel knows nothing of them; what it has for the same text (magics) is shown beside. What is looked up on
the disk is looked up in a thread, since that may be a slow one."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from zconsole.frontend.commands import COMMANDS
from zconsole.frontend.prompt.hinting.matches import Found, Match

OURS = "zconsole:"
"""The kind of our own commands."""


async def offer(text: str) -> tuple[Found, bool] | None:
    """What can stand at the end of a command that begins with `text`, and whether nothing else can; None when
    it is none of ours."""
    if "\n" in text:
        return None
    if _NAME.fullmatch(text):
        names = [Match(name, OURS, about.help) for name, about in COMMANDS.items() if name.startswith(text)]
        return (Found(0, names), False) if names else None
    found = _ARGUMENT.match(text)
    arguments = _ARGUMENTS.get(found[1]) if found else None
    if found is None or arguments is None:
        return None
    start, matches = await asyncio.get_running_loop().run_in_executor(None, arguments, found[2])
    matches = [match for match in matches if match.text.startswith(found[2][start:])]
    alone = matches[:1] != [_OWN_SETTINGS]
    return (Found(found.start(2) + start, matches), alone) if matches else None


Offered = tuple[int, list[Match]]
"""Where in the argument begins what the matches replace, and the matches."""


def _kernels(argument: str) -> Offered:
    from zconsole.frontend.choosing.runtime import known_kernels
    from zconsole.frontend.choosing.specs import installed_kernels

    running = [Match(each.name, "session", "running") for each in known_kernels() if each.may_be_alive]
    installed = [Match(each.name, "kernel", each.display_name) for each in installed_kernels()]
    return 0, [*installed, *running]


def _sessions(argument: str) -> Offered:
    from zconsole.journal.store import session_folders

    return 0, [Match(folder.name, "session") for folder in session_folders()]


def _files(argument: str) -> Offered:
    folder, name = os.path.split(argument)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            names = sorted(entry.name + "/" * entry.is_dir() for entry in entries)
    except OSError:
        return 0, []
    hidden = name.startswith(".")
    return len(argument) - len(name), [
        Match(each, "path") for each in names if hidden or not each.startswith(".")
    ]


def _settings(argument: str) -> Offered:
    if chosen := _SETTING.match(argument):
        return chosen.end(), _values(chosen[1])
    if argument.startswith("ZConsole."):
        return 0, _traits()
    return 0, [_OWN_SETTINGS]


def _traits() -> list[Match]:
    from zconsole.frontend.configurable import ZConsole
    from zconsole.frontend.settings import Settings

    traits = ZConsole.class_traits()
    return [Match(f"ZConsole.{name}", "", traits[name].help) for name in sorted(Settings._fields)]


def _values(name: str) -> list[Match]:
    from traitlets import Bool, Enum

    from zconsole.frontend.configurable import ZConsole

    trait: Any = ZConsole.class_traits().get(name)
    if isinstance(trait, Enum):
        return [Match(repr(value)) for value in trait.values or ()]
    return [Match("True"), Match("False")] if isinstance(trait, Bool) else []


_OWN_SETTINGS = Match("ZConsole", OURS, "the settings of this session")

_ARGUMENTS: Mapping[str, Callable[[str], Offered]] = {
    "%kernel": _kernels,
    "%recover": _sessions,
    "%export": _files,
    "%config": _settings,
}

_NAME = re.compile(r"%\w*")
_ARGUMENT = re.compile(r"(%\w+)\s+(.*)")
_SETTING = re.compile(r"ZConsole\.(\w+)\s*=\s*")
