"""The terminals of the front ends, as they tell of them: with each cell, and when one is resized.

Noted by the I/O thread, read by all: a terminal is replaced in one step. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from zconsole.kernel.kernel import BadRequest, request_field
from zconsole.message import Message

KEY = "terminal"
"""What an execute_request's metadata call the description of a terminal."""

MAX_TERMINALS = 256
"""Sessions whose terminals are remembered; what was told first is forgotten first."""

MOST = 10_000
"""Columns or rows, and pixels of a cell, that are believed."""


class Terminal(NamedTuple):
    """A terminal: its size in character cells; bits of colour (1, 4, 8, 24); "dark" or "light"; how pictures
    are drawn there, as the front end calls it; width and height of a cell in pixels."""

    columns: int = 80
    rows: int = 24
    color_depth: int = 8
    background: str = "dark"
    graphics: str = ""
    cell: tuple[int, int] = (8, 16)


class Terminals:
    """The terminals, by the session of their front end."""

    resized: Callable[[Terminal], None]
    """Is called (in the I/O thread) when the terminal has changed for which a cell runs."""

    def __init__(self) -> None:
        self._terminals: dict[str, Terminal] = {}
        self.resized = _nothing

    def of(self, session: str) -> Terminal | None:
        """The terminal of a session; None for a front end that has none, or has not told."""
        return self._terminals.get(session)

    def arrived(self, request: Message) -> None:
        """A request has come; it may tell of its sender's terminal. What is no description is passed over:
        metadata are free."""
        described = request.metadata.get(KEY)
        if isinstance(described, dict) and (terminal := _terminal(described)):
            self._note(request.header.session, terminal)

    def request(self, request: Message) -> Terminal:
        """A terminal_request has come: the terminal it tells of. Raises BadRequest."""
        for name in ("columns", "rows"):
            request_field(request, name, int)
        if not (terminal := _terminal(request.content)):
            raise BadRequest(f"'columns' and 'rows' in terminal_request have to be from 1 to {MOST}")
        self._note(request.header.session, terminal)
        return terminal

    def _note(self, session: str, terminal: Terminal) -> None:
        if self._terminals.get(session) == terminal:
            return
        self._terminals[session] = terminal
        if len(self._terminals) > MAX_TERMINALS:
            del self._terminals[next(iter(self._terminals))]


def _nothing(terminal: Terminal) -> None:
    pass


def _terminal(told: Mapping[str, object]) -> Terminal | None:
    size = [told.get(name) for name in ("columns", "rows")]
    if not all(_is_size(number) for number in size):
        return None
    terminal = Terminal(*size)  # type: ignore[arg-type]  # they are sizes
    depth, background, graphics, cell = (told.get(name) for name in Terminal._fields[2:])
    if depth in (1, 4, 8, 24):
        terminal = terminal._replace(color_depth=depth)
    if background in ("dark", "light"):
        terminal = terminal._replace(background=background)
    if isinstance(graphics, str):
        terminal = terminal._replace(graphics=graphics[:32])
    if isinstance(cell, list) and len(cell) == 2 and all(_is_size(number) for number in cell):
        terminal = terminal._replace(cell=(cell[0], cell[1]))
    return terminal


def _is_size(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MOST
