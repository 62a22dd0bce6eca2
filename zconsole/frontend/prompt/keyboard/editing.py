"""Keys that change lines of the block: indent and dedent, comment, reformat, brackets in pairs. Each command
is one step of undo."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import (
    Condition,
    emacs_insert_mode,
    emacs_mode,
    has_focus,
    has_selection,
    vi_insert_mode,
    vi_navigation_mode,
    vi_selection_mode,
)
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.selection import SelectionType

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.keyboard.bindings import Binding
from zconsole.frontend.prompt.keyboard.pasting import Language, is_python

Say = Callable[[str], None]
"""Shows the user a sentence above the prompt."""

TAB = 4
"""Columns of one level of indentation."""


def editing_keys(preferences: Preferences, language: Language, say: Say) -> list[Binding]:
    """The keys that change lines."""
    block = has_focus(DEFAULT_BUFFER)
    inserting = block & (vi_insert_mode | emacs_insert_mode)
    pairs = inserting & Condition(lambda: preferences.now.auto_brackets)
    reformatting = _Reformatting(preferences, language, say)
    return [
        Binding(
            "dedent",
            ("s-tab",),
            lambda event: _change_lines(event.current_buffer, _dedented),
            "dedent the line, or the selected lines",
            block & (has_selection | (inserting & Condition(_in_indentation))),
        ),
        Binding(
            "indent-lines",
            ("tab",),
            lambda event: _change_lines(event.current_buffer, _indented),
            "indent the selected lines",
            block & has_selection & ~vi_navigation_mode,
        ),
        Binding(
            "dedent-backward",
            ("backspace",),
            lambda event: _dedent_backward(event.current_buffer),
            "in a line's indentation: back to where a level begins",
            inserting & ~has_selection & Condition(_in_deep_indentation),
        ),
        Binding(
            "toggle-comment",
            ("escape ;",),
            lambda event: _toggle_comment(event.current_buffer, language()),
            "comment the line or the selected lines out, or in again",
            block & emacs_mode,
        ),
        Binding(
            "toggle-comment",
            ("g c",),
            lambda event: _toggle_comment(event.current_buffer, language()),
            "comment the selected lines out, or in again",
            block & vi_selection_mode,
        ),
        Binding(
            "toggle-comment",
            ("g c c",),
            lambda event: _toggle_comment(event.current_buffer, language()),
            "comment the line out, or in again",
            block & vi_navigation_mode,
        ),
        Binding("reformat", ("f8",), reformatting.begin, "reformat the block with ruff or black", block),
        Binding(
            "reformat", ("escape q",), reformatting.begin, "reformat the block", block & emacs_insert_mode
        ),
        Binding(
            "open-bracket",
            ("(", "[", "{"),
            _open_bracket,
            "write both brackets",
            pairs & Condition(_may_open),
        ),
        Binding(
            "close-bracket",
            (")", "]", "}", "'", '"'),
            lambda event: _right(event.current_buffer),
            "step over the closing one",
            pairs & Condition(_is_here),
        ),
        Binding(
            "open-quote",
            ("'", '"'),
            _open_bracket,
            "write both quotes",
            pairs & Condition(_may_quote),
        ),
        Binding(
            "delete-pair",
            ("backspace",),
            lambda event: _delete_pair(event.current_buffer),
            "delete an empty pair",
            pairs & Condition(_between_pair),
        ),
    ]


# --- lines


def _change_lines(buffer: Buffer, change: Callable[[list[str]], list[str]]) -> None:
    """Replace the cursor's line, or the lines of the selection; the cursor stays at what it stood at."""
    document = buffer.document
    first = last = document.cursor_position_row
    if buffer.selection_state:
        begin, end = document.selection_range()
        if buffer.selection_state.type is SelectionType.CHARACTERS:
            end = max(begin, end - 1)  # a line that is selected up to its beginning is not
        first, last = (document.translate_index_to_position(at)[0] for at in (begin, end))
    lines = document.lines
    changed = change(list(lines[first : last + 1]))
    row, column = document.cursor_position_row, document.cursor_position_col
    behind = len(lines[row]) - column
    new = [*lines[:first], *changed, *lines[last + 1 :]]
    text = Document("\n".join(new))
    column = max(0, len(new[row]) - behind)
    buffer.document = Document(text.text, text.translate_row_col_to_index(row, column))


