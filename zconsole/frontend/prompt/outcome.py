"""How the last cell has ended. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """The end of a cell: its number, None when the kernel told none; whether it has `failed`; the seconds
    that it ran, without those in which it waited for the user."""

    number: int | None
    failed: bool
    seconds: float
