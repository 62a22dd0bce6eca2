"""Every key, pressed in a prompt in every state: what becomes of the text, the cursor, the mode.

`press` drives any PromptSession; run as a program, this module drives IPython's terminal and prints what
it has seen as JSON, so that a test can hold our prompt against it. Nothing is waited for: keys go into the
editor's own processor, behind each a flush, as when the time for a longer sequence has passed.
"""

from __future__ import annotations

import asyncio
import json
import os
import string
import sys
import tempfile
from collections.abc import Iterator
from typing import Any
from unittest import mock

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.clipboard import ClipboardData
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.key_bindings import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPress, _Flush
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.selection import SelectionState

LINE = "value = spam(eggs, ham)"
BLOCK = "for each in spam:\n    eggs(each)\n    ham = 1"

STATES = {
    "empty": Document("", 0),
    "line": Document(LINE, 12),
    "end of line": Document(LINE, len(LINE)),
    "block": Document(BLOCK, 28),
    "indentation": Document(BLOCK, 20),
    "end of block": Document(BLOCK, len(BLOCK)),
    "selection": Document(LINE, 12, SelectionState(8)),
}
"""What stands in the prompt; the cursor's place; what is selected."""

MODES = {
    "emacs": (EditingMode.EMACS, InputMode.INSERT),
    "vi-insert": (EditingMode.VI, InputMode.INSERT),
    "vi-navigation": (EditingMode.VI, InputMode.NAVIGATION),
}

STATES_OF = {
    "emacs": tuple(STATES),
    "vi-insert": ("empty", "block", "indentation"),
    "vi-navigation": ("line", "block", "selection"),
}
"""The states that are gone through in each mode."""

_PLAIN = [*string.ascii_letters, *string.digits, *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]
_NAMED = "enter tab s-tab backspace delete insert escape up down left right home end pageup pagedown"
_CONTROL = [f"c-{key}" for key in [*string.ascii_lowercase, "@", "\\", "]", "_"]]

KEYS = [
    *_PLAIN,
    *_NAMED.split(),
    *_CONTROL,
    *(
        f"{held}-{key}"
        for held in ("s", "c", "c-s")
        for key in ("left", "right", "up", "down", "home", "end")
    ),
    *(f"f{number}" for number in range(1, 13)),
    *(f"escape {key}" for key in [*_PLAIN, "enter", "backspace", "left", "right", "up", "down", "c-y"]),
    *(f"c-x {key}" for key in ["c-e", "c-u", "c-x", "e", "(", ")", "d", "r k", "r y"]),
]
"""The keys that are pressed. Keys that begin vi's longer sequences do so, and are flushed."""


def press(session: PromptSession[str], acts: list[str]) -> dict[str, str]:
    """What each key does in each state and mode, told in a line; `acts` takes what others do to the session
    (leaving it, an editor, a signal)."""
    app = session.app
    session.default_buffer.history = DummyHistory()
    seen = {}
    with set_app(app), mock.patch.object(app, "exit", lambda **how: acts.append(f"exit {_how(how)}")):
        for mode, state, keys in _all():
            editing, vi = MODES[mode]
            acts.clear()
            app.reset()
            app.editing_mode, app.vi_state.input_mode = editing, vi
            app.vi_state.temporary_navigation_mode = False  # which a reset leaves
            app.clipboard.set_data(ClipboardData("clip"))
            document = STATES[state]
            buffer = session.default_buffer
            buffer.reset(Document(document.text, document.cursor_position))
            # a copy, as keys change it
            selected = document.selection
            buffer.selection_state = selected and SelectionState(selected.original_cursor_position)
            app.layout.focus(buffer)
            app.key_processor.feed_multiple([KeyPress(key) for key in _parsed(keys)])
            app.key_processor.process_keys()
            app.key_processor.feed(_Flush)
            app.key_processor.process_keys()
            seen[f"{mode}, {state}: {keys}"] = _look(session, acts)
    return seen


def _all() -> Iterator[tuple[str, str, str]]:
    for mode, states in STATES_OF.items():
        for state in states:
            for keys in KEYS:
                yield mode, state, keys


def _parsed(keys: str) -> tuple[Any, ...]:
    probe = KeyBindings()
    probe.add(*keys.split(), filter=True)(lambda event: None)
    return probe.bindings[0].keys


def _look(session: PromptSession[str], acts: list[str]) -> str:
    app, buffer = session.app, session.default_buffer
    text = buffer.text[: buffer.cursor_position] + "|" + buffer.text[buffer.cursor_position :]
    selected = buffer.selection_state and buffer.selection_state.original_cursor_position
    where = "block" if app.layout.current_buffer is buffer else "elsewhere"
    mode = app.vi_state.input_mode.value if app.editing_mode is EditingMode.VI else "emacs"
    rest = [f"selected from {selected}"] if selected is not None else []
    rest += [f"clipboard {app.clipboard.get_data().text!r}"]
    rest += [f"argument {app.key_processor.arg}"] if app.key_processor.arg else []
    return "; ".join([repr(text), mode, where, *rest, *acts])


def _how(how: dict[str, Any]) -> str:
    if "result" in how:
        return repr(how["result"])
    return getattr(how.get("exception"), "__name__", str(how.get("exception")))


def ipythons() -> dict[str, str]:
    """What the keys do in IPython's terminal, as it comes."""
    from IPython.terminal.interactiveshell import TerminalInteractiveShell
    from traitlets.config import Config

    acts: list[str] = []

    def edit(*rest: object, **options: object) -> None:
        acts.append("editor")

    def suspend() -> None:
        acts.append("suspended")

    def kill(pid: int, number: int) -> None:
        acts.append(f"signal {number:d}")

    config = Config()
    config.HistoryManager.enabled = False
    with create_pipe_input() as pipe, create_app_session(pipe, DummyOutput()):
        shell = TerminalInteractiveShell.instance(config=config, simple_prompt=False)
        session = shell.pt_app
        options = shell._extra_prompt_options()
        session.multiline, session.completer = options["multiline"], None
        with (
            mock.patch.object(Buffer, "open_in_editor", edit),
            mock.patch.object(session.app, "suspend_to_background", suspend),
            mock.patch("os.kill", kill),
        ):
            # it asks for a running loop when a key of several waits for its rest
            async def run() -> dict[str, str]:
                return press(session, acts)

            return asyncio.run(run())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        json.dump(ipythons(), sys.stdout)
