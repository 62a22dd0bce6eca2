"""Sending on iopub: a subscriber that is behind is waited for, one that has stopped reading is not.

A subscriber's queue in libzmq is bounded by messages, and since stream messages are cut to a size (`MAX_TEXT`
in outbox), by bytes. When one is full, nothing is sent and nothing more is taken from the outbox, so that in
the end `print` waits: a cell is as fast as the slowest of those who read, and all of them get everything.

But a client that is stopped or hangs must not hold up the others. When nothing could be sent for `PATIENCE`
seconds, what does not fit its queue is lost to it, until it reads again. The others are now protected by the
pace alone: libzmq does not tell whose queue it is that is full.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import zmq

from zconsole.message import Buffer
from zconsole.multipart import sender

QUEUE = 256
"""Messages that wait for one subscriber: 16 MB of text."""

PATIENCE = 2.0
"""Seconds without progress until a subscriber counts as gone. libzmq tells of progress when half a queue has
been read, and a client's own queue may hold 1,000: who reads 250 messages a second is in time. (With 0.5 s a
Python client on a machine under load of five missed an idle.)"""

PAUSES = 4
"""How many times as long as the longest pause of those who read a stop must last, where that is more: on a
machine that has too much to do a reader's pauses grow before they pass for a stop."""

LONGEST = 10.0
"""Seconds that are always enough."""

FADING = 0.9
"""What is left of the longest pause, as it is remembered, after each one that is shorter."""

PACE = 1 << 18
"""Bytes sent past such a subscriber between two pauses of a millisecond, for the others to read."""

_STATUS = b"status"


class Publisher:
    """Sends on an XPUB `socket`, not yet bound."""

    def __init__(self, socket: zmq.Socket[Any], now: Callable[[], float] = monotonic) -> None:
        self._socket = socket
        self._now = now
        self._send = sender(socket)
        self._pause = 0.0
        self._behind_since: float | None = None
        self._sent_past = 0
        self.said = 0
        """Messages sent, but for the kernel's status: whoever has missed that has missed nothing."""
        self.lost = 0
        """Messages that did not reach every subscriber."""
        socket.sndhwm = QUEUE
        socket.setsockopt(zmq.XPUB_NODROP, 1)

    def send(self, frames: Sequence[Buffer]) -> bool:
        """Send a message to all who have subscribed; False when it has to be tried again in a moment."""
        try:
            self._send(frames)
        except zmq.Again:
            now = self._now()
            if self._behind_since is None:
                self._behind_since = now
            return now - self._behind_since >= self._patience and self._send_past(frames)
        if self._behind_since is not None:
            pause, self._behind_since = self._now() - self._behind_since, None
            if pause < self._patience:  # else it was a stop, which tells nothing of those who read
                self._pause = max(pause, FADING * self._pause)
        self.said += frames[0] != _STATUS
        return True

    @property
    def _patience(self) -> float:
        return min(max(PATIENCE, PAUSES * self._pause), LONGEST)

    def _send_past(self, frames: Sequence[Buffer]) -> bool:
        if self._sent_past > PACE:
            self._sent_past = 0
            return False
        self._sent_past += sum(map(len, frames))
        self.lost += 1
        self._socket.setsockopt(zmq.XPUB_NODROP, 0)
        self._send(frames)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self.said += frames[0] != _STATUS
        return True
