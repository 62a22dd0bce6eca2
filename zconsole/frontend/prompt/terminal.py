"""The terminal as the session sees it: read a block, read a line, write.

While a prompt is up (`blockprompt`, `lineprompt`), what is written is put above it (`above`); while none is
up it goes straight to the terminal, and no editor is in the way.

The rule: a prompt begins in the first column. So the end of what was written is remembered; an unfinished
line is ended before a block is read, and becomes part of the prompt when a line is read (`input()`
behind `print(..., end="")`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum
from pathlib import Path

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import Completer
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.keys import Keys
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.utils import get_cwidth, is_dumb_terminal

from zconsole.frontend.look import Look
from zconsole.frontend.plain import ends_line, without_colour
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.above import Above
from zconsole.frontend.prompt.blockprompt import NO_CALLS, BlockPrompt, Calls
from zconsole.frontend.prompt.history import FileHistory
from zconsole.frontend.prompt.keys import Judge
from zconsole.frontend.prompt.lexer import coloured
from zconsole.frontend.prompt.lineprompt import Interrupted, LinePrompt
from zconsole.frontend.prompt.modes import follow
from zconsole.frontend.prompt.style import color_depth, style
from zconsole.frontend.prompt.tty import Tty
from zconsole.frontend.prompt.typeahead import TypeAhead
from zconsole.frontend.signals import stop_program


class Ended(Enum):
    """How reading ends without text."""

    EOF = "Ctrl+D"
    INTERRUPTED = "Ctrl+C"
    GONE = "nobody wants it any more"
    HUNG_UP = "the terminal is gone"


class Terminal:
    """The terminal. `tty` is the device below; `input` and `output` are the editor's, for tests."""

    def __init__(
        self,
        tty: Tty,
        *,
        look: Look,
        judge: Judge,
        completer: Completer,
        history: FileHistory,
        preferences: Preferences | None = None,
        calls: Calls = NO_CALLS,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self.preferences = preferences or Preferences()
        """The settings as they are now."""
        self._tty = tty
        self._look = look
        self._calls = calls
        self._input = input or _quiet_input()
        self._output = output or _output(tty)
        self._blocks = BlockPrompt(
            preferences=self.preferences,
            look=look,
            judge=judge,
            completer=completer,
            history=history,
            calls=calls,
            input=self._input,
            output=self._output,
        )
        self._watch(self._blocks.session)
        self._lines: LinePrompt | None = None
        self._above = Above(self._output)
        self._ahead = TypeAhead(
            self._input,
            self._tty.write,
            lambda: shutil.get_terminal_size().columns,
            lambda: self._line,
            shows=not is_dumb_terminal(),
        )
        self._stopped = ""  # what was typed ahead of an error
        self._reading: PromptSession[str] | None = None
        self._line = ""
        self._interrupted_early = False
        self._gone = False
        self.written_behind = False
        """Whether something has been written behind the last block or line that was read."""
        self.painted = asyncio.Event()
        """Set as soon as a prompt has been drawn for the first time."""

    @contextmanager
    def session(self) -> Iterator[None]:
        """Take the terminal over, and give it back."""
        with self._tty.session():
            try:
                yield
            finally:
                self._ahead.end()

    @property
    def look(self) -> Look:
        """What can be shown now."""
        columns, _ = shutil.get_terminal_size()
        return Look(columns, self._look.colour, self._look.background)

    @property
    def shown(self) -> int:
        """The number in the prompt of the last block, as it stands on the screen."""
        return self._blocks.shown

    async def read_block(self, number: int, default: str = "") -> str | Ended:
        """Show `In [number]: ` and read a block; `default` stands in it to begin with."""
        self._blocks.renumber(number)
        self.write("\n" if ends_line(self._line or "\n") else "\n\n")
        default, self._stopped = default or self._stopped, ""
        return await self._read(self._blocks.session, default=default)

    async def read_line(self, prompt: str, *, password: bool = False) -> str | Ended:
        """Read a line behind `prompt`; hidden when it is a password."""
        lines = self._lines = self._lines or self._line_prompt()
        lines.ask(self._begin_line(prompt), password=password)
        return await self._read(lines.session, default="")

    def use_lexer(self, lexer: Lexer) -> None:
        """Highlight blocks with this from now on."""
        self._blocks.lexer = lexer

    @property
    def history(self) -> FileHistory:
        """Where blocks are kept."""
        return self._blocks.history

    def use_history(self, history: FileHistory) -> None:
        """Keep blocks in another history from now on; not while a block is read."""
        self._blocks.use_history(history)

    def keys(self, text: str) -> str:
        """The keys of the mode that is on, as a list; with a text those in which it is."""
        return self._blocks.keys(text)

    @property
    def key_problems(self) -> list[str]:
        """What could not be followed of what is configured about keys, a sentence each."""
        return self._blocks.key_problems

    def _begin_line(self, prompt: str) -> str:
        """Show a line's prompt at once, the editor comes behind; what the editor has to draw over it."""
        above, newline, prompt = prompt.rpartition("\n")
        self.write(above + newline)
        line = self._line.rpartition("\r")[2]
        width = get_cwidth(without_colour(line + prompt))
        if width < shutil.get_terminal_size().columns:
            self._tty.write(prompt)
            self._output.write_raw("\r")  # goes out with the first thing that the editor draws
            return line + prompt
        self.write("\n" if line else "")  # it would wrap, and the editor could not draw over it
        return prompt

    def renumber(self, number: int) -> None:
        """Give the prompt that is shown, or the next one, another number."""
        self._blocks.renumber(number)
        if self._reading is self._blocks.session:
            self._reading.app.invalidate()

    def abandon(self) -> None:
        """End the reading that is going on; it returns GONE. Again is the same as once."""
        before, self._gone = self._gone, True
        if not before and self._reading and self._reading.app.is_running:
            self._reading.app.exit(exception=_Gone())

    def write(self, text: str) -> None:
        """Write to the terminal; above the prompt when one is up."""
        if not text:
            return
        if self._reading:
            self._above.write(text)
            return
        self.written_behind = True
        self._line = (self._line + text).rpartition("\n")[2] if "\n" in text else self._line + text
        self._line = self._line[-_LONGEST_LINE:]
        self._ahead.wipe()
        self._tty.write(text)
        self._ahead.draw()

    def failed(self) -> bool:
        """The last block has failed: what was typed ahead behind it stands in the next prompt and is not run,
        and the block is not kept, each if the user wants it so. Whether something was typed ahead."""
        if self.preferences.now.forget_failed:
            self.history.forget_last()
        if self.preferences.now.stop_on_error:
            self._stopped = self._ahead.stop()
        return bool(self._stopped)

    def interrupted_early(self) -> bool:
        """Whether Ctrl+C was pressed behind the last text that was read; told once."""
        early, self._interrupted_early = self._interrupted_early, False
        return early

    def interrupted(self) -> None:
        """The user wants to be heard: forget what was typed ahead, and most of the output that waits."""
        self._tty.forget_typed()
        self._ahead.forget()
        self._tty.skim()

    async def page(self, text: str) -> None:
        """Show a long text: in $PAGER or less where it does not fit the screen."""
        from zconsole.frontend.prompt.pager import pager_command  # only when there is something to page

        _, rows = shutil.get_terminal_size()
        command = pager_command(os.environ) if text.count("\n") > rows - 2 else None
        if command is None:
            self.write(text.rstrip("\n") + "\n")
            return
        await self._tty.drain()
        with self._ahead.paused(), self._tty.as_found():
            pager = await asyncio.create_subprocess_exec(*command.argv, stdin=-1, env=command.env)
            await pager.communicate(text.encode("utf-8", "replace"))

    async def edit(self, text: str) -> str | None:
        """Have a text edited in $VISUAL, $EDITOR or vi; None when that cannot be run, or fails."""
        from zconsole.frontend.prompt.editor import editor_command  # only when there is something to edit

        command = editor_command(os.environ)
        if command is None:
            return None
        await self._tty.drain()
        with (
            tempfile.TemporaryDirectory(prefix="zconsole-") as folder,
            self._ahead.paused(),
            self._tty.as_found(),
        ):
            file = Path(folder) / "plan.txt"
            file.write_text(text, encoding="utf-8")
            editor = await asyncio.create_subprocess_exec(*command, str(file))
            failed = await editor.wait()
            return None if failed else file.read_text(encoding="utf-8", errors="replace")

    def resumed(self) -> None:
        """The program was stopped and goes on."""
        if not self._reading:
            self._tty.quiet()

    async def stop(self) -> None:
        """Stop the program, as the terminal does on Ctrl+Z, with the terminal as it was found; when this
        returns it goes on, or the system has not let it be stopped."""
        if self._reading and self._reading.app.is_running:
            await run_in_terminal(self._stop_and_begin_line)
        else:
            self._stop()

    def highlight(self, code: str) -> str:
        """Code with the colours that it has in the prompt, as escape sequences."""
        lexer = self._blocks.lexer
        if lexer is None or not self._look.colour:
            return code
        return coloured(code, lexer, style(self._look.background, True), color_depth(os.environ))

    async def _read(self, editor: PromptSession[str], default: str) -> str | Ended:
        self._gone = False
        self._ahead.end()
        await self._tty.drain()
        if self._gone:
            return Ended.GONE
        self._reading = editor
        self._above.begin(editor, has_blank=editor is self._blocks.session)
        self._interrupted_early = False
        try:
            return await editor.prompt_async(
                default=default, handle_sigint=False, set_exception_handler=False
            )
        except EOFError:
            # the end of a lost terminal can be read before its signal comes
            return Ended.HUNG_UP if self._tty.gone else Ended.EOF
        except OSError:
            if not self._tty.gone:
                raise
            return Ended.HUNG_UP
        except Interrupted:
            return Ended.INTERRUPTED
        except _Gone:
            return Ended.GONE
        finally:
            self._reading = None
            self._line = ""
            self.written_behind = False
            self._keep_typed()
            self._ahead.begin()
            self.write(self._above.end())

    def _keep_typed(self) -> None:
        """Ctrl+C that was typed behind Enter, while it was still a key, was meant for the cell."""
        keys = get_typeahead(self._input) + self._input.read_keys()
        numbers = [number for number, key in enumerate(keys) if key.key == Keys.ControlC]
        if numbers:
            self._interrupted_early = True
            keys = keys[numbers[-1] + 1 :]
        store_typeahead(self._input, keys)

    def _line_prompt(self) -> LinePrompt:
        lines = LinePrompt(detach=self._calls.detach, input=self._input, output=self._output)
        self._watch(lines.session)
        follow(lines.session, self.preferences)
        return lines

    def _watch(self, editor: PromptSession[str]) -> None:
        # a change of size is a signal; the editor would look twice a second as well
        editor.app.terminal_size_polling_interval = None
        editor.app.after_render += lambda app: self._rendered()

    def _rendered(self) -> None:
        self.painted.set()
        self._above.rendered()

    def _stop(self) -> None:
        with nullcontext() if self._reading else self._ahead.paused(), self._tty.as_found():
            stop_program()

    def _stop_and_begin_line(self) -> None:
        self._stop()
        self._output.write_raw("\n")  # the line above the prompt is ours, see `Above`


class _Gone(Exception):
    """The reading was abandoned."""


def _output(tty: Tty) -> Output:
    """What the editor draws on."""
    if not is_dumb_terminal():
        return create_output(sys.stdout)
    from zconsole.frontend.prompt.typewriter import Typewriter

    return Typewriter(tty.write)


def _quiet_input() -> Input:
    """The keyboard; while output is put above the prompt it is not switched to echoing."""
    if sys.platform == "win32":
        return create_input()
    from prompt_toolkit.input.vt100 import Vt100Input

    class QuietInput(Vt100Input):
        def cooked_mode(self) -> AbstractContextManager[None]:
            return nullcontext()

    return QuietInput(sys.stdin)


_LONGEST_LINE = 10_000  # characters of an unfinished line that are remembered
