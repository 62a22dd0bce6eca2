"""Several front ends of ours on one kernel: who is there, what runs, and who may answer its questions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.kernel.fronts import Content, Front, names_in
from tests.kernel.strangers import WAIT, Client, Gate, end, until
from zconsole.kernel.kernel import BadRequest
from zconsole.kernel.seats import MAX_SEATS, Seat, Seats
from zconsole.launch import launch, own_kernel_argv, relaunch
from zconsole.message import Message
from zconsole.session import Session

Fronts = Callable[..., Front]

STAYS = """
import sys
from pathlib import Path
from tests.kernel.fronts import Front
from zconsole.connection import read_connection
front = Front(read_connection(Path(sys.argv[1]), private=True))
front.join("eve")
sys.stdin.read()
"""


@pytest.fixture
def front(client: Client) -> Iterator[Fronts]:
    """Makes front ends on a kernel where nobody has a seat, before and after."""
    with ExitStack() as stack:

        def make(name: str = "", **options: Any) -> Front:
            made = Front(client.launched.info, username=f"login of {name}", **options)
            stack.callback(made.close)
            if name:
                assert made.join(name)["name"] == name
                until_seated(made)
            return made

        yield make
    until(lambda: not client.answer("seat_request", {"join": False}, "control")["content"]["seats"])


def until_seated(front: Front) -> None:
    """Wait for its own coming, after which nothing of that is on the way."""
    while front.session.session not in [
        seat["session"] for seat in front.await_type("seats").content["seats"]
    ]:
        pass


# --- who is there


def test_all_are_told_who_has_come_and_gone(front: Fronts) -> None:
    """The list is in order of arrival."""
    ada = front("ada")
    bob = front()
    before = datetime.now(UTC)
    reply = bob.join("bob")
    assert (reply["status"], reply["name"], names_in(reply)) == ("ok", "bob", ["ada", "bob"])
    [_, seat] = reply["seats"]
    assert seat["session"] == bob.session.session
    assert before <= datetime.fromisoformat(seat["since"]) <= datetime.now(UTC)
    came = ada.await_seats("ada", "bob")
    assert (came["came"], came["gone"]) == (["bob"], [])
    bob.close()
    gone = ada.await_seats("ada")
    assert (gone["came"], gone["gone"]) == ([], ["bob"])


def test_the_message_of_a_join_has_it_for_its_parent(front: Fronts) -> None:
    """So a front end knows its own; that somebody has gone is nobody's request."""
    ada, bob = front("ada"), front()
    request = bob.send("control", "seat_request", {"name": "bob"})
    assert ada.await_type("seats").parent_id == request.msg_id
    bob.iopub.unsubscribe(bob.topic)
    assert ada.await_type("seats").parent_header is None


def test_a_front_end_that_is_killed_has_gone(front: Fronts, client: Client) -> None:
    ada = front("ada")
    argv = [sys.executable, "-c", STAYS, str(client.launched.connection_file)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        try:
            ada.await_seats("ada", "eve")
        finally:
            process.send_signal(signal.SIGKILL)
    assert ada.await_seats("ada")["gone"] == ["eve"]


def test_a_forked_child_of_the_kernel_keeps_nobody_there(front: Fronts, gate: Gate) -> None:
    """It has inherited the connections."""
    ada, bob = front("ada"), front("bob")
    ada.execute(f"import os\nchild = os.fork()\nif not child:\n    {gate.wait}\nelse:\n    print('forked')")
    ada.await_type("stream")
    bob.close()
    assert ada.await_seats("ada")["gone"] == ["bob"]
    gate.open()
    assert ada.result_of(ada.execute("os.waitpid(child, 0)[1]")) == "0"


def test_the_topic_may_come_behind_the_request(front: Fronts) -> None:
    """Until then it is no seat, and keeps no name from others."""
    early, ada = front(topic=False), front()
    assert names_in(early.join("ada")) == []
    assert ada.join("ada")["name"] == "ada"
    ada.await_seats("ada")
    early.iopub.subscribe(early.topic)
    assert ada.await_seats("ada", "ada-2")["came"] == ["ada-2"]


def test_names_are_unique(front: Fronts) -> None:
    """One that is free again is given again; who has one keeps it."""
    ada, second, third = front("ada"), front(), front()
    assert second.join("ada")["name"] == "ada-2"
    assert third.join("ada")["name"] == "ada-3"
    ada.close()
    third.await_seats("ada-2", "ada-3")
    again = second.join("ada")
    assert (again["name"], names_in(again)) == ("ada-2", ["ada-2", "ada-3"])
    assert front().join("ada")["name"] == "ada"


def test_a_join_that_is_repeated(front: Fronts) -> None:
    """Under the same name nobody comes; under another the seat is renamed."""
    ada = front("ada")
    ada.join("ada")
    same = ada.await_seats("ada")
    assert (same["came"], same["gone"]) == ([], [])
    assert ada.join("eda")["name"] == "eda"
    renamed = ada.await_seats("eda")
    assert (renamed["came"], renamed["gone"]) == (["eda"], ["ada"])


def test_who_only_asks_gets_no_seat(front: Fronts) -> None:
    ada = front("ada")
    reply = front().ask("seat_request", {"join": False})
    assert (reply["name"], names_in(reply)) == ("", ["ada"])
    front("bob")
    assert ada.await_type("seats").content["came"] == ["bob"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("x" * 100, "x" * 64),
        ("\x1b[31mred\x07\n\u202eness ", "[31mredness"),
        ("Ада 阿达", "Ада 阿达"),
    ],
)
def test_what_is_not_for_a_terminal_is_left_out_of_names(front: Fronts, asked: str, name: str) -> None:
    assert front().join(asked)["name"] == name


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({"name": 5}, "'name' in seat_request is 5, str belongs there"),
        ({"name": ["ada"], "join": False}, "'name' in seat_request is ['ada'], str belongs there"),
        ({"name": "ada", "join": "yes"}, "'join' in seat_request is 'yes', bool belongs there"),
        ({}, "'name' in seat_request is missing, empty, or nothing that could be shown"),
        ({"name": " \n\x1b "}, "'name' in seat_request is missing, empty, or nothing that could be shown"),
    ],
)
def test_the_reply_says_what_is_wrong(front: Fronts, content: Content, wrong: str) -> None:
    asking = front()
    reply = asking.ask("seat_request", content)
    assert (reply["status"], reply["ename"], reply["evalue"]) == ("error", "BadRequest", wrong)
    assert names_in(asking.ask("seat_request", {"join": False})) == []


