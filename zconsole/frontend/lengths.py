"""Lengths of time as one says them, in seconds: how long a cell took, and for how long something is so."""

from __future__ import annotations


def exactly(seconds: float) -> str:
    """As exactly as one wants to know what is over: `0.12 s`, `12.3 s`, `2 min 5 s`, `1 h 2 min`."""
    if seconds < 60:
        # what is rounded up to 60 is a minute
        text = f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
        return "1 min" if text == "60.0 s" else text
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def roughly(seconds: float) -> str:
    """What goes on, or was long ago: "61 s", "42 min", "3 h 5 min", "2 d 1 h"."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 2:
        return f"{whole} s"
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if days < 1 else f"{days} d {hours % 24} h"
