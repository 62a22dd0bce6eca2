"""Ghost text: how the history has gone on from the line that is being typed, dimmed behind the cursor.

What is found is set while the key is processed, so a suggestion costs no second drawing. A key looks at
`AT_ONCE` entries at most, the loop goes on with the rest between keys. And a longer line can only be met
where a shorter one was, or before it: so typing a line looks at each entry once in all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, vi_insert_mode
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.bindings import named_commands
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from zconsole.frontend.prompt.keyboard.bindings import Binding
from zconsole.frontend.prompt.memory.history import FileHistory

AT_ONCE = 2_000
"""Entries that are looked at before the loop takes another turn: a tenth of a millisecond."""

LONGEST = 500
"""Characters of a line for which something is suggested; nobody types more."""


class Suggester:
    """Suggests in `buffer` while `wanted`."""

    def __init__(self, buffer: Buffer, wanted: Callable[[], bool]) -> None:
        self._buffer = buffer
        self._wanted = wanted
        self._text = ""
        """What is looked for."""
        self._position, self._line = 0, ""  # the entry that has it, or those before have not; its line
        self._seen: list[tuple[int, str]] = []
        self._newest: object = None
        self._going_on: asyncio.Handle | None = None
        self._reading: asyncio.Task[None] | None = None
        self._cursor = 0
        buffer.on_text_changed += lambda sender: self._changed()
        buffer.on_cursor_position_changed += lambda sender: self._moved()

    def other(self, older: bool) -> None:
        """Suggest what an older entry says, or again what a newer one did."""
        if older:
            self._seen.append((self._position, self._line))
            self._position += 1
            self._go_on(self._buffer.document, self._line)
        elif self._seen:
            self._position, self._line = self._seen.pop()
            self._show(self._line)

    def _begin(self, text: str) -> None:
        self._text, self._position, self._line = text, 0, ""
        self._seen = []
        self._newest = self._end()

    def _changed(self) -> None:
        if self._going_on:
            self._going_on.cancel()
            self._going_on = None
        document = self._buffer.document
        text = document.current_line_before_cursor
        if not self._wanted() or not document.is_cursor_at_the_end_of_line or len(text) > LONGEST:
            return
        if not text.strip():
            self._begin("")
            return
        if not (self._text and text.startswith(self._text) and self._newest == self._end()):
            self._begin(text)
        self._text = text
        if self._line.startswith(text) and len(self._line) > len(text):
            self._show(self._line)
        else:
            self._go_on(document, "")

    def _end(self) -> object:
        """What tells that the history is another, or has another entry."""
        history = self._buffer.history
        return history, history.newest(0, 1) if isinstance(history, FileHistory) else None

    def _moved(self) -> None:
        if self._buffer.cursor_position != self._cursor:
            self._buffer.suggestion = None  # it was for another place

    def _go_on(self, document: Document, but: str) -> None:
        """Look at the next entries; at those behind them soon."""
        history = self._buffer.history
        if not isinstance(history, FileHistory):
            return
        entries = history.newest(self._position, self._position + AT_ONCE)
        for number, entry in enumerate(entries, self._position):
            if self._text in entry and (line := _line_of(entry, self._text)) and line != but:
                self._position, self._line = number, line
                self._show(line)
                return
        self._position += len(entries)
        if len(entries) == AT_ONCE:
            self._going_on = asyncio.get_running_loop().call_soon(self._later, document, but)
        elif not history.is_whole and (self._reading is None or self._reading.done()):
            self._reading = asyncio.get_running_loop().create_task(history.read_aside())

    def _later(self, document: Document, but: str) -> None:
        if self._buffer.document != document:
            return
        self._go_on(document, but)
        if self._buffer.suggestion:
            get_app().invalidate()

    def _show(self, line: str) -> None:
        self._cursor = self._buffer.cursor_position
        self._buffer.suggestion = Suggestion(line[len(self._text) :])


class SuggestedInBlock(Processor):
    """Shows the suggestion behind a line that is not the last; behind that the editor shows it itself."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The line, with the suggestion if the cursor is at its end."""
        fragments, document = transformation_input.fragments, transformation_input.document
        suggestion = transformation_input.buffer_control.buffer.suggestion
        here = transformation_input.lineno == document.cursor_position_row < document.line_count - 1
        if suggestion and here and document.is_cursor_at_the_end_of_line:
            fragments = [*fragments, ("class:auto-suggestion", suggestion.text)]
        return Transformation(fragments)


