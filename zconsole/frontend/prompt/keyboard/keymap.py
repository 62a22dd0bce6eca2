"""What `c.ZConsole.bindings` makes of the keys, in the form of IPython's `shortcuts`.

An entry names a command: ours, readline's (prompt_toolkit has most of them), or as IPython calls it. With
`new_keys` its key is moved; `match_keys` and `match_filter` say which, when it has several; empty `new_keys`
remove it, `create` adds a key, `new_filter` says when it counts. An entry that makes no sense is told in a
sentence, and the others count. Imported only when something is configured or listed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from prompt_toolkit import filters
from prompt_toolkit.application import get_app
from prompt_toolkit.enums import DEFAULT_BUFFER, SEARCH_BUFFER
from prompt_toolkit.filters import Always, Condition, Filter, Never, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from zconsole.frontend.prompt.keyboard.bindings import Binding, pressed, readline
from zconsole.frontend.prompt.keyboard.theirkeys import is_readline, readline_names, their_keys


class Keymap(NamedTuple):
    """The keys as configured, in their order, and a sentence for each entry that could not be followed."""

    bindings: list[Binding]
    problems: list[str]


class _Refused(Exception):
    """An entry that makes no sense; the text says why."""


def configured(bindings: Iterable[Binding], entries: Sequence[Mapping[str, Any]]) -> Keymap:
    """Our keys as they are without configuration, changed by `entries`."""
    keys = _Keys(bindings)
    problems = []
    for number, entry in enumerate(entries, 1):
        try:
            keys.change(entry)
        except _Refused as refused:
            problems.append(f"bindings, entry {number}: {refused}")
    return Keymap(keys.all, problems)


class _Keys:
    """The keys while they are changed; each has one of its own, so that it can be moved alone."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self._theirs = list(their_keys())
        self._covers: list[Binding] = []
        self._ours = [each._replace(keys=(keys,)) for each in bindings for keys in each.keys]
        self._added: list[Binding] = []
        self._commands = {each.name: each for each in reversed((*self._theirs, *self._ours))}

    @property
    def all(self) -> list[Binding]:
        """The keys; what covers keys of prompt_toolkit's first, so that it hides none of ours."""
        return [*self._covers, *self._ours, *self._added]

    def change(self, entry: Mapping[str, Any]) -> None:
        """Follow an entry. Raises _Refused."""
        if unknown := entry.keys() - _FIELDS:
            raise _Refused(f"there is no {_nearest(unknown.pop(), _FIELDS)}.")
        name = self._name(entry.get("command"))
        new_keys = _sequence(entry.get("new_keys"))
        new_filter = _filter(entry.get("new_filter"))
        if new_keys is None and new_filter is None:
            raise _Refused(f"{name} gets neither new_keys nor a new_filter.")
        match_keys, match_filter = _sequence(entry.get("match_keys")), _filter(entry.get("match_filter"))
        found = self._found(name, match_keys, match_filter)
        if new_keys == "":
            for each in found:
                self._remove(each)
        elif entry.get("create") or not found:
            self._create(found[-1] if match_keys else self._commands[name], new_keys, new_filter)
        else:
            self._move(name, found, new_keys, new_filter)

    def _name(self, command: object) -> str:
        if not isinstance(command, str) or not command:
            raise _Refused("it has no command.")
        name = _THEIRS.get(command) or command.rpartition("named_commands.")[2].replace("_", "-")
        if not name or name not in self._commands:
            if not is_readline(name):
                near = _nearest(command, [*self._commands, *readline_names()])
                raise _Refused(f"there is no command {near}; %keys lists the names.")
            self._commands[name] = readline(name, (), has_focus(DEFAULT_BUFFER))
        return name

    def _found(self, name: str, keys: str | None, filter: Filter | None) -> list[Binding]:
        found = [
            each
            for each in (*self._theirs, *self._ours, *self._added)
            if each.name == name
            and (keys is None or _parsed(each.keys[0]) == _parsed(keys))
            and (filter is None or filter == each.filter)
        ]
        if not found and (keys is not None or filter is not None):
            said = f"keys {keys}" if keys is not None else "filter"
            raise _Refused(f"{name} has no such {said}; %keys {name} shows what it has.")
        return found

    def _create(self, command: Binding, keys: str | None, filter: Filter | None) -> None:
        if not keys:
            raise _Refused(f"{command.name} cannot be added without new_keys.")
        self._added.append(
            command._replace(keys=(keys,), filter=command.filter if filter is None else filter)
        )

    def _move(self, name: str, found: list[Binding], keys: str | None, filter: Filter | None) -> None:
        several = sorted({each.keys[0] for each in found})
        if len(several) > 1:
            raise _Refused(
                f"{name} has several keys ({', '.join(several)}): match_keys says which, create adds one."
            )
        for old in found:
            self._remove(old)
            self._added.append(
                old._replace(
                    keys=old.keys if keys is None else (keys,),
                    filter=old.filter if filter is None else filter,
                )
            )

    def _remove(self, binding: Binding) -> None:
        for keys in (self._ours, self._added, self._theirs):
            if binding in keys:
                keys.remove(binding)
                if keys is self._theirs:
                    self._covers.append(Binding("", binding.keys, _nothing, "", binding.filter))
                return


def _nothing(event: KeyPressEvent) -> None:
    """A key that has been removed does nothing."""


