"""Python values in colour. Pure; Pygments is imported with this module, on the first result."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from pygments.lexers.python import PythonLexer

from zconsole.frontend.palette import PALETTES, sgr, token_style

LIMIT = 20_000
"""Characters; a longer text would take noticeable time (10 ms for these) and nobody reads it all."""

_RESET = "\x1b[0m"


def highlight(text: str, background: str) -> str:
    """The text with colours when it reads as a Python expression; else as it is (a table, say)."""
    if len(text) > LIMIT or not _is_expression(text):
        return text
    tokens = PythonLexer(stripnl=False, ensurenl=False).get_tokens(text)
    return "".join(_coloured(str(token), value, background) for token, value in tokens)


def _is_expression(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<result>", "eval", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        return False
    return True


def _coloured(token: str, value: str, background: str) -> str:
    colour = _colour(token, background)
    return f"{colour}{value}{_RESET}" if colour else value


@lru_cache(maxsize=512)
def _colour(token: str, background: str) -> str:
    name = token.partition(".")[2].lower().removeprefix("literal.")
    return sgr(token_style(name, PALETTES[background]))
