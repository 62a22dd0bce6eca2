"""What is typed while the kernel judges a block: nothing is lost, and every line is its own."""

import asyncio

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from zconsole.frontend.prompt.blocks import Complete, Incomplete
from zconsole.frontend.prompt.keyboard.bindings import assemble
from zconsole.frontend.prompt.keyboard.keys import block_keys

DEADLINE = 10


def nothing():
    pass


def read(typed, blocks, *, incomplete=()):
    """Type all at once; the blocks that are read, by a judge that takes a moment."""

    async def judge(text):
        await asyncio.sleep(0.01)
        return Incomplete(2) if text in incomplete else Complete()

    async def session(pipe):
        prompt: PromptSession[str] = PromptSession(
            multiline=True,
            key_bindings=assemble(block_keys(judge, nothing, nothing)),
            input=pipe,
            output=DummyOutput(),
        )
        pipe.send_text(typed)
        return [await asyncio.wait_for(prompt.prompt_async(), DEADLINE) for _ in range(blocks)]

    with create_pipe_input() as pipe:
        return asyncio.run(session(pipe))


@pytest.mark.parametrize(
    ("typed", "blocks"),
    [
        ("one\rtwo\r", ["one", "two"]),
        ("one\r\x1b[200~two\nthree\x1b[201~\r", ["one", "two\nthree"]),
        ("one\rtwo\x03three\r", ["one", "three"]),
        ("one\rtwx\x7fo\x1b\r", ["one", "two"]),
        ("if\rthen\r", ["if\n  then"]),
    ],
)
def test_lines_sent_at_once_are_lines(typed, blocks):
    assert read(typed, len(blocks), incomplete=("if",)) == blocks


def test_meta_enter_submits_whatever_the_kernel_thinks():
    assert read("if\x1b\r", 1, incomplete=("if",)) == ["if"]