def _sequence(keys: object) -> str | None:
    """Keys as they are configured (IPython's list of those pressed one after the other, or a text with blanks
    between), as text with blanks; None when there are none."""
    if keys is None:
        return None
    if not isinstance(keys, str):
        keys = " ".join(map(str, keys)) if isinstance(keys, Sequence) else str(keys)
    if keys:
        _parsed(keys)
    return keys


def _parsed(keys: str) -> tuple[str, ...]:
    try:
        probe = KeyBindings()
        probe.add(*pressed(keys))(_nothing)
    except ValueError:
        raise _Refused(
            f"there are no keys {keys!r}; they are written as in 'c-x', 'escape x', 'f2'."
        ) from None
    return probe.bindings[0].keys


def _filter(text: object) -> Filter | None:
    """The filter that a text describes: names with `&`, `|`, `~` and parentheses."""
    if text is None:
        return None
    try:
        return _evaluated(ast.parse(str(text), mode="eval").body)
    except SyntaxError:
        raise _Refused(f"the filter {text!r} is not understood.") from None


def _evaluated(node: ast.expr) -> Filter:
    match node:
        case ast.Name(id=name) if name in FILTERS:
            return FILTERS[name]
        case ast.Name(id=name):
            raise _Refused(f"there is no filter {_nearest(name, FILTERS)}.")
        case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
            return _evaluated(left) & _evaluated(right)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _evaluated(left) | _evaluated(right)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return ~_evaluated(operand)
    raise _Refused(f"the filter {ast.unparse(node)!r} is not understood.")


def _nearest(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(names), 1)
    return f"{name!r}" + (f" (did you mean {near[0]}?)" if near else "")


def _leading_blanks() -> bool:
    return not get_app().current_buffer.document.current_line_before_cursor.strip()


_BLOCK = has_focus(DEFAULT_BUFFER)
_INSERTING = filters.vi_insert_mode | filters.emacs_insert_mode

FILTERS: Mapping[str, Filter] = {
    "always": Always(),
    "never": Never(),
    "default_buffer_focused": _BLOCK,
    "search_buffer_focused": has_focus(SEARCH_BUFFER),
    "insert_mode": _INSERTING,
    "focused_insert": _INSERTING & _BLOCK,
    "emacs_like_insert_mode": _INSERTING,
    "ebivim": Always(),
    "emacs_mode": filters.emacs_mode,
    "emacs_insert_mode": filters.emacs_insert_mode,
    "vi_mode": filters.vi_mode,
    "vi_insert_mode": filters.vi_insert_mode,
    "vi_navigation_mode": filters.vi_navigation_mode,
    "vi_replace_mode": filters.vi_replace_mode,
    "vi_selection_mode": filters.vi_selection_mode,
    "has_selection": filters.has_selection,
    "has_suggestion": filters.has_suggestion,
    "has_completions": filters.has_completions,
    "completion_is_selected": filters.completion_is_selected,
    "is_searching": filters.is_searching,
    "cursor_in_leading_ws": Condition(_leading_blanks),
    "is_cursor_at_the_end_of_line": Condition(
        lambda: get_app().current_buffer.document.is_cursor_at_the_end_of_line
    ),
    "has_line_above": Condition(lambda: get_app().current_buffer.document.cursor_position_row > 0),
    "has_line_below": Condition(lambda: not get_app().current_buffer.document.on_last_line),
}
"""What a filter can be made of, by IPython's names."""

_FIELDS = frozenset(("command", "new_keys", "match_keys", "new_filter", "match_filter", "create"))

_THEIRS = {
    "edit-and-execute-command": "edit-and-run",
    "prompt_toolkit:named_commands.edit_and_execute": "edit-and-run",
    **{
        f"IPython:{theirs}": ours
        for theirs, ours in {
            "shortcuts.handle_return_or_newline_or_execute": "enter",
            "shortcuts.reformat_and_execute": "run",
            "shortcuts.newline_autoindent": "newline",
            "shortcuts.indent_buffer": "indent",
            "shortcuts.reset_buffer": "clear",
            "shortcuts.reset_search_buffer": "clear-search",
            "shortcuts.suspend_to_bg": "suspend",
            "shortcuts.quit": "detach",
            "shortcuts.dismiss_completion": "close-menu",
            "shortcuts.previous_history_or_previous_completion": "up",
            "shortcuts.next_history_or_next_completion": "down",
            "shortcuts.open_input_in_editor": "edit-in-editor",
            "auto_suggest.accept": "accept-suggestion",
            "auto_suggest.accept_or_jump_to_end": "accept-suggestion",
            "auto_suggest.accept_word": "accept-suggestion-word",
            "auto_suggest.accept_token": "accept-suggestion-token",
            "auto_suggest.accept_character": "accept-suggestion-character",
            "auto_suggest.accept_and_keep_cursor": "accept-suggestion-and-stay",
            "auto_suggest.accept_and_move_cursor_left": "accept-suggestion-and-go-left",
            "auto_suggest.discard": "discard-suggestion",
            "auto_suggest.swap_autosuggestion_up": "older-suggestion",
            "auto_suggest.swap_autosuggestion_down": "newer-suggestion",
            "auto_suggest.up_and_update_hint": "line-up",
            "auto_suggest.down_and_update_hint": "line-down",
        }.items()
    },
}
"""IPython's names of commands that are ours."""
