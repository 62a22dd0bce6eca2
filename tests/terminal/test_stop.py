"""Ctrl+Z and fg, wherever one is: the shell has the terminal at once, and what stood there comes back."""

import re
import sys

COMMAND = f"{sys.executable} -m zconsole.frontend --no-banner --ZConsole.elapsed_after=0"


def test_ctrl_z_wherever_one_is(terminal):
    t = terminal("bash", "--norc", "--noprofile", "-i", rows=60, env={"PS1": "shell> "})
    t.wait("^shell> $")
    t.type(f"{COMMAND}\r")
    t.run("import time")

    def stop_and_go_on(seen):
        times = len(re.findall("Stopped", t.history_text))
        t.keys("c-z")
        t.wait_for(
            lambda: (
                len(re.findall("Stopped", t.history_text)) > times
                and re.search(r"shell> $", t.screen_text) is not None
            ),
            "it has not stopped",
        )
        t.type("clear; fg\r")
        t.wait(seen)

    # with a menu, and half a block
    t.type("if True:\r")
    t.wait(r"^ +\.\.\.: +$")
    t.type("str.isd\t")
    t.wait(r"isdecimal")
    stop_and_go_on(r"^In \[2\]: if True:\n +\.\.\.: +str\.isd")
    t.keys("c-c", "c-c")
    t.wait_prompt(2)

    # in a search
    t.keys("c-r")
    t.type("tim")
    t.wait("I-search backward: tim")
    stop_and_go_on(r"I-search backward: tim")
    t.keys("enter", "c-c")
    t.wait_prompt(2)

    # in the picker: the prompt comes back, with the text that was there
    t.type("imp")
    t.wait(r"^In \[2\]: imp")
    t.keys("m-r")
    t.wait(r"^history: imp")
    stop_and_go_on(r"^In \[2\]: imp")
    t.keys("c-c")
    t.wait_prompt(2)

    # at a question, and while a cell runs, with something typed ahead
    t.type("time.sleep(1); input('name? ')\r")
    t.type("Ad")
    t.wait("queued: Ad$")
    stop_and_go_on(r"^name\? Ad")
    stop_and_go_on(r"^name\? Ad")
    t.type("a\r")
    t.wait(r"^Out\[2\]: 'Ada'$")
    t.wait_prompt(3)
    assert "missed" not in t.history_text
