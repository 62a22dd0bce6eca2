"""IPython's history becomes ours, once; whatever state its database is in."""

import os
import sqlite3
from datetime import datetime

import pytest

from zconsole.frontend.past.takeover import NAME, default_database, take_over
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.memory.historyfile import Entry, HistoryFiles

NOW = datetime.now().timestamp()
STARTS = ["2024-05-01 10:00:00.123456", "2024-06-01 10:00:00"]


@pytest.fixture
def files(tmp_path):
    return HistoryFiles(tmp_path / "python.jsonl")


@pytest.fixture
def database(tmp_path):
    """Two sessions of IPython."""
    path = tmp_path / "history.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sessions (session integer primary key, start timestamp)")
        connection.execute(
            "CREATE TABLE history (session integer, line integer, source text, source_raw text)"
        )
        connection.executemany("INSERT INTO sessions VALUES (?, ?)", enumerate(STARTS, 1))
        rows = [
            (2, 1, "later"),
            (1, 2, "def f():\n    pass"),
            (1, 1, "%matplotlib"),
            (1, 3, "  "),
            (3, 1, "no start"),
        ]
        connection.executemany("INSERT INTO history VALUES (?, ?, 'x', ?)", rows)
    connection.close()
    return path


def test_it_is_taken_over_once_and_is_older_than_our_own(files, database):
    before = database.read_bytes()
    blocks, sentence = take_over(files, NOW, database)
    assert blocks == ["no start", "later", "def f():\n    pass", "%matplotlib"]
    assert sentence == "4 blocks of IPython's history can be reached here as well."
    assert take_over(files, NOW, database) == ([], "")
    assert database.read_bytes() == before
    history = FileHistory(files.own.with_name("python.jsonl"))
    history.append_string("ours")
    history = FileHistory(files.own.with_name("python.jsonl"))
    history.read()
    assert history.newest() == ["ours", "no start", "later", "def f():\n    pass", "%matplotlib"]


def test_what_ipython_kept_since_there_is_a_history_of_ours_is_not_taken_twice(files, database):
    files.add("here", [Entry(datetime.fromisoformat("2024-05-15").timestamp(), "ours")])
    assert take_over(files, NOW, database).blocks == ["def f():\n    pass", "%matplotlib"]


def test_what_our_own_kernel_has_begun_to_write_there_is_not_taken(files, database):
    before = datetime.fromisoformat("2024-05-15").timestamp()
    assert take_over(files, before, database).blocks == ["def f():\n    pass", "%matplotlib"]


def test_no_ipython(files, tmp_path):
    assert take_over(files, NOW, tmp_path / "nothing") == ([], "")
    assert files.named(NAME).read_bytes() == b""


def test_a_database_that_is_locked_is_read_all_the_same(files, database):
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("INSERT INTO history VALUES (9, 1, '', 'not yet')")
    try:
        assert len(take_over(files, NOW, database).blocks) == 4
    finally:
        writer.close()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_garbage_is_said_once(files, database, content):
    database.write_bytes(content)
    blocks, sentence = take_over(files, NOW, database)
    assert blocks == []
    assert sentence.startswith(f"IPython's history in {database} cannot be read and is left out: ")
    assert sentence.endswith(f"Remove {files.named(NAME)} to have it tried again.")
    assert take_over(files, NOW, database) == ([], "")


def test_a_database_of_something_else(files, tmp_path):
    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("CREATE TABLE history (x)")
    connection.close()
    assert (
        "is left out: no such table: sessions." in take_over(files, NOW, tmp_path / "other.sqlite").sentence
    )


def test_what_is_taken_is_known_in_the_session_that_took_it(files, database):
    history = FileHistory(files.own.with_name("python.jsonl"))
    history.append_string("ours")
    history.take(take_over(files, NOW, database).blocks)
    history.read()
    assert history.newest()[:3] == ["ours", "no start", "later"]


def test_where_ipython_keeps_it(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    assert default_database() == tmp_path / "profile_default" / "history.sqlite"
    monkeypatch.delenv("IPYTHONDIR")
    assert default_database().parts[-3:] == (".ipython", "profile_default", "history.sqlite")


def test_a_folder_that_cannot_be_written(tmp_path, database):
    (tmp_path / "file").write_text("")
    files = HistoryFiles(tmp_path / "file" / "python.jsonl")
    assert "cannot be taken over" in take_over(files, NOW, database).sentence
    assert os.listdir(tmp_path)
