"""The prompt as it is drawn: the user's form filled in, with colours and marks.

A form is read once, and again when the setting has changed; one that cannot be used is told and ours is
taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.marks import around
from zconsole.frontend.prompt.form import Form
from zconsole.frontend.settings import Settings

if TYPE_CHECKING:
    from zconsole.frontend.prompt.outcome import Outcome

DEFAULTS = Settings()
NAMES = frozenset({"prompt", "continuation", "marks"})
"""The settings that this is made of."""


class PromptLine:
    """Draws prompts. `marked`: the terminal may be told where they are; `complain` is given a sentence."""

    def __init__(self, preferences: Preferences, complain: Callable[[str], None], *, marked: bool) -> None:
        self._preferences = preferences
        self._marked = marked
        self._complain = complain
        self._outcome: Outcome | None = None
        self._drawn: tuple[int, str, StyleAndTextTuples, StyleAndTextTuples] | None = None
        self._read(NAMES)
        preferences.observe(self._read)

    def begin(self, outcome: Outcome | None) -> None:
        """A block is going to be read; `outcome` is how the cell before it has ended, if there was one."""
        self._outcome = outcome
        self._drawn = None

    def first(self, number: int, kernel: str, mode: StyleAndTextTuples) -> StyleAndTextTuples:
        """The prompt of a block, behind what tells the mode of the keys."""
        # the editor asks for it with every key, for each line that it draws
        if self._drawn is None or self._drawn[:3] != (number, kernel, mode):
            prompt = [*mode, *self._draw(number, kernel)]
            marked = self._marked and self._preferences.now.marks
            self._drawn = number, kernel, mode, around(prompt) if marked else prompt
        return self._drawn[3]

    def _draw(self, number: int, kernel: str) -> StyleAndTextTuples:
        failed = "-failed" if self._outcome and self._outcome.failed else ""
        pieces = self._prompt.fill(_Values(number, kernel, 1, self._outcome))
        return [
            (f"class:prompt{failed}{'-number' if name == 'number' else ''}", text) for text, name in pieces
        ]

    def next(self, number: int, kernel: str, line: int, width: int) -> StyleAndTextTuples:
        """The prompt of a block's further line, as wide as that of the first."""
        text = self._continuation.fixed
        if text is None:
            pieces = self._continuation.fill(_Values(number, kernel, line, self._outcome))
            text = "".join(piece for piece, _ in pieces)
        return [("class:prompt", text.rjust(width))]

    def _read(self, names: frozenset[str]) -> None:
        if names & NAMES:
            self._drawn = None
        if "prompt" in names:
            self._prompt = self._form("prompt")
        if "continuation" in names:
            self._continuation = self._form("continuation")

    def _form(self, name: str) -> Form:
        try:
            return Form(getattr(self._preferences.now, name))
        except ValueError as error:
            self._complain(str(error))
            return Form(getattr(DEFAULTS, name))


class _Values(dict[str, object]):
    """The fields of a prompt; what has to be found out is so only when a prompt tells it."""

    def __init__(self, number: int, kernel: str, line: int, outcome: Outcome | None) -> None:
        super().__init__(
            number=number,
            line=line,
            kernel=kernel,
            failed="!" if outcome and outcome.failed else "",
        )
        self._outcome = outcome

    def __missing__(self, name: str) -> str:
        return _LOOKED_UP[name](self._outcome)


def _user(outcome: Outcome | None) -> str:
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError):  # a user that the system has no name for
        return ""


def _host(outcome: Outcome | None) -> str:
    from socket import gethostname

    return gethostname().partition(".")[0]


def _time(outcome: Outcome | None) -> str:
    from time import strftime

    return strftime("%H:%M")


def _elapsed(outcome: Outcome | None) -> str:
    from zconsole.frontend.lengths import exactly

    return exactly(outcome.seconds) if outcome else ""


_LOOKED_UP: Mapping[str, Callable[[Outcome | None], str]] = {
    "user": _user,
    "host": _host,
    "time": _time,
    "elapsed": _elapsed,
}
