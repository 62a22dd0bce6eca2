"""The end of a journal, read without the rest: what it tells is what the whole journal tells."""

from __future__ import annotations

import pytest

from tests.journal import lines
from tests.journal.stories import Story, out
from zconsole.frontend.past.away import Away
from zconsole.frontend.together import Notice, TheirInput
from zconsole.journal.entries import encode, encode_message
from zconsole.journal.reader import entries_from, read_past
from zconsole.journal.recent import NEAR, excerpt, newest_message, read_recent, types_behind
from zconsole.journal.store import FILE, JournalError

LONG = out("x" * 50_000 + "\n")


def size_of(story: Story) -> int:
    """How long it is by now, in bytes."""
    return sum(map(len, story.lines))


def since(folder, place):
    """The past since a place, and what was to be read for it."""
    found = excerpt(folder, place)
    past = found.past
    for entry, _ in found.entries(folder):
        past.feed(entry)
    return found, past


def test_a_short_journal_is_read_from_the_cell_that_ran_at_the_place(tmp_path):
    story = Story()
    story.ran("a", out("1\n"))
    begin = size_of(story)
    story.ran("b", out("2\n"), ends=False)
    place = size_of(story)
    story.ran("c", out("3\n"))
    folder = story.write(tmp_path / "s")
    found, past = since(folder, place)
    assert [cell.code for cell in past.cells] == ["b", "c"]
    assert begin < found.parts[0].begin < place
    assert found.earlier is None
    assert past.last == read_past(folder).last


def test_of_a_journal_that_has_not_been_seen_all_is_read(tmp_path):
    story = Story()
    story.ran("a", out("1\n"))
    folder = story.write(tmp_path / "s")
    _, past = since(folder, 0)
    assert past.about["name"] == "exp"
    assert len(past.cells) == len(past.lives) == 1


def test_words_in_code_and_outputs_begin_no_cell(tmp_path):
    word = '"execute_input" {"kind": "life"'
    story = Story()
    story.ran(word, out(word), ("display_data", {"data": {"application/json": {word: "execute_input"}}}))
    story.ran("b", ("display_data", {"data": {"application/json": ["execute_input"]}}))
    place = size_of(story)
    story.ran("c")
    _, past = since(story.write(tmp_path / "s"), place)
    assert [cell.code for cell in past.cells] == ["b", "c"]


def test_of_much_the_newest_is_read(tmp_path):
    story = Story()
    story.ran("seen")
    place = size_of(story)
    for number in range(200):
        story.ran(f"cell {number}", LONG)
    folder = story.write(tmp_path / "s")
    assert size_of(story) > 2 * NEAR
    found, past = since(folder, place)
    assert found.earlier == 2
    assert past.cells[-1].code == "cell 199"
    assert 30 < len(past.cells) < 60
    assert all(cell.status == "ok" for cell in past.cells)
    away = Away(past, (), 0.0, past.last, None, "ada", found.earlier)
    told = list(away.told(lambda output: output.content or {}))
    assert (
        Notice("More cells were run before these, from In [2] on; %reopen with a number shows one.") in told
    )
    assert sum(isinstance(each, TheirInput) for each in told) == 20
    assert away.number == 202


@pytest.mark.parametrize("ends", [True, False])
def test_of_a_long_cell_its_beginning_and_its_end_are_read(tmp_path, ends):
    story = Story()
    story.ran("a")
    place = size_of(story)
    story.ran("long", out("first\n"), *[LONG] * 200, out("last\n"), ends=ends)
    folder = story.write(tmp_path / "s")
    found, past = since(folder, place)
    (cell,) = past.cells
    texts = [(output.content or {}).get("text") for output in cell.outputs]
    assert texts[0] == "first\n"
    assert texts[-1] == "last\n"
    assert 30 < len(texts) < 60
    assert cell.status == ("ok" if ends else "running")
    (gap,) = past.gaps
    assert gap.fields["unread"] == found.parts[1].begin - found.parts[0].end
    away = Away(past, (), gap.at + 1, past.last, None if ends else cell, "ada", found.earlier)
    said = [
        each.sentence for each in away.told(lambda output: output.content or {}) if isinstance(each, Notice)
    ]
    assert any("MB are not shown; %reopen 2 shows them" in sentence for sentence in said)
    assert not any("was not heard" in sentence for sentence in said)


def test_a_life_that_began_before_is_one_life(tmp_path):
    story = Story()
    for number in range(90):
        story.ran(f"cell {number}", LONG)
    story.tell("life", pid=2, first=1)
    story.count = 0
    story.ran("again")
    past = read_recent(story.write(tmp_path / "s"))
    assert [cell.code for cell in past.cells] == ["again"]
    found, past = since(tmp_path / "s", 0)
    assert found.parts[0].begin > 0
    assert [cell.life for cell in past.cells[-2:]] == [0, 1]
    assert Away(past, (), 0.0, past.last, None, "ada").number == 2


def test_what_is_written_while_it_is_read_is_read_too(tmp_path):
    story = Story()
    story.ran("a")
    folder = story.write(tmp_path / "s")
    found = excerpt(folder, size_of(story))
    with (folder / FILE).open("ab") as file:
        file.write(encode("end", 99.0))
    assert [entry.kind for entry, _ in found.entries(folder)][-1] == "end"


def test_the_newest_message_of_a_type_and_the_types_behind_it(tmp_path):
    story = Story()
    story.ran("a")
    told = [lines.said(None, "seats", published=number, seats=[]) for number in (3, 7)]
    asked = lines.request("b")
    behind = [lines.said(asked, "status", execution_state="busy"), lines.stream(asked, '"seats"\n')]
    folder = story.write(tmp_path / "s")
    with (folder / FILE).open("ab") as file:
        file.writelines(encode_message(50.0, "iopub", message) for message in [*told, *behind])
        file.write(encode_message(51.0, "stdin", lines.said(asked, "input_request", prompt="? ")))
    newest = newest_message(folder, "seats")
    assert newest
    assert newest[0].fields["content"]["published"] == 7
    assert list(types_behind(folder, newest[1])) == ["status", "stream"]
    types = [
        entry.fields["header"]["msg_type"] for entry, _ in entries_from(folder) if entry.kind == "message"
    ]
    assert list(types_behind(folder, 0)) == types[:-1]
    with (folder / FILE).open("ab") as file:
        file.write(encode("life", 52.0, pid=3, first=1))
    assert newest_message(folder, "seats") is None


def test_there_is_no_journal(tmp_path):
    for read in (
        read_recent,
        lambda folder: excerpt(folder, 0),
        lambda folder: newest_message(folder, "seats"),
    ):
        with pytest.raises(JournalError):
            read(tmp_path)
