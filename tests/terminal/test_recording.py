"""Sessions in a terminal leave what was typed and what came of it, where they should and nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zconsole.journal import reader
from zconsole.journal.cells import Past
from zconsole.journal.store import FILE, is_live

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")


@pytest.fixture
def sessions(home) -> Path:
    return Path(home["JUPYTER_DATA_DIR"]) / "zconsole" / "sessions"


def folder_of(sessions: Path) -> Path:
    """The folder of the only session."""
    (found,) = sessions.iterdir()
    return found


def past_of(sessions: Path) -> Past:
    return reader.read_past(folder_of(sessions))


def leave(t) -> None:
    t.type("exit\r")
    assert t.wait_exit() == 0


def test_a_session_is_recorded(terminal, sessions, home):
    t = terminal(*ZCONSOLE, "--name", "exp")
    t.wait_prompt(1)
    assert not sessions.exists()
    t.run("6 * 7")
    assert is_live(folder_of(sessions))
    (about,) = Path(home["JUPYTER_RUNTIME_DIR"]).glob("kernel-zc-*/about.json")
    assert json.loads(about.read_text())["journal"] == str(folder_of(sessions))
    t.run("1/0")
    t.type("input('Name? ')\r")
    t.wait(r"^Name\? $")
    assert len(past_of(sessions).asking) == 1
    t.type("bob\r")
    t.wait_prompt(4)
    leave(t)
    past = past_of(sessions)
    assert not is_live(folder_of(sessions))
    assert past.clean
    assert [(cell.count, cell.code, cell.status) for cell in past.cells] == [
        (1, "6 * 7", "ok"),
        (2, "1/0", "error"),
        (3, "input('Name? ')", "ok"),
        (4, "exit", "ok"),
    ]
    result = past.cells[0].outputs[0].content
    assert result is not None
    assert result["data"]["text/plain"] == "42"
    assert past.asking == {}
    assert (past.about["name"], past.about["language"]) == ("exp", "python")
    assert past.about["language_info"]["file_extension"] == ".py"


def test_a_password_is_not_recorded(terminal, sessions):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type("import getpass; len(getpass.getpass('Secret: '))\r")
    t.wait("^Secret: ")
    t.type("swordfish\r")
    t.wait(r"^Out\[1\]: 9$")
    leave(t)
    assert b"swordfish" not in (folder_of(sessions) / FILE).read_bytes()


@pytest.mark.parametrize(("options", "codes"), [((), ()), (("--no-journal",), ("6 * 7",))])
def test_nothing_is_left(terminal, sessions, options, codes):
    t = terminal(*ZCONSOLE, *options)
    for code in codes:
        t.run(code)
    t.wait_prompt(len(codes) + 1)
    leave(t) if codes else t.keys("c-d", "enter")
    assert t.wait_exit() == 0
    assert not sessions.exists()


def test_stopped_from_elsewhere_is_a_clean_end(terminal, sessions, home):
    t = terminal(*ZCONSOLE, "--name", "exp")
    t.run("6 * 7")
    stopped = subprocess.run([*ZCONSOLE, "stop", "exp"], env=home, capture_output=True, timeout=20)
    assert stopped.returncode == 0
    assert t.wait_exit() == 1
    assert past_of(sessions).clean
    assert past_of(sessions).deaths == []


def test_another_kernel_is_another_session(terminal, sessions):
    t = terminal(*ZCONSOLE)
    t.run("6 * 7")
    t.type("%kernel zconsole\r")
    t.wait_prompt(1)
    t.run("'other'")
    leave(t)
    pasts = [reader.read_past(folder) for folder in sessions.iterdir()]
    assert sorted(past.cells[0].code for past in pasts) == ["'other'", "6 * 7"]
    assert all(past.clean for past in pasts)


def test_lives_of_the_kernel(terminal, sessions):
    t = terminal(*ZCONSOLE)
    t.run("6 * 7")
    t.type("import os; os._exit(3)\r")
    t.wait("exited with code 3")
    t.wait_prompt(3)
    t.run("1")
    t.type("%restart\r")
    t.wait_prompt(1)
    t.run("2")
    leave(t)
    past = past_of(sessions)
    assert [(cell.life, cell.code, cell.status) for cell in past.cells] == [
        (0, "6 * 7", "ok"),
        (0, "import os; os._exit(3)", "lost"),
        (1, "1", "ok"),
        (2, "2", "ok"),
        (2, "exit", "ok"),
    ]
    assert [death.fields["code"] for death in past.deaths] == [3]
    assert len({life.fields["pid"] for life in past.lives}) == 3
    assert past.clean


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX")
def test_where_nothing_can_be_written(terminal, sessions):
    sessions.parent.mkdir(parents=True)
    sessions.write_text("in the way")
    t = terminal(*ZCONSOLE, columns=300)
    t.run("6 * 7")
    t.wait(
        r"^Cannot record the session in .*: (File exists|Not a directory)\. The session goes on without being"
    )
    t.run("6 * 8")
    t.wait(r"^Out\[2\]: 48$")
    assert t.history_text.count("Cannot record") == 1
    leave(t)
    assert sessions.read_text() == "in the way"


def test_what_is_missed_during_a_stop_is_a_gap(terminal, sessions, tmp_path):
    t = terminal("bash", "--norc", "--noprofile", "-i", env={"PS1": "shell> "})
    t.wait("^shell> $")
    t.type(f"{sys.executable} -m zconsole.frontend\r")
    done = tmp_path / "done"
    t.run("import time, pathlib")
    laps = "[print('lap', i) or time.sleep(0.02) for i in range(30)]"
    t.type(f"_ = {laps}, pathlib.Path('{done}').touch()\r")
    t.wait("^lap 3$")
    t.keys("c-z")
    t.wait("Stopped.*\n(?:.*\n)*shell> $")
    t.type(f"until [ -e {done} ]; do sleep 0.01; done; {sys.executable} -m zconsole.frontend --existing\r")
    t.wait_prompt(3)  # to this one the kernel says that it has come to the end of the cell
    t.keys("c-d", "enter")
    t.wait(r"shell> $")
    t.type("fg\r")
    t.wait(r"^Stopped for \d+ s; \d+ messages were missed")
    t.run("6 * 7")
    t.type("exit\r")
    t.wait(r": exit\nshell> $")
    past = past_of(sessions)
    (gap,) = past.gaps
    assert 10 < gap.fields["missed"] < 60
    assert past.cells[1].started < gap.fields["since"] < gap.at
    assert [cell.status for cell in past.cells] == ["ok", "lost", "ok", "ok"]


def test_one_that_we_attach_to_is_its_owners(terminal, sessions):
    ada = terminal(*ZCONSOLE)
    ada.run("1")
    bob = terminal(*ZCONSOLE, "--existing")
    bob.wait_prompt(2)
    bob.run("2")
    bob.keys("c-d", "enter")
    assert bob.wait_exit() == 0
    leave(ada)
    assert [cell.code for cell in past_of(sessions).cells] == ["1", "2", "exit"]
