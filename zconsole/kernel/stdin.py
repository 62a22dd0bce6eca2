"""`input()` over the wire: an input_request to the client whose cell asks, and to all seats; the wait for an
answer.

The wait is in the thread that asked, and an interrupt ends it. The first answer counts, of any who was asked,
when its parent is the request that asked for it or the cell that it was asked in (clients differ); anything
else is late, or another's, and dropped. When a question is over, the other seats are told (input_gone). The
list of what is asked is the I/O thread's alone, which changes it in the order of the outbox: what has arrived
before a question is sent is no answer to it, however quick the client. How much had been published by then is
in its metadata: two sockets have no order, and a question belongs below what was said before it. The text
`"\\x04"` is end of file.

Specification: "Messages on the stdin ROUTER/DEALER channel"; what seats are told is ours (docs/messages.md).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol

from zconsole.kernel.outbox import Outbox
from zconsole.kernel.seats import Seat, Seats
from zconsole.kernel.streams import Parent
from zconsole.message import Buffer, Message

EOF = "\x04"


class StdinNotImplementedError(RuntimeError):
    """A cell asks for input, and its client has said that it cannot give any."""


class Line(Protocol):
    """The stdin socket, for the I/O thread; `IOThread` is one."""

    @property
    def published(self) -> int:
        """How many messages of output have gone out on iopub."""

    def drain_stdin(self) -> None:
        """Receive what has arrived."""

    def send_stdin(self, frames: Sequence[Buffer], *, keep: bool = True) -> None:
        """Send a message; with `keep` it waits until the one it is for has connected."""

    def withdraw_stdin(self, message: Message) -> None:
        """Keep a message no longer for those who have not connected."""


@dataclass(slots=True, eq=False)
class Question:
    """An input_request that has no answer yet: the same frames for all who are `asked`, by identities;
    `thread` is the one that waits."""

    cell: Message
    request: Message
    frames: Sequence[Buffer] = ()
    asked: list[Sequence[bytes]] = field(default_factory=list)
    answer: SimpleQueue[str] = field(default_factory=SimpleQueue)
    thread: int = field(default_factory=threading.get_ident)


class Stdin:
    """Asks clients for lines: the one whose cell asks, and the `seats`."""

    def __init__(self, outbox: Outbox, parent: Parent, line: Line, seats: Seats) -> None:
        self._outbox = outbox
        self._parent = parent
        self._line = line
        self._seats = seats
        self._open: dict[str, Question] = {}
        self._forked = False

    def ask(self, prompt: str, *, password: bool = False) -> str:
        """A line from the client whose cell is running, or from a seat.

        Raises StdinNotImplementedError at once when that client takes no questions, EOFError when the
        answer is the end of file, KeyboardInterrupt when interrupted.
        """
        if self._forked:
            raise StdinNotImplementedError(
                "input() was called in a forked child of the kernel: ask in the cell."
            )
        cell = self._parent.request
        if cell is None or not cell.content.get("allow_stdin", True):
            raise StdinNotImplementedError(
                "input() was called, but this front end does not support input requests."
            )
        content = {"prompt": prompt, "password": password}
        request = self._outbox.message("input_request", content, cell)
        question = Question(cell, request)
        try:
            self._outbox.call(lambda: self._begin(question))
            value = question.answer.get()
        finally:
            self._outbox.call(lambda: self._end(question))
        if value == EOF:
            raise EOFError
        return value

    @property
    def waiting(self) -> int:
        """How many questions have no answer yet (in the I/O thread)."""
        return len(set(map(id, self._open.values())))

    def waiting_thread(self, msg_id: str) -> int | None:
        """The thread that waits for the answer to this input_request, if one does; from any thread."""
        question = self._open.get(msg_id)
        return question.thread if question else None

    def forked(self) -> None:
        """In a forked child: the answer would come to the kernel."""
        self._forked = True

    def came(self, seat: Seat) -> None:
        """A seat is there (in the I/O thread): what waits for an answer is its affair as well."""
        for question in dict.fromkeys(self._open.values()):
            self._offer(question, seat.identities)

    def deliver(self, message: Message) -> None:
        """An input_reply has arrived (in the I/O thread)."""
        value = message.content.get("value")
        question = self._open.get(message.parent_id)
        if not message.parent_id:
            # jupyter_client's own input() sends no parent: right when there is only one it can mean
            open_ = {each for each in self._open.values() if message.identities in each.asked}
            question = open_.pop() if len(open_) == 1 else None
        if question is not None and message.identities in question.asked and isinstance(value, str):
            question.answer.put(value)
            self._end(question, message.identities)

    def _begin(self, question: Question) -> None:
        self._line.drain_stdin()  # what is there already answers an earlier question
        metadata = {"published": self._line.published}
        question.frames = self._outbox.encode(question.request._replace(identities=(), metadata=metadata))
        self._open[question.request.msg_id] = self._open[question.cell.msg_id] = question
        self._offer(question, question.request.identities)
        for seat in self._seats:
            self._offer(question, seat.identities)

    def _offer(self, question: Question, identities: Sequence[bytes]) -> None:
        if identities not in question.asked:
            question.asked.append(identities)
            self._line.send_stdin([*identities, *question.frames])

    def _end(self, question: Question, answered: Sequence[bytes] = ()) -> None:
        keys = [key for key, each in self._open.items() if each is question]
        if not keys:
            return  # answered before
        for key in keys:
            del self._open[key]
        self._line.withdraw_stdin(question.request)
        content = {"by": self._seats.name(answered)}
        for seat in self._seats:
            if seat.identities in question.asked and seat.identities != answered:
                to_seat = question.request._replace(identities=seat.identities)
                gone = self._outbox.message("input_gone", content, to_seat)
                self._line.send_stdin(self._outbox.encode(gone), keep=False)
