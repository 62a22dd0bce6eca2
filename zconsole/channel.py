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

from zconsole.message import Message
from zconsole.multipart import receiver, sender
from zconsole.session import Session, WireError

TURN = 50
"""Messages received before the loop gets a turn: at 40 µs each, 2 ms."""


class Channel:
    """A socket and the session that signs on it.

    Arguments: `socket`, connected and from now on owned here; `session`; `receive`, called with each
    message in order; `loop`, the loop that calls.
    """

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        session: Session,
        receive: Callable[[Message], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._socket = socket
        self._send = sender(socket)
        self._take = receiver(socket)
        self._session = session
        self._receive = receive
        self._loop = loop
        self._draining = False
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

    async def quiet(self, pause: float) -> None:
        """Wait until nothing has come for `pause` seconds, or the channel is closed."""
        before = -1
        while not self._socket.closed and (self._draining or self.received != before):
            before = self.received
            await asyncio.sleep(pause)

    def close(self, linger: int = 100) -> None:
        """Stop receiving, and close the socket; what was sent just before goes out within `linger` ms."""
        self._loop.remove_reader(self._socket.FD)
        self._draining = True
        self._socket.close(linger=linger)

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
        """Receive what is there, TURN messages at most; whether nothing is left."""
        for _ in range(TURN):
            if self._socket.closed:
                return True
            try:
                frames = self._take()
            except zmq.Again:
                return True
            self.received += 1
            try:
                message = self._session.decode(frames)
            except WireError as error:
                self.dropped += 1
                self.why_dropped = error
            else:
                self._receive(message)
        return False


class Heartbeat:
    """Asks a kernel whether it lives, for kernels whose process we cannot watch.

    A beat every `period` seconds; when `misses` in a row are not echoed, `lost` is called, once, and
    `found` when an echo comes again. Specification: "Heartbeat for kernels".
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
        self._unanswered = 0
        loop.add_reader(socket.FD, self._drain)
        self._timer = loop.call_soon(self._beat)

    def close(self) -> None:
        """Stop beating and close the socket."""
        self._timer.cancel()
        self._loop.remove_reader(self._socket.FD)
        self._socket.close(linger=0)

    def _beat(self) -> None:
        self._drain()
        if self._unanswered == self.misses:
            self._lost()
        self._unanswered += 1
        try:
            self._socket.send_multipart([b"", b"zconsole"], zmq.NOBLOCK)
        except zmq.Again:
            pass  # nobody is connected and the queue is full: that is what `misses` counts
        self._timer = self._loop.call_later(self.period, self._beat)

    def _drain(self) -> None:
        try:
            while True:
                self._socket.recv_multipart(zmq.NOBLOCK)
                if self._unanswered > self.misses:
                    self._found()
                self._unanswered = 0
        except zmq.Again:
            pass
