"""The session's own past, in a terminal: shown again, and exported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")


def test_reopen_and_export(terminal, home):
    t = terminal(*ZCONSOLE, env={"PAGER": "cat"})
    t.type("%reopen\r")
    t.wait("^Nothing is recorded of this session")
    t.wait_prompt(1)
    t.type("for i in range(99): print('line', i)\r")
    t.wait_prompt(2)
    t.type("clear = print('\\n' * 99)\r")
    t.wait_prompt(3)
    t.type("%reopen 1\r")
    t.wait(r"^line 98$")
    t.wait_prompt(3)
    t.type("%reopen 9\r")
    t.wait(r"^There is no In \[9\] in what is recorded")
    t.wait_prompt(3)
    t.type("%reopen nine\r")
    t.wait("^%reopen takes the number of a cell")
    t.wait_prompt(3)
    t.type("%export ~/s.ipynb\r")
    t.wait("^Wrote ~/s.ipynb \\(2 cells\\)")
    book = nbformat.read(Path(home["HOME"]) / "s.ipynb", as_version=4)
    nbformat.validate(book)
    assert book.cells[0].outputs[0].text.endswith("line 98\n")
    t.wait_prompt(3)
    t.keys("c-d", "enter")
    assert t.wait_exit() == 0


def test_the_log_in_a_terminal_has_colours_and_a_pager(terminal, home):
    t = terminal(*ZCONSOLE)
    t.run("for i in range(99): print('line', i)")
    t.keys("c-d", "enter")
    assert t.wait_exit() == 0
    pager = Path(home["HOME"]) / "pager"
    pager.write_text("#!/bin/sh\necho paged; tail -n 3\n")
    os.chmod(pager, 0o700)
    log = terminal(*ZCONSOLE, "log", env={"PAGER": str(pager)})
    assert log.wait_exit() == 0
    assert "paged\nline 96\nline 97\nline 98" in log.screen_text
    short = terminal(*ZCONSOLE, "log", "--grep", "nothing", env={"PAGER": str(pager)})
    assert short.wait_exit() == 0
    assert "fits." in short.screen_text


def test_who_has_attached_sees_it_too(terminal, home):
    owner = terminal(*ZCONSOLE, "--name", "exp")
    owner.run("print('from ' + 'afar')")
    guest = terminal(*ZCONSOLE, "--existing", "exp")
    guest.wait_prompt(2)
    guest.type("%reopen 1\r")
    guest.wait("^from afar$")
    guest.keys("c-d", "enter")
    guest.wait_exit()
    owner.wait(r"has gone\.$")
    owner.keys("c-d", "enter")
    assert owner.wait_exit() == 0
