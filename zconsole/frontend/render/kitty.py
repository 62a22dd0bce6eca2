"""kitty's graphics protocol: a PNG, in chunks. Pure.

https://sw.kovidgoyal.net/kitty/graphics-protocol: `a=T` transmit and show, `f=100` PNG, `q=2` no
answers, which would be typed into the prompt. Both `c` and `r` are given: without `r` kitty 0.26 keeps the
height that the picture has.
"""

from __future__ import annotations

from base64 import standard_b64encode

CHUNK = 4096
"""Characters of base64, the most that the protocol allows."""


def kitty(png: bytes, columns: int, rows: int) -> str:
    """The escape sequences that show the PNG in so many cells."""
    text = standard_b64encode(png).decode("ascii")
    parts = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    head = f"a=T,f=100,q=2,c={columns},r={rows},"
    last = len(parts) - 1
    return "".join(
        f"\x1b_G{head if number == 0 else 'q=2,'}m={int(number < last)};{part}\x1b\\"
        for number, part in enumerate(parts)
    )
