"""How far something is, as a bar of letters. Pure."""

from __future__ import annotations

from typing import Any

WIDTH = 20
"""Columns of a bar."""


def bar(value: Any, low: Any = 0, high: Any = 100) -> str:
    """`█████░░░░░  50 %`, never broken over lines; `? %` when these are no numbers."""
    part = fraction(value, low, high)
    if part is None:
        return "░" * WIDTH + "\u00a0\u00a0\u00a0?\u00a0%"
    full = round(part * WIDTH)
    percent = f"{part:4.0%}".replace("%", " %")
    return f"{'█' * full}{'░' * (WIDTH - full)} {percent}".replace(" ", "\u00a0")


def fraction(value: Any, low: Any, high: Any) -> float | None:
    """Where between two numbers another lies, from 0 to 1; None when they are no numbers."""
    try:
        part = (float(value) - float(low)) / (float(high) - float(low))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return max(0.0, min(1.0, part)) if part == part else None
