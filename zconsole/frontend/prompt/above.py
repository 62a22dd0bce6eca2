"""What is written while a prompt is up is collected, and put above it.

Each time the prompt is drawn again, so that happens once in `PERIOD` at most. The prompt needs the first
column: an unfinished line waits some periods for its rest, which may be on its way in another message, and
is ended then.
"""

from __future__ import annotations

import asyncio

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.plain import ends_line

PERIOD = 0.03
"""Seconds that output is collected before it is put above the prompt."""

PATIENCE = 10
"""Periods that an unfinished line waits. A `print` of two things may be two messages, which a busy machine
keeps apart for some of them."""


class Above:
    """The text that is to stand above the prompt that is up."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._text: list[str] = []
        self._whole = ""  # lines for the next time that something is put
        self._waits = False
        self._waited = 0
        self._session: PromptSession[str] | None = None
        self._has_blank = False

    def begin(self, session: PromptSession[str], *, has_blank: bool) -> None:
        """From here on this prompt is up; `has_blank`: the line above it is blank, and ours."""
        self._session, self._has_blank = session, has_blank

    def end(self) -> str:
        """No prompt is up any more; what has not been put above it."""
        self._session = None
        text = self._whole + "".join(self._text)
        self._text, self._whole, self._waited = [], "", 0
        return text

    def write(self, text: str) -> None:
        """Have a text put above the prompt, soon."""
        if not self._text:
            asyncio.get_running_loop().call_later(PERIOD, self._flush)
        self._text.append(text)

    def rendered(self) -> None:
        """The prompt has been drawn."""
        if self._waits:
            self._waits = False
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        if not self._text or not self._session:
            return
        if not self._is_up():
            self._waits = True
            return
        text = "".join(self._text)
        self._text = []
        ended = ends_line(text)
        if ended or "\n" in text:
            self._waited = 0
        if not ended and self._waited < PATIENCE:
            self._waited += 1
            whole, newline, rest = text.rpartition("\n")
            text = whole + newline
            self.write(rest)
        elif not ended:
            self._waited = 0
            text += "\n"
        if text:
            self._whole += text
            run_in_terminal(self._put)

    def _is_up(self) -> bool:
        # while it begins or ends, who reads writes: behind Enter the line above the cursor is the user's
        return self._session is not None and self._session.app.is_running and not self._session.app.is_done

    def _put(self) -> None:
        # a turn of the loop later, or many: it waits for what the terminal answers
        if not self._is_up():
            return
        text, self._whole = self._whole, ""
        if text:
            # the blank line before In [n] is taken, and another one left
            self._output.write_raw(f"\x1b[A\r{text}\n" if self._has_blank else text)
            self._output.flush()
