"""Colours, links, marks and notices in a whole session: a light terminal, and one that knows nothing."""

import re
import sys
from pathlib import Path

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")


def test_a_session_in_a_light_terminal(terminal, home):
    Path(home["HOME"], "broken.py").write_text("def f():\n    return 1 / 0\n")
    options = ("--ZConsole.notify_after=0.3", "--ZConsole.elapsed_after=0.3", "--ZConsole.notify=bell")
    t = terminal(*ZCONSOLE, *options, background="ffff/ffff/ffff")
    t.wait_prompt(1)

    t.type("def g(): return 'text'")
    t.wait(r"^In \[1\]: def g\(\): return 'text'$")
    t.wait_for(lambda: t.cell(8, 2).fg == "blue", "the keyword is not blue")
    t.keys("c-c")

    t.run("import sys; sys.path.insert(0, '.')")
    t.run("import broken; broken.f()")
    links = [each for each in t.strings if each.startswith("\x1b]8;;file://")]
    assert re.fullmatch(r"\x1b\]8;;file://[^/]+/\S*/broken\.py\x1b\\", links[0])
    assert t.cell(*t.find("In [3]")).fg == "red"
    assert "\x1b]133;D;1\x1b\\" in t.strings

    t.type("import time; print('go'); time.sleep(0.4)\r")
    t.wait("^go$")
    t.type("\x1b[O1+1\r")  # the window loses the focus; what was typed ahead is still there
    t.wait(r"^took 0\.\d\d s\n\nIn \[4\]: 1\+1\nOut\[4\]: 2$")
    t.wait_prompt(5)
    assert t.cell(*t.find("In [4]")).fg == "008700"
    assert t.raw.count(b"\x07") == 1
    assert "\x1b[I" not in t.history_text

    t.type("%config ZConsole.theme = gruvbox-dark\r")
    t.wait(r"gruvbox-dark\n(?s:.*)\nIn \[5\]: $")
    t.wait_for(lambda: t.cell(0, t.cursor[1]).fg == "8ec07c", "the prompt has not the theme's colour")
    t.type("exit\r")
    assert t.wait_exit() == 0
    assert t.raw.rfind(b"\x1b[?1004l") > t.raw.rfind(b"\x1b[?1004h")


def test_a_terminal_that_knows_nothing_is_told_nothing(terminal):
    t = terminal(*ZCONSOLE, env={"TERM": "dumb", "COLORTERM": ""})
    t.wait(r"In \[1\]: ")
    t.type("1/0\r")
    t.wait("division by zero")
    t.wait(r"In \[2\]: ")
    t.type("'a' * 3\r")
    t.wait(r"Out\[2\]: 'aaa'")
    assert not t.strings
    assert b"1004" not in t.raw
    assert not re.search(rb"\x1b\[[0-9;]*[1-9]m", t.raw)
