"""jupyter server runs our kernel: its life is ruled over REST, its channels are one websocket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.kernel.strangers import until

pytestmark = pytest.mark.slow

START = 60  # seconds; it imports for three of them on a machine that does nothing else


class Server:
    """A running jupyter server."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """A REST request; what it answers."""
        request = urllib.request.Request(
            f"{self.url}api/{path}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=START) as reply:
            return json.loads(reply.read() or "null")

    def answers(self) -> bool:
        """Whether it takes requests already."""
        try:
            return bool(self.ask("GET", "status"))
        except urllib.error.URLError:
            return False

    def connect(self, kernel_id: str) -> Websocket:
        """A websocket to a kernel's channels."""
        import websocket

        url = f"ws{self.url.removeprefix('http')}api/kernels/{kernel_id}/channels?token={self.token}"
        return Websocket(websocket.create_connection(url, timeout=20))


class Websocket:
    """All channels of a kernel in one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def request(self, msg_type: str, channel: str = "shell", **content: Any) -> str:
        """Send a request; its msg_id."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": msg_type,
            "session": "s",
            "username": "",
            "version": "5.3",
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": channel,
        }
        self._connection.send(json.dumps(message))
        return header["msg_id"]

    def execute(self, code: str) -> str:
        return self.request("execute_request", code=code, silent=False, allow_stdin=True)

    def until(self, msg_id: str, *wanted: str) -> list[dict[str, Any]]:
        """What answers a request, until messages of these types have come."""
        missing, found = set(wanted), []
        while missing:
            message = json.loads(self._connection.recv())
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            found.append(message)
            idle = message["content"].get("execution_state") == "idle"
            missing.discard("idle" if idle else message["header"]["msg_type"])
        return found

    def run(self, code: str) -> list[dict[str, Any]]:
        """Execute to the end; what came back."""
        return self.until(self.execute(code), "execute_reply", "idle")

    def close(self) -> None:
        self._connection.close()


def contents(messages: list[dict[str, Any]], msg_type: str) -> list[dict[str, Any]]:
    return [each["content"] for each in messages if each["header"]["msg_type"] == msg_type]


def result(messages: list[dict[str, Any]]) -> str:
    [content] = contents(messages, "execute_result")
    return str(content["data"]["text/plain"])


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("jupyter_server")
    log = tmp_path_factory.mktemp("server") / "log"
    argv = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", "--ServerApp.open_browser=False"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *argv],
            env={**os.environ, **environment},
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    running = Path(environment["JUPYTER_RUNTIME_DIR"]) / f"jpserver-{process.pid}.json"
    try:
        until(lambda: is_whole(running) or process.poll() is not None, START)
        assert process.poll() is None, log.read_text()
        about = json.loads(running.read_text())
        server = Server(about["url"], about["token"])
        until(server.answers, START)  # the file is there a little earlier
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def is_whole(file: Path) -> bool:
    """Whether a JSON file is there, and has been written to its end."""
    try:
        json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return True


@pytest.fixture
def kernel_id(server: Server) -> Iterator[str]:
    known = {each["id"] for each in server.ask("GET", "kernels")}
    yield server.ask("POST", "kernels", {"name": "zconsole"})["id"]
    for each in server.ask("GET", "kernels"):
        if each["id"] not in known:
            server.ask("DELETE", f"kernels/{each['id']}")


@pytest.fixture
def socket(server: Server, kernel_id: str) -> Iterator[Websocket]:
    connection = server.connect(kernel_id)
    yield connection
    connection.close()


def test_it_is_offered(server: Server) -> None:
    spec = server.ask("GET", "kernelspecs")["kernelspecs"]["zconsole"]["spec"]
    assert spec["display_name"] == "Python 3 (zconsole)"


