"""Python with what IPython adds to it, as a lexer of Pygments': magics, system commands, help.

The lexers of other languages are looked for when a block begins with `%%html` or the like, or has a system
command. IPython's own lexer imports all of them: 4.5 MB of a console's memory, and a third of a first key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from re import Match
from typing import Any, ClassVar

from pygments.lexer import Lexer, bygroups
from pygments.lexers import get_lexer_by_name
from pygments.lexers.python import PythonLexer
from pygments.token import Keyword, Operator, Text

Tokens = Iterator[tuple[int, Any, str]]
"""Where each begins, its type, its text."""

_LANGUAGES = {
    "bash": ("!", "bash", "sh", "sx", "system"),
    "html": ("HTML", "html"),
    "javascript": ("javascript", "js"),
    "markdown": ("markdown",),
    "perl": ("perl",),
    "python": (
        "capture",
        "debug",
        "prun",
        "pypy",
        "python",
        "python3",
        "time",
        "timeit",
        "file",
        "writefile",
    ),
    "python2": ("python2",),
    "ruby": ("ruby",),
    "tex": ("latex",),
}
"""What is written below the cell magics of these names."""

_BELOW = {magic: language for language, magics in _LANGUAGES.items() for magic in magics}


def _inside(language: str) -> Callable[..., Tokens]:
    """An action for a part of a match: another lexer's, looked for when there is such a part."""

    def tokens(lexer: Lexer, match: Match[str], context: Any = None) -> Tokens:
        inner = get_lexer_by_name(language, **lexer.options)
        for at, token, value in inner.get_tokens_unprocessed(match.group()):
            yield match.start() + at, token, value

    return tokens


def _cell_magic(lexer: Lexer, match: Match[str], context: Any = None) -> Tokens:
    """The action for a cell magic and all that it is given."""
    language = _BELOW.get(match[3])
    body = _inside(language) if language else Text
    yield from _groups(Text, Operator, Keyword, Text, body)(lexer, match)


_groups: Any = bygroups
_SHELL = _inside("bash")


class IPythonLexer(PythonLexer):
    """Python, and IPython's syntax in it."""

    name = "IPython"
    aliases: ClassVar = ["ipython", "ipython3"]
    tokens: ClassVar = {
        **PythonLexer.tokens,
        "root": [
            (r"\A(\s*)(%%)(!|\w+)(.*\n?)((?s:.*))", _cell_magic),
            (r"^(\s*)(!!?)(.*)", _groups(Text, Operator, _SHELL)),
            (r"(=)(\s*)(!)(?!=)(.*)", _groups(Operator, Text, Operator, _SHELL)),
            (r"([\w.*%]*)(\?\??)(\s*)$", _groups(Text, Operator, Text)),
            (r"^(\s*)(\?\??)(.*)", _groups(Text, Operator, Text)),
            (r"^(\s*)(%)(sc|sx|system)\b(.*)", _groups(Text, Operator, Keyword, _SHELL)),
            (r"^(\s*)(%)(\w+)(.*)", _groups(Text, Operator, Keyword, Text)),
            (r"(=)(\s*)(%)(\w+)(.*)", _groups(Operator, Text, Operator, Keyword, Text)),
            *PythonLexer.tokens["root"],
        ],
    }
