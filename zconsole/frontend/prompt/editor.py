"""Which program edits a text."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping


def editor_command(environment: Mapping[str, str]) -> list[str] | None:
    """$VISUAL, else $EDITOR, else vi; None when there is no such program."""
    try:
        argv = shlex.split(environment.get("VISUAL") or environment.get("EDITOR") or "vi")
    except ValueError:  # quotes that do not close
        argv = ["vi"]
    program = shutil.which(argv[0], path=environment.get("PATH")) if argv else None
    return [program, *argv[1:]] if program else None
