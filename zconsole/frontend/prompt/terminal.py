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
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.keys import Keys
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.renderer import HeightIsUnknownError
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.utils import get_cwidth

from zconsole.frontend.look import Look, Place
from zconsole.frontend.plain import ends_line, without_colour
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.above import Above
from zconsole.frontend.prompt.blockprompt import NO_CALLS, BlockPrompt, Calls
from zconsole.frontend.prompt.device.asking import Replies, keyboard
from zconsole.frontend.prompt.device.dialogue import Dialogue
from zconsole.frontend.prompt.device.graphics import Graphics
from zconsole.frontend.prompt.device.marks import understands
from zconsole.frontend.prompt.device.tty import Tty
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.keyboard.keys import Judge
from zconsole.frontend.prompt.keyboard.modes import follow
from zconsole.frontend.prompt.lending import Lending
from zconsole.frontend.prompt.lineprompt import CompleteLine, Interrupted, LinePrompt, Surroundings
from zconsole.frontend.prompt.looks import colours
from zconsole.frontend.prompt.looks.lexer import coloured
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.typeahead import TypeAhead
from zconsole.frontend.signals import sizes

if TYPE_CHECKING:
    from zconsole.frontend.prompt.device.typewriter import Typewriter
    from zconsole.frontend.prompt.outcome import Outcome

T = TypeVar("T")


async def _nobody_knows(asked: str, content: object, timeout: float) -> None:
    return None


class Ended(Enum):
    """How reading ends without text."""

    EOF = "Ctrl+D"
    INTERRUPTED = "Ctrl+C"
    GONE = "nobody wants it any more"
    HUNG_UP = "the terminal is gone"


