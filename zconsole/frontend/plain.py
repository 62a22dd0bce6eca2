"""Text as it looks with its escape sequences taken away. Pure."""

from __future__ import annotations

import re


def without_colour(text: str) -> str:
    """The text without any escape sequence."""
    return _SEQUENCE.sub("", text) if "\x1b" in text else text


def ends_line(text: str) -> bool:
    """Whether the cursor is at the beginning of a line behind this text, colours aside."""
    return _COLOURS_AT_END.sub("", text[-200:]).endswith("\n")


CSI = r"\[[0-?]*[ -/]*[@-~]"
"""Behind an escape: a control sequence, as for colours and the cursor."""

STRING = r"[\]PX^_](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\|$)"
"""Behind an escape: a string for the terminal, as titles and the clipboard are set with."""

_SEQUENCE = re.compile(rf"\x1b(?:{CSI}|{STRING}|[ -/]*[0-~]?)")
_COLOURS_AT_END = re.compile(r"(?:\x1b\[[0-9;:]*m)+\Z")
