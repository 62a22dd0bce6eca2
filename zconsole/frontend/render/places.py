"""The files that a traceback names, as links (OSC 8). Pure.

Python writes `File "x.py", line 3`, IPython `File x.py:3` with colours in between. A link is put around
what can be read, so nothing moves; it is there only when whoever knows the files makes a URI of it. The
text has been cleaned before: what a kernel says brings no links of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable


def linked(text: str, link: Callable[[str, int], str]) -> str:
    """The text with a link around each file and line for which `link` has a URI."""

    def around(found: re.Match[str]) -> str:
        uri = link(found["path"], int(found["line"] or found["number"]))
        return f"{found['head']}\x1b]8;;{uri}\x1b\\{found['shown']}\x1b]8;;\x1b\\" if uri else found[0]

    return _PLACE.sub(around, text) if "File " in text else text


_COLOURS = r"(?:\x1b\[[0-9;]*m)*"
_PLACE = re.compile(
    rf"(?P<head>File {_COLOURS}\"?)"
    # the shortest that has a line behind it: a path may have blanks and colons in it
    r"(?P<shown>(?P<path>~?/[^\x1b\"\n]*?)"
    rf"(?::(?P<line>[0-9]{{1,9}})\b|(?=\"?{_COLOURS}, line (?P<number>[0-9]{{1,9}}))))"
)
