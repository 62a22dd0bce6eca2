"""The I/O thread with real sockets: whatever fails in it is told in the log, and it goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.kernel.strangers import WAIT, until
from zconsole.connection import ConnectionInfo, ipc_connection
from zconsole.kernel.iothread import IOThread
from zconsole.message import Message
from zconsole.session import Session

KEY = b"key"


class Desk:
    """A Receiver that answers every request with its type, but for those that it is told to fail in."""

    def __init__(self, io: IOThread) -> None:
        self._io = io

    def request(self, channel: str, message: Message) -> bool:
        if message.msg_type == "bad_request":
            raise RuntimeError("the request")
        self._io.reply(channel, message, message.msg_type, {})
        return False

    def input_reply(self, message: Message) -> None:
        raise RuntimeError("the answer")

    def topic(self, topic: bytes, subscribed: bool) -> bool:
        return False


class Wire:
    """An I/O thread that runs, a client's sockets, and the log."""

    def __init__(self, info: ConnectionInfo, log: Path) -> None:
        self.io = IOThread(info, Session(KEY))
        self.io.log = os.open(log, os.O_WRONLY | os.O_CREAT)
        self._log = log
        self._context: zmq.Context[Any] = zmq.Context()
        self._session = Session(KEY)
        self._sockets = {name: self._connect(zmq.DEALER, info, name) for name in ("shell", "stdin")}
        self._sockets["iopub"] = self._connect(zmq.SUB, info, "iopub")
        self._sockets["iopub"].subscribe(b"")

    def send(self, name: str, msg_type: str) -> None:
        self._sockets[name].send_multipart(self._session.encode(self._session.message(msg_type)))

    def received(self, name: str) -> str:
        """The type of the next message."""
        assert self._sockets[name].poll(int(WAIT * 1000)), self.told
        return self._session.decode(self._sockets[name].recv_multipart()).msg_type

    @property
    def told(self) -> str:
        return self._log.read_text()

    def close(self) -> None:
        self._context.destroy(linger=0)
        self.io.stop(5)
        os.close(self.io.log)

    def _connect(self, kind: int, info: ConnectionInfo, name: str) -> zmq.Socket[Any]:
        socket: zmq.Socket[Any] = self._context.socket(kind)
        socket.connect(info.endpoint(name))
        return socket


@pytest.fixture
def wire(home: dict[str, str], tmp_path: Path) -> Iterator[Wire]:
    wire = Wire(ipc_connection(Path(home["HOME"]), KEY, "test"), tmp_path / "log")
    try:
        yield wire
    finally:
        wire.close()


def test_what_fails_is_told_and_the_thread_goes_on(wire: Wire) -> None:
    read, write = os.pipe()
    os.write(write, b"x")

    def fail(what: str) -> None:
        raise RuntimeError(what)

    wire.io.watch(read, lambda: fail("the descriptor"))
    wire.io.later(0, lambda: fail("the timer"))
    wire.io.start(Desk(wire.io))
    assert wire.received("iopub") == "iopub_welcome"
    wire.io.outbox.call(lambda: fail("the call"))
    wire.io.outbox.publish("said", {}, None)
    assert wire.received("iopub") == "said"
    wire.send("stdin", "input_reply")
    wire.send("shell", "bad_request")
    wire.send("shell", "good_request")
    assert wire.received("shell") == "good_request"
    failures = ("descriptor", "timer", "call", "answer", "request")
    # stdin and shell are two roads: what came last on one is no sign for the other
    until(lambda: all(f"RuntimeError: the {what}\n" in wire.told for what in failures))
    assert wire.told.count("\nRuntimeError: the ") == len(failures), wire.told
    os.close(read)
    os.close(write)


def test_what_cannot_be_sent_is_left_out(wire: Wire) -> None:
    wire.io.start(Desk(wire.io))
    assert wire.received("iopub") == "iopub_welcome"
    nameless: Any = None  # a topic that is none
    wire.io.outbox.send("iopub", Session(KEY).message("never", identities=(nameless,)))
    wire.io.outbox.publish("said", {}, None)
    assert wire.received("iopub") == "said"
    assert "TypeError" in wire.told
