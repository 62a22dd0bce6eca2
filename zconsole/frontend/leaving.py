"""The exit rule: whether to ask before the kernel is ended, what, and what the answer means. Pure.

Leaving ends the kernel that we started and leaves one that we attached to. Somebody's cell or somebody else
at our kernel are reasons to ask, however one leaves; then the answer that costs nothing is the default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from zconsole.frontend.together import listed


class Choice(Enum):
    """What becomes of the kernel, and of us."""

    END = "the kernel is ended"
    KEEP = "the kernel runs on without us"
    STAY = "nothing happens"


@dataclass(frozen=True, slots=True)
class Question:
    """A line to ask; its `answers` in lower case, and what the end of input means."""

    prompt: str
    answers: Mapping[str, Choice]
    at_eof: Choice

    def choice(self, answer: str) -> Choice | None:
        """What an answer means; None for one that means nothing, and is asked for again."""
        return self.answers.get(answer.strip().lower())


def question(
    *, owned: bool, running: str = "", others: Sequence[str] = (), confirm: bool = False, deed: str = "end"
) -> Question | None:
    """What to ask before leaving; None when there is no need to.

    `owned`, whether the kernel is ours; `running`, the cell of somebody that it runs, in words; `others`, who
    else is attached; `confirm`, whether the user wants to be asked anyway; `deed`, what is to be done to it.
    """
    if not owned:
        return None
    reasons = [f"The kernel runs {running}"] if running else []
    if others:
        number = "1 other is" if len(others) == 1 else f"{len(others)} others are"
        reasons.append(f"{number} attached ({', '.join(others)})")
    if reasons and deed == "end":
        return Question(
            f"{listed(reasons)}; end the kernel, keep it, or stay (e/k/[s])? ", _DEAR, Choice.STAY
        )
    if reasons:
        return Question(f"{listed(reasons)}; {deed} the kernel (y/[n])? ", DEED, Choice.STAY)
    return Question(CONFIRM, _CHEAP, Choice.END) if confirm else None


CONFIRM = "Do you really want to exit ([y]/n)? "

_CHEAP = {"": Choice.END, "y": Choice.END, "yes": Choice.END, "n": Choice.STAY, "no": Choice.STAY}
DEED = {**_CHEAP, "": Choice.STAY}
"""The answers to a question whose default is that nothing happens."""
_DEAR = {
    "": Choice.STAY,
    **dict.fromkeys(("e", "end", "y", "yes"), Choice.END),
    **dict.fromkeys(("k", "keep"), Choice.KEEP),
    **dict.fromkeys(("s", "stay", "n", "no"), Choice.STAY),
}