@pytest.mark.parametrize("session", ["", "sé", "s" * 129])
def test_a_seat_needs_a_session(front: Fronts, session: str) -> None:
    asking = front()
    header = asking.session.message("seat_request").header._replace(session=session, raw=b"")
    request = asking.send_message("control", Message(header, content={"name": "ada"}))
    reply = asking.reply_to(request, "control").content
    assert reply["evalue"] == "seat_request needs a session in its header, of 1 to 128 ASCII letters"


def test_topics_and_announcements_are_not_kept_without_end() -> None:
    """A subscription needs no key, so anybody can make thousands."""
    told: list[Content] = []
    lost: list[Seat] = []
    seats = Seats(lambda _, content, __: told.append(content), lambda: (None, 1), lambda _: None, lost.append)

    def join(session: str) -> None:
        seats.request(Session(b"", session=session).message("seat_request", {"name": session}))

    seats.topic(b"zconsole.seat.oldest", True)
    for i in range(MAX_SEATS):
        seats.topic(b"zconsole.seat.t%d" % i, True)
    join("oldest")
    assert names_in(told[-1]) == []  # its topic has been forgotten
    for i in range(MAX_SEATS):
        join(f"j{i}")
    seats.topic(b"zconsole.seat.oldest", True)
    assert names_in(told[-1]) == []  # its announcement, too
    for i in range(MAX_SEATS):
        seats.topic(b"zconsole.seat.j%d" % i, True)
    assert len(tuple(seats)) == MAX_SEATS
    with pytest.raises(BadRequest, match="all 256 seats are taken"):
        join("one too many")
    for topic in (b"zconsole.seat.\xff", b"zconsole.seat." + b"s" * 129):
        assert seats.topic(topic, True)
    assert not seats.topic(b"", True)


def test_a_seats_topic_gets_no_welcome(front: Fronts) -> None:
    """Other clients would see it; each subscription to output gets one as before."""
    ada = front("ada")
    bob = front(topic=False)
    assert ada.await_type("iopub_welcome").content == {"subscription": ""}
    bob.iopub.subscribe(bob.topic)
    bob.join("bob")
    seen: list[Message] = []
    while not seen or seen[-1].content.get("came") != ["bob"]:
        seen.append(ada.receive("iopub"))
    assert {each.msg_type for each in seen} == {"status", "seats"}


# --- what runs


def test_what_runs_is_told_while_it_runs(front: Fronts, gate: Gate) -> None:
    """By whom, since when, and the number that the next one gets."""
    ada, bob = front("ada"), front()
    idle = bob.join("", join=False)
    number = idle["execution_count"]
    assert idle["running"] is None
    before = datetime.now(UTC)
    code = f"{gate.wait} # {'x' * 2000}"
    request = ada.execute(code)
    ada.await_type("execute_input")
    bob_asks = bob.join("", join=False)
    running = bob_asks["running"]
    assert before <= datetime.fromisoformat(running.pop("since")) <= datetime.now(UTC)
    assert running == {
        "execution_count": number,
        "code": code[:1000],
        "session": ada.session.session,
        "name": "ada",
    }
    assert bob_asks["execution_count"] == number + 1
    gate.open()
    ada.reply_to(request)
    idle = bob.join("", join=False)
    assert (idle["running"], idle["execution_count"]) == (None, number + 1)


