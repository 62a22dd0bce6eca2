"""Blocks edited in a real terminal, from key to kernel: pastes of every kind, and what a long block takes."""

import sys

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")

SESSION = """\
In [1]: def double(x):
   ...:     return x * 2
   ...:

In [2]: double(4)
Out[2]: 8

In [3]: double(21)
Out[3]: 42
"""


def test_a_session_that_is_pasted_runs_as_its_code(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.paste(SESSION)
    t.wait(r"^   \.\.\.: double\(21\)$")
    assert "Out[2]" not in t.screen_text
    t.keys("enter")
    t.wait(r"^Out\[1\]: 42$")
    t.wait_prompt(2)


def test_so_does_one_that_the_terminal_does_not_mark_as_a_paste(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type(SESSION.replace("\n", "\r"))
    t.wait(r"^Out\[1\]: 42$")
    t.wait_prompt(2)
    t.type("def triple(x):\r    if x:\r        y = x * 3\r\r        return y\r\rtriple(5)\r")
    t.wait(r"^Out\[3\]: 15$")
    assert t.wait_prompt(4) == 4


def test_what_is_typed_ahead_is_indented_as_ever(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type("import time; time.sleep(0.5)\rfor i in range(2):\rprint(i)\r\r")
    t.wait(r"^   \.\.\.:     print\(i\)$")
    t.wait(r"^0\n1$")
    t.wait_prompt(3)


def test_a_block_of_5000_lines(terminal):
    lines = [f"x{n} = {n}  # '''" if n % 2 else f"y{n} = ['{n}']" for n in range(4999)]
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.paste("\n".join([*lines, "x4997"]))
    t.wait(r"^   \.\.\.: x4997$")
    t.type(" + x1 + first")
    t.wait(r"^   \.\.\.: x4997 \+ x1 \+ first$")
    t.type("\x1b[1;5H")  # Ctrl+Home
    t.wait(r"^In \[1\]: y0 = \['0'\]\n   \.\.\.: x1 = 1")
    t.type("first = 2\x1b[13;5u")  # Ctrl+Enter in kitty: a line, whatever is complete
    t.wait(r"^In \[1\]: first = 2\n   \.\.\.: y0 = \['0'\]$")
    t.type("\x1b[27;2;13~")  # Shift+Enter, as xterm tells it: run, wherever the cursor is
    t.wait(r"^Out\[1\]: 5000$", history=True)
    t.wait_prompt(2)


def test_reformatting_and_comments(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type("value=f( 1,2 )\x1bq")  # Meta+Q
    t.wait(r"^In \[1\]: value = f\(1, 2\)$")
    t.type("\x1b;")  # Meta+;
    t.wait(r"^In \[1\]: # value = f\(1, 2\)$")
    t.type("\x1f\x1f")  # Ctrl+_ twice
    t.wait(r"^In \[1\]: value=f\( 1,2 \)$")
    t.keys("c-c")
    t.wait_prompt(1)
    t.type("value = (\x1bq")
    t.wait(r"^ruff cannot read this block: .*\n(?:.+\n)*\nIn \[1\]: value = \($")


def test_a_terminal_of_20_columns(terminal):
    t = terminal(*ZCONSOLE, columns=20, rows=20)
    t.wait_prompt(1)
    t.type("for name in ['a', 'b']:\r")
    t.wait(r"^In \[1\]: for name in\n   \.\.\.: \['a', 'b'\]:\n   \.\.\.:     $")
    t.type("print(name, name)\r\r")
    t.wait(r"^a a\nb b$")
    t.wait_prompt(2)
    t.type("x" * 30 + "\x01y")
    t.wait(r"^In \[2\]: y" + "x" * 11 + "$")
