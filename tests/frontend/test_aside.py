"""Questions beside the cells: to which subshell they go, with a kernel of paper."""

import asyncio
from typing import Any

import pytest

from tests.frontend import messages as m
from zconsole.frontend.aside import Aside
from zconsole.kernelerror import NoReply

OURS = {"implementation": "zconsole", "supported_features": ["kernel subshells"]}


class Paper:
    """Answers by a table of message types; None is silence, a list gives one answer after the other."""

    def __init__(self, **answers):
        self.answers = {"create_subshell_request": {"status": "ok", "subshell_id": "s1"}, **answers}
        self.asked = []

    async def ask(self, msg_type, content=None, *, timeout, channel="shell", subshell=None):
        self.asked.append((msg_type, subshell))
        await asyncio.sleep(0)
        answer = self.answers.get(msg_type, {"status": "ok"})
        if isinstance(answer, list):
            answer = answer.pop(0)
        if answer is None:
            raise NoReply("silence")
        return m.reply(m.request(), msg_type, **answer)

    def request(self, msg_type, content, *, channel):
        self.asked.append((msg_type, content["subshell_id"]))


def ask(paper, *msg_types, info=None):
    """Ask one after the other, then leave; what the kernel was asked."""

    async def scenario():
        aside = Aside(paper, info or OURS)
        for msg_type in msg_types:
            try:
                await aside.ask(msg_type, {}, 1)
            except NoReply:
                pass
        aside.leave()

    asyncio.run(scenario())
    return paper.asked


CREATE = ("create_subshell_request", None)


def test_a_subshell_is_made_with_the_first_question_and_ended_at_the_end():
    assert ask(Paper(), "complete_request", "inspect_request") == [
        CREATE,
        ("complete_request", "s1"),
        ("inspect_request", "s1"),
        ("delete_subshell_request", "s1"),
    ]
    assert ask(Paper()) == []


@pytest.mark.parametrize(
    "info",
    [
        {"implementation": "bash_kernel", "supported_features": ["kernel subshells"]},
        {"implementation": "ipython", "supported_features": []},
        {"implementation": "ipython", "supported_features": "kernel subshells"},
        {"implementation": ["ipython"]},
    ],
)
def test_whoever_only_claims_to_have_them_is_asked_on_the_main_shell(info):
    assert ask(Paper(), "complete_request", info=info) == [("complete_request", None)]


@pytest.mark.parametrize("answer", [None, {"status": "error"}, {"status": "ok", "subshell_id": 3}])
def test_one_attempt_is_made(answer):
    asked = ask(Paper(create_subshell_request=answer), "complete_request", "complete_request")
    assert asked == [CREATE, ("complete_request", None), ("complete_request", None)]


@pytest.mark.parametrize("failure", [None, {"status": "error"}])
def test_one_that_has_gone_is_made_again(failure):
    paper = Paper(
        complete_request=[failure, {"status": "ok"}],
        list_subshell_request={"status": "ok", "subshell_id": []},
        create_subshell_request=[{"status": "ok", "subshell_id": each} for each in ("s1", "s2")],
    )
    assert ask(paper, "complete_request", "complete_request") == [
        CREATE,
        ("complete_request", "s1"),
        ("list_subshell_request", None),
        CREATE,
        ("complete_request", "s2"),
        ("delete_subshell_request", "s2"),
    ]


def test_one_that_is_slow_is_kept():
    paper = Paper(complete_request=None, list_subshell_request={"status": "ok", "subshell_id": ["s1"]})
    asked = ask(paper, "complete_request", "complete_request")
    assert asked.count(CREATE) == 1


def test_questions_at_once_wait_for_one_subshell():
    paper: Any = Paper()

    async def scenario():
        aside = Aside(paper, OURS)
        await asyncio.gather(aside.warm(), aside.ask("complete_request", {}, 1))

    asyncio.run(scenario())
    assert paper.asked == [
        CREATE,
        *2 * [("complete_request", "s1")],
        ("inspect_request", "s1"),
        ("complete_request", "s1"),
    ]


def test_what_is_dear_is_asked_when_nobody_types():
    paper: Any = Paper()

    async def rest():
        paper.asked.append("rest")

    asyncio.run(Aside(paper, OURS).warm(rest))
    assert paper.asked == [
        "rest",
        CREATE,
        ("complete_request", "s1"),
        "rest",
        ("inspect_request", "s1"),
        "rest",
        ("complete_request", "s1"),
    ]
