"""The KernelManager: one kernel, its process and its channels, for one front end.

It owns shell, iopub, stdin, control and the heartbeat, and the process when we started it. What comes
back is told apart here and nowhere else: a reply to `ask` goes to the caller that waits for this msg_id
(a late one is dropped), everything else goes to the listener, in the order of its channel. What a kernel
said before it died is heard before its death is.

Every wait has an end: `ask` by its limit, and at once when the kernel dies; `ready` by a limit for
kernels that greet nobody. A kernel we started is watched by its process and never pinged; one that we
attached to is watched by the heartbeat, and may be busy: `met` is enough to know that it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import zmq

from zconsole.channel import Channel, Heartbeat, connect
from zconsole.connection import ConnectionInfo
from zconsole.kernelerror import KernelDied, KernelError, NoReply, WrongKey
from zconsole.launch import KERNEL_NAME
from zconsole.message import Buffer, Content, Message, is_counted, new_id
from zconsole.parties import Listener, Recording, Started, Watch
from zconsole.process import LOG_TAIL, Exit, Process
from zconsole.session import BadSignature, Session, WireError

WELCOME_WAIT = 0.5
"""Seconds that `ready` waits for iopub_welcome once the kernel has answered: kernels before protocol 5.5
send none."""

SHUTDOWN_WAIT = 2.0
"""Seconds for a kernel to end by itself after shutdown_request, and again after SIGTERM."""

SEAT = b"zconsole.seat."
"""The topic that a front end of ours subscribes to, with its session behind it: no message carries it, and a
kernel with seats knows by the subscription's end that we are gone. Others take no notice."""

MARK = b"zconsole.mark."
"""The topic of a mark, with our session and a number behind it: its iopub_welcome tells that what we
subscribed to before stands, in this life of the kernel."""

SILENCE = 0.02
"""Seconds without a message after which a dead kernel has said all: its sockets are closed, so our I/O
thread only has to read what the system still holds of them (less than 1 ms)."""


