"""What we say to the terminal itself, beside the text, and what it says of itself.

Said to it: where a block's output begins and ends (`marks`), what was cut (`clipboard`), that a long cell has
ended (`notice`). Asked, once: how it can show pictures, and the colour of its background when that decides
something; and while a block runs, where the focus is. Nothing waits for an answer, and a terminal that would
print all this gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.asking import BACKGROUND, Replies, colour, hear_out
from zconsole.frontend.prompt.device.capability import ATTRIBUTES, query
from zconsole.frontend.prompt.device.graphics import Graphics
from zconsole.frontend.prompt.device.marks import FOCUS_OFF, FOCUS_ON, OUTPUT, ended
from zconsole.frontend.prompt.device.tty import Tty
from zconsole.frontend.prompt.looks.colours import Colours

if TYPE_CHECKING:
    from zconsole.frontend.prompt.outcome import Outcome


class Dialogue:
    """The dialogue with one terminal. `learned` is called when the colours have become others by an
    answer."""

    def __init__(
        self,
        tty: Tty,
        input: Input,
        replies: Replies,
        preferences: Preferences,
        environment: Mapping[str, str],
        colours: Colours,
        graphics: Graphics,
        learned: Callable[[], None],
    ) -> None:
        self._tty = tty
        self._input = input
        self._replies = replies
        self._preferences = preferences
        self._environment = environment
        self._colours = colours
        self._graphics = graphics
        self._learned = learned
        self._asked = self._marked = False
        self._focus = ""
        replies.heard = self._heard

    def before_block(self, outcome: Outcome | None) -> None:
        """A block is going to be read; `outcome` is that of the last, None when it was no cell."""
        self._tty.switch()
        if self._marked:
            self._marked = False
            self._tty.write(ended(outcome.failed if outcome else None))
        if not self._asked:
            self._asked = True
            self._ask()

    def _ask(self) -> None:
        background = BACKGROUND if self._colours.wants_to_know else ""
        pictures = query(self._environment)
        if question := background + (pictures or (background and ATTRIBUTES)):
            self._replies.expect()
            self._tty.write(question)

    def behind_block(self) -> None:
        """A block has been read, and runs."""
        now = self._preferences.now
        if now.marks:
            self._marked = True
            self._tty.write(OUTPUT)
        self._focus = ""
        if now.notify_after and now.notify != "none":
            self._tty.switch(FOCUS_ON, FOCUS_OFF)

    def ended(self, outcome: Outcome) -> None:
        """The cell has ended: the user is told when he looks elsewhere."""
        now = self._preferences.now
        if not now.notify_after or outcome.seconds < now.notify_after:
            return
        # where the focus went is among what was typed meanwhile, which nobody has read yet
        store_typeahead(self._input, get_typeahead(self._input) + self._input.read_keys())
        if self._focus == "O":
            from zconsole.frontend.prompt.device.notice import notice

            self._tty.write(notice(outcome, now.notify, self._environment))

    def leave(self) -> None:
        """The session ends."""
        if not self._tty.gone:
            hear_out(self._input, self._replies)

    def _heard(self, kind: str, words: str) -> None:
        if kind == "focus":
            self._focus = words
        elif kind == "picture":
            self._graphics.hear(words)
        elif (ground := colour(words)) is not None:
            before = self._colours.look.background
            self._colours.hear(ground)
            if self._colours.look.background != before:
                self._learned()
