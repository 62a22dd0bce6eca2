"""`!command`: it has a terminal, what it says comes in its place, and an interrupt ends it alone."""

from __future__ import annotations

import pytest

from tests.kernel.strangers import Client, alive, until

SHELL = "import os; os.environ['SHELL'] = 'sh'\n"


def code_of(client: Client) -> str:
    return client.run("_exit_code").result


def test_it_stands_between_what_the_cell_prints(client: Client) -> None:
    ran = client.run("print('a')\n!echo b; echo c >&2\nprint('d')")
    assert ran.text() == "a\nb\nc\nd\n"
    assert code_of(client) == "0"


def test_two_hundred_thousand_lines_in_order(client: Client) -> None:
    ran = client.run("!seq 200000")
    assert ran.text() == "".join(f"{number}\n" for number in range(1, 200_001))


def test_it_has_a_terminal_of_the_front_ends_size(client: Client) -> None:
    assert client.run("!test -t 0 -a -t 1 -a -t 2 && stty size").text() == "24 80\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("true", "0"),
        ("exit 3", "3"),
        ("kill -9 $$", "-9"),
        ("sh -c 'kill -9 $$'; exit $?", "-9"),
        ("exec >/dev/null 2>&1 </dev/null; exit 4", "4"),
        ("sleep 100 & exit 5", "5"),
    ],
)
def test_how_it_has_ended(client: Client, command: str, code: str) -> None:
    assert client.run(f"{SHELL}!{command}").status == "ok"
    assert code_of(client) == code


def test_a_character_may_come_in_two_pieces(client: Client) -> None:
    assert client.run(r"!printf '\303'; sleep 0.1; printf '\251 \303'").text() == "é \ufffd"


def test_variables_are_those_of_the_caller(client: Client) -> None:
    ran = client.run("x = 'outer'\ndef f():\n    x = 'inner'\n    !echo $x {x.upper()}\nf()")
    assert ran.text() == "inner INNER\n"


def test_it_goes_where_prints_go(client: Client) -> None:
    ran = client.run(
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as kept:\n    !echo hi\n"
        "kept.getvalue()"
    )
    assert ran.result == r"'hi\n'"


def test_what_cannot_be_run(client: Client) -> None:
    assert client.run("!sleep 1 &").reply["content"]["ename"] == "OSError"
    ran = client.run("import os; old = os.environ['SHELL']; os.environ['SHELL'] = '/nowhere'\n!true")
    assert ran.reply["content"]["evalue"] == '"/nowhere" shell not found'
    client.run("os.environ['SHELL'] = old")


@pytest.mark.parametrize(
    ("command", "said", "code"),
    [
        ("echo begun; exec sleep 100", "^C", "-2"),
        ("trap 'echo bye; exit 7' INT; echo begun; while :; do sleep 0.02; done", "bye\n", "7"),
        ("trap '' INT; echo begun; while :; do sleep 0.02; done", "", "-1"),
        ("trap '' INT HUP; echo begun; while :; do sleep 0.02; done", "", "-9"),
        ("yes begun", "^C", "-2"),
    ],
)
def test_an_interrupt_ends_it_and_not_the_cell(client: Client, command: str, said: str, code: str) -> None:
    """As in IPython, whose words these are: the key, time for a last word, then harder signals.

    A shell that forks when the key comes may keep it from its child: so here none does.
    """
    msg_id = client.execute(f"{SHELL}!{command}\nprint('behind')", allow_stdin=False)
    client.await_stream("begun\n")
    client.signal()
    ran = client.collect(msg_id)
    assert ran.status == "ok"
    assert said in ran.text()
    assert ran.text().endswith("behind\n")
    assert code_of(client) == code


def test_nothing_is_left_of_it(client: Client) -> None:
    """Neither processes nor descriptors."""
    client.run("import os, subprocess")
    before = client.run("len(os.listdir('/proc/self/fd'))").result
    pid = int(client.run("!sleep 100 & echo $!").text())
    until(lambda: not alive(pid))
    for _ in range(3):
        client.run("!true")
    assert client.run("len(os.listdir('/proc/self/fd'))").result == before
    ran = client.run("try: os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError: print('no child')")
    assert ran.text() == "no child\n"
