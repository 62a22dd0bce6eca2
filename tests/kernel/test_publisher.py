"""Subscribers that read, fall behind, or have stopped reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import zmq

from tests.kernel.strangers import Client, Gate, end, until
from zconsole.kernel.publisher import LONGEST, QUEUE, Publisher
from zconsole.launch import launch, own_kernel_argv

LINE = "x" * 99
LINES = 600_000  # 60 MB: more than anything on the way can hold


@pytest.fixture
def context() -> Iterator[zmq.Context[Any]]:
    with zmq.Context() as context:
        yield context


def subscriber(context: zmq.Context[Any], endpoint: str) -> zmq.Socket[Any]:
    socket = context.socket(zmq.SUB)
    socket.linger = 0
    socket.rcvhwm = 1  # what a stopped process looks like
    socket.rcvbuf = 65536
    socket.subscribe(b"")
    socket.connect(endpoint)
    return socket


def test_who_reads_gets_everything_however_slowly(context: zmq.Context[Any]) -> None:
    """Nothing is lost to a reader that is behind: the sender is told to try again."""
    with context.socket(zmq.XPUB) as xpub:
        publisher = Publisher(xpub)
        xpub.bind("inproc://iopub")
        with subscriber(context, "inproc://iopub") as reader:
            assert xpub.recv()
            sent = read = 0
            while publisher.send([b"%d" % sent]):
                sent += 1
            assert sent >= QUEUE
            while read < 3 * QUEUE:
                sent += publisher.send([b"%d" % sent])
                if reader.poll(0):
                    assert reader.recv() == b"%d" % read
                    read += 1
            assert publisher.lost == 0


def test_the_pauses_of_those_who_read_teach_patience(context: zmq.Context[Any]) -> None:
    """On a machine with too much to do a pause grows step by step; one without example is a stop."""
    time = 0.0
    with context.socket(zmq.XPUB) as xpub:
        publisher = Publisher(xpub, lambda: time)
        xpub.bind("inproc://iopub")
        with subscriber(context, "inproc://iopub") as reader:
            assert xpub.recv()
            for pause in (0.5, 1.0, 1.9, 3.0, 7.0):
                while publisher.send([b"x"]):
                    pass
                time += pause
                assert not publisher.send([b"x"])
                while not publisher.send([b"x"]):
                    if reader.poll(0):
                        reader.recv()
            assert publisher.lost == 0
            while publisher.send([b"x"]):
                pass
            time += LONGEST + 1
            assert publisher.send([b"x"])
            assert publisher.lost == 1


def test_a_subscriber_that_has_stopped_costs_the_others_nothing(client: Client) -> None:
    """[50] 60 MB beside a client that does not read: the other one gets all, and memory is bounded."""
    kernel = psutil.Process(client.launched.pid)
    client.run("pass")
    before = kernel.memory_info().rss
    with zmq.Context() as context, subscriber(context, client.launched.info.endpoint("iopub")) as sleeper:
        assert sleeper.poll(10_000)
        ran = client.run(f"for i in range({LINES}): print({LINE!r})", timeout=60)
        grown = kernel.memory_info().rss - before
        assert ran.text() == (LINE + "\n") * LINES
        assert ran.status == "ok"
        assert client.run("1 + 1").result == "2"
    assert grown < 110_000_000


def test_a_flood_without_end_is_as_fast_as_its_reader(client: Client) -> None:
    """[50] The kernel does not run ahead of who reads, its memory is bounded, and an interrupt ends it."""
    kernel = psutil.Process(client.launched.pid)
    client.run("pass")
    before = kernel.memory_info().rss
    msg_id = client.execute(f"while True: print({LINE!r})", allow_stdin=False)
    size = 0
    while size < 50_000_000:
        size += len(client.get_iopub_msg(timeout=10)["content"].get("text", ""))
    assert kernel.memory_info().rss - before < 110_000_000
    client.signal()
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


@contextmanager
def late_listener(kernel_env: dict[str, str]) -> Iterator[Client]:
    """A client of a new kernel that has not subscribed yet; `listen` has it subscribe."""
    launched = launch(own_kernel_argv(), kernel_env)
    client = Client()
    client.launched = launched
    client.load_connection_file(str(launched.connection_file))
    try:
        client.start_channels(iopub=False)
        yield client
    finally:
        client.stop_channels()
        end(launched)


def listen(client: Client) -> None:
    client.start_channels(shell=False, stdin=False, control=False, hb=False)


def test_a_client_whose_request_comes_before_its_subscription(kernel_env: dict[str, str]) -> None:
    """As after a restart, when its sockets find the new kernel one after the other."""
    with late_listener(kernel_env) as client:
        msg_id = client.execute("print('early')", allow_stdin=False)
        client.shell_channel.get_msg(timeout=20)
        listen(client)
        states, text = [], ""
        while "idle" not in states:
            message = client.get_iopub_msg(timeout=20)
            states.append(message["content"].get("execution_state"))
            text += message["content"].get("text", "")
            assert message["parent_header"].get("msg_id", msg_id) == msg_id
        assert text == "early\n"


def test_a_flood_waits_for_its_first_subscriber(
    kernel_env: dict[str, str], gate: Gate, tmp_path: Path
) -> None:
    """What a cell prints before its client has subscribed is not lost, even if it is much."""
    running = tmp_path / "running"
    code = f"import sys\nopen({str(running)!r}, 'w').close(); {gate.wait}\n"
    code += "for i in range(2000): print(i); print(file=sys.stderr)"
    with late_listener(kernel_env) as client:
        msg_id = client.execute(code, allow_stdin=False)
        until(running.exists)
        gate.open()
        listen(client)
        assert client.collect(msg_id).text() == "".join(f"{i}\n" for i in range(2000))
