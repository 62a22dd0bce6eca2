"""pdb while it asks for a command: which one asks, its words, and the names where it stands.

`breakpoint()`, `%debug` and `pdb.set_trace()` ask with input(). Who asks is found on the stack of the thread
that waits for the answer; a subshell completes meanwhile. The rule: the locals of a frame are pdb's copy.
Before Python 3.13 a look at `f_locals` would undo what the user has assigned at its prompt.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pdb import Pdb
from typing import Any, NamedTuple


class Word(NamedTuple):
    """A word of the debugger's own: its text, as much of it as is `written`, and what it is."""

    text: str
    written: str
    kind: str


def asking(thread: int) -> Pdb | None:
    """The debugger that this thread asks for, when it waits in input(); None when anything else does."""
    frame = sys._current_frames().get(thread)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    if frame is None or frame.f_code.co_name != "cmdloop":
        return None
    debugger = frame.f_locals.get("self")
    return debugger if isinstance(debugger, Pdb) else None


def namespaces(debugger: Pdb) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The local and the global names of the frame that a debugger looks at."""
    frame = debugger.curframe
    if frame is None:  # it has been left in this moment
        return {}, {}
    names = frame.f_locals if sys.version_info >= (3, 13) else debugger.curframe_locals
    return names, frame.f_globals


def own_words(debugger: Pdb, before: str) -> tuple[Sequence[Word], bool]:
    """The debugger's own words behind `before`, and whether no others can stand there."""
    line = before.rpartition(";;")[2].lstrip()
    command, blank, _ = line.partition(" ")
    if not blank:
        names = {*debugger.completenames(line), *(name for name in debugger.aliases if name.startswith(line))}
        return [Word(name, line, "command") for name in sorted(names)], False
    complete = getattr(debugger, f"complete_{command}", None)
    if complete is None or getattr(complete, "__func__", None) in _EXPRESSIONS:
        return [], False
    # what readline takes for a word, as pdb sets it up
    written = line[_WORD_BEGINS(line).start() :]  # type: ignore[union-attr]  # it matches the empty word as well
    found = complete(written, line, len(line) - len(written), len(line))
    return [Word(text, written, "") for text in found], True


_EXPRESSIONS = [getattr(Pdb, "_complete_expression", None)]
_WORD_BEGINS = re.compile(r"""[^ \t\n`@#$%^&*()=+\[{\]}\\|;:'",<>?]*$""").search
_HERE = os.path.dirname(__file__) + os.sep
