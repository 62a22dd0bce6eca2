"""`input()` over the wire: an input_request to the client whose cell asks, and the wait for its answer.

The wait is in the thread that asked, and an interrupt ends it. An answer is accepted when its parent is
the request that asked for it or the cell that it was asked in (clients differ); anything else is late and
dropped. The list of who waits is the I/O thread's alone, which changes it in the order of the outbox: what
has arrived before a question is sent is no answer to it, however quick the client. The text `"\\x04"` is end
of file.

Specification: "Messages on the stdin ROUTER/DEALER channel".
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue

from zconsole.kernel.outbox import Outbox
from zconsole.kernel.streams import Parent
from zconsole.message import Message

EOF = "\x04"


class StdinNotImplementedError(RuntimeError):
    """A cell asks for input, and its client has said that it cannot give any."""


class Stdin:
    """Asks clients for lines. `drain` has the I/O thread receive what has arrived on stdin."""

    def __init__(self, outbox: Outbox, parent: Parent, drain: Callable[[], None]) -> None:
        self._outbox = outbox
        self._parent = parent
        self._drain = drain
        self._waiting: dict[str, SimpleQueue[str]] = {}
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
        answer: SimpleQueue[str] = SimpleQueue()

        def begin() -> None:
            self._drain()  # what is there already answers an earlier question
            self._waiting[request.msg_id] = self._waiting[cell.msg_id] = answer

        def end() -> None:
            for key in (request.msg_id, cell.msg_id):
                self._waiting.pop(key, None)

        try:
            self._outbox.call(begin)
            self._outbox.send("stdin", request)
            value = answer.get()
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
        waiting = self._waiting.get(message.parent_id)
        if waiting is None and len(set(map(id, self._waiting.values()))) == 1:
            # jupyter_client's own input() sends no parent: there is only one question it can mean
            waiting = next(iter(self._waiting.values())) if not message.parent_id else None
        if waiting is not None and isinstance(value, str):
            waiting.put(value)
