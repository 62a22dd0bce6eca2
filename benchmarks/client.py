"""A kernel in a process, and a client of it that costs as little as possible.

Requests are made and signed before the clock starts; replies are kept as the frames that came and read
after it has stopped. One thread, blocking sockets: nothing of the client can be waited for but the kernel.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import zmq
from jupyter_client.session import Session

from benchmarks.processes import Brood
from benchmarks.terminal import Fault

_DELIMITER = b"<IDS|MSG>"
_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
Frames = list[bytes]


@dataclass(frozen=True, slots=True)
class Message:
    """One that has come: when, and its frames from the header on."""

    moment: float
    frames: Frames

    def is_for(self, request: bytes) -> bool:
        return request in self.frames[1]

    @property
    def kind(self) -> str:
        return str(json.loads(self.frames[0])["msg_type"])

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.frames[3]))

    @property
    def is_idle(self) -> bool:
        return len(self.frames[3]) < 100 and b'"idle"' in self.frames[3]

    @property
    def is_stream(self) -> bool:
        return b'"stream"' in self.frames[0]


@dataclass(slots=True)
class Ran:
    """What one execute_request brought: the moments are seconds since it was sent."""

    replied: float = 0.0
    idle: float = 0.0
    finished: float = 0.0  # the reply, idle and all output are here
    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def text(self, name: str = "stdout") -> str:
        contents = (message.content for message in self.messages if message.is_stream)
        return "".join(content["text"] for content in contents if content["name"] == name)


class Kernel:
    """`argv`, with its connection file for ``{connection_file}``, runs from ``with`` to its end."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self.brood = Brood()
        self.context = zmq.Context()
        self.folder = Path(tempfile.mkdtemp(prefix="k-", dir=environment["HOME"]))
        self.connection_file = self.folder / "connection.json"
        self._ports = dict(zip(_CHANNELS, _free_ports(len(_CHANNELS)), strict=True))
        self.connection_file.touch(mode=0o600)
        self.connection_file.write_text(json.dumps(_connection(self._ports)))
        self._session = Session(key=_KEY, username="bench")
        self._output = (self.folder / "output").open("w+b")
        self.shell = self._connect(zmq.DEALER, "shell")
        self.control = self._connect(zmq.DEALER, "control")
        self.iopub = self.subscribe()
        self.started = perf_counter()
        self.process = subprocess.Popen(
            [part.format(connection_file=self.connection_file) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env=self.brood.environment(environment),
            cwd=self.folder,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.brood.end()
        self.process.wait(5)
        self._output.close()
        self.context.destroy(linger=0)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- sockets

    def subscribe(self, queue: int = 0, buffer: int | None = None) -> zmq.Socket[bytes]:
        """One more reader of iopub: messages that it holds at most (0: any), bytes of its socket's buffer."""
        reader = self._connect(zmq.SUB, "iopub", queue, buffer)
        reader.subscribe(b"")
        return reader

    def _connect(
        self, kind: int, channel: str, queue: int = 0, buffer: int | None = None
    ) -> zmq.Socket[bytes]:
        new = self.context.socket(kind)
        new.linger = 0
        new.rcvhwm = queue
        new.reconnect_ivl = 1  # the default of 100 ms would be in every start
        if buffer is not None:
            new.rcvbuf = buffer
        if kind == zmq.DEALER:
            new.identity = self._session.bsession
        new.connect(f"tcp://127.0.0.1:{self._ports[channel]}")
        return new

    # --- requests

    def request(
        self, kind: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()
    ) -> tuple[bytes, Frames]:
        """Its msg_id, and what to send."""
        message = self._session.msg(kind, dict(content))
        return message["header"]["msg_id"].encode(), [*self._session.serialize(message), *buffers]

    def execute_request(self, code: str) -> tuple[bytes, Frames]:
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        return self.request("execute_request", {**content, "allow_stdin": False, "stop_on_error": True})

    def ask(
        self, kind: str, content: Mapping[str, Any] | None = None, limit: float = 30
    ) -> tuple[float, Message]:
        """A request on shell: the seconds to its reply, and the reply."""
        request, frames = self.request(kind, content or {})
        sent = perf_counter()
        self.shell.send_multipart(frames)
        reply = self.reply(self.shell, request, limit)
        return reply.moment - sent, reply

    def reply(self, channel: zmq.Socket[bytes], request: bytes, limit: float = 30) -> Message:
        return next(message for message in self.receive([channel], limit) if message.is_for(request))

    def receive(self, channels: Sequence[zmq.Socket[bytes]], limit: float) -> Iterator[Message]:
        """Messages as they come. Fault: `limit` seconds have gone, or the kernel has died."""
        poller, end = zmq.Poller(), perf_counter() + limit
        for channel in channels:
            poller.register(channel, zmq.POLLIN)
        while (left := end - perf_counter()) > 0:
            ready = poller.poll(int(min(left, 0.5) * 1000) + 1)
            for channel, _ in ready:
                yield receive(channel)
            if not ready and self.process.poll() is not None:
                raise Fault(f"the kernel ended with status {self.process.returncode}: {self._last_words()}")
        raise Fault(f"not in {limit:g} s")

    def ready(self, limit: float = 60) -> Self:
        """Wait until the kernel answers and what it publishes arrives here."""
        with ExitStack() as failed:
            failed.push(self)  # no ``with`` has it yet
            self.ask("kernel_info_request", limit=limit)
            self.see(self.iopub)
            failed.pop_all()
        return self

    def see(self, *readers: zmq.Socket[bytes]) -> None:
        """Wait until each of these readers gets what the kernel publishes, then until it is quiet."""
        for _ in range(100):
            self.ask("kernel_info_request")
            if all(reader.poll(50) for reader in readers):
                break
        else:
            raise Fault("nothing is published")
        for reader in (self.iopub, *readers):
            while reader.poll(50):
                reader.recv_multipart()

    def run(self, code: str, characters: int = 0, limit: float = 60) -> Ran:
        """Execute it, until the reply, idle and that many characters on stdout are here. Or Fault."""
        request, frames = self.execute_request(code)
        ran, size = Ran(), 0
        sent = perf_counter()
        self.shell.send_multipart(frames)
        for message in self.receive([self.iopub, self.shell], limit):
            since = message.moment - sent
            if message.is_stream:
                size += len(message.content["text"]) if characters else 0
            elif message.is_for(request) and message.is_idle:
                ran.idle = since
            elif message.is_for(request) and b'"execute_reply"' in message.frames[0]:
                ran.replied, ran.reply = since, message.content
            ran.messages.append(message)
            if ran.replied and ran.idle and (size >= characters or not self.iopub.poll(2000)):
                ran.finished = since
                return ran
        raise AssertionError  # receive() does not end without a Fault

    def interrupt(self) -> None:
        """As jupyter_client does it: a signal to the process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def shut_down(self, limit: float = 20) -> float:
        """Seconds from shutdown_request to the end of the process."""
        _, frames = self.request("shutdown_request", {"restart": False})
        watched, poller = os.pidfd_open(self.process.pid), select.poll()
        poller.register(watched, select.POLLIN)
        sent = perf_counter()
        self.control.send_multipart(frames)
        gone = poller.poll(limit * 1000)
        seconds = perf_counter() - sent
        os.close(watched)
        if not gone:
            raise Fault(f"still there {limit:g} s after shutdown_request")
        return seconds

    def _last_words(self) -> str:
        self._output.flush()
        lines = Path(self._output.name).read_text(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "it said nothing"


def receive(channel: zmq.Socket[bytes]) -> Message:
    """What is there to be read."""
    frames = channel.recv_multipart()
    return Message(perf_counter(), frames[frames.index(_DELIMITER) + 2 :])


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _connection(ports: Mapping[str, int]) -> dict[str, object]:
    named = {f"{channel}_port": port for channel, port in ports.items()}
    scheme = {"signature_scheme": "hmac-sha256", "key": _KEY.decode()}
    return {**named, **scheme, "transport": "tcp", "ip": "127.0.0.1", "kernel_name": "bench"}


_KEY = b"a" * 32
