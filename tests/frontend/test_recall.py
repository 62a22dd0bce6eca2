"""Up and Ctrl+R in a long history: what is found is what prompt_toolkit finds among all, and no more is read
than is needed for it."""

from __future__ import annotations

import json
import random

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.search import SearchDirection, SearchState

from zconsole.frontend.prompt.memory.history import RECENT, FileHistory
from zconsole.frontend.prompt.memory.recall import Recall

BACKWARD, FORWARD = SearchDirection.BACKWARD, SearchDirection.FORWARD


@pytest.fixture
def recall(tmp_path):
    def make(entries):
        (tmp_path / "py.x.jsonl").write_text(
            "".join(json.dumps({"code": code, "at": 1.7e9 + at}) + "\n" for at, code in enumerate(entries))
        )
        return Recall(history=FileHistory(tmp_path / "py.jsonl"), enable_history_search=True)

    return make


def theirs(entries, text="", cursor=0):
    """prompt_toolkit's own text with these entries before it, oldest first."""
    buffer = Buffer(history=InMemoryHistory(), enable_history_search=True)
    buffer._working_lines.extendleft(reversed(entries))
    vars(buffer)["_Buffer__working_index"] = len(entries)
    buffer.document = Document(text, cursor)
    return buffer


def test_the_first_result_of_a_search_reads_no_more_than_the_newest(recall):
    ours = recall([f"entry {number}" for number in range(50_000)])
    assert ours.document_for_search(SearchState("entry 499", BACKWARD)).text == "entry 49999"
    assert not ours.history.is_whole
    assert len(ours._working_lines) == RECENT + 1
    assert ours.document_for_search(SearchState("entry 3", BACKWARD)).text == "entry 39999"
    assert not ours.history.is_whole
    assert ours.document_for_search(SearchState("entry 0", BACKWARD)).text == "entry 0"


def test_up_reads_as_far_as_it_goes(recall):
    ours = recall([f"entry {number}" for number in range(50_000)])
    ours.document = Document("entry 3", 7)
    ours.history_backward()
    assert ours.text == "entry 39999"
    assert not ours.history.is_whole
    ours.history_forward()
    ours.document = Document("nothing of the kind", 7)
    ours.history_backward()
    assert ours.text == "nothing of the kind"
    assert ours.history.is_whole


@pytest.mark.parametrize("seed", range(20))
def test_what_is_found_is_what_prompt_toolkit_finds_among_all(recall, seed):
    chance = random.Random(seed)
    words = ["abc", "aBcd", "bcd\nabc", "xay", "b", "dcba", "abab"]
    # no neighbours are equal: those are one entry
    entries = [f"{chance.choice(words)} {number % 17}" for number in range(chance.choice([3, 40, 2_500]))]
    text = chance.choice(["", "ab", "x"])
    ours, other = recall(entries), theirs(entries, text, len(text))
    ours.document = Document(text, len(text))
    for _ in range(30):
        word = chance.choice(words)[: chance.randrange(1, 5)] + chance.choice(["", " 1", " 16", "q"])
        direction = chance.choice([BACKWARD, BACKWARD, FORWARD])
        ignoring = chance.random() < 0.3
        for typed in range(1, len(word) + 1):  # letter by letter, as a search is typed
            state = SearchState(word[:typed], direction, ignore_case=ignoring)
            assert ours.document_for_search(state) == other.document_for_search(state), (word[:typed], state)
        count = chance.randrange(1, 4)
        if chance.random() < 0.5:
            for buffer in (ours, other):
                buffer.apply_search(state, include_current_position=False, count=count)
        elif chance.random() < 0.3:
            for buffer in (ours, other):
                buffer.insert_text("ab")
        assert (ours.text, ours.cursor_position) == (other.text, other.cursor_position)
        assert len(ours._working_lines) - ours.working_index == len(entries) + 1 - other.working_index
