"""Highlighting while typing. Pygments is imported by `load` or with the first character, not at start."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer, PygmentsLexer

FROM_START = 50
"""Lines up to which a block is lexed from its beginning on every key: it costs 0.3 ms a line. In a longer
one the lexer starts near the screen, and may take the inside of a long string for code."""


class LanguageLexer(Lexer):
    """The lexer of a language, by its Pygments name; plain text when there is none of that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lexer: Lexer | None = None

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """A function from a line number to the line's styled text."""
        if not document.text:
            return lambda line: []
        return self.load().lex_document(document)

    def load(self) -> Lexer:
        """The lexer itself, imported when it is not yet."""
        if self._lexer is None:
            self._lexer = _pygments_lexer(self.name)
        return self._lexer


def _pygments_lexer(name: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    near = Condition(lambda: get_app().current_buffer.document.line_count < FROM_START)
    if name in ("python", "python3", "ipython", "ipython3"):
        return PygmentsLexer(_ipython_lexer(), sync_from_start=near)
    try:
        return PygmentsLexer(type(get_lexer_by_name(name)), sync_from_start=near)
    except ClassNotFound:
        from prompt_toolkit.lexers import SimpleLexer

        return SimpleLexer()


def _ipython_lexer() -> type:
    try:
        from ipython_pygments_lexers import IPython3Lexer  # type: ignore[import-untyped]
    except ImportError:
        from pygments.lexers.python import PythonLexer

        return PythonLexer
    lexer: type = IPython3Lexer
    return lexer
