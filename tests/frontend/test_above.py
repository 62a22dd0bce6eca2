"""What is written while a prompt is up, and where its lines end."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.frontend.test_console import PaperTty, nobody_answers
from zconsole.frontend.languages import Judge
from zconsole.frontend.look import Look
from zconsole.frontend.prompt.above import PERIOD as ABOVE
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.terminal import Ended, Terminal

T = TypeVar("T")


class Paper(DummyOutput):
    """Remembers what is put above the prompt."""

    def __init__(self) -> None:
        self.above: list[str] = []

    def write_raw(self, data: str) -> None:
        """As the terminal does it: up, the text, a blank line."""
        self.above.append(data.removeprefix("\x1b[A\r").removesuffix("\n"))


class SteadySelector(selectors.DefaultSelector):
    """Waits, and counts the seconds waited for. What a busy machine takes for anything else is no time: the
    order of timers is that of their times."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """As any selector."""
        begun = time.monotonic()
        ready = super().select(timeout)
        waited = time.monotonic() - begun
        if timeout is not None:
            self.now += min(waited, timeout) if ready else timeout
        else:
            self.now += waited
        return ready


def run_steadily(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of that time; its result."""
    selector = SteadySelector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)


def above(tmp_path: Any, *pieces: tuple[float, str], gone: float = 13) -> tuple[str, str]:
    """Write each piece some time after the prompt has come, which is `gone` so long after the last one (in
    periods of ABOVE); what was put above it, and what was written when it was over."""

    async def session() -> tuple[str, str]:
        loop, output, tty = asyncio.get_running_loop(), Paper(), PaperTty()
        with create_pipe_input() as pipe, create_app_session(pipe, output):
            terminal = Terminal(
                tty,  # type: ignore[arg-type]
                look=Look(colour=False),
                judge=Judge(nobody_answers),
                completer=KernelCompleter(nobody_answers),
                history=FileHistory(tmp_path / "history"),
                input=pipe,
                output=output,
            )
            reading = asyncio.create_task(terminal.read_block(1))
            await terminal.painted.wait()
            for when, text in pieces:
                loop.call_later(when * ABOVE, terminal.write, text)
            loop.call_later((pieces[-1][0] + gone) * ABOVE, terminal.abandon)
            assert await asyncio.wait_for(reading, 10) is Ended.GONE
        return "".join(output.above), tty.written.removeprefix("\n")  # before In [1]

    return run_steadily(session())


@pytest.mark.parametrize(
    ("pieces", "put"),
    [
        ([(0, "a\n"), (0.1, "b\n")], "a\nb\n"),
        ([(0, "half "), (1.5, "line\n")], "half line\n"),
        ([(0, "a\nhalf "), (1.5, "line\nhalf "), (2.7, "again\n")], "a\nhalf line\nhalf again\n"),
        ([(0, "no end")], "no end\n"),
        ([(0, "."), (9, "."), (22, ".")], "..\n.\n"),
    ],
)
def test_a_line_that_comes_in_two_pieces_is_one(tmp_path: Any, pieces: Any, put: str) -> None:
    """A kernel may cut one `print` into two messages; a line without an end is shown all the same."""
    assert above(tmp_path, *pieces) == (put, "")


def test_what_comes_with_the_end_of_the_prompt_is_written_behind_it(tmp_path: Any) -> None:
    """The line above the cursor is what the user has typed, by then."""
    assert above(tmp_path, (0, "a\n"), gone=1) == ("", "a\n")
