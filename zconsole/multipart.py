"""Multipart messages to and from a ZeroMQ socket, without waiting.

pyzmq's own `send_multipart` looks at every frame twice and combines flags that are enums: 15 µs for the seven
frames of a Jupyter message, of which the sending is 1.4 (pyzmq 27, Python 3.11). So the frames are handed to
the C-level methods below it, with flags that are plain numbers.

What may be large is not copied: the buffers behind a message's own frames, and frames above `LARGE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import zmq
from zmq.backend import Socket

from zconsole.message import Buffer

LARGE = 1 << 20
"""Bytes from which on a frame is sent from where it is: below it a copy is cheaper."""

OWN = 7
"""Frames of a message that are copied when they are received: an identity, the delimiter, the signature and
four of JSON. Those behind them are read-only views."""

_LAST = int(zmq.NOBLOCK)
_MORE = int(zmq.NOBLOCK | zmq.SNDMORE)


def sender(socket: zmq.Socket[Any]) -> Callable[[Sequence[Buffer]], None]:
    """A function that sends the frames of one message. It raises zmq.Again or another ZMQError before the
    first frame has been taken. Large ones must not change any more."""
    send = Socket.send.__get__(socket)

    def send_all(frames: Sequence[Buffer]) -> None:
        for frame in frames[:-1]:
            send(frame, _MORE, len(frame) < LARGE)
        send(frames[-1], _LAST, len(frames[-1]) < LARGE)

    return send_all


def receiver(socket: zmq.Socket[Any]) -> Callable[[], list[Buffer]]:
    """A function that receives the frames of one message. It raises zmq.Again when there is none."""
    receive = Socket.recv.__get__(socket)

    def receive_all() -> list[Buffer]:
        # as objects, which know whether there are more: asking the socket costs as much as receiving
        frame = receive(_LAST, False)
        frames = [frame.bytes]
        while frame.more:
            frame = receive(_LAST, False)
            frames.append(frame.bytes if len(frames) < OWN else memoryview(frame).toreadonly())
        return frames

    return receive_all
