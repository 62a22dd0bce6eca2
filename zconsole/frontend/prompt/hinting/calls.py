"""Which call the cursor is in, and which of its arguments; the names at the cursor. Pure.

No parser: the code is unfinished, and may be of any language in which a call is a name and a bracket. It is
read from `REACH` characters before the cursor; where that is inside a string or a comment, the answer may be
wrong, and a signature is shown that is of no use."""

from __future__ import annotations

import keyword
import re
from typing import NamedTuple

REACH = 2000
"""Characters before the cursor that are looked at: a key must not cost more in a long block."""


class Call(NamedTuple):
    """A call that is open at the cursor: the `name` of what is called, where that ends, and the argument that
    is typed: its number from 0, and its `keyword`, if it has one."""

    name: str
    end: int
    argument: int = 0
    keyword: str = ""


def call_at(code: str, position: int) -> Call | None:
    """The innermost call of something with a name in which the cursor is."""
    begin = max(0, position - REACH)
    if begin:
        begin = code.find("\n", begin, position) + 1 or begin  # strings end with their lines, mostly
    window = code[begin:position]
    for opened in reversed(_open_brackets(window)):
        if opened.name is None:
            return None
        if opened.name:
            argument = window[opened.argument :]
            named = _KEYWORD.match(argument)
            return Call(opened.name, begin + opened.end, opened.commas, named[1] if named else "")
    return None


def name_at(code: str, position: int) -> tuple[str, int]:
    """The name that the cursor is in, or behind, up to the end of the word, and where that ends; empty for
    none."""
    end = _WORD.match(code, position).end()  # type: ignore[union-attr]  # it matches nothing as well
    found = _NAME.search(code, max(0, end - REACH), end)
    return (found[0], end) if found else ("", end)


class _Bracket:
    """An open bracket: the name in front of it and its end, the commas so far, and where the argument begins.
    The name is empty for no call, and None for a call of something that has none, as `f()()`."""

    def __init__(self, name: str | None, end: int) -> None:
        self.name = name
        self.end = end
        self.commas = 0
        self.argument = end + 1


def _open_brackets(code: str) -> list[_Bracket]:
    stack: list[_Bracket] = []
    for token in _TOKEN.finditer(code):
        what = token[0]
        if what == "(":
            stack.append(_Bracket(_called(code, token.start()), token.start()))
        elif what in ("[", "{"):
            stack.append(_Bracket("", token.start()))
        elif what in (")", "]", "}"):
            if stack:
                stack.pop()
        elif what == "," and stack:
            stack[-1].commas += 1
            stack[-1].argument = token.end()
    return stack


def _called(code: str, bracket: int) -> str | None:
    name = _NAME.search(code, max(0, bracket - 200), bracket)
    if name is None:
        return None if code[bracket - 1 : bracket] in (")", "]", "'", '"') else ""
    if name[0] in _NOT_CALLED or _DEFINED.search(code, max(0, name.start() - 10), name.start()):
        return ""
    return None if code[name.start() - 1 : name.start()] == "." else name[0]


_TOKEN = re.compile(
    r"""(?:\'\'\'|\"\"\")(?s:.*?)(?:\'\'\'|\"\"\"|\Z)"""  # strings, also unfinished ones
    r"""|'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?"""
    r"""|\#[^\n]*|[()\[\]{},]"""
)
_NAME = re.compile(r"[^\W\d][\w.]*\Z")
_WORD = re.compile(r"\w*")
_KEYWORD = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_DEFINED = re.compile(r"\b(?:def|class)\s+\Z")
_NOT_CALLED = frozenset(keyword.kwlist) - {"None", "True", "False"} | {"match", "case"}
"""Words of Python that a bracket may follow."""
