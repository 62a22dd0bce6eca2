"""Requests that no client of good manners sends: each is answered, busy is met by idle, the kernel lives.

Numbers in brackets are the rows of docs/behaviours.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from tests.kernel.strangers import WAIT, Client

HUGE = 10**400
DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("execute_request", {}, "needs 'code'"),
    ("execute_request", {"code": None}, "needs 'code'"),
    ("execute_request", {"code": ["1"]}, "str belongs there"),
    ("execute_request", {"code": DEEP}, "str belongs there"),
    ("execute_request", {"code": "1", "silent": 1}, "bool belongs there"),
    ("execute_request", {"code": "1", "store_history": "yes"}, "'store_history'"),
    ("execute_request", {"code": "1", "allow_stdin": 0}, "'allow_stdin'"),
    ("execute_request", {"code": "1", "stop_on_error": []}, "'stop_on_error'"),
    ("execute_request", {"code": "1", "user_expressions": ["x"]}, "dict belongs there"),
    ("execute_request", {"code": "1", "user_expressions": {"x": 5}}, "'x' in 'user_expressions'"),
    ("complete_request", {}, "needs 'code'"),
    ("complete_request", {"code": "x", "cursor_pos": "1"}, "int belongs there"),
    ("complete_request", {"code": "x", "cursor_pos": True}, "int belongs there"),
    ("complete_request", {"code": "x", "cursor_pos": 1.5}, "int belongs there"),
    ("inspect_request", {"code": {}}, "str belongs there"),
    ("inspect_request", {"code": "x", "detail_level": "deep"}, "'detail_level'"),
    ("is_complete_request", {"code": 1}, "str belongs there"),
    ("history_request", {}, "needs 'hist_access_type'"),
    ("history_request", {"hist_access_type": 5}, "str belongs there"),
    ("history_request", {"hist_access_type": "nosuch"}, "'nosuch'"),
    ("history_request", {"hist_access_type": "tail", "n": "ten"}, "'n'"),
    ("history_request", {"hist_access_type": "tail", "raw": "no"}, "'raw'"),
    ("history_request", {"hist_access_type": "tail", "output": 1}, "'output'"),
    ("history_request", {"hist_access_type": "range", "session": "this"}, "'session'"),
    ("history_request", {"hist_access_type": "range", "start": []}, "'start'"),
    ("history_request", {"hist_access_type": "range", "stop": {}}, "'stop'"),
    ("history_request", {"hist_access_type": "search", "pattern": 5}, "'pattern'"),
    ("history_request", {"hist_access_type": "search", "unique": "yes"}, "'unique'"),
    ("history_request", {"hist_access_type": "tail", "n": HUGE}, "'n'"),
    ("history_request", {"hist_access_type": "range", "session": HUGE}, "'session'"),
    ("comm_info_request", {"target_name": 5}, "'target_name'"),
]


def states(client: Client, msg_id: str) -> list[str]:
    """The statuses of a request, to its idle."""
    found: list[str] = []
    while "idle" not in found:
        message = client.get_iopub_msg(timeout=WAIT)
        if message["parent_header"].get("msg_id") == msg_id and message["msg_type"] == "status":
            found.append(message["content"]["execution_state"])
    return found


@pytest.mark.parametrize(("msg_type", "content", "said"), BAD)
def test_the_reply_says_what_is_wrong(
    client: Client, msg_type: str, content: dict[str, Any], said: str
) -> None:
    """[20, 68]"""
    msg_id = client.send_request(msg_type, content)
    ran = client.collect(msg_id)
    reply = ran.reply["content"]
    assert (reply["status"], reply["ename"], reply["traceback"]) == ("error", "BadRequest", [])
    assert said in reply["evalue"]
    assert ran.reply["msg_type"] == msg_type.replace("request", "reply")
    assert ran.types == ["status", "status"]


@pytest.mark.parametrize("msg_type", ["complete_request", "inspect_request"])
@pytest.mark.parametrize("cursor", [-HUGE, -1, 0, 2, 3, 4, 5, HUGE, None])
def test_every_cursor_is_answered(client: Client, msg_type: str, cursor: int | None) -> None:
    """[62] Also behind the end, before the beginning, and next to a character beyond the basic plane."""
    code = "'𝒳'.𝒳"
    reply = client.answer(msg_type, {"code": code, "cursor_pos": cursor})["content"]
    assert reply["status"] == "ok"
    if msg_type == "complete_request":
        assert 0 <= reply["cursor_start"] <= reply["cursor_end"] <= len(code)


@pytest.mark.parametrize(
    "code", ["a\0b", "\0", "(" * 500, "\\", "%", "!", "?", "%%", "\x0c", "\r\n", "x" * 10_000, "λ=1"]
)
@pytest.mark.parametrize(
    "msg_type", ["execute_request", "complete_request", "inspect_request", "is_complete_request"]
)
def test_every_text_is_answered(client: Client, msg_type: str, code: str) -> None:
    """Whatever its code: a reply with a status, and idle."""
    ran = client.collect(client.send_request(msg_type, {"code": code, "allow_stdin": False}))
    assert ran.reply["content"]["status"] in ("ok", "error", "complete", "incomplete", "invalid", "unknown")


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("msg_type", ["nosuch_request", "nosuch", "status", "execute_reply", "input_reply"])
def test_unknown_types(client: Client, channel: str, msg_type: str) -> None:
    """[84] A request is told that nobody knows it; anything else has busy and idle and nothing in between."""
    msg_id = client.send_request(msg_type, {"x": DEEP}, channel)
    assert states(client, msg_id) == ["busy", "idle"]
    if msg_type.endswith("_request"):
        reply = getattr(client, f"get_{channel}_msg")(timeout=WAIT)
        assert (reply["msg_type"], reply["parent_header"]["msg_id"]) == ("nosuch_reply", msg_id)
        assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "UnknownRequest")
        assert "nosuch_request" in reply["content"]["evalue"]
    else:
        reply = client.answer("kernel_info_request", channel=channel)
        assert reply["msg_type"] == "kernel_info_reply"


@pytest.mark.parametrize(
    ("msg_type", "content"),
    [
        ("comm_open", {"comm_id": 5}),
        ("comm_open", {"comm_id": "x"}),
        ("comm_open", {"comm_id": "x", "target_name": "nosuch", "data": "text"}),
        ("comm_msg", {}),
        ("comm_msg", {"comm_id": "nosuch"}),
        ("comm_msg", {"comm_id": "nosuch", "data": DEEP}),
        ("comm_close", {"comm_id": None}),
        ("comm_close", {"comm_id": "nosuch"}),
    ],
)
def test_bad_comm_messages(client: Client, msg_type: str, content: dict[str, Any]) -> None:
    """[88] They have no reply: busy, idle, and the kernel goes on."""
    assert states(client, client.send_request(msg_type, content)) == ["busy", "idle"]
    assert client.run("'alive'").result == "'alive'"


@pytest.mark.parametrize("restart", ["yes", 1, None, [], {"deep": DEEP}])
@pytest.mark.parametrize("msg_type", ["interrupt_request", "kernel_info_request", "connect_request"])
def test_control_takes_no_offence(client: Client, msg_type: str, restart: Any) -> None:
    """[70, 71] Contents that these requests do not have are ignored."""
    reply = client.answer(msg_type, {"restart": restart}, "control")["content"]
    assert reply["status"] == "ok"


def test_a_shutdown_that_is_malformed_is_refused(client: Client) -> None:
    """[77] Nothing ends for a request that says nonsense about restarting."""
    reply = client.answer("shutdown_request", {"restart": "perhaps"}, "control")["content"]
    assert (reply["status"], reply["ename"]) == ("error", "BadRequest")
    assert client.run("'alive'").result == "'alive'"


@pytest.fixture
def raw(client: Client) -> Iterator[zmq.Socket[bytes]]:
    """A bare socket at the kernel's shell."""
    context: zmq.Context[Any] = zmq.Context.instance()
    socket = context.socket(zmq.DEALER)
    socket.connect(f"ipc://{client.launched.info.ip}-{client.launched.info.ports['shell']}")
    yield socket
    socket.close(linger=0)


