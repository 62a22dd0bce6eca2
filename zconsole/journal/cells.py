"""Entries become cells: who ran what, what came of it, how it ended. Pure.

A cell begins with its execute_input; what has the same parent is its output; it ends with idle. What was
running when the kernel died is `lost`, and so is what was on its way when nothing ran: it may have been what
the kernel died of. A cell whose end may be in a gap is lost as well, once another has begun. Output behind
the end of a cell (threads) belongs to it still.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zconsole.journal.entries import Entry

OUTPUTS = frozenset(
    {"stream", "display_data", "update_display_data", "execute_result", "error", "clear_output"}
)
"""The types of messages that are output of a cell."""


@dataclass(slots=True)
class Output:
    """One output message: `at` in seconds since the epoch; `content` is None when the file `blob` has it."""

    msg_type: str
    at: float
    content: Mapping[str, Any] | None
    metadata: Mapping[str, Any]
    msg_id: str
    blob: str = ""


@dataclass(slots=True)
class Cell:
    """One cell. `count` is its `In [count]`; `msg_id` its request's, `session` and `username` who sent it;
    `life` the number of the kernel's life, from 0; `started` and `ended` in seconds since the epoch."""

    count: int
    code: str
    msg_id: str
    session: str
    username: str
    life: int
    started: float
    ended: float | None = None
    status: str = "running"
    """running, ok, error (also an interrupt), or lost: the kernel died, or was ended, in it, or nobody heard
    its end."""
    outputs: list[Output] = field(default_factory=list)
    asked: bool = False
    """Whether it has asked for a line of input."""
    cut: bool = False
    """Whether it has said more than is recorded."""

    @property
    def seconds(self) -> float | None:
        """How long it ran; None while it runs."""
        return None if self.ended is None else max(0.0, self.ended - self.started)

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The content of the error that ended it."""
        errors = (output.content for output in self.outputs if output.msg_type == "error")
        return next((content for content in errors if content is not None), None)


@dataclass(slots=True)
class Past:
    """A session: `about` are the fields of its first entry; `lives`, `deaths`, `gaps`, `owners` the entries
    of those kinds. `asking` are input_requests without an answer, by msg_id. `clean` whether it was
    ended as its user wanted."""

    about: Mapping[str, Any] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    lives: list[Entry] = field(default_factory=list)
    deaths: list[Entry] = field(default_factory=list)
    gaps: list[Entry] = field(default_factory=list)
    owners: list[Entry] = field(default_factory=list)
    asking: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    last: float = 0.0
    """When the newest entry was written."""
    clean: bool = False
    _by_id: dict[str, Cell] = field(default_factory=dict, repr=False)
    _running: dict[str, Cell] = field(default_factory=dict, repr=False)
    _waiting: dict[str, Cell] = field(default_factory=dict, repr=False)
    _unsure: list[Cell] = field(default_factory=list, repr=False)
    _number: int = 1

    def feed(self, entry: Entry) -> None:
        """Take the next entry."""
        self.last = max(self.last, entry.at)
        self.clean = entry.kind == "end"
        if take := _TAKE.get(entry.kind):
            take(self, entry)

    @property
    def running(self) -> Sequence[Cell]:
        """The cells that run."""
        return list(self._running.values())

    @property
    def waiting(self) -> Sequence[Cell]:
        """The cells that were on their way when the newest entry was written; their numbers are not known."""
        return list(self._waiting.values())

    def _session(self, entry: Entry) -> None:
        self.about = entry.fields

    def _life(self, entry: Entry) -> None:
        self._lost(entry.at)
        self.lives.append(entry)
        self._number = _whole(entry.fields.get("first"), 1)

    def _death(self, entry: Entry) -> None:
        if not self.running:
            for cell in list(self._waiting.values()):
                self._begin(cell, self._number)
        self._lost(entry.at)
        self.deaths.append(entry)

    def _gap(self, entry: Entry) -> None:
        self.gaps.append(entry)
        self._unsure = list(self.running)

    def _owner(self, entry: Entry) -> None:
        self.owners.append(entry)

    def _end(self, entry: Entry) -> None:
        self._lost(entry.at)

    def _lost(self, at: float) -> None:
        self.asking.clear()
        self._waiting.clear()
        for cell in self.running:
            self._ends(cell, "lost", at)

    def _ends(self, cell: Cell, status: str, at: float) -> None:
        if self._running.pop(cell.msg_id, None):
            cell.status, cell.ended = status, at

    def _sent(self, entry: Entry) -> None:
        header = _object(entry.fields.get("header"))
        cell = self._cell(header, entry.fields.get("code"), entry.at)
        if cell.msg_id not in self._by_id:
            self._waiting[cell.msg_id] = cell

    def _cell(self, header: Mapping[str, Any], code: object, at: float) -> Cell:
        msg_id, session, username = (str(header.get(name, "")) for name in ("msg_id", "session", "username"))
        return Cell(0, str(code or ""), msg_id, session, username, max(0, len(self.lives) - 1), at)

    def _begin(self, cell: Cell, count: int) -> None:
        self._waiting.pop(cell.msg_id, None)
        for unsure in self._unsure:
            self._ends(unsure, "lost", cell.started)
        self._unsure = []
        cell.count, self._number = count, count + 1
        self.cells.append(cell)
        self._by_id[cell.msg_id] = self._running[cell.msg_id] = cell

    def _cut(self, entry: Entry) -> None:
        if cell := self._by_id.get(str(entry.fields.get("parent", ""))):
            cell.cut = True

    def _answer(self, entry: Entry) -> None:
        self.asking.pop(str(entry.fields.get("parent", "")), None)

    def _message(self, entry: Entry) -> None:
        header, parent = _object(entry.fields.get("header")), _object(entry.fields.get("parent"))
        msg_type, parent_id = header.get("msg_type"), str(parent.get("msg_id", ""))
        content = _object(entry.fields.get("content"))
        if msg_type in OUTPUTS and (silent := self._waiting.get(parent_id)):
            self._begin(silent, self._number)  # some kernels publish no execute_input
        cell = self._by_id.get(parent_id)
        if msg_type == "execute_input" and cell is None:
            new = self._cell(parent, content.get("code"), entry.at)
            self._begin(new, _whole(content.get("execution_count"), self._number))
        elif msg_type == "execute_input" and cell:
            cell.count = _whole(content.get("execution_count"), cell.count)
            self._number = cell.count + 1
        elif msg_type == "input_request":
            self.asking[str(header.get("msg_id", ""))] = entry.fields
            if cell:
                cell.asked = True
        elif msg_type == "input_gone":
            self.asking.pop(parent_id, None)
        elif cell is None:
            if msg_type == "status" and content.get("execution_state") == "idle":
                self._waiting.pop(parent_id, None)  # refused, because another had failed
        elif msg_type == "status" and content.get("execution_state") == "idle":
            self._ends(cell, "ok" if cell.error is None else "error", entry.at)
            self.asking = {
                msg_id: asked
                for msg_id, asked in self.asking.items()
                if _object(asked.get("parent")).get("msg_id") != parent_id
            }
        elif msg_type in OUTPUTS:
            blob = str(entry.fields.get("blob", ""))
            cell.outputs.append(
                Output(
                    str(msg_type),
                    entry.at,
                    None if blob else content,
                    _object(entry.fields.get("metadata")),
                    str(header.get("msg_id", "")),
                    blob,
                )
            )


def past(entries: Iterable[Entry]) -> Past:
    """What a journal's entries tell."""
    told = Past()
    for entry in entries:
        told.feed(entry)
    return told


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: object, otherwise: int) -> int:
    return value if type(value) is int else otherwise


_TAKE = {
    "session": Past._session,
    "life": Past._life,
    "death": Past._death,
    "gap": Past._gap,
    "owner": Past._owner,
    "end": Past._end,
    "cut": Past._cut,
    "answer": Past._answer,
    "sent": Past._sent,
    "message": Past._message,
}
