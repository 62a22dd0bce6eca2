"""The line editor's style, from the palette; no Pygments is needed to make it."""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle, DummyStyle, Style

from zconsole.frontend.palette import PALETTES, PROMPTS


def style(background: str, colour: bool) -> BaseStyle:
    """The style for a "dark" or "light" background; one that does nothing without `colour`."""
    if not colour:
        return DummyStyle()
    tokens = {f"pygments.{_full(token)}": look for token, look in PALETTES[background].items()}
    return Style.from_dict({**tokens, **PROMPTS})


def color_depth(environment: Mapping[str, str]) -> ColorDepth:
    """How many colours: none by NO_COLOR, all by COLORTERM, else the 256 that every terminal has."""
    if environment.get("NO_COLOR"):
        return ColorDepth.DEPTH_1_BIT
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    return ColorDepth.DEPTH_8_BIT


def _full(token: str) -> str:
    return f"literal.{token}" if token.startswith(("string", "number")) else token
