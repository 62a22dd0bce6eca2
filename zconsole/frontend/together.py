"""What others do on the same kernel: messages in, events out. Pure but for the clock that is handed in.

Everything on iopub that is not an answer to our own cell comes here: cells of other front ends, their output
and ours that is late, who comes and goes; and from stdin the questions of others' cells. Who somebody is
follows from the header of his request: by the list of seats where the kernel keeps one, which is the same on
every screen; else by the username, numbered here when two sessions have the same.

What runs is known from busy, execute_input and idle of others' requests, and at the start from the kernel's
`seat_reply`, or, of a kernel without seats, from its silence on shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from zconsole.frontend import seats
from zconsole.frontend.execution import AskInput, Event, output
from zconsole.frontend.lengths import roughly
from zconsole.frontend.palette import PEOPLE
from zconsole.frontend.seats import Running, Seat
from zconsole.message import Content, Header, Message

SHOWN = 60
"""Characters of somebody's code that are shown in a sentence."""

COLOURS = len(PEOPLE["dark"])

SOMEBODY = "somebody"
"""Who sends no name."""


@dataclass(frozen=True, slots=True)
class TheirInput:
    """`name` runs `code` as `In [count]`; an empty name is oneself. `colour` is the number of a colour."""

    name: str
    count: int
    code: str
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence about the others."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Busy(Notice):
    """What the kernel runs to which we have come."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The next cell will be `In [count]`."""

    count: int


@dataclass(frozen=True, slots=True)
class Question:
    """A cell of `whose`, as "ada's In [7]", asks for a line."""

    whose: str
    asked: AskInput


Overheard = Event | TheirInput | Notice | Numbered


class Together:
    """The others on our kernel. `name` is ours; with `quiet` what they type and get is not shown, and their
    questions are not told."""

    def __init__(self, name: str, now: Callable[[], datetime], *, quiet: bool = False) -> None:
        self.name = self.wanted_name = name or SOMEBODY
        """What we are called, and what we would be called."""
        self.seats: Sequence[Seat] = ()
        self.questions: dict[str, Question] = {}
        """What may be answered from here, by the msg_id of the input_request."""
        self.waiting = 0
        """How many questions had no answer when we took our seat; each is offered to us."""
        self._now = now
        self.quiet = quiet
        self._session = ""
        self._names: dict[str, str] = {}
        self._colours: dict[str, int] = {}
        self._running: dict[str, Running] = {}
        self._ended: set[str] = set()

    def begin(self, session: str) -> None:
        """A kernel begins to live, or another one is ours from now on; we are `session` to it."""
        self.name, self.seats, self._session = self.wanted_name, (), session
        self.forget_running()
        self._names.clear()
        self.questions.clear()

    def forget_running(self) -> None:
        """What runs is not known any more."""
        self._running.clear()

    @property
    def others(self) -> Sequence[str]:
        """The names of those who are attached, without us."""
        return [seat.name for seat in self.seats if seat.session != self._session]

    @property
    def running(self) -> Running | None:
        """The cell of somebody else that the kernel is known to run."""
        return next(iter(self._running.values()), None)

    def is_theirs(self, message: Message) -> bool:
        """Whether this comes of a request of somebody else."""
        parent = message.parent_header
        return parent is not None and parent.session not in ("", self._session)

    # --- the seats

    def joining(self) -> None:
        """We ask for a seat; what ends from now on does not run, even if the answer, which comes over another
        socket, says so."""
        self._ended.clear()

    def joined(self, reply: Content) -> list[Overheard]:
        """We have a seat, by a `seat_reply`."""
        self.seats = seats.seats(reply)
        self.name = str(reply.get("name") or self.name)
        self.waiting = seats.number(reply.get("asking")) or 0
        events: list[Overheard] = []
        if (count := seats.number(reply.get("execution_count"))) is not None:
            events.append(Numbered(count))
        found = seats.running(reply)
        if found and found.session not in (self._session, *self._ended):
            self._running[found.session] = found
            events.append(Busy(busy_sentence(found, self._now())))
        return events

    def came_to(self, running: Running) -> None:
        """The kernel runs this, as was recorded before we came."""
        self._running.setdefault(running.session, running)

    def silent(self) -> list[Overheard]:
        """The kernel is up and does not answer on shell: it runs something."""
        if self._running:
            return []  # somebody has begun meanwhile, and that has been shown
        self._running[""] = Running()
        return [Busy(busy_sentence(Running(), self._now()))]

    def spoke(self) -> None:
        """It answers on shell again."""
        self._running.pop("", None)

    def _seats(self, message: Message) -> Iterable[Overheard]:
        """Who is attached has changed."""
        content = message.content
        self.seats = seats.seats(content)
        self.name = next((seat.name for seat in self.seats if seat.session == self._session), self.name)
        for field, verb in (("came", "come"), ("gone", "gone")):
            found = [name for name in seats.names(content, field) if name != self.name]
            if found:
                yield Notice(f"{listed(found)} {'has' if len(found) == 1 else 'have'} {verb}.")

    # --- their cells

    def overhear(self, message: Message) -> list[Overheard]:
        """What a message on iopub means that is not of a cell of ours that we wait for."""
        if handler := _HANDLERS.get(message.msg_type):
            return list(handler(self, message))
        theirs = self.is_theirs(message)
        event = output(message, foreign=theirs)
        return [] if event is None or (self.quiet and theirs) else [event]

    def name_of(self, header: Header) -> str:
        """Who has sent a request, by a name that is nobody else's."""
        for seat in self.seats:
            if seat.session == header.session:
                return seat.name
        if header.session not in self._names:
            taken = {self.name, *(seat.name for seat in self.seats), *self._names.values()}
            self._names[header.session] = _unique(seats.printable(header.username) or SOMEBODY, taken)
        return self._names[header.session]

    def _colour(self, name: str) -> int:
        """By the name, so that it is the same on every screen; but no two have one as long as there are
        enough."""
        for each in (*(seat.name for seat in self.seats), name):
            if each not in self._colours:
                first, taken = crc32(each.encode()) % COLOURS, set(self._colours.values())
                turns = [(first + turn) % COLOURS for turn in range(COLOURS)]
                self._colours[each] = next((turn for turn in turns if turn not in taken), first)
        return self._colours[name]

    def _execute_input(self, message: Message) -> Iterable[Overheard]:
        parent, count = message.parent_header, seats.number(message.content.get("execution_count"))
        if parent is None or count is None or not self.is_theirs(message):
            return
        name, code = self.name_of(parent), str(message.content.get("code", ""))
        since = seats.moment(message.header.date)
        self._running[parent.session] = Running(count, code, since, parent.session, name)
        if not self.quiet:
            yield TheirInput(name, count, code, self._colour(name))
        yield Numbered(count + 1)

    def _status(self, message: Message) -> Iterable[Overheard]:
        parent, state = message.parent_header, message.content.get("execution_state")
        if parent is None or parent.msg_type != "execute_request" or not self.is_theirs(message):
            return ()
        if state == "busy":
            since = seats.moment(message.header.date)
            new = Running(None, "", since, parent.session, self.name_of(parent))
            self._running.setdefault(parent.session, new)
        elif state == "idle":
            self._running.pop(parent.session, None)
            self._ended.add(parent.session)
            self.spoke()
        return ()

    # --- their questions

    def asked(self, message: Message) -> list[Overheard]:
        """An input_request that no cell of ours waits for."""
        content, parent = message.content, message.parent_header
        asked = AskInput(message, str(content.get("prompt", "")), bool(content.get("password", False)))
        found = self._running.get(parent.session) if parent else None
        name = self.name_of(parent) if parent and self.is_theirs(message) else ""
        question = Question(whose(found or Running(name=name)), asked)
        self.questions[message.msg_id] = question
        if self.quiet:
            return []
        prompt = shortened(asked.prompt.strip())
        asker = question.whose.replace("a cell", "A cell") if not name else question.whose
        return [Notice(f"{asker} asks: {prompt} (%answer to answer)")]

    def answered(self, message: Message) -> list[Overheard]:
        """An input_gone: nobody waits any more for one of `questions`."""
        question = self.questions.pop(message.parent_id, None)
        if question is None or self.quiet:
            return []
        by = str(message.content.get("by") or "")
        return [Notice(f"{question.whose}: {gone_sentence(by)}")]


