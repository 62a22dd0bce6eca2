"""The history's picker and the search: what is found first, and what is seen."""

import pytest

from tests.frontend.prompting import at_prompt
from zconsole.frontend.prompt.memory.finder import ENOUGH, Finder
from zconsole.frontend.prompt.memory.history import RECENT, FileHistory
from zconsole.frontend.prompt.memory.historyfile import Entry

BLOCKS = [
    "plot(df)",
    "data = read_csv('a.csv')",
    "def f(x):\n    return csv.reader(x)",
    "Data = 1",
    "read = csv",
    "plot(df)",
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", BLOCKS[:5]),
        ("csv", [BLOCKS[1], BLOCKS[2], BLOCKS[4]]),
        ("  read_c ", [BLOCKS[1]]),
        ("csv read", [BLOCKS[1], BLOCKS[2], BLOCKS[4]]),
        ("rdcsv", [BLOCKS[1], BLOCKS[4]]),
        ("data", [BLOCKS[1], BLOCKS[3]]),
        ("Data", [BLOCKS[3]]),
        ("csvread", [BLOCKS[2]]),
        ("pd", [BLOCKS[0]]),
        ("zz", []),
    ],
)
def test_what_is_found_and_in_which_order(query, found):
    *_, result = Finder(BLOCKS).steps(query)
    assert result == found


def test_of_many_no_more_are_found_than_anybody_looks_at_and_all_are_looked_at_for_one():
    finder = Finder([f"block {number} of many" for number in range(30_000)])
    *_, result = finder.steps("block")
    assert result == [f"block {number} of many" for number in range(ENOUGH)]
    *_, result = finder.steps("bk29999")
    assert result == ["block 29999 of many"]
    assert len(list(finder.steps("bk29999"))) > 10  # keys are looked after in between


@pytest.fixture
def history(tmp_path):
    history = FileHistory(tmp_path / "python.jsonl")
    for block in reversed(BLOCKS):
        history.append_string(block)
    return history


def test_a_block_is_picked_whole_and_can_be_run(history):
    async def play(t):
        await t.type("re", "In [1]: re⟨ad = csv⟩")
        await t.type("\x1br", "history: re")
        await t.see(
            r"^> data = read_csv\('a.csv'\)\n  def f\(x\): ↵     return csv.reader\(x\)\n  read = csv$"
        )
        await t.see(r"^  1 of 3, 5 in all$")
        t.press("\x1b[B")
        await t.see(r"^> def f\(x\)(.*\n)+  2 of 3, 5 in all\ndef f\(x\):\n    return csv.reader\(x\)$")
        await t.type("\r", "   ...:     return csv.reader(x)")
        assert t.screen == "In [1]: def f(x):\n   ...:     return csv.reader(x)"
        t.enter()
        t.enter()

    assert at_prompt(history, play).rstrip() == "def f(x):\n    return csv.reader(x)"


def test_a_narrow_terminal(history, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "13")

    async def play(t):
        t.prompt.session.app.ttimeoutlen = 0
        await t.type("\x1br", "history:")
        await t.see(r"^> plot\(df\)\n  data = read_csv\('\n  1 of 5, 5 in all$")
        t.press("\x1b[B\x1b[B")
        await t.see(r"^  data = read_csv\('\n> def f\(x\): ↵     r\n  3 of 5, 5 in all\ndef f\(x\):\n")
        await t.type("\x1b", "In [1]:")

    at_prompt(history, play)


@pytest.mark.parametrize("leave", ["\x07", "\x1b", "\x03", "\x1b\x07"])
def test_who_leaves_the_list_has_what_he_had(history, leave):
    async def play(t):
        t.prompt.session.app.ttimeoutlen = 0  # or an Esc within 20 ms is still the prompt's
        await t.type("nothing like it", "In [1]: nothing like it")
        await t.type("\x1br", "history: nothing like it")
        await t.see("^  0 of 0, 5 in all$")
        await t.type(leave, "In [1]: nothing like it")
        assert t.screen == "In [1]: nothing like it"
        await t.type("!", "In [1]: nothing like it!")

    at_prompt(history, play)


def test_what_is_typed_at_once_is_for_the_list_and_what_comes_behind_for_the_prompt(history):
    async def play(t):
        await t.type("\x1brrdcsv\r + 1", "In [1]: data = read_csv('a.csv') + 1")

    at_prompt(history, play)


def test_esc_leaves_at_once_and_still_begins_other_keys(history):
    """Nothing else is pressed behind it; a word of the query is taken back by Meta-Backspace."""

    async def play(t):
        t.prompt.session.app.ttimeoutlen = 0
        await t.type("\x1brread csv", "history: read csv")
        await t.type("\x1b\x7f", "history: read")
        await t.type("\x1b", "In [1]:")

    at_prompt(history, play)


def test_the_search_takes_the_newest_and_then_older_ones(history):
    async def play(t):
        await t.type("\x12csv", "I-search backward: csv")
        await t.see(r"^In \[1\]: data = read_csv\('a.csv'\)$")
        t.press("\x12\x12")
        await t.see(r"^   \.\.\.:     return csv.reader\(x\)$")
        t.press("\x12")
        await t.see(r"^In \[1\]: read = csv$")
        t.press("\x13")
        await t.see(r"^   \.\.\.:     return csv.reader\(x\)$")

    at_prompt(history, play)


def test_up_and_the_search_reach_the_oldest_of_many(tmp_path):
    history = FileHistory(tmp_path / "python.jsonl")
    history.files.add("old", [Entry(1.6e9 + n, f"line_{n}_of_old") for n in range(20 * RECENT)])

    async def play(t):
        await t.type("line_7_\x1b[A", "In [1]: line_7_of_old")
        await t.type("\x1b[A\x1b[B", "In [1]: line_7_")
        await t.type("\x03\x12e_12_", "I-search backward: e_12_")
        await t.see(r"^In \[1\]: line_12_of_old$")
        await t.type("\x07\x03\x1b<", "In [1]: line_0_of_old")

    at_prompt(history, play)


def test_up_keeps_to_this_session_first(tmp_path):
    ours, theirs = FileHistory(tmp_path / "python.jsonl"), FileHistory(tmp_path / "python.jsonl")
    theirs.append_string("theirs before")
    ours.append_string("ours")
    theirs.append_string("theirs since")

    async def play(t):
        await t.type("\x1b[A", "In [1]: ours")
        await t.type("\x1b[A", "In [1]: theirs before")
        await t.type("\x1b[A", "In [1]: theirs before")

    at_prompt(ours, play)


def test_keys_that_wait_for_the_prompt_find_the_history(history):
    """Up and Enter, typed ahead, run the last block again."""

    async def play(t):
        await t.type("\x1b[A\x1b[A\x1b[A", "   ...:     return csv.reader(x)")

    at_prompt(history, play)
