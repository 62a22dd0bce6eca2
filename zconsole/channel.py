"""One socket of the client side, in an asyncio loop.

A ZeroMQ socket shows its readiness through a file descriptor that is edge-triggered: it speaks once and
must then be drained, and a send may eat its word. So there is one owner per socket, this object; it
drains until nothing is left, in turns, so that a flood of output leaves the loop room for keys; and after
each send it looks again. Frames that are no message are counted and dropped; a receiver that raises is
told to the loop's exception handler, and the next message comes all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import zmq

from zconsole.connection import ConnectionInfo
from zconsole.message import Message
from zconsole.multipart import receiver, sender
from zconsole.session import Session, WireError

TURN = 50
"""Messages received before the loop gets a turn: at 40 µs each, 2 ms."""

TURN_SIZE = 1 << 18
"""Bytes of their content, at most and one message more: drawing them takes 2 ms."""


def connect(socket: zmq.Socket[bytes], info: ConnectionInfo, channel: str) -> None:
    """Connect a socket to one of a kernel's channels, encrypted when the connection file has a key for that.

    Raises zmq.ZMQError for an address that is none; then the socket is closed.
    """
    try:
        if server_key := info.extra.get("curve_publickey"):
            socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
            socket.curve_serverkey = str(server_key).encode()
        socket.connect(info.endpoint(channel))
    except zmq.ZMQError:
        socket.close()
        raise


class Channel:
    """A socket and the session that signs on it.

    Arguments: `socket`, connected and from now on owned here; `session`; `receive`, called with each
    message in order; `loop`, the loop that calls; `refuse`, called when something is dropped, with what is
    wrong with it.
    """

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        session: Session,
        receive: Callable[[Message], None],
        loop: asyncio.AbstractEventLoop,
        refuse: Callable[[WireError], None] = lambda error: None,
    ) -> None:
        self._socket = socket
        self._send = sender(socket)
        self._take = receiver(socket)
        self._session = session
        self._receive = receive
        self._refuse = refuse
        self._loop = loop
        self._draining = False
        self._monitor: zmq.Socket[bytes] | None = None
        self._hung_up: asyncio.Future[None] = loop.create_future()
        self.received = 0
        """How often frames came, whatever they were."""
        self.dropped = 0
        """How often frames were no acceptable message."""
        self.why_dropped: WireError | None = None
        """What was wrong with the last of them."""
        loop.add_reader(socket.FD, self._readable)
        self._readable()  # what came before there was a reader has had its edge

    def send(self, message: Message) -> None:
        """Queue a message; it goes out when there is a connection. Raises Unserializable."""
        self._send(self._session.encode(message))
        self._readable()

    def subscribe(self, topic: bytes) -> None:
        """Receive what begins with `topic`; of a SUB socket."""
        self._socket.subscribe(topic)
        self._readable()

    def unsubscribe(self, topic: bytes) -> None:
        """Receive it no more."""
        self._socket.unsubscribe(topic)
        self._readable()

    def catch_up(self) -> None:
        """Receive what has come by now before anything else is done."""
        self._take_turn()

    def expect_end(self) -> None:
        """From now on notice when the other end is closed, which `end` waits for."""
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._loop.add_reader(self._monitor.FD, self._look_for_end)
        self._look_for_end()  # only who has looked and found nothing is told

    async def end(self, pause: float) -> None:
        """Wait until all has come that the other end, which is gone, has sent. That it has, is known when it
        was expected to go; else, or where a child of it keeps it open, when nothing has come for `pause`
        seconds."""
        before = -1
        while not self._socket.closed and (self._draining or self.received != before):
            before = self.received
            await asyncio.wait([self._hung_up], timeout=pause)
            if self._hung_up.done() and self._take_turn():
                return

    def close(self, linger: int = 100) -> None:
        """Stop receiving, and close the socket; what was sent just before goes out within `linger` ms."""
        self._loop.remove_reader(self._socket.FD)
        if self._monitor:
            self._loop.remove_reader(self._monitor.FD)
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
        self._draining = True
        self._socket.close(linger=linger)

    def _look_for_end(self) -> None:
        # libzmq says so behind the last of what it has read
        if self._monitor and int(self._monitor.get(zmq.EVENTS)) & zmq.POLLIN and not self._hung_up.done():
            self._hung_up.set_result(None)

    def _readable(self) -> None:
        if not self._draining:
            self._draining = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        empty = False
        try:
            empty = self._take_turn()
        finally:
            if empty:
                self._draining = False
            else:
                self._loop.call_soon(self._drain)

    def _take_turn(self) -> bool:
        """Receive what is there, TURN messages or TURN_SIZE at most; whether nothing is left."""
        size = 0
        for _ in range(TURN):
            if self._socket.closed:
                return True
            if size > TURN_SIZE:
                return False
            try:
                frames = self._take()
            except zmq.Again:
                return True
            self.received += 1
            size += len(frames[-1])
            try:
                message = self._session.decode(frames)
            except WireError as error:
                self.dropped += 1
                self.why_dropped = error
                self._refuse(error)
            else:
                self._receive(message)
        return False


class Heartbeat:
    """Watches whether a kernel is there, for kernels whose process we cannot watch.

    Every `period` seconds it looks whether somebody is connected, and sends a beat to who has echoed the
    last one. When nobody is at `misses` looks in a row, `lost` is called, once, and `found` when somebody is
    again. A kernel that is connected and echoes nothing is not lost: it may do one thing at a time, as
    IRkernel does, or be stopped. `met` is done when somebody was connected for the first time.
    Specification: "Heartbeat for kernels".
    """

    period = 1.0
    misses = 3

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        lost: Callable[[], None],
        found: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._socket = socket
        self._lost = lost
        self._found = found
        self._loop = loop
        self._absent = 0
        self._echoed = True
        self.met: asyncio.Future[None] = loop.create_future()
        loop.add_reader(socket.FD, self._look)
        self._timer = loop.call_soon(self._beat)

    def close(self) -> None:
        """Stop beating and close the socket."""
        self._timer.cancel()
        self._loop.remove_reader(self._socket.FD)
        self._socket.close(linger=0)

    def _beat(self) -> None:
        if not self._look():
            self._absent += 1
            self._echoed = True  # what was under way has gone with the connection
            if self._absent == self.misses:
                self._lost()
        elif self._echoed:
            self._send()
        self._timer = self._loop.call_later(self.period, self._beat)

    def _send(self) -> None:
        try:
            self._socket.send_multipart([b"", b"zconsole"], zmq.NOBLOCK)
            self._echoed = False
        except zmq.Again:
            pass  # the connection has ended just now: the next look counts it

    def _look(self) -> bool:
        """Take what has come; whether somebody is connected."""
        try:
            while True:
                self._socket.recv_multipart(zmq.NOBLOCK)
                self._echoed = True
        except zmq.Again:
            pass
        # immediate: there is room for a beat only while there is a peer, who has said that it speaks ZeroMQ
        if not int(self._socket.get(zmq.EVENTS)) & zmq.POLLOUT:
            return False
        if self._absent >= self.misses:
            self._found()
        self._absent = 0
        if not self.met.done():
            self.met.set_result(None)
        return True
