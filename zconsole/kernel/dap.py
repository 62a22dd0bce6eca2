"""The Debug Adapter Protocol: bytes in, messages out; requests matched to their responses.

The framing is pure. `Connection` is an asyncio protocol over any stream socket: it numbers its requests
itself, so that those of several clients do not meet. Every request ends, at the latest with the connection.

Specification: "Base Protocol" of the Debug Adapter Protocol.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from zconsole.message import Content


class Refused(Exception):
    """A request that gets no answer but why not. The text is a sentence."""


class ConnectionClosed(Refused):
    """The other end has gone, and with it the answer."""


class Connection(asyncio.Protocol):
    """The client's end. `event` is called with each event, in the order in which they came; `lost` when
    the other end has hung up."""

    def __init__(self, event: Callable[[Content], None], lost: Callable[[], None]) -> None:
        self._event = event
        self._lost = lost
        self._unframe = Unframe()
        self._seq = count(1)
        self._pending: dict[int, asyncio.Future[Content]] = {}
        self._transport: asyncio.Transport | None = None

    async def request(self, command: str, arguments: Content) -> Content:
        """The response to a request, a failed one too. Raises ConnectionClosed."""
        if self._transport is None:
            raise ConnectionClosed(_GONE)
        seq = next(self._seq)
        answer = self._pending[seq] = asyncio.get_running_loop().create_future()
        self._transport.write(
            frame({"type": "request", "seq": seq, "command": command, "arguments": arguments})
        )
        response: Content = await answer
        return response

    def give_up(self, why: Refused) -> None:
        """Wait no longer for the responses that have not come: who waits is told why."""
        pending, self._pending = self._pending, {}
        for answer in pending.values():
            answer.set_exception(why)

    def close(self) -> None:
        """Hang up. Nothing more is told, but to who waits for a response."""
        self._event, self._lost = _ignore, _ignore
        if self._transport is not None:
            # told at once, not when the loop comes to it: who waits for the other end may block the loop
            self._transport.write_eof()
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio: there is a socket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: something has come."""
        for message in self._unframe.feed(data):
            if message.get("type") == "event":
                self._event(message)
            elif answer := self._pending.pop(message.get("request_seq", 0), None):
                answer.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio: no more will come."""
        self._transport = None
        self.give_up(ConnectionClosed(_GONE))
        self._lost()


class Arguments:
    """The arguments of one command. What is missing or wrong raises Refused, which names it."""

    def __init__(self, command: str, values: Mapping[str, Any]) -> None:
        self.command = command
        self.values = values

    def text(self, *path: str) -> str:
        """A text, at the end of a path of names."""
        value: Any = self.values
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, str):
            raise Refused(f"{self.command!r} needs {'.'.join(path)!r} (str).")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A number."""
        value = self.values.get(name, default)
        if not isinstance(value, int):
            raise Refused(f"{self.command!r} needs {name!r} (int).")
        return value


class Unframe:
    """Makes messages of the bytes of a stream, however these are cut."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Content]:
        """The messages that are complete now."""
        self._bytes += data
        while (start := self._bytes.find(_END) + len(_END)) >= len(_END):
            end = start + _length(bytes(self._bytes[:start]))
            if len(self._bytes) < end:
                return
            body = self._bytes[start:end]
            del self._bytes[:end]
            yield json.loads(body)


def frame(message: Content) -> bytes:
    """A message as it goes over the wire."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d%b%b" % (len(body), _END, body)


def _length(head: bytes) -> int:
    fields = dict(line.partition(b":")[::2] for line in head.lower().splitlines())
    return int(fields[b"content-length"])


def _ignore(*_: object) -> None:
    pass


_END = b"\r\n\r\n"
_GONE = "The debugger has gone."
