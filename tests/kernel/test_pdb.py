"""The debugger in the kernel: what can stand in its line, asked beside it; and what Ctrl+C does with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import zmq

from tests.kernel.strangers import Client, running_kernel
from tests.kernel.test_subshells import create, send


@pytest.fixture
def subshell(client: Client) -> Iterator[str]:
    """A subshell, in which questions are answered while the main thread stands in the debugger."""
    subshell = {"subshell_id": create(client)}
    yield subshell["subshell_id"]
    client.answer("delete_subshell_request", subshell, "control")


def question(client: Client) -> dict[str, Any]:
    """The next input_request."""
    message: dict[str, Any] = client.get_stdin_msg(timeout=20)
    return message


def completes(client: Client, subshell: str, asked: dict[str, Any], line: str) -> Sequence[str]:
    """The matches for a line that was asked for, with what stands before them."""
    asking = {"code": line, "cursor_pos": len(line), "input_request": asked["header"]["msg_id"]}
    content = client.collect(send(client, subshell, "complete_request", **asking)).reply["content"]
    assert content["status"] == "ok", content
    return [line[: content["cursor_start"]] + match for match in content["matches"]]


CODE = """\
def f(number, numeral={"one": 1}):
    inside = [number]
    breakpoint()
    return inside
f(7)"""


def test_names_of_the_frame_and_commands(client: Client, subshell: str) -> None:
    """Those where the debugger stands, not the session's alone; a debugger's commands as its first word."""
    client.run("numerous = 0")
    msg_id = client.execute(CODE)
    asked = question(client)
    assert asked["content"]["prompt"] == "ipdb> "

    def complete(line: str) -> Sequence[str]:
        return completes(client, subshell, asked, line)

    assert complete("p insi") == ["p inside"]
    assert complete("p num") == ["p number", "p numeral", "p numerous"]
    assert complete("p inside.app") == ["p inside.append"]
    assert "p numeral['one" in [each.replace('"', "'") for each in complete("p numeral['o")]
    assert {"next", "number"} <= set(complete("n"))
    assert complete("n;; longl") == ["n;; longlist"]
    assert complete("%tim") == []
    assert complete("enable ") == []
    client.input("b 4")
    asked = question(client)
    assert complete("enable ") == ["enable 1"]
    assert complete("break insi") == ["break inside"]
    client.input("clear 1")
    question(client)
    client.input("c")
    client.input("c")
    assert client.collect(msg_id).result == "[7]"


def test_completing_does_not_undo_what_was_assigned(client: Client, subshell: str) -> None:
    msg_id = client.execute(CODE)
    question(client)
    client.input("inside = 'mine'")
    asked = question(client)
    assert completes(client, subshell, asked, "p inside.upp") == ["p inside.upper"]
    client.input("c")
    assert client.collect(msg_id).result == "'mine'"


def test_an_outer_frame_has_its_own_names(client: Client, subshell: str) -> None:
    msg_id = client.execute("def outer(around):\n    within(1)\ndef within(a): breakpoint()\nouter(2)")
    assert completes(client, subshell, question(client), "p arou") == []
    client.input("up")
    assert completes(client, subshell, question(client), "p arou") == ["p around"]
    client.input("c")
    client.collect(msg_id)


@pytest.mark.parametrize("code", ["input('? ')", "breakpoint()"])
def test_who_does_not_ask_for_a_debugger_gets_nothing(client: Client, subshell: str, code: str) -> None:
    """A line of the program's own, also one that is read from the debugger; a question that is over."""
    msg_id = client.execute(code)
    asked = question(client)
    if code == "breakpoint()":
        client.input("line = input('? ')")
        earlier, asked = asked, question(client)
        assert completes(client, subshell, earlier, "n") == []
    assert completes(client, subshell, asked, "n") == []
    client.input("answer")
    if code == "breakpoint()":
        question(client)
        client.input("c")
    client.collect(msg_id)


def test_post_mortem(client: Client, subshell: str) -> None:
    """`%debug` stands in the frame that failed."""
    client.run("def broken(divisor):\n    return 1 / divisor\nbroken(0)")
    msg_id = client.execute("%debug")
    assert completes(client, subshell, question(client), "p divi") == ["p divisor"]
    client.input("q")
    client.collect(msg_id)


