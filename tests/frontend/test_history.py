"""The history file: many writers, garbage, and entries without number."""

import asyncio
import os
import subprocess
import sys
import time

import pytest

from zconsole.frontend.past.forgetting import THEIRS, forget
from zconsole.frontend.prompt.memory.history import RECENT, FileHistory
from zconsole.frontend.prompt.memory.historyfile import Entry, HistoryFiles


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
    assert history.files.own.stat().st_mode & 0o777 == 0o600
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
    history.files.own.unlink()
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
    said: list[str] = []
    history = FileHistory(tmp_path / "file" / "python.jsonl", said.append)
    history.append_string("a")
    history.append_string("b")
    assert said == [f"Cannot write the history to {history.files.own}: File exists."]
    assert loaded(history) == ["b", "a"]


def test_lines_longer_than_a_chunk(path):
    history = FileHistory(path)
    long = "x" * 200_000
    for entry in ("a", long, "b"):
        history.append_string(entry)
    assert loaded(FileHistory(path)) == ["b", long, "a"]


NAMES = "abcdefghij"
WRITER = """
import sys
from pathlib import Path
from zconsole.frontend.prompt.memory.historyfile import HistoryFiles
files = HistoryFiles(Path(sys.argv[1]))
for number in range(100):
    files.append(f"{sys.argv[2]} {number} " + "x" * 3000)
"""


def test_ten_writers_at_once_lose_and_mix_nothing(path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in NAMES]
    assert [writer.wait(60) for writer in writers] == [0] * 10
    entries = [tuple(entry.split()[:2]) for entry in FileHistory(path).load_history_strings()]
    assert sorted(entries) == sorted((name, str(number)) for name in NAMES for number in range(100))


def test_a_prompt_waits_for_no_more_than_the_newest_and_the_rest_is_read_in_a_thread(path):
    history = FileHistory(path)
    history.files.add("old", [Entry(1.6e9 + n, f"line {n}") for n in range(20_000)])

    async def session():
        newest = [entry async for entry in history.load()]
        assert not history.is_whole
        await history.read_aside()
        return newest

    assert asyncio.run(session()) == [f"line {n}" for n in range(19_999, 19_999 - RECENT, -1)]
    assert history.is_whole
    assert history.newest() == [f"line {n}" for n in reversed(range(20_000))]
    history.append_string("mine")
    assert history.newest(0, 2) == ["mine", "line 19999"]
    assert history.newest(1, 3) == ["line 19999", "line 19998"]
    assert history.newest(19_999) == ["line 1", "line 0"]
    assert history.get_strings()[-2:] == ["line 19999", "mine"]


# --- several machines


def test_each_machine_has_a_file_and_who_reads_sees_one_history_in_the_order_of_time(path):
    ada, bob = HistoryFiles(path, "ada"), HistoryFiles(path, "bob")
    for files, code in [(ada, "a1"), (bob, "b1"), (ada, "a2"), (ada, "a3"), (bob, "b2")]:
        files.append(code)
        time.sleep(0.002)  # the clock has milliseconds
    assert sorted(file.name for file in path.parent.iterdir()) == ["python.ada.jsonl", "python.bob.jsonl"]
    assert loaded(FileHistory(path)) == ["b2", "a3", "a2", "b1", "a1"]


def test_the_file_of_all_machines_that_there_was_before_is_read_as_well(path):
    path.parent.mkdir()
    path.write_text('{"code": "before", "at": 1700000000.0}\n')
    (path.parent / "python3.jsonl").write_text('{"code": "another language", "at": 1700000000.0}\n')
    history = FileHistory(path)
    history.append_string("now")
    assert loaded(FileHistory(path)) == ["now", "before"]


def test_a_machine_that_does_not_know_the_time_keeps_its_own_order(path):
    files = HistoryFiles(path, "here")
    files.add("ada", [Entry(1.7e9, "a1"), Entry(0, "a2"), Entry(50, "a3"), Entry(1.7e9 + 2, "a4")])
    files.add("bob", [Entry(1.7e9 + 1, "b1"), Entry(1.7e9 + 3, "b2")])
    entries = [entry for some in files.newest_first(files.survey()) for entry in some]
    assert [each for each in entries if each[0] == "a"] == ["a4", "a3", "a2", "a1"]
    assert entries[:2] == ["b2", "a4"]


