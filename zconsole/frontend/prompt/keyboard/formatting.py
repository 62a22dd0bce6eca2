"""Has ruff or black reformat a block of Python, in a process of its own.

What is IPython's in it (`%time f()`, `!ls`) they cannot read: names stand in for it, and it is put back where
they come out. Their own configuration counts: they are started in our working directory.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys

from zconsole.frontend.prompt.blocks import without_escapes

LIMIT = 10.0
"""Seconds that the program may take: black takes one to start where the disk is slow."""

COMMANDS = {
    "ruff": ("ruff", "format", "--stdin-filename", "block.py", "-"),
    "black": ("black", "--quiet", "--stdin-filename", "block.py", "-"),
}
"""By formatter, what is run; `auto` takes the first that is there."""


class CannotReformat(Exception):
    """The sentence for the user."""


async def reformatted(code: str, formatter: str) -> str:
    """The block as the formatter (`auto`, `ruff`, `black`, `none`) writes it. Raises CannotReformat."""
    if code.lstrip().startswith("%%"):
        raise CannotReformat("The text behind %% may be of any language: it is not reformatted.")
    name, command = _command(formatter)
    python, escapes = without_escapes(code, _MARK)
    text = (await _run(name, command, python)).rstrip("\n")
    # a semicolon at the end is no matter of style: IPython shows no result then
    text += ";" if code.rstrip().endswith(";") and not text.endswith(";") else ""
    whole = _MARKED.sub(lambda found: found[1] + escapes[int(found[2])], text)
    if _MARK in whole:
        raise CannotReformat(f"{name} has moved what only IPython understands, so the block stays as it is.")
    return whole


def moved(before: str, position: int, after: str) -> int:
    """Where the cursor belongs in the new text: behind as many characters that are no blanks."""
    count = len("".join(before[:position].split()))
    if not count:
        return 0
    for found in re.finditer(r"\S", after):
        count -= 1
        if count == 0:
            return found.end()
    return len(after)


def _command(formatter: str) -> tuple[str, tuple[str, ...]]:
    if formatter == "none":
        raise CannotReformat("Reformatting is switched off: c.ZConsole.formatter is 'none'.")
    names = tuple(COMMANDS) if formatter == "auto" else (formatter,)
    # an environment that is not activated has its programs beside its Python
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), os.path.dirname(sys.executable)])
    for name in names:
        if program := shutil.which(COMMANDS[name][0], path=path):
            return name, (program, *COMMANDS[name][1:])
    raise CannotReformat(f"To reformat a block, install {' or '.join(names)}: pip install {names[0]}.")


async def _run(name: str, command: tuple[str, ...], text: str) -> str:
    pipe = subprocess.PIPE
    try:
        # to start it takes a millisecond
        program = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)  # noqa: ASYNC220
    except OSError as error:
        raise CannotReformat(f"{name} cannot be started: {error.strerror}.") from None
    data = text.encode("utf-8", "replace")
    try:
        # in a thread: asyncio's own processes are slow to leave when they are cancelled, and this is when the
        # block is run while it is still being reformatted
        loop = asyncio.get_running_loop()
        out, problem = await loop.run_in_executor(None, program.communicate, data, LIMIT)
    except subprocess.TimeoutExpired:
        raise CannotReformat(f"{name} has not come to an end within {LIMIT:.0f} s.") from None
    finally:
        if program.returncode is None:
            program.kill()  # ends the thread's wait as well
    if program.returncode:
        why = " ".join(problem.decode("utf-8", "replace").split())
        raise CannotReformat(f"{name} cannot read this block: {why[:300] or 'it does not say why'}")
    return out.decode("utf-8", "replace")


_MARK = "_zconsole_escape_"
_MARKED = re.compile(rf"^(\s*){_MARK}(\d+);?$", re.MULTILINE)