def test_a_cell(socket: Websocket) -> None:
    came = socket.run("print('out'); 6 * 7")
    assert result(came) == "42"
    assert "".join(each["text"] for each in contents(came, "stream")) == "out\n"
    [reply] = contents(came, "execute_reply")
    assert (reply["status"], reply["execution_count"]) == ("ok", 1)


def test_the_kernels_state_is_known(server: Server, kernel_id: str, socket: Websocket) -> None:
    msg_id = socket.execute("input('? ')")
    [asked] = contents(socket.until(msg_id, "input_request"), "input_request")
    assert asked["prompt"] == "? "
    until(lambda: server.ask("GET", f"kernels/{kernel_id}")["execution_state"] == "busy")
    socket.request("input_reply", "stdin", value="yes", status="ok")
    assert result(socket.until(msg_id, "execute_reply", "idle")) == "'yes'"
    until(lambda: server.ask("GET", f"kernels/{kernel_id}")["execution_state"] == "idle")


def test_completion_and_help(socket: Websocket) -> None:
    socket.run("some_name = 1")
    msg_id = socket.request("complete_request", code="some_n", cursor_pos=6)
    assert contents(socket.until(msg_id, "complete_reply"), "complete_reply")[0]["matches"] == ["some_name"]
    msg_id = socket.request("inspect_request", code="len", cursor_pos=3, detail_level=0)
    assert contents(socket.until(msg_id, "inspect_reply"), "inspect_reply")[0]["found"]


def test_comms(socket: Websocket) -> None:
    came = socket.run("import comm; c = comm.create_comm(target_name='t', data={'a': 1})")
    assert [each["target_name"] for each in contents(came, "comm_open")] == ["t"]


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(100)", "while True: pass", "import asyncio; await asyncio.sleep(100)"]
)
def test_interrupt(server: Server, kernel_id: str, socket: Websocket, code: str) -> None:
    msg_id = socket.execute(f"print('begun')\n{code}")
    socket.until(msg_id, "stream")
    server.ask("POST", f"kernels/{kernel_id}/interrupt")
    [reply] = contents(socket.until(msg_id, "execute_reply", "idle"), "execute_reply")
    assert reply["ename"] == "KeyboardInterrupt"
    assert result(socket.run("'alive'")) == "'alive'"


def test_restart(server: Server, kernel_id: str, socket: Websocket) -> None:
    before = int(result(socket.run("import os; os.getpid()")))
    server.ask("POST", f"kernels/{kernel_id}/restart")
    assert int(result(socket.run("import os; os.getpid()"))) != before, "over the same websocket"
    until(lambda: not psutil.pid_exists(before))


def test_a_kernel_that_dies_is_restarted(server: Server, kernel_id: str, socket: Websocket) -> None:
    before = int(result(socket.run("import os; os.getpid()")))
    socket.execute("os._exit(1)")
    until(lambda: not psutil.pid_exists(before))

    def state() -> Any:
        return server.ask("GET", f"kernels/{kernel_id}")["execution_state"]

    until(lambda: state() != "busy", START)
    connection = server.connect(kernel_id)
    assert int(result(connection.run("import os; os.getpid()"))) != before
    connection.close()


def test_shutdown(server: Server, kernel_id: str, socket: Websocket) -> None:
    pid = int(result(socket.run("import os; os.getpid()")))
    server.ask("DELETE", f"kernels/{kernel_id}")
    until(lambda: not psutil.pid_exists(pid))
    assert kernel_id not in {each["id"] for each in server.ask("GET", "kernels")}


def test_a_notebooks_session(server: Server) -> None:
    """How a notebook gets its kernel."""
    model = {"path": "x.ipynb", "type": "notebook", "name": "x.ipynb", "kernel": {"name": "zconsole"}}
    session = server.ask("POST", "sessions", model)
    connection = server.connect(session["kernel"]["id"])
    assert "x.ipynb" in result(connection.run("import os; os.environ['JPY_SESSION_NAME']"))
    connection.close()
    server.ask("DELETE", f"sessions/{session['id']}")
