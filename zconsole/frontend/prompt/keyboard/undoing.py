"""Undo and redo. The line editor forgets what there is to redo with every key behind an undo, even one that
only moves the cursor; here it is forgotten when the text becomes another. And vi's insertions are taken back
in runs of letters, as the line editor means to do it, not letter by letter.
"""

from __future__ import annotations

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_mode, has_focus, vi_insert_mode, vi_navigation_mode
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.key_binding.key_bindings import key_binding

from zconsole.frontend.prompt.keyboard.bindings import Binding


class Undoing(Buffer):
    """A text of which what was undone can be had back while it is as the undo has left it."""

    _undone: str | None = None

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return bool(self._redo_stack) and self.text == self._undone

    def save_to_undo_stack(self, clear_redo_stack: bool = True) -> None:
        """Remember the text, before a key that may change it."""
        super().save_to_undo_stack(clear_redo_stack and not self.can_redo)

    def undo(self) -> None:
        """Take the last change back."""
        if not self.can_redo:
            self._redo_stack = []
        super().undo()
        self._undone = self.text

    def redo(self) -> None:
        """Have back what the last undo has taken."""
        if self.can_redo:
            super().redo()
            self._undone = self.text


def undo_keys() -> list[Binding]:
    """The keys of redo, which the line editor has none for, and those that are typed in vi's insert mode."""
    block = has_focus(DEFAULT_BUFFER)
    return [
        Binding("", ("<any>",), _type, "type", block & vi_insert_mode),
        Binding("redo", ("c-x c-r",), _redo, "take an undo back", block & emacs_mode),
        Binding(
            "redo",
            ("c-r",),
            _redo,
            "take an undo back; when there is none, search backward",
            block & vi_navigation_mode & Condition(_can_redo),
        ),
    ]


@key_binding(save_before=lambda event: not event.is_repeat)
def _type(event: KeyPressEvent) -> None:
    get_by_name("self-insert").handler(event)


@key_binding(save_before=lambda event: False)  # it is what `redo` does
def _redo(event: KeyPressEvent) -> None:
    event.current_buffer.redo()


def _can_redo() -> bool:
    buffer = get_app().current_buffer
    return isinstance(buffer, Undoing) and buffer.can_redo
