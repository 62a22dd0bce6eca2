"""`%edit`, the front end's half: the file in the editor, and then what is to be run.

As in IPython's terminal the code is run when the editor is left. What was written into a file of IPython's
own is run as the next cell, shown like one that was typed: it stands in the session, its history and its
record. A file of the user's is run with `%run -i`.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import NamedTuple

from zconsole.frontend.payloads import Edit
from zconsole.frontend.prompt.editor import EditorError
from zconsole.frontend.prompt.terminal import Terminal


class Edited(NamedTuple):
    """What has come of it: the code to run, empty for none, and a sentence, empty when all went well."""

    code: str = ""
    sentence: str = ""


async def edit(wish: Edit, terminal: Terminal) -> Edited:
    """Have a file edited that a kernel names."""
    file = Path(wish.filename)
    if not _can_be_here(file, wish):
        return Edited(sentence=f"{file} is not on this machine, so it cannot be edited here.")
    try:
        await terminal.edit_file(file, wish.line)
    except EditorError as error:
        return Edited(sentence=str(error))
    return _to_run(file, wish)


def _can_be_here(file: Path, wish: Edit) -> bool:
    return file.exists() or (not wish.temporary and file.parent.is_dir())


def _to_run(file: Path, wish: Edit) -> Edited:
    if not wish.run:
        return Edited()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Edited(sentence=f"{file} was not written, so nothing is run.")
    except (OSError, UnicodeDecodeError) as error:
        return Edited(sentence=f"{file} cannot be read, so nothing is run: {error}.")
    if not text.strip():
        return Edited(sentence=f"{file.name} is empty, so nothing is run.")
    # IPython takes a line of arguments apart as a shell does
    return Edited(text.rstrip() if wish.temporary else f"%run -i {shlex.quote(str(file))}")
