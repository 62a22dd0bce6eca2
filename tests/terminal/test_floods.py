"""Much output: what is shown of it, and that Ctrl+C is heard meanwhile."""

from __future__ import annotations

import sys
import time

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")


def started(terminal, fold_lines):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type(f"%config ZConsole.fold_lines = {fold_lines}\r")
    t.wait(rf"= {fold_lines}\n\nIn \[1\]: $")
    return t


def lines_of(t):
    return [*t.emulator.screen.history_lines(), *t.screen_text.split("\n")]


def test_of_a_long_text_the_beginning_and_the_end(terminal):
    t = started(terminal, 50)
    t.run("for i in range(3000): print(i)")
    shown = [line for line in lines_of(t) if line.isdecimal() or line.startswith("…")]
    assert shown == [
        *map(str, range(50)),
        "… more follows; its end is shown when it has come …",
        "… 1,950 lines … (%reopen shows all)",
        *map(str, range(2000, 3000)),
    ]
    t.run("for i in range(50): print('again', i)")
    t.wait(r"again 48\nagain 49\n\nIn \[3\]: $")


def test_a_question_comes_behind_the_end_of_what_is_folded(terminal):
    t = started(terminal, 5)
    t.paste("def asked():\n    for i in range(9): print('line', i)\n    return input('name? ')")
    t.type("\x1b\r")
    t.wait_prompt(2)
    t.type("asked()\r")
    t.wait(r"line 4\n… more .*\nline 5\nline 6\nline 7\nline 8\nname\? $")
    t.type("ada\r")
    t.wait(r"Out\[2\]: 'ada'")


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        ("1 / 0", r"ZeroDivisionError: division by zero"),
        ("raise KeyboardInterrupt", r"KeyboardInterrupt"),
        ("display('shown')", r"'shown'"),
        ("'result'", r"Out\[1\]: 'result'"),
    ],
)
def test_what_comes_behind_a_folded_text_stands_behind_it(terminal, last, shown):
    t = started(terminal, 5)
    t.paste(f"for i in range(9): print('line', i)\n{last}")
    t.type("\x1b\r")
    t.wait(rf"line 4\n… more .*\nline 5\nline 6\nline 7\nline 8\n(.*\n)*{shown}.*\n+In \[2\]: $")


def test_ctrl_c_shows_where_a_folded_loop_was_ended(terminal):
    t = started(terminal, 1000)
    t.type("i = 0\rwhile True: i += 1; print(i, 'x' * 50)\r\r")
    t.wait("… more follows", history=True)
    t.keys("c-c")
    t.wait_prompt(3)
    t.wait("^KeyboardInterrupt")
    assert "lines … (%reopen shows all)" in t.history_text
    t.run("1 + 1")


def test_of_a_long_value_the_beginning_and_the_end(terminal):
    t = terminal(*ZCONSOLE)
    t.run(r"Long = type('Long', (), {'__repr__': lambda self: '\n'.join(map(str, range(5000)))})")
    t.run("Long()")
    lines = lines_of(t)
    first = lines.index("Out[2]:") + 1
    assert lines[first : first + 301] == [
        *map(str, range(200)),
        "… 4,700 lines … (%reopen shows all)",
        *map(str, range(4900, 5000)),
    ]


@pytest.mark.slow
def test_ctrl_c_is_heard_while_ten_million_lines_come(terminal):
    t = started(terminal, 20_000)
    t.type("for i in range(10_000_000): print(i)\r")
    t.wait("… more follows", timeout=60)
    begun = time.monotonic()
    t.keys("c-c")
    t.wait("KeyboardInterrupt", timeout=30)
    took = time.monotonic() - begun
    t.wait_prompt(2)
    t.run("1 + 1")
    assert took < 2, "it takes 0.2 s where nothing else runs"
