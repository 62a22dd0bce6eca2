"""What is typed while no prompt is up: kept for the next one, and shown below the output as what it is.

The keys are read as they are typed and handed to the next prompt as keys, so they mean there what they would
have meant: Enter runs a block when it is complete, arrows move, a question of `input()` is answered by what
was typed for it. Until then one line below the output shows them, dimmed, and they can be taken back:
Backspace takes the last one, also Enter, and Ctrl+U a line. Ctrl+C is the cell's, and forgets them all.

The line is drawn below the output (a cell may have gone back up in it: bars below each other) and the cursor
is brought back, so the output need not know of it. More output goes out in one piece with what wipes the line
before it and draws it behind it, so it stands still however much a cell prints.

A cell that ends at once pays nothing: nothing is read before `LISTEN_AFTER`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.utils import get_cwidth

from zconsole.frontend.plain import without_colour

LISTEN_AFTER = 0.05
"""Seconds that a cell has run before keys are read: most have ended by then."""

QUEUED = "queued: "
LEFT_OUT = "…"
ENTER = " ↵ "


class TypeAhead:
    """The keys that wait. `write` takes what is drawn, `columns` says how wide the terminal is, `line` what
    stands in the line where output goes on; without `shows` nothing is drawn."""

    def __init__(
        self,
        input: Input,
        write: Callable[[str], None],
        columns: Callable[[], int],
        line: Callable[[], str],
        *,
        shows: bool,
    ) -> None:
        self._input = input
        self._write = write
        self._columns = columns
        self._line = line
        self._shows = shows
        self._keys: list[KeyPress] = []
        self._listening: ExitStack | None = None
        self._begins: asyncio.TimerHandle | None = None
        self._image = ("", 0)
        self._drawn = False
        self._rows = 0

    def begin(self) -> None:
        """No prompt is up, and what is typed from now on is typed ahead."""
        self._rows = 0
        if self._begins is None and self._listening is None:
            self._begins = asyncio.get_running_loop().call_later(LISTEN_AFTER, self._listen)

    def end(self) -> None:
        """A prompt is coming, or another program: what was typed waits for the next prompt."""
        self.wipe()
        if self._begins:
            self._begins.cancel()
            self._begins = None
        if self._listening:
            self._listening.close()
            self._listening = None
            store_typeahead(self._input, self._keys)
            self._keys = []

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Within this the terminal is another program's."""
        self.end()
        try:
            yield
        finally:
            self.begin()

    def forget(self) -> None:
        """Throw away what was typed."""
        self.wipe()
        self._keys = []
        get_typeahead(self._input)

    def stop(self) -> str:
        """Take what was typed as a text that is to be edited, if Enter would have run something of it. Else
        it is empty, and the keys wait on."""
        keys = edited([], get_typeahead(self._input) + self._keys)
        while new := self._input.read_keys():
            keys = edited(keys, new)
        self.forget()
        if any(key.key in _ENTER for key in keys):
            return as_text(keys)
        store_typeahead(self._input, keys)
        return ""

    def wipe(self) -> None:
        """Something else is about to be written: nothing stands in its way any more."""
        self._write(self._wiping())

    def around(self, text: str, line: str) -> str:
        """Output as it is to be written, so that what waits is shown below it; `line` stands then in the line
        where it goes on."""
        wiping = self._wiping()
        if self._rows or ("\x1b" in text and _UP.search(text)):
            self._rows = rows_below(text, self._rows)
        return f"{wiping}{text}{self._drawing(line)}"

    def resized(self) -> None:
        """The terminal has another size: it may have made several lines of the one that shows what waits."""
        if self._drawn:
            self._drawn = False
            # it may have moved the cursor from an empty line to the first of them
            beside_output = self._rows or self._line()
            self._write(f"{_below(self._rows)}\x1b[J{_BACK}" if beside_output else "\r\x1b[J")
            self._show()

    def _listen(self) -> None:
        self._begins = None
        self._listening = ExitStack()
        try:
            self._listening.enter_context(self._input.attach(self._read))
        except EOFError:
            return  # it is no terminal
        self._keys = edited([], get_typeahead(self._input))
        if self._shows:
            # a paste is to come as one; the prompts switch this off as they end
            self._write(_PASTE_AS_ONE)
            self._listening.callback(self._write, _PASTE_AS_KEYS)
        self._show()

    def _read(self) -> None:
        self._keys = edited(self._keys, self._input.read_keys())
        self._show()

    def _show(self) -> None:
        self._image = ("", 0)
        self._write(self.around("", self._line()))

    def _wiping(self) -> str:
        drawn, self._drawn = self._drawn, False
        return f"{_below(self._rows)}{_BACK}" if drawn else ""

    def _drawing(self, line: str) -> str:
        if not self._keys or not self._shows:
            return ""
        columns = self._columns()
        width = get_cwidth(without_colour(line.rpartition("\r")[2]))
        if (width and not width % columns) or _HALF(line):
            return ""  # behind a full line the cursor is in no place to which it could be brought back
        if self._image[1] != columns:
            self._image = (shown(self._keys, columns), columns)
        self._drawn = True
        return f"{_below(self._rows)}\x1b[0;2m{self._image[0]}{_BACK}"


