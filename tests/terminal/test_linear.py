"""A session in which nothing is drawn twice, as a screen reader gets it."""

from __future__ import annotations

import re
import sys

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner", "--linear")


def test_a_session_without_a_single_escape_sequence(terminal):
    t = terminal(*ZCONSOLE, columns=200)
    t.wait_prompt(1)
    t.type("import time; first = 1\r")
    t.wait_prompt(2)
    t.type("isin\t")
    t.wait(r"isinstance")
    t.keys("c-c")
    t.type("display_id = display('state 0', display_id=True)\r")
    t.wait(r"^'state 0'$")
    t.wait_prompt(3)
    t.type("for i in range(200): print(f'\\rstep {i}', end=''); display_id.update(f'state {i}')\r")
    t.wait(r"^'state 199'$")
    t.wait_prompt(4)
    assert t.history_text.count("\nstep") + t.history_text.count("\n'state") < 12
    t.type("input('\\x1b[31mname?\\x1b[0m ') + '!'\r")
    t.wait(r"^name\? $")
    t.type("Ada\r")
    t.wait(r"^Out\[4\]: 'Ada!'$")
    t.type("1/0\r")
    t.wait(r"^ZeroDivisionError: division by zero$")
    t.wait_prompt(6)
    t.keys("c-r")
    t.type("irst =")
    t.wait(r"^I-search backward: irst =$")
    t.type("\r")
    t.wait(r"^In \[6\]: import time; first = 1$")
    t.type("\r")
    t.wait_prompt(7)
    t.type("\x1br")
    t.wait(r"^history:")
    t.wait(r"^> import time")
    t.type("1/0")
    t.wait(r"^history: 1/0\n> 1/0$")
    t.type("\r")
    t.wait(r"^In \[7\]: 1/0$")
    t.keys("c-c")
    t.type("print('sleeps'); time.sleep(20)\r")
    t.wait(r"^sleeps$")
    t.keys("c-c")
    t.wait(r"^KeyboardInterrupt: ?$")
    t.wait_prompt(8)
    t.type("\x04")
    t.wait(r"exit \(\[y\]/n\)\? $")
    t.type("y\r")
    assert t.wait_exit() == 0
    assert b"\x1b" not in t.raw
    assert not re.search("[\u2500-\u257f]", t.raw.decode())


def test_a_bar_and_a_plot_are_told_in_words(terminal):
    t = terminal(*ZCONSOLE, columns=120)
    t.wait_prompt(1)
    t.type("from IPython.display import *; import time\r")
    t.wait_prompt(2)
    t.type("display(HTML('<table><tr><th>a<tr><td>1</table><hr>'), Latex(r'$\\frac{a}{b}$'))\r")
    t.wait(r"^a\n1\n(?s:.*)^a/b$")
    t.wait_prompt(3)
    t.type("for i in range(40): clear_output(wait=True); print('frame', i); time.sleep(0.01)\r")
    t.wait(r"^frame 39$")
    t.wait_prompt(4)
    assert t.history_text.count("\nframe") < 5
    assert b"\a" not in t.raw
    t.type("%config ZConsole.notify_after = 0.1\r")
    t.wait_prompt(4)
    t.type("time.sleep(0.2)\r")
    t.wait_prompt(5)
    assert t.raw.count(b"\a") == 1
    assert b"\x1b" not in t.raw
