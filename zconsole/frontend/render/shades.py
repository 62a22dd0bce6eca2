"""The colours of a text from a kernel, no more of them than the terminal has. Pure.

Kernels write for terminals with 256 colours, or with all; one that has sixteen shows them as it likes,
often as blinking or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from zconsole.frontend.look import Look
from zconsole.frontend.palette import Rgb, code_of, rgb
from zconsole.frontend.plain import without_colour


def suited(text: str, look: Look) -> str:
    """The text as this terminal can show it."""
    if not look.colour:
        return without_colour(text)
    if look.depth >= 24 or not ("8;" in text or "8:" in text):
        return text
    return _SGR.sub(lambda found: f"\x1b[{';'.join(_reduced(found[1], look.depth))}m", text)


def _reduced(parameters: str, depth: int) -> Iterator[str]:
    parts = parameters.split(";")
    while parts:
        words = parts[0].split(":") if ":" in parts[0] else parts
        colour, used = _colour(words, 1 if words is not parts else 0)
        if colour is None or (words[1] == "5" and depth >= 8):
            yield from parts[:used]
        else:
            yield code_of(colour, depth, ground=words[0] == "48")
        del parts[:used]


def _colour(words: Sequence[str], whole: int) -> tuple[Rgb | None, int]:
    """The colour that these parameters begin with, if they do, and how many of them it takes; `whole`: they
    are one, with its own parts."""
    kind = tuple(words[:2])
    numbers = [int(word) for word in words[2:] if word.isdigit()]
    if kind in _INDEXED and numbers and numbers[0] < 256:
        return rgb(numbers[0]), whole or 3
    if kind in _DIRECT and len(numbers) >= 3:
        red, green, blue = numbers[-3:] if whole else numbers[:3]
        return (red, green, blue), whole or 5
    return None, 1


_INDEXED, _DIRECT = (("38", "5"), ("48", "5")), (("38", "2"), ("48", "2"))
_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
