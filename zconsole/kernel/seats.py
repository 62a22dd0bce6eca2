"""Seats: the front ends of ours that are attached to this kernel, and what each is told of the others.

A seat has announced itself (seat_request) and subscribes to a topic of its own, which no message carries:
libzmq tells when a subscription ends, however the subscriber does, so presence needs no heartbeat and nothing
to be cleaned up. The two come on different sockets, in either order; what has come without the other waits,
and keeps no name from others.

A subscription needs no key. So only topics of our form are remembered, and no more than `MAX_SEATS` of
anything: what waits longest is forgotten first. All methods are the I/O thread's. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from zconsole.kernel.kernel import BadRequest, Execution, request_field
from zconsole.message import Content, Header, Message

TOPIC = b"zconsole.seat."
"""What the topic of a seat begins with; its session follows."""

MAX_SEATS = 256
"""Seats, announcements that wait for their topic, and topics that wait for their announcement."""

MAX_SESSION = 128
"""Bytes in a session id; ours have 32."""

MAX_NAME = 64
"""Characters in a name that is asked for."""

MAX_CODE = 1000
"""Characters that are told of the code that runs."""


class Seat(NamedTuple):
    """A front end: its name, no other's; the session in its headers; since when (ISO 8601); the identities of
    its sockets; `wish`, the name it has asked for; `request`, with which it did."""

    name: str
    session: str
    since: str
    identities: Sequence[bytes]
    wish: str
    request: Header

    @property
    def content(self) -> Content:
        """What clients are told of it."""
        return {"name": self.name, "session": self.session, "since": self.since}


class Seats:
    """Who is there.

    Arguments: `publish`, which says something on iopub, with how many messages went before it as `published`;
    `standing`, which tells the cell that the main shell runs, if any, and the number that the next one gets;
    `came`, called with each that comes or joins again; `left`, with each that has gone; `asking`, which tells
    how many questions have no answer yet; `now`, the clock.
    """

    def __init__(
        self,
        publish: Callable[[str, Content, Header | None], None],
        standing: Callable[[], tuple[Execution | None, int]],
        came: Callable[[Seat], None],
        left: Callable[[Seat], None],
        asking: Callable[[], int] = lambda: 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._publish = publish
        self._standing = standing
        self._came = came
        self._left = left
        self._asking = asking
        self._now = now
        # a session is in one of the three at most
        self._seats: dict[str, Seat] = {}
        self._announced: dict[str, Seat] = {}
        self._topics: dict[str, None] = {}

    def __iter__(self) -> Iterator[Seat]:
        """Those that are there, in the order in which they came."""
        return iter(tuple(self._seats.values()))

    def name(self, identities: Sequence[bytes]) -> str:
        """The name of the seat with these identities; empty when there is none."""
        return next((seat.name for seat in self if seat.identities == identities), "")

    def request(self, request: Message) -> Content:
        """The content of a seat_reply. Raises BadRequest."""
        joins = request_field(request, "join", bool, True)
        wish = request_field(request, "name", str, "")
        name = self._join(request, _cleaned(wish)) if joins else ""
        running, number = self._standing()
        return {
            "name": name,
            "seats": [seat.content for seat in self],
            "running": self._running(running) if running else None,
            "execution_count": number,
            "asking": self._asking(),
        }

    def topic(self, topic: bytes, subscribed: bool) -> bool:
        """A subscription has come or gone; False when it is no seat's."""
        if not topic.startswith(TOPIC):
            return False
        session = topic.removeprefix(TOPIC).decode("latin-1")
        if _is_session(session):
            (self._subscribed if subscribed else self._unsubscribed)(session)
        return True

    def _join(self, request: Message, wish: str) -> str:
        session = request.header.session
        if not _is_session(session):
            raise BadRequest(
                f"seat_request needs a session in its header, of 1 to {MAX_SESSION} ASCII letters"
            )
        if not wish:
            raise BadRequest("'name' in seat_request is missing, empty, or nothing that could be shown")
        known = self._seats.get(session) or self._announced.get(session)
        if known is None and len(self._seats) >= MAX_SEATS:
            raise BadRequest(f"all {MAX_SEATS} seats are taken")
        name = known.name if known and known.wish == wish else self._unique(wish, session)
        since = known.since if known else self._now().isoformat()
        seat = Seat(name, session, since, request.identities, wish, request.header)
        if session in self._seats:
            self._sit(seat)
        else:
            self._announced[session] = seat
            _forget_oldest(self._announced)
            if session in self._topics:
                del self._topics[session]
                self._arrive(session)
            else:
                self._tell(request.header)
        return name

    def _subscribed(self, session: str) -> None:
        if session in self._announced:
            self._arrive(session)
        elif session not in self._seats:
            self._topics[session] = None
            _forget_oldest(self._topics)

    def _unsubscribed(self, session: str) -> None:
        self._topics.pop(session, None)
        if seat := self._seats.pop(session, None):
            self._left(seat)
            self._tell(None, gone=[seat.name])

    def _arrive(self, session: str) -> None:
        seat = self._announced.pop(session)
        self._sit(seat._replace(name=self._unique(seat.wish, session)))

    def _sit(self, seat: Seat) -> None:
        old = self._seats.get(seat.session)
        self._seats[seat.session] = seat
        if old and old.name == seat.name:
            self._tell(seat.request)
        else:
            self._tell(seat.request, came=[seat.name], gone=[old.name] if old else [])
        self._came(seat)

    def _tell(self, parent: Header | None, came: Sequence[str] = (), gone: Sequence[str] = ()) -> None:
        content = {"seats": [seat.content for seat in self], "came": came, "gone": gone}
        self._publish("seats", content, parent)

    def _unique(self, wish: str, session: str) -> str:
        taken = {seat.name for seat in self if seat.session != session}
        if wish not in taken:
            return wish
        return next(name for n in count(2) if (name := f"{wish}-{n}") not in taken)

    def _running(self, running: Execution) -> Content:
        header = running.request.header
        seat = self._seats.get(header.session)
        return {
            "execution_count": running.execution_count,
            "code": running.request.content["code"][:MAX_CODE],
            "since": running.since,
            "session": header.session,
            "name": seat.name if seat else _cleaned(header.username),
        }


def _is_session(text: str) -> bool:
    return 0 < len(text) <= MAX_SESSION and text.isascii() and text.isprintable()


def _cleaned(name: str) -> str:
    # it is shown on others' terminals: nothing in it moves a cursor or turns the direction of text
    return "".join(filter(str.isprintable, name[:MAX_NAME])).strip()


def _forget_oldest(waiting: dict[str, Any]) -> None:
    if len(waiting) > MAX_SEATS:
        del waiting[next(iter(waiting))]
