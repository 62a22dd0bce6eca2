"""Formulas in Markdown, as notebooks write them: `$x$` in a sentence, `$$` or an environment by itself. Pure.

A dollar that begins a formula stands before what is no blank, one that ends it behind such and before no
digit: "$5 and $10" are sums of money.
"""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from zconsole.frontend.render.latex import inline

MATH = "math"
"""The language of a block of code that is a formula, as on GitHub."""


def parse(source: str) -> list[Token]:
    """The tokens of a document; formulas inside a sentence are text already, those by themselves are blocks
    of code in the language MATH."""
    return _parser().parse(source)


@lru_cache(1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt().enable("strikethrough").enable("table")
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", "math_block", _block, ends)
    parser.inline.ruler.before("escape", "math_inline", _inside)
    return parser


def _inside(state: StateInline, silent: bool) -> bool:
    found = _INLINE.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        state.push("text", "", 0).content = inline(found[1] or found[2]) or found[0]
    state.pos = found.end()
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    begin = state.bMarks[start] + state.tShift[start]
    found = _BEGINNING.match(state.src, begin)
    if not found or state.is_code_block(start):
        return False
    closing = f"\\end{{{found[1]}}}" if found[1] else "$$"
    last = state.src.find(closing, found.end())
    if last < 0 or last >= state.eMarks[end - 1]:
        return False
    if silent:
        return True
    last += len(closing)
    line = next(number for number in range(start, end) if state.eMarks[number] >= last)
    token = state.push("fence", "code", 0)
    token.info, token.map = MATH, [start, line + 1]
    token.content = state.src[begin:last] if found[1] else state.src[found.end() : last - 2]
    state.line = line + 1
    return True


_INLINE = re.compile(r"\$\$([^$]+)\$\$|\$(?![\s$])([^$\n]*[^\s$\\]|[^\s$\\])\$(?!\d)")
_BEGINNING = re.compile(
    r"\$\$|\\begin\{((?:equation|align|gather|multline|eqnarray|matrix|[bpvBV]matrix|cases|array)\*?)\}"
)
