"""Emacs or vi: the manner of the keys, how long the editor waits for a key's rest, how vi's mode is shown.

Vi's Esc has to count at once, and yet it begins keys of emacs that IPython has in insert mode: Meta-f is
Esc f. A terminal sends those in one piece. So an Esc that comes alone is Esc, `escape_wait` later, and no
`sequence_wait` is spent on it, as IPython's half a second is.
"""

from __future__ import annotations

import os

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.cursor_shapes import CursorShapeConfig, DynamicCursorShapeConfig, ModalCursorShapeConfig
from prompt_toolkit.enums import DEFAULT_BUFFER, SEARCH_BUFFER, EditingMode
from prompt_toolkit.filters import Condition, has_completions, has_focus, vi_insert_mode, vi_mode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.keyboard.bindings import Binding, readline


def follow(session: PromptSession[str], preferences: Preferences) -> None:
    """Have a prompt edit in the chosen mode, now and whenever another is chosen."""

    def use(names: frozenset[str]) -> None:
        now, app = preferences.now, session.app
        if "editing_mode" in names:
            app.editing_mode = EditingMode[now.editing_mode.upper()]
        app.ttimeoutlen, app.timeoutlen = now.escape_wait, now.sequence_wait

    def shapes() -> CursorShapeConfig | None:
        vi = session.app.editing_mode is EditingMode.VI
        return ModalCursorShapeConfig() if vi and preferences.now.cursor_shapes and _has_shapes() else None

    session.cursor = DynamicCursorShapeConfig(shapes)
    use(frozenset(("editing_mode",)))
    preferences.observe(use)


def mode_shown(app: Application[str]) -> StyleAndTextTuples:
    """Vi's mode before a prompt, as in IPython's: `[ins] `, `[nav] `, `[rep] `; nothing in emacs mode."""
    if app.editing_mode is not EditingMode.VI:
        return []
    return [("class:prompt-mode", f"[{app.vi_state.input_mode.value[3:6]}] ")]


def mode_keys() -> list[Binding]:
    """The keys of IPython's that are neither readline's nor about code; they stand before all others."""
    inserting = has_focus(DEFAULT_BUFFER) & vi_insert_mode
    alone = Condition(lambda: not get_app().key_processor.input_queue)
    first = Condition(lambda: get_app().current_buffer.document.on_first_line)
    last = Condition(lambda: get_app().current_buffer.document.on_last_line)
    return [
        Binding(
            "vi-escape",
            ("escape",),
            _escape,
            "leave vi's insert mode, or what has been begun",
            has_focus(DEFAULT_BUFFER) & vi_mode & alone,
            eager=True,
        ),
        *(readline(name, (keys,), inserting) for name, keys in _EMACS_IN_VI),
        Binding("go-up", ("c-p",), _up, "a line up, or back in the history", inserting),
        Binding("go-down", ("c-n",), _down, "a line down, or forward in the history", inserting),
        Binding("line-up", ("c-up",), _line_up, "a line up in the block", has_focus(DEFAULT_BUFFER) & ~first),
        Binding(
            "line-down",
            ("c-down",),
            _line_down,
            "a line down in the block",
            has_focus(DEFAULT_BUFFER) & ~last,
        ),
        Binding(
            "close-menu",
            ("c-g",),
            lambda event: event.current_buffer.cancel_completion(),
            "close the menu of completions",
            has_focus(DEFAULT_BUFFER) & has_completions,
        ),
        Binding(
            "clear-search",
            ("c-c",),
            _clear_search,
            "throw away what is searched for, then leave the search",
            has_focus(SEARCH_BUFFER),
        ),
    ]


def _escape(event: KeyPressEvent) -> None:
    buffer, state = event.current_buffer, event.app.vi_state
    if state.input_mode in (InputMode.INSERT, InputMode.REPLACE):
        buffer.cursor_position += buffer.document.get_cursor_left_position()
    state.input_mode = InputMode.NAVIGATION
    if buffer.selection_state:
        buffer.exit_selection()


def _up(event: KeyPressEvent) -> None:
    event.current_buffer.auto_up()


def _down(event: KeyPressEvent) -> None:
    event.current_buffer.auto_down()


def _line_up(event: KeyPressEvent) -> None:
    event.current_buffer.cursor_up()


def _line_down(event: KeyPressEvent) -> None:
    event.current_buffer.cursor_down()


def _clear_search(event: KeyPressEvent) -> None:
    from prompt_toolkit.search import stop_search

    if event.current_buffer.text:
        event.current_buffer.reset()
    else:
        stop_search()


def _has_shapes() -> bool:
    # the others ignore what they do not know; Linux' console has printed it
    return os.environ.get("TERM") not in ("dumb", "unknown", "linux")


_EMACS_IN_VI = (
    ("beginning-of-line", "c-a"),
    ("backward-char", "c-b"),
    ("kill-line", "c-k"),
    ("backward-kill-word", "c-w"),
    ("yank", "c-y"),
    ("undo", "c-_"),
    ("backward-word", "escape b"),
    ("capitalize-word", "escape c"),
    ("kill-word", "escape d"),
    ("backward-kill-word", "escape h"),
    ("downcase-word", "escape l"),
    ("uppercase-word", "escape u"),
    ("yank-pop", "escape y"),
    ("yank-last-arg", "escape ."),
)
