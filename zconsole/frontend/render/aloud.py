"""Text without what only eyes can read, for terminals that are read aloud: no lines and boxes. Pure."""

from __future__ import annotations

import re


def unboxed(text: str) -> str:
    """The text without lines that are only drawn, and without the signs that others are drawn with."""
    return _GAPS.sub("\n\n", _SIGNS.sub("", _RULES.sub("", text))).strip("\n")


_RULES = re.compile(r"^[ \u2500-\u257f]*[\u2500-\u257f][ \u2500-\u257f]*(?:\n|\Z)", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")
_SIGNS = re.compile(r"[\u2500-\u259f\u2800-\u28ff]+[ \u00a0]*")
