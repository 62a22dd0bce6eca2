"""Text from a kernel, made safe for the terminal. Pure.

What a kernel prints is not to be trusted with the terminal: it may be a file's content or another
machine's. Colours pass, and what progress bars need (carriage return, backspace, moving the cursor, erasing
in the line); clipboard writes, titles, the alternate screen and queries, whose answers would be typed
into the prompt, are taken out.
"""

from __future__ import annotations

import re

from zconsole.frontend.plain import CSI, STRING


def clean(text: str) -> str:
    """The text without the control sequences that a terminal must not get."""
    return text if _is_harmless(text) else _FORBIDDEN.sub("", text)


def still(text: str) -> str:
    """The text of a value, which stands where it is: of control sequences only colours pass, and they end
    with it."""
    text = clean(text)
    if not any(sign in text for sign in "\x1b\r\x07\x08"):
        return text
    if _MOVES.search(text):
        text = _MOVES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"{text}\x1b[0m" if ends_coloured(text) else text


def ends_coloured(text: str, before: bool = False) -> bool:
    """Whether what comes behind this text has a colour by it, or has by what was `before`."""
    at = text.rfind("\x1b[")
    while at >= 0:
        if last := _COLOURS.match(text, at):
            return last[0] not in ("\x1b[0m", "\x1b[m")
        at = text.rfind("\x1b[", 0, at)
    return before


def coloured(text: str) -> str:
    """`clean` text of somebody who is not to draw on this screen: of what moves the cursor a carriage return
    passes, which stays in its line."""
    return _MOVES_OUT.sub("", text) if any(sign in text for sign in "\x1b\x07\x08") else text


class Cleaner:
    """`clean` for text that comes in pieces: a sequence that is cut off waits for its rest."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown of the text so far."""
        text = self._held + text
        cut = _UNFINISHED.search(text, max(0, len(text) - LONGEST))
        self._held = cut[0] if cut else ""
        return clean(text[: cut.start()] if cut else text)


def _is_harmless(text: str) -> bool:
    # a flood is to cost little: what is dear is looked for only where there is something like it, and the
    # regular expression for all of it would cost ten times as much
    raw = text.encode("utf-8", "replace")
    return (
        not raw.translate(None, _HARMLESS)
        and not (b"\xc2" in raw and _C1.search(raw))
        and not (b"\x1b" in raw and _NO_COLOUR.search(raw))
    )


LONGEST = 64
"""Characters of an unfinished sequence that are waited for; a longer one is not meant seriously."""

_CONTROLS = r"[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f]"
_PASSING = r"\[(?:[0-9;:]*m|[0-9]*[ABCDGK])"

_MOVES = re.compile(r"[\x07\x08\r]|\x1b\[[0-9;]*[ABCDGK]")
_MOVES_OUT = re.compile(r"[\x07\x08]|\x1b\[[0-9;]*[ABCDGK]")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_HARMLESS = bytes({7, 8, 9, 10, 13, 27, *range(32, 127), *range(128, 256)})
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_NO_COLOUR = re.compile(rb"\x1b(?!\[[0-9;:]*m)")
_FORBIDDEN = re.compile(rf"\x1b(?!{_PASSING})(?:{CSI}|{STRING}|[ -/]*[0-~]?)|{_CONTROLS}")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")
