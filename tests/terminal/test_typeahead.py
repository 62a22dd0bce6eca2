"""Typing while a cell runs, as it is seen; ghost text, history and forgetting in the whole console."""

import json
import re
import sqlite3
import sys
from pathlib import Path

import pytest

# a slow machine takes longer than a cell may without being told
ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--ZConsole.elapsed_after=0")


@pytest.fixture
def console(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    return t


def begin(t, code, then="^begun$"):
    """Run a cell that waits for a file named `go`; the number of the prompt behind it."""
    number = t.run("import os, time; from pathlib import Path; go = Path('go')")
    t.type(f"print('begun'); {code}\r")
    t.wait(then)
    return number + 1


UNTIL_GO = "[time.sleep(0.01) for _ in iter(go.exists, True)]"


def go(home):
    (Path(home["HOME"]) / "go").touch()


def test_what_is_typed_ahead_is_shown_below_the_output_and_runs_in_order(console, home):
    number = begin(console, f"{UNTIL_GO}; print('done')")
    console.type("40 + 2\r")
    console.wait(r"^begun\n\nqueued: 40 \+ 2 ↵$")
    console.type("for i in range(2):\r")
    console.type("print(i)\r\r'last'")
    console.wait(r"^queued: 40 \+ 2 ↵ for i in range\(2\): ↵ print\(i\) ↵  ↵ 'last'$")
    go(home)
    console.wait(r"In \[5\]: 'last'$")
    assert console.screen_text.partition("begun\n")[2] == (
        f"done\n\nIn [{number}]: 40 + 2\nOut[{number}]: 42\n\n"
        "In [4]: for i in range(2):\n   ...:     print(i)\n   ...:\n0\n1\n\nIn [5]: 'last'"
    )
    assert "queued" not in console.history_text


def test_output_goes_on_above_what_is_queued(console, home):
    begin(console, f"{UNTIL_GO}; print('half ', end='', flush=True); time.sleep(0.3); print('line')")
    console.type("x = 1")
    console.wait(r"^begun\n\nqueued: x = 1$")
    go(home)
    console.wait(r"^begun\nhalf +\nqueued: x = 1$")
    console.wait(r"^begun\nhalf line\n\nIn \[3\]: x = 1$")
    assert "queued" not in console.history_text


def test_the_line_fits_a_window_that_becomes_narrower(console, home):
    number = begin(console, f"{UNTIL_GO}; print('done')")
    console.type("'a rather long text, typed ahead'\r")
    console.wait(r"^queued: 'a rather long text, typed ahead' ↵$")
    console.resize(30, 30)
    console.wait(r"^….{20,28}↵$")
    go(home)
    console.wait_prompt(number + 1)
    assert "queued" not in console.history_text
    assert "…" not in console.history_text


def test_however_much_a_cell_prints_what_is_queued_stands_there(console, home):
    """After everything that comes, a hundred lines a second; the terminal's side is asked."""
    begin(console, "[print('lap', time.sleep(0.01)) for _ in iter(go.exists, True)][:0]", "^lap None$")
    console.type("1 + 1\r")
    console.wait("^queued: 1 [+] 1 ↵$")
    seen = []

    def look():
        seen.append(console.screen_text.endswith("\n\nqueued: 1 + 1 ↵"))
        return len(seen) == 50 or None

    console.wait_for(look, "the laps")
    assert seen.count(True) > 45  # one write may come in two pieces
    go(home)
    console.wait_prompt(4)
    assert re.search(
        r"(?:^lap None\n)+Out\[2\]: \[\]\n\nIn \[3\]: 1 [+] 1\nOut", console.history_text, re.MULTILINE
    )
    assert "queued" not in console.history_text


def test_bars_below_each_other_stay_whole(terminal, home):
    """A cell that has gone back up in its output, at the foot of the screen."""
    t = terminal(*ZCONSOLE, rows=8)
    t.wait_prompt(1)
    bars = "print('outer\\ninner', time.sleep(0.01), end='\\x1b[A\\r', flush=True)"
    begin(t, f"[{bars} for _ in iter(go.exists, True)]; print('\\n\\nover')", "^outer *\ninner None$")
    t.type("'next'\r")
    t.wait("^outer *\\ninner None\\n\\n?queued: 'next' ↵$")
    t.type("'last'\r")
    t.wait("^outer *\ninner None\n\n?queued: 'next' ↵ 'last' ↵$")
    go(home)
    t.wait_prompt(5)
    assert "outer\ninner None\nover\n\nIn [3]: 'next'\nOut[3]: 'next'\n\nIn [4]: 'last'" in t.history_text
    assert "queued" not in t.history_text


def test_at_the_foot_of_the_screen_nothing_is_overwritten(terminal, home):
    t = terminal(*ZCONSOLE, rows=8)
    t.wait_prompt(1)
    begin(
        t, f"[print('line', n) for n in range(20)]; {UNTIL_GO}; print('more'); print('and more')", "line 19"
    )
    t.type("1\r")
    t.wait(r"^line 18\nline 19\n\nqueued: 1 ↵$")
    go(home)
    t.wait_prompt(4)
    assert "line 18\nline 19\nmore\nand more\n\nIn [3]: 1\nOut[3]: 1\n\nIn [4]: " in t.history_text
    assert "queued" not in t.history_text


def test_it_can_be_taken_back(console, home):
    begin(console, UNTIL_GO)
    console.type("bad\rworse\r")
    console.wait("^queued: bad ↵ worse ↵$")
    console.keys("c-u")
    console.wait("^queued: bad ↵$")
    console.keys("backspace", "backspace")
    console.wait("^queued: ba$")
    console.type("se = 3\r")
    go(home)
    console.wait_prompt(4)
    assert "In [3]: base = 3\n\nIn [4]: " in console.screen_text


def test_ctrl_c_interrupts_and_forgets_it(console):
    begin(console, UNTIL_GO)
    console.type("x = 1\r")
    console.wait("^queued: x = 1 ↵$")
    console.keys("c-c")
    console.wait_prompt(3)
    assert "queued" not in console.history_text


def test_an_error_stops_the_queue_and_nothing_is_lost(console, home):
    begin(console, f"{UNTIL_GO}; 1/0")
    console.type("a = 1\r")
    console.paste("if a:\n    b = a\n")
    console.type("\r")
    console.wait(r"^queued: a = 1 ↵ if a: ↵     b = a ↵  ↵$")
    go(home)
    console.wait(r"In \[3\]: a = 1\n   \.\.\.: if a:\n   \.\.\.:     b = a$")
    console.wait(r"^What was typed ahead has not been run: it stands in the prompt\.$")
    console.keys("m-enter")
    console.wait_prompt(4)
    console.run("b + 1")
    console.wait(r"^Out\[4\]: 2$")


def test_a_kernel_that_dies_stops_the_queue(console, home):
    begin(console, f"{UNTIL_GO}; os._exit(3)")
    console.type("a = 1\rb = 2\r")
    console.wait("^queued: a = 1 ↵ b = 2 ↵$")
    go(home)
    console.wait(r"^The kernel exited with code 3\.(?:.*\n)+What was typed ahead has not been run")
    console.wait(r"In \[3\]: a = 1\n   \.\.\.: b = 2$")
    console.keys("m-enter")
    console.wait_prompt(4)
    console.run("a + b")
    console.wait(r"^Out\[4\]: 3$")


def test_an_error_does_not_stop_it_when_that_is_not_wanted(terminal, home, tmp_path):
    (tmp_path / "jupyter_zconsole_config.py").write_text("c.ZConsole.stop_on_error = False\n")
    t = terminal(*ZCONSOLE, env={"JUPYTER_CONFIG_DIR": str(tmp_path)})
    t.wait_prompt(1)
    begin(t, f"{UNTIL_GO}; 1/0")
    t.type("6 * 7\r")
    t.wait("^queued")
    go(home)
    t.wait(r"^Out\[3\]: 42$")


def test_a_question_of_the_cell_is_answered_by_what_was_typed_for_it(console, home):
    begin(console, f"{UNTIL_GO}; x = input('name? ')")
    console.type("ada\r")
    console.wait("^queued: ada ↵$")
    go(home)
    console.wait(r"^name\? ada$")
    console.wait_prompt(3)
    console.run("x")
    console.wait(r"^Out\[3\]: 'ada'$")


def test_in_a_terminal_that_can_do_nothing_it_is_kept_and_not_shown(terminal, home):
    t = terminal(*ZCONSOLE, env={"TERM": "dumb"})
    t.wait_prompt(1)
    begin(t, UNTIL_GO)
    t.type("6 * 7\r")
    t.settle(0.2)
    go(home)
    t.wait(r"^Out\[3\]: 42$")
    t.wait_prompt(4)
    t.type("6 *")
    t.settle(0.2)
    assert t.screen_text.endswith("\nIn [4]: 6 *")  # what cannot be dimmed is not suggested
    assert "queued" not in t.history_text


# --- history


def entries(home):
    files = sorted(Path(home["JUPYTER_DATA_DIR"], "zconsole", "history").glob("python.*.jsonl"))
    lines = [line for file in files for line in file.read_text().splitlines() if line.strip()]
    return [json.loads(line)["code"] for line in lines]


KEPT = ("JUPYTER_DATA_DIR", "IPYTHONDIR")  # our history, the session's record, the kernel's history


def test_secrets_are_kept_out_and_what_is_forgotten_is_gone(console, home):
    console.run("x = 1")
    console.type(" token = 'hunter2'\r")
    console.wait_prompt(2)  # the kernel does not count it
    console.run("print(token[:3])")
    console.wait("^hun$")
    console.run("key = 'xyzzy'")
    console.type("%forget xyzzy\r")
    console.wait(r"^1 block is forgotten\.")
    console.wait_prompt(4)
    assert entries(home) == ["x = 1", "print(token[:3])"]
    console.keys("up", "up")
    console.wait(r"In \[4\]: x = 1$")
    console.keys("c-c")
    console.type(" 1/0  # hunter2\r")
    console.wait("^ZeroDivisionError: ")
    console.wait_prompt(4)
    console.run("'the ' + 'end'")
    console.type("exit\r")
    assert console.wait_exit() == 0
    files = [path for name in KEPT for path in Path(home[name]).rglob("*") if path.is_file()]
    assert any(b"the ' + 'end" in path.read_bytes() for path in files)
    assert [path for path in files if b"hunter2" in path.read_bytes()] == []


def test_blocks_that_failed_are_forgotten_when_that_is_wanted(terminal, home, tmp_path):
    (tmp_path / "jupyter_zconsole_config.py").write_text("c.ZConsole.forget_failed = True\n")
    t = terminal(*ZCONSOLE, env={"JUPYTER_CONFIG_DIR": str(tmp_path)})
    t.run("good = 1")
    t.run("1/0")
    t.keys("up")
    t.wait(r"In \[3\]: 1/0$")
    t.keys("backspace")
    t.type("1\r")
    t.wait(r"^Out\[3\]: 1\.0$")
    assert entries(home) == ["good = 1", "1/1"]


def test_what_ipython_has_is_there_from_the_first_start(terminal, home):
    database = Path(home["IPYTHONDIR"], "profile_default", "history.sqlite")
    database.parent.mkdir(parents=True)
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TABLE sessions (session integer primary key, start, end, num_cmds, remark)"
        )
        connection.execute("CREATE TABLE history (session integer, line integer, source, source_raw)")
        connection.execute("INSERT INTO sessions VALUES (1, '2024-05-01 10:00:00', NULL, 1, '')")
        connection.execute("INSERT INTO history VALUES (1, 1, 'old', 'typed_in_ipython = 1')")
    connection.close()
    t = terminal(*ZCONSOLE)
    t.wait(r"^1 block of IPython's history can be reached here as well\.$")
    t.wait_prompt(1)
    t.keys("up")
    t.wait(r"In \[1\]: typed_in_ipython = 1$")
    t.keys("c-c", "c-d")
    t.type("y\r")
    t.wait_exit()
    again = terminal(*ZCONSOLE)
    again.wait_prompt(1)
    again.type("typed")
    again.wait(r"In \[1\]: typed_in_ipython = 1$")
    again.keys("right", "enter")
    again.wait_prompt(2)
    assert "IPython's history" not in again.history_text
