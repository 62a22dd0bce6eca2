"""The I/O thread: the only one that touches the kernel's sockets.

It waits on everything at once: requests on shell and control, answers on stdin, subscriptions on iopub,
the outbox's wake-up, and descriptors that others have it watch. It decides little: a request that `control`
can answer is answered here, so also while a cell runs and while IPython is still being imported; all others
go to the main thread's inbox. What user code does cannot get between the frames of a message: it has no
socket.

The rules that must hold:

- a ready socket is drained before the next wait, the outbox before every wait, and neither keeps the
  other from its turn;
- a frame that is no acceptable message is counted and dropped, and nothing stops;
- what is done here for others (a request, a call, a timer, a descriptor) or cannot be sent may fail: that is
  written to the log, and this thread goes on, for without it the kernel is silent for ever;
- signals are the main thread's (they are blocked here).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain, count
from math import ceil
from time import monotonic
from typing import Any, Protocol

import zmq

from zconsole.connection import ConnectionInfo
from zconsole.kernel.heartbeat import start_heartbeat
from zconsole.kernel.log import tell_failure
from zconsole.kernel.outbox import Call, Frames, Late, Outbox
from zconsole.kernel.ownthread import leave_signals_to_main, own
from zconsole.kernel.publisher import Publisher
from zconsole.kernel.waker import Waker
from zconsole.message import Buffer, Content, Header, Message
from zconsole.multipart import receiver, sender
from zconsole.session import Session, WireError

MAX_MESSAGE = 1 << 30
"""Bytes in one frame of a request: libzmq refuses a larger one before it takes memory for it."""

MAX_TOPIC = 1 << 20
"""Bytes in what a subscriber says."""

CORK = 1
"""Milliseconds after a request until its `busy` goes out if nothing else did: most cells have answered
by then, and busy, input, reply and idle leave in one turn."""

TURNS = 4
"""Times that the outbox is emptied and found filled again until the sockets are looked at all the same: a
flood must not keep an interrupt_request or the parent's end from being seen."""

NAP = 1
"""Milliseconds until the next look whether subscribers that are behind have caught up."""

RETRY = 0.05
"""Seconds between attempts to deliver an input_request to a client whose stdin is not there yet."""

UNHEARD = 200
"""Messages kept for the first client that subscribes: what a startup file printed, and how it failed; what
came of a request that was quicker than its client's subscription (of its sockets, one may find a kernel that
has just been restarted 100 ms before the other)."""

LISTENER_WAIT = 1.0
"""Seconds that more than that waits for a first subscriber; then there is none, and it is lost."""


class Receiver(Protocol):
    """Where what arrives goes. Called in the I/O thread."""

    def request(self, channel: str, message: Message) -> bool:
        """A request on shell or control. False when nobody had to be asked for it."""

    def input_reply(self, message: Message) -> None:
        """An answer on stdin."""

    def topic(self, topic: bytes, subscribed: bool) -> bool:
        """A subscription on iopub has come or gone. True when it is none to output, and gets no welcome."""


class CannotListen(Exception):
    """A socket that cannot be bound. The text is a sentence."""


