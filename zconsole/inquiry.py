"""Questions to a kernel that one is not attached to: who are you, what do you run, end.

An `Inquiry` has a socket for each channel that it is asked on and no other: nothing that the kernel publishes
comes here, and the kernel does not wait for us. Many of them share a context, so that twenty kernels can be
asked at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import zmq

from zconsole.channel import Channel, connect
from zconsole.connection import ConnectionInfo
from zconsole.message import Content, Message, new_id
from zconsole.session import BadSignature, Session


class Inquirer:
    """Makes inquiries; `inquirer()` closes what is left of them."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._context = context
        self._made: list[Inquiry] = []

    def inquire(self, info: ConnectionInfo) -> Inquiry:
        """An inquiry at a kernel; in a running loop."""
        self._made.append(Inquiry(self._context, info))
        return self._made[-1]

    def close(self) -> None:
        """Close all inquiries."""
        for each in self._made:
            each.close()


@contextmanager
def inquirer() -> Iterator[Inquirer]:
    """An Inquirer for a while."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    # three sockets for each of many kernels
    context.max_sockets = context.get(zmq.SOCKET_LIMIT)
    made = Inquirer(context)
    try:
        yield made
    finally:
        made.close()
        context.term()


class Inquiry:
    """One kernel, asked."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], info: ConnectionInfo) -> None:
        self._context = context
        self._info = info
        self._loop = asyncio.get_running_loop()
        self._session = Session(info.key, signature_scheme=info.signature_scheme)
        self._identity = new_id().encode()
        self._channels: dict[str, Channel] = {}
        self._asked: dict[str, asyncio.Future[Message]] = {}

    async def ask(
        self, msg_type: str, content: Content | None = None, *, channel: str = "control"
    ) -> Content:
        """The content of the kernel's reply. No limit: the caller has one. Raises OSError for an address
        that is none."""
        request = self.send(msg_type, content, channel=channel)
        reply: asyncio.Future[Message] = self._loop.create_future()
        self._asked[request.msg_id] = reply
        return (await reply).content

    def send(self, msg_type: str, content: Content | None = None, *, channel: str = "control") -> Message:
        """Send a request whose reply nobody waits for; the request. Raises OSError for an address that is
        none."""
        request = self._session.message(msg_type, content)
        self._channel(channel).send(request)
        return request

    def listen(self) -> None:
        """Subscribe to nothing: a kernel greets every subscriber (protocol 5.5), and so shows its key."""
        self._channel("iopub")

    @property
    def refused(self) -> BadSignature | None:
        """What was wrong with the kernel's signatures, if it has sent something that we refused."""
        whys = (channel.why_dropped for channel in self._channels.values())
        return next((why for why in whys if isinstance(why, BadSignature)), None)

    def close(self) -> None:
        """Close the sockets; what was asked just before still goes out."""
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = Channel(self._socket(name), self._session, self._receive, self._loop)
        return self._channels[name]

    def _socket(self, channel: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.SUB if channel == "iopub" else zmq.DEALER)
        socket.linger = 0
        if channel == "iopub":
            socket.subscribe(b"zconsole.inquiry." + self._identity)
        else:
            socket.identity = self._identity
        try:
            connect(socket, self._info, channel)
        except zmq.ZMQError as error:
            raise OSError(error.errno, f"Cannot connect to {self._info.endpoint(channel)}") from None
        return socket

    def _receive(self, message: Message) -> None:
        reply = self._asked.pop(message.parent_id, None)
        if reply is not None and not reply.done():
            reply.set_result(message)
