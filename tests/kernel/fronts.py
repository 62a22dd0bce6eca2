"""A front end of ours in a test: sockets and our codec, no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import zmq

from zconsole.connection import ConnectionInfo
from zconsole.message import Message, new_id
from zconsole.session import Session

WAIT = 20.0

Content = Mapping[str, Any]


class Front:
    """Subscribes to everything and to the topic of its seat, unless told otherwise, and has its welcome.

    `received` is how many messages of iopub it has been given, but for statuses and welcomes.
    """

    def __init__(self, info: ConnectionInfo, *, username: str = "", topic: bool = True) -> None:
        self.session = Session(info.key, username=username)
        self.topic = b"zconsole.seat." + self.session.session.encode()
        self.received = 0
        self._context: zmq.Context[Any] = zmq.Context()
        self._info = info
        self._identity = new_id().encode()
        self.iopub = self._connect(zmq.SUB, "iopub")
        self.iopub.subscribe(b"")
        if topic:
            self.iopub.subscribe(self.topic)
        dealers = {name: self._connect(zmq.DEALER, name) for name in ("shell", "control", "stdin")}
        self._sockets = {"iopub": self.iopub, **dealers}
        self.await_type("iopub_welcome")

    def send(self, channel: str, msg_type: str, content: Content, **kwargs: Any) -> Message:
        """Send a message; it."""
        return self.send_message(channel, self.session.message(msg_type, content, **kwargs))

    def send_message(self, channel: str, message: Message) -> Message:
        """Send a message that is made already; it."""
        self._sockets[channel].send_multipart(self.session.encode(message))
        return message

    def receive(self, channel: str) -> Message:
        """The next message."""
        assert self._sockets[channel].poll(int(WAIT * 1000)), f"nothing has come on {channel}"
        message = self.session.decode(self._sockets[channel].recv_multipart())
        self.received += channel == "iopub" and message.msg_type not in ("status", "iopub_welcome")
        return message

    def ask(self, msg_type: str, content: Content, channel: str = "control") -> Content:
        """The content of the reply."""
        request = self.send(channel, msg_type, content)
        return self.reply_to(request, channel).content

    def reply_to(self, request: Message, channel: str = "shell") -> Message:
        """The reply to a request."""
        while (reply := self.receive(channel)).parent_id != request.msg_id:
            pass
        return reply

    def execute(self, code: str, **kwargs: Any) -> Message:
        """Send a cell; the request."""
        return self.send("shell", "execute_request", {"code": code, "allow_stdin": True}, **kwargs)

    def join(self, name: str, **fields: Any) -> Content:
        """The content of the seat_reply."""
        return self.ask("seat_request", {"name": name, **fields})

    def await_type(self, msg_type: str) -> Message:
        """The next message of a type on iopub."""
        while (message := self.receive("iopub")).msg_type != msg_type:
            pass
        return message

    def result_of(self, cell: Message) -> str:
        """The result of a cell."""
        while (result := self.await_type("execute_result")).parent_id != cell.msg_id:
            pass
        return str(result.content["data"]["text/plain"])

    def await_seats(self, *names: str) -> Content:
        """The content of the next `seats` by which these are there, and nobody else."""
        while names_in(content := self.await_type("seats").content) != list(names):
            pass
        return content

    def asked(self) -> Message:
        """The next input_request; nothing else may come before it."""
        request = self.receive("stdin")
        assert request.msg_type == "input_request"
        return request

    def answer(self, request: Message, value: str) -> None:
        """Answer an input_request."""
        self.send("stdin", "input_reply", {"value": value}, parent=request)

    def close(self) -> None:
        """Leave without a word."""
        self._context.destroy(linger=0)

    def _connect(self, kind: int, name: str) -> zmq.Socket[Any]:
        socket: zmq.Socket[Any] = self._context.socket(kind)
        if kind == zmq.DEALER:
            socket.identity = self._identity
        socket.rcvhwm = 0
        socket.connect(self._info.endpoint(name))
        return socket


def names_in(content: Content) -> list[str]:
    """The names of the seats in a seat_reply or `seats`."""
    return [seat["name"] for seat in content["seats"]]