class IOThread:
    """Binds the sockets, starts the heartbeat, and the thread.

    Arguments: `info`, where to bind; `session`, which signs and checks. `log` is the descriptor where
    failures are told.

    Raises CannotListen.
    """

    log = 2

    def __init__(self, info: ConnectionInfo, session: Session) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._waker = Waker()
        self._session = session
        self.outbox = Outbox(session, self._waker.wake)
        self.dropped: Counter[str] = Counter()
        try:
            self._sockets = {name: self._bind(kind, info.endpoint(name)) for name, kind in _KINDS.items()}
            start_heartbeat(self._context, info.endpoint("hb"))
        except zmq.ZMQError as error:
            raise CannotListen(f"Cannot listen at {info.transport}://{info.ip}: {error}.") from None
        self._senders = {name: sender(socket) for name, socket in self._sockets.items()}
        self._receivers = {name: receiver(socket) for name, socket in self._sockets.items()}
        self._poller = zmq.Poller()
        self._watched: dict[int, Callable[[], None]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._timer_ids = count()
        self._unsent: Iterator[Frames | Late | Call] | None = None
        self._undelivered: list[Sequence[Any]] = []
        self._unheard: list[Frames | Late] | None = []
        self._welcomes = 0
        self._unheard_until: float | None = None
        self._running = True
        self._thread = own(threading.Thread(target=self._run, name="zmq", daemon=True))

    def start(self, receiver: Receiver) -> None:
        """Begin to receive and to send."""
        self._receiver = receiver
        self._thread.start()

    def watch(self, fd: int, ready: Callable[[], None]) -> None:
        """Call `ready` in the I/O thread whenever a descriptor is readable, until that fails.

        For before `start`, or that thread itself, as `unwatch` and `later`.
        """
        self._watched[fd] = ready
        self._poller.register(fd, zmq.POLLIN)

    def unwatch(self, fd: int) -> None:
        """Watch a descriptor no more."""
        del self._watched[fd]
        self._poller.unregister(fd)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in the I/O thread, so many seconds from now."""
        heappush(self._timers, (monotonic() + seconds, next(self._timer_ids), action))

    def stop(self, timeout: float) -> None:
        """Send what has been said so far, close the sockets, end the threads; `timeout` seconds at most."""
        self.outbox.call(self._stop)
        self._thread.join(timeout)
        self._context.term()  # what a socket still has to send goes out, within its linger

    def publish(
        self, msg_type: str, content: Content, parent: Message | Header | None, *, lazy: bool = False
    ) -> None:
        """Say something on iopub, in its turn. With `reply` the Port of those who run in the I/O thread."""
        self.outbox.publish(msg_type, content, parent, lazy=lazy)

    def reply(
        self,
        socket: str,
        request: Message,
        msg_type: str,
        content: Content,
        *,
        metadata: Content | None = None,
        lazy: bool = False,
    ) -> None:
        """Answer at once, past all that waits for slow readers of iopub. Raises Unserializable."""
        message = self.outbox.message(msg_type, content, request, metadata)
        self._send(Frames(socket, self._session.encode(message)))

    @property
    def published(self) -> int:
        """How many messages of output have gone out on iopub: neither statuses nor welcomes."""
        return self._publisher.said - self._welcomes

    def publish_counted(self, msg_type: str, content: Content, parent: Header | None) -> None:
        """Say something on iopub in its turn, with how much went before it as `published`."""
        message = self._session.message(msg_type, content, parent=parent, identities=(msg_type.encode(),))

        def make() -> Sequence[Buffer]:
            counted = {**content, "published": self.published}
            return self._session.encode(message._replace(content=counted))

        self.outbox.send_late(make)

    def drain_shell(self, done: Callable[[], None]) -> None:
        """Have what clients have sent so far on shell received, then call `done` (in the I/O thread)."""

        def drain() -> None:
            self._receive("shell")
            done()

        self.outbox.call(drain)

    def drain_stdin(self) -> None:
        """Receive what clients have sent so far on stdin. For the I/O thread itself, as the next two."""
        self._receive("stdin")

    def send_stdin(self, frames: Sequence[Buffer], *, keep: bool = True) -> None:
        """Send on stdin; with `keep` also to a client that has not connected yet."""
        self._send(Frames("stdin", frames), keep)

    def withdraw_stdin(self, message: Message) -> None:
        """Keep a message of ours no longer for clients that have not connected."""
        self._undelivered = [frames for frames in self._undelivered if message.header.raw not in frames]

    def _bind(self, kind: int, endpoint: str) -> zmq.Socket[Any]:
        socket: zmq.Socket[Any] = self._context.socket(kind)
        socket.linger = 1000
        if kind == zmq.XPUB:
            self._publisher = Publisher(socket)
            socket.maxmsgsize = MAX_TOPIC
            # without it the second client that subscribes gets no welcome (JEP 65)
            socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        else:
            socket.sndhwm = socket.rcvhwm = 0
            socket.maxmsgsize = MAX_MESSAGE
            # a client that comes back under its identity takes its route over
            socket.router_handover = True
            socket.router_mandatory = True
        socket.bind(endpoint)
        return socket

    def _run(self) -> None:
        leave_signals_to_main()
        for socket in self._sockets.values():
            self._poller.register(socket, zmq.POLLIN)
        self.watch(self._waker.fd, self._waker.clear)
        names: dict[Any, str] = {socket: name for name, socket in self._sockets.items()}
        corked, turns = False, 0
        while True:
            timeout: int | None = 0
            try:
                sent = self._send_all()
            except Exception:  # noqa: BLE001  # the boundary, see the rules
                tell_failure(self.log)
                continue  # with the rest
            if not self._running:
                break
            if not sent:
                self.outbox.behind()
                timeout = NAP
            elif self.outbox.sleep(corked):
                timeout = CORK if corked else self._until_timer() if self._timers else None
                corked = False
            elif (turns := turns + 1) < TURNS:
                continue
            turns = 0
            for ready, _ in self._poller.poll(timeout):
                if ready in names:
                    corked |= self._receive(names[ready])
                elif ready in self._watched:
                    self._look_at(ready)
            while self._timers and self._timers[0][0] <= monotonic():
                self._ring(heappop(self._timers)[2])
        for socket in self._sockets.values():
            socket.close()

    def _send_all(self) -> bool:
        """Send what has been said; False when subscribers are behind, and the rest has to wait."""
        self._unsent = unsent = self._unsent or self.outbox.take()
        for item in unsent:
            if isinstance(item, Call):
                item.action()
            elif item.socket != "iopub":
                self._send(item)
            elif not (self._publisher.send(item.frames) if self._unheard is None else self._keep(item)):
                self._unsent = chain([item], unsent)
                return False
        self._unsent = None
        return True

    def _keep(self, item: Frames | Late) -> bool:
        """Keep something for the first subscriber; False when there is no room and he may still come."""
        assert self._unheard is not None
        if len(self._unheard) < UNHEARD:
            self._unheard.append(item)
            return True
        if self._unheard_until is None:
            self._unheard_until = monotonic() + LISTENER_WAIT
        return monotonic() >= self._unheard_until

    def _until_timer(self) -> int:
        # rounded up: poll takes whole milliseconds, and one too early would find nothing due
        return max(0, ceil((self._timers[0][0] - monotonic()) * 1000))

    def _receive(self, name: str) -> bool:
        receive, asked = self._receivers[name], False
        while True:
            try:
                frames = receive()
            except zmq.Again:
                return asked
            try:
                if name == "iopub":
                    self._subscription(frames)
                elif name == "stdin":
                    self._receiver.input_reply(self._session.decode(frames))
                else:
                    asked |= self._receiver.request(name, self._session.decode(frames))
            except WireError as error:
                self.dropped[type(error).__name__] += 1
            except Exception:  # noqa: BLE001  # the boundary, see the rules
                tell_failure(self.log)

    def _subscription(self, frames: Sequence[Buffer]) -> None:
        # a subscriber says \x01 and a topic, \x00 when it ends; all else that a peer can send is not for us
        said = bytes(frames[0])
        if len(frames) != 1 or said[:1] not in (b"\x00", b"\x01"):
            return
        subscribed, topic = said[0] == 1, said[1:]
        if self._receiver.topic(topic, subscribed) or not subscribed:
            return
        try:
            content = {"subscription": topic.decode()}
        except UnicodeDecodeError:
            return  # JEP 65: no welcome for a topic that JSON has no form for
        welcome = self._session.message("iopub_welcome", content, identities=(topic or b"welcome",))
        # it overtakes all that has not been sent, so it is sent before any count is taken
        self._welcomes += 1
        held, self._unheard = self._unheard or (), None
        first = Frames("iopub", self._session.encode(welcome))
        self._unsent = chain([first], held, self._unsent or ())

    def _send(self, item: Frames | Late, keep: bool = True) -> None:
        try:
            self._senders[item.socket](item.frames)
        except zmq.Again:
            self.dropped["send"] += 1
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            # nobody of that identity is connected: a client that went away, or, on stdin, one
            # whose socket is late
            if keep and item.socket == "stdin":
                if not self._undelivered:
                    self.later(RETRY, self._retry)
                self._undelivered.append(item.frames)

    def _retry(self) -> None:
        waiting, self._undelivered = self._undelivered, []
        for frames in waiting:
            self._send(Frames("stdin", frames))

    def _stop(self) -> None:
        self._running = False

    def _look_at(self, fd: int) -> None:
        try:
            self._watched[fd]()
        except Exception:  # noqa: BLE001  # the boundary, see the rules
            tell_failure(self.log)
            if fd in self._watched:  # it may be readable for ever
                self.unwatch(fd)

    def _ring(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001  # the boundary, see the rules
            tell_failure(self.log)


# in the order in which they are looked at: who has subscribed and asked is subscribed when it is answered
_KINDS = {"iopub": zmq.XPUB, "shell": zmq.ROUTER, "control": zmq.ROUTER, "stdin": zmq.ROUTER}
