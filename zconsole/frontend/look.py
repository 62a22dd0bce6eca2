"""What the terminal can show: all that rendering knows of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from zconsole.frontend.palette import OURS, Theme


def no_link(path: str, line: int) -> str:
    """Nothing can be clicked on."""
    return ""


class Look(NamedTuple):
    """`width` in columns, whether there is `colour`, and with which `background`, "dark" or "light";
    `depth` is bits of colour: 4, 8 or 24. `chosen` is the theme, when it is none of ours. `link` makes the
    URI of a line of a file, empty when it cannot be clicked on."""

    width: int = 80
    colour: bool = True
    background: str = "dark"
    depth: int = 8
    chosen: Theme | None = None
    link: Callable[[str, int], str] = no_link

    @property
    def theme(self) -> Theme:
        """The colours of code and prompts."""
        return self.chosen or OURS[self.background]
