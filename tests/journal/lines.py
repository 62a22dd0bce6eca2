"""A kernel of paper: the messages of cells, as they come from the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zconsole.message import Message
from zconsole.session import Session

ASKER = Session(b"key", username="ada")
KERNEL = Session(b"key", username="kernel")


def wire(message: Message) -> Message:
    """The message as the other end gets it, with its JSON."""
    return Session(b"key").decode(ASKER.encode(message))


def request(code: str, **content: Any) -> Message:
    return ASKER.message("execute_request", {"code": code, "silent": False, **content})


def said(parent: Message | None, msg_type: str, **content: Any) -> Message:
    return wire(KERNEL.message(msg_type, content, parent=parent))


def begin(asked: Message, count: int) -> Iterator[Message]:
    yield said(asked, "status", execution_state="busy")
    yield said(asked, "execute_input", code=asked.content["code"], execution_count=count)


def idle(asked: Message) -> Message:
    return said(asked, "status", execution_state="idle")


def stream(asked: Message, text: str) -> Message:
    return said(asked, "stream", name="stdout", text=text)


def error(asked: Message) -> Message:
    return said(asked, "error", ename="ValueError", evalue="bad", traceback=["ValueError: bad"])


def cell(asked: Message, count: int, *outputs: Message) -> Iterator[Message]:
    """All of a cell on iopub."""
    yield from begin(asked, count)
    yield from outputs
    yield idle(asked)
