"""What the terminal says of itself, taken out of what the user types.

A question to the terminal is written and nothing waits for the answer: it comes among the keys, at once or
two seconds later, whole or in pieces, at the prompt or while a cell runs. So everything that is read goes
through `Replies`, which takes answers out wherever they stand. What belongs to a paste is left alone.

What has begun like an answer waits for its rest. A key can begin so as well (Esc, Meta-[): those are handed
on where the line editor stops waiting for more (`flush_keys`). The last question is one that every terminal
answers (DA1), so its answer ends the waiting; after `PATIENCE` nothing is expected any more.
"""

from __future__ import annotations

import re
import select
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from prompt_toolkit.input import Input, create_input
from prompt_toolkit.key_binding.key_processor import KeyPress

from zconsole.frontend.palette import Rgb

if TYPE_CHECKING:
    from prompt_toolkit.input.posix_utils import PosixStdinReader

BACKGROUND = "\x1b]11;?\x1b\\"
"""Asks for the colour of the background. Behind all questions comes the one that every terminal answers."""

PATIENCE = 10.0
"""Seconds after which no answer is expected any more: ssh around the world and back, several times."""

AT_LEAVING = 0.5
"""Seconds from the question for which its answer is waited for when the session ends: behind that it would be
typed into the shell."""

Heard = Callable[[str, str], None]
"""Is called with what has been heard, and the terminal's words: "background" and a colour, as `colour`
takes it; "focus" and I or O, for in and out; "picture" and an answer as `capability.heard` takes it."""


def _nobody(kind: str, words: str) -> None:
    pass


class Replies:
    """The answers in a stream of keys; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.heard: Heard = _nobody
        """Gets them."""
        self._clock = clock
        self._asked: float | None = None
        self._held = ""
        self._pasting = False

    def expect(self) -> None:
        """A question is being asked."""
        self._asked = self._clock()

    @property
    def age(self) -> float | None:
        """Seconds since the question that has no answer yet; None when there is none."""
        if self._asked is not None and self._clock() - self._asked > PATIENCE:
            self._asked = None
        return None if self._asked is None else self._clock() - self._asked

    def take(self, data: str) -> str:
        """What has been read, without the answers in it."""
        if "\x1b" not in data and not self._held:
            return data
        data, self._held = re.sub(_REPLY, self._reply, self._held + data), ""
        if begun := re.search(_BEGUN, data):
            self._held = begun[0]
            return data[: begun.start()]
        return data

    def release(self) -> str:
        """What is held back and may be a key; nobody is going to wait for more."""
        if self.age is not None and self._held.startswith(_NO_KEY):
            return ""  # no key begins so
        held, self._held = self._held, ""
        return held

    def _reply(self, found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        if kind == "paste":
            self._pasting = found[0] == _PASTE
        if kind == "paste" or self._pasting:
            return found[0]
        if kind == "attributes":
            self._asked, kind = None, "picture"
        self.heard(kind, found[0] if kind == "picture" else found[kind])
        return ""


_PASTE = "\x1b[200~"

# they are compiled when they are used, which is behind the first prompt
_REPLY = (
    r"\x1b\]11;(?P<background>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(?P<attributes>\x1b\[\?[0-9;]*c)"
    r"|(?P<picture>\x1b(?:_Gi=31;[^\x1b]*\x1b\\|P>\|[^\x1b]*\x1b\\|\[6;[0-9]+;[0-9]+t|\[\?[0-9;]+S))"
    r"|\x1b\[(?P<focus>[IO])"
    r"|(?P<paste>\x1b\[20[01]~)"
)
_BEGUN = (
    r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?)?"
    r"|\[(?:\?[0-9;]{0,40}|2?|20[01]?|6(?:;[0-9]{0,5}(?:;[0-9]{0,5})?)?)?"
    r"|_(?:G(?:i(?:=(?:3(?:1(?:;[^\x1b]{0,200}\x1b?)?)?)?)?)?)?"
    r"|P(?:>(?:\|[^\x1b]{0,200}\x1b?)?)?"
    r")?\Z"
)
_NO_KEY = ("\x1b]1", "\x1b[?", "\x1b[6;", "\x1b_G", "\x1bP>")


def colour(words: str) -> Rgb | None:
    """A colour in the words of a terminal: `rgb:ffff/ffff/ffff`, with one to four digits each, or `#ffffff`;
    None when it is none of these."""
    found = re.fullmatch(_RGB, words) or re.fullmatch(_HASH, words)
    if found is None:
        return None
    red, green, blue = (round(255 * int(part, 16) / (16 ** len(part) - 1)) for part in found.group(1, 2, 3))
    return red, green, blue


_RGB = r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?"
_HASH = r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})"


class Sifter:
    """A reader whose text goes through `replies`."""

    def __init__(self, reader: PosixStdinReader, replies: Replies) -> None:
        self._reader = reader
        self._replies = replies

    def read(self, count: int = 1024) -> str:
        """What has been typed, as `PosixStdinReader.read`."""
        return self._replies.take(self._reader.read(count))

    @property
    def closed(self) -> bool:
        """Whether the input has ended."""
        return self._reader.closed


def keyboard(replies: Replies, stdin: TextIO) -> Input:
    """The keyboard, its answers to questions taken out; while output is put above the prompt it is not
    switched to echoing. On Windows there are no answers: nothing may be asked."""
    if sys.platform == "win32":
        return create_input(stdin)
    from prompt_toolkit.input.vt100 import Vt100Input

    class Keyboard(Vt100Input):
        def __init__(self) -> None:
            super().__init__(stdin)
            self.stdin_reader: Any = Sifter(self.stdin_reader, replies)

        def flush_keys(self) -> list[KeyPress]:
            self.vt100_parser.feed(replies.release())
            return super().flush_keys()

        def cooked_mode(self) -> AbstractContextManager[None]:
            return nullcontext()

    return Keyboard()


def hear_out(input: Input, replies: Replies) -> None:
    """Wait for an answer that is still to come, but not long: the session ends. What is there is read
    anyway."""
    while (age := replies.age) is not None and not input.closed:
        ready, _, _ = select.select([input.fileno()], [], [], max(0.0, AT_LEAVING - age))
        if ready:
            input.read_keys()
        if not ready or age > AT_LEAVING:
            return
