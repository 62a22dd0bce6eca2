"""Which program shows a text that does not fit the screen."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pager:
    """A program that reads its standard input, and its environment."""

    argv: Sequence[str]
    env: Mapping[str, str]


def pager_command(environment: Mapping[str, str]) -> Pager | None:
    """$PAGER, else less; None when there is neither. less gets -R, for the colours."""
    try:
        argv = shlex.split(environment.get("PAGER", "")) or ["less"]
    except ValueError:  # quotes that do not close
        argv = ["less"]
    if argv == ["less"]:
        argv = ["less", "-R"]
    program = shutil.which(argv[0], path=environment.get("PATH"))
    return Pager([program, *argv[1:]], environment) if program else None