class KernelManager:
    """One kernel. Make it, set `listener`, `open()` it, and `close()` or `shutdown()` it.

    Arguments: `info`, where it listens; `launched`, when it is our child; `interrupt_by_message`, when
    its kernelspec says so; `signal` interrupts a kernel that is not our child past the wire, if it can, and
    says whether it did (else that is done by message); `pid` tells its process, 0 when
    that is not known here;
    `username`, for the headers; `backlog`, how many messages of iopub may wait here, for a kernel that then
    waits too: others drop what finds no room; `recorder`, who keeps what is said; `watch` watches the process
    of a kernel that is not our child, if that can be done and nobody will start it again.
    """

    def __init__(
        self,
        info: ConnectionInfo,
        *,
        listener: Listener,
        launched: Started | None = None,
        interrupt_by_message: bool = False,
        signal: Callable[[], bool] | None = None,
        pid: Callable[[], int] | None = None,
        username: str = "",
        backlog: int = 0,
        recorder: Recording | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.info = info
        self.launched = launched
        self.listener = listener
        self.process: Process | None = None
        self._by_message = interrupt_by_message or launched is None
        self._signal = signal
        self._pid = pid or (lambda: 0)
        self._username = username
        self._backlog = backlog
        self.recorder = recorder
        self._watch = watch
        self._watched: Process | None = None
        self.identity = b""
        """The identity of our sockets: what a ROUTER knows us by."""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._channels: dict[str, Channel] = {}
        self._heartbeat: Heartbeat | None = None
        self._asked: dict[str, asyncio.Future[Message]] = {}
        self._answered_at = 0
        self._understood = self._refused = self._marked = False
        self._counted = 0
        self.deaf = False
        """Whether we have given up listening on iopub, see `deafen`."""
        self._marks = 0
        self._dead: Exit | None = None
        self._ending = False
        self._farewell: asyncio.Task[None] | None = None
        self._hurry: asyncio.Future[None] | None = None

    @property
    def owned(self) -> bool:
        """Whether we started this kernel."""
        return self.launched is not None

    @property
    def alive(self) -> bool:
        """Whether the kernel can still answer, as far as we know."""
        return bool(self._channels) and self._dead is None

    @property
    def dropped(self) -> int:
        """How often frames came that were no message for us: not signed with our key, or malformed."""
        return sum(channel.dropped for channel in self._channels.values())

    @property
    def received(self) -> int:
        """How many messages have come on iopub that a kernel of ours counts, or that could not be read."""
        return self._counted + (self._channels["iopub"].dropped if self._channels else 0)

    @property
    def session_id(self) -> str:
        """The session of our messages: what another front end sees in the headers of our cells."""
        return self._session.session

    def open(self) -> None:
        """Connect the channels and watch the process. Call it in the running loop, once.

        Raises KernelError when the connection file names an address that cannot be one.
        """
        self._loop = asyncio.get_running_loop()
        self._connect()

    async def ready(self, timeout: float) -> Message:
        """Wait until the kernel answers and what it publishes reaches us; its kernel_info_reply.

        Raises NoReply, WrongKey or KernelDied.
        """
        info = await self.kernel_info(timeout)
        self._answered_at = self._log_size()
        await self.subscribed()
        return info

    async def kernel_info(self, timeout: float | None) -> Message:
        """The kernel's kernel_info_reply. It is asked for on control, where it is answered also while a cell
        runs, and, of others than our own kernel, on shell: some answer it there alone (IRkernel).

        Raises NoReply, WrongKey or KernelDied.
        """
        channels = ("control",) if self.info.kernel_name == KERNEL_NAME else ("control", "shell")
        asked = [
            self._loop.create_task(self.ask("kernel_info_request", timeout=timeout, channel=channel))
            for channel in channels
        ]
        try:
            done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in asked:
                task.cancel()
        replies = [task.result() for task in done if not task.exception()]
        return replies[0] if replies else done.pop().result()

    async def met(self) -> None:
        """Wait until somebody who speaks ZeroMQ is found where a kernel that is not ours should be. Whether
        it is the kernel, only its answer shows; it may be busy for hours before it gives one."""
        if self._heartbeat:
            await asyncio.wait([self._heartbeat.met])

    async def subscribed(self) -> None:
        """Wait until what the kernel publishes reaches us, or has had the time to."""
        await asyncio.wait([self._welcome], timeout=WELCOME_WAIT)

    def request(
        self,
        msg_type: str,
        content: Content | None = None,
        *,
        channel: str = "shell",
        metadata: Content | None = None,
        buffers: Sequence[Buffer] = (),
        subshell: str | None = None,
    ) -> Message:
        """Send a request whose answers all go to the listener; the request. Raises KernelDied."""
        if not self.alive:
            raise KernelDied(self._dead)
        message = self._session.message(
            msg_type, content, metadata=metadata, buffers=buffers, subshell_id=subshell
        )
        if self.recorder and msg_type == "execute_request":
            self.recorder.sent(message)  # before it can bring the kernel down
        self._channels[channel].send(message)
        return message

    async def ask(
        self,
        msg_type: str,
        content: Content | None = None,
        *,
        timeout: float | None,
        channel: str = "shell",
        subshell: str | None = None,
    ) -> Message:
        """Send a request, to a subshell when one is named, and wait for its own reply: `timeout` seconds at
        most, with None as long as the kernel lives.

        Raises NoReply, KernelDied, or WrongKey.
        """
        if self._refused and not self._understood:
            raise WrongKey
        request = self.request(msg_type, content, channel=channel, subshell=subshell)
        reply = self._asked[request.msg_id] = self._loop.create_future()
        try:
            return await asyncio.wait_for(reply, timeout)
        except TimeoutError:  # it stays among the asked: that is how a late reply is known
            raise NoReply(
                f"The kernel has not answered {msg_type} within {timeout:g} s.{self._drops()}"
            ) from None

    def answer_input(self, value: str, request: Message) -> None:
        """Answer an input_request. Raises KernelDied."""
        if not self.alive:
            raise KernelDied(self._dead)
        reply = self._session.message("input_reply", {"value": value}, parent=request)
        self._channels["stdin"].send(reply)
        if self.recorder:
            self.recorder.answered(request, None if request.content.get("password") else value)

    def interrupt(self) -> None:
        """Ask the kernel to stop what it runs: SIGINT to its process group, or a message on control."""
        if self.process and not self._by_message:
            self.process.interrupt()
        elif not (self._signal and self._signal()) and self.alive:
            self.request("interrupt_request", channel="control")

    def interrupt_children(self, since: float) -> None:
        """SIGINT to what the kernel has started since a moment (see `descendants.now`) outside of its own
        process group, when its process is known and of this machine."""
        from zconsole.descendants import interrupt_descendants

        if pid := self.process.pid if self.process else self._pid():
            interrupt_descendants(pid, since)

    def deafen(self) -> None:
        """Hear nothing more on iopub: the kernel shall not wait for us."""
        if self.alive and not self.deaf:
            self.deaf = True
            self._channels["iopub"].unsubscribe(b"")

    def listen(self) -> None:
        """Hear iopub again; the listener gets the iopub_welcome from which on that holds."""
        if self.alive and self.deaf:
            self.deaf, self._marked = False, True
            self._marks += 1
            self._channels["iopub"].subscribe(b"")
            self._channels["iopub"].subscribe(self._mark())

    def log_tail(self) -> str:
        """The last lines that a kernel of ours wrote past the protocol; empty when there are none.

        What it wrote while starting is told only of one that has not answered: it explains no other death.
        """
        if not self.launched:
            return ""
        try:
            with self.launched.log.open("rb") as log:
                log.seek(max(self._answered_at, self._log_size() - LOG_TAIL))
                return log.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def restart(self, first: int = 1) -> None:
        """Start a dead kernel of ours again, on the same connection file; its cells count on from `first`, if
        it can do that (`launched.first`). Raises LaunchError."""
        if self.launched is None or self._channels:
            raise RuntimeError("only a kernel of ours that has ended can be started again")
        self.launched = self.launched.again(first)
        self.info = self.launched.info
        self._answered_at = 0
        self._connect()

    async def end(self, *, restart: bool = False) -> None:
        """End a kernel of ours: by shutdown_request, else SIGTERM, else SIGKILL. Its files stay.

        `restart` tells the kernel that another will follow.
        """
        process = self.process
        if process is None:
            raise RuntimeError("this kernel is not ours to end")
        self._ending = True
        if self.alive:
            for channel in self._channels.values():
                channel.expect_end()
            self.request("shutdown_request", {"restart": restart}, channel="control")
        for step in (_nothing, process.terminate, process.kill):
            step()
            self._hurry = self._loop.create_future()
            if await process.wait(SHUTDOWN_WAIT, self._hurry):
                break
        await asyncio.wait([self._over], timeout=SHUTDOWN_WAIT)

    def hurry(self) -> None:
        """Have `end` wait no longer for what it waits for, but take the next step."""
        if self._hurry and not self._hurry.done():
            self._hurry.set_result(None)

    async def shutdown(self) -> None:
        """End a kernel of ours, leave one that we attached to; close everything; remove our files."""
        if self.process:
            await self.end()
        self.close()
        if self.launched:
            self.launched.remove_files()

    def keep(self) -> None:
        """Let go of the kernel, which runs on also when this process has ended."""
        if self.launched:
            self.launched.keep()
        self.close()

    def take_identity(self, identity: bytes, *, lasting: bool = True) -> None:
        """Be on stdin who another front end was: what its cells ask comes here. It must have disconnected.

        One that is not `lasting` does not try to get a lost route back: it is to be taken once more.
        """
        if self.alive:
            # the one before stays: where the new one is not heard it is, and no question finds nobody
            if earliest := self._channels.pop(_BEFORE, None):
                earliest.close()
            self._channels[_BEFORE] = self._channels["stdin"]
            socket = self._socket(zmq.DEALER, "stdin", identity, lasting=lasting)
            self._channels["stdin"] = Channel(
                socket, self._session, self._receiver("stdin"), self._loop, self._refuse
            )

    def close(self) -> None:
        """Let go of the kernel, which runs on."""
        self._ending = True
        if self._farewell:
            self._farewell.cancel()
        for process in (self.process, self._watched):
            if process:
                process.close()
        self._disconnect()
        self._context.term()

    def _connect(self) -> None:
        # our identity must not be guessable: who has it on a ROUTER gets what is meant for us
        self.identity = new_id().encode()
        self._session = Session(
            self.info.key, signature_scheme=self.info.signature_scheme, username=self._username
        )
        self._welcome: asyncio.Future[None] = self._loop.create_future()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._dead, self._ending, self.deaf = None, False, False
        self._understood = self._refused = self._marked = False
        for name, kind in _SOCKETS.items():
            socket = self._socket(kind, name, self.identity)
            self._channels[name] = Channel(
                socket, self._session, self._receiver(name), self._loop, self._refuse
            )
        if self.launched:
            self.process = self.launched.watch(self._loop)
            self.process.ended.add_done_callback(self._ended)
        else:
            socket = self._socket(zmq.DEALER, "hb", b"")
            self._heartbeat = Heartbeat(socket, self._lost, self.listener.revived, self._loop)
            if self._watch:
                self._watched = self._watch(self._loop)
                self._watched.ended.add_done_callback(lambda ended: self._lost())

    def _socket(self, kind: int, channel: str, identity: bytes, *, lasting: bool = True) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.sndhwm = 0
        socket.rcvhwm = self._backlog if kind == zmq.SUB else 0
        # a kernel of ours binds within a quarter of a second: look often; for others, back off
        socket.reconnect_ivl = (5 if self.launched else 100) if lasting else -1
        socket.reconnect_ivl_max = 0 if self.launched else 2000
        if kind == zmq.SUB:
            for topic in (b"", SEAT + self.session_id.encode(), self._mark()):
                socket.subscribe(topic)
        elif identity:
            socket.identity = identity
        else:
            socket.immediate = True  # beats for nobody are not kept for later
        try:
            connect(socket, self.info, channel)
        except zmq.ZMQError as error:
            # what the error says of itself names the address once more
            why = zmq.strerror(error.errno or zmq.EINVAL)
            raise KernelError(f"Cannot connect to {self.info.endpoint(channel)}: {why}.") from None
        return socket

    def _receiver(self, channel: str) -> Callable[[Message], None]:
        recorded = channel in ("iopub", "stdin")

        def receive(message: Message) -> None:
            self._understood = True
            if channel == "stdin":
                self._channels["iopub"].catch_up()  # a question belongs below what was said before it
            if channel == "iopub" and is_counted(message.msg_type):
                self._counted += 1
            if recorded and self.recorder:
                self.recorder.received(channel, message)
            reply = self._asked.pop(message.parent_id, None) if channel in ("shell", "control") else None
            if reply is not None:
                if not reply.done():
                    reply.set_result(message)
                return
            if message.msg_type == "iopub_welcome" or (channel == "iopub" and not self._welcome.done()):
                # any message from iopub shows that the subscription stands
                if not self._welcome.done():
                    self._welcome.set_result(None)
                if message.msg_type == "iopub_welcome" and not self._tells(message):
                    return
            self.listener.receive(channel, message)

        return receive

    def _refuse(self, error: WireError) -> None:
        # who has signed one message with our key has it; a bad one behind it is somebody else's
        if isinstance(error, BadSignature) and not self._understood:
            self._refused = True
            self._fail(WrongKey())

    def _mark(self) -> bytes:
        return MARK + f"{self.session_id}.{self._marks}".encode()

    def _tells(self, welcome: Message) -> bool:
        """Whether it tells the listener something: that our mark stands, and not for the first time."""
        if welcome.content.get("subscription") != self._mark().decode():
            return False
        again, self._marked = self._marked, True
        return again

    def _lost(self) -> None:
        self.listener.died(None)

    def _ended(self, ended: asyncio.Future[Exit]) -> None:
        self._dead = ended.result()
        self._farewell = self._loop.create_task(self._take_leave(self._dead))

    async def _take_leave(self, exit: Exit) -> None:
        await asyncio.gather(*(channel.end(SILENCE) for channel in self._channels.values()))
        self._disconnect()
        self._over.set_result(None)
        if not self._ending:
            self._loop.call_soon(self.listener.died, exit)

    def _disconnect(self) -> None:
        for channel in self._channels.values():
            channel.close(linger=0 if self._dead else 100)  # nobody takes what is sent to the dead
        self._channels.clear()
        if self._heartbeat:
            self._heartbeat.close()
            self._heartbeat = None
        self._fail(KernelDied(self._dead))

    def _fail(self, error: KernelError) -> None:
        for reply in self._asked.values():
            if not reply.done():
                reply.set_exception(error)
        self._asked.clear()

    def _log_size(self) -> int:
        try:
            return self.launched.log.stat().st_size if self.launched else 0
        except OSError:
            return 0

    def _drops(self) -> str:
        for name, channel in self._channels.items():
            if channel.dropped:
                return f" What came on {name} was dropped ({channel.dropped}): {channel.why_dropped}."
        return ""


def _nothing() -> None:
    pass


_BEFORE = "stdin before"  # see take_identity
_SOCKETS: Mapping[str, Any] = {
    "shell": zmq.DEALER,
    "control": zmq.DEALER,
    "stdin": zmq.DEALER,
    "iopub": zmq.SUB,
}
