"""Plans for bringing a session back: what is run again, what is to be chosen, what is left out, and why."""

from __future__ import annotations

import pytest

from zconsole.frontend.past import recovery
from zconsole.frontend.past.effects import Effects
from zconsole.frontend.past.recovery import Deed, PlanError, Recovery
from zconsole.journal.cells import Past, past
from zconsole.journal.entries import Entry

IDLE, SLOW = 0.1, 12.0  # seconds


class Session:
    """A session on paper: its entries, in the order of the calls."""

    def __init__(self, language: str = "python") -> None:
        self.entries = [Entry("session", 0.0, {"language": language})]
        self.now = 1.0
        self.number = 1
        self.life(1)

    def life(self, first: int = 1) -> Session:
        self.number = first
        self.entries.append(Entry("life", self.now, {"pid": 1, "first": first}))
        return self

    def death(self, first: int = 0) -> Session:
        self.now += 1
        self.entries.append(Entry("death", self.now, {"code": None, "signal": 9}))
        self.now += 1
        return self.life(first or self.number)

    def cell(self, code: str, *, seconds: float = IDLE, error: str = "", ends: bool = True) -> Session:
        parent = {"msg_id": f"{len(self.entries)}", "session": "ada", "msg_type": "execute_request"}
        self._message(parent, "execute_input", code=code, execution_count=self.number)
        self.number += 1
        self.now += seconds
        if error:
            self._message(parent, "error", ename=error, evalue="", traceback=[])
        if ends:
            self._message(parent, "status", execution_state="idle")
        return self

    def _message(self, parent: dict[str, str], msg_type: str, **content: object) -> None:
        fields = {"channel": "iopub", "header": {"msg_type": msg_type}, "parent": parent, "content": content}
        self.entries.append(Entry("message", self.now, fields))

    @property
    def past(self) -> Past:
        return past(self.entries)

    def plan(self, *, alive: bool = False) -> list[tuple[str, str]]:
        """What is to become of each cell, and why."""
        return [(step.deed.value, step.reason) for step in Recovery(self.past, alive=alive).plan()]


# --- one cell


@pytest.mark.parametrize(
    ("code", "effect"),
    [
        ("x = 1", ""),
        ("open('f').read()", ""),
        ("with open('f', 'rb') as f: x = f.read()", ""),
        ("open('f', 'w')", "writes files"),
        ("open('f', mode)", "writes files"),
        ("from pathlib import Path\nPath('f').write_text('')", "writes files"),
        ("Path('f').open('w')", "writes files"),
        ("df.to_csv('f')", "writes files"),
        ("import numpy as np\nnp.save('f', x)", "writes files"),
        ("import os\nos.makedirs('d')", "writes files"),
        ("%%writefile f\ntext", "writes files"),
        ("%save f 1-3", "writes files"),
        ("!ls", "runs programs"),
        ("x = !ls", "runs programs"),
        ("%%bash\nls", "runs programs"),
        ("import subprocess as sp\nsp.run(['ls'])", "runs programs"),
        ("from os import system as s\ns('ls')", "runs programs"),
        ("import requests\nrequests.get(url)", "talks to the network"),
        ("import urllib.request\nurllib.request.urlopen(url)", "talks to the network"),
        ("pd.read_csv('https://example.org/x.csv')", "talks to the network"),
        ("import sqlite3\nsqlite3.connect('f')", "talks to a database"),
        ("input()", "asks for input"),
        ("for i in x:\n    if i: print(input())", "asks for input"),
        ("import os\nos._exit(1)", "may end the kernel"),
        ("exec(text)", "runs text as code"),
        ("%run f.py", "runs text as code"),
        ("%frobnicate", "has %frobnicate, which is not known here"),
        ("def f(", "cannot be read"),
        ("%time x = 1", ""),
        ("%matplotlib inline\nimport os", ""),
        ("%cd /tmp", ""),
        ("await thing()", ""),
        ("def f():\n    open('f', 'w')", ""),
        ("class A:\n    def f(self): open('f', 'w')", ""),
        ("class A:\n    open('f', 'w')", "writes files"),
        ("@register(input())\ndef f(): pass", "asks for input"),
        ("list(map(lambda x: open(x, 'w'), y))", "writes files"),
        ("'%magic' + '''\n!ls\n'''", ""),
    ],
)
def test_what_a_cell_does_outside_of_the_kernel(code, effect):
    assert list(Effects([code]).of(code).effects) == ([effect] if effect else [])


