"""A terminal window in this process: the prompt in a real pseudo-terminal, and an emulator at its other end.

What the emulator is asked it answers, so that this is how the prompt talks with a terminal; it starts in
milliseconds since there is no kernel.
"""

from __future__ import annotations

import asyncio
import os
import pty
import select
import termios
import tty
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from unittest.mock import patch

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.frontend.prompting import remembered
from tests.terminal.screen import Emulator
from zconsole.frontend.languages import Judge
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.asking import Replies, keyboard
from zconsole.frontend.prompt.device.tty import Tty
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.looks.lexer import LanguageLexer
from zconsole.frontend.prompt.terminal import Terminal
from zconsole.frontend.settings import Settings

COLUMNS, ROWS = 80, 24
DEADLINE = 10
_TELLING = ("TERM", "COLORTERM", "COLORFGBG", "NO_COLOR", "TERM_PROGRAM", "TMUX", "STY")


class Window:
    """What one sees and does: `type`, `see`; `terminal` is what the session would have."""

    def __init__(self, master: int, late: bool) -> None:
        self._master = master
        self._late = late
        self._changed = asyncio.Event()
        self.raw = b""
        self.held: list[str] = []
        """What a terminal whose answers are late is going to say."""
        self.left = b""
        """What is left in the terminal for whoever comes behind the session."""
        self.emulator = Emulator(COLUMNS, ROWS, self._reply)
        self.terminal: Terminal
        self.tty: Tty
        self.preferences: Preferences
        asyncio.get_running_loop().add_reader(master, self._read)

    def type(self, text: str) -> None:
        """Keys, or what the terminal says."""
        os.write(self._master, text.encode())

    def close(self) -> None:
        """The window is closed."""
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        self._master = -1

    @property
    def text(self) -> str:
        """The screen."""
        screen = self.emulator.screen
        return "\n".join(screen.line_text(y) for y in range(screen.lines)).rstrip("\n")

    def cell(self, text: str) -> Any:
        """The first character of a text on the screen, with its colours; a blank while it is not there."""
        screen = self.emulator.screen
        lines = [(y, screen.line_text(y)) for y in range(screen.lines)]
        y, x = next(((y, line.index(text)) for y, line in lines if text in line), (-1, -1))
        return screen.buffer[y][x]

    async def see(self, condition: Callable[[], Any]) -> None:
        """Wait until this is true; it is asked again after everything that is written."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def see_text(self, text: str) -> None:
        """Wait until this can be read at the end of the screen."""
        await self.see(lambda: self.text.endswith(text))

    async def read_block(self, number: int = 1) -> Any:
        """What is typed at a prompt, or how it ended."""
        async with asyncio.timeout(DEADLINE):
            return await self.terminal.read_block(number)

    @property
    def is_open(self) -> bool:
        """Whether the window has not been closed."""
        return self._master >= 0

    def look_behind(self, slave: int) -> None:
        """The session has ended: what is there to see, and what was not read."""
        if self.is_open:
            tty.setcbreak(slave)  # or what is no line yet would not count
            self.raw_to_the_end()
            self.left = os.read(slave, 4096) if select.select([slave], [], [], 0)[0] else b""

    def raw_to_the_end(self) -> bytes:
        """What was written, with what nobody has looked at yet."""
        while self.is_open and select.select([self._master], [], [], 0)[0]:
            self._read()
        return self.raw

    def _reply(self, text: str) -> None:
        if self._late and not text.endswith("R"):  # but where the cursor is
            self.held.append(text)
        else:
            self.type(text)

    def _read(self) -> None:
        data = os.read(self._master, 65536)
        self.raw += data
        self.emulator.feed(data)
        self._changed.set()


@asynccontextmanager
async def window(
    settings: Settings | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    background: str | None = "1c1c/1c1c/1c1c",
    late: bool = False,
) -> AsyncIterator[Window]:
    """A window with this background; its program sees this environment, or that of an xterm. With `late` what
    it answers, except where the cursor is, is in `held` and not said."""
    seen = {"TERM": "xterm-256color"} if environment is None else environment
    kept = {name: value for name, value in os.environ.items() if name not in _TELLING}
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (ROWS, COLUMNS))
    shown, loop = Window(master, late), asyncio.get_running_loop()
    shown.emulator.colours["11"] = background
    shown.preferences = Preferences(settings)
    stdin, stdout = os.fdopen(slave, "r"), os.fdopen(os.dup(slave), "w")
    with patch.dict(os.environ, {**kept, **seen}, clear=True), stdin:
        replies = Replies()
        shown.tty = Tty(loop, slave, slave)
        shown.terminal = Terminal(
            shown.tty,
            look=Look(),
            judge=Judge(nobody_answers),
            completer=KernelCompleter(nobody_answers),
            history=remembered(),
            preferences=shown.preferences,
            input=keyboard(replies, stdin),
            output=Vt100_Output(stdout, lambda: Size(ROWS, COLUMNS), term=seen.get("TERM")),
            replies=replies,
        )
        shown.terminal.use_lexer(LanguageLexer(["python"]))
        try:
            with shown.terminal.session():
                yield shown
            shown.look_behind(slave)
        finally:
            with suppress(OSError):  # a window that was closed takes nothing more
                stdout.close()
            if shown.is_open:
                shown.close()


async def nobody_answers(content: Any, timeout: float) -> None:
    """A kernel that is silent."""
