"""The prompt as it is drawn: the user's form filled in, with colours and marks.

A form is read once, and again when the setting has changed; one that cannot be used is told and ours is
taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.form import Form
from zconsole.frontend.prompt.marks import around
from zconsole.frontend.settings import Settings

if TYPE_CHECKING:
    from zconsole.frontend.prompt.outcome import Outcome

DEFAULTS = Settings()


class PromptLine:
    """Draws prompts. `marked`: the terminal may be told where they are; `complain` is given a sentence."""

    outcome: Outcome | None = None
    """How the cell before it has ended; None when there was none."""

    def __init__(self, preferences: Preferences, complain: Callable[[str], None], *, marked: bool) -> None:
        self._preferences = preferences
        self._marked = marked
        self._complain = complain
        self._read(frozenset({"prompt", "continuation"}))
        preferences.observe(self._read)

    def first(self, number: int, kernel: str) -> StyleAndTextTuples:
        """The prompt of a block."""
        failed = "-failed" if self.outcome and self.outcome.failed else ""
        pieces = self._prompt.fill(_Values(number, kernel, 1, self.outcome))
        prompt: StyleAndTextTuples = [
            (f"class:prompt{failed}{'-number' if name == 'number' else ''}", text) for text, name in pieces
        ]
        return around(prompt) if self._marked and self._preferences.now.marks else prompt

    def next(self, number: int, kernel: str, line: int, width: int) -> StyleAndTextTuples:
        """The prompt of a block's further line, as wide as that of the first."""
        text = self._continuation.fixed
        if text is None:
            pieces = self._continuation.fill(_Values(number, kernel, line, self.outcome))
            text = "".join(piece for piece, _ in pieces)
        return [("class:prompt", text.rjust(width))]

    def _read(self, names: frozenset[str]) -> None:
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
    from zconsole.frontend.prompt.outcome import duration

    return duration(outcome.seconds) if outcome else ""


_LOOKED_UP: Mapping[str, Callable[[Outcome | None], str]] = {
    "user": _user,
    "host": _host,
    "time": _time,
    "elapsed": _elapsed,
}
