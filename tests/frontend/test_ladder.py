"""Ctrl+C at a cell that does not end: the kernel's affair, its children's, the user's choice."""

import asyncio

import pytest

from zconsole.frontend import ladder
from zconsole.frontend.ladder import Ladder, Steps, whereabouts


class Session:
    def __init__(self, owned=True, where=""):
        self.did: list[str] = []
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.where = where
        self.ladder = Ladder(
            Steps(
                lambda: self.did.append("interrupt"),
                lambda: self.did.append("children"),
                self.tell,
                self.said.put_nowait,
                lambda: self.did.append("offer"),
                lambda: self.did.append("give up"),
                lambda: owned,
            )
        )
        self.ladder.begin()

    async def tell(self):
        return self.where

    async def hear(self):
        return await asyncio.wait_for(self.said.get(), 10)

    def done(self):
        did, self.did = self.did, []
        return did


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(ladder, "PATIENCE", 0.05)


@pytest.mark.parametrize(
    ("owned", "last", "words"),
    [(True, "offer", "asks whether to kill"), (False, "give up", "waits for the cell no longer")],
)
def test_each_step_is_told_before_it_is_taken(owned, last, words):
    async def scenario():
        session = Session(owned, where="Still in f.")
        session.ladder.press()
        assert session.done() == ["interrupt"]
        assert await session.hear() == f"Still in f.\n{ladder.CHILDREN}"
        session.ladder.press()
        assert session.done() == ["interrupt", "children"]
        assert words in await session.hear()
        session.ladder.press()
        assert session.done() == [last]
        assert not session.ladder.restart
        session.ladder.end()

    asyncio.run(scenario())


def test_hammering_gets_no_further_than_the_second_step():
    async def scenario():
        session = Session()
        for _ in range(5):
            session.ladder.press()
        assert session.done() == ["interrupt", *4 * ["interrupt", "children"]]
        assert await session.hear() == f"The cell has not ended 0.05 s after the interrupt.\n{ladder.KILL}"
        session.ladder.press()
        assert session.done() == ["offer"]

    asyncio.run(scenario())


def test_the_third_step_waits_until_it_is_told():
    async def scenario():
        session = Session()
        session.ladder.press()
        await session.hear()
        session.ladder.press()
        session.ladder.press()
        assert "offer" not in session.done()

    asyncio.run(scenario())


def test_the_next_cell_begins_at_the_foot():
    async def scenario():
        session = Session()
        session.ladder.press()
        session.ladder.press()
        await session.hear()
        session.ladder.kill()
        assert session.ladder.restart
        session.ladder.end()
        session.done()
        session.ladder.begin()
        session.ladder.press()
        assert session.done() == ["interrupt"]
        assert not session.ladder.restart
        session.ladder.end()

    asyncio.run(scenario())


def test_a_cell_that_has_noticed_is_told_nothing_and_begins_at_the_foot():
    async def scenario():
        session = Session()
        session.ladder.press()
        session.ladder.heard()
        await asyncio.sleep(0.2)
        assert session.said.empty()
        session.ladder.press()
        assert session.done() == ["interrupt", "interrupt"]
        session.ladder.end()

    asyncio.run(scenario())


def test_a_cell_that_ends_is_told_nothing():
    async def scenario():
        session = Session()
        session.ladder.press()
        session.ladder.end()
        await asyncio.sleep(0.2)
        assert session.said.empty()

    asyncio.run(scenario())


FILE = {"file": "/lib/numpy/_linalg.py", "line": 1681, "name": "svd", "code": "x", "module": "numpy"}
CELL = {"file": "<cell>", "line": 3, "name": "<module>", "code": "svd(a)", "module": "__main__", "cell": 7}


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([], ""),
        ([CELL], "Still in In [7], line 3: svd(a)"),
        ([CELL, {**CELL, "name": "f", "line": 2}], "Still in In [7], line 2, in f: svd(a)"),
        ([CELL, FILE], "Still in numpy.svd (…/_linalg.py:1681), called from In [7], line 3: svd(a)"),
        ([FILE], "Still in numpy.svd (…/_linalg.py:1681)"),
        ([{**CELL, "code": "print('\x1b]0;x\x07')"}], "Still in In [7], line 3: print('')"),
    ],
)
def test_where_a_cell_is_in_words(frames, words):
    assert whereabouts(frames) == words
