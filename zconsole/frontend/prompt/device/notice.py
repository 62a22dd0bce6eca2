"""A long cell has ended and the user looks elsewhere: how he is told. Pure.

By a notification of the desktop where the terminal is known to show them, else by the bell, which terminals
and multiplexers turn into a mark on the window. Inside tmux and screen a notification has to be handed
through, which they do only when they are allowed to: so only by the user's wish.
"""

from __future__ import annotations

from collections.abc import Mapping

from zconsole.frontend.lengths import exactly
from zconsole.frontend.prompt.outcome import Outcome

BELL = "\x07"


def notice(outcome: Outcome, way: str, environment: Mapping[str, str]) -> str:
    """What to write to the terminal, by the setting `notify`: auto, bell, osc9, osc777 or none."""
    if way == "auto":
        way = _way(environment)
    sequence = _WAYS[way].format(_sentence(outcome))
    return sequence if way in ("bell", "none") else _through(sequence, environment)


def _sentence(outcome: Outcome) -> str:
    cell = "The cell" if outcome.number is None else f"In [{outcome.number}]"
    return f"{cell} {'failed' if outcome.failed else 'is done'} after {exactly(outcome.seconds)}"


def _way(environment: Mapping[str, str]) -> str:
    if environment.get("TMUX") or environment.get("STY"):
        return "bell"
    by_program = _PROGRAMS.get(environment.get("TERM_PROGRAM", ""))
    by_term = next(
        (way for term, way in _TERMS.items() if environment.get("TERM", "").startswith(term)), "bell"
    )
    return by_program or by_term


def _through(sequence: str, environment: Mapping[str, str]) -> str:
    if environment.get("TMUX"):
        return "\x1bPtmux;{}\x1b\\".format(sequence.replace("\x1b", "\x1b\x1b"))
    return f"\x1bP{sequence}\x1b\\" if environment.get("STY") else sequence


_WAYS: Mapping[str, str] = {
    "bell": BELL,
    "osc9": "\x1b]9;zconsole: {}\x07",
    "osc777": "\x1b]777;notify;zconsole;{}\x07",
    "none": "",
}
_PROGRAMS: Mapping[str, str] = {"iTerm.app": "osc9", "WezTerm": "osc9", "ghostty": "osc9"}
_TERMS: Mapping[str, str] = {
    "xterm-kitty": "osc9",
    "xterm-ghostty": "osc9",
    "foot": "osc777",
    "rxvt": "osc777",
    "contour": "osc777",
}
