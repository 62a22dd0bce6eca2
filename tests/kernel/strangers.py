"""A client that is not ours: jupyter_client's, driving our kernel in a process of its own."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from zconsole.connection import ConnectionInfo
from zconsole.launch import Launch, launch, own_kernel_argv, remove_files

WAIT = 20.0


@dataclass
class Ran:
    """What came back for one execute_request."""

    reply: dict[str, Any]
    iopub: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return str(self.reply["content"]["status"])

    def contents(self, msg_type: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.iopub if message["msg_type"] == msg_type]

    def text(self, name: str = "stdout") -> str:
        return "".join(item["text"] for item in self.contents("stream") if item["name"] == name)

    @property
    def result(self) -> str:
        [content] = self.contents("execute_result")
        return str(content["data"]["text/plain"])

    @property
    def types(self) -> list[str]:
        return [message["msg_type"] for message in self.iopub]


class Client(BlockingKernelClient):
    """jupyter_client's blocking client, with replies matched to their requests."""

    launched: Launch

    def collect(self, msg_id: str, timeout: float = WAIT) -> Ran:
        """Everything that answers a request, up to its idle and its reply. Raises Empty when that takes more
        than `timeout` seconds, however much is said until then."""
        ran = Ran({})
        deadline = time.monotonic() + timeout
        while True:
            message = self.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0))
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            ran.iopub.append(message)
            if message["content"].get("execution_state") == "idle":
                break
        while not ran.reply:
            reply = self.get_shell_msg(timeout=timeout)
            if reply["parent_header"]["msg_id"] == msg_id:
                ran.reply = reply
        return ran

    def run(self, code: str, timeout: float = WAIT, **flags: Any) -> Ran:
        """Execute to the end."""
        flags.setdefault("allow_stdin", False)
        return self.collect(self.execute(code, **flags), timeout)

    def send_request(self, msg_type: str, content: Mapping[str, Any], channel: str = "shell") -> str:
        """Send any request; its msg_id."""
        message = self.session.msg(msg_type, dict(content))
        getattr(self, f"{channel}_channel").send(message)
        return str(message["header"]["msg_id"])

    def answer(
        self, msg_type: str, content: Mapping[str, Any] | None = None, channel: str = "shell"
    ) -> dict[str, Any]:
        """The reply to any request."""
        msg_id = self.send_request(msg_type, content or {}, channel)
        while True:
            reply = getattr(self, f"get_{channel}_msg")(timeout=WAIT)
            if reply["parent_header"].get("msg_id") == msg_id:
                return dict(reply)

    def await_stream(self, pattern: str) -> None:
        """Wait until some output has come."""
        seen = ""
        while pattern not in seen:
            message = self.get_iopub_msg(timeout=WAIT)
            if message["msg_type"] == "stream":
                seen += message["content"]["text"]

    def signal(self, number: int = signal.SIGINT) -> None:
        """A signal to the kernel's process group, as a KernelManager sends it."""
        os.killpg(self.launched.pid, number)

    def gone(self, timeout: float = WAIT) -> int:
        """Wait until the process has ended; its exit code."""
        pidfd = os.pidfd_open(self.launched.pid)
        try:
            ready, _, _ = select.select([pidfd], [], [], timeout)
            assert ready, "the kernel has not ended"
        finally:
            os.close(pidfd)
        return os.waitstatus_to_exitcode(os.waitpid(self.launched.pid, 0)[1])


@contextmanager
def running_kernel(
    env: Mapping[str, str], arguments: tuple[str, ...] = (), info: ConnectionInfo | None = None
) -> Iterator[Client]:
    """A kernel of ours and a stranger attached to it; both are ended."""
    launched = launch(own_kernel_argv(arguments), env, info)
    try:
        with attached(launched) as client:
            client.wait_for_ready(timeout=WAIT)
            yield client
    finally:
        end(launched)


@contextmanager
def attached(launched: Launch) -> Iterator[Client]:
    """One more stranger on a kernel, who leaves."""
    client = connected(launched)
    try:
        yield client
    finally:
        client.stop_channels()


def connected(launched: Launch) -> Client:
    """One more stranger on a kernel."""
    client = Client()
    client.launched = launched
    client.load_connection_file(str(launched.connection_file))
    client.hb_channel.time_to_dead = WAIT  # by the second that it has, a kernel on a busy machine is dead
    client.start_channels()
    return client


def end(launched: Launch) -> None:
    """End a kernel, dead or alive."""
    try:
        os.killpg(launched.pid, signal.SIGKILL)
        os.waitpid(launched.pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
    remove_files(launched)


def until(condition: Any, timeout: float = WAIT) -> None:
    """Wait for something that sends no event: the state of another process."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Gate:
    """Holds a cell, or a program, until the test lets it go on. `path` is a FIFO that has no end before."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        # both ends, so that neither side waits in open()
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.wait = f"open({str(path)!r}).readline()"
        """An expression of Python that waits."""

    def open(self) -> None:
        """Let it go on."""
        os.write(self._fd, b"\n")

    def close(self) -> None:
        """Let go who still waits."""
        os.close(self._fd)
