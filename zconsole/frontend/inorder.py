"""What the kernel says on stdin, in its order among what it says on iopub.

They are two sockets, and nothing holds one back until the other has arrived. Our own kernel says with each
question how much it had published by then, and with each change of the seats how much before that: so we know
whether a question is ahead of its output. It waits for that, `WAIT` seconds at most: then something was lost
on the way, and from then on so much less is waited for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from zconsole.frontend.seats import number

if TYPE_CHECKING:
    from zconsole.message import Message

WAIT = 0.5
"""Seconds for output that was said before a question. It is on its way, by another road."""


class InOrder:
    """Passes messages of stdin on to `deliver`, in their order. `received` says how many messages have come
    on iopub, of those that the kernel counts as published."""

    def __init__(self, deliver: Callable[[Message], None], received: Callable[[], int]) -> None:
        self._deliver = deliver
        self._received = received
        self._waiting: deque[Message] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._before_us: int | None = None
        """How much had been published that we never receive; None when that is not known."""

    def receive(self, message: Message) -> None:
        """A message has come on stdin."""
        self._waiting.append(message)
        self._advance()

    def heard(self, message: Message) -> None:
        """A message of iopub has been dealt with: pass on what waited for it."""
        published = number(message.content.get("published")) if message.msg_type == "seats" else None
        if published is not None:
            self._before_us = published + 1 - self._received()
        self._advance()

    def forget(self) -> None:
        """Another life of the kernel begins."""
        self._waiting.clear()
        self._before_us = None
        self._stop_waiting()

    def _advance(self) -> None:
        while self._waiting:
            if self._ahead(self._waiting[0]) > 0:
                self._timer = self._timer or asyncio.get_running_loop().call_later(WAIT, self._give_up)
                return
            self._stop_waiting()
            self._deliver(self._waiting.popleft())

    def _ahead(self, message: Message) -> int:
        """How many messages of iopub are still to come before this one."""
        published = number(message.metadata.get("published"))
        if published is None or self._before_us is None:
            return 0
        return published - self._before_us - self._received()

    def _give_up(self) -> None:
        self._timer = None
        if self._before_us is not None:
            self._before_us += max(0, self._ahead(self._waiting[0]))
        self._advance()

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