def suggestion_keys(suggester: Callable[[], Suggester]) -> list[Binding]:
    """The keys that take a suggestion or a part of it, throw it away, or ask for another: IPython's."""
    shown = Condition(_is_shown) & has_focus(DEFAULT_BUFFER)
    typing = shown & (vi_insert_mode | emacs_insert_mode)
    # in vi mode Esc is for leaving the mode
    emacs = shown & emacs_insert_mode
    return [
        Binding("accept-suggestion", ("right", "c-f", "end", "c-e"), _accept, "take the suggestion", typing),
        Binding(
            "accept-suggestion-word", ("escape f",), _accept_word, "take a word of the suggestion", typing
        ),
        Binding("accept-suggestion-token", ("c-right",), _accept_token, "take a name or sign of it", typing),
        Binding(
            "accept-suggestion-character",
            ("escape right",),
            _accept_character,
            "take a character of it",
            typing,
        ),
        Binding(
            "accept-suggestion-and-stay",
            ("escape down",),
            _accept_and_stay,
            "take the suggestion, and leave the cursor before it",
            emacs,
        ),
        Binding(
            "accept-suggestion-and-go-left",
            ("c-left",),
            _accept_and_go_left,
            "take the suggestion, and go left from before it",
            typing,
        ),
        Binding("discard-suggestion", ("escape", "delete"), _discard, "throw the suggestion away", emacs),
        Binding(
            "older-suggestion",
            ("c-up",),
            lambda event: suggester().other(True),
            "suggest an older one",
            typing,
        ),
        Binding(
            "newer-suggestion",
            ("c-down",),
            lambda event: suggester().other(False),
            "suggest a newer one again",
            typing,
        ),
    ]


def _is_shown() -> bool:
    buffer = get_app().current_buffer
    return bool(buffer.suggestion and buffer.suggestion.text and buffer.document.is_cursor_at_the_end_of_line)


def _suggested(event: KeyPressEvent) -> str:
    suggestion = event.current_buffer.suggestion
    return suggestion.text if suggestion else ""


def _accept(event: KeyPressEvent) -> None:
    event.current_buffer.insert_text(_suggested(event))


def _accept_word(event: KeyPressEvent) -> None:
    _accept_part(event, r"\s*\S+\s*")


def _accept_token(event: KeyPressEvent) -> None:
    _accept_part(event, r"\s*(?:\w+|.)")


def _accept_character(event: KeyPressEvent) -> None:
    _accept_part(event, ".")


def _accept_part(event: KeyPressEvent, pattern: str) -> None:
    part = re.match(pattern, _suggested(event))
    event.current_buffer.insert_text(part[0] if part else "")


def _accept_and_stay(event: KeyPressEvent) -> None:
    place = event.current_buffer.cursor_position
    _accept(event)
    event.current_buffer.cursor_position = place


def _accept_and_go_left(event: KeyPressEvent) -> None:
    _accept_and_stay(event)
    named_commands.get_by_name("backward-char").handler(event)


def _discard(event: KeyPressEvent) -> None:
    event.current_buffer.suggestion = None


def _line_of(entry: str, text: str) -> str:
    """The last line of an entry that goes on from this text; empty when there is none."""
    for line in reversed(entry.splitlines()):
        if line.startswith(text) and len(line) > len(text):
            return line
    return ""
