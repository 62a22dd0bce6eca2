"""Commands of the front end: a block that is exactly one of these, with its argument, is not sent to the
kernel.

Everything else is the kernel's: also `exit` and `quit`, which come back as the payload `ask_exit`, a command
with an argument that it does not take, and one behind a blank, which is how a magic of the same name is
reached. What the commands do is told in `errands`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Command(NamedTuple):
    """A command as it was typed: its name, and the rest of the line."""

    name: str
    argument: str = ""


class About(NamedTuple):
    """What is known of a command: what it does, its argument in words (empty: it takes none), whether it
    needs one, and with what word that has to begin for the command to be ours."""

    help: str
    argument: str = ""
    needed: bool = False
    begins: str = ""


COMMANDS: Mapping[str, About] = {
    "%restart": About("end the kernel and start it again"),
    "%interrupt": About("stop what the kernel runs, whosever it is"),
    "%kernel": About("go over to another kernel, of a kernelspec or running", "NAME", True),
    "%connect_info": About("how another front end connects to this kernel"),
    "%seats": About("who is attached to this kernel"),
    "%answer": About("answer the question of somebody else's cell", "[TEXT]"),
    "%reopen": About("show all that a cell has shown, the newest one's without a number", "[N]"),
    "%export": About(
        "write the session to a notebook (.ipynb), Markdown (.md) or a script (.py)", "FILE", True
    ),
    "%recover": About("run again what can be of a session that was cut off, or of this one", "[SESSION]"),
    "%forget": About("take the last block out of the history, or all with TEXT in them", "[TEXT]"),
    "%config": About(
        "show and change settings of the console", "ZConsole[.NAME [= VALUE]]", True, begins="ZConsole"
    ),
    "%keys": About("list the keys, with the names by which they can be changed", "[TEXT]"),
    "%detach": About("leave, and let the kernel run on (also Ctrl+\\)"),
    "%stop": About("end the kernel, whoever started it, and leave"),
    "%commands": About("list these commands"),
}
"""Each command and what is known of it."""


def find(block: str) -> Command | None:
    """The command that a block is, None for code."""
    line = block.rstrip()
    name, _, argument = line.partition(" ")
    about = COMMANDS.get(name)
    if about is None or "\n" in line or bool(argument) > bool(about.argument):
        return None
    argument = argument.strip()
    return (
        Command(name, argument) if re.match(rf"{about.begins}\b" if about.begins else "", argument) else None
    )


def overview() -> str:
    """All commands, a line each."""
    usages = {f"{name} {about.argument}".rstrip(): about.help for name, about in COMMANDS.items()}
    width = max(map(len, usages))
    return "\n".join(f"{usage:{width}}  {help}" for usage, help in usages.items())


def usage(name: str) -> str:
    """How a command is called, when it was called without the argument that it needs."""
    return f"{name} needs an argument: {name} {COMMANDS[name].argument}"


ALSO = f"\nzconsole's own commands (%commands says what they do):\n{'  '.join(COMMANDS)}"
"""What is said behind the kernel's own list of magics."""


def shadow(name: str) -> str:
    """What is said when the kernel has a magic of that name."""
    return f"(This is zconsole's {name}; for the kernel's own one begin with a blank.)"