def edited(keys: Sequence[KeyPress], new: Iterable[KeyPress]) -> list[KeyPress]:
    """The keys that wait when these come: some take back what is there, where it is plain what that was."""
    result = list(keys)
    for key in new:
        line = _last_line(result)
        if key.key is Keys.Backspace and not any(map(_is_special, line)):
            del result[-1:]
        elif key.key is Keys.ControlU and not any(map(_is_special, line)):
            del result[-max(1, len(line)) :]
            if not line:  # it was an empty one, behind a block: that is taken back
                del result[len(result) - len(_last_line(result)) :]
        else:
            result.append(key)
    return result


def as_text(keys: Iterable[KeyPress]) -> str:
    """Keys as the text that they would have made; those that make none are left out."""
    text = ""
    for key in keys:
        if key.key is Keys.Backspace:
            text = text[:-1]
        else:
            text += _text(key)
    return text.rstrip("\n")


def shown(keys: Iterable[KeyPress], columns: int) -> str:
    """The line that shows the keys, no wider than the terminal: its end, when it is too long."""
    text = QUEUED + "".join(_sign(key) for key in keys)
    if get_cwidth(text) < columns:
        return text
    rest = text[-columns:]
    while get_cwidth(rest) > columns - 2:
        rest = rest[1:]
    return LEFT_OUT + rest


def rows_below(text: str, rows: int) -> int:
    """How many rows there are below the cursor behind an output, when there were so many before it."""
    for move in _MOVES.finditer(text):
        count = int(move[1] or 1) if move[2] else 1
        if move[2] == "J":
            rows = 0 if move[1] in ("", "0") else rows
        else:
            rows = rows + count if move[2] in ("A", "F") else max(0, rows - count)
    return rows


def _below(rows: int) -> str:
    """To the beginning of the line below so many others, which is wiped; the cursor's place is remembered."""
    down = f"\x1b[{rows}B" if rows else ""
    # there is a line below after ESC D, also on the last row
    return f"{down}\x1bD\x1b[{rows + 1}A\x1b7\x1b[{rows + 1}B\r\x1b[2K"


def _last_line(keys: Sequence[KeyPress]) -> Sequence[KeyPress]:
    """The keys behind the last Enter."""
    enters = [number for number, key in enumerate(keys) if key.key in _ENTER]
    return keys[enters[-1] + 1 :] if enters else keys


def _is_special(key: KeyPress) -> bool:
    return isinstance(key.key, Keys) and key.key is not Keys.BracketedPaste


def _text(key: KeyPress) -> str:
    if key.key in _ENTER:
        return "\n"
    if key.key is Keys.BracketedPaste:
        return key.data.replace("\r\n", "\n").replace("\r", "\n")
    return "" if isinstance(key.key, Keys) else key.data


def _sign(key: KeyPress) -> str:
    if text := _text(key):
        return "".join(each if each.isprintable() else " " for each in text.replace("\n", ENTER))
    name = str(getattr(key.key, "value", key.key))
    return _SIGNS.get(name) or (f"^{name[2:].upper()}" if name.startswith("c-") else "")


_ENTER = (Keys.ControlM, Keys.ControlJ)
_SIGNS = {"up": "↑", "down": "↓", "left": "←", "right": "→", "c-i": "⇥", "c-h": "⌫"}
_PASTE_AS_ONE, _PASTE_AS_KEYS = "\x1b[?2004h", "\x1b[?2004l"
_HALF = re.compile(r"\x1b(?:\[[0-9;?]*)?\Z").search  # a sequence whose rest is still to come
_UP = re.compile(r"\x1b\[\d*[AF]")
_MOVES = re.compile(r"\n|\x1b\[(\d*)([ABEFJ])")
_BACK = "\x1b8"
