"""The terminal as the session sees it: read a block, read a line, write. The line editor lives here.

One editor (prompt_toolkit's PromptSession) is made and used for every block, since making it is dear. While
a prompt is up, what is written is collected for `ABOVE` seconds and put above it; while none is up it
goes straight to the terminal, and no editor is in the way.

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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum
from pathlib import Path

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import Completer
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.lexers import DynamicLexer, Lexer
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.shortcuts import CompleteStyle, PromptSession
from prompt_toolkit.utils import get_cwidth

from zconsole.frontend.look import Look
from zconsole.frontend.plain import ends_line, without_colour
from zconsole.frontend.prompt.keys import Judge, block_keys, detach_keys
from zconsole.frontend.prompt.lexer import coloured
from zconsole.frontend.prompt.style import color_depth, style
from zconsole.frontend.prompt.tty import Tty
from zconsole.frontend.signals import stop_program

ABOVE = 0.03
"""Seconds that output is collected before it is put above the prompt: each time the prompt is redrawn."""


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
        history: History,
        suspend: Callable[[], None] = lambda: None,
        interrupt: Callable[[], None] = lambda: None,
        detach: Callable[[], None] = lambda: None,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        """`suspend` is called for Ctrl+Z at a prompt, `interrupt` for Ctrl+C at an empty one, `detach` for
        the keys that leave."""
        self._tty = tty
        self._look = look
        self._input = input or _quiet_input()
        self._output = output or create_output(sys.stdout)
        self._detach = detach
        self._blocks = self._editor(completer, history, block_keys(judge, suspend, interrupt, detach))
        self._lines: PromptSession[str] | None = None
        self._reading: PromptSession[str] | None = None
        self._line = ""
        self._above: list[str] = []
        self._above_waits = False
        self._above_holds = False
        self._number = 1
        self._interrupted_early = False
        self._gone = False
        self._lexer: Lexer | None = None
        self.shown = 1
        """The number in the prompt of the last block, as it stands on the screen."""
        self.written_behind = False
        """Whether something has been written behind the last block or line that was read."""
        self.painted = asyncio.Event()
        """Set as soon as a prompt has been drawn for the first time."""

    @contextmanager
    def session(self) -> Iterator[None]:
        """Take the terminal over, and give it back."""
        with self._tty.session():
            yield

    @property
    def look(self) -> Look:
        """What can be shown now."""
        columns, _ = shutil.get_terminal_size()
        return Look(columns, self._look.colour, self._look.background)

    async def read_block(self, number: int, default: str = "") -> str | Ended:
        """Show `In [number]: ` and read a block; `default` stands in it to begin with."""
        self._number = number
        self.write("\n" if ends_line(self._line or "\n") else "\n\n")
        return await self._read(self._blocks, default=default)

    async def read_line(self, prompt: str, *, password: bool = False) -> str | Ended:
        """Read a line behind `prompt`; hidden when it is a password."""
        lines = self._lines = self._lines or self._line_editor()
        lines.input_processors = [_Hidden()] if password else []
        lines.message = ANSI(self._begin_line(prompt))
        return await self._read(lines, default="")

    def use_lexer(self, lexer: Lexer) -> None:
        """Highlight blocks with this from now on."""
        self._lexer = lexer

    def use_history(self, history: History) -> None:
        """Keep blocks in another history from now on; not while a block is read."""
        self._blocks.history = self._blocks.default_buffer.history = history

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
        self._number = number
        if self._reading is self._blocks:
            self._blocks.app.invalidate()

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
            self._write_above(text)
            return
        self.written_behind = True
        self._line = (self._line + text).rpartition("\n")[2] if "\n" in text else self._line + text
        self._line = self._line[-_LONGEST_LINE:]
        self._tty.write(text)

    def interrupted_early(self) -> bool:
        """Whether Ctrl+C was pressed behind the last text that was read; told once."""
        early, self._interrupted_early = self._interrupted_early, False
        return early

    def interrupted(self) -> None:
        """The user wants to be heard: forget what was typed ahead, and most of the output that waits."""
        self._tty.forget_typed()
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
        with self._tty.as_found():
            pager = await asyncio.create_subprocess_exec(*command.argv, stdin=-1, env=command.env)
            await pager.communicate(text.encode("utf-8", "replace"))

    async def edit(self, text: str) -> str | None:
        """Have a text edited in $VISUAL, $EDITOR or vi; None when that cannot be run, or fails."""
        from zconsole.frontend.prompt.editor import editor_command  # only when there is something to edit

        command = editor_command(os.environ)
        if command is None:
            return None
        await self._tty.drain()
        with tempfile.TemporaryDirectory(prefix="zconsole-") as folder, self._tty.as_found():
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
        if self._lexer is None or not self._look.colour:
            return code
        return coloured(code, self._lexer, style(self._look.background, True), color_depth(os.environ))

    async def _read(self, editor: PromptSession[str], default: str) -> str | Ended:
        self._gone = False
        await self._tty.drain()
        if self._gone:
            return Ended.GONE
        self._reading = editor
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
        except _Interrupted:
            return Ended.INTERRUPTED
        except _Gone:
            return Ended.GONE
        finally:
            self._reading = None
            self._line = ""
            self.written_behind = False
            self._keep_typed()
            above, self._above = self._above, []
            self.write("".join(above))

    def _keep_typed(self) -> None:
        """Ctrl+C that was typed behind Enter, while it was still a key, was meant for the cell."""
        keys = get_typeahead(self._input) + self._input.read_keys()
        numbers = [number for number, key in enumerate(keys) if key.key == Keys.ControlC]
        if numbers:
            self._interrupted_early = True
            keys = keys[numbers[-1] + 1 :]
        store_typeahead(self._input, keys)

    def _editor(
        self,
        completer: Completer,
        history: History,
        keys: KeyBindings,
    ) -> PromptSession[str]:
        editor: PromptSession[str] = PromptSession(
            message=self._prompt,
            prompt_continuation=_continuation,
            multiline=True,
            lexer=DynamicLexer(lambda: self._lexer),
            completer=completer,
            complete_while_typing=False,
            complete_style=CompleteStyle.MULTI_COLUMN,
            reserve_space_for_menu=6,
            history=history,
            enable_history_search=True,
            key_bindings=keys,
            style=style(self._look.background, self._look.colour),
            include_default_pygments_style=False,
            color_depth=color_depth(os.environ),
            input=self._input,
            output=self._output,
        )
        return self._watched(editor)

    def _line_editor(self) -> PromptSession[str]:
        editor: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            key_bindings=detach_keys(self._detach),
            input=self._input,
            output=self._output,
            interrupt_exception=_Interrupted,
            include_default_pygments_style=False,
        )
        return self._watched(editor)

    def _watched(self, editor: PromptSession[str]) -> PromptSession[str]:
        # a change of size is a signal; the editor would look twice a second as well
        editor.app.terminal_size_polling_interval = None
        editor.app.after_render += lambda app: self._rendered()
        return editor

    def _prompt(self) -> StyleAndTextTuples:
        self.shown, number = self._number, str(self._number)
        return [("class:prompt", "In ["), ("class:prompt-number", number), ("class:prompt", "]: ")]

    def _write_above(self, text: str) -> None:
        if not self._above:
            asyncio.get_running_loop().call_later(ABOVE, self._flush_above)
        self._above.append(text)

    def _flush_above(self) -> None:
        if not self._above or not self._reading:
            return
        if not self._reading.app.is_running:  # it is just beginning, or ending: `_read` writes it then
            self._above_waits = True
            return
        text = "".join(self._above)
        self._above = []
        ended = ends_line(text)
        self._above_holds = not ended and ("\n" in text or not self._above_holds)
        if self._above_holds:
            # the rest of a line that one `print` has written may be on its way in another message
            whole, newline, rest = text.rpartition("\n")
            text = whole + newline
            self._write_above(rest)
        elif not ended:
            text += "\n"  # the prompt needs the first column: an unfinished line ends here
        if text:
            run_in_terminal(lambda: self._put_above(text))

    def _rendered(self) -> None:
        self.painted.set()
        if self._above_waits:
            self._above_waits = False
            asyncio.get_running_loop().call_soon(self._flush_above)

    def _put_above(self, text: str) -> None:
        # the blank line before In [n] is taken, and another one left
        self._output.write_raw(f"\x1b[A\r{text}\n" if self._reading is self._blocks else text)
        self._output.flush()

    def _stop(self) -> None:
        with self._tty.as_found():
            stop_program()

    def _stop_and_begin_line(self) -> None:
        self._stop()
        self._output.write_raw("\n")  # the line above the prompt is ours, see `_put_above`


class _Interrupted(Exception):
    """Ctrl+C at a line."""


class _Gone(Exception):
    """The reading was abandoned."""


class _Hidden(Processor):
    """Shows nothing of what is typed."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Nothing, and the cursor stays."""
        return Transformation([], source_to_display=lambda i: 0, display_to_source=lambda i: 0)


def _continuation(width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
    return [("class:prompt", "...: ".rjust(width))]


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