class Terminal:
    """The terminal. `tty` is the device below; `look` says whether there may be colour; `input` and
    `output` are the editor's, for tests, and with `replies` this input's terminal is one that can be talked
    to."""

    def __init__(
        self,
        tty: Tty,
        *,
        look: Look,
        judge: Judge,
        completer: KernelCompleter,
        history: FileHistory,
        preferences: Preferences | None = None,
        calls: Calls = NO_CALLS,
        complete_line: CompleteLine = _nobody_knows,
        debugger_history: Callable[[], History] = InMemoryHistory,
        input: Input | None = None,
        output: Output | None = None,
        replies: Replies | None = None,
    ) -> None:
        self.preferences = preferences or Preferences()
        """The settings as they are now."""
        linear = self.preferences.now.linear
        self._tty = tty
        self._calls = calls
        if input is None and sys.stdin.isatty() and sys.stdout.isatty() and sys.platform != "win32":
            replies = Replies()
        self._input = input or keyboard(replies or Replies(), sys.stdin)
        self._complete_line = complete_line
        self._debugger_history = debugger_history
        self._typewriter = _typewriter(tty) if linear and output is None else None
        self._output = self._typewriter or output or create_output(sys.stdout)
        speaks = replies is not None and understands(os.environ) and not linear
        self._blocks = BlockPrompt(
            preferences=self.preferences,
            look=look,
            judge=judge,
            completer=completer,
            history=history,
            calls=calls,
            edit=lambda text, line: self.edit(text, self.suffix, line),
            say=lambda sentence: self.write(f"{sentence}\n"),
            page=lambda text: self.page(text),
            input=self._input,
            output=self._output,
            speaks=speaks,
        )
        self._colours = self._blocks.colours
        self.preferences.observe(self._changed)
        # what is no terminal has no name either: it shows none
        self._graphics = Graphics(self.preferences, os.environ if tty.is_terminal else {})
        self._dialogue: Dialogue | None = None
        if replies and speaks:
            self._dialogue = Dialogue(
                tty,
                self._input,
                replies,
                self.preferences,
                os.environ,
                self._colours,
                self._graphics,
                self._recolour,
            )
        self._outcome: Outcome | None = None
        self._watch(self._blocks.session)
        self._lines: LinePrompt | None = None
        self._above = Above(self._output)
        self._ahead = TypeAhead(
            self._input,
            self._tty.write,
            lambda: shutil.get_terminal_size().columns,
            lambda: self._line,
            shows=not linear,
        )
        self._stopped = ""  # what was typed ahead of an error
        self._reading: PromptSession[str] | None = None
        self._line = ""
        self._interrupted_early = False
        self._gone = False
        self._shown: deque[str] = deque(maxlen=_SHOWN)
        self.suffix = ".py"
        """The ending of a file with the kernel's language in it."""
        self._lending = Lending(self._as_found, self._is_up, self.write, self._leave_line)
        self._watch_size: Callable[[], None] = _nothing
        self.written_behind = False
        """Whether something has been written behind the last block or line that was read."""
        self.painted = asyncio.Event()
        """Set as soon as a prompt has been drawn for the first time."""
        self._drawn = asyncio.Event()

    @contextmanager
    def session(self) -> Iterator[None]:
        """Take the terminal over, and give it back."""
        with self._tty.session(), sizes(self._resized) as self._watch_size:
            try:
                yield
            finally:
                self._ahead.end()
                if self._dialogue:
                    self._dialogue.leave()

    @property
    def look(self) -> Look:
        """What can be shown now."""
        columns, rows = shutil.get_terminal_size()
        look = self._colours.look._replace(width=columns, rows=rows)
        if self.preferences.now.linear:
            return look._replace(linear=True, graphics="none")
        return self._graphics.seen(look, self._tty.window)

    @property
    def place(self) -> Place:
        """Where output goes now."""
        columns, rows = shutil.get_terminal_size()
        if self._reading is None:
            return Place(columns, rows)
        renderer = self._reading.app.renderer
        try:
            free = renderer.rows_above_layout
        except HeightIsUnknownError:
            prompt = renderer.last_rendered_screen
            free = rows - (prompt.height if prompt else 1)
        return Place(columns, max(free - 1, 1), above=True)

    @property
    def shown(self) -> int:
        """The number in the prompt of the last block, as it stands on the screen."""
        return self._blocks.shown

    async def read_block(self, number: int, default: str = "", *, accept: bool = False) -> str | Ended:
        """Show `In [number]: ` and read a block; `default` stands in it, with `accept` it is it."""
        self._blocks.begin(number, self._outcome)
        if self._dialogue:
            self._dialogue.before_block(self._outcome)
        self._outcome = None
        self._end_line()
        while self._blocks.complaints:
            self.write(f"{self._blocks.complaints.pop(0)}\n")
        self.write("\n")
        default, self._stopped = default or self._stopped, ""
        block = await self._read(self._blocks.session, default=default, accept=accept)
        if self._dialogue and isinstance(block, str):
            self._dialogue.behind_block()
        return block

    def cell_ended(self, outcome: Outcome) -> None:
        """A cell has ended like this; said is what the user wants to know of it."""
        self._outcome = outcome
        now = self.preferences.now
        if now.linear and now.notify != "none" and 0 < now.notify_after <= outcome.seconds:
            self._tty.write("\a")  # nothing else can be said there, and the focus not asked for
        limit = now.elapsed_after
        if limit and outcome.seconds >= limit:
            from zconsole.frontend.lengths import exactly

            took = f"took {exactly(outcome.seconds)}"
            took = f"\x1b[2m{took}\x1b[0m" if self.look.colour else took
            self._end_line()
            self.write(f"{took}\n")
        if self._dialogue:
            with self._ahead.paused():  # it may look at what was typed
                self._dialogue.ended(outcome)

    def use_kernel(self, name: str) -> None:
        """What runs here is called so, in a prompt that tells it."""
        self._blocks.kernel = name

    async def read_line(self, prompt: str, *, password: bool = False, asked: str = "") -> str | Ended:
        """Read a line behind `prompt`; hidden when it is a password. `asked` is the msg_id of the
        input_request that it is for; without one it is a question of ours, whose answer is not remembered."""
        lines = self._lines = self._lines or self._line_prompt()
        before, prompt = self._begin_line(prompt)
        editor = lines.ask(prompt, before, password=password, asked=asked)
        try:
            return await self._read(editor, default="")
        finally:
            lines.forget()

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

    def _end_line(self) -> None:
        if not ends_line(f"\n{self._line}"):
            self.write("\n")

    def _begin_line(self, prompt: str) -> tuple[str, str]:
        """Show a line's prompt at once, the editor comes behind; what the editor has to draw over it: what
        stands before the prompt in its line, and the prompt."""
        if self._typewriter:
            prompt = without_colour(prompt)
        above, newline, prompt = prompt.rpartition("\n")
        self.write(above + newline)
        line = self._line.rpartition("\r")[2]
        width = get_cwidth(without_colour(line + prompt))
        if width < shutil.get_terminal_size().columns:
            self._tty.write(prompt)
            if self._typewriter:
                self._typewriter.typed(line + prompt)
            else:
                self._output.write_raw("\r")  # goes out with the first thing that the editor draws
            return line, prompt
        self.write("\n" if line else "")  # it would wrap, and the editor could not draw over it
        return "", prompt

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
        end = text[-_LONGEST_LINE:]
        self._shown.append(end)
        if self._lending.hold(text):
            return
        if self._reading:
            self._above.write(text)
            return
        self.written_behind = True
        self._line = end.rpartition("\n")[2] if "\n" in end else (self._line + end)[-_LONGEST_LINE:]
        self._tty.write(self._ahead.around(text, self._line))

    def spared(self) -> AbstractContextManager[None]:
        """What is written within is shown even if most of the output that waits is not."""
        return self._tty.spared()

    def failed(self) -> bool:
        """The last block has failed: what was typed ahead behind it stands in the next prompt and is not run,
        and the block is not kept, each if the user wants it so. Whether something was typed ahead."""
        if self.preferences.now.forget_failed:
            self.history.forget_last()
        if self.preferences.now.stop_on_error:
            self._stopped = self._ahead.stop()
        return bool(self._stopped)

    async def rest(self, seconds: float) -> None:
        """Wait until the prompt for a block has stood for so long without a key."""
        while True:
            self._drawn.clear()
            try:
                await asyncio.wait_for(self._drawn.wait(), seconds)
            except TimeoutError:
                if self._reading is self._blocks.session:
                    return
                await self._drawn.wait()

    def load_hints(self) -> None:
        """Import what the first Tab needs."""
        self._blocks.hints.load()

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
        fits = text.count("\n") <= rows - 2 or self.preferences.now.linear
        command = None if fits else pager_command(os.environ)
        if command is None:
            self.write(text.rstrip("\n") + "\n")
            return

        async def run() -> None:
            pager = await asyncio.create_subprocess_exec(*command.argv, stdin=-1, env=command.env)
            await pager.communicate(text.encode("utf-8", "replace"))

        await self.lend(run)

    async def edit(self, text: str, suffix: str = ".txt", line: int = 0) -> str:
        """Have a text edited in the user's editor, beginning in this line. Raises EditorError."""
        from zconsole.frontend.prompt.editor import edit_text, editor_command

        command = editor_command(self.preferences.now.editor, os.environ)
        return await self.lend(lambda: edit_text(command, text, suffix, line))

    async def edit_file(self, file: Path, line: int = 0) -> None:
        """Have a file edited in the same way. Raises EditorError."""
        from zconsole.frontend.prompt.editor import editor_command, run_editor

        command = editor_command(self.preferences.now.editor, os.environ)
        await self.lend(lambda: run_editor(command, file, line))

    async def lend(self, run: Callable[[], Awaitable[T]]) -> T:
        """Give the terminal, as it was found, to a program that `run` runs and waits for. What is written
        meanwhile is written behind it."""
        await self._tty.drain()
        return await self._lending.lend(run)

    def resumed(self) -> None:
        """The program was stopped and goes on."""
        self._lending.resumed()
        if not (self._lending.lent or self._reading):
            self._tty.quiet()

    async def stop(self) -> None:
        """Stop the program, as the terminal does on Ctrl+Z, with the terminal as it was found; when this
        returns it goes on, or the system has not let it be stopped."""
        await self._lending.stop()

    def highlight(self, code: str) -> str:
        """Code with the colours that it has in the prompt, as escape sequences."""
        lexer = self._blocks.lexer
        if lexer is None or not self._colours.look.colour:
            return code
        return coloured(code, lexer, self._colours.style, self._colours.depth)

    async def _read(self, editor: PromptSession[str], default: str, *, accept: bool = False) -> str | Ended:
        self._gone = False
        self._ahead.end()
        await self._tty.drain()
        if self._gone:
            return Ended.GONE
        self._reading = editor
        self._above.begin(editor, has_blank=editor is self._blocks.session)
        self._interrupted_early = False
        kept = get_typeahead(self._input) if accept else []  # they are for the prompt behind this one
        try:
            return await editor.prompt_async(
                default=default,
                accept_default=accept,
                handle_sigint=False,
                set_exception_handler=False,
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
            self._watch_size()  # the editor has done so for itself
            self._line = ""
            self.written_behind = False
            store_typeahead(self._input, kept + get_typeahead(self._input))
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
        blocks = self._blocks
        surroundings = Surroundings(
            blocks.session,
            lambda: blocks.lexer,
            self._complete_line,
            self._debugger_history,
            lambda: "".join(self._shown),
            self._calls.suspend,
            self._calls.detach,
        )

        def watch(editor: PromptSession[str]) -> None:
            self._watch(editor)
            follow(editor, self.preferences)

        return LinePrompt(surroundings, watch, input=self._input, output=self._output)

    def _watch(self, editor: PromptSession[str]) -> None:
        # a change of size is a signal; the editor would look twice a second as well
        editor.app.terminal_size_polling_interval = None
        editor.app.after_render += lambda app: self._rendered()

    def _rendered(self) -> None:
        self.painted.set()
        self._drawn.set()
        self._above.rendered()

    def _resized(self) -> None:
        self._ahead.resized()
        self._calls.resized()

    def _changed(self, names: frozenset[str]) -> None:
        if names & colours.NAMES:
            self._colours.renew()
            self._recolour()

    def _recolour(self) -> None:
        self._blocks.recolour()
        if self._reading and self._reading.app.is_running:
            run_in_terminal(lambda: None)  # the editor draws only what has become another text

    @contextmanager
    def _as_found(self) -> Iterator[None]:
        # while a prompt is up its editor has the keys
        with nullcontext() if self._reading else self._ahead.paused(), self._tty.as_found():
            yield

    def _is_up(self) -> bool:
        return self._reading is not None and self._reading.app.is_running

    def _leave_line(self) -> None:
        self._output.write_raw("\n")  # the line above the prompt is ours, see `Above`


def _nothing() -> None:
    pass


class _Gone(Exception):
    """The reading was abandoned."""


def _typewriter(tty: Tty) -> Typewriter:
    from zconsole.frontend.prompt.device.typewriter import Typewriter

    return Typewriter(tty.write)


_SHOWN = 30  # writes that are remembered for words that a line may be completed with
_LONGEST_LINE = 10_000  # characters of an unfinished line that are remembered
