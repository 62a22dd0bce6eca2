"""How the last cell has ended, and what is said of it: that it has failed, and how long it took. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """The end of a cell: its number, None when the kernel told none; whether it has `failed`; the seconds
    that it ran, without those in which it waited for the user."""

    number: int | None
    failed: bool
    seconds: float


def duration(seconds: float) -> str:
    """How long that is, as exactly as one wants to know it: `0.12 s`, `12.3 s`, `2 min 5 s`, `1 h 2 min`."""
    if seconds < 60:
        # what is rounded up to 60 is a minute
        text = f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
        return "1 min" if text == "60.0 s" else text
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
