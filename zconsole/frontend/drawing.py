"""Events of executions onto the terminal: a table from event to text. It decides nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zconsole.frontend.execution import ClearOutput, Display, Error, Event, Result, Text, Update
from zconsole.frontend.look import Look
from zconsole.frontend.past.away import Rule
from zconsole.frontend.plain import ends_line
from zconsole.frontend.render import render, render_error, render_input, render_result
from zconsole.frontend.render.shades import suited
from zconsole.frontend.render.text import Cleaner, clean
from zconsole.frontend.together import Busy, Notice, TheirInput

RULE = 80
"""Columns of a line across."""


class Drawing:
    """Draws events. `write` takes the text, `look` says what the terminal can show now, `highlight` gives
    code the colours that it has in the prompt."""

    def __init__(
        self, write: Callable[[str], None], look: Callable[[], Look], highlight: Callable[[str], str]
    ) -> None:
        self._write = write
        self._look = look
        self._highlight = highlight
        self._cleaners: dict[str, Cleaner] = {}
        self._open_line = False

    def draw(self, event: Event | TheirInput | Notice | Rule) -> None:
        """Draw an event; one that shows nothing is passed over."""
        if draw := _DRAW.get(type(event)):
            draw(self, event)

    def say(self, sentence: str) -> None:
        """A sentence of our own, on a line of its own."""
        self._block(sentence + "\n")

    def ended(self) -> None:
        """The cell is over; what comes next begins a line."""
        self._open_line = False

    def _block(self, text: str) -> None:
        self._put("\n" + text if self._open_line else text)

    def _put(self, text: str) -> None:
        if text:
            self._open_line = not ends_line(text)
            self._write(text)

    def _text(self, event: Text) -> None:
        cleaner = self._cleaners.setdefault(event.name, Cleaner())
        self._put(suited(cleaner.feed(event.text), self._look()))

    def _display(self, event: Display | Update) -> None:
        self._block(render(event.data, event.metadata, self._look()) + "\n")

    def _result(self, event: Result) -> None:
        look = self._look()
        self._block(render_result(event.count, render(event.data, event.metadata, look), look))

    def _error(self, event: Error) -> None:
        self._block(render_error(event, self._look()))

    def _input(self, event: TheirInput) -> None:
        code = self._highlight(clean(event.code))
        self._block("\n" + render_input(event.name, event.colour, event.count, code, self._look()))

    def _notice(self, event: Notice) -> None:
        self.say(event.sentence)

    def _rule(self, event: Rule) -> None:
        look = self._look()
        line = f"── {event.sentence} ".ljust(min(look.width, RULE), "─")
        self._block(f"\x1b[2m{line}\x1b[0m\n" if look.colour else f"{line}\n")

    def _clear(self, event: ClearOutput) -> None:
        # what has scrolled by is the user's; the line that is being written can be taken back
        self._put("\r\x1b[K")


_DRAW: Mapping[type, Callable[[Drawing, Any], None]] = {
    Text: Drawing._text,
    Display: Drawing._display,
    Update: Drawing._display,
    Result: Drawing._result,
    Error: Drawing._error,
    ClearOutput: Drawing._clear,
    TheirInput: Drawing._input,
    Notice: Drawing._notice,
    Busy: Drawing._notice,
    Rule: Drawing._rule,
}
