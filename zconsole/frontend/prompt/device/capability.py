"""How a terminal can show pictures: by its environment, and by what it answers when it is asked. Pure.

Who asks writes `query` and gives each answer to `heard`, whenever it comes; the last answer is to the
last question, which every terminal knows. Until then, and where nobody is asked, the environment says what it
can. It is believed where it is the only sign (iTerm2), never against an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

CELL = (8, 16)
"""Pixels of a character, where nothing says."""

KITTY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
CELL_SIZE = "\x1b[16t"
REGISTERS = "\x1b[?1;1;0S"
VERSION = "\x1b[>q"
ATTRIBUTES = "\x1b[c"

QUERY = KITTY + CELL_SIZE + REGISTERS + VERSION + ATTRIBUTES
"""May one show kitty's pictures? How large are cells? How many colours has sixel? Who are you? And the one
that is answered by all, primary device attributes, which say whether there is sixel."""

FILES = ("kitty", "iterm2")
"""The ways that give files to the terminal."""

INSIDE_TMUX = CELL_SIZE + REGISTERS + ATTRIBUTES
"""What tmux answers for itself. kitty's question would pass through it, and the picture be drawn anywhere."""


class Answers(NamedTuple):
    """What a terminal has answered so far; `complete` when no more will come."""

    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    registers: int | None = None
    version: str = ""
    complete: bool = False


def query(environment: Mapping[str, str]) -> str:
    """What to write to this terminal; nothing to those that would print the question."""
    terminal = environment.get("TERM", "")
    if terminal in _SILENT or _is_screen(environment):
        return ""
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":  # it prints kitty's
        return ATTRIBUTES
    return INSIDE_TMUX if "TMUX" in environment else QUERY


def heard(answers: Answers, reply: str) -> Answers:
    """The answers with one more, a whole escape sequence; unchanged when it is none that was asked for."""
    for pattern, take in _REPLIES:
        if found := re.fullmatch(pattern, reply):
            return take(answers, found)
    return answers


def choose(environment: Mapping[str, str], answers: Answers) -> str:
    """The best of `settings.GRAPHICS` for this terminal; what its user has chosen is not asked about here."""
    terminal = environment.get("TERM", "")
    if terminal in ("", "dumb"):
        return "none"
    if terminal == "linux":  # its fonts have no braille
        return "blocks"
    if "TMUX" in environment:
        return "sixel" if answers.sixel else "text"
    if _is_screen(environment):
        return "text"
    if answers.kitty:
        return "kitty"
    if _is_iterm2(environment, answers):
        return "iterm2"
    if answers.complete:
        return "sixel" if answers.sixel else "text"
    return _by_name(environment)


def is_multiplexer(environment: Mapping[str, str]) -> bool:
    """Whether this is tmux or GNU screen, which do not hand files of pictures on; tmux takes kitty's for the
    title of its window."""
    return "TMUX" in environment or _is_screen(environment)


def cell(rows: int, columns: int, width: int, height: int, answers: Answers) -> tuple[int, int]:
    """Pixels of a character: in a window of so many `rows`, `columns` and pixels (TIOCGWINSZ; 0 when it does
    not say), by the answer, or as most have it."""
    if rows > 0 and columns > 0 and _is_sane(width // columns, height // rows):
        return width // columns, height // rows
    return answers.cell or CELL


def _is_screen(environment: Mapping[str, str]) -> bool:
    """Whether this is GNU screen, which hands some questions on and keeps the answers."""
    return environment.get("TERM", "").startswith("screen") and "TMUX" not in environment


def _is_iterm2(environment: Mapping[str, str], answers: Answers) -> bool:
    """There is no question about it. Konsole is left out: it answers the others."""
    names = (environment.get("TERM_PROGRAM", ""), environment.get("LC_TERMINAL", ""))
    return any(name in _ITERM2 for name in names) or answers.version.startswith(("iTerm2", "WezTerm"))


def _by_name(environment: Mapping[str, str]) -> str:
    """Before it has answered, or when it cannot be asked."""
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") in _KITTY:
        return "kitty"
    if environment.get("TERM_PROGRAM") == "ghostty":
        return "kitty"
    return "sixel" if environment.get("TERM", "").partition("-")[0] in _SIXEL else "text"


def _is_sane(width: int, height: int) -> bool:
    return 2 <= width <= 200 and 4 <= height <= 400


def _kitty(answers: Answers, found: re.Match[str]) -> Answers:
    return answers._replace(kitty=found[1] == "OK")


def _cell(answers: Answers, found: re.Match[str]) -> Answers:
    height, width = int(found[1]), int(found[2])
    return answers._replace(cell=(width, height)) if _is_sane(width, height) else answers


def _registers(answers: Answers, found: re.Match[str]) -> Answers:
    return answers._replace(registers=min(int(found[1]), 256)) if int(found[1]) > 1 else answers


def _version(answers: Answers, found: re.Match[str]) -> Answers:
    return answers._replace(version=found[1])


def _attributes(answers: Answers, found: re.Match[str]) -> Answers:
    return answers._replace(sixel="4" in found[1].split(";")[1:], complete=True)


_SILENT = ("", "dumb", "linux", "cygwin")
_ITERM2 = ("iTerm.app", "iTerm2", "WezTerm", "mintty")
_KITTY = ("xterm-kitty", "xterm-ghostty")
_SIXEL = ("foot", "mlterm", "yaft", "contour")

# compiled when they are used, which is behind the first prompt
_REPLIES: tuple[tuple[str, Callable[[Answers, re.Match[str]], Answers]], ...] = (
    (r"\x1b_Gi=31;([^\x1b]*)\x1b\\", _kitty),
    (r"\x1b\[6;(\d{1,5});(\d{1,5})t", _cell),
    (r"\x1b\[\?1;0;(\d{1,9})S", _registers),
    (r"\x1bP>\|([^\x1b]*)\x1b\\", _version),
    (r"\x1b\[\?([\d;]{1,99})c", _attributes),
)
