"""What is said to the terminal itself, between the lines: marks, the focus, and which terminals take it.

OSC 133 tells where a prompt, what is typed, and its output begin, and how it ended: terminals jump from
prompt to prompt by that, and fold or copy one output. The marks of the prompt are drawn with it, so they
are right also when it has been moved down. Focus is asked for only while a cell runs: nobody else needs to
know, and what is not switched on need not be switched off when we are killed.
"""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit.formatted_text import StyleAndTextTuples

FOCUS_ON, FOCUS_OFF = "\x1b[?1004h", "\x1b[?1004l"

OUTPUT = "\x1b]133;C\x1b\\"
"""What comes now is output."""


def around(prompt: StyleAndTextTuples) -> StyleAndTextTuples:
    """A prompt between its marks."""
    # a terminal that clears prompts when its size changes, and waits for a shell to draw them, must not
    begin, end = "\x1b]133;A;redraw=0\x1b\\", "\x1b]133;B\x1b\\"
    return [("[ZeroWidthEscape]", begin), *prompt, ("[ZeroWidthEscape]", end)]


def ended(failed: bool | None) -> str:
    """The mark behind an output; None when what has run has no success or failure."""
    return "\x1b]133;D\x1b\\" if failed is None else f"\x1b]133;D;{int(failed)}\x1b\\"


def understands(environment: Mapping[str, str]) -> bool:
    """Whether a terminal passes over the strings (OSC) that it does not know, instead of printing them."""
    term = environment.get("TERM", "")
    return bool(term) and not term.startswith(_DUMB)


_DUMB = ("dumb", "linux", "cons25", "emacs", "eterm", "vt1", "vt2", "ansi", "unknown", "sun", "cygwin")
