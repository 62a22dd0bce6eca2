"""What a menu says of names, with objects whose code must not run."""

from __future__ import annotations

import builtins
import functools
import os
import types
from typing import Any, NamedTuple

import pytest

from zconsole.kernel.kinds import LONGEST, UNKNOWN, expression_before, kinds


class Forbidden(Exception):
    """Code of the user's has run."""


class Trap:
    """Whatever is asked of it raises."""

    @property
    def lazy(self) -> None:
        raise Forbidden

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise Forbidden

    def __getattr__(self, name: str) -> Any:
        raise Forbidden

    def __dir__(self) -> Any:
        raise Forbidden

    def __repr__(self) -> str:
        raise Forbidden

    def method(self, a: int, b: Any = None, *rest: int, key: str = "x", **more: int) -> None: ...


def trapped(a: Any = Trap(), b: str = "y" * 50) -> None: ...  # noqa: B008


class Meta(type):
    def __call__(cls, *args: Any) -> Any:
        raise Forbidden


class Made(metaclass=Meta):
    def __init__(self, a: int) -> None: ...


class Base:
    @classmethod
    def made(cls, a: int, *, b: int = 2) -> None: ...

    @staticmethod
    def plain(a: int, /, b: int) -> None: ...

    @functools.lru_cache  # noqa: B019
    def cached(self, a: int) -> None: ...

    @functools.wraps(trapped)
    def wrapped(self) -> None: ...


class Point(NamedTuple):
    x: int
    y: int


class Derived(Base):
    def __init__(self, size: int) -> None:
        self.size = size


SCOPE: dict[str, Any] = {
    "Base": Base,
    "Derived": Derived,
    "Made": Made,
    "Point": Point,
    "derived": Derived(1),
    "os": os,
    "trap": Trap(),
    "trapped": trapped,
}


@pytest.mark.parametrize(
    ("expression", "name", "kind"),
    [
        ("", "os", ("module", "")),
        ("", "len", ("function", "(obj, /)")),
        ("", "ValueError", ("class", "")),
        ("", "trap", ("instance", "")),
        ("", "trapped", ("function", "(a=…, b=…)")),
        ("", "Made", ("class", "")),
        ("", "Derived", ("class", "(size)")),
        ("", "Point", ("class", "(x, y)")),
        ("", "nosuch", UNKNOWN),
        ("os", "path", ("module", "")),
        ("os.path", "join", ("function", "(a, *p)")),
        ("trap", "lazy", ("property", "")),
        ("trap", "method", ("function", "(a, b=None, *rest, key='x', **more)")),
        ("trap.lazy", "anything", UNKNOWN),
        ("derived", "size", ("instance", "")),
        ("derived", "made", ("function", "(a, *, b=2)")),
        ("derived", "plain", ("function", "(a, /, b)")),
        ("derived", "cached", ("function", "(a)")),
        ("Base", "cached", ("function", "(self, a)")),
        ("Base", "wrapped", ("function", "(a=…, b=…)")),
        ("nosuch", "x", UNKNOWN),
    ],
)
def test_kinds(expression: str, name: str, kind: tuple[str, str]) -> None:
    """[64] None of it by asking the objects."""
    assert list(kinds([name], expression, [SCOPE, vars(builtins)])) == [kind]


def test_a_long_signature_is_cut() -> None:
    names = ", ".join(f"parameter_{number}" for number in range(30))
    scope: dict[str, Any] = {}
    exec(f"def f({names}): pass", scope)
    [(_, signature)] = kinds(["f"], "", [scope])
    assert len(signature) == LONGEST
    assert signature.endswith("…)")


def test_a_module_of_a_type_of_its_own() -> None:
    class Lazy(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            raise Forbidden

    lazy = Lazy("lazy")
    types.ModuleType.__setattr__(lazy, "x", 1)
    assert list(kinds(["x"], "lazy", [{"lazy": lazy}])) == [("instance", "")]


@pytest.mark.parametrize(
    ("code", "expression"),
    [
        ("", ""),
        ("x", ""),
        ("np.", "np"),
        ("y = np.linalg.", "np.linalg"),
        ("f(a.b.", "a.b"),
        ("f().", None),
        ("a[0].", None),
        ("'a'.", None),
        ("3.", None),
        ("f().x.", None),
    ],
)
def test_whose_attribute_it_is(code: str, expression: str | None) -> None:
    assert expression_before(code, len(code)) == expression
