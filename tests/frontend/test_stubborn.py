"""Ctrl+C at a cell that does not end: first the kernel's affair, then the user's choice."""

import asyncio

import pytest

from zconsole.frontend import stubborn
from zconsole.frontend.stubborn import Interrupts


class Session:
    def __init__(self, owned=True):
        self.did: list[str] = []
        self.said = asyncio.Event()
        self.interrupts = Interrupts(
            lambda: self.did.append("interrupt"), self.say, lambda: self.did.append("give up"), lambda: owned
        )
        self.interrupts.begin()

    def say(self, sentence):
        self.did.append("say")
        self.sentence = sentence
        self.said.set()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(stubborn, "PATIENCE", 0.05)


@pytest.mark.parametrize(
    ("owned", "words"), [(True, "again restarts the kernel"), (False, "not started here")]
)
def test_what_is_offered_is_done(owned, words):
    async def scenario():
        session = Session(owned)
        session.interrupts.press()
        session.interrupts.press()
        await asyncio.wait_for(session.said.wait(), 10)
        assert words in session.sentence
        session.interrupts.press()
        assert session.did == ["interrupt", "interrupt", "say", "give up"]
        assert session.interrupts.restart == owned
        session.interrupts.end()
        session.interrupts.begin()
        session.interrupts.press()
        assert session.did[-1] == "interrupt"
        assert not session.interrupts.restart

    asyncio.run(scenario())


def test_a_cell_that_ends_is_told_nothing():
    async def scenario():
        session = Session()
        session.interrupts.press()
        session.interrupts.end()
        await asyncio.sleep(0.2)
        assert session.did == ["interrupt"]

    asyncio.run(scenario())
