"""Our seat at the kernel: taken when it answers, again in each new life of it and after a stop of ours.

Before a stop (Ctrl+Z) the subscription to the kernel's output is given up, so that it never waits for
somebody who does not read; the seat stays ours. On the way back the subscription is taken up again, and the
kernel's count of what it has published, against ours of what has come, says how much was missed.

What tells that a subscription stands is a *mark*: one more, to a topic of our own, that the kernel welcomes
behind it (JEP 65). A kernel without seats tells its number by a cell that is nothing, or by its silence that
it is busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic, time
from typing import TYPE_CHECKING

from zconsole.frontend import seats
from zconsole.frontend.lengths import roughly
from zconsole.frontend.link import Link
from zconsole.frontend.together import Notice, Numbered, Overheard, Together, missed_sentence

if TYPE_CHECKING:
    from zconsole.message import Content, Message

JOIN_WAIT = 5.0
"""Seconds for the answer to a seat_request. The kernel's I/O thread gives it, within a millisecond."""

SHELL_WAIT = 0.5
"""Seconds for a kernel without seats to answer on shell; then it is busy."""

FLUSH_WAIT = 0.2
"""Seconds for a sign that what was sent has gone out, before the program stops: nobody likes a Ctrl+Z that
hangs."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the stream of iopub: how much the kernel had published, and we had received, of what counts
    (statuses do not: our own questions have some, and who was away misses nothing by them)."""

    published: int
    received: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of ours: when (monotonic seconds), and the number of the next cell then."""

    at: float
    number: int


class Attendance:
    """Keeps our seat. `tell` gets what is to be shown; `number` says the number of the next cell."""

    def __init__(
        self,
        link: Link,
        together: Together,
        tell: Callable[[Iterable[Overheard]], None],
        number: Callable[[], int],
    ) -> None:
        self._link = link
        self._together = together
        self._tell = tell
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._joining: asyncio.Task[None] | None = None
        self._announced: asyncio.Future[Place] = self._loop.create_future()
        self._place: Place | None = None
        self._stop: Stop | None = None
        self._seated = False
        self._asked_on_shell = ""
        self._counted_since = False
        self._silence: asyncio.TimerHandle | None = None

    def begin(self, info: Content) -> None:
        """The kernel has answered, in this life for the first time."""
        self.end()
        manager = self._link.manager
        if manager is None:
            return
        self._together.begin(manager.session_id)
        self._place = None
        self._seated = seats.supported(info)
        if self._seated:
            self._join()
        elif not manager.owned:
            self._ask_on_shell()
            self._silence = self._loop.call_later(SHELL_WAIT, self._silent)

    async def settled(self) -> bool:
        """Wait until the kernel has told who is there and what it runs; whether it tells such things."""
        if self._joining:
            await asyncio.wait([self._joining], timeout=JOIN_WAIT)
        return self._seated

    def end(self) -> None:
        """Wait for nothing more."""
        if self._joining:
            self._joining.cancel()
        if self._silence:
            self._silence.cancel()
        self._asked_on_shell = ""

    def receive(self, channel: str, message: Message) -> bool:
        """See what a message means for our seat; whether it was for that alone."""
        if message.msg_type == "iopub_welcome":
            # of one of our marks: the manager passes no other on
            if self._seated:
                self._join()
            return True
        if channel == "shell" and message.parent_id == self._asked_on_shell != "":
            self._answered_on_shell(message.content)
            return True
        if message.msg_type == "seats":
            self._seats(message)
        self._counted_since |= message.msg_type == "execute_input"
        return False

    async def pause(self) -> None:
        """Give up the subscription, before the program stops; when this returns it has reached the kernel, or
        the kernel takes too long."""
        from zconsole.kernelerror import KernelError

        manager = self._link.manager
        self._stop = self._stop or Stop(monotonic(), self._number())
        if manager is None or not self._link.answered:
            return
        manager.deafen()
        self._together.forget_running()
        try:
            # one thread sends for all sockets, in the order in which it was asked to
            await manager.ask("kernel_info_request", timeout=FLUSH_WAIT, channel="control")
        except KernelError:
            pass

    def resume(self) -> None:
        """The program goes on after a stop, with `pause` before it or not."""
        manager = self._link.manager
        if manager is None or not self._link.answered:
            self._stop = None
        elif manager.deaf:
            manager.listen()  # its mark will be welcomed, and then we join
            if not self._seated and self._stop:
                length = roughly(monotonic() - self._stop.at)
                self._tell([Notice(f"Stopped for {length}; what was said meanwhile is not shown.")])
                self._record_gap(self._stop, None)
                self._stop = None
        elif self._seated and (self._joining is None or self._joining.done()):
            self._join()

    def _join(self) -> None:
        self.end()
        self._joining = self._loop.create_task(self._take_seat())

    async def _take_seat(self) -> None:
        self._announced = self._loop.create_future()
        self._together.joining()
        number = self._number()
        content = {"name": self._together.wanted_name, "join": True}
        reply = await self._link.ask("seat_request", content, JOIN_WAIT, channel="control")
        if reply is None or reply.get("status") != "ok":
            why = seats.printable(str(reply.get("evalue", ""))) if reply else "it does not answer"
            self._tell([Notice(f"The others on this kernel do not see us: {why}.")])
            return
        before, stop = self._place, self._stop
        events = self._together.joined(reply)
        await asyncio.wait([self._announced], timeout=JOIN_WAIT)
        if self._announced.done():
            self._place, self._stop = self._announced.result(), None
            missed = _missed(before, self._place)
            if missed:
                self._record_gap(stop, missed if missed > 0 else None)
            sentence = _missed_sentence(missed, stop, seats.number(reply.get("execution_count")))
            events = [Notice(sentence), *events] if sentence else events
        # a number that has changed meanwhile is newer than the answer
        old = self._number() != number
        self._tell(event for event in events if not (old and isinstance(event, Numbered)))

    def _record_gap(self, stop: Stop | None, missed: int | None) -> None:
        if self._link.recorder:
            self._link.recorder.gap(time() - (monotonic() - stop.at if stop else 0), missed)

    def _seats(self, message: Message) -> None:
        parent, manager = message.parent_header, self._link.manager
        ours = parent is not None and manager is not None and parent.session == manager.session_id
        published = seats.number(message.content.get("published"))
        if ours and manager and published is not None and not self._announced.done():
            self._announced.set_result(Place(published, manager.received))

    def _ask_on_shell(self) -> None:
        if self._link.manager and self._link.manager.alive:
            self._asked_on_shell = self._link.manager.request("execute_request", _NOTHING).msg_id
            self._counted_since = False

    def _answered_on_shell(self, content: Content) -> None:
        self.end()
        self._together.spoke()
        if (count := seats.number(content.get("execution_count"))) is not None:
            # a cell that begins tells a newer one, on a socket that may be quicker
            if not self._counted_since:
                self._tell([Numbered(count + 1)])
        elif content.get("status") == "aborted":  # somebody's cell that failed took it along
            self._ask_on_shell()

    def _silent(self) -> None:
        self._tell(self._together.silent())


_NOTHING = {
    "code": "",
    "silent": True,
    "store_history": False,
    "user_expressions": {},
    "allow_stdin": False,
    "stop_on_error": False,
}


def _missed(before: Place | None, now: Place) -> int:
    """How many messages were missed; -1 when the kernel was started again."""
    if before is None:
        return 0
    if now.published < before.published:
        return -1
    return max(0, now.published - before.published - (now.received - before.received))


def _missed_sentence(missed: int, stop: Stop | None, number: int | None) -> str:
    stopped = monotonic() - stop.at if stop else None
    first = stop.number if stop else number or 0
    return missed_sentence(stopped, missed, first, number or first)
