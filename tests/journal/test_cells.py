"""What a journal's entries tell: transcripts of entries in, cells out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.journal import lines
from zconsole.journal.cells import Past, past
from zconsole.journal.entries import Entry, decode, encode, encode_message
from zconsole.message import Message


def told(*parts: Message | Iterable[Message] | tuple[str, dict[str, Any]]) -> Past:
    """The past by messages and by (kind, fields), a second each."""
    found: list[Entry] = []

    def take(line: bytes) -> None:
        entry = decode(line[:-1])
        assert entry
        found.append(entry)

    for part in parts:
        if isinstance(part, Message):
            channel = "stdin" if part.msg_type.startswith("input_") else "iopub"
            take(encode_message(len(found), channel, part))
        elif isinstance(part, tuple) and isinstance(part[0], str):
            take(encode(part[0], len(found), **part[1]))
        else:
            for message in part:
                assert isinstance(message, Message)
                take(encode_message(len(found), "iopub", message))
    return past(found)


def sent(asked: Message) -> tuple[str, dict[str, Any]]:
    header = {name: getattr(asked.header, name) for name in ("msg_id", "session", "username")}
    return "sent", {"header": header, "code": asked.content["code"]}


def life(first: int = 1) -> tuple[str, dict[str, Any]]:
    return "life", {"pid": 1, "first": first}


DEATH = ("death", {"code": None, "signal": 11, "peak": None, "log": ""})
END: tuple[str, dict[str, Any]] = ("end", {})
ASKED = lines.request("f()")
OTHER = lines.request("g()")


def states(past: Past) -> list[tuple[int, str, str]]:
    return [(cell.count, cell.code, cell.status) for cell in past.cells]


def test_a_cell():
    found = told(life(), sent(ASKED), lines.cell(ASKED, 1, lines.stream(ASKED, "x"))).cells[0]
    assert (found.count, found.status, found.seconds, found.life) == (1, "ok", 2.0, 0)
    assert [output.msg_type for output in found.outputs] == ["stream"]


def test_a_cell_that_failed():
    found = told(lines.cell(ASKED, 1, lines.error(ASKED))).cells[0]
    assert found.status == "error"
    assert found.error
    assert found.error["ename"] == "ValueError"


def test_a_cell_that_runs():
    past = told(life(), lines.begin(ASKED, 7))
    assert [cell.count for cell in past.running] == [7]
    assert past.cells[0].seconds is None


def test_the_kernel_dies_in_a_cell():
    past = told(life(), sent(ASKED), lines.begin(ASKED, 1), DEATH, life(2), lines.cell(OTHER, 2))
    assert states(past) == [(1, "f()", "lost"), (2, "g()", "ok")]
    assert [cell.life for cell in past.cells] == [0, 1]
    assert not past.clean


def test_the_kernel_dies_before_it_has_said_a_word():
    past = told(life(5), sent(ASKED), DEATH)
    assert states(past) == [(5, "f()", "lost")]
    past = told(life(), lines.cell(OTHER, 3), sent(ASKED), DEATH)
    assert states(past)[1] == (4, "f()", "lost")


def test_the_kernel_dies_of_somebody_elses_cell_and_ours_has_not_begun():
    past = told(life(), lines.begin(OTHER, 1), sent(ASKED), DEATH)
    assert states(past) == [(1, "g()", "lost")]
    assert past.waiting == []


def test_a_cell_that_is_on_its_way():
    past = told(life(), sent(ASKED))
    assert past.cells == []
    assert [cell.code for cell in past.waiting] == ["f()"]


def test_a_cell_that_was_refused_has_not_run():
    status = lines.said(ASKED, "status", execution_state="busy")
    assert states(told(life(), sent(ASKED), status, lines.idle(ASKED), DEATH)) == []


def test_a_kernel_that_publishes_no_execute_input():
    past = told(life(), sent(ASKED), lines.stream(ASKED, "x"), lines.idle(ASKED))
    assert states(past) == [(1, "f()", "ok")]


def test_output_before_execute_input():
    past = told(life(), sent(ASKED), lines.stream(ASKED, "x"), lines.cell(ASKED, 9))
    assert states(past) == [(9, "f()", "ok")]
    assert len(past.cells[0].outputs) == 1


def test_output_behind_the_end():
    past = told(lines.cell(ASKED, 1), lines.cell(OTHER, 2), lines.stream(ASKED, "late"))
    assert [len(cell.outputs) for cell in past.cells] == [1, 0]
    assert past.cells[0].status == "ok"


def test_an_end_that_nobody_heard():
    gap = ("gap", {"since": 0, "missed": 4})
    past = told(life(), lines.begin(ASKED, 1), gap)
    assert states(past) == [(1, "f()", "running")]
    past = told(life(), lines.begin(ASKED, 1), gap, lines.cell(OTHER, 3))
    assert states(past) == [(1, "f()", "lost"), (3, "g()", "ok")]
    past = told(life(), lines.begin(ASKED, 1), gap, lines.idle(ASKED), lines.cell(OTHER, 2))
    assert states(past) == [(1, "f()", "ok"), (2, "g()", "ok")]


def test_subshells_run_side_by_side():
    past = told(lines.begin(ASKED, 1), lines.cell(OTHER, 2), lines.idle(ASKED))
    assert [status for _, _, status in states(past)] == ["ok", "ok"]


def test_a_question_waits():
    asks = lines.said(ASKED, "input_request", prompt="? ", password=False)
    past = told(lines.begin(ASKED, 1), asks)
    assert list(past.asking) == [asks.msg_id]
    assert past.cells[0].asked
    answered = told(lines.begin(ASKED, 1), asks, ("answer", {"parent": asks.msg_id, "value": "x"}))
    gone = told(lines.begin(ASKED, 1), asks, lines.said(asks, "input_gone"))
    ended = told(lines.begin(ASKED, 1), asks, lines.idle(ASKED))
    dead = told(lines.begin(ASKED, 1), asks, DEATH)
    assert [past.asking for past in (answered, gone, ended, dead)] == [{}] * 4


def test_a_clean_end():
    assert told(life(), lines.cell(ASKED, 1), END).clean
    assert states(told(life(), lines.begin(ASKED, 1), END)) == [(1, "f()", "lost")]
    assert not told(life(), lines.cell(ASKED, 1), END, ("owner", {"pid": 1, "how": "adopted"})).clean


def test_too_much_is_told():
    assert told(lines.begin(ASKED, 1), ("cut", {"parent": ASKED.msg_id})).cells[0].cut


def test_nonsense_is_no_cell():
    nonsense = [
        lines.said(None, "stream", text="nobody's"),
        lines.said(ASKED, "execute_input", code=None, execution_count="x"),
        lines.said(ASKED, "status"),
    ]
    odd: list[tuple[str, dict[str, Any]]] = [
        ("cut", {}),
        ("answer", {}),
        ("sent", {"header": 3}),
        ("message", {"header": [], "parent": "x"}),
    ]
    assert states(told(life(), *nonsense, *odd)) == [(1, "", "running")]
