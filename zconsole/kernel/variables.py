"""Variables as the Debug Adapter Protocol tells them: names, short values, and references to look inside.

For the time when nothing is stopped: then nobody else is needed to look at objects. Nothing is evaluated
but `repr`: no property is read, no call made. What has been shown can be looked into until it is shown anew.
Pure, except that `repr` is the user's code.

Specification: "Additions to the DAP" in the Jupyter messaging protocol; `Variable` in the DAP.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from reprlib import Repr
from typing import Any

from zconsole.message import Content

FIRST_REFERENCE = 1 << 30
"""Where our references begin: debugpy counts its own from 1."""

MOST = 1000
"""Children told of one object when the client asks for all."""

Child = tuple[str, Any, str]
"""A name, an object, and the expression that gives it ("" when there is none)."""


class Variables:
    """What is shown of a namespace, and what it refers to."""

    def __init__(self) -> None:
        self._shown: dict[int, Callable[[], Iterable[Child]]] = {}

    def namespace(self, namespace: Mapping[str, Any]) -> list[Content]:
        """The variables of a namespace; functions and classes in a group each. Earlier references end."""
        self._shown.clear()
        children = [(name, namespace[name], name) for name in sorted(namespace)]
        groups = {kind: [child for child in children if test(child[1])] for kind, test in _GROUPS.items()}
        grouped = {child[0] for group in groups.values() for child in group}
        return [
            *(self._group(kind, group) for kind, group in groups.items() if group),
            *(self._variable(*child) for child in children if child[0] not in grouped),
        ]

    def children(self, reference: int, start: int = 0, number: int = 0) -> list[Content] | None:
        """What is inside a variable, from child `start`, `number` of them (0: all). None when the reference
        is none of ours."""
        shown = self._shown.get(reference)
        if shown is None:
            return None
        return [self._variable(*child) for child in islice(shown(), start, start + (number or MOST))]

    def _group(self, kind: str, group: list[Child]) -> Content:
        name = f"{kind} variables"
        return {
            "name": name,
            "value": "",
            "type": "",
            "evaluateName": name,
            "variablesReference": self._refer(lambda: group),
        }

    def _variable(self, name: str, value: Any, expression: str) -> Content:
        reference = self._refer(lambda: children(value, expression)) if _has_children(value) else 0
        return {
            "name": name,
            "value": _SHORT.repr(value),
            "type": type(value).__name__,
            "evaluateName": expression,
            "variablesReference": reference,
        }

    def _refer(self, shown: Callable[[], Iterable[Child]]) -> int:
        reference = FIRST_REFERENCE + len(self._shown)
        self._shown[reference] = shown
        return reference


def is_users(name: str) -> bool:
    """Whether a name is the user's, and not the machinery's: `In`, `_i3`, `__doc__`."""
    return name not in _MACHINERY and not _MACHINE_MADE.match(name)


def children(value: Any, expression: str) -> Iterator[Child]:
    """What is inside an object: items, else attributes."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            text = _SHORT.repr(key)
            yield text, item, _within(expression, f"[{text}]" if isinstance(key, (str, int)) else "")
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield str(index), item, _within(expression, f"[{index}]")
    elif isinstance(value, Set):
        for index, item in enumerate(value):
            yield str(index), item, ""
    else:
        for name, item in _attributes(value):
            yield name, item, _within(expression, f".{name}")


def _has_children(value: Any) -> bool:
    if isinstance(value, (str, bytes, bytearray, range)):
        return False
    if isinstance(value, (Mapping, Sequence, Set)):
        return len(value) > 0
    return bool(_attributes(value))


def _attributes(value: Any) -> list[tuple[str, Any]]:
    found = getattr(value, "__dict__", {})
    return [(name, found[name]) for name in sorted(found) if not name.startswith("__")]


def _within(expression: str, accessor: str) -> str:
    return expression + accessor if expression and accessor else ""


_SHORT = Repr()
_SHORT.maxlevel = 4
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = 20
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 1000

_GROUPS: Mapping[str, Callable[[Any], bool]] = {"function": inspect.isroutine, "class": inspect.isclass}
_MACHINERY = {"In", "Out", "get_ipython", "exit", "quit", "open", "_", "__", "___", "_dh", "_oh", "_ih"}
_MACHINE_MADE = re.compile(r"__\w*__$|_i+$|_i?\d+$")
