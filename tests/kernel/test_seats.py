"""Several front ends of ours on one kernel: who is there, what runs, and who may answer its questions.

The clients here are sockets and our codec, no more; what one of them misses, a front end would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.kernel.strangers import WAIT, Client, Gate, attached, until
from zconsole.connection import ConnectionInfo
from zconsole.message import Message, new_id
from zconsole.session import Session

CHANNELS = ("shell", "control", "stdin")


class Front:
    """One front end: its sockets, each with the topic of its seat subscribed, or not."""

    def __init__(self, info: ConnectionInfo, *, username: str = "", topic: bool = True) -> None:
        self.context: zmq.Context[Any] = zmq.Context()
        self.session = Session(info.key, username=username)
        self._info = info
        self._identity = new_id().encode()
        self.iopub = self._connect(zmq.SUB, "iopub")
        self.iopub.subscribe(b"")
        self.topic = b"zconsole.seat." + self.session.session.encode()
        if topic:
            self.iopub.subscribe(self.topic)
        self._dealers = {name: self._connect(zmq.DEALER, name) for name in CHANNELS}
        self.await_type("iopub_welcome")

    def send(self, channel: str, msg_type: str, content: Mapping[str, Any], **kwargs: Any) -> Message:
        message = self.session.message(msg_type, content, **kwargs)
        self._dealers[channel].send_multipart(self.session.encode(message))
        return message

    def receive(self, channel: str) -> Message:
        """The next message."""
        socket = self.iopub if channel == "iopub" else self._dealers[channel]
        assert socket.poll(int(WAIT * 1000)), f"nothing has come on {channel}"
        return self.session.decode(socket.recv_multipart())

    def ask(self, channel: str, msg_type: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The content of the reply."""
        request = self.send(channel, msg_type, content)
        while (reply := self.receive(channel)).parent_id != request.msg_id:
            pass
        return reply.content

    def join(self, name: str, **fields: Any) -> Mapping[str, Any]:
        """The content of the seat_reply."""
        return self.ask("control", "seat_request", {"name": name, **fields})

    def await_type(self, msg_type: str) -> Message:
        """The next message of a type on iopub."""
        while (message := self.receive("iopub")).msg_type != msg_type:
            pass
        return message

    def await_seats(self, *names: str) -> Mapping[str, Any]:
        """The content of the next `seats` that says that these are there, and no others."""
        while True:
            content = self.await_type("seats").content
            if tuple(seat["name"] for seat in content["seats"]) == names:
                return content

    def close(self) -> None:
        self.context.destroy(linger=0)

    def _connect(self, kind: int, name: str) -> zmq.Socket[Any]:
        socket: zmq.Socket[Any] = self.context.socket(kind)
        if kind == zmq.DEALER:
            socket.identity = self._identity
        socket.connect(self._info.endpoint(name))
        return socket


@pytest.fixture
def front(client: Client) -> Iterator[Callable[..., Front]]:
    """Makes front ends on a kernel that is clean of seats afterwards."""
    with ExitStack() as stack:

        def make(**options: Any) -> Front:
            made = Front(client.launched.info, **options)
            stack.callback(made.close)
            return made

        asking = make()
        yield make
        stack.close()
    asking = Front(client.launched.info, topic=False)
    until(lambda: not asking.join("", join=False)["seats"])
    asking.close()


def names(content: Mapping[str, Any]) -> list[str]:
    return [seat["name"] for seat in content["seats"]]


def test_seats_come_and_go(front: Callable[..., Front]) -> None:
    """All are told who came and who has gone, however it went."""
    ada, bob = front(), front()
    assert ada.join("ada")["name"] == "ada"
    came = ada.await_seats("ada")
    assert (came["came"], came["gone"]) == (["ada"], [])
    assert came["seats"][0]["session"] == ada.session.session
    assert names(bob.join("bob")) == ["ada", "bob"]
    assert ada.await_seats("ada", "bob")["came"] == ["bob"]
    bob.close()
    assert ada.await_seats("ada")["gone"] == ["bob"]
