"""The prompt for a block on a keyboard of pipe and a screen of paper: type, look, as in a terminal."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import patch

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.frontend.test_console import nobody_answers
from tests.terminal.screen import Emulator
from zconsole.frontend.languages import Judge
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import NO_CALLS, BlockPrompt
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.settings import Settings

COLUMNS, ROWS = 80, 24
DEADLINE = 3


class Paper:
    """A file that is a screen."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.emulator = Emulator(COLUMNS, ROWS, lambda reply: None)
        self.written = asyncio.Event()

    def write(self, text: str) -> None:
        self.emulator.feed(text.encode())

    def flush(self) -> None:
        self.written.set()

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return -1


class Typist:
    """Somebody at the prompt. Text behind the cursor that is dimmed is shown in ⟨⟩."""

    def __init__(self, pipe, paper: Paper, prompt: BlockPrompt) -> None:
        self.prompt = prompt
        self.entered = False
        self._pipe = pipe
        self._paper = paper

    @property
    def screen(self) -> str:
        screen = self._paper.emulator.screen
        return "\n".join(screen.line_text(y) for y in range(screen.lines)).rstrip("\n")

    @property
    def line(self) -> str:
        """The line of the cursor, with the suggestion in ⟨⟩."""
        screen = self._paper.emulator.screen
        cells = [screen.buffer[screen.cursor.y][x] for x in range(COLUMNS)]
        text = "".join(f"⟨{cell.data}⟩" if cell.fg == GHOST else cell.data for cell in cells)
        return text.replace("⟩⟨", "").rstrip()

    async def type(self, text: str, seen: str) -> None:
        """Type, and wait until the line of the cursor is this."""
        self.press(text)
        await self.wait(lambda: self.line == seen, seen)

    def enter(self) -> None:
        """Press Enter, at the end."""
        self.entered = True
        self.press("\r")

    def press(self, keys: str) -> None:
        """Type, and wait for nothing."""
        self._pipe.send_text(keys)

    async def see(self, pattern: str) -> None:
        """Wait until the screen matches."""
        await self.wait(lambda: re.search(pattern, self.screen, re.MULTILINE) is not None, pattern)

    async def wait(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                while not condition():
                    self._paper.written.clear()
                    await self._paper.written.wait()
        except TimeoutError:
            raise AssertionError(
                f"{what!r} was not seen; line {self.line!r}; screen:\n{self.screen}"
            ) from None


GHOST = "626262"  # the nearest of 256 to the colour of suggestions


def remembered(*blocks: str) -> FileHistory:
    """A history of these, oldest first, that is in no file."""
    history = FileHistory(Path(os.devnull) / "history.jsonl")
    for block in blocks:
        history.append_string(block)
    return history


def at_prompt(
    history: FileHistory | Path, play: Callable[[Typist], Awaitable[None]], settings: Settings | None = None
) -> str:
    """Play with a prompt; the block that was read, empty when none was."""
    history = history if isinstance(history, FileHistory) else FileHistory(history)

    async def session() -> str:
        paper = Paper()
        with create_pipe_input() as pipe:
            output = Vt100_Output(
                paper,  # type: ignore[arg-type]
                lambda: Size(rows=ROWS, columns=COLUMNS),
                term="xterm-256color",
                enable_cpr=False,
            )
            with create_app_session(pipe, output):
                prompt = BlockPrompt(
                    preferences=Preferences(settings),
                    look=Look(colour=True),
                    judge=Judge(nobody_answers),
                    completer=KernelCompleter(nobody_answers),
                    history=history,
                    calls=NO_CALLS,
                    input=pipe,
                    output=output,
                )
                reading = asyncio.ensure_future(prompt.session.prompt_async(handle_sigint=False))
                typist = Typist(pipe, paper, prompt)
                await typist.see(r"In \[1\]:")
                await play(typist)
                if not typist.entered:
                    prompt.session.app.exit(result="")
                return await asyncio.wait_for(reading, DEADLINE)

    with patch.dict(os.environ, TERM="xterm-256color"):
        return asyncio.run(session())