def test_what_functions_of_the_session_do_is_known_where_they_are_called():
    cells = [
        "def outer(x): return inner(x) + 1",
        "def inner(x):\n    open('f', 'w')\n    return offset",
        "class Store:\n    def __init__(self): requests.get('x')\n    def save(self): open('f', 'w')",
        "import requests",
    ]
    effects = Effects(cells)
    assert list(effects.of("y = outer(1)").effects) == ["writes files"]
    assert effects.of("y = outer(1)").reads >= {"outer", "offset"}
    assert list(effects.of("s = Store()").effects) == ["talks to the network"]
    assert list(effects.of("s.save()").effects) == ["writes files"]
    assert not effects.of("outer").effects


@pytest.mark.parametrize(
    ("code", "binds", "reads", "changes"),
    [
        ("x = y", "x", "y", ""),
        ("x = x + 1", "x", "x", ""),
        ("x += 1", "x", "x", ""),
        ("a, *b = c", "a b", "c", ""),
        ("x[0] = y", "", "x y", "x"),
        ("x.a.b = y", "", "x y", "x"),
        ("x.append(y)", "", "x y", "x"),
        ("y = x.pop()", "y", "x", "x"),
        ("y = x.copy()", "y", "x", ""),
        ("y = [i for i in x if i]", "y", "x", ""),
        ("for i in x: y = i", "i y", "x", ""),
        ("with a as b: c = b", "b c", "a", ""),
        ("def f(a, b=c): return d", "f", "c", ""),
        ("class A(b): x = 1", "A", "b", ""),
        ("if (x := y): z = x", "x z", "y", ""),
        ("import a.b, c as d", "a d", "", ""),
        ("del x", "x", "", ""),
    ],
)
def test_names(code, binds, reads, changes):
    doing = Effects([code]).of(code)
    assert doing.binds == set(binds.split())
    assert doing.reads == set(reads.split())
    assert doing.changes == set(changes.split())


# --- a plan


def test_how_a_cell_ended():
    session = (
        Session()
        .cell("x = 1")
        .cell("1/0", error="ZeroDivisionError")
        .cell("y = work()", error="KeyboardInterrupt")
        .cell("z = slow()", seconds=SLOW)
        .cell("import torch", seconds=SLOW)
        .cell("%whos")
        .cell("exit")
        .cell("w = 1", ends=False)
    )
    assert session.plan() == [
        ("run", ""),
        ("skip", "failed: ZeroDivisionError"),
        ("skip", "was interrupted"),
        ("choose", "took 12.0 s"),
        ("run", ""),
        ("skip", "leaves nothing behind"),
        ("skip", "ends the session"),
        ("skip", "had not ended"),
    ]


def test_nothing_comes_back_with_an_older_value():
    session = (
        Session()
        .cell("data = small()")
        .cell("data = load()", seconds=SLOW)
        .cell("def mean(): return sum(data)")
        .cell("a = mean()")
        .cell("b = a + 1")
        .cell("c = 1")
        .cell("a = 2")
        .cell("d = a + c")
    )
    assert session.plan() == [
        ("run", ""),
        ("choose", "took 12.0 s"),
        ("run", ""),
        ("choose", "needs data of In [2]"),
        ("choose", "needs a of In [4]"),
        ("run", ""),
        ("run", ""),
        ("run", ""),
    ]
    plan = Recovery(session.past)
    (choice,) = recovery.to_choose(plan.plan())
    assert choice.label == "2"
    assert all(step.deed is Deed.RUN for step in plan.plan({choice.cell.msg_id: True}))
    assert plan.missing([step.cell.msg_id for step in recovery.to_run(plan.plan())]) == ["data", "b"]


def test_what_a_failed_cell_had_done_before_it_failed_is_missing():
    session = (
        Session().cell("x = 1").cell("x = 2\ny = 1/0", error="ZeroDivisionError").cell("x").cell("z = 3")
    )
    assert session.plan()[2] == ("choose", "needs x of In [2], which failed: ZeroDivisionError")
    assert session.plan()[3] == ("run", "")
    session = Session().cell("x = 1").cell("x = 1/0", error="ZeroDivisionError").cell("x")
    assert session.plan()[2] == ("run", "")


def test_a_loop_that_was_interrupted_has_left_something():
    session = (
        Session().cell("x = []").cell("while True: x.append(1)", error="KeyboardInterrupt").cell("len(x)")
    )
    assert session.plan()[2] == ("choose", "needs x of In [2], which was interrupted")


def test_saving_something_does_not_change_it():
    session = Session().cell("df = make()").cell("df.to_csv('f')").cell("df.mean()")
    assert [deed for deed, _ in session.plan()] == ["run", "choose", "run"]


