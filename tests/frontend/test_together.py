"""What others do, as transcripts: messages of theirs in, what is shown of them out."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.frontend import messages as m
from zconsole.frontend.seats import FEATURE, Running, Seat, supported
from zconsole.frontend.together import (
    Busy,
    Notice,
    Numbered,
    Together,
    busy_sentence,
    listed,
    missed_sentence,
    shortened,
    whose,
)
from zconsole.session import Session

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ADA = {"name": "ada", "session": "stranger", "since": "2026-11-21T11:18:00+00:00"}
US = {"name": "us", "session": "client", "since": "2026-11-21T11:59:00+00:00"}


@pytest.fixture
def together():
    return begun()


def begun(**options):
    together = Together("us", lambda: NOON, **options)
    together.begin(m.CLIENT.session)
    return together


def theirs(session=m.STRANGER):
    return session.message("execute_request", {})


def seats(*present, parent=None, came=(), gone=()):
    return m.reply(parent, "seats", seats=list(present), came=list(came), gone=list(gone), published=3)


def overhear(together, *messages):
    return [event for _, message in messages for event in together.overhear(message)]


def test_a_cell_of_somebody_else(together):
    cell = theirs()
    events = overhear(together, m.busy(cell), m.execute_input(cell, 7, "1+1"), m.execute_result(cell, "2", 7))
    (shown, number, result) = events
    assert (shown.name, shown.count, shown.code, number) == ("carl", 7, "1+1", Numbered(8))
    assert result.count == 7
    assert together.running == Running(7, "1+1", together.running.since, "stranger", "carl")
    overhear(together, m.idle(cell))
    assert together.running is None


def test_our_own_cells_that_are_late_are_output_and_nothing_else(together):
    ours = m.request()
    assert overhear(together, m.busy(ours), m.execute_input(ours, 3)) == []
    assert len(overhear(together, m.stream(ours, "late"))) == 1
    assert together.running is None


def test_quiet_others():
    together = begun(quiet=True)
    cell = theirs()
    assert overhear(together, m.execute_input(cell, 7), m.stream(cell, "x")) == [Numbered(8)]
    assert len(overhear(together, m.stream(m.request(), "ours"))) == 1
    nobodys = m.reply(None, "stream", name="stdout", text="x")
    assert len(overhear(together, ("iopub", nobodys))) == 1
    assert together.asked(m.input_request(cell)[1]) == []
    assert len(together.questions) == 1


def test_names_are_the_kernels_where_it_has_seats_and_else_nobody_elses(together):
    overhear(together, ("iopub", seats(US, {**ADA, "name": "carl-2"})))
    strangers = [Session(b"", username=name) for name in ("carl", "us", "us", "", "a\x1b[2Jb\n")]
    names = [together.name_of(theirs(each).header) for each in (m.STRANGER, *strangers)]
    assert names == ["carl-2", "carl", "us-2", "us-3", "somebody", "a[2Jb"]


def test_colours_are_by_name_and_differ_as_long_as_there_are_enough():
    def colours(*names):
        together, found = begun(), []
        for count, name in enumerate(names):
            cell = theirs(Session(b"", username=name))
            found.append(overhear(together, m.execute_input(cell, count))[0].colour)
        return found

    many = [f"somebody {number}" for number in range(12)]
    assert len(set(colours(*many))) == 12
    assert colours("ada") == colours("ada", "bob")[:1]
    assert len(colours(*many, "one more")) == 13


def test_who_comes_and_goes_but_not_oneself(together):
    events = overhear(together, ("iopub", seats(ADA, US, parent=m.request("seat_request"), came=["us"])))
    assert events == []
    assert together.others == ["ada"]
    events = overhear(together, ("iopub", seats(US, came=["x", "y"], gone=["ada"])))
    assert events == [Notice("x and y have come."), Notice("ada has gone.")]
    assert together.others == []


def reply(**running):
    fields = {"execution_count": 7, "code": "time.sleep(3600)", "since": ADA["since"], "session": "stranger"}
    return {
        "status": "ok",
        "name": "us-2",
        "seats": [ADA, {**US, "name": "us-2"}],
        "running": {**fields, "name": "ada", **running},
        "execution_count": 8,
    }


def test_joining_tells_the_number_and_what_runs(together):
    number, busy = together.joined(reply())
    assert number == Numbered(8)
    assert busy.sentence.startswith("The kernel runs ada's In [7] since ")
    assert busy.sentence.endswith(" (42 min): time.sleep(3600)")
    assert together.name == "us-2"
    assert together.seats[0] == Seat("ada", "stranger", NOON - timedelta(minutes=42))
    assert together.running.name == "ada"
    overhear(together, m.idle(theirs()))
    assert together.running is None


def test_a_cell_that_has_ended_before_the_answer_does_not_run(together):
    together.joining()
    overhear(together, m.idle(theirs()))
    assert together.joined(reply()) == [Numbered(8)]
    assert together.running is None


def test_our_own_cell_is_no_news(together):
    assert together.joined(reply(session="client")) == [Numbered(8)]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"seats": None, "running": [], "execution_count": "x", "name": None},
        {"seats": [1, {"name": 2, "since": "yesterday"}], "running": {"since": 5, "code": None}},
    ],
)
def test_contents_of_the_wrong_shape_do_no_harm(together, content):
    together.joined(content)
    overhear(together, ("iopub", m.reply(None, "seats", came=5, **content)))
    together.asked(m.reply(None, "input_request", prompt=None))
    together.answered(m.reply(None, "input_gone"))


def test_a_kernel_without_seats_that_does_not_answer(together):
    assert together.silent() == [Busy("The kernel is busy.")]
    assert together.running
    together.spoke()
    assert together.running is None
    together.silent()
    overhear(together, m.idle(theirs()))
    assert together.running is None
    overhear(together, m.execute_input(theirs(), 5))
    assert together.silent() == []  # what it runs has been shown


def test_a_question_and_who_was_faster(together):
    cell = theirs()
    overhear(together, m.execute_input(cell, 7))
    _, asked = m.input_request(cell, "Name? ")
    assert together.asked(asked) == [Notice("carl's In [7] asks: Name? (%answer to answer)")]
    assert [each.asked.prompt for each in together.questions.values()] == ["Name? "]
    (gone,) = together.answered(m.reply(asked, "input_gone", by="bob"))
    assert gone == Notice("carl's In [7]: answered by bob.")
    assert not together.questions
    assert together.answered(m.reply(asked, "input_gone", by="")) == []


def test_a_question_of_our_own_that_no_cell_waits_for(together):
    (notice,) = together.asked(m.input_request(m.request(), "y/n ")[1])
    assert notice.sentence == "A cell asks: y/n (%answer to answer)"


def test_another_life_of_the_kernel_knows_nobody(together):
    together.joined(reply())
    together.asked(m.input_request(theirs())[1])
    together.begin("another")
    assert (together.name, together.others, together.running, together.questions) == ("us", [], None, {})


# --- sentences


@pytest.mark.parametrize(
    ("running", "text"),
    [
        (Running(), "The kernel is busy."),
        (Running(7, "", None, "s", "ada"), "The kernel runs ada's In [7]."),
        (Running(None, "x", None, "s", "ada"), "The kernel runs ada's cell: x"),
        (Running(7, "def f():\n  1"), "The kernel runs In [7]: def f():…"),
    ],
)
def test_what_runs(running, text):
    assert busy_sentence(running, NOON) == text


@pytest.mark.parametrize(
    ("stopped", "missed", "before", "now", "text"),
    [
        (61, 1234, 12, 41, "Stopped for 61 s; 1,234 messages were missed, In [12] to In [40]."),
        (5, 9, 12, 13, "Stopped for 5 s; 9 messages were missed, In [12]."),
        (5, 1, 12, 12, "Stopped for 5 s; 1 message was missed."),
        (None, 3, 12, 12, "3 messages were missed."),
        (5, -1, 12, 1, "Stopped for 5 s; the kernel has been started again meanwhile."),
        (5, 0, 12, 12, ""),
    ],
)
def test_what_was_missed(stopped, missed, before, now, text):
    assert missed_sentence(stopped, missed, before, now) == text


def test_small_words():
    assert [listed(["a"]), listed(["a", "b"]), listed("abc")] == ["a", "a and b", "a, b and c"]
    assert [whose(Running()), whose(Running(3)), whose(Running(name="x"))] == ["a cell", "In [3]", "x's cell"]
    assert shortened("  x" * 100).endswith("…")
    assert shortened("a\x1b[2J") == "a[2J"
    assert supported({"supported_features": [FEATURE]})
    assert not supported({"supported_features": None})
