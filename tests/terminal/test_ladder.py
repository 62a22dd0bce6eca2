"""Ctrl+C at cells that do not end, step by step, in a terminal."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")

STUBBORN = """def stay():
    while True:
        try: time.sleep(100)
        except KeyboardInterrupt: pass"""


def test_to_the_question_and_past_it(terminal):
    t = terminal(*ZCONSOLE, columns=120)
    t.run("import time")
    t.wait_prompt(2)
    t.paste(STUBBORN)
    t.keys("enter", "enter")
    t.wait_prompt(3)
    t.type("stay()\r")
    t.settle()
    t.keys("c-c")
    t.wait(r"^Still in In \[2\], line 3, in stay: try: time\.sleep\(100\)$")
    t.wait("^Ctrl\\+C again interrupts the processes as well")
    t.keys("c-c")
    t.wait("^Ctrl\\+C again asks whether to kill the kernel")
    t.keys("c-c")
    t.wait(r"^Kill the kernel and start it again\? .*\(y/\[n\]\): $")
    t.keys("enter")
    t.settle()
    t.keys("c-c")
    t.wait_for(lambda: len(re.findall("^Kill the kernel", t.screen_text, re.MULTILINE)) == 2, "asked again")
    t.type("y\r")
    t.wait("^It is being restarted")
    t.wait_prompt(4)
    t.type("%recover\r")
    t.wait(r"^2 cells have been run again")
    t.wait_prompt(6)
    t.type("6*7\r")
    t.wait(r"^Out\[6\]: 42$")
    t.keys("c-d", "enter")
    assert t.wait_exit() == 0
    t.wait_no_processes()
    log = terminal(*ZCONSOLE, "log", "--errors")
    log.wait(r"\(lost with the kernel\)$")
    log.wait(r"^In \[3\]: stay\(\)$")


def test_the_second_reaches_a_child_in_a_session_of_its_own(terminal):
    t = terminal(*ZCONSOLE, columns=120)
    t.run("import subprocess, time")
    t.wait_prompt(2)
    t.paste(
        "p = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "while p.poll() is None:\n    try: time.sleep(0.01)\n    except KeyboardInterrupt: pass"
    )
    t.keys("enter", "enter")
    t.settle()
    t.keys("c-c")
    t.wait(r"^Still in In \[2\], line \d")
    t.keys("c-c")
    t.wait_prompt(3)
    t.type("p.returncode\r")
    t.wait(r"^Out\[3\]: -2$")
    t.keys("c-d", "enter")
    assert t.wait_exit() == 0


def test_the_question_goes_when_the_cell_ends(terminal, home):
    t = terminal(*ZCONSOLE, columns=120)
    t.run("import os, signal, time; signal.pthread_sigmask(0, {2}); open('go', 'w').close()")
    t.type("while os.path.exists('go'): time.sleep(0.01)\r")
    t.keys("enter")
    t.settle()
    for words in ("^Ctrl\\+C again interrupts", "^Ctrl\\+C again asks", "^Kill the kernel"):
        t.keys("c-c")
        t.wait(words)
    (Path(home["HOME"]) / "go").unlink()
    t.wait_prompt()
    t.type("6*7\r")
    t.wait(r"\]: 42$")


@pytest.mark.slow
def test_where_c_code_holds_the_lock(terminal):
    """The I/O thread cannot answer; what can be said is."""
    t = terminal(*ZCONSOLE, columns=120)
    t.run("import ctypes, signal; signal.pthread_sigmask(0, {2})")
    t.type("ctypes.PyDLL(None).sleep(6)\r")
    t.settle()
    t.keys("c-c")
    t.wait("^The kernel does not say where it is")
    t.wait_prompt(3, timeout=15)
