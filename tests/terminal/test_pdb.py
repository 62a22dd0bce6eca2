"""The debugger at the terminal, as one uses it: from the breakpoint to the end of the cell."""

import re
import sys
from pathlib import Path

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")
IPDB, PDB = r"^ipdb> $", r"^\(Pdb\) $"


@pytest.fixture
def console(terminal):
    t = terminal(*ZCONSOLE, rows=60)
    t.wait_prompt(1)
    return t


def begin(t, block, call, prompt=IPDB):
    """Define something by a paste, and call it; the debugger asks."""
    number = t.wait_prompt()
    t.paste(block + "\n")
    t.wait(rf"{re.escape(block.splitlines()[-1].strip())} *$")
    t.keys("enter")
    t.wait_prompt(number + 1)
    t.type(call + "\r")
    t.wait(prompt)


def command(t, text, then):
    """Give the debugger a command; its prompt is there again below what was waited for."""
    t.type(text + "\r")
    t.wait(rf"^ipdb> {re.escape(text)}\n(?:(?!ipdb).*\n)*?{then}(?:(?!ipdb).*\n)*ipdb> $")


def test_from_breakpoint_to_continue(console):
    """List, print, a name of the frame by Tab, the up key, step, continue."""
    begin(console, "def f(x):\n    breakpoint()\n    return x*2", "f(numbers := 21)")
    console.wait_for(lambda: console.cell(*console.find("ipdb> ")).fg == "green" or None, "its colour")
    command(console, "list", r"----> 3     return x\*2\n")
    command(console, "p x", "21\n")
    command(console, "inside = x + 1", "")
    console.type("p insi\t")
    console.wait("^ipdb> p inside$")
    assert console.cell(*console.find("p inside")).fg == "default"
    console.keys("enter")
    console.wait("^22$")
    console.keys("up", "up", "up")
    console.wait("^ipdb> p x$")
    console.keys("c-u")
    command(console, "step", "--Return--\n")
    console.type("continue\r")
    console.wait_prompt(3)
    console.wait(r"^Out\[2\]: 42$")


def test_commands_that_are_typed_ahead(console):
    """What is typed before the breakpoint is the debugger's, and behind its end the prompt's."""
    begin(console, "def f(x):\n    breakpoint()\n    return x*2", "f(21)")
    console.type("c\r")
    console.wait_prompt(3)
    console.type("f(4)\rp x + 1\rargs\rc\r'the end'\r")
    console.wait_prompt(5)
    console.wait(r"^ipdb> p x \+ 1\n5\nipdb> args\nx = 4\nipdb> c\nOut\[3\]: 8\n\nIn \[4\]: 'the end'\nOut")


def test_a_loop_that_runs_on_is_interrupted_into_the_debugger(console):
    block = "def turns(n):\n    breakpoint()\n    print('turning')\n    while True: n += 1"
    begin(console, block, "turns(0)")
    console.type("c\r")
    console.wait("^turning$")
    console.keys("c-c")
    console.wait(r"^Program interrupted(?:.*\n)+ipdb> $")
    command(console, "p n > 10, 'rest'", r"\(True, 'rest'\)\n")
    console.keys("c-c")
    console.wait(r"^--KeyboardInterrupt--\nipdb> $")
    console.type("q\r")
    console.wait_prompt(3)
    console.wait("^BdbQuit")
    assert "bdb.py" not in console.history_text
    console.run("1 + 1")


def test_ctrl_d_quits_and_the_history_is_not_that_of_blocks(console):
    begin(console, "def f():\n    breakpoint()\n    return 1", "f()")
    command(console, "p 'mine'", "'mine'\n")
    console.keys("c-d")
    console.wait_prompt(3)
    console.keys("up")
    console.wait(r"^In \[3\]: f\(\)$")
    console.keys("enter")
    console.wait(IPDB)
    console.keys("up")
    console.wait("^ipdb> p 'mine'$")
    console.keys("c-u")
    console.type("c\r")
    console.wait_prompt(4)


def test_a_block_at_the_debuggers_prompt(console):
    begin(console, "def f(items):\n    breakpoint()\n    return 1", "f('ab')")
    console.type("for item in items:\r")
    console.wait(r"^ \.\.\.:     $")
    console.type("print('item', item)\r\r")
    console.wait("^item a\nitem b\nipdb> $")
    console.type("c\r")
    console.wait_prompt(3)


def test_post_mortem(console):
    """`%debug`: in the frame that has failed; Ctrl+C leaves it."""
    begin(console, "def broken(divisor):\n    return 1 / divisor", "broken(0)", "ZeroDivisionError: .*\n\nIn")
    console.wait_prompt(3)
    console.type("%debug\r")
    console.wait(IPDB)
    console.type("p divi\t")
    console.wait("^ipdb> p divisor$")
    console.keys("enter")
    console.wait("^0\nipdb> $")
    command(console, "up", ".*broken\\(0\\)\n")
    console.keys("c-c")
    console.wait_prompt(4)


def test_pythons_own(console):
    """`pdb.set_trace()` is what it says; its line is as good."""
    begin(console, "def f(numeral):\n    import pdb; pdb.set_trace()\n    return 1", "f(5)", PDB)
    console.type("p nume\t")
    console.wait(r"^\(Pdb\) p numeral$")
    console.type("\r")
    console.wait(r"^5\n\(Pdb\) $")
    console.type("c\r")
    console.wait_prompt(3)


@pytest.mark.slow
def test_ipykernel(terminal):
    """It cannot complete the names of the frame while it stands there: words from the screen do."""
    t = terminal(*ZCONSOLE, "--kernel", "python3", rows=60)
    t.wait_prompt(1, 30)
    begin(t, "def f(xylophone):\n    import pdb; pdb.set_trace()\n    return 1", "f(5)")
    t.type("p xylo\t")
    t.wait("^ipdb> p xylophone$")
    t.keys("enter")
    t.wait("^5\nipdb> $")
    t.keys("up")
    t.wait("^ipdb> p xylophone$")
    t.keys("c-u")
    t.type("c\r")
    t.wait_prompt(3)


def test_a_password_leaves_no_trace(console, home):
    """Not on the screen, in what is recorded, or at the next prompt."""
    console.type("import getpass; s = getpass.getpass('pass: '); t = input('name: ')\r")
    console.wait("^pass: $")
    console.type("hush")
    console.keys("c-u", "c-y", "enter")
    console.wait("^name: $")
    console.keys("up", "c-y")
    console.type("Bob\r")
    console.wait_prompt(2)
    console.run("'s' + s[1:], t")
    console.wait(r"'sush', 'Bob'")
    console.keys("c-d")
    console.type("y\r")
    console.wait_exit()
    everything = [path for path in Path(home["HOME"]).parent.rglob("*") if path.is_file()]
    assert b"Bob" in b"".join(path.read_bytes() for path in everything)
    assert [path for path in everything if b"hush" in path.read_bytes()] == []
    assert b"hush" not in console.raw
