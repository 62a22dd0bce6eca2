"""The signature in what a kernel says of a thing, and one line of it that fits. Pure.

IPython's words are `Signature: f(a, b=1)`, with lines of their own for the parameters where there are many;
where a kernel has no such words, its first line counts if that is a call of the thing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from zconsole.frontend.plain import without_colour


class Signature(NamedTuple):
    """What stands in front of the parameters, the parameters, and what stands behind them."""

    head: str
    parameters: Sequence[str]
    tail: str


def text_of(content: Mapping[str, object]) -> str:
    """The text in an inspect_reply's content; empty when nothing was found."""
    data = content.get("data")
    text = data.get("text/plain") if content.get("found") and isinstance(data, dict) else None
    return text if isinstance(text, str) else ""


def signature_in(text: str, name: str) -> Signature | None:
    """The signature that a text of `text_of` tells of the thing of that name."""
    text = without_colour(text)
    if found := _FIELD.search(text):
        line, method = " ".join(found[2].split()), found[1] == "Init signature"
    else:
        line, method = text.lstrip().partition("\n")[0].strip(), False
        if not line.startswith(f"{name.rpartition('.')[2]}("):
            return None
    begin, end = line.find("("), line.rfind(")")
    if not 0 < begin < end:
        return None
    end = _closing(line, begin) or end
    parameters = _split(line[begin + 1 : end])
    if method and parameters[:1] == ["self"]:
        parameters = parameters[2 if parameters[1:2] == ["/"] else 1 :]
    return Signature(line[: begin + 1], parameters, line[end:])


def digest(text: str, name: str) -> str:
    """What is wanted first of a text: the signature in one line, and the docstring; without colours."""
    signature = signature_in(text, name)
    text = without_colour(text).replace("\r\n", "\n")
    documentation = _DOCSTRING.search(text)
    line = "".join(fitted(signature, None, len(text))) if signature else ""
    if not (signature and _FIELD.search(text)) and not documentation:
        return text.strip()
    return f"{line}\n{documentation[1].strip() if documentation else ''}".strip()


def current(signature: Signature, argument: int, keyword: str) -> int | None:
    """Which parameter an argument is for, by its keyword or its number; None when that cannot be told."""
    names = [_BARE.sub("", parameter) for parameter in signature.parameters]
    for number, parameter in enumerate(signature.parameters):
        if keyword and names[number] == keyword and parameter[:1] != "*":
            return number
    if keyword:
        return next((n for n, each in enumerate(signature.parameters) if each.startswith("**")), None)
    taken = 0
    for number, parameter in enumerate(signature.parameters):
        if parameter == "/":
            continue
        if parameter.startswith("*"):
            return number if len(parameter) > 1 and parameter[1] != "*" else None
        if taken == argument:
            return number
        taken += 1
    return None


def fitted(signature: Signature, number: int | None, room: int) -> tuple[str, str, str]:
    """The signature in at most `room` columns or so, in three parts, of which the second is the parameter of
    that number: as many of its neighbours as there is room for."""
    parameters = signature.parameters
    first = last = number or 0
    size = len(signature.head) + len(signature.tail) + len(", ".join(parameters[first : last + 1])) + 6
    while first > 0 or last < len(parameters) - 1:
        # first what comes next, then what has been
        grow = last + 1 if last < len(parameters) - 1 else first - 1
        size += len(parameters[grow]) + 2
        if size > room:
            break
        first, last = min(first, grow), max(last, grow)
    before = ["…"] * (first > 0) + list(parameters[first : number or 0])
    after = list(parameters[(number or 0) + (number is not None) : last + 1])
    after += ["…"] * (last < len(parameters) - 1)
    marked = parameters[number] if number is not None else ""
    begin = signature.head + ", ".join(before) + (", " if before and (marked or after) else "")
    return begin, marked, (", " if marked and after else "") + ", ".join(after) + signature.tail


def _closing(line: str, begin: int) -> int | None:
    depth = 0
    for found in _PIECE.finditer(line, begin):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    return None


def _split(text: str) -> list[str]:
    """The parameters of a list of them: at the commas that are in no bracket and no string."""
    parts, begin, depth = [], 0, 0
    for found in _PIECE.finditer(text):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(found[0], 0)
        if found[0] == "," and depth == 0:
            parts.append(text[begin : found.start()].strip())
            begin = found.end()
    return [part for part in (*parts, text[begin:].strip()) if part]


_FIELD = re.compile(
    r"^(Signature|Init signature|Call signature):(.*?)(?=^\w[\w ]*:|\Z)", re.MULTILINE | re.DOTALL
)
_DOCSTRING = re.compile(
    r"^(?:Docstring|Class docstring|Init docstring):(.*?)"
    r"(?=^(?:File|Type|Subclasses|Class docstring|Init docstring):|\Z)",
    re.MULTILINE | re.DOTALL,
)
_PIECE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[()\[\]{},]""")
_BARE = re.compile(r"^\*+|[\s:=].*", re.DOTALL)
