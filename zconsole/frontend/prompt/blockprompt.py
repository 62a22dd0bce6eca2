"""The prompt for a block: one editor, made once and used for every block, since making it is dear.

What it is made of comes from the rooms beside it: keys, colours, completions, history. What the user can
change while it stands (`Preferences`) is asked for when it is drawn, or made again when it changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.layout.processors import ConditionalProcessor
from prompt_toolkit.lexers import DynamicLexer, Lexer
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import CompleteStyle, PromptSession
from prompt_toolkit.utils import is_dumb_terminal

from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.bindings import Binding, assemble
from zconsole.frontend.prompt.history import FileHistory
from zconsole.frontend.prompt.keys import Judge, block_keys
from zconsole.frontend.prompt.modes import follow, mode_keys, mode_shown
from zconsole.frontend.prompt.recall import RecallSession, history_keys
from zconsole.frontend.prompt.style import color_depth, style
from zconsole.frontend.prompt.suggest import SuggestedInBlock, Suggester, suggestion_keys


def _nothing() -> None:
    pass


class Calls(NamedTuple):
    """What keys ask the session for: `suspend` is Ctrl+Z's, `interrupt` Ctrl+C's at an empty prompt, `detach`
    that of the keys that leave."""

    suspend: Callable[[], None] = _nothing
    interrupt: Callable[[], None] = _nothing
    detach: Callable[[], None] = _nothing


NO_CALLS = Calls()


class BlockPrompt:
    """The prompt `In [number]: `. `look` is what the terminal showed at the start."""

    def __init__(
        self,
        *,
        preferences: Preferences,
        look: Look,
        judge: Judge,
        completer: Completer,
        history: FileHistory,
        calls: Calls,
        input: Input,
        output: Output,
    ) -> None:
        self._preferences = preferences
        self._look = look
        self._number = 1
        self.history = history
        """Where blocks are kept."""
        self.lexer: Lexer | None = None
        """What highlights blocks."""
        self.shown = 1
        """The number in the prompt as it stands on the screen."""
        self.session: PromptSession[str] = RecallSession(
            message=self._message,
            prompt_continuation=self._continuation,
            multiline=True,
            lexer=DynamicLexer(lambda: self.lexer),
            completer=completer,
            complete_while_typing=False,
            complete_style=CompleteStyle.MULTI_COLUMN,
            reserve_space_for_menu=6,
            history=history,
            enable_history_search=True,
            key_bindings=None,  # `_use_keys`
            input_processors=[ConditionalProcessor(SuggestedInBlock(), ~is_done)],
            style=style(look.background, look.colour),
            include_default_pygments_style=False,
            color_depth=color_depth(os.environ),
            input=input,
            output=output,
        )
        # where nothing can be dimmed it would pass for what was typed
        self._suggester = Suggester(
            self.session.default_buffer,
            lambda: look.colour and preferences.now.suggestions and not is_dumb_terminal(),
        )
        self.bindings = [
            *mode_keys(),
            *suggestion_keys(lambda: self._suggester),
            *history_keys(lambda: self.history, lambda: self.lexer),
            *block_keys(judge, calls.suspend, calls.interrupt, calls.detach),
            # each room's keys go here, one line each; what stands later goes before what stands earlier
        ]
        """All keys of ours by name, as they are without configuration."""
        self.key_problems: list[str] = []
        """What could not be followed of what is configured about them, a sentence each."""
        follow(self.session, preferences)
        self._use_keys()
        preferences.observe(self._changed)

    def _changed(self, names: frozenset[str]) -> None:
        if "bindings" in names:
            self._use_keys()

    def _use_keys(self) -> None:
        keys, self.key_problems = self._keys()
        self.session.key_bindings = assemble(keys)

    def _keys(self) -> tuple[list[Binding], list[str]]:
        """The keys as configured, and what is wrong with that."""
        if not self._preferences.now.bindings:
            return self.bindings, []
        from zconsole.frontend.prompt.keymap import configured  # only when there is something

        return configured(self.bindings, self._preferences.now.bindings)

    def keys(self, text: str) -> str:
        """The keys of the mode that is on, as a list; with a text those in which it is."""
        from zconsole.frontend.prompt.keylist import overview

        return overview(self._keys()[0], self.session.editing_mode.name.lower(), text)

    def use_history(self, history: FileHistory) -> None:
        """Keep blocks in another history from now on; not while a block is read."""
        self.history = self.session.history = self.session.default_buffer.history = history

    def renumber(self, number: int) -> None:
        """Give the prompt that is shown, or the next one, another number."""
        self._number = number

    def _message(self) -> StyleAndTextTuples:
        self.shown, number = self._number, str(self._number)
        mode = mode_shown(self.session.app)
        return [*mode, ("class:prompt", "In ["), ("class:prompt-number", number), ("class:prompt", "]: ")]

    def _continuation(self, width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
        return [("class:prompt", "...: ".rjust(width))]
