"""The Debug Adapter Protocol's framing, and what becomes of requests when nobody answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from zconsole.kernel.dap import Arguments, Connection, ConnectionClosed, Refused, Unframe, frame

MESSAGES: list[dict[str, Any]] = [
    {},
    {"seq": 1},
    {"text": "é\r\n\r\nContent-Length: 3\r\n\r\n𝄞"},
    {"list": [1, None]},
]
WIRE = b"".join(map(frame, MESSAGES))


@pytest.mark.parametrize("size", [len(WIRE), 1, 7])
def test_frames_however_they_are_cut(size: int) -> None:
    unframe = Unframe()

    def found() -> Iterator[Any]:
        for start in range(0, len(WIRE), size):
            yield from unframe.feed(WIRE[start : start + size])

    assert list(found()) == MESSAGES


def test_headers_in_any_case_and_number() -> None:
    wire = b"Content-Type: x\r\ncontent-length: 2\r\n\r\n{}"
    assert list(Unframe().feed(wire)) == [{}]


def test_requests_end_with_the_connection() -> None:
    """Responses find their requests in any order; events are told; nobody waits for an end that has gone."""
    events: list[Any] = []
    lost: list[bool] = []

    async def converse() -> None:
        ours, theirs = socket.socketpair()
        connection = Connection(events.append, lambda: lost.append(True))
        await asyncio.get_running_loop().create_connection(lambda: connection, sock=ours)
        first, second, third = (
            asyncio.ensure_future(connection.request(name, {})) for name in ("first", "second", "third")
        )
        reader, writer = await asyncio.open_connection(sock=theirs)
        await reader.readuntil(b'"third", "arguments": {}}')
        for answer in (2, 1):
            writer.write(frame({"type": "event", "event": f"before {answer}"}))
            writer.write(frame({"type": "response", "request_seq": answer, "success": True}))
        assert [(await each)["request_seq"] for each in (first, second)] == [1, 2]
        writer.close()
        with pytest.raises(ConnectionClosed):
            await third
        with pytest.raises(ConnectionClosed):
            await connection.request("fourth", {})

    asyncio.run(asyncio.wait_for(converse(), 10))
    assert [event["event"] for event in events] == ["before 2", "before 1"]
    assert lost == [True]


def test_arguments_name_what_is_wrong() -> None:
    arguments = Arguments("do", {"number": "1", "inner": {"text": 5}})
    with pytest.raises(Refused, match=r"'do' needs 'inner.text' \(str\)"):
        arguments.text("inner", "text")
    with pytest.raises(Refused, match=r"'do' needs 'number' \(int\)"):
        arguments.number("number")
    assert arguments.number("absent", default=3) == 3
