"""Text that was copied from somewhere: a session's prompts and outputs are taken off it, and its lines are
moved to where it is pasted. Pure.

A transcript is known by its first prompt, which must be in its first two lines (who copies a line often
begins behind its prompt). Then every line with a prompt is code, and every other is output. That drops what
somebody has written below a transcript by hand; so whoever calls this lets the text as it was be had back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class _Prompts(NamedTuple):
    first: re.Pattern[str]
    further: re.Pattern[str]
    own: re.Pattern[str]  # what else such a transcript may begin with


def without_prompts(text: str, *, python: bool = True) -> str:
    """The code of a transcript; any other text as it is. `>>>` is a prompt of Python's only."""
    if not _HINT.search(text):
        return text
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    for prompts in _OF_PYTHON if python else _OF_JUPYTER:
        if prompts.own.match(lines[start]):
            begun = prompts.further.match(lines[start]) is not None
            return "\n".join(_code(lines[start:], prompts, inside=begun))
        second = lines[start + 1] if start + 1 < len(lines) else ""
        if (prompts is _JUPYTER and prompts.first.match(second)) or (
            prompts.further.match(second) and _OPEN.search(lines[start])
        ):
            return "\n".join([lines[start], *_code(lines[start + 1 :], prompts, inside=True)])
    return text


def _code(lines: list[str], prompts: _Prompts, *, inside: bool) -> Iterator[str]:
    """What stands behind the prompts; `inside`: the line above was code."""
    for line in lines:
        found = prompts.first.match(line) or (prompts.further.match(line) if inside else None)
        inside = found is not None
        if found:
            yield line[found.end() :]


def reindented(text: str, indentation: str) -> str:
    """Several lines as they are to be inserted behind this indentation: all deeper by as much."""
    first, *others = text.split("\n")
    deep = [len(line) - len(line.lstrip()) for line in others if line.strip()]
    if not indentation or not deep:
        return text
    own = len(first) - len(first.lstrip())
    if not own:  # it was copied without its indentation, or it has none
        own = max(0, min(deep) - 4) if _OPEN.search(first) else min(deep[0], min(deep))
    moved = [indentation + _less(line, own) if line.strip() else line for line in others]
    return "\n".join([first.lstrip(), *moved])


def _less(line: str, columns: int) -> str:
    return line[min(columns, len(line) - len(line.lstrip())) :]


_HINT = re.compile(r">>>|In \[\d+\]|\.\.\.:")
_OPEN = re.compile(r"[:([{,\\]\s*(?:#.*)?$")  # a line after which another one is expected

_JUPYTER = _Prompts(
    re.compile(r"[ \t]*(?:\[(?:ins|nav)\] )?In \[\d+\](?: [^\s:]+)?:(?: |$)?"),
    re.compile(r"[ \t]*\.\.\.+:(?: |$)?"),
    re.compile(r"[ \t]*(?:(?:\[(?:ins|nav)\] )?In \[\d+\](?: [^\s:]+)?|\.\.\.+|Out\[\d+\]):"),
)
_CLASSIC = _Prompts(
    re.compile(r"[ \t]*>>>(?: |$)"),
    re.compile(r"[ \t]*\.\.\.(?: |$)"),
    re.compile(r"[ \t]*>>>(?: |$)"),
)
_OF_JUPYTER, _OF_PYTHON = (_JUPYTER,), (_JUPYTER, _CLASSIC)
