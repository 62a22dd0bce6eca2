"""What is shown of a session to who comes back: the cells that ran while nobody looked. Pure.

Of each that ended behind the place that had been seen, or still runs, all is shown, from its beginning: it
reads as it would have. Long ones are folded, and of many the newest are shown; what is left out is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from zconsole.frontend.execution import ClearOutput, Event, Text, output
from zconsole.frontend.lengths import roughly
from zconsole.frontend.seats import Running
from zconsole.frontend.together import Notice, TheirInput, whose
from zconsole.journal.cells import Cell, Output, Past
from zconsole.journal.entries import Entry
from zconsole.message import Content, Header, Message

FIRST, LAST = 20, 200
"""Lines of a cell's text that are shown from its beginning and its end."""

CELLS = 20
"""Cells that are shown."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that parts what was from what is."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes of the record that were not read: there is too much of it."""

    size: int


Told = Event | TheirInput | Notice | Rule


@dataclass(frozen=True, slots=True)
class Away:
    """What was missed: the `past`; the msg_ids of the cells that `had_ended` before; `since` and `now`
    (seconds since the epoch); the cell that `runs`; `name`, what we are called; `earlier`, the number of the
    first of still more cells."""

    past: Past
    had_ended: Collection[str]
    since: float
    now: float
    runs: Cell | None
    name: str
    earlier: int | None = None

    def told(self, content: Callable[[Output], Content]) -> Iterator[Told]:
        """What is to be shown; `content` finds that of an output."""
        cells = [cell for cell in self.past.cells if cell.msg_id not in self.had_ended]
        gaps = [gap for gap in self.past.gaps if gap.at > self.since or _is_unread(gap)]
        if not cells:
            yield from (Notice(_gap(gap, self.now)) for gap in gaps)
            yield Rule(f"Nothing has been run since {_clock(self.since, self.now)}.")
            return
        yield Rule(f"While you were away, since {_clock(self.since, self.now)} ({self._long(self.since)}):")
        unread = max((gap.at for gap in gaps if _is_unread(gap)), default=0.0)
        left_out = cells[:-CELLS]
        if self.earlier is not None:
            yield Notice(
                f"More cells were run before these, from In [{self.earlier}] on; "
                "%reopen with a number shows one."
            )
        elif left_out:
            yield Notice(
                f"{len(left_out)} more cells were run, {_in(left_out[0])} to {_in(left_out[-1])}; "
                "%reopen with a number shows one."
            )
        for cell in cells[-CELLS:]:
            yield TheirInput("" if cell.username == self.name else cell.username, cell.count, cell.code)
            yield from folded(self._outputs(cell, gaps, content), cell.count)
            if cell.cut:
                yield Notice(f"{_in(cell)} has said more than is recorded.")
            elif self._is_open(cell) and cell.started >= unread:  # else its end may be in what is not read
                yield Notice(f"The end of {_in(cell)} was not heard.")
        yield from (Notice(_gap(gap, self.now)) for gap in gaps)
        yield Rule(self._now())

    @property
    def running(self) -> Running | None:
        """The cell that runs."""
        if (cell := self.runs) is None:
            return None
        since = datetime.fromtimestamp(cell.started, UTC)
        return Running(cell.count, cell.code, since, cell.session, cell.username)

    @property
    def number(self) -> int | None:
        """The number of the next cell, as far as it can be known."""
        life = len(self.past.lives) - 1
        return max((cell.count + 1 for cell in self.past.cells if cell.life == life), default=None)

    def _now(self) -> str:
        if self.runs is None:
            return "That was it."
        since = f"since {_clock(self.runs.started, self.now)} ({self._long(self.runs.started)})"
        return f"{_in(self.runs)} still runs, {since}:"

    def _is_open(self, cell: Cell) -> bool:
        return cell.status in ("lost", "running") and cell is not self.runs

    def _long(self, since: float) -> str:
        return roughly(self.now - since)

    def _outputs(
        self, cell: Cell, gaps: list[Entry], content: Callable[[Output], Content]
    ) -> Iterator[Event | Notice | Unread]:
        for each in cell.outputs:
            while gaps and cell.started < gaps[0].at <= each.at:
                gap = gaps.pop(0)
                yield Unread(gap.fields["unread"]) if _is_unread(gap) else Notice(_gap(gap, self.now))
            message = Message(Header(each.msg_id, each.msg_type), None, content(each), each.metadata)
            if each.msg_type == "clear_output":
                yield ClearOutput()
            elif event := output(message, foreign=cell.username != self.name):
                yield event


def folded(events: Iterable[Event | Notice | Unread], count: int) -> Sequence[Event | Notice]:
    """What a cell has said, without the middle of a long text, and without what it has cleared."""
    pieces: list[Event | Notice | Unread] = []
    for event in events:
        if isinstance(event, ClearOutput):
            pieces.clear()
        elif isinstance(event, Text):
            pieces += (replace(event, text=line) for line in event.text.splitlines(keepends=True))
        else:
            pieces.append(event)
    ends = [at for at, piece in enumerate(pieces) if isinstance(piece, Text) and piece.text.endswith("\n")]
    if len(ends) <= FIRST + LAST:
        return [_left_out(0, piece.size, count) if isinstance(piece, Unread) else piece for piece in pieces]
    before, behind = ends[FIRST - 1] + 1, ends[-LAST - 1] + 1
    unread = sum(piece.size for piece in pieces if isinstance(piece, Unread))
    said = _left_out(len(ends) - FIRST - LAST, unread, count)
    middle = [piece for piece in pieces[before:behind] if not isinstance(piece, Text)]
    kept = [*pieces[:before], said, *middle, *pieces[behind:]]
    return [piece for piece in kept if not isinstance(piece, Unread)]


def _left_out(lines: int, unread: int, count: int) -> Notice:
    parts = [f"{lines:,} lines"] * bool(lines) + [f"{unread >> 20} MB"] * bool(unread)
    return Notice(f"… {' and '.join(parts)} are not shown; %reopen {count} shows them …")


def _is_unread(gap: Entry) -> bool:
    """Whether what is missing is in the record, and only too much to be read."""
    return "unread" in gap.fields


def _gap(gap: Entry, now: float) -> str:
    if _is_unread(gap):
        return f"… {gap.fields['unread'] >> 20} MB are not shown; %reopen with a number shows a cell …"
    since, missed = gap.fields.get("since"), gap.fields.get("missed")
    when = "Here"
    if isinstance(since, int | float):
        when = f"From {_clock(since, now)} to {_clock(gap.at, now)}"
    what = f"up to {missed:,} messages are" if isinstance(missed, int) else "what was said then is"
    return f"{when} nobody listened: {what} missing."


def _in(cell: Cell) -> str:
    return whose(Running(cell.count))


def _clock(at: float, now: float) -> str:
    moment = datetime.fromtimestamp(at)
    today = moment.date() == datetime.fromtimestamp(now).date()
    return f"{moment:%H:%M:%S}" if today else f"{moment:%Y-%m-%d %H:%M}"
