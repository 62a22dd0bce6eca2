"""The prompts for a line: what `input()` asks, a password, a debugger's command, a question of our own.

Each is an editor of its own, made when it is first asked for: so each has its own history, and nothing of a
password is left in one that is used for anything else. Colours are those of the prompt for blocks, whatever
the user makes of it.

A debugger's prompt is known by its looks (`debuggers`), whatever kernel it comes from. There a statement may
have several lines.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_toolkit.clipboard import InMemoryClipboard
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.history import DummyHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.lexers import DynamicLexer, Lexer
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.prompt.blockcontrol import lay_out_quickly
from zconsole.frontend.prompt.keyboard.bindings import Binding, assemble
from zconsole.frontend.prompt.keyboard.keys import detach_keys

if TYPE_CHECKING:
    from zconsole.message import Content


class Interrupted(Exception):
    """Ctrl+C at a line."""


CompleteLine = Callable[[str, "Content", float], "Awaitable[Content | None]"]
"""Asks the kernel what can stand in the line that an input_request asks for: (its msg_id, the content of a
complete_request, limit in seconds) to a complete_reply's content; None when there is no answer."""


class Surroundings(NamedTuple):
    """What a line needs from around it: the `block` prompt, whose manner it has, and its `lexer`; who
    completes a debugger's line, its history, and the text that was shown lately."""

    block: PromptSession[str]
    lexer: Callable[[], Lexer | None]
    complete: CompleteLine
    debugger_history: Callable[[], History]
    shown: Callable[[], str]
    suspend: Callable[[], None]
    detach: Callable[[], None]


class Kind(Enum):
    """What a line is for."""

    QUESTION = "ours, of which nothing is remembered"
    INPUT = "the program's input()"
    PASSWORD = "not to be shown or remembered"
    DEBUGGER = "a debugger's command"


class LinePrompt:
    """The prompts for lines. `watch` is told of each editor that is made."""

    def __init__(
        self,
        surroundings: Surroundings,
        watch: Callable[[PromptSession[str]], None],
        *,
        input: Input,
        output: Output,
    ) -> None:
        self._around = surroundings
        self._watch = watch
        self._input = input
        self._output = output
        self._sessions: dict[Kind, PromptSession[str]] = {}
        self._asked = self._prompt = ""

    def ask(self, prompt: str, before: str, *, password: bool, asked: str) -> PromptSession[str]:
        """The editor for the line behind `prompt`, which may have colours, and `before` it in the same line.
        `asked` is the msg_id of the input_request that it is for, empty when it is a question of our own."""
        from zconsole.frontend.prompt.debuggers import is_debugger

        if password:
            kind = Kind.PASSWORD
        elif not asked:
            kind = Kind.QUESTION
        else:
            kind = Kind.DEBUGGER if is_debugger(prompt) else Kind.INPUT
        self._asked, self._prompt = asked, prompt
        session = self._sessions.get(kind)
        if session is None:
            session = self._sessions[kind] = self._make(kind)
            self._watch(session)
        self._follow(session)
        session.message = _message(before, prompt, highlighted=kind is Kind.DEBUGGER)
        return session

    def forget(self) -> None:
        """A line has been read: a password is not to be found anywhere here."""
        if secret := self._sessions.get(Kind.PASSWORD):
            secret.default_buffer.reset()
            secret.app.clipboard = InMemoryClipboard()

    def _make(self, kind: Kind) -> PromptSession[str]:
        debugger = kind is Kind.DEBUGGER
        keys = [
            *detach_keys(self._around.detach),
            Binding("suspend", ("c-z",), lambda event: self._around.suspend(), "stop zconsole"),
            Binding(
                "paste-lines",
                (Keys.BracketedPaste.value,),
                lambda event: _paste(event, blocks=debugger),
                "give what is pasted line by line",
            ),
        ]
        parts: Mapping[str, Any] = {"history": self._history(kind)}
        if debugger:
            from zconsole.frontend.prompt.debuggers import DebuggerCompleter, debugger_keys

            keys += debugger_keys(lambda: self._prompt)
            parts = {
                **parts,
                "multiline": True,
                "prompt_continuation": _continuation,
                "lexer": DynamicLexer(self._around.lexer),
                "completer": DebuggerCompleter(
                    lambda content, timeout: self._around.complete(self._asked, content, timeout),
                    lambda: self._prompt,
                    self._around.shown,
                ),
                "complete_while_typing": False,
                "enable_history_search": True,
                "reserve_space_for_menu": 6,
            }
        session: PromptSession[str] = PromptSession(
            key_bindings=assemble(keys),
            input_processors=[_Hidden()] if kind is Kind.PASSWORD else [],
            input=self._input,
            output=self._output,
            interrupt_exception=Interrupted,
            include_default_pygments_style=False,
            **parts,
        )
        lay_out_quickly(session)
        return session

    def _history(self, kind: Kind) -> History:
        if kind is Kind.DEBUGGER:
            return self._around.debugger_history()
        return InMemoryHistory() if kind is Kind.INPUT else DummyHistory()

    def _follow(self, session: PromptSession[str]) -> None:
        block = self._around.block
        for name in ("style", "color_depth", "complete_style"):
            setattr(session, name, getattr(block, name))


def _message(before: str, prompt: str, *, highlighted: bool) -> StyleAndTextTuples:
    if not highlighted or "\x1b" in prompt:
        return to_formatted_text(ANSI(before + prompt))
    return [*to_formatted_text(ANSI(before)), ("class:prompt", prompt)]


def _continuation(width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
    return [("class:prompt", "...: ".rjust(width))]


def _paste(event: KeyPressEvent, *, blocks: bool) -> None:
    """As a terminal gives a program several lines: the first one now, the rest when it asks again. With
    `blocks`, indented lines belong to the one before them."""
    from zconsole.frontend.prompt.debuggers import first_block

    text = event.data.replace("\r\n", "\n").replace("\r", "\n")
    first, newline, rest = first_block(text) if blocks else text.partition("\n")
    event.current_buffer.insert_text(first)
    if newline:
        if rest:
            event.key_processor.feed(KeyPress(Keys.BracketedPaste, rest), first=True)
        event.current_buffer.validate_and_handle()


class _Hidden(Processor):
    """Shows nothing of what is typed."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Nothing, and the cursor stays."""
        return Transformation([], source_to_display=lambda i: 0, display_to_source=lambda i: 0)
