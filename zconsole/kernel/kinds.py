"""What kind of thing a name is, and with which arguments it is called: for menus, told without running any
code of the user's.

So nothing is asked of an object that could be the user's: names are looked up in the dictionaries of modules,
classes and instances, types by `type()`, and a signature is read from the code object, or from the text that
C functions carry. What cannot be told in this way is not told; `?` asks the objects themselves. The rule that
it is quick (1 µs or two a name) is what allows it for all of five hundred names."""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LONGEST = 160
"""Characters of a signature in a menu, where there is room for so many at most."""

Kind = tuple[str, str]
"""`module`, `class`, `function`, `property` or `instance`, and a signature `(a, b=1)`; empty is unknown."""

UNKNOWN: Kind = ("", "")


def kinds(names: Iterable[str], expression: str, scopes: Iterable[Mapping[str, Any]]) -> Iterator[Kind]:
    """For each of the names its kind: in one of the scopes, the first that has it, or, with an expression
    such as `os.path`, as an attribute of that."""
    scopes = tuple(scopes)
    if not expression:
        for name in names:
            scope = next((scope for scope in scopes if name in scope), None)
            yield UNKNOWN if scope is None else _kind(scope[name], bound=False)
        return
    owner = _resolved(expression.split("."), scopes)
    if owner is None:
        yield from (UNKNOWN for _ in names)
        return
    bound = not _is(owner[0], types.ModuleType) and not _is(owner[0], type)
    members = _members(owner[0])
    for name in names:
        yield _kind(members[name], bound=bound) if name in members else UNKNOWN


def expression_before(code: str, position: int) -> str | None:
    """The names with dots between them whose attribute begins at a position; empty for none, None when it is
    an attribute of something else (a call, an item)."""
    found = _OWNER.search(code, max(0, position - 500), position)
    if found is None:
        return None if code[position - 1 : position] == "." else ""
    return found[1]


def _resolved(parts: list[str], scopes: tuple[Mapping[str, Any], ...]) -> tuple[Any] | None:
    """The value of names with dots between them, in a tuple since it may be None as well."""
    first, *rest = parts
    scope = next((scope for scope in scopes if first in scope), None)
    if scope is None:
        return None
    value = scope[first]
    for part in rest:
        members = _members(value)
        if part not in members:
            return None
        value = members[part]
        if _of_type(type(value)) == "property":
            return None  # only its code knows
    return (value,)


def _members(owner: Any) -> Mapping[str, Any]:
    """The attributes of a thing that stand in dictionaries."""
    if _is(owner, types.ModuleType):
        return _dictionary(owner)
    bases = _bases(owner) if _is(owner, type) else _bases(type(owner))
    found: dict[str, Any] = {}
    for base in reversed(bases):
        found.update(_CLASS_DICTIONARY(base))
    if not _is(owner, type):
        found.update(_dictionary(owner))
    return found


def _dictionary(thing: Any) -> Mapping[str, Any]:
    for base in _bases(type(thing)):
        descriptor = _CLASS_DICTIONARY(base).get("__dict__")
        if descriptor is not None:
            if not _is(descriptor, types.GetSetDescriptorType) and base is not types.ModuleType:
                return {}  # a property of the user's
            found = object.__getattribute__(thing, "__dict__")
            return found if isinstance(found, dict) else {}
    return {}


def _kind(value: Any, *, bound: bool) -> Kind:
    kind = _of_type(type(value))
    if kind == "callable":  # one that has a name is made by a decorator, or by C code: numpy's
        kind = "function" if "__name__" in _dictionary(value) else "instance"
    if kind == "function":
        return kind, _shortened(_signature(value, bound))
    if kind == "class":
        return kind, _shortened(_class_signature(value))
    return kind, ""


def _of_type(kind: type) -> str:
    for base in _bases(kind):
        if found := _KINDS.get(id(base)):  # their hash may be code of the user's metaclass
            return found
    own = [_CLASS_DICTIONARY(base) for base in _bases(kind)[:-1]]
    called, named = (any(name in each for each in own) for name in ("__call__", "__name__"))
    return ("function" if named else "callable") if called else "instance"


