"""Ghost text, as it is seen while one types: what is suggested stands in ⟨⟩."""

import asyncio

import pytest

from tests.frontend.prompting import at_prompt
from zconsole.frontend.prompt.memory.history import RECENT, FileHistory
from zconsole.frontend.prompt.memory.historyfile import Entry

RIGHT, END, ESC = "\x1b[C", "\x1b[F", "\x1b"
C_UP, C_DOWN, C_LEFT, C_RIGHT = "\x1b[1;5A", "\x1b[1;5B", "\x1b[1;5D", "\x1b[1;5C"


@pytest.fixture
def history(tmp_path):
    """import numpy, then import os, then a loop."""
    history = FileHistory(tmp_path / "python.jsonl")
    for block in ("import numpy as np", "import os", "for n in range(3):\n    print(n)\n    total += n"):
        history.append_string(block)
    return FileHistory(tmp_path / "python.jsonl")


def test_the_newest_that_goes_on_like_this_is_suggested(history):
    async def play(t):
        await t.type("i", "In [1]: i⟨mport os⟩")
        await t.type("mport n", "In [1]: import n⟨umpy as np⟩")
        await t.type("o", "In [1]: import no")
        await t.type("\x7f", "In [1]: import n⟨umpy as np⟩")
        await t.type("\x7f", "In [1]: import ⟨os⟩")

    at_prompt(history, play)


@pytest.mark.parametrize("key", [RIGHT, END, "\x05", "\x06"])
def test_it_is_taken(history, key):
    async def play(t):
        await t.type("im", "In [1]: im⟨port os⟩")
        await t.type(key, "In [1]: import os")

    at_prompt(history, play)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("\x1bf", "In [1]: import numpy ⟨as np⟩"),
        (C_RIGHT, "In [1]: import numpy⟨ as np⟩"),
        ("\x1b" + RIGHT, "In [1]: import nu⟨mpy as np⟩"),
        (C_LEFT, "In [1]: import numpy as np"),
        ("\x1b\x1b[B", "In [1]: import numpy as np"),
    ],
)
def test_a_part_of_it_is_taken(history, key, line):
    async def play(t):
        await t.type("import n", "In [1]: import n⟨umpy as np⟩")
        await t.type(key, line)

    at_prompt(history, play)


def test_it_is_thrown_away_and_what_is_run_is_what_was_typed(history):
    async def play(t):
        await t.type("im", "In [1]: im⟨port os⟩")
        await t.type("\x1b[3~", "In [1]: im")
        await t.type("p", "In [1]: imp⟨ort os⟩")
        t.enter()

    assert at_prompt(history, play) == "imp"


def test_older_ones_and_back(history):
    async def play(t):
        await t.type("import ", "In [1]: import ⟨os⟩")
        await t.type(C_UP, "In [1]: import ⟨numpy as np⟩")
        await t.type(C_DOWN, "In [1]: import ⟨os⟩")
        await t.type(C_UP + RIGHT, "In [1]: import numpy as np")

    at_prompt(history, play)


def test_a_line_within_a_block(history):
    async def play(t):
        await t.type("for", "In [1]: for⟨ n in range(3):⟩")
        await t.type(RIGHT + "\r", "   ...:")
        await t.type("pr", "   ...:     pr⟨int(n)⟩")
        await t.type("\x1b[A" + END, "In [1]: for n in range(3):")
        await t.type("\x7f:", "In [1]: for n in range(3):")
        await t.type("\x7f\x7f", "In [1]: for n in range(3⟨):⟩")

    at_prompt(history, play)


@pytest.mark.parametrize(
    "unwanted",
    [
        {"suggestions": False},
        # where nothing can be dimmed it would pass for what was typed
        {"color_depth": "1"},
        {"theme": "nocolor"},
    ],
)
def test_none_when_they_are_not_wanted(history, unwanted):
    async def play(t):
        await t.type("im", "In [1]: im⟨port os⟩")
        t.prompt.session.default_buffer.reset()
        t.prompt._preferences.change(**unwanted)
        t.prompt.colours.renew()
        await t.type("im", "In [1]: im")

    at_prompt(history, play)


class Told(FileHistory):
    """A history that tells when all has been read."""

    def __init__(self, path):
        super().__init__(path)
        self.read_all = asyncio.Event()

    async def read_aside(self):
        await super().read_aside()
        self.read_all.set()


def test_what_was_entered_long_ago_is_found_when_all_has_been_read(tmp_path):
    history = Told(tmp_path / "python.jsonl")
    history.files.add("old", [Entry(1.6e9 + n, f"line_{n}_of_old") for n in range(20 * RECENT)])

    async def play(t):
        await t.type("line_7", "In [1]: line_7")  # what is known does not have it: the rest is read
        await asyncio.wait_for(history.read_all.wait(), 10)
        await t.type("_", "In [1]: line_7_⟨of_old⟩")

    at_prompt(history, play)


def test_what_was_just_run_is_suggested_next(history):
    """The same letters again, behind another block: the look at the history begins anew."""

    async def play(t):
        await t.type("im", "In [1]: im⟨port os⟩")
        t.prompt.session.default_buffer.reset()
        history.append_string("import sys")
        await t.type("imp", "In [1]: imp⟨ort sys⟩")

    at_prompt(history, play)
