"""Highlighting: while typing, and of code that others have typed. Pygments is imported by `load` or with the
first character, not at start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application, get_app, get_app_or_none
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer, PygmentsLexer, SimpleLexer
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import BaseStyle

from zconsole.frontend.prompt.looks.lexing import EditedLexer, edited_lexer

if TYPE_CHECKING:
    from pygments.lexer import Lexer as PygmentsLexerClass

FROM_START = 50
"""Lines up to which a block is lexed from its beginning on every key, in a language that `lexing` cannot do.
In a longer one the lexer starts near the screen, and may take the inside of a long string for code."""

REST = 0.3
"""Seconds without a change after which the whole block is lexed afresh."""

SLICE = 0.002
"""Seconds that this takes at once, and after which it goes on: a key comes before it."""

LONG = 10_000
"""Characters of a line in a block that gets no colours: a key would take too long."""

LIMIT = 20_000
"""Characters that are worth the 10 ms that their colours take."""


class LanguageLexer(Lexer):
    """The lexer of a language, by the first of `names` that Pygments knows (names, MIME types, file names, as
    `languages.lexer_names` gives them); plain text when it knows none."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._lexer: Lexer | None = None
        self._check: asyncio.TimerHandle | None = None

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """A function from a line number to the line's styled text."""
        if not document.text:
            return lambda line: []
        if len(document.text) > LONG and max(map(len, document.lines)) > LONG:
            return SimpleLexer().lex_document(document)
        lexer = self.load()
        app = get_app_or_none()
        if app and app.loop and isinstance(lexer, EditedLexer) and document.line_count > 1:
            self._check_later(REST, app.loop, app, lexer)
        return lexer.lex_document(document)

    def apart(self) -> Lexer:
        """The same for another text than the one that is edited."""
        return LanguageLexer(self._names)

    def load(self) -> Lexer:
        """The lexer itself, imported when it is not yet."""
        if self._lexer is None:
            self._lexer = _lexer(self._names)
        return self._lexer

    def _check_later(
        self, seconds: float, loop: asyncio.AbstractEventLoop, app: Application[str], lexer: EditedLexer
    ) -> None:
        def check() -> None:
            if not app.is_running:
                return
            differs = lexer.check(SLICE)
            if differs is None:
                self._check_later(SLICE, loop, app, lexer)
            elif differs:
                app.invalidate()

        if self._check:
            self._check.cancel()
        self._check = loop.call_later(seconds, check)


def coloured(code: str, lexer: Lexer, style: BaseStyle, depth: ColorDepth) -> str:
    """Code as it looks in the prompt, with escape sequences; very long code as it is."""
    if len(code) > LIMIT:
        return code
    line_of = (lexer.apart() if isinstance(lexer, LanguageLexer) else lexer).lex_document(Document(code))
    lines = [line_of(number) for number in range(code.count("\n") + 1)]
    fragments = [fragment for line in lines for fragment in (*line, ("", "\n"))][:-1]
    text = StringIO()
    output = Vt100_Output(text, lambda: Size(rows=1, columns=80))
    print_formatted_text(output, fragments, style, color_depth=depth)
    return text.getvalue().replace("\r\n", "\n")


def _lexer(names: Sequence[str]) -> Lexer:
    near = Condition(lambda: get_app().current_buffer.document.line_count < FROM_START)
    for name in names:
        if found := _pygments_lexer(name.lower()):
            if edited := edited_lexer(found):
                return edited
            return PygmentsLexer(found, sync_from_start=near)
    return SimpleLexer()


def _pygments_lexer(name: str) -> type[PygmentsLexerClass] | None:
    from pygments.lexers import get_lexer_by_name, get_lexer_for_filename, get_lexer_for_mimetype
    from pygments.util import ClassNotFound

    if name in _IPYTHON:
        from zconsole.frontend.prompt.looks.ipython import IPythonLexer

        return IPythonLexer
    find = (
        get_lexer_for_mimetype
        if "/" in name
        else get_lexer_for_filename
        if "." in name
        else get_lexer_by_name
    )
    try:
        found = type(find(name))
    except ClassNotFound:
        return None
    return None if found.name == "Text only" else found  # what comes behind text/plain may know better


_IPYTHON = ("python", "python3", "ipython", "ipython3", "text/x-python", "text/x-ipython")
