"""Is this block of code complete, and how deep is the next line indented? Pure.

The answer is needed between the Enter key and the next line, so it is found here and not in the kernel,
with the standard library's parser and without IPython. Where it can be told, the answer is IPython's
(a table of cases holds the two together); two differences are on purpose: after `return`, `pass` and
their like the next line goes one level back, and a block of comments alone is complete.

How: Python's parser says whether the text is whole, could be continued, or is wrong (it has a mode for
just that). IPython's syntax (`%magic`, `!command`, `thing?`) is no Python, so statements in it are
replaced by Python ones of the same indentation first; where statements begin is found by a scanner that
knows strings, comments and brackets. A block is open as long as its last statement is indented; a blank
last line closes it.

The worse mistake is to hold back what is whole. So what this Python calls wrong counts as ready to be
sent (`Invalid`): the kernel's Python may be another, and its error message is the better one.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from zconsole.frontend.prompt.keyboard.pasted import without_prompts

TAB = 4
"""Columns of one level of indentation."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The block can be executed."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The block goes on; its next line begins with `indent` spaces."""

    indent: int = 0


@dataclass(frozen=True, slots=True)
class Invalid:
    """No continuation makes this a block of this Python."""


Verdict = Complete | Incomplete | Invalid


def check(text: str) -> Verdict:
    """Judge a block of Python with IPython's additions. `text` is what stands before the cursor."""
    lines = without_prompts(text).split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    if not last:
        return Complete()
    if last.endswith("\\"):
        return Incomplete(_indent(lines[-1]))
    lines = _outdented(lines)
    if lines[0].startswith("%%"):
        # one blank line may belong to the cell; the second one ends it
        ended = len(lines) > 2 and not lines[-1].strip() and not lines[-2].strip()
        return Complete() if ended else Incomplete(_indent(lines[-1]))
    if _SUSPECT.search(text):
        lines = _masked(lines)
    closed = len(lines) > 1 and not lines[-1].strip()
    return _judge(lines, closed)


def python_of(text: str) -> tuple[str, list[str]]:
    """The Python of a block that does not begin with `%%`, and IPython's statements in it, in whose place the
    Python has a `0`."""
    lines = without_prompts(text).split("\n")
    if not any(line.strip() for line in lines):
        return "", []
    lines = _outdented(lines)
    if not _SUSPECT.search(text):
        return "\n".join(lines), []
    masked = _masked(lines)
    return "\n".join(masked), [
        line for line, mask in zip(lines, masked, strict=True) if mask and mask != line
    ]


def without_escapes(text: str, name: str) -> tuple[str, list[str]]:
    """A block with names, `name` and a number, in the place of IPython's statements, and what those are."""
    lines = text.split("\n")
    masked = _masked(lines) if _SUSPECT.search(text) else lines
    python: list[str] = []
    escapes: list[str] = []
    inside = False
    for line, mask in zip(lines, masked, strict=True):
        if mask == line:
            python.append(line)
            inside = False
        elif inside and not mask:  # it goes on
            escapes[-1] += f"\n{line}"
        else:
            inside = True
            space = line[: len(line) - len(line.lstrip())]
            python.append(f"{space}{name}{len(escapes)}")
            escapes.append(line[len(space) :])
    return "\n".join(python), escapes


