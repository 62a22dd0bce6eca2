"""Executions as transcripts: what comes from the kernel on the left, what it means on the right."""

import itertools

import pytest

from tests.frontend import messages as m
from zconsole.frontend.execution import (
    AskInput,
    ClearOutput,
    Display,
    Error,
    Execution,
    Finished,
    InputGone,
    Result,
    Started,
    Text,
    Update,
    output,
)

ASKED = m.request()


def play(*script):
    execution = Execution(ASKED.msg_id)
    events = [event for channel, message in script for event in execution.receive(channel, message)]
    return execution, events


def test_a_cell_from_busy_to_idle():
    execution, events = play(
        m.busy(ASKED),
        m.execute_input(ASKED, 7),
        m.stream(ASKED, "hello\n"),
        m.execute_result(ASKED, "2", 7),
        m.execute_reply(ASKED, count=7),
        m.idle(ASKED),
    )
    assert events == [
        Started(7),
        Text("stdout", "hello\n"),
        Result(7, {"text/plain": "2"}, {}),
        Finished("ok", 7, []),
    ] or events[-1] == Finished("ok", 7, ())
    assert execution.finished


def test_it_ends_when_reply_and_idle_have_come_in_whatever_order():
    for script in itertools.permutations([m.execute_reply(ASKED), m.idle(ASKED)]):
        execution, events = play(script[0])
        assert (events, execution.finished) == ([], False)
        assert [type(event) for event in execution.receive(*script[1])] == [Finished]


def test_output_between_reply_and_idle_is_not_lost():
    _, events = play(m.execute_reply(ASKED), m.stream(ASKED, "late"), m.idle(ASKED))
    assert events[0] == Text("stdout", "late")


def test_messages_of_others_and_after_the_end_are_not_ours():
    other = m.request()
    execution, events = play(m.stream(other, "x"), m.execute_reply(other), m.idle(other))
    assert events == []
    assert not execution.concerns(*m.stream(other, "x"))
    execution, _ = play(m.execute_reply(ASKED), m.idle(ASKED))
    assert execution.receive(*m.stream(ASKED, "too late")) == []


def test_an_error_and_the_status_of_the_reply():
    error = m.reply(ASKED, "error", ename="ValueError", evalue="no", traceback=["a", "b"])
    reply = m.execute_reply(ASKED, "error", 3, ename="ValueError", evalue="no", traceback=["a", "b"])
    _, events = play(("iopub", error), reply, m.idle(ASKED))
    assert events[0] == Error("ValueError", "no", ["a", "b"])
    assert (events[1].status, events[1].count) == ("error", 3)


def test_an_error_that_only_the_reply_tells_of():
    reply = m.execute_reply(ASKED, "error", 3, ename="ValueError", evalue="no", traceback=["a"])
    _, events = play(reply, m.idle(ASKED))
    assert events[0] == Error("ValueError", "no", ["a"])
    assert events[1].status == "error"


def test_displays_and_updates():
    data = {"data": {"text/plain": "x"}, "metadata": {"a": 1}, "transient": {}}
    _, events = play(
        ("iopub", m.reply(ASKED, "display_data", **data)),
        ("iopub", m.reply(ASKED, "update_display_data", **data)),
    )
    assert events == [Display({"text/plain": "x"}, {"a": 1}), Update({"text/plain": "x"}, {"a": 1})]


def test_clear_output_waits_for_what_replaces_it():
    clear = ("iopub", m.reply(ASKED, "clear_output", wait=True))
    _, events = play(m.stream(ASKED, "1"), clear, m.stream(ASKED, "2"), m.stream(ASKED, "3"))
    assert events == [Text("stdout", "1"), ClearOutput(), Text("stdout", "2"), Text("stdout", "3")]
    _, events = play(("iopub", m.reply(ASKED, "clear_output", wait=False)))
    assert events == [ClearOutput()]


def test_input_is_asked_for_whoever_the_parent_is():
    for parent in (ASKED, m.request(), None):
        channel, message = m.input_request(parent, "name? ", password=True)
        _, events = play((channel, message))
        assert events == [AskInput(message, "name? ", True)]


def test_input_that_nobody_waits_for_any_more():
    execution, _ = play(m.input_request(ASKED), m.idle(ASKED))
    assert [type(event) for event in execution.receive(*m.execute_reply(ASKED))] == [InputGone, Finished]
    execution, _ = play(m.input_request(ASKED), m.idle(ASKED))
    [question] = execution.receive(*m.input_request(ASKED))
    assert isinstance(question, AskInput)
    execution.answered(question)
    assert [type(event) for event in execution.receive(*m.execute_reply(ASKED))] == [Finished]


def test_a_question_that_comes_while_the_one_before_is_taken_away_is_asked():
    """An interrupted debugger asks again at once: before whoever read the first line has looked up."""
    execution, [first] = play(m.input_request(ASKED))
    assert isinstance(first, AskInput)
    gone = "stdin", m.reply(first.request, "input_gone", by="")
    assert execution.receive(*gone) == [InputGone()]
    [second] = execution.receive(*m.input_request(ASKED))
    assert isinstance(second, AskInput)
    execution.answered(first)
    assert execution.asks(second)


def test_giving_up():
    execution, _ = play(m.execute_input(ASKED, 4))
    assert execution.give_up() == [Finished("lost", 4, ())]
    assert execution.give_up() == []
    execution, _ = play(m.execute_reply(ASKED, count=4))
    assert execution.replied
    assert [event.status for event in execution.give_up()] == ["ok"]


def test_payloads():
    payload = [{"source": "page"}, "junk"]
    _, events = play(m.execute_reply(ASKED, payload=payload), m.idle(ASKED))
    assert events[-1].payloads == [{"source": "page"}]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"data": None, "metadata": [], "execution_count": "x", "text": 5, "name": None, "traceback": 1},
    ],
)
@pytest.mark.parametrize(
    "msg_type",
    [
        "stream",
        "display_data",
        "update_display_data",
        "execute_result",
        "error",
        "execute_input",
        "clear_output",
    ],
)
def test_contents_of_the_wrong_shape_do_no_harm(msg_type, content):
    play(("iopub", m.reply(ASKED, msg_type, **content)), m.execute_reply(ASKED), m.idle(ASKED))


def test_what_is_output():
    assert output(m.stream(ASKED, "x")[1]) == Text("stdout", "x")
    assert output(m.idle(ASKED)[1]) is None
