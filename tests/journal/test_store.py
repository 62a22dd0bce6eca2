"""Sessions by their names, and which of them are removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.journal.test_writer import journal_of
from zconsole.journal import store
from zconsole.journal.store import BLOBS, FILE, JournalError
from zconsole.journal.writer import Journal

DAY = 86400


@pytest.fixture(autouse=True)
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    return store.sessions_directory()


def made(name: str, days: float = 0, kilobytes: int = 0) -> Path:
    """A session that was written to last so many days ago, with so much beside the journal."""
    folder = store.sessions_directory() / name
    journal_of(folder, "1").close()
    if kilobytes:
        (folder / BLOBS).mkdir()
        (folder / BLOBS / "aa").write_bytes(b"x" * kilobytes * 1024)
    os.utime(folder / FILE, (0, time.time() - days * DAY))
    return folder


OLD = "20260101-120000-exp-aaaa"
MIDDLE = "20260102-120000-my-exp-bbbb"
NEW = "20260103-120000-session-cccc"


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("", NEW),
        ("exp", OLD),
        ("my-exp", MIDDLE),
        ("bbbb", MIDDLE),
        ("20260101", OLD),
        ("202601", NEW),
        (OLD, OLD),
    ],
)
def test_a_session_is_found(what, found):
    folders = {name: made(name) for name in (MIDDLE, NEW, OLD)}
    assert store.find_session(what) == folders[found]
    assert store.find_session(str(folders[found])) == folders[found]


def test_the_newest_of_a_name():
    made(OLD)
    newer = made("20260109-120000-exp-dddd")
    assert store.find_session("exp") == newer


@pytest.mark.parametrize("what", ["", "my", "nothing", "/tmp", "aaa"])
def test_there_is_none(what, sessions):
    with pytest.raises(JournalError, match=rf"There is no recorded session ?{what} in {sessions}\."):
        store.find_session(what)


@pytest.mark.parametrize("name", ["", "exp", "../../x", "ä b", "x" * 300])
def test_a_new_session_has_a_name_that_is_found_again(name, sessions):
    folder = store.new_session(name)
    assert folder.parent == sessions
    journal_of(folder).close()
    assert store.find_session(name) == folder


def test_old_ones_are_removed_and_then_the_oldest():
    names = ["20260101-120000-a-aaaa", "20260102-120000-b-bbbb", "20260103-120000-c-cccc"]
    made(names[0], days=91)
    middle, new = made(names[1], days=40, kilobytes=600), made(names[2], days=1, kilobytes=300)
    store.prune(90, 1)
    assert store.session_folders() == [new, middle]
    made("20260104-120000-d-dddd", kilobytes=300)
    store.prune(0, 1)
    assert [path.name[16] for path in store.session_folders()] == ["d", "c"]
    assert not middle.exists()
    store.prune(0, 0)
    assert len(store.session_folders()) == 2


def test_what_is_live_or_spared_stays():
    live, spared, dead = (made(f"20260101-120000-x-{number}", days=400) for number in "123")
    journal = Journal.resume(live)
    os.utime(live / FILE, (0, 0))
    store.prune(1, 0, {spared})
    journal.close()
    assert store.session_folders() == [spared, live]
    assert not dead.exists()
    store.prune(1, 0)
    assert store.session_folders() == []


def test_two_prune_at_the_same_time(monkeypatch):
    made(OLD, days=100, kilobytes=1)
    remove = store.remove

    def twice(directory):
        remove(directory)
        remove(directory)

    monkeypatch.setattr(store, "remove", twice)
    store.prune(90, 1)
    assert list(store.sessions_directory().iterdir()) == []