GOOD = [b'{"msg_id":"%d","msg_type":"kernel_info_request","session":"raw"}', b"{}", b"{}", b"{}"]


@pytest.mark.parametrize(
    ("part", "frame"),
    [
        (0, b"[]"),
        (0, b"{}"),
        (0, b'{"msg_id":5,"msg_type":"kernel_info_request"}'),
        (0, b'{"msg_id":"x","msg_type":["kernel_info_request"]}'),
        (1, b"[1]"),
        (1, b'"parent"'),
        (1, b'{"msg_id":7}'),
        (2, b"5"),
        (3, b"not json"),
        (3, b"\xff\xfe"),
        (3, b"[" * 100_000),
        (3, b'{"x":' + b"9" * 10_000 + b"}"),
    ],
)
def test_what_is_no_message_is_dropped(
    client: Client, raw: zmq.Socket[bytes], part: int, frame: bytes
) -> None:
    """[85] Signed, but broken: no answer, and the next message has one."""
    number = iter(range(100))

    def send(*parts: bytes) -> None:
        raw.send_multipart([b"<IDS|MSG>", client.session.sign(list(parts)), *parts])

    parts = [GOOD[0] % (id(frame) + next(number)), *GOOD[1:]]
    send(*parts[:part], frame, *parts[part + 1 :])
    send(*parts)
    assert raw.poll(10_000)
    assert b"kernel_info_reply" in b"".join(raw.recv_multipart())
    assert not raw.poll(50)


def test_replays_and_forgeries_are_dropped(client: Client, raw: zmq.Socket[bytes]) -> None:
    """[85, 86] The same message twice has one answer, one with a wrong signature none."""
    parts = [GOOD[0] % 1, *GOOD[1:]]
    signed = [b"<IDS|MSG>", client.session.sign(parts), *parts]
    forged = [b"<IDS|MSG>", b"0" * 64, GOOD[0] % 2, *GOOD[1:]]
    for frames in (forged, signed, signed, forged, [b"<IDS|MSG>"], [b""], signed[:3]):
        raw.send_multipart(frames)
    last = [GOOD[0] % 3, *GOOD[1:]]
    raw.send_multipart([b"<IDS|MSG>", client.session.sign(last), *last])
    answered: list[bytes] = []
    while b'"msg_id":"3"' not in b"".join(answered[-1:]):
        assert raw.poll(10_000)
        answered.append(b"".join(raw.recv_multipart()))
    assert len(answered) == 2


def test_an_oversized_frame_is_refused_before_it_is_sent(client: Client) -> None:
    """[87] Whoever announces more than a gigabyte is disconnected; all others are served."""
    import socket
    import struct

    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(10)
    peer.connect(f"{client.launched.info.ip}-{client.launched.info.ports['shell']}")
    with peer:
        peer.sendall(b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER"
        peer.sendall(bytes([4, len(ready)]) + ready)
        peer.sendall(b"\x02" + struct.pack(">Q", (1 << 30) + 1))
        while peer.recv(4096):
            pass
    assert client.run("'served'").result == "'served'"