def test_post_mortem_of_what_is_shown_in_our_way(own_client: Client) -> None:
    """An interrupt and a group of exceptions: in the user's frame, not in the kernel's."""
    client = own_client
    groups = "def together(item):\n    raise ExceptionGroup('several', [ValueError()])\ntogether(5)"
    turns = "def turns(item):\n    print('turning', flush=True)\n    while True: pass\nturns(6)"
    for code, value in ((groups, "5"), (turns, "6")):
        msg_id = client.execute(code)
        if code == turns:
            client.await_stream("turning")
            client.signal()
        client.collect(msg_id)
        msg_id = client.execute("%debug")
        question(client)
        client.input("p item")
        question(client)
        client.input("up")
        question(client)
        client.input("q")
        ran = client.collect(msg_id)
        assert f"\n{value}\n" in ran.text()
        assert "zconsole" not in ran.text()


def test_an_interrupt_in_a_loop_stops_in_the_debugger_and_is_over_with_the_cell(client: Client) -> None:
    """After `c`, Ctrl+C is the debugger's, as in a terminal. Behind the cell it is the kernel's again."""
    # two words in the source, which the debugger shows before it asks
    msg_id = client.execute(
        "def turns():\n    breakpoint()\n    print('turn' + 'ing')\n    while True: turn = 1\nturns()"
    )
    question(client)
    client.input("c")
    client.await_stream("turning")
    client.signal()
    assert question(client)["content"]["prompt"] == "ipdb> "
    client.input("p turn")
    question(client)
    client.input("q")
    client.collect(msg_id)
    msg_id = client.execute("breakpoint()")
    question(client)
    client.input("c")
    client.collect(msg_id)
    client.signal()
    assert client.run("1 + 1").result == "2"


@pytest.mark.parametrize("debugger", ["breakpoint()", "pdb.set_trace()"])
def test_a_debugger_stops_in_the_users_code(client: Client, debugger: str) -> None:
    """Also by an interrupt of a loop that prints, and by a step into print: the kernel has Python there,
    where a terminal has C."""
    turns = f"{debugger}\n    while True: print('turn' + 'ing', end='')"
    msg_id = client.execute(f"import os, pdb\ndef turns():\n    {turns}\nturns()")
    question(client)
    for _ in range(5):
        client.input("c")
        client.await_stream("turning")
        client.signal()
        question(client)
        client.input("p 'in', __name__")
        question(client)
        client.await_stream("('in', '__main__')")
    client.input("q")
    client.collect(msg_id)
    steps = f"{debugger}\n    print('stepping')\n    os.system('echo child')\n    print('on')\n    return 7"
    msg_id = client.execute(f"def steps():\n    {steps}\nsteps()")
    for command in ("s", "s", "s", "p 'at', __name__", "c"):
        question(client)
        client.input(command)
    ran = client.collect(msg_id)
    assert "('at', '__main__')" in ran.text()
    assert "zconsole" not in ran.text()
    assert ran.result == "7"


def test_who_steps_through_a_cell_goes_on_behind_it(client: Client) -> None:
    """Not through the kernel and into the next cell. A breakpoint stays where it is."""
    client.run("def f():\n    inside = 1\n    return inside")
    msg_id = client.execute("breakpoint()\n'end'")
    question(client)
    client.input("b f")
    sockets = [client.stdin_channel.socket, client.shell_channel.socket]
    for _ in range(50):  # the cell's end, and what IPython has around it
        ready, _, _ = zmq.select(sockets, [], [], timeout=20)
        if client.stdin_channel.socket not in ready:
            break
        question(client)
        client.input("r")
    assert client.collect(msg_id).result == "'end'"
    assert client.run("'no question'").result == "'no question'"
    msg_id = client.execute("f()")
    question(client)
    client.input("clear 1")
    question(client)
    client.input("c")
    assert client.collect(msg_id).result == "1"


@pytest.mark.parametrize(("chosen", "prompt"), [("0", None), ("pdb.set_trace", "(Pdb) ")])
def test_another_debugger_can_be_named(kernel_env: dict[str, str], chosen: str, prompt: str | None) -> None:
    """PYTHONBREAKPOINT, as in any Python."""
    with running_kernel({**kernel_env, "PYTHONBREAKPOINT": chosen}) as client:
        msg_id = client.execute("breakpoint()\n'behind it'")
        if prompt:
            assert question(client)["content"]["prompt"] == prompt
            client.input("c")
        assert client.collect(msg_id).result == "'behind it'"
