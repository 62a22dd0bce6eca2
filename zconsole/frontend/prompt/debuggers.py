"""The line of a debugger: how its prompt is known, its keys, and what can stand in it.

Our kernel answers while it stands there, with the names of the frame (`complete_request` with the field
`input_request`). A kernel that cannot gets the words that were on the screen lately, and pdb's commands.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyPressEvent

from zconsole.frontend.plain import without_colour
from zconsole.frontend.prompt.hinting.completer import Ask, KernelCompleter
from zconsole.frontend.prompt.keyboard.bindings import Binding

PATIENCE = 0.3
"""Seconds for the kernel's answer before the words that were seen are offered; ours takes ten milliseconds,
ipykernel's first one reads half a library."""

WORDS = 50
"""Words from the screen that are offered."""


def is_debugger(prompt: str) -> bool:
    """Whether a prompt is a debugger's: pdb and its kin, R's browser, gdb, lldb, Ruby's, Julia's, Perl's."""
    return bool(_DEBUGGER.fullmatch(_bare(prompt)))


def is_pdb(prompt: str) -> bool:
    """Whether a prompt is pdb's, or that of one which knows its commands."""
    return bool(_PDB.fullmatch(_bare(prompt)))


def first_block(text: str) -> tuple[str, str, str]:
    """The first statement of several lines, the newline behind it, and the rest. Python's are meant: what is
    indented, or goes on with `else`, belongs to what stands before it."""
    if end := _BETWEEN.search(text):
        return text[: end.start()], "\n", text[end.end() :]
    return text, "", ""


def debugger_keys(prompt: Callable[[], str]) -> list[Binding]:
    """The keys that differ from those of another line; `prompt` is the one that is up."""
    return [
        Binding(
            "debugger-enter",
            ("enter",),
            lambda event: _enter(event, prompt()),
            "give the debugger its command; begin a line where a statement goes on",
        )
    ]


class DebuggerCompleter(Completer):
    """Completes a debugger's line. `ask` asks the kernel; `prompt` is the one that is up, `shown` what was
    written to the terminal lately."""

    def __init__(self, ask: Ask, prompt: Callable[[], str], shown: Callable[[], str]) -> None:
        self._kernel = KernelCompleter(ask)
        self._prompt = prompt
        self._shown = shown

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """None: the kernel is only asked without waiting."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What the kernel offers at the cursor; when it knows nothing, or takes its time, words that were
        seen."""
        asking = asyncio.get_running_loop().create_task(self._ask(document, complete_event))
        try:
            await asyncio.wait([asking], timeout=PATIENCE)
            found = asking.result() if asking.done() else []
            found = found or list(self._words(document.text_before_cursor)) or await asking
        finally:
            asking.cancel()
        for completion in found:
            yield completion

    async def _ask(self, document: Document, complete_event: CompleteEvent) -> list[Completion]:
        return [each async for each in self._kernel.get_completions_async(document, complete_event)]

    def _words(self, before: str) -> Iterator[Completion]:
        written = _WORD_BEFORE(before)[0]  # type: ignore[index]  # it matches the empty word as well
        if before.removesuffix(written).endswith("."):
            return  # an attribute: words from anywhere are no help
        if before == written and is_pdb(self._prompt()):
            for command in PDB_COMMANDS:
                if command.startswith(written):
                    yield Completion(command, -len(written), display_meta="command")
        if written:
            for word in seen(self._shown(), written):
                yield Completion(word, -len(written))


def seen(text: str, written: str) -> list[str]:
    """The words of a text that begin with what is `written`, newest first."""
    words = dict.fromkeys(reversed(re.findall(rf"(?<!\w){re.escape(written)}\w+", without_colour(text))))
    return list(words)[:WORDS]


def _enter(event: KeyPressEvent, prompt: str) -> None:
    buffer = event.current_buffer
    state = buffer.complete_state
    if state and state.current_completion:
        buffer.apply_completion(state.current_completion)
        return
    if is_pdb(prompt) and buffer.document.is_cursor_at_the_end and _is_statement(buffer.text):
        from zconsole.frontend.prompt.blocks import Incomplete, check

        verdict = check(buffer.text)
        if isinstance(verdict, Incomplete):
            buffer.insert_text("\n" + " " * verdict.indent)
            return
    buffer.validate_and_handle()


def _is_statement(text: str) -> bool:
    word = _FIRST_WORD(text)
    return word is not None and word[0] not in PDB_COMMANDS and word[0] not in _SHORT


def _bare(prompt: str) -> str:
    return without_colour(prompt).rpartition("\n")[2].strip()


_PDB = re.compile(r"\(+(?:i?pdb(?:\+\+)?|com)\)+|ipdb\d*>|ipython-pdb>|pydb>", re.IGNORECASE)
_DEBUGGER = re.compile(
    rf"(?:{_PDB.pattern})|\((?:gdb|lldb|byebug|rdbg)[^)]*\)|\w*debug\w*>|Browse\[\d+\]>|\d+\|\w+>|DB<+\d+>+|K>>",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\n+(?=\S|\Z)(?!(?:else|elif|except|finally)\b)")
_FIRST_WORD = re.compile(r"\w+").match
_WORD_BEFORE = re.compile(r"\w*$").search

PDB_COMMANDS = (
    *("args", "break", "clear", "commands", "condition", "continue", "debug", "disable", "display", "down"),
    *("enable", "exit", "help", "ignore", "interact", "jump", "list", "longlist", "next", "pp", "print"),
    *("quit", "restart", "return", "retval", "run", "source", "step", "tbreak", "unalias", "undisplay"),
    *("until", "up", "whatis", "where"),
)
"""The commands of pdb."""

_SHORT = frozenset((*"abcdhjlnpqrsuw", "alias", "bt", "cl", "cont", "EOF", "ll", "rv", "unt"))