def _signature(value: Any, bound: bool) -> str:
    """The signature of a function as it is found in a dictionary: `bound` when it will be a method."""
    if _is(value, types.FunctionType):
        wrapped: Any = _dictionary(value).get("__wrapped__")
        if _is(wrapped, types.FunctionType):
            value = wrapped
        return _of_code(value, bound)
    if _is(value, types.MethodType):
        return _signature(value.__func__, True)
    if _is(value, staticmethod):
        return _signature(value.__func__, False)
    if _is(value, classmethod):
        return _signature(value.__func__, True)
    if type(value) in _TEXTS:
        return _text_signature(value.__text_signature__)
    wrapped = _dictionary(value).get("__wrapped__")
    known = _is(wrapped, types.FunctionType) or type(wrapped) in _TEXTS
    return _signature(wrapped, bound) if known else ""


def _class_signature(value: Any) -> str:
    if type(value) is not type and any("__call__" in _CLASS_DICTIONARY(b) for b in _bases(type(value))[:-2]):
        return ""  # its metaclass decides
    members = _members(value)
    init: Any = members.get("__init__")
    new: Any = members.get("__new__")
    if _is(init, types.FunctionType):
        return _of_code(init, True)
    if _is(new, staticmethod) and _is(new.__func__, types.FunctionType):
        return _of_code(new.__func__, True)
    return _text_signature(_TYPE_TEXT(value))


def _of_code(function: types.FunctionType, bound: bool) -> str:
    code = function.__code__
    names = list(code.co_varnames)
    positional = names[: code.co_argcount]
    defaults = function.__defaults__ or ()
    first = len(positional) - len(defaults)
    words = [
        name if number < first else f"{name}={_value(defaults[number - first])}"
        for number, name in enumerate(positional)
    ]
    if code.co_posonlyargcount:
        words.insert(code.co_posonlyargcount, "/")
    after = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & _VARARGS:
        words.append(f"*{names[after]}")
        after += 1
    elif code.co_kwonlyargcount:
        words.append("*")
    keywords = function.__kwdefaults__ or {}
    words += [
        f"{name}={_value(keywords[name])}" if name in keywords else name
        for name in names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    ]
    if code.co_flags & _VARKEYWORDS:
        words.append(f"**{names[after]}")
    if bound and positional:
        words = words[2 if words[1:2] == ["/"] else 1 :]
    return f"({', '.join(words)})"


def _value(value: Any) -> str:
    """A default, if its repr is no code of the user's, and short."""
    text = repr(value) if type(value) in _PLAIN else "…"
    return text if len(text) <= 20 else "…"


def _text_signature(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    plain: str = _SELF.sub("(", " ".join(text.split()), count=1)
    return plain.replace("( ", "(").replace(", )", ")").replace(" )", ")")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]}…)"


def _is(value: Any, kind: type) -> bool:
    # isinstance would ask a proxy for its __class__
    return issubclass(type(value), kind)


_bases = type.__dict__["__mro__"].__get__
_CLASS_DICTIONARY = type.__dict__["__dict__"].__get__
_TYPE_TEXT = type.__dict__["__text_signature__"].__get__


_KINDS: Mapping[int, str] = {
    id(kind): word
    for kind, word in {
        types.ModuleType: "module",
        type: "class",
        types.FunctionType: "function",
        types.BuiltinFunctionType: "function",
        types.MethodType: "function",
        types.MethodDescriptorType: "function",
        types.WrapperDescriptorType: "function",
        types.MethodWrapperType: "function",
        types.ClassMethodDescriptorType: "function",
        staticmethod: "function",
        classmethod: "function",
        property: "property",
        functools.cached_property: "property",
        types.GetSetDescriptorType: "property",
        types.MemberDescriptorType: "property",
    }.items()
}
_TEXTS = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)
_PLAIN = (int, float, bool, str, bytes, type(None))
_VARARGS, _VARKEYWORDS = 0x04, 0x08  # inspect.CO_VARARGS, CO_VARKEYWORDS
_SELF = re.compile(r"\(\$\w+(?:, /)?(?:, )?")
_OWNER = re.compile(r"(?:^|[^\w.)\]'\"])([^\W\d]\w*(?:\.[^\W\d]\w*)*)\.\Z")
