"""A scripted kernel, and a listener that remembers: what the tests of the wire hold on to.

Run as a program, this is a kernel that does what its requests say: `echo_request` is answered by
`echo_reply` and so on, a method for each. It is made of pyzmq and our Session, and of nothing else of
ours that is tested with it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import zmq

from zconsole.connection import ConnectionInfo
from zconsole.kernel.parent import watch_parent
from zconsole.launch import Launch, launch, remove_files
from zconsole.message import Message
from zconsole.process import Exit
from zconsole.record import Record, read_record
from zconsole.session import Session, WireError

DEADLINE = 15.0
"""Seconds that any one test may wait: ten times what a loaded machine needs."""

TAG = "ZCONSOLE_FAKE_TAG"


class FakeKernel:
    """One thread, one poller. `options`: see `main`."""

    def __init__(self, fields: dict[str, Any], options: argparse.Namespace) -> None:
        self.options = options
        self.session = Session(fields["key"].encode())
        self.context: zmq.Context = zmq.Context()
        self.sockets = {
            name: self.bind(fields, name, kind)
            for name, kind in {
                "shell": zmq.ROUTER,
                "control": zmq.ROUTER,
                "stdin": zmq.ROUTER,
                "iopub": zmq.XPUB if options.welcome else zmq.PUB,
            }.items()
        }
        heartbeat = self.bind(fields, "hb", zmq.ROUTER)
        threading.Thread(target=zmq.proxy, args=(heartbeat, heartbeat), daemon=True).start()
        self.held: list[tuple[str, Message]] = []
        self.wake, self.waker = socket.socketpair()
        self.waker.setblocking(False)
        signal.set_wakeup_fd(self.waker.fileno())
        signal.signal(signal.SIGINT, lambda *_: None)
        if options.ignore_sigterm:
            signal.signal(signal.SIGTERM, lambda *_: None)

    def bind(self, fields: dict[str, Any], name: str, kind: int) -> zmq.Socket:
        made = self.context.socket(kind)
        made.sndhwm = made.rcvhwm = 0
        separator = "-" if fields["transport"] == "ipc" else ":"
        made.bind(f"{fields['transport']}://{fields['ip']}{separator}{fields[f'{name}_port']}")
        return made

    def run(self) -> None:
        poller = zmq.Poller()
        for each in (*self.sockets.values(), self.wake):
            poller.register(each, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self.wake.fileno() in ready:
                self.publish("stream", {"signals": list(self.wake.recv(100))})
            for name, each in self.sockets.items():
                if each in ready:
                    self.receive(name, each.recv_multipart())

    def receive(self, channel: str, frames: list[bytes]) -> None:
        if channel == "iopub":
            if frames[0][:1] == b"\x01":
                topic = frames[0][1:]
                self.publish("iopub_welcome", {"subscription": topic.decode()}, topic=topic or b"topic")
            return
        try:
            request = self.session.decode(frames)
        except WireError:
            return
        if channel == "stdin":
            self.publish("stream", {"input": request.content["value"]}, parent=request)
            return
        self.publish("status", {"execution_state": "busy"}, parent=request)
        getattr(self, request.msg_type, self.mute_request)(channel, request)  # the unknown is not answered
        self.publish("status", {"execution_state": "idle"}, parent=request)

    def publish(
        self, msg_type: str, content: Mapping, parent: Message | None = None, topic: bytes = b"topic"
    ) -> None:
        message = self.session.message(msg_type, content, parent=parent, identities=(topic,))
        self.sockets["iopub"].send_multipart(self.session.encode(message))

    def reply(self, channel: str, request: Message, content: Mapping, session: Session | None = None) -> None:
        session = session or self.session
        msg_type = request.msg_type.replace("_request", "_reply")
        message = session.message(msg_type, content, parent=request, identities=request.identities)
        self.sockets[channel].send_multipart(session.encode(message))

    def leave(self) -> None:
        self.context.destroy(linger=5000)
        os._exit(0)

    # what it can be asked for

    def kernel_info_request(self, channel: str, request: Message) -> None:
        self.reply(channel, request, {"status": "ok", "pid": os.getpid(), "channel": channel})

    def shutdown_request(self, channel: str, request: Message) -> None:
        if not self.options.ignore_shutdown:
            self.reply(channel, request, request.content)
            self.leave()

    def interrupt_request(self, channel: str, request: Message) -> None:
        self.reply(channel, request, {"status": "ok"})
        self.publish("stream", {"interrupted": "by message"})

    def usage_request(self, channel: str, request: Message) -> None:
        if not self.options.ignore_usage:
            self.reply(channel, request, {"pid": os.getpid(), "hostname": socket.gethostname()})

    def echo_request(self, channel: str, request: Message) -> None:
        self.reply(channel, request, {**request.content, "username": request.header.username})

    def mute_request(self, channel: str, request: Message) -> None:
        pass

    def hold_request(self, channel: str, request: Message) -> None:
        self.held.append((channel, request))

    def release_request(self, channel: str, request: Message) -> None:
        """Answer what was held, last first."""
        for where, held in reversed(self.held):
            self.reply(where, held, held.content)
        self.held.clear()
        self.reply(channel, request, {})

    def twice_request(self, channel: str, request: Message) -> None:
        self.reply(channel, request, {"n": 1})
        self.reply(channel, request, {"n": 2})

    def forge_request(self, channel: str, request: Message) -> None:
        self.reply(channel, request, {}, Session(b"another key"))

    def garbage_request(self, channel: str, request: Message) -> None:
        self.send_garbage(channel, request)
        self.reply(channel, request, {})

    def send_garbage(self, channel: str, request: Message) -> None:
        identity = request.identities[0]
        for frames in ([b""], [b"x"] * 7, [b"<IDS|MSG>", b"", b"{}"], [b"<IDS|MSG>", *[b"\xff"] * 5]):
            self.sockets[channel].send_multipart([identity, *frames])
            self.sockets["iopub"].send_multipart(frames)

    def execute_request(self, channel: str, request: Message) -> None:
        """A cell, whose code is what happens in it; it prints a line."""
        if request.content["code"] == "garbage":
            self.send_garbage(channel, request)
        self.publish("stream", {"name": "stdout", "text": "printed\n"}, parent=request)
        self.reply(channel, request, {"status": "ok", "execution_count": 1})

    def flood_request(self, channel: str, request: Message) -> None:
        for number in range(request.content["n"]):
            self.publish("stream", {"n": number}, parent=request)
        self.reply(channel, request, {})
        if "exit" in request.content:
            self.context.destroy(linger=5000)
            os._exit(request.content["exit"])

    def input_request(self, channel: str, request: Message) -> None:
        message = self.session.message("input_request", {"prompt": "? "}, parent=request)
        frames = [request.identities[0], *self.session.encode(message)]
        self.sockets["stdin"].send_multipart(frames)

    def die_request(self, channel: str, request: Message) -> None:
        print("last words", file=sys.stderr, flush=True)
        if "signal" in request.content:
            os.kill(os.getpid(), request.content["signal"])
        os._exit(request.content["exit"])

    def family_request(self, channel: str, request: Message) -> None:
        """A child and a grandchild, which both ignore SIGTERM; the reply comes when they do."""
        script = "trap '' TERM; trap 'echo INT' INT; sleep 1000 & echo $!; while :; do wait; done"
        child = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE)
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        self.child = child
        self.reply(channel, request, {"pids": [child.pid, grandchild]})

    def heard_request(self, channel: str, request: Message) -> None:
        """What the child says next."""
        assert self.child.stdout is not None
        self.reply(channel, request, {"line": self.child.stdout.readline().decode()})


def end_with_parent() -> None:
    """A test run that was killed ends nothing; what it started must end by itself."""
    if (parent := watch_parent(os.environ)) is not None:
        select.select([parent], [], [])
        os._exit(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-f", dest="file")
    parser.add_argument("--welcome", action="store_true", help="greet subscribers (protocol 5.5)")
    parser.add_argument("--ignore-shutdown", action="store_true")
    parser.add_argument("--ignore-sigterm", action="store_true")
    parser.add_argument("--ignore-usage", action="store_true")
    parser.add_argument("--exit", type=int, help="end at once, with this code")
    options = parser.parse_args()
    if options.exit is not None:
        print("cannot start", file=sys.stderr)
        raise SystemExit(options.exit)
    threading.Thread(target=end_with_parent, daemon=True).start()
    print("starting, as kernels say", file=sys.stderr)
    FakeKernel(json.loads(Path(options.file).read_text()), options).run()


# --- for tests


class Recorder:
    """A listener that remembers everything, and wakes whoever waits for something in it."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Message]] = []
        self.deaths: list[Exit | None] = []
        self.revivals = 0
        self._news = asyncio.Event()

    def receive(self, channel: str, message: Message) -> None:
        self.received.append((channel, message))
        self._news.set()

    def died(self, exit: Exit | None) -> None:
        self.deaths.append(exit)
        self._news.set()

    def revived(self) -> None:
        self.revivals += 1
        self._news.set()

    def of(self, msg_type: str) -> list[Message]:
        """The messages of a type so far."""
        return [message for _, message in self.received if message.msg_type == msg_type]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait for news until `condition` is true; what it says then."""
        while not (value := condition()):
            await self.news()
        return value

    async def news(self) -> None:
        """Wait until anything happens."""
        self._news.clear()
        await asyncio.wait_for(self._news.wait(), DEADLINE)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Run a scenario to its end, DEADLINE at most; an exception that nobody handled is a failure."""
    unhandled: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
        await asyncio.wait_for(scenario, DEADLINE)

    asyncio.run(watched())
    assert not unhandled


