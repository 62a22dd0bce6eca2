"""The keeper's parts, and a keeper whose front end is played by the test: what is on record at the seam."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.strangers import attached, end, until
from zconsole.handover import ADOPTED, DETACHED, Keeping, Seam
from zconsole.journal.entries import encode_message
from zconsole.journal.reader import read_past
from zconsole.journal.store import is_live
from zconsole.journal.visits import attend, end_of_message, is_attended, note_seen, seen
from zconsole.journal.writer import Journal
from zconsole.launch import launch, note_journal, own_kernel_argv
from zconsole.message import Header, Message
from zconsole.record import read_record

# --- the seam


def test_what_the_other_has_recorded_is_not_new():
    seam = Seam(["1", "2"])
    assert [number for number in "1234" if seam.is_new("iopub", number)] == ["3", "4"]


def test_nothing_up_to_the_last_one_is_new():
    """Not even what the other had no room for; but what comes on another channel has another order."""
    seam = Seam(["2", "q"], last="3")
    assert [number for number in "12345" if seam.is_new("iopub", number)] == ["4", "5"]
    seam = Seam(["q"], last="3")
    assert [seam.is_new("stdin", each) for each in ("q", "r")] == [False, True]
    assert not seam.is_new("iopub", "3")


# --- visits


def test_who_is_there(tmp_path):
    assert not is_attended(tmp_path)
    first, second = attend(tmp_path), attend(tmp_path)
    assert first is not None
    assert second is not None
    assert is_attended(tmp_path)
    os.close(first)
    assert is_attended(tmp_path)
    os.close(second)
    assert not is_attended(tmp_path)


def test_how_far_it_was_seen(tmp_path):
    assert seen(tmp_path) is None
    note_seen(tmp_path)  # there is no journal
    assert seen(tmp_path) is None
    with_journal = Journal.create(tmp_path / "session")
    note_seen(with_journal.directory)
    assert (seen(with_journal.directory) or (0, 0))[0] == with_journal.size
    note_seen(with_journal.directory, 5, at=1e9)
    assert seen(with_journal.directory) == (5, 1e9)
    with_journal.close()


def test_the_end_of_a_message_in_a_journal(tmp_path):
    journal = Journal.create(tmp_path / "session")
    journal.append("message", header={"msg_id": "one"})
    behind = journal.size
    journal.append("message", header={"msg_id": "two"})
    assert end_of_message(journal.directory, "one") == behind
    assert end_of_message(journal.directory, "two") == journal.size
    assert end_of_message(journal.directory, "three") is None
    assert end_of_message(journal.directory, "") is None
    assert end_of_message(tmp_path / "nowhere", "one") is None
    journal.close()


# --- a keeper


@pytest.fixture
def kept(home, monkeypatch):
    """A kernel of ours with a journal that nobody writes any more; ``kept.keep(how)`` starts a keeper."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", home["JUPYTER_RUNTIME_DIR"])
    session = Session(home)
    yield session
    session.close()


