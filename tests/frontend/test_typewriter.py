"""The editor on a terminal that can only print: what is typed there, letter by letter and all keys."""

import asyncio

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input

from tests.frontend.prompting import remembered
from tests.frontend.test_keymap import prompt
from zconsole.frontend.prompt.device.typewriter import Typewriter

SEARCH = "In [1]: \nI-search backward: \nIn [1]: old = 1\nI-search backward: ld\nIn [1]: old = 1\n"
LEFT, UP, ESCAPE_B = "\x1b[D", "\x1b[A", "\x1bb"


def typed(*keys):
    """What the terminal gets while keys are pressed, each when the one before has been drawn."""
    paper: list[str] = []

    async def session(pipe):
        block = prompt(pipe, output=Typewriter(paper.append))
        block.use_history(remembered("old = 1"))
        drawn = asyncio.Event()
        block.session.app.after_render += lambda app: drawn.set()
        reading = asyncio.create_task(block.session.prompt_async())
        for each in keys:
            await asyncio.wait_for(drawn.wait(), 10)
            drawn.clear()
            pipe.send_text(each)
        return await asyncio.wait_for(reading, 10)

    with create_pipe_input() as pipe, create_app_session(pipe):
        text = asyncio.run(session(pipe))
    return "".join(paper), text


@pytest.mark.parametrize(
    ("keys", "paper", "text"),
    [
        (["1+1", "\r"], "In [1]: 1+1\n", "1+1"),
        (["1", "+", "1", "\r"], "In [1]: 1+1\n", "1+1"),
        (["1+2", "\x7f", "1", "\r"], "In [1]: 1+2\b \b1\n", "1+1"),
        (["12", LEFT, "+", "\r"], "In [1]: 12\nIn [1]: 1+2\n", "1+2"),
        (["spam eggs", ESCAPE_B, "x", "\r"], "In [1]: spam eggs\nIn [1]: spam xeggs\n", "spam xeggs"),
        (["if x:\x0f", "\r"], None, "if x:\n"),
        (["a\x1b\r"], "In [1]: a\n", "a"),
        ([UP, "\r"], "In [1]: old = 1\n", "old = 1"),
        (["b", UP, "\x03", "c", "\r"], None, "c"),
        # the line of a search is at the foot of the sheet
        (["\x12", "ld", "\r", "\r"], SEARCH, "old = 1"),
    ],
)
def test_what_is_typed_is_seen_without_an_escape_sequence(keys, paper, text):
    seen, read = typed(*keys)
    assert read == text
    assert "\x1b" not in seen
    assert paper is None or seen == paper


def test_output_above_the_prompt_begins_a_line_and_the_prompt_comes_again():
    paper: list[str] = []
    typewriter = Typewriter(paper.append)
    typewriter.write("In [1]: abc")
    typewriter.flush()
    typewriter.write_raw("\x1b[A\r\x1b[31mlater\x1b[0m\n\n")
    typewriter.write("In [1]: abc")
    typewriter.flush()
    assert "".join(paper) == "In [1]: abc\nlater\n\nIn [1]: abc"
