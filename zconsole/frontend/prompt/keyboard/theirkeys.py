"""prompt_toolkit's own keys by name, so that they can be listed, moved and removed as ours.

It has readline's names for those commands that readline has; the others get theirs from its functions
(`_open_below` of vi is `vi-open-below`), or here where that says nothing. Imported only when something is
configured or listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.bindings import named_commands
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.key_binding.key_bindings import Binding as Command

from zconsole.frontend.prompt.keyboard.bindings import Binding, about, readline


def their_keys() -> Iterator[Binding]:
    """The keys that are there without us, one each; what stands later goes before what stands earlier."""
    names = {named_commands.get_by_name(name).handler: name for name in readline_names()}
    for each in load_key_bindings().bindings:
        keys = _written(each.keys)
        if each.handler in names:
            yield readline(names[each.handler], (keys,), each.filter)
        elif not keys.startswith("<") and "ignore" not in each.handler.__name__:
            name = _name(each)
            yield Binding(name, (keys,), _command(each), _HELP.get(name) or about(each), each.filter)
    yield Binding("end-of-file", ("c-d",), _end_of_file, "end the session", _at_empty_block)


def readline_names() -> list[str]:
    """The names of prompt_toolkit's commands that can be given to any key."""
    names = (name.replace("_", "-") for name in vars(named_commands))
    return [name for name in names if is_readline(name)]


def is_readline(name: str) -> bool:
    """Whether this is one of them."""
    try:
        named_commands.get_by_name(name)
    except KeyError:
        return False
    return name not in _NOT_HERE


def _command(binding: Command) -> Command:
    """What a binding does, without its keys and filter."""
    return Command(
        (),
        binding.handler,
        eager=binding.eager,
        save_before=binding.save_before,
        record_in_macro=binding.record_in_macro,
    )


def _name(binding: Command) -> str:
    handler = binding.handler
    function = handler.__qualname__.removesuffix(".<locals>._").rpartition(".")[2].strip("_")
    prefix = "vi-" if handler.__module__.endswith(".vi") else ""
    name = prefix + function.rstrip("0123456789").replace("_", "-")
    return _NAMES.get(name, name)


def _written(keys: tuple[str, ...]) -> str:
    """Keys as people write them."""
    names = [str(getattr(key, "value", key)) for key in keys]
    return " ".join(_FAMILIAR.get(name, name) for name in names)


def _end_of_file(event: KeyPressEvent) -> None:
    event.app.exit(exception=EOFError)


_at_empty_block = has_focus(DEFAULT_BUFFER) & Condition(lambda: not get_app().current_buffer.text)

_NOT_HERE = ("self-insert", "end-of-file", "edit-and-execute-command")
"""What is always there; what is done otherwise here."""

_FAMILIAR: Mapping[str, str] = {
    "c-m": "enter",
    "c-i": "tab",
    "c-h": "backspace",
    "c-@": "c-space",
    " ": "space",
}

_NAMES: Mapping[str, str] = {
    "handle-digit": "digit-argument",
    "meta-dash": "negative-argument",
    "dash": "negative-argument",
    "newline": "line-feed",
    "indent": "indent-region",
    "unindent": "unindent-region",
    "delete": "delete-selection",
    "cancel": "cancel-selection",
    "esc": "ignore-escape",
    "cut": "kill-region",
    "copy": "copy-region-as-kill",
    "goto-char": "character-search",
    "goto-char-backwards": "character-search-backward",
    "swap-characters": "transpose-words",
    "insert-all-completions": "insert-completions",
    "toggle-start-end": "exchange-line-ends",
    "start-reverse-incremental-search": "search-backward",
    "start-forward-incremental-search": "search-forward",
    "next": "go-down",
    "prev": "go-up",
    "vi-go-up": "go-up",
    "vi-go-down": "go-down",
    "vi-up-in-navigation": "go-up",
    "vi-a": "vi-append",
    "vi-A": "vi-append-eol",
    "vi-i": "vi-insertion-mode",
    "vi-I": "vi-insert-beg",
    "vi-arg": "vi-argument",
    "vi-0-arg": "vi-argument",
    "vi-operator-in-navigation": "vi-operator",
    "vi-operator-in-selection": "vi-operator",
    "vi-apply-operator-to-text-object": "vi-text-object",
    "vi-move-in-navigation-mode": "vi-motion",
    "vi-move-in-selection-mode": "vi-motion",
}

_HELP: Mapping[str, str] = {
    "go-up": "a line up, or back in the history",
    "go-down": "a line down, or forward in the history",
    "digit-argument": "a number for the next command",
    "negative-argument": "a negative number for the next command",
    "line-feed": "as Enter",
    "ignore-escape": "nothing",
    "character-search": "to the next occurrence of a character",
    "character-search-backward": "to the occurrence of a character before",
    "insert-completions": "insert all completions",
    "transpose-chars": "swap the characters before the cursor",
    "complete": "show the completions",
    "accept-search": "end the search here",
    "kill-region": "cut what is selected",
    "transpose-words": "swap the last two words",
    "vi-append": "insert behind the cursor",
    "vi-append-eol": "insert at the end of the line",
    "vi-insertion-mode": "insert at the cursor",
    "vi-insert-beg": "insert at the beginning of the line",
    "vi-argument": "a number for the next command",
    "vi-append-after-block": "insert behind the block that is selected",
    "vi-undo": "take the last change back",
    "vi-complete-next": "the next completion",
    "vi-delete-before-cursor": "delete the character before the cursor",
    "vi-begin-of-sentence": "to the beginning of the sentence",
    "vi-end-of-sentence": "to the end of the sentence",
    "vi-operator": "what to do with the text of the motion that follows, or with what is selected",
    "vi-text-object": "the text for an operator",
    "vi-motion": "move the cursor",
}
