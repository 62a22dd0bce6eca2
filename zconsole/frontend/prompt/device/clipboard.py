"""What is cut or copied goes to the clipboard of the terminal as well (OSC 52): also over ssh, and without a
program for it. What is pasted is asked of nobody: Ctrl+Y brings back what was cut here."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable

from prompt_toolkit.clipboard import ClipboardData, InMemoryClipboard
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import emacs_mode, has_focus, has_selection
from prompt_toolkit.key_binding import KeyPressEvent

from zconsole.frontend.prompt.keyboard.bindings import Binding

LIMIT = 74_994
"""Bytes that every terminal with a clipboard takes; they are 100,000 as they are sent."""


class TerminalClipboard(InMemoryClipboard):
    """A clipboard that tells the terminal; `send` gets the sequence, and may keep it."""

    def __init__(self, send: Callable[[str], None]) -> None:
        super().__init__()
        self._send = send

    def set_data(self, data: ClipboardData) -> None:
        """Keep what was cut; of a single letter, as vi's x cuts it, nobody else is told."""
        super().set_data(data)
        text = data.text.encode("utf-8", "replace")
        if len(data.text) > 1 and len(text) <= LIMIT:
            self._send(f"\x1b]52;c;{b2a_base64(text, newline=False).decode('ascii')}\x1b\\")


def copy_keys() -> list[Binding]:
    """The key that copies a whole block; a selection is copied by the same key, which is the line
    editor's."""
    return [
        Binding(
            "copy-block",
            ("escape w",),
            _copy,
            "copy the block to the clipboard",
            emacs_mode & ~has_selection & has_focus(DEFAULT_BUFFER),
        )
    ]


def _copy(event: KeyPressEvent) -> None:
    if event.current_buffer.text:
        event.app.clipboard.set_text(event.current_buffer.text)