def _indented(lines: list[str]) -> list[str]:
    return [" " * TAB + line if line.strip() else line for line in lines]


def _dedented(lines: list[str]) -> list[str]:
    return [line[min(TAB, _depth(line)) :] if line[:1] != "\t" else line[1:] for line in lines]


def _dedent_backward(buffer: Buffer) -> None:
    buffer.delete_before_cursor((buffer.document.cursor_position_col - 1) % TAB + 1)


def _toggle_comment(buffer: Buffer, language: str) -> None:
    sign = COMMENTS.get(language, "#")

    def change(lines: list[str]) -> list[str]:
        code = [line for line in lines if line.strip()]
        if code and all(line.lstrip().startswith(sign) for line in code):
            return [_uncommented(line, sign) for line in lines]
        depth = min(map(_depth, code), default=0)
        if not code:
            return [f"{line}{sign} " for line in lines]
        return [f"{line[:depth]}{sign} {line[depth:]}" if line.strip() else line for line in lines]

    _change_lines(buffer, change)


def _uncommented(line: str, sign: str) -> str:
    before, found, code = line.partition(sign)
    return before + code.removeprefix(" ") if found else line


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# --- reformatting


class _Reformatting:
    """Has a program reformat the block, while one may go on typing."""

    def __init__(self, preferences: Preferences, language: Language, say: Say) -> None:
        self._preferences = preferences
        self._language = language
        self._say = say

    def begin(self, event: KeyPressEvent) -> None:
        """The key."""
        if not is_python(self._language()):
            self._say("Only blocks of Python can be reformatted.")
        elif event.current_buffer.text.strip():
            event.app.create_background_task(self._reformat(event.current_buffer))

    async def _reformat(self, buffer: Buffer) -> None:
        from zconsole.frontend.prompt.keyboard.formatting import CannotReformat, moved, reformatted

        before = buffer.document
        try:
            text = await reformatted(before.text, self._preferences.now.formatter)
        except CannotReformat as error:
            self._say(str(error))
            return
        if buffer.text != before.text:
            self._say("The block was changed meanwhile, so it is not reformatted.")
        elif text != before.text:
            buffer.save_to_undo_stack()
            buffer.document = Document(text, moved(before.text, before.cursor_position, text))


# --- pairs


def _open_bracket(event: KeyPressEvent) -> None:
    event.current_buffer.insert_text(event.data + _PAIRS[event.data])
    event.current_buffer.cursor_left()


def _right(buffer: Buffer) -> None:
    buffer.cursor_right()


def _delete_pair(buffer: Buffer) -> None:
    buffer.delete()
    buffer.delete_before_cursor()


def _key() -> str:
    """The key that is being processed."""
    return get_app().key_processor.key_buffer[-1].data if get_app().key_processor.key_buffer else ""


def _document() -> Document:
    return get_app().current_buffer.document


def _may_open() -> bool:
    return _document().current_char in _BEFORE


def _may_quote() -> bool:
    """Whether a quote begins a string here: neither a word nor another string is before it."""
    before, quote = _document().current_line_before_cursor, _key()
    return _may_open() and not before[-1:].isalnum() and before.count(quote) % 2 == 0


def _is_here() -> bool:
    key = _key()
    return bool(key) and _document().current_char == key


def _between_pair() -> bool:
    document = _document()
    return _PAIRS.get(document.char_before_cursor) == document.current_char and document.current_char != ""


def _in_indentation() -> bool:
    document = _document()
    return not document.current_line_before_cursor.strip() and not get_app().current_buffer.complete_state


def _in_deep_indentation() -> bool:
    before = _document().current_line_before_cursor
    return len(before) > 1 and not before.strip(" ")


_PAIRS = {"(": ")", "[": "]", "{": "}", "'": "'", '"': '"'}
_BEFORE = ("", "\n", " ", ")", "]", "}", ",", ":")  # what may stand behind a new pair

COMMENTS = {
    **dict.fromkeys(
        ("javascript", "typescript", "rust", "c", "c++", "java", "go", "scala", "kotlin", "c#", "swift"), "//"
    ),
    **dict.fromkeys(("sql", "haskell", "lua", "ada"), "--"),
    **dict.fromkeys(("matlab", "octave", "latex", "erlang", "prolog"), "%"),
    **dict.fromkeys(("clojure", "scheme", "racket", "lisp", "common-lisp"), ";"),
}
"""What begins a comment in a language, where it is not `#`."""
