"""What is shown to who comes back: from entries of a journal to events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from tests.journal import lines
from zconsole.frontend.execution import ClearOutput, Result, Text
from zconsole.frontend.past.away import CELLS, FIRST, LAST, Away, Rule, Unread, folded
from zconsole.frontend.together import Notice, TheirInput
from zconsole.journal.cells import Output, Past
from zconsole.journal.entries import decode, encode, encode_message
from zconsole.message import Message

NOW = time.mktime((2026, 11, 21, 12, 30, 0, 0, 0, -1))


def entry(line):
    return decode(line.rstrip(b"\n"))


def past_of(*told, since=NOW - 100):
    """A past of messages, a second each, and of other entries as (kind, fields)."""
    past = Past()
    past.feed(entry(encode("life", since, pid=1, first=1)))
    for number, each in enumerate(told, 1):
        if isinstance(each, Message):
            past.feed(entry(encode_message(since + number, "iopub", each)))
        else:
            past.feed(entry(encode(each[0], since + number, **each[1])))
    return past


def content(output: Output) -> Mapping[str, Any]:
    return output.content or {}


def told(past, had_ended=(), runs=None, name="ada"):
    away = Away(past, had_ended, NOW - 60, NOW, runs, name)
    return away, list(away.told(content))


def test_what_had_ended_is_not_told_again():
    first, second = lines.request("a"), lines.request("b")
    past = past_of(
        *lines.cell(first, 1, lines.stream(first, "old\n")),
        *lines.cell(second, 2, lines.stream(second, "new\n")),
    )
    away, events = told(past, {first.msg_id})
    assert events == [
        Rule("While you were away, since 12:29:00 (60 s):"),
        TheirInput("", 2, "b"),
        Text("stdout", "new\n"),
        Rule("That was it."),
    ]
    assert away.number == 3
    assert away.running is None


def test_nothing_has_happened():
    first = lines.request("a")
    _, events = told(past_of(*lines.cell(first, 1)), {first.msg_id})
    assert events == [Rule("Nothing has been run since 12:29:00.")]


def test_what_runs_is_told_with_its_time():
    first = lines.request("sleep")
    past = past_of(*lines.begin(first, 4), lines.stream(first, "x\n"))
    away, events = told(past, runs=past.running[0], name="bob")
    assert events[1] == TheirInput("ada", 4, "sleep")
    assert events[-1] == Rule("In [4] still runs, since 12:28:22 (98 s):")
    assert away.running
    assert (away.running.count, away.running.session) == (4, first.header.session)
    assert away.number == 5


def test_a_gap_stands_where_it_is():
    first = lines.request("a")
    gap = ("gap", {"since": NOW - 97, "missed": 1234})
    past = past_of(
        *lines.begin(first, 1), lines.stream(first, "x\n"), gap, lines.stream(first, "y\n"), lines.idle(first)
    )
    away = Away(past, (), NOW - 100, NOW, None, "ada")
    events = list(away.told(content))
    assert events[2] == Text("stdout", "x\n")
    assert events[3] == Notice("From 12:28:23 to 12:28:24 nobody listened: up to 1,234 messages are missing.")
    assert events[4] == Text("stdout", "y\n")


def test_an_end_that_nobody_heard_is_told():
    first = lines.request("a")
    _, events = told(past_of(*lines.begin(first, 1)))
    assert Notice("The end of In [1] was not heard.") in events


def test_of_many_cells_the_newest_are_told():
    asked = [lines.request(f"cell {number}") for number in range(CELLS + 5)]
    past = past_of(*(each for number, one in enumerate(asked, 1) for each in lines.cell(one, number)))
    _, events = told(past)
    assert events[1] == Notice("5 more cells were run, In [1] to In [5]; %reopen with a number shows one.")
    assert [event.count for event in events if isinstance(event, TheirInput)] == list(range(6, CELLS + 6))


def test_a_long_text_is_folded_and_nothing_but_text():
    count = FIRST + LAST + 7
    result = Result(3, {"text/plain": "1"}, {})
    head = [Text("stdout", f"line {number}\n") for number in range(count // 2)]
    tail = [Text("stdout", "".join(f"line {number}\n" for number in range(count // 2, count)))]
    events = folded([*head, result, *tail, Text("stdout", "open")], 3)
    said = "".join(event.text for event in events if isinstance(event, Text))
    kept = [f"line {number}\n" for number in (*range(FIRST), *range(count - LAST, count))]
    assert said == "".join(kept) + "open"
    assert result in events
    assert events[FIRST] == Notice("… 7 lines are not shown; %reopen 3 shows them …")


def test_what_was_not_read_is_told_with_the_lines_that_are_left_out():
    head, tail = [Text("stdout", "x\n" * 100)] * 2, [Text("stdout", "y\n" * 300)]
    pieces = folded([*head, Unread(5 << 20), *tail], 7)
    assert [piece for piece in pieces if not isinstance(piece, Text)] == [
        Notice("… 280 lines and 5 MB are not shown; %reopen 7 shows them …")
    ]
    assert pieces[FIRST - 1] == Text("stdout", "x\n")
    short = folded([Text("stdout", "x\n"), Unread(3 << 20), Text("stdout", "y\n")], 7)
    assert short[1] == Notice("… 3 MB are not shown; %reopen 7 shows them …")


def test_what_just_fits_is_whole():
    text = "".join(f"{number}\n" for number in range(FIRST + LAST))
    assert all(isinstance(event, Text) for event in folded([Text("stdout", text)], 1))


def test_what_a_cell_has_cleared_is_not_shown():
    assert folded([Text("stdout", "10 %\n"), ClearOutput(), Text("stdout", "20 %\n")], 1) == [
        Text("stdout", "20 %\n")
    ]


def test_another_day_is_told_with_its_date():
    first = lines.request("a")
    past = past_of(*lines.cell(first, 1), since=NOW - 2 * 86400)
    away = Away(past, (), NOW - 86400, NOW, None, "ada")
    assert next(away.told(content)) == Rule("While you were away, since 2026-11-20 12:30 (1 d 0 h):")
