"""The line editor's style, from the palette; no Pygments is needed to make it."""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle, DummyStyle, Style

from zconsole.frontend.palette import Theme

DEPTHS: Mapping[int, ColorDepth] = {
    1: ColorDepth.DEPTH_1_BIT,
    4: ColorDepth.DEPTH_4_BIT,
    8: ColorDepth.DEPTH_8_BIT,
    24: ColorDepth.DEPTH_24_BIT,
}


def style(theme: Theme, colour: bool) -> BaseStyle:
    """The style for a theme; one that does nothing without `colour`."""
    if not colour:
        return DummyStyle()
    tokens = {f"pygments.{_full(token)}": look for token, look in theme.tokens.items()}
    return Style.from_dict({**tokens, **theme.prompts})


def depth(environment: Mapping[str, str]) -> int:
    """Bits of colour: 1 by NO_COLOR or for a terminal without, 24 by COLORTERM, else by TERM; 256 colours are
    what nearly every terminal has."""
    term = environment.get("TERM", "")
    if environment.get("NO_COLOR") or term.startswith(_WITHOUT) or term.endswith(("-m", "-mono")):
        return 1
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return 24
    if term in _TRUE:  # also behind ssh, which does not pass COLORTERM on
        return 24
    return 4 if term.startswith(_FEW) or term.endswith(("-16color", "-8color", "-color")) else 8


_TRUE = ("xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour")
_WITHOUT = ("dumb", "vt1", "vt2", "unknown")
_FEW = ("linux", "ansi", "cygwin", "cons25", "eterm")


def _full(token: str) -> str:
    return f"literal.{token}" if token.startswith(("string", "number")) else token