def _judge(lines: list[str], closed: bool) -> Verdict:
    source = "\n".join(lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(source + "\n", "<block>", "exec", _FLAGS)
    except SyntaxError as error:
        return Incomplete(_next_indent(lines)) if error.msg == "incomplete input" else Invalid()
    except (ValueError, OverflowError, MemoryError, RecursionError):
        return Invalid()  # null bytes, numbers without end, nesting without end
    if closed or not _is_open(tree, lines):
        return Complete()
    return Incomplete(_next_indent(lines))


def _is_open(tree: ast.Module, lines: list[str]) -> bool:
    """Whether the last statement is indented, so that another one could follow it."""
    node: ast.AST | None = tree
    statement = None
    while node is not None:
        statement, node = node, _last_child(node)
    line = getattr(statement, "lineno", 0)
    return line > 0 and lines[line - 1][:1].isspace()


def _last_child(node: ast.AST) -> ast.AST | None:
    for name in ("finalbody", "orelse", "handlers", "cases", "body"):
        children = getattr(node, name, None)
        if children and isinstance(children, list):
            last = children[-1]
            return last if isinstance(last, ast.AST) else None
    return None


def _next_indent(lines: list[str]) -> int:
    """How deep the line after these begins, these being an unfinished block."""
    begin = max(number for number, inside in _scan(lines) if not inside)
    last = lines[-1] or lines[max(0, len(lines) - 2)]
    if _continues(lines) or not last.strip():
        return _indent(last)
    if _without_comment(last).endswith(":"):
        return _indent(lines[begin]) + TAB
    if _LEAVES.match(last):
        return max(0, _indent(last) - TAB)
    return _indent(last)


def _continues(lines: list[str]) -> bool:
    """Whether the end of these lines is inside brackets or a string."""
    state = _OUTSIDE
    for line in lines:
        state = _after(line, state)
    return state != _OUTSIDE


def _masked(lines: list[str]) -> list[str]:
    """The lines with IPython's statements replaced by Python's."""
    masked = []
    state = _OUTSIDE
    continued = skipping = False
    for line in lines:
        at_statement = state == _OUTSIDE and not continued
        continued = line.endswith("\\")
        if skipping or (at_statement and _mask(line) is not None):
            masked.append("" if skipping else _mask(line) or "")
            skipping = continued
            continue
        masked.append(line)
        state = _after(line, state)
    return masked


def _mask(line: str) -> str | None:
    """The Python that stands in for a statement of IPython's; None when the line is none."""
    if found := _ESCAPED.match(line):
        return f"{found[1]}0"
    if found := _ASSIGNED.match(line):
        return f"{found[1]}0"
    if found := _HELP.match(line):
        return f"{found[1]}0"
    return None


State = tuple[str, int]
"""Where a line ends: the quotes of an open string (empty: none), and the number of open brackets."""

_OUTSIDE: State = ("", 0)


def _scan(lines: list[str]) -> Iterator[tuple[int, bool]]:
    """For each line its number (from 0) and whether it begins inside a string, brackets or a continuation."""
    state, continued = _OUTSIDE, False
    for number, line in enumerate(lines):
        yield number, continued or state != _OUTSIDE
        state = _after(line, state)
        continued = line.endswith("\\")


def _after(line: str, state: State) -> State:
    """The state behind a line that begins in `state`."""
    quotes, depth = state
    position = 0
    while True:
        if quotes:
            found = _STRING_END[quotes].match(line, position)
            if found is None:
                return quotes, depth
            quotes, position = "", found.end()
        found = _TOKEN.search(line, position)
        if found is None:
            return "", depth
        position = found.end()
        if found[0] in _STRING_END:
            quotes = found[0]
        else:
            depth = max(0, depth + _DEPTH.get(found[0], 0))


def _without_comment(line: str) -> str:
    for found in _TOKEN.finditer(line):
        if found[0].startswith("#"):
            return line[: found.start()].rstrip()
    return line.rstrip()


def _outdented(lines: list[str]) -> list[str]:
    """The lines from the first that is not blank, without the indentation of that one."""
    start = next(number for number, line in enumerate(lines) if line.strip())
    lines = lines[start:]
    space = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return [line.removeprefix(space) for line in lines] if space else lines


def _indent(line: str) -> int:
    """Columns of white space that a line begins with."""
    return len(line[: len(line) - len(line.lstrip())].replace("\t", " " * TAB))


_INCOMPLETE_INPUT = 0x4000  # PyCF_ALLOW_INCOMPLETE_INPUT, which only codeop names
_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | _INCOMPLETE_INPUT

_SUSPECT = re.compile(r"^[ \t]*[%!?,;/]|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
_ESCAPED = re.compile(r"([ \t]*)[%!?,;/]")
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][^=!<>#'\"]*=[ \t]*)(?:%[A-Za-z_]|!)")
_HELP = re.compile(
    r"([ \t]*)(?:[^#'\"]*[\s(=,])?%{0,2}[^\W\d][\w*]*(?:\.[^\W\d][\w*]*|\[-?\d+\])*\?\??[ \t]*;?$"
)
_LEAVES = re.compile(r"\s+(?:return|pass|raise|break|continue)\b")

_TOKEN = re.compile(
    r"""\#.* | ''' | \"\"\" | '(?:[^'\\]|\\.)*(?:'|$) | "(?:[^"\\]|\\.)*(?:"|$) | [()\[\]{}]""", re.VERBOSE
)
_STRING_END = {
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*'''"),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*"""'),
}
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
