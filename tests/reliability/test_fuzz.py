"""Junk on every socket: frames cut, swapped, doubled, mistyped, deep, forged, replayed, announced as giants.

After each batch the kernel says who it is on shell and control and works through its queues, and has met
every busy by an idle. 10,000 messages a socket at full size.
"""

from __future__ import annotations

import json
import socket
import struct
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
import zmq
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.kernel.strangers import WAIT, Client
from tests.reliability.sizes import size
from zconsole.message import new_id

BATCH = 50
BATCHES = size(10_000 // BATCH, 2)

# what is drawn is sent and not shrunk: a kernel that has died cannot be asked again
FUZZ = settings(
    max_examples=BATCHES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

TYPES = [
    *("execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request"),
    *("comm_info_request", "comm_open", "comm_msg", "comm_close", "kernel_info_request", "connect_request"),
    *("interrupt_request", "input_reply", "debug_request", "create_subshell_request", "usage_request"),
    *("", "_request", "status", "nosuch"),
]
FIELDS = [
    *("code", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error", "cursor_pos"),
    *(
        "detail_level",
        "hist_access_type",
        "session",
        "start",
        "stop",
        "n",
        "pattern",
        "unique",
        "raw",
        "output",
    ),
    *("comm_id", "target_name", "data", "value", "msg_id", "msg_type", "username", "date", "version"),
]
WORDS = ["1", "1/0", "x", "for", "tail", "range", "search", "*", "\x04", "𝒳", "\ud800"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, -(2**63), 10**300]),
    st.floats(),
    st.sampled_from(WORDS),
    st.text("ab%!? \0\n\ud800𝒳(", max_size=8).filter(lambda text: "!" not in text),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner)),
    max_leaves=6,
)
contents = st.dictionaries(st.sampled_from(FIELDS), values, max_size=5)
deep = st.integers(1, 100_000).map(lambda depth: b"[" * depth)
junk = st.one_of(st.binary(max_size=40), deep, values.map(lambda value: json.dumps(value).encode()))

Frames = list[bytes]
Change = Callable[[Frames], list[Frames]]


def header(msg_type: str) -> bytes:
    return json.dumps({"msg_id": new_id(), "msg_type": msg_type, "session": "fuzz", "date": ""}).encode()


parts = st.tuples(
    st.sampled_from(TYPES).map(header),
    st.sampled_from([b"{}", b"null", b'{"msg_id": "parent"}']),
    st.just(b"{}"),
    contents.map(lambda content: json.dumps(content).encode()),
).map(list)


@st.composite
def wrong_part(draw: st.DrawFn) -> Frames:
    frames = draw(parts)
    frames[draw(st.integers(0, 3))] = draw(junk)
    return frames


changes: st.SearchStrategy[Change] = st.one_of(
    st.just(lambda frames: [frames]),
    st.just(lambda frames: [frames, frames]),
    st.integers(0, 6).map(lambda end: lambda frames: [frames[:end]]),
    st.integers(0, 5).map(lambda at: lambda frames: [[*frames[:at], frames[at], *frames[at:]]]),
    st.permutations(range(6)).map(lambda order: lambda frames: [[frames[i] for i in order]]),
    st.binary(max_size=70).map(lambda signature: lambda frames: [[frames[0], signature, *frames[2:]]]),
    st.lists(junk, max_size=8).map(lambda other: lambda frames: [other or [b""]]),
    st.lists(junk, max_size=3).map(lambda more: lambda frames: [[*frames, *more]]),
    st.lists(junk, max_size=3).map(lambda more: lambda frames: [[*more, *frames]]),
)
batches = st.lists(st.tuples(st.one_of(parts, wrong_part()), changes), min_size=BATCH, max_size=BATCH)


@contextmanager
def peer(client: Client, name: str, kind: int) -> Any:
    context: zmq.Context[Any] = zmq.Context.instance()
    with context.socket(kind) as opened:
        opened.linger = 0
        opened.sndhwm = 0
        opened.connect(endpoint(client, name))
        yield opened


def endpoint(client: Client, name: str) -> str:
    return f"ipc://{client.launched.info.ip}-{client.launched.info.ports[name]}"


def send(client: Client, to: Any, batch: list[tuple[Frames, Change]]) -> None:
    for frames, change in batch:
        signed = [b"<IDS|MSG>", client.session.sign(frames), *frames]
        for wrong in change(signed):
            to.send_multipart(wrong or [b""])


