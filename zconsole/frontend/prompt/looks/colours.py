"""How things look now: by the settings, the environment, and what the terminal has said of its background.

The order: a theme that was chosen, else `style`, else COLORFGBG, else the terminal's answer, else dark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle

from zconsole.frontend.look import Look
from zconsole.frontend.palette import Rgb, ground
from zconsole.frontend.palette import background as by_colorfgbg
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.marks import understands
from zconsole.frontend.prompt.looks.style import DEPTHS, depth, style

NAMES = frozenset({"theme", "style", "color_depth", "links"})
"""The settings that this depends on."""


class Colours:
    """The look, and what the editor makes of it. `colour` is whether there may be any; `complain` is given a
    sentence for the user when a setting cannot be followed."""

    look: Look
    """What can be shown; its width is not kept."""
    style: BaseStyle
    depth: ColorDepth

    def __init__(
        self,
        colour: bool,
        preferences: Preferences,
        environment: Mapping[str, str],
        complain: Callable[[str], None],
    ) -> None:
        self._colour = colour
        self._preferences = preferences
        self._environment = environment
        self._complain = complain
        self._heard: Rgb | None = None
        self.renew()

    @property
    def wants_to_know(self) -> bool:
        """Whether the background depends on what the terminal says, and it may be asked."""
        now = self._preferences.now
        return (
            self.look.colour
            and (now.theme, now.style) == ("auto", "auto")
            and not (self._heard or self._told)
            and understands(self._environment)
        )

    def hear(self, ground: Rgb) -> None:
        """The terminal has told the colour of its background."""
        self._heard = ground
        self.renew()

    def renew(self) -> None:
        """Make all of it again."""
        now = self._preferences.now
        background = now.style if now.style != "auto" else self._told or ground(self._heard)
        bits = int(now.color_depth) if now.color_depth != "auto" else depth(self._environment)
        look = Look(colour=self._colour and bits > 1, background=background, depth=bits, told=self._heard)
        self.look = self._themed(look)
        self.style = style(self.look.theme, self.look.colour)
        self.depth = DEPTHS[bits if self.look.colour else 1]

    @property
    def _told(self) -> str:
        words = self._environment.get("COLORFGBG", "")
        return by_colorfgbg(words) if words[-1:].isdigit() else ""

    def _themed(self, look: Look) -> Look:
        now = self._preferences.now
        if not look.colour:
            return look
        if now.links and understands(self._environment):
            look = look._replace(link=self._link)
        if now.theme == "auto":
            return look
        from zconsole.frontend.prompt.looks.themes import NO_COLOUR, theme

        try:
            return look._replace(chosen=theme(now.theme), colour=now.theme != NO_COLOUR)
        except ValueError as error:
            self._complain(str(error))
            return look

    def _link(self, path: str, line: int) -> str:
        from zconsole.frontend.prompt.device.links import uri  # with the first traceback

        return uri(path, line, self._environment)
