"""`input()` over the wire: an input_request to the client whose cell asks, and the wait for its answer.

The wait is in the thread that asked, and an interrupt ends it. An answer is accepted from the client that
was asked, when its parent is the request that asked for it or the cell that it was asked in (clients differ);
anything else is late, or another's, and dropped. The list of who waits is the I/O thread's alone, which
changes it in the order of the outbox: what has arrived before a question is sent is no answer to it, however
quick the client. The text `"\\x04"` is end of file.

Specification: "Messages on the stdin ROUTER/DEALER channel".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue

from zconsole.kernel.outbox import Outbox
from zconsole.kernel.streams import Parent
from zconsole.message import Message

EOF = "\x04"


class StdinNotImplementedError(RuntimeError):
    """A cell asks for input, and its client has said that it cannot give any."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """An input_request that has no answer yet: the identity of who was asked, and where the answer goes."""

    asked: Sequence[bytes]
    answer: SimpleQueue[str]


class Stdin:
    """Asks clients for lines. `drain` has the I/O thread receive what has arrived on stdin."""

    def __init__(self, outbox: Outbox, parent: Parent, drain: Callable[[], None]) -> None:
        self._outbox = outbox
        self._parent = parent
        self._drain = drain
        self._waiting: dict[str, Question] = {}
        self._forked = False

    def ask(self, prompt: str, *, password: bool = False) -> str:
        """A line from the client whose cell is running.

        Raises StdinNotImplementedError at once when that client takes no questions, EOFError when it
        answers with the end of file, KeyboardInterrupt when interrupted.
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
        question = Question(request.identities, SimpleQueue())

        def begin() -> None:
            self._drain()  # what is there already answers an earlier question
            self._waiting[request.msg_id] = self._waiting[cell.msg_id] = question

        def end() -> None:
            for key in (request.msg_id, cell.msg_id):
                self._waiting.pop(key, None)

        try:
            self._outbox.call(begin)
            self._outbox.send("stdin", request)
            value = question.answer.get()
        finally:
            self._outbox.call(end)
        if value == EOF:
            raise EOFError
        return value

    def forked(self) -> None:
        """In a forked child: the answer would come to the kernel."""
        self._forked = True

    def deliver(self, message: Message) -> None:
        """An input_reply has arrived (in the I/O thread)."""
        value = message.content.get("value")
        question = self._waiting.get(message.parent_id)
        if not message.parent_id:
            # jupyter_client's own input() sends no parent: right when there is only one it can mean
            open_ = {id(each): each for each in self._waiting.values() if each.asked == message.identities}
            question = next(iter(open_.values())) if len(open_) == 1 else None
        if question is not None and question.asked == message.identities and isinstance(value, str):
            question.answer.put(value)
