"""Keys by name: each binding is a command with a name, its keys, and what it does.

A room that adds keys gives a list of these; the prompt puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from prompt_toolkit.filters import FilterOrBool
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent


class Binding(NamedTuple):
    """A command and its keys: `keys` are several ways to press it, each a sequence of prompt_toolkit's names
    with a blank between (`"c-x c-e"`). `name` is what the configuration calls it, `help` what %keys says."""

    name: str
    keys: tuple[str, ...]
    handler: Callable[[KeyPressEvent], None]
    help: str
    filter: FilterOrBool = True
    eager: bool = False


def assemble(bindings: Iterable[Binding]) -> KeyBindings:
    """The bindings as prompt_toolkit takes them; a later one goes before an earlier one of the same keys."""
    result = KeyBindings()
    for binding in bindings:
        for keys in binding.keys:
            add = result.add(*keys.split(), filter=binding.filter, eager=binding.eager)
            add(binding.handler)
    return result
