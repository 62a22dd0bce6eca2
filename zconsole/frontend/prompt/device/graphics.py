"""How pictures can be shown now: by the setting, what the terminal has said, and its environment.

The order: `graphics` when it was chosen, else the terminal's answers, else the environment (`capability`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.capability import (
    FILES,
    Answers,
    cell,
    choose,
    heard,
    is_multiplexer,
)


class Window(NamedTuple):
    """The size of a terminal, in characters and in pixels; 0 for what is not known."""

    rows: int = 0
    columns: int = 0
    width: int = 0
    height: int = 0


class Graphics:
    """The pictures of one terminal, which has this environment."""

    def __init__(self, preferences: Preferences, environment: Mapping[str, str]) -> None:
        self._preferences = preferences
        self._environment = environment
        self._answers = Answers()

    def hear(self, reply: str) -> None:
        """The terminal has answered this, a whole escape sequence."""
        self._answers = heard(self._answers, reply)

    def seen(self, look: Look, window: Window) -> Look:
        """The look, with what there is for pictures in a window of this size."""
        chosen = self._preferences.now.graphics
        by_itself = chosen == "auto" or (chosen in FILES and is_multiplexer(self._environment))
        return look._replace(
            graphics=choose(self._environment, self._answers) if by_itself else chosen,
            cell=cell(*window, self._answers),
            registers=self._answers.registers or look.registers,
        )