# --- ends that are torn, and garbage


def test_behind_a_torn_end_the_next_entry_is_whole(path):
    history = FileHistory(path)
    history.append_string("first")
    with history.files.own.open("ab") as file:
        file.write(b'{"code": "to\0\0\0')
    history.append_string("second")
    history.append_string("third")
    assert loaded(FileHistory(path)) == ["third", "second", "first"]


def test_garbage_in_the_middle_costs_itself_alone(path):
    history = FileHistory(path)
    for number in range(3000):
        history.append_string(f"block {number}")
    data = bytearray(history.files.own.read_bytes())
    middle = data.index(b"block 1500")
    data[middle : middle + 2000] = os.urandom(2000).replace(b"\n", b"?")
    history.files.own.write_bytes(bytes(data))
    history = FileHistory(path)
    history.read()
    found = history.newest()
    assert found[0] == "block 2999"
    assert found[-1] == "block 0"
    lost = {f"block {number}" for number in range(3000)} - set(found)
    assert "block 1500" in lost
    assert len(lost) < 2000 / 40 + 3
    assert found == sorted(found, key=lambda block: -int(block.split()[1]))


@pytest.mark.parametrize(
    "garbage", [b"[" * 100_000, b'{"code": "a"\n"at": 3}', b'{"code": 1}', b"null", b" \x00"]
)
def test_no_garbage_is_taken_for_an_entry(path, garbage):
    history = FileHistory(path)
    history.append_string("first")
    with history.files.own.open("ab") as file:
        file.write(garbage + b"\n")
    history.append_string("second")
    assert loaded(FileHistory(path)) == ["second", "first"]


# --- what is not kept


@pytest.mark.parametrize(
    ("block", "kept"),
    [(" token = 'x'", False), ("  x = 1\n  y = 2", True), ("\tx", True), (" \n ", False), ("x", True)],
)
def test_a_block_behind_one_blank_is_kept_nowhere(path, block, kept):
    history = FileHistory(path)
    history.append_string("before")
    history.append_string(block)
    assert loaded(history)[1:] == (["before"] if kept else [])
    assert loaded(FileHistory(path))[1:] == (["before"] if kept else [])


def test_a_block_that_failed_is_forgotten_in_the_file_and_can_still_be_corrected_here(path):
    history = FileHistory(path)
    for block in ("a", "1/0"):
        history.append_string(block)
    history.forget_last()
    history.forget_last()
    history.append_string("b")
    assert loaded(history) == ["b", "1/0", "a"]
    assert loaded(FileHistory(path)) == ["b", "a"]


def test_the_same_block_that_was_good_before_stays(path):
    history = FileHistory(path)
    history.append_string("a")
    history.append_string("a")
    history.forget_last()
    assert loaded(FileHistory(path)) == ["a"]


def test_what_is_forgotten_is_no_longer_in_any_file(path):
    for machine in ("ada", "bob"):
        for block in ("keep 1", "password = 'hunter2'", "keep 2"):
            HistoryFiles(path, machine).append(f"{block}  # {machine}")
    history = FileHistory(path)
    assert "hunter2" in "".join(loaded(history))
    assert history.forget(lambda block: "hunter2" in block) == 2
    assert not any(b"hunter2" in file.read_bytes() for file in path.parent.iterdir())
    assert "hunter2" not in "".join(history.newest())
    assert sorted(loaded(FileHistory(path))) == sorted(
        f"keep {number}  # {machine}" for number in "12" for machine in ("ada", "bob")
    )


def said_by_forget(history, text=""):
    said: list[str] = []
    asyncio.run(forget(history, text, said.append))
    return said


def test_forget_takes_the_last_block_or_all_with_a_text(path):
    history = FileHistory(path)
    for block in ("x = 1", "secret = 5", "print(secret)", "oops", "%forget"):
        history.append_string(block)
    assert said_by_forget(history) == [f"1 block is forgotten. {THEIRS}"]
    history.append_string("%forget secret")
    assert said_by_forget(history, "secret") == [f"2 blocks are forgotten. {THEIRS}"]
    history.append_string("%forget nothing")
    assert said_by_forget(history, "nothing") == ["No block of the history has that in it."]
    assert loaded(FileHistory(path)) == loaded(history) == ["x = 1"]
