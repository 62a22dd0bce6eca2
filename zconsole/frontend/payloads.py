"""What a kernel asks the front end to do when a cell is over ("Payloads (DEPRECATED)" in the specification).

Deprecated for ten years, and still how `?`, `%load`, `%edit` and `exit` work.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Edit:
    """`%edit`: the file, the line to begin in (0: none), whether what was edited is to be run, and whether it
    is a file of the kernel's for this alone, so that its text is what matters."""

    filename: str
    line: int = 0
    run: bool = True
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be done: texts to page, files to edit, the text of the next prompt, leaving (and whether the
    kernel stays behind)."""

    pages: Sequence[Mapping[str, Any]] = ()
    next_input: str | None = None
    leave: bool = False
    keep_kernel: bool = False
    edits: Sequence[Edit] = ()


TEMPORARY = "ipython_edit_"
"""How the names of IPython's files for `%edit` begin."""


def wishes(payloads: Sequence[Mapping[str, Any]]) -> Wishes:
    """All that the payloads of a reply ask for; unknown ones ask for nothing."""
    result = Wishes()
    for payload in payloads:
        if add := _SOURCES.get(str(payload.get("source"))):
            result = add(result, payload)
    return result


def _page(so_far: Wishes, payload: Mapping[str, Any]) -> Wishes:
    data = payload.get("data")
    return replace(so_far, pages=[*so_far.pages, data]) if isinstance(data, dict) else so_far


def _set_next_input(so_far: Wishes, payload: Mapping[str, Any]) -> Wishes:
    # `replace` is about editing the cell itself, which has been run: either way it is the next prompt's text
    return replace(so_far, next_input=str(payload.get("text", "")))


def _ask_exit(so_far: Wishes, payload: Mapping[str, Any]) -> Wishes:
    return replace(so_far, leave=True, keep_kernel=bool(payload.get("keepkernel", False)))


def _edit(so_far: Wishes, payload: Mapping[str, Any]) -> Wishes:
    filename, line = payload.get("filename"), payload.get("line_number")
    if not isinstance(filename, str) or not filename:
        return so_far
    temporary = payload.get("temporary")
    if temporary is None:  # ipykernel does not tell
        temporary = os.path.basename(filename).startswith(TEMPORARY)
    edit = Edit(
        filename,
        int(str(line)) if str(line).isdecimal() else 0,
        payload.get("run", True) is not False,
        bool(temporary),
    )
    return replace(so_far, edits=[*so_far.edits, edit])


_SOURCES = {
    "page": _page,
    "set_next_input": _set_next_input,
    "ask_exit": _ask_exit,
    "edit": _edit,
    "edit_magic": _edit,
}
