"""The death of a kernel and what comes after it: told, started again, its session brought back."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from pathlib import Path

import pytest

from zconsole.journal.reader import read_past
from zconsole.journal.writer import Journal

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")

DEEP = "def f(): return list(map(lambda x: f(), [1]))\r\rimport sys; sys.setrecursionlimit(10**9); f()\r"


@pytest.fixture
def console(terminal):
    t = terminal(*ZCONSOLE, columns=140)
    t.wait_prompt(1)
    return t


def sessions(home) -> Path:
    return Path(home["JUPYTER_DATA_DIR"]) / "zconsole" / "sessions"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "import ctypes; ctypes.string_at(0)\r",
            r"SIGSEGV: [^)]*\)\. In \[3\] had run for [\d.]+ s\. Its memory",
        ),
        ("import os; os._exit(7)\r", r"exited with code 7\. In \[3\] had run for"),
        (
            "import os; os.kill(os.getpid(), 9)\r",
            r"SIGKILL: Killed\)\. In \[3\] had run for .*\.\nNobody here",
        ),
        (DEEP, r"ended by signal \d+ \(SIG(SEGV|ABRT): [^)]*\)\. In \[4\] had run for"),
    ],
    ids=["segfault", "exit", "kill", "recursion"],
)
def test_a_death_is_told_and_recovered_and_the_numbers_go_on(console, code, told):
    console.run("x = 21")
    console.run("def double(a): return 2 * a\r")
    console.type(code)
    console.wait(told, history=True)
    number = console.wait_prompt(5 if code == DEEP else 4)
    console.type("%recover\r")
    console.wait(r"^Recovering this session: \d cells can be run again, 1 is left out\.$")
    console.wait(r"^\d cells have been run again in [\d.]+ s\.$")
    console.run("double(x)")
    console.wait(r"^Out\[\d+\]: 42$")
    assert console.wait_prompt() > number + 2
    console.run("In[-2]")
    console.wait(r"^Out\[(\d+)\]: 'double\(x\)'$")


def test_sys_exit_is_no_death(console):
    console.run("x = 1")
    console.run("import sys; sys.exit(3)")
    console.wait("^SystemExit: 3|SystemExit.*3$")
    console.run("x")
    console.wait(r"^Out\[3\]: 1$")


def test_what_is_to_be_chosen_is_asked_about(console, tmp_path):
    file = tmp_path / "written"
    console.run("import os; a = 1")
    console.run(f"size = open({str(file)!r}, 'a').write('x')")
    console.run("b = size + a")
    console.run("1/0")
    console.type("os._exit(7)\r")
    console.wait_prompt(6)
    console.type("%recover\r")
    console.wait(
        r"1 cell can be run again, 1 is to be chosen, 1 depends on what is not run, 2 are left out\.$"
    )
    console.wait(r"^choose +2 .*  # writes files$")
    console.wait(r"^Run what is safe.*\? $")
    console.type("s\r")
    console.wait(r"^1 cell has been run again in [\d.]+ s\.\nNot as they were: size and b\.$")
    assert file.read_text() == "x"
    console.type("%recover\r")
    console.wait(r"^Run what is safe(.*\n)*Run what is safe.*\? $")
    console.type("c\r")
    console.wait(r"\(writes files\); run it \(y/\[n\]\)\? $")
    console.type("y\r")
    console.wait(r"^2 cells have been run again")
    assert file.read_text() == "xx"
    console.run("a + b")
    console.wait(r"^Out\[\d+\]: 3$")


def test_a_plan_is_edited(terminal, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i -e 's/^choose/run/' -e '/x = 1/d' \"$1\"\n")
    editor.chmod(0o700)
    t = terminal(*ZCONSOLE, columns=140, env={"EDITOR": str(editor), "VISUAL": ""})
    t.run("x = 1")
    t.run("y = !echo y")
    t.type("import os; os._exit(7)\r")
    t.wait_prompt(4)
    t.type("%recover\r")
    t.wait(r"^Run what is safe.*\? $")
    t.type("e\r")
    t.wait(r"^1 cell has been run again.*\nNot as they were: x\.$")
    t.run("y[0], 'x' in dir()")
    t.wait(r"\('y', False\)$")


def test_ctrl_c_ends_a_replay(console, home):
    console.run("import io, os, time")
    # the file has a name: Python swallows what is raised while it finalizes one
    console.run("if os.path.exists('begun'): f = io.FileIO('begun', 'w'); f.write(b'.'); time.sleep(100)\r")
    console.run("x = 1")
    begun = Path(home["HOME"]) / "begun"
    os.mkfifo(begun)
    reader = os.open(begun, os.O_RDONLY | os.O_NONBLOCK)
    console.type("os._exit(7)\r")
    console.wait_prompt(5)
    console.type("%recover\r")
    ready, _, _ = select.select([reader], [], [], 10)
    os.close(reader)
    assert ready
    console.keys("c-c")
    console.wait(r"^1 cell has been run again in [\d.]+ s\.\nIt was stopped: 2 were not run\.$")
    console.run("'x' in dir()")
    console.wait("False$")


def test_a_kernel_that_dies_while_it_is_recovered(console, home):
    console.run("import os; x = 1")
    console.run("if os.path.exists('mine'): os._exit(5)\r")
    console.run("y = 2")
    Path(home["HOME"], "mine").touch()
    console.type("os._exit(7)\r")
    console.wait_prompt(5)
    console.type("%recover\r")
    console.wait(r"^Run what is safe.*\? $")
    console.type("a\r")
    console.wait(r"exited with code 5\. In \[6\] had run for")
    console.wait(r"^In \[2\] has ended it: what had come back is gone\. %recover leaves it out\.$")
    console.wait_prompt(7)
    console.type("%recover\r")
    console.wait(r"^2 cells have been run again in [\d.]+ s\.$")
    console.run("x + y")
    console.wait(r"^Out\[9\]: 3$")


# --- a session that was cut off


def cut_off(terminal, *cells: str, options: tuple[str, ...] = ()) -> None:
    """A session whose kernel and front end are killed: a power cut."""
    t = terminal(*ZCONSOLE, "--name", "exp1", *options)
    t.wait_prompt(timeout=20)
    for cell in cells:
        t.run(cell)
    for process in t.processes():
        process.kill()
    t.wait_exit()
    t.wait_no_processes()


def test_the_next_start_mentions_it_once_and_brings_it_back(terminal, home):
    cut_off(terminal, "x = 20", "def add(a): return x + a\r", "1/0", "y = !echo 22")
    t = terminal(*ZCONSOLE, columns=140)
    t.wait(r"^The session exp1 of \d\d:\d\d was cut off\. %recover brings back what can be run again\.$")
    t.wait_prompt(1)
    t.type("exit\r")
    t.wait_exit()

    t = terminal(*ZCONSOLE, "--recover", "--dry-run", columns=140)
    assert t.wait_exit() == 0
    assert re.search(
        r"The session exp1: 2 cells can be run again, 1 is to be chosen, 1 is left out\.\n"
        r"run       1  x = 20\n"
        r"run       2  def add\(a\): return x \+ a\n"
        r"skip      3  1/0  # failed: ZeroDivisionError\n"
        r"choose    4  y = !echo 22  # runs programs$",
        t.history_text,
    )
    t = terminal(*ZCONSOLE, "--recover", "exp1", "--yes", "--name", "exp2", columns=140)
    t.wait(r"^2 cells have been run again in [\d.]+ s\.\nNot as they were: y\.$")
    t.wait_prompt(3)
    assert "was cut off" not in t.history_text
    t.run("add(22)")
    t.wait(r"^Out\[3\]: 42$")
    (new,) = [each for each in sessions(home).iterdir() if "exp2" in each.name]
    past = read_past(new)
    assert [cell.code.strip() for cell in past.cells] == ["x = 20", "def add(a): return x + a", "add(22)"]
    assert "exp1" in past.about["recovers"]
    t.type("exit\r")
    t.wait_exit()

    t = terminal(*ZCONSOLE, "--recover", columns=140)
    assert t.wait_exit() == 1
    assert "zconsole: There is no session that was cut off." in t.screen_text


@pytest.mark.parametrize(
    ("kernel", "cells", "code", "seen"),
    [
        pytest.param("bash", ["x=20", "false", "y=22"], "echo $((x+y))", "^42$", marks=pytest.mark.slow),
        ("python3", ["x=42"], "x", r"^Out.*42$"),
    ],
)
def test_a_session_with_another_kernel_is_brought_back(terminal, kernel, cells, code, seen):
    cut_off(terminal, *cells, options=("--kernel", kernel))
    t = terminal(*ZCONSOLE, "--recover", columns=140)
    t.wait(r"^\d cells? (has|have) been run again in [\d.]+ s\.$", timeout=20)
    t.type(f"{code}\r")
    t.wait(seen)


def test_a_session_that_runs_is_not_recovered(terminal):
    t = terminal(*ZCONSOLE, "--name", "exp1")
    t.run("x = 1")
    other = terminal(*ZCONSOLE, "--recover", "exp1", columns=200)
    assert other.wait_exit() == 1
    assert "The session exp1 runs still: zconsole --existing " in other.screen_text.replace("\n", "")


def test_recovery_without_a_session_or_without_recovery(terminal):
    t = terminal(*ZCONSOLE, "--recover", "nothing", columns=200)
    assert t.wait_exit() == 1
    assert "zconsole: There is no recorded session nothing in " in t.screen_text
    t = terminal(*ZCONSOLE, "--dry-run")
    assert t.wait_exit() == 2


def test_300_cells_are_brought_back_and_told_in_few_lines(terminal, home):
    """20 definitions, 5 slow ones, 3 that failed: each is run once, and what they print is not shown."""
    journal = Journal.create(
        sessions(home) / "20260101-120000-big-abcd",
        name="big",
        kernel="zconsole",
        language="python",
        host=f"{os.uname().nodename}/",
        directory="",
        connection_file="",
    )
    number, now = 0, time.time()

    def cell(code: str, seconds: float = 0.0, error: str = "") -> None:
        nonlocal number, now
        number += 1
        parent = {"msg_id": f"m{number}", "msg_type": "execute_request", "session": "s"}
        said = [("execute_input", {"code": code, "execution_count": number})]
        if error:
            said.append(("error", {"ename": error, "evalue": "", "traceback": []}))
        for msg_type, content in [*said, ("status", {"execution_state": "idle"})]:
            if msg_type == "status":
                now += seconds
            header = {"msg_id": f"{msg_type}{number}", "msg_type": msg_type}
            fields = {"channel": "iopub", "header": header, "parent": parent, "metadata": {}}
            journal.append("message", **fields, content=content)

    journal._now = lambda: now
    journal.append("life", pid=1, first=1)
    for n in range(300):
        if n % 15 == 0:
            cell(f"def f{n}(x):\n    return x + {n}")
        elif n % 60 == 7:
            cell(f"slow{n} = f0({n})", seconds=9)
        elif n in (33, 133, 233):
            cell(f"x{n} = undefined", error="NameError")
        else:
            cell(f"x{n} = f{n - n % 15}({n}); print(x{n})")
    journal.close()
    t = terminal(*ZCONSOLE, "--recover", "--yes", columns=140)
    slow = [f"slow{n}" for n in range(7, 300, 60)]
    t.wait(r"^292 cells have been run again in [\d.]+ s\.$", timeout=30)
    t.wait_prompt(293)
    told = t.history_text.partition("Recovering")[2].partition("\n\n")[0].splitlines()
    assert told[0] == " the session big: 292 cells can be run again, 5 are to be chosen, 3 are left out."
    assert [line.split()[2] for line in told[1:6]] == slow
    assert told[6].startswith("292 cells")
    assert told[7:] == [f"Not as they were: {', '.join(slow[:-1])} and {slow[-1]}."]
    t.run("[n for n in range(300) if n % 15 and globals().get(f'x{n}') != 2 * n - n % 15]")
    t.wait(r"^Out\[293\]: \[7, 33, 67, 127, 133, 187, 233, 247\]$")