def test_other_languages_are_judged_by_how_their_cells_ended():
    session = Session("bash").cell("x=1").cell("rm -r y").cell("make", seconds=SLOW).cell("z", error="127")
    assert [deed for deed, _ in session.plan()] == ["run", "run", "choose", "skip"]


# --- lives


def test_the_lives_before_a_death_belong_to_the_session():
    session = Session().cell("x = 1").death().cell("y = 2").cell("os._exit(7)", ends=False).death()
    steps = Recovery(session.past, alive=True).plan()
    assert [(step.cell.code, step.deed.value) for step in steps] == [
        ("x = 1", "run"),
        ("y = 2", "run"),
        ("os._exit(7)", "skip"),
    ]
    assert steps[2].reason == "the kernel ended in it"
    assert recovery.has_died(session.past)


def test_what_was_run_again_counts_where_it_was():
    session = Session().cell("x = 1").cell("y = 2").death().cell("x = 1").cell("z = x")
    assert [step.cell.code for step in Recovery(session.past).plan()] == ["y = 2", "x = 1", "z = x"]
    assert [step.cell.code for step in Recovery(session.past, alive=True).plan()] == ["y = 2"]


def test_what_has_ended_the_kernel_in_a_replay_is_not_tried_again():
    session = Session().cell("x = 1").cell("boom()").death().cell("x = 1").cell("boom()", ends=False).death()
    assert session.plan(alive=True) == [
        ("skip", "the kernel ended in it when it was run again"),
        ("run", ""),
        ("skip", "the kernel ended in it"),
    ]


def test_wherever_a_journal_ends_the_plan_has_what_had_ended():
    session = (
        Session().cell("x = 1").cell("def f(): pass").cell("1/0", error="ZeroDivisionError").cell("y = x")
    )
    for length in range(1, len(session.entries) + 1):
        so_far = past(session.entries[:length])
        ended = [cell.code for cell in so_far.cells if cell.status == "ok"]
        steps = Recovery(so_far).plan()
        assert [step.cell.code for step in recovery.to_run(steps)] == ended
        assert len(steps) == len(so_far.cells)


def test_a_restart_on_purpose_begins_anew():
    session = Session().cell("x = 1")
    session.now += 1
    session.life().cell("y = 2")
    assert [step.cell.code for step in Recovery(session.past).plan()] == ["y = 2"]
    assert not recovery.has_died(session.past)


# --- its text


def test_a_plan_is_edited_as_text():
    session = Session().cell("x = 1").cell("!ls").cell("1/0", error="ZeroDivisionError").cell("y = 2\nz")
    steps = Recovery(session.past).plan()
    text = recovery.as_text(steps, "The plan.")
    assert text.startswith(
        "run       1  x = 1\n"
        "choose    2  !ls  # runs programs\n"
        "skip      3  1/0  # failed: ZeroDivisionError\n"
        "run       4  y = 2…\n"
    )
    assert [step.label for step in recovery.parse(text, steps)] == ["1", "4"]
    edited = "r 4\n\n  # a remark\nRUN 2 anything\ns 1 x = 1\n"
    assert [step.label for step in recovery.parse(edited, steps)] == ["4", "2"]
    assert recovery.parse("", steps) == []


@pytest.mark.parametrize("line", ["pick 1", "run", "run 9", "run x", "run 1\nrun 1"])
def test_a_text_that_is_no_plan(line):
    steps = Recovery(Session().cell("x = 1").past).plan()
    with pytest.raises(PlanError, match=r"^Line [12] of the plan, "):
        recovery.parse(line, steps)


def test_numbers_that_two_lives_have():
    session = Session("bash").cell("a").death(first=1).cell("b").cell("c")
    assert [step.label for step in Recovery(session.past).plan()] == ["1/1", "2/1", "2"]


def test_a_session_of_300_cells():
    """20 definitions, 5 slow cells, 3 that failed; what needs the slow ones waits for them."""
    session = Session()
    expected = []
    for n in range(300):
        if n % 15 == 0:
            session.cell(f"def f{n}(x):\n    return x + {n}")
        elif n % 60 == 7:
            session.cell(f"slow{n} = f0({n})", seconds=SLOW)
        elif n in (33, 133, 233):
            session.cell(f"x{n} = undefined", error="NameError")
        else:
            session.cell(f"x{n} = f{n - n % 15}({n})")
        expected.append("choose" if n % 60 == 7 else "skip" if n in (33, 133, 233) else "run")
    assert [deed for deed, _ in session.plan()] == expected
    assert recovery.summary(Recovery(session.past).plan()) == (
        "292 cells can be run again, 5 are to be chosen, 3 are left out."
    )
