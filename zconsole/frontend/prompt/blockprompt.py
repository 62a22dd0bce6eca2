"""The prompt for a block: one editor, made once and used for every block, since making it is dear.

What it is made of comes from the rooms beside it: keys, colours, completions, history. What the user can
change while it stands (`Preferences`) is asked for when it is drawn, or made again when it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from prompt_toolkit.completion import Completer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.lexers import DynamicLexer, Lexer
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import CompleteStyle, PromptSession

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.bindings import assemble
from zconsole.frontend.prompt.clipboard import TerminalClipboard, copy_keys
from zconsole.frontend.prompt.colours import Colours
from zconsole.frontend.prompt.keys import Judge, block_keys
from zconsole.frontend.prompt.promptline import PromptLine

if TYPE_CHECKING:
    from zconsole.frontend.prompt.outcome import Outcome


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
    """The prompt `In [number]: `. `speaks`: the terminal is told more than it shows; `complain` is given a
    sentence about a setting that cannot be followed."""

    def __init__(
        self,
        *,
        preferences: Preferences,
        colours: Colours,
        complain: Callable[[str], None],
        speaks: bool,
        judge: Judge,
        completer: Completer,
        history: History,
        calls: Calls,
        input: Input,
        output: Output,
    ) -> None:
        self._preferences = preferences
        self._colours = colours
        self._speaks = speaks
        self._output = output
        self._number = 1
        self._line = PromptLine(preferences, complain, marked=speaks)
        self.lexer: Lexer | None = None
        """What highlights blocks."""
        self.shown = 1
        """The number in the prompt as it stands on the screen."""
        self.kernel = ""
        """What the kernel is called."""
        self.session: PromptSession[str] = PromptSession(
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
            key_bindings=assemble([*block_keys(judge, *calls), *copy_keys()]),
            clipboard=TerminalClipboard(self._copied),
            style=colours.style,
            include_default_pygments_style=False,
            color_depth=colours.depth,
            input=input,
            output=output,
        )

    def use_history(self, history: History) -> None:
        """Keep blocks in another history from now on; not while a block is read."""
        self.session.history = self.session.default_buffer.history = history

    def begin(self, number: int, outcome: Outcome | None) -> None:
        """A block is going to be read, behind a cell that has ended so."""
        self._number = number
        self._line.begin(outcome)

    def renumber(self, number: int) -> None:
        """Give the prompt that is shown, or the next one, another number."""
        self._number = number

    def recolour(self) -> None:
        """The colours have become others."""
        self.session.style, self.session.color_depth = self._colours.style, self._colours.depth

    def _copied(self, sequence: str) -> None:
        if self._speaks and self._preferences.now.clipboard:
            self._output.write_raw(sequence)
            self._output.flush()

    def _message(self) -> StyleAndTextTuples:
        self.shown = self._number
        return self._line.first(self._number, self.kernel)

    def _continuation(self, width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
        return self._line.next(self.shown, self.kernel, line_number + 1, width)
