"""The history file: many writers, garbage, and entries without number."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest

from zconsole.frontend.prompt.history import RECENT, FileHistory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "python.jsonl"


def loaded(history):
    async def collect():
        return [entry async for entry in history.load()]

    return asyncio.run(collect())


def test_what_is_typed_is_there_next_time(path):
    history = FileHistory(path)
    history.append_string("a = 1")
    history.append_string("def f():\n    'ünd\ud800'")
    assert loaded(FileHistory(path)) == ["def f():\n    'ünd\ud800'", "a = 1"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_repetitions_and_blanks_are_not_kept(path):
    history = FileHistory(path)
    for entry in ("a", "a", "  ", "b", "a"):
        history.append_string(entry)
    assert loaded(FileHistory(path)) == ["a", "b", "a"]


def test_a_second_prompt_reads_nothing_again(path):
    history = FileHistory(path)
    history.append_string("a")
    assert loaded(history) == ["a"]
    path.unlink()
    history.append_string("b")
    assert loaded(history) == ["b", "a"]


def test_what_was_typed_before_the_file_was_read_is_there_once(path):
    FileHistory(path).append_string("old")
    history = FileHistory(path)
    assert loaded(history) == ["old"]
    history.append_string("new")
    assert loaded(history) == ["new", "old"]


def test_garbage_is_passed_over(path):
    path.parent.mkdir()
    lines = [
        b'{"code": "first"}',
        b"\xff\xfe",
        b"",
        b"[1]",
        b'{"code": 5}',
        b'{"co',
        b'{"code": "last"}',
        b'{"torn',
    ]
    path.write_bytes(b"\n".join(lines))
    assert loaded(FileHistory(path)) == ["last", "first"]


def test_a_file_that_cannot_be_written_is_a_pity_and_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    history = FileHistory(tmp_path / "file" / "python.jsonl")
    history.append_string("a")
    assert "Cannot write" in history.problem
    assert loaded(history) == ["a"]


def test_lines_longer_than_a_chunk(path):
    history = FileHistory(path)
    long = "x" * 200_000
    for entry in ("a", long, "b"):
        history.append_string(entry)
    assert loaded(FileHistory(path)) == ["b", long, "a"]


WRITER = """
import sys
from pathlib import Path
from zconsole.frontend.prompt.history import FileHistory
history = FileHistory(Path(sys.argv[1]))
for number in range(300):
    history.append_string(f"{sys.argv[2]} {number} " + "x" * 3000)
"""


def test_many_writers(path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in "abcd"]
    assert [writer.wait() for writer in writers] == [0] * 4
    entries = [tuple(entry.split()[:2]) for entry in FileHistory(path).load_history_strings()]
    assert sorted(entries) == sorted((name, str(number)) for name in "abcd" for number in range(300))


def test_two_hundred_thousand_entries_do_not_hold_up_the_loop(path):
    path.parent.mkdir()
    with path.open("w") as file:
        file.writelines(json.dumps({"code": f"line {n}"}) + "\n" for n in range(200_000))

    async def longest_pause():
        pauses, entries = [], 0
        before = time.perf_counter()

        async def watch():
            nonlocal before
            while True:
                await asyncio.sleep(0)
                pauses.append(time.perf_counter() - before)
                before = time.perf_counter()

        watcher = asyncio.ensure_future(watch())
        async for _ in FileHistory(path).load():
            entries += 1
        watcher.cancel()
        return max(pauses), entries

    pause, entries = asyncio.run(longest_pause())
    assert entries == RECENT
    assert pause < 0.1  # a few ms; more room for a busy machine
    os.unlink(path)
