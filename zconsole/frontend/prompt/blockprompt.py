"""The prompt for a block: one editor, made once and used for every block, since making it is dear.

What it is made of comes from the rooms beside it: keys, colours, completions, history. What the user can
change while it stands (`Preferences`) is asked for when it is drawn, or made again when it changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.layout.processors import ConditionalProcessor, TabsProcessor
from prompt_toolkit.lexers import DynamicLexer, Lexer
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.utils import is_dumb_terminal

from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockcontrol import draw_quickly
from zconsole.frontend.prompt.device.clipboard import TerminalClipboard, copy_keys
from zconsole.frontend.prompt.editor import Edit, editor_keys, unedited
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.hinting.hints import Hints, Inspect, Page, nobody, unpaged
from zconsole.frontend.prompt.keyboard.bindings import Binding, assemble, know_enters
from zconsole.frontend.prompt.keyboard.editing import editing_keys
from zconsole.frontend.prompt.keyboard.keys import Judge, block_keys
from zconsole.frontend.prompt.keyboard.modes import follow, mode_keys, mode_shown
from zconsole.frontend.prompt.keyboard.undoing import undo_keys
from zconsole.frontend.prompt.looks.brackets import MatchingBracket
from zconsole.frontend.prompt.looks.colours import Colours
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.memory.recall import RecallSession, history_keys
from zconsole.frontend.prompt.memory.suggest import SuggestedInBlock, Suggester, suggestion_keys
from zconsole.frontend.prompt.promptline import PromptLine

if TYPE_CHECKING:
    from zconsole.frontend.prompt.outcome import Outcome


def _nothing() -> None:
    pass


def _python() -> str:
    return "python"


def _silent(text: str) -> None:
    pass


class Calls(NamedTuple):
    """What keys ask the session for: `suspend` is Ctrl+Z's, `interrupt` Ctrl+C's at an empty prompt, `detach`
    that of the keys that leave. `resized` is called at a change of size while no prompt is up. `language`
    tells the kernel's language in small letters, `inspect` asks the kernel what it knows of a name."""

    suspend: Callable[[], None] = _nothing
    interrupt: Callable[[], None] = _nothing
    detach: Callable[[], None] = _nothing
    resized: Callable[[], None] = _nothing
    language: Callable[[], str] = _python
    inspect: Inspect = nobody


NO_CALLS = Calls()


class BlockPrompt:
    """The prompt `In [number]: `. `look` says whether there may be colour; `speaks`: the terminal can be told
    more than it shows. `page` shows a text that may be long, `edit` has a block edited, `say` shows a
    sentence."""

    def __init__(
        self,
        *,
        preferences: Preferences,
        look: Look,
        judge: Judge,
        completer: KernelCompleter,
        history: FileHistory,
        calls: Calls,
        input: Input,
        output: Output,
        speaks: bool = False,
        page: Page = unpaged,
        edit: Edit = unedited,
        say: Callable[[str], None] = _silent,
    ) -> None:
        self._preferences = preferences
        self._speaks = speaks
        self._output = output
        self.hints = Hints(completer, preferences, calls.inspect, page)
        """What the kernel knows of the code at the cursor."""
        self._number = 1
        self.complaints: list[str] = []
        """Sentences about settings that cannot be followed; who shows one takes it away."""
        self.colours = Colours(look.colour, preferences, os.environ, self.complaints.append)
        """How it looks now."""
        self._line = PromptLine(preferences, self.complaints.append, marked=speaks)
        self.history = history
        """Where blocks are kept."""
        self.lexer: Lexer | None = None
        """What highlights blocks."""
        self.shown = 1
        """The number in the prompt as it stands on the screen."""
        self.kernel = ""
        """What the kernel is called."""
        self.session: PromptSession[str] = RecallSession(
            message=self._message,
            prompt_continuation=self._continuation,
            multiline=True,
            lexer=DynamicLexer(lambda: self.lexer),
            completer=completer,
            complete_while_typing=False,
            reserve_space_for_menu=6,
            history=history,
            enable_history_search=True,
            key_bindings=None,  # `_use_keys`
            clipboard=TerminalClipboard(self._copied),
            style=self.colours.style,
            include_default_pygments_style=False,
            color_depth=self.colours.depth,
            input=input,
            output=output,
        )
        shows_pairs = Condition(lambda: preferences.now.bracket_matching) & ~is_done
        processors = [
            ConditionalProcessor(MatchingBracket(), shows_pairs),
            ConditionalProcessor(SuggestedInBlock(), ~is_done),
            TabsProcessor(char1=" ", char2=" "),
        ]
        # where nothing can be dimmed it would pass for what was typed
        self._suggester = Suggester(
            self.session.default_buffer,
            lambda: self.colours.look.colour and preferences.now.suggestions and not is_dumb_terminal(),
        )
        know_enters()
        draw_quickly(self.session, processors)
        self.hints.watch(self.session)
        self.bindings = [
            *mode_keys(),
            *suggestion_keys(lambda: self._suggester),
            *history_keys(lambda: self.history, lambda: self.lexer),
            *self.hints.keys(),
            *block_keys(judge, calls.suspend, calls.interrupt, calls.detach, calls.language),
            *editor_keys(edit, say),
            *copy_keys(),
            *editing_keys(preferences, calls.language, say),
            *undo_keys(),
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
        from zconsole.frontend.prompt.keyboard.keymap import configured  # only when there is something

        return configured(self.bindings, self._preferences.now.bindings)

    def keys(self, text: str) -> str:
        """The keys of the mode that is on, as a list; with a text those in which it is."""
        from zconsole.frontend.prompt.keyboard.keylist import overview

        columns = self._output.get_size().columns
        return overview(self._keys()[0], self.session.editing_mode.name.lower(), text, columns)

    def use_history(self, history: FileHistory) -> None:
        """Keep blocks in another history from now on; not while a block is read."""
        self.history = self.session.history = self.session.default_buffer.history = history

    def begin(self, number: int, outcome: Outcome | None) -> None:
        """A block is going to be read, behind a cell that has ended so."""
        self._number = number
        self._line.begin(outcome)

    def renumber(self, number: int) -> None:
        """Give the prompt that is shown, or the next one, another number."""
        self._number = number

    def recolour(self) -> None:
        """The colours have become others."""
        self.session.style, self.session.color_depth = self.colours.style, self.colours.depth

    def _copied(self, sequence: str) -> None:
        if self._speaks and self._preferences.now.clipboard:
            self._output.write_raw(sequence)
            self._output.flush()

    def _message(self) -> StyleAndTextTuples:
        self.shown = self._number
        return self._line.first(self._number, self.kernel, mode_shown(self.session.app))

    def _continuation(self, width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
        return self._line.next(self.shown, self.kernel, line_number + 1, width)
