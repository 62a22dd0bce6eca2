"""Events of executions onto the terminal: a table from event to text. It decides nothing else but this: of a
cell's long text the middle is left out (`render.folding`), of all else nothing is. So before a value, an
error or a sentence the end of what is held back is shown, and the order stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from zconsole.frontend.execution import ClearOutput, Display, Error, Event, Result, Text, Update
from zconsole.frontend.inplace import Paper
from zconsole.frontend.look import Look, no_link
from zconsole.frontend.past.away import Rule
from zconsole.frontend.plain import ends_line
from zconsole.frontend.render import render_error, render_input
from zconsole.frontend.render.folding import Folding
from zconsole.frontend.render.shades import suited
from zconsole.frontend.render.text import Cleaner, clean, coloured, ends_coloured
from zconsole.frontend.together import Busy, Notice, TheirInput
from zconsole.frontend.views import Views
from zconsole.message import Message

RULE = 80
"""Columns of a line across."""

TAIL = 1000
"""Lines of a long text that are shown at its end; what a terminal of some screens remembers."""

FOLDED = "\x1b[0m… more follows; its end is shown when it has come …\n"

AGAIN = 1000
"""Lines that are shown as they come when an end has been shown, and the cell goes on."""

LETTERS = 80
"""Characters that a line has; as many more in one count as another line."""


class Drawing:
    """Draws events. `paper` takes the text, `look` says what the terminal can show now, `highlight` gives
    code the colours that it has in the prompt, `inquire` asks the kernel for the states of its widgets.
    `trusts` says whether the kernel may move in its output: what others have written never may. `fold_lines`:
    so many lines of a cell's text are shown as they come, all when it is 0. What is written within `spared`
    stays when text that waits for the terminal is thrown away."""

    def __init__(
        self,
        paper: Paper,
        look: Callable[[], Look],
        highlight: Callable[[str], str],
        inquire: Callable[[], None] = lambda: None,
        *,
        trusts: Callable[[], bool] = lambda: True,
        fold_lines: Callable[[], int] = lambda: 0,
        spared: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._paper = paper
        self._look = look
        self._highlight = highlight
        self._views = Views(paper, look, inquire)
        self._trusts = trusts
        self._fold_lines = fold_lines
        self._spared = spared
        self._cleaners: dict[tuple[str, bool], Cleaner] = {}
        self._folding: Folding | None = None
        self._open_line = False
        self._line_is_foreign = False
        self._coloured = False

    def draw(self, event: Event | TheirInput | Notice | Rule) -> None:
        """Draw an event; one that shows nothing is passed over."""
        if draw := _DRAW.get(type(event)):
            draw(self, event)

    def say(self, sentence: str) -> None:
        """A sentence of our own, on a line of its own."""
        self._block(sentence + "\n")

    def begin(self) -> None:
        """The cursor is at the beginning of a line, and what comes has nothing to do with what stands above:
        a cell begins, or goes on behind a line that was typed."""
        self._unfold()
        self._paper.begin()
        self._views.begin()
        self._open_line = False
        self._folding = _folding(self._fold_lines())

    def receive(self, message: Message) -> None:
        """Take any message of iopub: widgets that are shown may have changed."""
        self._views.receive(message)

    def flush(self) -> None:
        """Draw now what waits for its time."""
        self._unfold()
        self._paper.flush()

    def ended(self) -> None:
        """The cell is over; what comes next begins a line."""
        self._unfold()
        self._folding = None
        self._paper.flush()
        if self._coloured:  # the terminal is left as it was found
            self._paper.write("\x1b[0m")
        self._coloured = False
        if self._open_line:
            self._paper.ended_line()
        self._open_line = False

    def _block(self, text: str, name: str = "") -> None:
        if not text:
            return
        self._unfold()
        before = "\n" if self._open_line else ""
        if self._coloured:
            before, self._coloured = f"\x1b[0m{before}", False
        with self._spared():
            self._put(before)
            self._put(text, name)

    def _unfold(self) -> None:
        if self._folding and self._folding.begun:
            folding, self._folding = self._folding, _folding(AGAIN)
            note, tail = folding.end()
            with self._spared():
                self._put(note)
            self._put(tail)

    def _put(self, text: str, name: str = "") -> None:
        if text:
            self._open_line = not ends_line(text)
            self._paper.write(text, name)

    def _text(self, event: Text) -> None:
        cleaner = self._cleaners.setdefault((event.name, event.foreign), Cleaner())
        text = cleaner.feed(event.text)
        if event.foreign or not self._trusts():
            text = coloured(text)
        if "\x1b" in text and not (look := self._look()).linear:
            text = suited(text, look)
            self._coloured = ends_coloured(text, self._coloured)
        if self._open_line and event.foreign != self._line_is_foreign:
            self._put("\n")
        self._line_is_foreign = event.foreign
        self._put(self._folded(text))

    def _folded(self, text: str) -> str:
        """What of a cell's text is to be shown now."""
        folding = self._folding
        if folding is None or ("\r" in text and "\n" not in text and not folding.begun):
            return text  # a bar, which stays where it is
        held = folding.begun
        shown = folding.feed(text)
        if folding.begun and not held:
            shown += f"\n{FOLDED}" if (not ends_line(shown) if shown else self._open_line) else FOLDED
        return shown

    def _value(self, event: Display | Result) -> None:
        self._block(*self._views.text(event))

    def _update(self, event: Update) -> None:
        if event.name:
            self._paper.change(event.name, lambda: self._views.text(event)[0])
        else:
            self._block(*self._views.text(event))

    def _error(self, event: Error) -> None:
        look = self._look()
        if event.foreign or not self._trusts():
            look = look._replace(link=no_link)
        self._block(render_error(event, look))

    def _input(self, event: TheirInput) -> None:
        code = self._highlight(clean(event.code))
        self._block("\n" + render_input(event.name, event.colour, event.count, code, self._look()))

    def _notice(self, event: Notice) -> None:
        self.say(event.sentence)

    def _rule(self, event: Rule) -> None:
        look = self._look()
        if look.linear:
            self.say(event.sentence)
            return
        line = f"── {event.sentence} ".ljust(min(look.width, RULE), "─")
        self._block(f"\x1b[2m{line}\x1b[0m\n" if look.colour else f"{line}\n")

    def _clear(self, event: ClearOutput) -> None:
        if self._folding:
            self._folding = _folding(self._fold_lines())
        self._paper.clear()
        self._views.clear()
        self._open_line = False


def _folding(lines: int) -> Folding | None:
    return Folding(lines, TAIL, letters=lines * LETTERS) if lines else None


_DRAW: Mapping[type, Callable[[Drawing, Any], None]] = {
    Text: Drawing._text,
    Display: Drawing._value,
    Update: Drawing._update,
    Result: Drawing._value,
    Error: Drawing._error,
    ClearOutput: Drawing._clear,
    TheirInput: Drawing._input,
    Notice: Drawing._notice,
    Busy: Drawing._notice,
    Rule: Drawing._rule,
}