class Session:
    def __init__(self, home: dict[str, str]) -> None:
        self.env = home
        self.launched = launch(own_kernel_argv(), home, name="exp", tied=False)
        self.journal = Journal.create(Path(home["HOME"]) / "session", name="exp")
        note_journal(self.launched.directory, self.journal.directory)
        self.keepers: list[subprocess.Popen[str]] = []

    def keep(self, how: str) -> subprocess.Popen[str]:
        keeping = Keeping(self.launched.connection_file, self.launched.directory, how)
        keeper = subprocess.Popen(
            keeping.argv, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.keepers.append(keeper)
        return keeper

    @property
    def owner(self) -> int:
        record = read_record(self.launched.directory)
        return record.owner if record else 0

    def close(self) -> None:
        self.journal.close()
        end(self.launched)
        for keeper in self.keepers:
            keeper.kill()
            keeper.wait(10)
            for pipe in (keeper.stdin, keeper.stdout):
                if pipe:
                    pipe.close()

    def run(self, code: str) -> None:
        with attached(self.launched) as client:
            client.wait_for_ready(timeout=20)
            client.execute_interactive(code, timeout=20, output_hook=lambda message: None)


def test_a_keeper_takes_over_when_it_is_told_to_and_says_so(kept):
    keeper = kept.keep(DETACHED)
    word, heard = keeper.stdout.readline().split()
    assert word == "heard"
    assert is_live(kept.journal.directory)
    kept.journal.close()
    keeper.stdin.write(f"go 0123 {heard}\n")
    keeper.stdin.flush()
    assert keeper.stdout.readline() == "kept\n"
    record = read_record(kept.launched.directory)
    assert record
    assert (record.owner, bool(record.detached)) == (keeper.pid, True)
    keeper.stdin.close()
    kept.run("print('said')")
    until(lambda: read_past(kept.journal.directory).cells)
    until(lambda: read_past(kept.journal.directory).cells[0].ended)
    past = read_past(kept.journal.directory)
    assert [output.msg_type for output in past.cells[0].outputs][:1] == ["stream"]
    assert past.gaps == []
    assert f'"{heard}"' not in (kept.journal.directory / "journal.jsonl").read_text()


def test_what_a_front_end_is_asked_while_it_hands_over(kept):
    """It passes the question on; what else comes through the pipe is nothing."""
    keeper = kept.keep(DETACHED)
    heard = keeper.stdout.readline().split()[1]
    kept.journal.close()
    keeper.stdin.write(f"go 0123 {heard}\n")
    keeper.stdin.flush()
    assert keeper.stdout.readline() == "kept\n"
    cell, question = Header("cell", "execute_request", "s"), Header("question", "input_request", "s")
    line = encode_message(1.0, "stdin", Message(question, cell, {"prompt": "naïve? ", "password": False}))
    keeper.stdin.buffer.write(b"half a line\n" + line)
    keeper.stdin.close()
    until(lambda: read_past(kept.journal.directory).asking)
    (fields,) = read_past(kept.journal.directory).asking.values()
    assert fields["content"]["prompt"] == "naïve? "
    assert keeper.poll() is None


def test_a_front_end_that_dies_while_it_hands_over(kept):
    """It has recorded nothing of what the keeper has heard, as far as anybody knows: that is said."""
    keeper = kept.keep(DETACHED)
    assert keeper.stdout.readline().startswith("heard")
    kept.journal.close()
    keeper.stdin.close()
    until(lambda: read_past(kept.journal.directory).gaps)
    assert read_past(kept.journal.directory).owners[0].fields["how"] == DETACHED


def test_two_keepers_for_one_session(kept):
    kept.journal.close()
    first = kept.keep(ADOPTED)
    assert first.stdout.readline().startswith("heard")
    second = kept.keep(ADOPTED)
    assert second.stdout.readline() == ""
    assert second.wait(10) == 1
    until(lambda: read_past(kept.journal.directory).owners)
    assert len(read_past(kept.journal.directory).owners) == 1


def test_a_kernel_that_dies_while_it_is_kept(kept):
    kept.journal.close()
    keeper = kept.keep(ADOPTED)
    keeper.stdout.readline()
    until(lambda: read_past(kept.journal.directory).owners)
    kept.run("x = 1")
    os.killpg(kept.launched.pid, signal.SIGKILL)
    assert keeper.wait(10) == 0
    past = read_past(kept.journal.directory)
    assert past.deaths[0].fields["code"] is None
    assert not past.clean
    assert not kept.launched.connection_file.exists()
    assert not kept.launched.directory.exists()


def test_a_kernel_that_is_stopped_while_it_is_kept(kept):
    kept.journal.close()
    keeper = kept.keep(ADOPTED)
    keeper.stdout.readline()
    until(lambda: kept.owner == keeper.pid)
    subprocess.run(
        [sys.executable, "-m", "zconsole.frontend", "stop", "exp"],
        env=kept.env,
        stdin=subprocess.DEVNULL,
        timeout=20,
        check=True,
    )
    assert keeper.wait(10) == 0
    assert read_past(kept.journal.directory).clean
    assert not kept.launched.directory.exists()


def test_the_keeper_needs_no_terminal_and_nothing_of_the_front_end():
    code = "import sys, json, zconsole.keeper; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    modules = json.loads(result.stdout)
    assert "zconsole.keeper" in modules
    assert not [
        name for name in modules if name.startswith(("prompt_toolkit", "IPython", "zconsole.frontend"))
    ]
