"""input() and the debugger over the wire, driven by jupyter_client.

Numbers in brackets are the rows of docs/behaviours.md.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.strangers import WAIT, Client


def question(client: Client) -> dict[str, Any]:
    return dict(client.get_stdin_msg(timeout=WAIT))


def test_what_was_printed_stands_before_the_question(client: Client) -> None:
    """[37, 53] Text without a newline has arrived when the question has."""
    msg_id = client.execute("import sys; print('before', end=''); sys.stderr.write('e'); input('? ')")
    client.await_stream("before")
    asked = question(client)
    assert asked["parent_header"]["msg_id"] == msg_id
    client.input("x")
    assert client.collect(msg_id).result == "'x'"


def test_an_early_answer_answers_nothing(client: Client) -> None:
    """[54] What was said before the question is no answer to it."""
    client.run("import time")
    client.input("early")
    msg_id = client.execute("input('? ')")
    question(client)
    client.input("in time")
    assert client.collect(msg_id).result == "'in time'"


def test_an_answer_is_matched_by_its_parent(client: Client) -> None:
    """[54] One whose parent is another request is nobody's."""
    msg_id = client.execute("input('? ')")
    asked = question(client)
    for parent, value in (({"msg_id": "of nobody"}, "wrong"), (asked["header"], "right")):
        message = client.session.msg("input_reply", {"value": value}, parent=parent)
        client.stdin_channel.send(message)
    assert client.collect(msg_id).result == "'right'"


def test_getpass_takes_what_pythons_takes(client: Client) -> None:
    """[55] Also the arguments that only a terminal has a use for."""
    msg_id = client.execute("import getpass, sys; getpass.getpass('pin: ', stream=sys.stderr, echo_char='*')")
    assert question(client)["content"] == {"prompt": "pin: ", "password": True}
    client.input("1")
    assert client.collect(msg_id).result == "'1'"


def test_a_client_whose_stdin_comes_late_is_asked(client: Client) -> None:
    """[57] The question waits for its connection."""
    late = Client()
    late.load_connection_file(str(client.launched.connection_file))
    late.start_channels(stdin=False)
    try:
        late.answer("kernel_info_request")
        msg_id = late.execute("print('asking', flush=True); input('? ')", allow_stdin=True)
        client.await_stream("asking")
        assert question(late)["content"]["prompt"] == "? "  # now stdin is connected
        late.input("late but there")
        assert late.collect(msg_id).result == "'late but there'"
    finally:
        late.stop_channels()


def test_threads_ask_for_themselves(client: Client) -> None:
    """[59] Two questions at once: each gets its own answer."""
    msg_id = client.execute(
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "with Pool(2) as pool: got = list(pool.map(input, ['a', 'b']))\ngot"
    )
    for asked in (question(client), question(client)):
        value = "answer to " + asked["content"]["prompt"]
        message = client.session.msg("input_reply", {"value": value}, parent=asked["header"])
        client.stdin_channel.send(message)
    assert client.collect(msg_id).result == "['answer to a', 'answer to b']"


def test_stdin_itself_is_at_its_end(client: Client) -> None:
    """[60] Reading sys.stdin returns at once."""
    assert client.run("import sys; sys.stdin.readline(), sys.stdin.read()").result == "('', '')"


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    breakpoint()\n    return x\nf(7)",
        "def f(x):\n    import pdb; pdb.set_trace()\n    return x\nf(7)",
    ],
)
def test_breakpoints(client: Client, code: str) -> None:
    """[61] Commands come over stdin, `c` goes on, `q` ends the cell as BdbQuit."""
    msg_id = client.execute(code)
    assert "db" in question(client)["content"]["prompt"].lower()
    client.input("p x * 3")
    question(client)
    client.input("c")
    ran = client.collect(msg_id)
    assert ran.result == "7"
    assert "21" in ran.text()
    msg_id = client.execute(code)
    question(client)
    client.input("q")
    assert client.collect(msg_id).reply["content"].get("ename", "BdbQuit") == "BdbQuit"
    assert client.run("'after'").result == "'after'"


def test_pdb_on(client: Client) -> None:
    """[61] `%pdb on`: post-mortem at once; the reply is the error's."""
    client.run("%pdb on")
    try:
        msg_id = client.execute("def f(y):\n    return y / 0\nf(5)")
        assert "db" in question(client)["content"]["prompt"].lower()
        client.input("p y")
        question(client)
        client.input("q")
        ran = client.collect(msg_id)
        assert ran.reply["content"]["ename"] == "ZeroDivisionError"
        assert "5" in ran.text()
    finally:
        client.run("%pdb off")


@pytest.mark.parametrize("command", ["", "import time; print('sleeping', flush=True); time.sleep(100)"])
def test_an_interrupt_in_the_debugger(client: Client, command: str) -> None:
    """[61] At its prompt, or in a command: it asks again, as pdb in a terminal does, and `q` is free."""
    msg_id = client.execute("breakpoint()\n'on'")
    question(client)
    if command:
        client.input(command)
        client.await_stream("sleeping")
    client.signal()
    question(client)
    client.input("q")
    client.collect(msg_id)
    assert client.run("'after'").result == "'after'"


def test_an_answer_that_is_no_text_is_none(client: Client) -> None:
    """[54] The question stands."""
    msg_id = client.execute("input('? ')")
    asked = question(client)
    contents: list[dict[str, Any]] = [{"value": value} for value in (None, 5, ["x"], {"value": "x"}, "right")]
    for content in ({}, *contents):
        client.stdin_channel.send(client.session.msg("input_reply", content, parent=asked["header"]))
    assert client.collect(msg_id).result == "'right'"


def test_prompts_that_are_no_text(client: Client) -> None:
    """[56] str() of the object; the cell's error when that fails."""
    client.run("class Odd:\n    def __str__(self): raise LookupError('no text')")
    assert client.run("input(Odd())", allow_stdin=True).reply["content"]["ename"] == "LookupError"
    msg_id = client.execute("input('a\\udc80b')")
    assert question(client)["content"]["prompt"] == "a\\udc80b"
    client.input("")
    assert client.collect(msg_id).result == "''"
