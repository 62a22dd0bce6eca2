"""Keys by name: each binding is a command with a name, its keys, and what it does.

A room that adds keys gives a list of these; the prompt puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from prompt_toolkit.filters import FilterOrBool
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.key_bindings import Binding as Command
from prompt_toolkit.keys import Keys

Handler = Callable[[KeyPressEvent], None] | Command
"""What a key does; prompt_toolkit's own commands say besides what undo and macros remember of them."""


class Binding(NamedTuple):
    """A command and its keys: `keys` are several ways to press it, each a sequence of prompt_toolkit's names
    with a blank between (`"c-x c-e"`). `name` is what the configuration calls it, `help` what %keys says; one
    without a name is not the user's to change."""

    name: str
    keys: tuple[str, ...]
    handler: Handler
    help: str
    filter: FilterOrBool = True
    eager: bool = False


def readline(name: str, keys: tuple[str, ...], filter: FilterOrBool = True) -> Binding:
    """A command of prompt_toolkit's by its readline name. Raises KeyError for one that it does not have."""
    command = get_by_name(name)
    return Binding(name, keys, command, about(command), filter)


def about(command: Command) -> str:
    """What a command of prompt_toolkit's does: the first sentence of what is said there."""
    text = " ".join((command.handler.__doc__ or "").partition("\n\n")[0].split())
    text = text.partition(". ")[0].rstrip(".")
    return text[:1].lower() + text[1:]


def assemble(bindings: Iterable[Binding]) -> KeyBindings:
    """The bindings as prompt_toolkit takes them; a later one goes before an earlier one of the same keys."""
    result = KeyBindings()
    for binding in bindings:
        for keys in binding.keys:
            add = result.add(*pressed(keys), filter=binding.filter, eager=binding.eager)
            add(binding.handler)
    return result


def pressed(keys: str) -> list[str]:
    """The keys of a sequence, one by one, as prompt_toolkit calls them."""
    return [ENTERS.get(key, key) for key in keys.split()]


def know_enters() -> None:
    """Have the line editor tell Shift+Enter and Ctrl+Enter from Enter where the terminal does, as xterm
    (modifyOtherKeys) or kitty writes them. Its table of sequences is the only place to say so."""
    for number, key in ((2, ENTERS["s-enter"]), (5, ENTERS["c-enter"])):
        for sequence in (f"\x1b[27;{number};13~", f"\x1b[13;{number}u"):
            ANSI_SEQUENCES[sequence] = key


ENTERS = {"s-enter": Keys.ControlF23, "c-enter": Keys.ControlF24}
"""Keys that the line editor has no names for, and keys that no keyboard has in their place."""