def test_what_a_stranger_runs(client: Client, front: Fronts, gate: Gate) -> None:
    """Its name is the one in its header; a silent cell has no number. A failure ends it like a success."""
    bob = front()
    msg_id = client.execute(f"print('on'); {gate.wait}; 1/0", silent=True, allow_stdin=False)
    bob.await_type("stream")
    running = bob.join("", join=False)["running"]
    assert (running["name"], running["execution_count"]) == (client.session.username, None)
    gate.open()
    client.collect(msg_id)
    assert bob.join("", join=False)["running"] is None


def test_it_is_answered_before_there_is_an_interpreter(kernel_env: dict[str, str], gate: Gate) -> None:
    """And `published` counts from the first message of a kernel's life; the next life knows nobody."""
    hold = ("--InteractiveShellApp.exec_lines=" + repr([f"print('held'); {gate.wait}"]),)
    launched = launch(own_kernel_argv(hold), kernel_env)
    ada = Front(launched.info)
    try:
        reply = ada.join("ada")
        assert (names_in(reply), reply["running"], reply["execution_count"]) == (["ada"], None, 1)
        seats = ada.await_seats("ada")
        assert seats["published"] == ada.received - 1
        gate.open()
        ada.execute("for i in range(500): print(i); print(i, file=__import__('sys').stderr)")
        ada.reply_to(ada.execute("pass"))
        ada.join("ada")
        seats = ada.await_seats("ada")
        assert seats["published"] == ada.received - 1 > 500
        os.killpg(launched.pid, signal.SIGKILL)
        os.waitpid(launched.pid, 0)
        launched = relaunch(launched)
        ada.await_type("iopub_welcome")
        ada.received = 0
        assert names_in(ada.join("", join=False)) == []
        ada.join("ada")
        assert ada.await_seats("ada")["published"] == ada.received - 1
    finally:
        ada.close()
        end(launched)


# --- what a front end has missed


def test_the_difference_of_two_counts_is_what_came_between(front: Fronts) -> None:
    """One that was deaf for a while, as when stopped, knows how much it has missed."""
    ada, bob = front("ada"), front("bob")
    until_seated(ada)
    for each in (ada, bob):
        each.received = 0
    ada.join("ada")
    first = ada.await_seats("ada", "bob")["published"]
    ada.iopub.unsubscribe(b"")
    assert names_in(ada.join("", join=False)) == ["ada", "bob"]  # its own topic stands
    bob.execute("for i in range(300): print(i); print(i, file=__import__('sys').stderr)")
    bob.reply_to(bob.execute("pass"))
    ada.iopub.subscribe(b"")
    ada.join("ada")
    last = ada.await_seats("ada", "bob")["published"]
    while (seats := bob.await_type("seats").content)["published"] != first:
        pass
    bob.received = 0
    while seats["published"] != last:
        seats = bob.await_type("seats").content
    assert bob.received == last - first
    assert ada.received < bob.received - 600


def test_a_question_says_how_much_was_said_before_it(front: Fronts) -> None:
    """So that it can be shown below that, though it comes by another socket."""
    ada = front("ada")
    ada.received = 0
    ada.join("ada")
    start = ada.await_seats("ada")["published"] + 1 - ada.received
    ada.execute("for i in range(20):\n    print(i, flush=True)\n    display(i)\ninput('so? ')")
    question = ada.receive("stdin")
    assert question.metadata["published"] - start > 40
    while ada.received < question.metadata["published"] - start:
        last = ada.receive("iopub")
    assert last.content.get("data") == {"text/plain": "19"}
    ada.send("stdin", "input_reply", {"value": "so"}, parent=question.header)


# --- who answers


def test_any_seat_may_answer(front: Fronts) -> None:
    """All are asked in the same words; when one has answered the others are told."""
    ada, bob, eve = front("ada"), front("bob"), front("eve")
    cell = ada.execute("__import__('getpass').getpass('pin? ')")
    questions = [each.asked() for each in (ada, bob, eve)]
    for question in questions:
        assert question == questions[0]._replace(identities=question.identities)
        assert question.parent_id == cell.msg_id
        assert question.content == {"prompt": "pin? ", "password": True}
    bob.answer(questions[1], "1234")
    assert ada.result_of(cell) == "'1234'"
    for each in (ada, eve):
        gone = each.receive("stdin")
        assert (gone.msg_type, gone.content) == ("input_gone", {"by": "bob"})
        assert gone.parent_header == questions[0].header
    cell = ada.execute("input('next? ')")
    bob.answer(bob.asked(), "")  # this is the next that the one who answered has been told
    assert ada.result_of(cell) == "''"


