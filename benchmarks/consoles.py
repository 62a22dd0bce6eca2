"""The front ends that are measured: how each is started, what its prompt looks like, and a session of it."""

import itertools
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from benchmarks.terminal import Fault, Terminal


@dataclass(frozen=True, slots=True)
class Console:
    """A front end. The patterns are searched in the cursor's row up to the cursor, and in whole rows."""

    name: str
    argv: tuple[str, ...]
    prompt: str = r"^In \[\d+\]: $"
    result: str = r"^Out\[\d+\]: "
    attach: tuple[str, ...] = ()  # with {connection_file}; empty: it cannot
    leave: str = "y\r"  # the answer when it asks after Ctrl+D; empty: it does not ask
    enters: int = 1  # needed to run a cell of many lines
    menu_by_itself: bool = False  # completions come up while one types
    packages: tuple[str, ...] = ()


class Session:
    """A console in a terminal, with a home folder of its own that nobody has used before.

    ``with`` waits for nothing: call ``ready`` for the first prompt and one warm cell.
    """

    def __init__(
        self,
        console: Console,
        environment: Mapping[str, str],
        typed: bytes = b"",
        argv: tuple[str, ...] = (),
    ) -> None:
        self.console = console
        self._numbers = itertools.count(1000)
        self._folder = Path(tempfile.mkdtemp(prefix="s-", dir=environment["HOME"]))
        runtime = {"JUPYTER_RUNTIME_DIR": str(self._folder / "runtime"), "XDG_RUNTIME_DIR": str(self._folder)}
        everything = {
            **environment,
            "HOME": str(self._folder),
            "IPYTHONDIR": str(self._folder / "ipython"),
            **runtime,
        }
        self.terminal = Terminal(argv or console.argv, everything, self._folder, typed)
        self.screen = self.terminal.screen

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.terminal.__exit__(*error)
        shutil.rmtree(self._folder, ignore_errors=True)

    def ready(self) -> Self:
        """At a prompt, with a kernel that has answered once."""
        with ExitStack() as failed:
            failed.push(self)  # no ``with`` has it yet
            self.prompt()
            self.terminal.settle()
            try:
                self.evaluate(limit=10)
            except (
                Fault
            ):  # a line of the kernel's own went into the first input: once more, as a person would
                self.clear()
                self.evaluate()
            self.terminal.settle()
            failed.pop_all()
        return self

    # --- what is there

    def at_prompt(self) -> bool:
        return re.search(self.console.prompt, self.screen.before()) is not None

    def prompt(self, limit: float = 30) -> float:
        """The moment when an empty prompt stands there with the cursor behind it."""
        return self.terminal.wait(self.at_prompt, "no prompt", limit)

    def shows(self, pattern: str) -> bool:
        return re.search(pattern, self.screen.text(), re.M) is not None

    def is_typed(self, text: str) -> bool:
        """Does it stand before the cursor, as far as that row shows it?"""
        return self.screen.before().endswith(text[-30:])

    # --- what a person does

    def type(self, text: str) -> None:
        """Keys of one line, until they stand before the cursor."""
        self.terminal.write(text)
        self.terminal.wait(partial(self.is_typed, text), f"{text!r} typed, not shown", 10)
        self.terminal.settle(0.04, 2)

    def evaluate(self, limit: float = 30) -> tuple[float, float]:
        """A sum that was not on the screen before, Enter: seconds to its result, and to the next prompt."""
        number = next(self._numbers)
        self.type(f"1+{number}")
        sent = self.terminal.write("\r")
        wanted = self.console.result + rf"{number + 1}\s*$"
        shown = self.terminal.wait(lambda: self.shows(wanted), f"no result of 1+{number}", limit)
        return shown - sent, self.prompt(limit) - sent

    def run(self, code: str, limit: float = 60) -> None:
        """A statement without output: Enter, until the next prompt."""
        self.type(code)
        mark = self.screen.y
        self.terminal.write("\r")
        self.terminal.wait(
            lambda: self.screen.y != mark or not self.screen.before(), f"{code}: no Enter", limit
        )
        self.prompt(limit)
        self.terminal.settle()

    def wipe(self) -> None:
        """An empty input on an empty screen."""
        self.clear()
        self.terminal.write("\x0c")
        self.terminal.settle(0.15)

    def clear(self) -> None:
        """An empty input again: Ctrl+E, Ctrl+U, and Ctrl+C if that was not enough."""
        self.terminal.write("\x05\x15")
        self.terminal.settle()
        if not self.at_prompt():
            self.terminal.write("\x03")
            self.prompt(5)
            self.terminal.settle()
