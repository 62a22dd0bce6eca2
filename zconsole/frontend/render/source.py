"""What came, before it is looked at: the text of a form, and why a form cannot be shown. Pure."""

from __future__ import annotations

from typing import Any


class Unshowable(ValueError):
    """A form that cannot be shown. The message says why, to stand behind "not shown: "."""


def text_of(value: Any) -> str:
    """A form's text; nbformat allows a list of lines as well. `Unshowable` when it is something else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    raise Unshowable(f"{_NAMES.get(type(value), 'a mixture')} where text belongs")


_NAMES = {type(None): "nothing", bool: "a truth value", int: "a number", float: "a number", dict: "an object"}