def arrive(client: Client, to: Any) -> None:
    """Wait until the kernel has received all that a peer has sent it on shell or control."""
    frames = [header("kernel_info_request"), b"{}", b"{}", b"{}"]
    to.send_multipart([b"<IDS|MSG>", client.session.sign(frames), *frames])
    last, parent = json.loads(frames[0])["msg_id"], None
    while parent != last:
        assert to.poll(WAIT * 1000)
        _, reply = client.session.feed_identities(to.recv_multipart())
        parent = json.loads(reply[2]).get("msg_id")


def statuses(client: Client) -> Counter[str]:
    """Work through all that the kernel has received so far: how many of each status there were."""
    for channel in ("shell", "control"):
        assert client.answer("kernel_info_request", channel=channel)["content"]["status"] == "ok"
    # the main thread and the debugger's: each takes one after the other, and says so itself
    behind = {
        client.send_request("is_complete_request", {"code": "1"}, "control"),
        client.send_request("debug_request", {"command": "debugInfo"}, "control"),
    }
    answered = {client.get_control_msg(timeout=WAIT)["parent_header"]["msg_id"] for _ in behind}
    assert answered == behind
    seen: Counter[str] = Counter()
    while behind:
        message = client.get_iopub_msg(timeout=WAIT)
        if message["msg_type"] == "status":
            state = message["content"]["execution_state"]
            seen[state] += 1
            if state == "idle":
                behind.discard(message["parent_header"].get("msg_id"))
    return seen


def check(client: Client) -> None:
    """The kernel answers, and has met every busy by an idle."""
    seen = statuses(client)
    assert seen["busy"] == seen["idle"] > 0


@pytest.fixture
def client(client: Client) -> Client:
    """The module's kernel, with nothing still to come: neither of its start nor of a test that failed."""
    statuses(client)
    return client


@pytest.mark.parametrize("name", ["shell", "control", "stdin"])
def test_junk_for_the_routers(client: Client, name: str) -> None:
    """[85, 86]"""
    with peer(client, name, zmq.DEALER) as to:

        @FUZZ
        @given(batches)
        def fuzz(batch: list[tuple[Frames, Change]]) -> None:
            send(client, to, batch)
            if name != "stdin":  # there nothing is answered, and nothing makes a status
                arrive(client, to)
            check(client)

        fuzz()
    assert client.run("'alive'").result == "'alive'"


def test_junk_for_iopub(client: Client) -> None:
    """Whatever a peer says there is a subscription or nothing; others still get their messages."""
    with peer(client, "iopub", zmq.XSUB) as to:

        @FUZZ
        @given(st.one_of(batches), st.lists(st.binary(max_size=30), max_size=5))
        def fuzz(batch: list[tuple[Frames, Change]], topics: list[bytes]) -> None:
            send(client, to, batch)
            for topic in topics:
                to.send(b"\x01" + topic)
                to.send(b"\x00" + topic)
            while to.poll(0):
                to.recv_multipart()
            check(client)

        fuzz()
    assert client.run("'alive'").result == "'alive'"


def test_junk_for_the_heartbeat(client: Client) -> None:
    """[81] It echoes anything, and always the ping of a client."""
    with peer(client, "hb", zmq.DEALER) as to, peer(client, "hb", zmq.REQ) as beat:

        @FUZZ
        @given(batches)
        def fuzz(batch: list[tuple[Frames, Change]]) -> None:
            send(client, to, batch)
            beat.send(b"ping")
            assert beat.poll(10_000)
            assert beat.recv() == b"ping"

        fuzz()
    check(client)


NULL = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
"""ZMTP 3.0's greeting without security."""


@pytest.mark.parametrize("name", ["shell", "control", "stdin", "iopub", "hb"])
@pytest.mark.parametrize("announced", [(1 << 30) + 1, 1 << 40, (1 << 63) - 1])
def test_an_announced_giant_costs_nothing(client: Client, name: str, announced: int) -> None:
    """[87] Nobody takes memory for it; all others are served."""
    before = memory(client)
    kind = b"SUB" if name == "iopub" else b"DEALER"
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(WAIT)
        raw.connect(endpoint(client, name).removeprefix("ipc://"))
        raw.sendall(NULL)
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
        raw.sendall(bytes([4, len(ready)]) + ready + b"\x02" + struct.pack(">Q", announced))
        while raw.recv(4096):
            pass  # to the end: we have been disconnected
    check(client)
    assert memory(client) < before + (64 << 20)


def memory(client: Client) -> int:
    """Bytes that the kernel's process holds."""
    with open(f"/proc/{client.launched.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096
