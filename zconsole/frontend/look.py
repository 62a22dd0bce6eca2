"""What the terminal can show: all that rendering knows of it."""

from __future__ import annotations

from typing import NamedTuple


class Look(NamedTuple):
    """`width` in columns, whether there is `colour`, and with which `background`, "dark" or "light"."""

    width: int = 80
    colour: bool = True
    background: str = "dark"