def test_the_first_answer_counts(front: Fronts) -> None:
    """The second answers nothing, not even the next question of the cell."""
    ada, bob = front("ada"), front("bob")
    cell = ada.execute("input('a'), input('b')")
    question = ada.asked()
    bob.answer(bob.asked(), "from bob")
    ada.answer(question, "from ada")
    first, second = ("bob", ada) if (said := ada.receive("stdin")).msg_type == "input_gone" else ("ada", bob)
    gone = said if second is ada else bob.receive("stdin")
    assert (gone.content, gone.parent_id) == ({"by": first}, question.msg_id)
    second.answer(second.asked(), "second")
    assert ada.result_of(cell) == f"('from {first}', 'second')"


def test_an_interrupt_takes_the_question_back(front: Fronts, client: Client) -> None:
    ada, bob = front("ada"), front("bob")
    ada.execute("input('? ')")
    questions = [each.asked() for each in (ada, bob)]
    bob.ask("interrupt_request", {})
    for each, question in zip((ada, bob), questions, strict=True):
        gone = each.receive("stdin")
        assert (gone.msg_type, gone.content, gone.parent_id) == ("input_gone", {"by": ""}, question.msg_id)
    assert ada.await_type("error").content["ename"] == "KeyboardInterrupt"


def test_a_strangers_question(front: Fronts, client: Client) -> None:
    """Seats may answer it, and the stranger hears nothing that it does not know; its answer has no name."""
    ada = front("ada")
    for value in ("from ada", "its own"):
        msg_id = client.execute("input('? ')", allow_stdin=True)
        question = client.get_stdin_msg(timeout=WAIT)
        assert question["msg_type"] == "input_request"
        asked = ada.asked()
        assert asked.msg_id == question["header"]["msg_id"]
        if value == "from ada":
            ada.answer(asked, value)
        else:
            client.input(value)
            gone = ada.receive("stdin")
            assert (gone.msg_type, gone.content) == ("input_gone", {"by": ""})
        assert client.collect(msg_id).result == repr(value)


def test_who_comes_while_a_question_waits_is_asked(front: Fronts, client: Client) -> None:
    """Also when the one whose cell asks has gone."""
    msg_id = client.execute("input('anybody? ')", allow_stdin=True)
    client.get_stdin_msg(timeout=WAIT)
    ada = front("ada")
    ada.join("ada")
    ada.answer(ada.asked(), "ada")
    assert client.collect(msg_id).result == "'ada'"
    cell = ada.execute("input('next? ')")
    ada.answer(ada.asked(), "")  # of the first it was asked once, joined as it has twice
    assert ada.result_of(cell) == "''"


def test_who_is_no_seat_is_not_asked_and_cannot_answer(front: Fronts, client: Client) -> None:
    bob = front()
    msg_id = client.execute("input('? ')", allow_stdin=True)
    question = client.get_stdin_msg(timeout=WAIT)
    header = bob.session.message("input_request").header._replace(
        msg_id=question["header"]["msg_id"], raw=b""
    )
    bob.answer(Message(header), "from bob")
    subshell_id = bob.ask("create_subshell_request", {})["subshell_id"]
    cell = bob.execute("input('own? ')", subshell_id=subshell_id)
    bob.answer(bob.asked(), "right")  # the first that bob was asked; what it sent before has been seen
    assert bob.result_of(cell) == "'right'"
    bob.ask("delete_subshell_request", {"subshell_id": subshell_id})
    client.input("right")
    assert client.collect(msg_id).result == "'right'"


# --- what goes with a seat


def test_a_subshell_ends_with_its_seat(front: Fronts, client: Client) -> None:
    """A stranger's stays until it is deleted."""
    ada, bob = front("ada"), front("bob")
    of_stranger = client.answer("create_subshell_request", {}, "control")["content"]["subshell_id"]
    of_ada = ada.ask("create_subshell_request", {})["subshell_id"]
    of_bob = [bob.ask("create_subshell_request", {})["subshell_id"] for _ in range(2)]
    assert ada.ask("list_subshell_request", {})["subshell_id"] == [of_stranger, of_ada, *of_bob]
    bob.close()
    ada.await_seats("ada")
    assert ada.ask("list_subshell_request", {})["subshell_id"] == [of_stranger, of_ada]
    client.answer("delete_subshell_request", {"subshell_id": of_stranger}, "control")


def test_the_feature_is_told(client: Client) -> None:
    assert "zconsole seats" in client.answer("kernel_info_request")["content"]["supported_features"]
