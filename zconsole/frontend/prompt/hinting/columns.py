"""Names in columns, as ls and readline list them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit.utils import get_cwidth


def columns(names: Sequence[str], width: int) -> str:
    """The names, sorted down the columns, in lines of at most `width`; a name that is wider has its own
    line."""
    wide = max(map(get_cwidth, names), default=0) + 2
    count = max(1, width // wide)
    rows = -(-len(names) // count)
    lines = (names[row::rows] for row in range(rows))
    padded = ("".join(name + " " * (wide - get_cwidth(name)) for name in line) for line in lines)
    return "\n".join(line.rstrip() for line in padded)
