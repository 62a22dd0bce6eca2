"""iTerm2's inline images: a file as it is. Pure. https://iterm2.com/documentation-images.html"""

from __future__ import annotations

from base64 import standard_b64encode


def iterm2(data: bytes, columns: int, rows: int) -> str:
    """The escape sequence that shows a picture's file inside so many cells, in its own proportions."""
    text = standard_b64encode(data).decode("ascii")
    size = f"size={len(data)};width={columns};height={rows};preserveAspectRatio=1"
    return f"\x1b]1337;File=inline=1;{size}:{text}\x07"
