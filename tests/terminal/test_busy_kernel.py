"""Front ends at kernels that are busy with something else: there is a prompt, and it can be used."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from zconsole.connection import CHANNELS
from zconsole.message import Content
from zconsole.session import Session

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")
KEY = b"key"
DEADLINE = 20


class Mute:
    """A kernel of which only the sockets are alive, and the heartbeat: it does one thing, for ever.

    `answer` has it take one request from a channel after all, and reply.
    """

    def __init__(self, folder: Path, kernel_name: str = "") -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        kinds = {"iopub": zmq.XPUB, **dict.fromkeys(("shell", "control", "stdin", "hb"), zmq.ROUTER)}
        self.sockets = {name: self.context.socket(kinds[name]) for name in CHANNELS}
        ports = {f"{name}_port": self.bind(socket) for name, socket in self.sockets.items()}
        heartbeat = self.sockets["hb"]
        threading.Thread(target=self.beat, args=(heartbeat,), daemon=True).start()
        self.file = folder / "kernel-mute.json"
        fields = {
            **ports,
            "ip": "127.0.0.1",
            "transport": "tcp",
            "key": KEY.decode(),
            "kernel_name": kernel_name,
        }
        self.file.touch(0o600)
        self.file.write_text(json.dumps(fields))
        self.session = Session(KEY)

    @staticmethod
    def bind(socket: zmq.Socket[bytes]) -> int:
        return socket.bind_to_random_port("tcp://127.0.0.1")

    @staticmethod
    def beat(heartbeat: zmq.Socket[bytes]) -> None:
        try:
            zmq.proxy(heartbeat, heartbeat)
        except zmq.ContextTerminated:
            heartbeat.close(linger=0)

    def answer(self, channel: str, content: Content) -> None:
        socket = self.sockets[channel]
        assert socket.poll(DEADLINE * 1000)
        request = self.session.decode(socket.recv_multipart())
        msg_type = request.msg_type.replace("_request", "_reply")
        reply = self.session.message(msg_type, content, parent=request, identities=request.identities)
        socket.send_multipart(self.session.encode(reply))

    def close(self) -> None:
        for name, socket in self.sockets.items():
            if name != "hb":
                socket.close(linger=0)
        self.context.term()


@pytest.fixture
def mute(home: dict[str, str]) -> Iterator[Any]:
    """``mute(kernel_name)``: such a kernel."""
    made: list[Mute] = []

    def make(kernel_name: str = "") -> Mute:
        made.append(Mute(Path(home["HOME"]), kernel_name))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_kernel_that_answers_nothing_but_heartbeats(mute, terminal):
    t = terminal(*ZCONSOLE, "--existing", str(mute().file))
    t.wait_prompt(1)
    t.wait("^The kernel is there, but it has not answered yet")
    t.type("abc\t")
    t.wait(r"In \[1\]: abc *$")
    t.keys("c-c")
    t.wait_prompt(1)
    t.type("6*7\r")
    t.settle()
    t.keys("c-c")
    t.wait("^The cell has not ended 1 s after the interrupt", timeout=DEADLINE)
    t.keys("c-c")
    t.wait("Ctrl\\+C again waits for the cell no longer", timeout=DEADLINE)
    t.wait("^The kernel has not answered yet. It is busy, or the key", timeout=DEADLINE)
    t.keys("c-c")
    t.wait_prompt(1)
    t.keys("c-d", "c-d")
    assert t.wait_exit() == 0


def test_what_it_is_is_learned_when_it_says_so(mute, terminal):
    kernel = mute()
    t = terminal(*ZCONSOLE, "--existing", str(kernel.file))
    t.wait("^The kernel is there, but it has not answered yet")
    language = {"name": "python", "version": "2", "mimetype": "", "file_extension": ""}
    info = {
        "status": "ok",
        "implementation": "mute",
        "implementation_version": "1",
        "language_info": language,
    }
    kernel.answer("shell", info)
    t.wait(r"^Python 2 \(mute 1\)$")
    t.type("if x:\r")
    t.wait(r"^   \.\.\.:     $")


@pytest.mark.parametrize("language", ["python", "klingon"])
def test_its_language_is_that_of_its_kernelspec(mute, terminal, home, language):
    folder = Path(home["HOME"]) / "share" / "kernels" / "mine"
    folder.mkdir(parents=True)
    spec = {"argv": ["mine"], "display_name": "Mine", "language": language}
    (folder / "kernel.json").write_text(json.dumps(spec))
    kernel = mute("mine")
    t = terminal(*ZCONSOLE, "--existing", str(kernel.file), env={"JUPYTER_PATH": str(folder.parent.parent)})
    t.wait_prompt(1)
    t.type("if x:\r")
    if language == "python":
        t.wait(r"^   \.\.\.:     $")
    else:  # nobody can say that it goes on, so it goes to the kernel
        kernel_gets = kernel.sockets["shell"]
        assert kernel_gets.poll(DEADLINE * 1000)
        requests = [kernel.session.decode(kernel_gets.recv_multipart())]
        while requests[-1].msg_type != "execute_request":
            assert kernel_gets.poll(DEADLINE * 1000)
            requests.append(kernel.session.decode(kernel_gets.recv_multipart()))
        assert requests[-1].content["code"] == "if x:"


def test_completion_beside_a_cell_that_never_ends(terminal):
    """Tab at a second front end, while the first one's cell has the interpreter."""
    first = terminal(*ZCONSOLE)
    first.run("import os, threading; alpha_one = alpha_two = 1")
    first.type("%connect_info\r")
    where = first.wait(r"--existing (\S+\s?\S*json)")[1].replace("\n", "")
    first.type("alpha_o\t")
    first.wait(r"In \[2\]: alpha_one$")
    first.keys("c-c")  # from here on the first one has its own subshell
    first.run("before = set(threading.enumerate())")
    first.type("print('be' + 'gun')\rwhile True: pass\r\r")
    first.wait("^begun$")
    second = terminal(*ZCONSOLE, "--existing", where)
    second.wait_prompt()
    second.type("alpha_t\t")
    second.wait("alpha_two")
    second.keys("c-c")
    second.wait_prompt()
    second.type("os.pa\t")
    second.wait("pathsep")
    # the subshell that answered is not left behind
    second.keys("c-c", "c-c")
    second.wait_prompt()
    second.keys("c-d")
    assert second.wait_exit() == 0
    first.keys("c-c")
    first.wait("KeyboardInterrupt")
    # it first answers what it has received
    first.type("new = {t for t in threading.enumerate() if t.name.startswith('subshell')} - before\r")
    first.type("[t.join(5) for t in new]; new & set(threading.enumerate())\r")
    first.wait(r"^Out\[\d+\]: set\(\)")
