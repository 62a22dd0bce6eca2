"""The recorder in a loop, with a journal on a disk: what is begun when, bounded, said, ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from tests.journal import lines
from zconsole.journal import reader
from zconsole.journal.cells import Past
from zconsole.journal.store import JournalError, is_live
from zconsole.journal.writer import LARGE, Journal
from zconsole.recorder import DEFAULT, Limits, Recorder


class Session:
    """A recorder and what it says; `end` of the `with` is no end of the session."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.recorder = Recorder(self.begin, self.said.append, limits)
        self.recorder.life(4711, 1)

    def begin(self) -> Journal:
        return Journal.create(self.folder)

    def run(self, code: str, *texts: str) -> None:
        asked = lines.request(code)
        self.recorder.sent(asked)
        outputs = [lines.stream(asked, text) for text in texts]
        for message in lines.cell(asked, 1, *outputs):
            self.recorder.received("iopub", message)

    @property
    def past(self) -> Past:
        return reader.read_past(self.folder)


@pytest.fixture
def session(tmp_path: Path) -> Callable[..., Session]:
    return lambda limits=DEFAULT: Session(tmp_path / "sessions" / "20260101-120000-x-aaaa", limits)


def in_loop(test: Callable[..., None]) -> Callable[..., None]:
    def run(session: Callable[..., Session]) -> None:
        async def body() -> None:
            test(session)

        asyncio.run(body())

    run.__doc__ = test.__doc__
    return run


@in_loop
def test_the_first_cell_begins_it(session):
    s = session()
    for message in (lines.said(None, "status", execution_state="starting"), lines.idle(lines.request("x"))):
        s.recorder.received("iopub", message)
    s.recorder.sent(lines.request("", silent=True))
    assert s.recorder.directory is None
    s.run("1")
    assert s.recorder.directory == s.folder
    assert is_live(s.folder)
    assert [cell.status for cell in s.past.cells] == ["ok"]
    assert s.past.lives[0].fields["pid"] == 4711
    assert s.recorder.offset == (s.folder / "journal.jsonl").stat().st_size


@in_loop
def test_somebody_elses_cell_begins_it_as_well(session):
    s = session()
    for message in lines.begin(lines.request("1"), 1):
        s.recorder.received("iopub", message)
    assert [cell.code for cell in s.past.cells] == ["1"]


@in_loop
def test_nothing_was_run(session):
    s = session()
    s.recorder.death(None, 9, None, "")
    s.recorder.life(4712, 1)
    s.recorder.end()
    assert not s.folder.exists()


@in_loop
def test_a_clean_end(session):
    s = session()
    s.run("1")
    s.recorder.end()
    assert s.past.clean
    assert not is_live(s.folder)
    s.run("2")
    assert len(s.past.cells) == 1


@in_loop
def test_an_end_behind_a_death_is_none(session):
    s = session()
    s.run("1")
    s.recorder.death(7, None, None, "last words")
    s.recorder.end()
    assert not s.past.clean
    assert s.past.deaths[0].fields["log"] == "last words"


@in_loop
def test_the_next_life_ends_well(session):
    s = session()
    s.run("1")
    s.recorder.death(7, None, None, "")
    s.recorder.life(4712, 2)
    s.recorder.end()
    assert s.past.clean
    assert [life.fields["first"] for life in s.past.lives] == [1, 2]


@in_loop
def test_questions_of_the_prompt_are_not_recorded(session):
    s = session()
    s.run("1")
    before = s.recorder.offset
    asked = lines.ASKER.message("complete_request", {"code": "x", "cursor_pos": 1})
    s.recorder.received("iopub", lines.said(asked, "status", execution_state="busy"))
    s.recorder.received("iopub", lines.said(None, "iopub_welcome", subscription=""))
    assert s.recorder.offset == before
    s.recorder.received("iopub", lines.said(None, "comm_open", comm_id="x", target_name="y", data={}))
    assert s.recorder.offset > before


@in_loop
def test_a_cell_may_say_only_so_much(session):
    s = session(Limits(cell=10_000))
    asked = lines.request("a")
    flood = [lines.stream(asked, "x" * 1000) for _ in range(100)]
    for message in lines.cell(asked, 1, *flood, lines.error(asked)):
        s.recorder.received("iopub", message)
    s.run("b", "short")
    first, second = s.past.cells
    assert 8 <= len(first.outputs) <= 10
    assert (first.cut, first.status) == (True, "error")
    assert (second.cut, len(second.outputs)) == (False, 1)


@in_loop
def test_a_session_may_say_only_so_much(session):
    s = session(Limits(session=50_000))
    for number in range(10):
        s.run(str(number), *["x" * 1000] * 10)
    assert [cell.code for cell in s.past.cells] == [str(number) for number in range(10)]
    assert [cell.cut for cell in s.past.cells] == sorted(cell.cut for cell in s.past.cells)
    assert s.past.cells[-1].cut
    assert not s.past.cells[0].cut
    assert s.recorder.offset < 80_000
    assert s.said == []


@in_loop
def test_a_journal_that_cannot_be_made(session):
    s = session()
    s.begin = mock.Mock(side_effect=JournalError("Cannot record the session in x: No space left on device."))
    s.recorder = Recorder(s.begin, s.said.append)
    s.run("1")
    s.run("2")
    s.recorder.gap(0, None)
    s.recorder.death(1, None, None, "")
    s.recorder.end()
    assert s.said == [
        "Cannot record the session in x: No space left on device. The session goes on without being recorded."
    ]
    assert s.begin.call_count == 1


@in_loop
def test_the_disk_is_full_for_a_while(session):
    s = session()
    s.run("1")
    with mock.patch("os.write", side_effect=OSError(28, "No space left on device")):
        s.run("2", "x")
        s.run("3", "x" * LARGE)
    assert s.said == [
        f"Cannot record the session in {s.folder}: No space left on device. "
        "The session goes on without being recorded."
    ]
    s.run("4", "y")
    assert s.said[1:] == ["The session is recorded again."]
    assert [cell.code for cell in s.past.cells] == ["1", "4"]
    assert len(s.past.gaps) == 1
    s.recorder.end()
    assert s.past.clean


@in_loop
def test_what_was_answered(session):
    s = session()
    asked = lines.request("input()")
    question = lines.said(asked, "input_request", prompt="? ", password=False)
    s.recorder.sent(asked)
    s.recorder.received("stdin", question)
    assert list(s.past.asking) == [question.msg_id]
    s.recorder.answered(question, "yes")
    assert s.past.asking == {}


def test_the_disk_is_asked_to_keep_what_was_typed(session):
    """In a thread: a slow disk does not stop the session; and once more for what came meanwhile."""

    async def body() -> None:
        s, loop = session(), asyncio.get_running_loop()
        asked: asyncio.Queue[threading.Thread] = asyncio.Queue()
        done = threading.Event()

        def sync(file: int) -> None:
            loop.call_soon_threadsafe(asked.put_nowait, threading.current_thread())
            done.wait(5)

        with mock.patch("zconsole.recorder.SYNC_INTERVAL", 0.05), mock.patch("os.fdatasync", sync):
            s.run("1")
            s.run("2")
            thread = await asyncio.wait_for(asked.get(), 5)
            assert thread is not threading.main_thread()
            done.set()
            await asyncio.wait_for(asked.get(), 5)
            s.recorder.close()

    asyncio.run(body())
