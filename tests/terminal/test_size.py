"""The kernel's code knows the size of this terminal, and learns of another one while it runs."""

from __future__ import annotations

import sys

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")


def test_a_cell_knows_the_size_and_a_resize(terminal):
    t = terminal(*ZCONSOLE)
    t.run("import shutil, time, sys")
    t.run("tuple(shutil.get_terminal_size()), sys.stdout.isatty()")
    t.wait(r"^Out\[2\]: \(\(100, 30\), True\)$")
    t.run("columns = lambda: shutil.get_terminal_size().columns")
    t.type("while columns() == 100 and not print('.', end=''): time.sleep(0.01)\r")
    t.wait(r"^\.+$")
    t.resize(61, 19)
    t.wait_prompt(5)
    t.run("tuple(shutil.get_terminal_size())")
    t.wait(r"^Out\[5\]: \(61, 19\)$")
    t.type("input('> ')\r")
    t.wait("^> $")
    t.type("x\r")  # the prompt for a line has had the signal meanwhile
    t.wait_prompt(7)
    t.type("while columns() == 61 and not print('!', end=''): time.sleep(0.01)\r")
    t.wait("^!+$")
    t.resize(90, 20)
    t.wait_prompt(8)
    t.run("columns()")
    t.wait(r"^Out\[8\]: 90$")