class Kernels:
    """Starts fake kernels, in a runtime directory of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.tag = uuid.uuid4().hex
        self.launched: list[Launch] = []

    def start(self, *options: str, info: ConnectionInfo | None = None, argv: Sequence[str] = ()) -> Launch:
        """Start a fake kernel, or the program that `argv` is."""
        argv = argv or [sys.executable, "-m", "tests.fakes", "-f", "{connection_file}", *options]
        root = str(Path(__file__).parent.parent)
        env = {TAG: self.tag, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
        self.launched.append(launch(argv, env, info))
        return self.launched[-1]

    def processes(self) -> list[psutil.Process]:
        """Whoever is alive of the kernels, their children and all further descendants."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(TAG) == self.tag:
                    found.append(process)
        return found

    def left(self) -> list[psutil.Process]:
        """Those that do not end. Who has been killed is still to be seen until the system has come to it."""
        deadline = time.monotonic() + DEADLINE
        while (found := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.005)
        return found

    def files(self) -> list[str]:
        """What is in the runtime directory, sockets and directories included."""
        return sorted(str(file.relative_to(self.directory)) for file in self.directory.rglob("*"))

    def end(self) -> None:
        """End every process, reap our children, remove all files."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        for each in self.launched:
            # a process that has just begun may not have had its environment yet: its tag was not seen
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(each.pid, os.WNOHANG) == (0, 0):
                    os.kill(each.pid, signal.SIGKILL)
                    os.waitpid(each.pid, 0)
            remove_files(each)


def record_of(launched: Launch) -> Record:
    """The record of a kernel that was started."""
    record = read_record(launched.directory)
    assert record is not None
    return record


def listening(info: ConnectionInfo) -> None:
    """Wait until a kernel is there."""
    with zmq.Context() as context, context.socket(zmq.REQ) as heart:
        heart.connect(info.endpoint("hb"))
        heart.send(b"")
        assert heart.poll(int(DEADLINE * 1000))


@contextlib.contextmanager
def kernels() -> Iterator[Kernels]:
    """`with kernels() as started: started.start()`; whatever happens, nothing runs on afterwards."""
    before = os.environ.get("JUPYTER_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="zc-", ignore_cleanup_errors=True) as directory:
        os.environ["JUPYTER_RUNTIME_DIR"] = directory
        started = Kernels(Path(directory))
        try:
            yield started
        finally:
            started.end()
            os.environ.pop("JUPYTER_RUNTIME_DIR")
            if before is not None:
                os.environ["JUPYTER_RUNTIME_DIR"] = before


if __name__ == "__main__":
    main()