def gone_sentence(by: str) -> str:
    """What is said of a question that is over; `by` whom it was answered, empty for nobody."""
    return f"answered by {by}." if by else "nobody waits for an answer any more."


def busy_sentence(running: Running, now: datetime) -> str:
    """What a kernel runs that we have come to."""
    if running == Running():
        return "The kernel is busy."
    sentence = f"The kernel runs {whose(running)}"
    if running.since:
        local = running.since.astimezone()
        sentence += f" since {local:%H:%M:%S} ({roughly((now - running.since).total_seconds())})"
    return f"{sentence}: {shortened(running.code)}" if running.code.strip() else f"{sentence}."


def whose(running: Running) -> str:
    """A cell in a sentence: "ada's In [7]", "In [7]", "ada's cell", "a cell"."""
    what = "cell" if running.count is None else f"In [{running.count}]"
    if running.name:
        return f"{running.name}'s {what}"
    return "a cell" if running.count is None else what


def shortened(text: str) -> str:
    """The first line of a text, and of that not too much."""
    first, _, rest = text.strip().partition("\n")
    cut = seats.printable(first)[:SHOWN].rstrip()
    return cut + "…" if rest or len(first) > SHOWN else cut


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "ada", "ada and bob", "ada, bob and carl"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def missed_sentence(stopped: float | None, missed: int, before: int, now: int) -> str:
    """What was missed while the program was stopped (seconds, None when that is not known); the number of the
    next cell `before` and `now`. Empty when there is nothing to say."""
    if not missed:
        return ""
    length = f"Stopped for {roughly(stopped)}; " if stopped is not None else ""
    if missed < 0:  # it counts from the beginning of the kernel's life
        return f"{length}the kernel has been started again meanwhile."
    cells = {0: "", 1: f", In [{before}]"}.get(max(0, now - before), f", In [{before}] to In [{now - 1}]")
    messages = "1 message was" if missed == 1 else f"{missed:,} messages were"
    return f"{length}{messages} missed{cells}."


def _unique(name: str, taken: Iterable[str]) -> str:
    taken, number, found = set(taken), 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


_HANDLERS: Mapping[str, Callable[[Together, Message], Iterable[Overheard]]] = {
    "execute_input": Together._execute_input,
    "status": Together._status,
    "seats": Together._seats,
}
