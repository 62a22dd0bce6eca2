"""Python values in colour. Pure; Pygments is imported with this module, on the first result."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from pygments.lexers.python import PythonLexer

from zconsole.frontend.look import Look
from zconsole.frontend.palette import Theme, sgr, token_style

LIMIT = 20_000
"""Characters; a longer text would take noticeable time (10 ms for these) and nobody reads it all."""

_RESET = "\x1b[0m"


def highlight(text: str, look: Look) -> str:
    """The text with colours when it reads as a Python expression; else as it is (a table, say)."""
    if len(text) > LIMIT or not _is_expression(text):
        return text
    tokens = PythonLexer(stripnl=False, ensurenl=False).get_tokens(text)
    return "".join(_coloured(str(token), value, look) for token, value in tokens)


def _is_expression(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<result>", "eval", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        return False
    return True


def _coloured(token: str, value: str, look: Look) -> str:
    colour = _colour(token, look.theme, look.depth)
    return f"{colour}{value}{_RESET}" if colour else value


@lru_cache(maxsize=512)
def _colour(token: str, theme: Theme, depth: int) -> str:
    name = token.partition(".")[2].lower().removeprefix("literal.")
    return sgr(token_style(name, theme.tokens), depth)
