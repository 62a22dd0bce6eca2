"""Questions and what was said before them, whichever comes first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes import run
from zconsole.frontend import inorder
from zconsole.frontend.inorder import InOrder
from zconsole.message import Header, Message


class Wire:
    """Both channels of a kernel that had published 100 messages before our first one, the `seats`."""

    def __init__(self) -> None:
        self.received = 0
        self.shown: list[str] = []
        self._given_up = asyncio.Event()
        self.order = InOrder(self._show, lambda: self.received)
        self.iopub("seats", published=100)
        self.shown.clear()

    def iopub(self, msg_type: str = "stream", **content: Any) -> None:
        self.received += 1
        self.shown.append(msg_type)
        self.order.heard(Message(Header(msg_type, msg_type), content=content))

    def stdin(self, published: object, msg_type: str = "input_request") -> None:
        self.order.receive(Message(Header(msg_type, msg_type), metadata={"published": published}))

    async def something_comes(self) -> None:
        self._given_up.clear()
        await self._given_up.wait()

    def _show(self, message: Message) -> None:
        self.shown.append(message.msg_type)
        self._given_up.set()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inorder, "WAIT", 0.02)


def test_a_question_waits_for_what_was_said_before_it() -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.iopub()
        wire.stdin(104)
        wire.stdin(None, "input_gone")  # behind its question, though it says nothing of its place
        wire.iopub()
        assert wire.shown == ["stream", "stream"]
        wire.iopub("error")
        assert wire.shown == ["stream", "stream", "error", "input_request", "input_gone"]

    run(scenario())


def test_one_in_its_place_does_not_wait() -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.stdin(101)
        wire.iopub()
        wire.stdin(102)
        wire.stdin(90)  # of a cell that had asked before we came
        assert wire.shown == ["input_request", "stream", "input_request", "input_request"]

    run(scenario())


def test_what_is_lost_is_waited_for_once() -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.stdin(105)
        assert not wire.shown
        await wire.something_comes()
        wire.iopub()
        wire.stdin(106)
        assert wire.shown == ["input_request", "stream", "input_request"]
        wire.stdin(107)
        assert len(wire.shown) == 3
        wire.iopub("seats", published=200)  # which says it anew
        wire.stdin(201)
        assert wire.shown[3:] == ["seats", "input_request", "input_request"]

    run(scenario())


@pytest.mark.parametrize("published", ["7", 7.5, True, None, [1]])
def test_a_kernel_that_does_not_count_is_not_waited_for(published: object) -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.stdin(published)
        assert wire.shown == ["input_request"]

    run(scenario())


def test_in_another_life_nothing_waits() -> None:
    async def scenario() -> None:
        wire = Wire()
        wire.stdin(999)
        wire.order.forget()
        wire.stdin(5)
        assert wire.shown == ["input_request"]

    run(scenario())
