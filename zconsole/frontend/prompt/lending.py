"""The terminal for somebody else: a pager or an editor that we wait for, and the shell, while we are stopped.

What is written meanwhile is held, and written when the terminal is ours again. Where a prompt is up it is
taken away, and drawn again behind what the other has left on the screen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from prompt_toolkit.application import in_terminal, run_in_terminal

from zconsole.frontend.signals import stop_program

T = TypeVar("T")


class Lending:
    """Lends the terminal.

    Arguments: `as_found`, within which the terminal is as it was found and its keys are not read; `reading`
    tells whether a prompt is up; `write` takes the text that was held, `begin_line` leaves the line above the
    prompt.
    """

    def __init__(
        self,
        as_found: Callable[[], AbstractContextManager[object]],
        reading: Callable[[], bool],
        write: Callable[[str], None],
        begin_line: Callable[[], None],
    ) -> None:
        self._as_found = as_found
        self._reading = reading
        self._write = write
        self._begin_line = begin_line
        self._disturbed = False
        self._held: list[str] = []
        self.lent = False
        """Whether somebody else has it."""

    async def lend(self, run: Callable[[], Awaitable[T]]) -> T:
        """Lend it to a program that `run` runs and waits for."""
        async with in_terminal() if self._reading() else nullcontext():
            self.lent = True
            try:
                with self._as_found():
                    return await run()
            except BaseException:
                self._disturbed = True  # it may have written why
                raise
            finally:
                self.lent = False
                held, self._held = self._held, []
                if self._reading() and (held or self._disturbed):
                    self._begin_line()
                self._disturbed = False
                self._write("".join(held))

    def hold(self, text: str) -> bool:
        """Keep a text until the terminal is ours again; False when it is."""
        if self.lent:
            self._held.append(text)
        return self.lent

    def resumed(self) -> None:
        """We were stopped, and go on; so does who has the terminal."""
        self._disturbed = self.lent  # the shell has written into the screen

    async def stop(self) -> None:
        """Stop this program; when this returns it goes on, or the system has not let it be stopped."""
        if self.lent:
            stop_program()  # the program that has the terminal was told to stop, as we were
        elif self._reading():
            await run_in_terminal(self._stop_and_begin_line)
        else:
            self._stop()

    def _stop(self) -> None:
        with self._as_found():
            stop_program()

    def _stop_and_begin_line(self) -> None:
        self._stop()
        self._begin_line()
