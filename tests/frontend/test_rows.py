"""The rows of a prompt: as many as are needed, and what is typed is in them."""

import asyncio

import pytest

from tests.frontend.prompting import ROWS, at_prompt, remembered
from tests.frontend.window import window


@pytest.mark.parametrize("size", [142, 143, 144])
def test_wide_characters_are_all_there(size):
    text = "x" + "本" * size  # at the edge of the first row one is too wide for the last column

    async def play(typist):
        typist.press(text)
        await typist.wait(lambda: typist.screen.count("本") == size, "all of it")
        assert "x" in typist.screen
        assert typist.line == typist.screen.split("\n")[-1].rstrip() != ""

    at_prompt(remembered(), play)


def test_a_control_character_is_two():
    async def play(typist):
        typist.press("x" * 71 + "\x11\x01" + "y" * 80)  # Ctrl+Q takes the next key as it is
        await typist.wait(lambda: typist.screen.count("y") == 80, "all of it")
        assert "^A" in typist.screen.replace("\n", "")

    at_prompt(remembered(), play)


def test_a_block_grows_past_the_screen_and_shrinks():
    lines = [f"line{number}" for number in range(ROWS + 10)]

    async def play(typist):
        typist.press("\x1b[200~" + "\r".join(lines) + "\x1b[201~")
        await typist.see(rf"{lines[-1]}$")
        shown = typist.screen.split("\n")
        assert len(shown) == ROWS
        assert [line.split()[-1] for line in shown] == lines[-ROWS:]
        typist.press("\x15" + "\x7f\x15" * (ROWS + 8))
        await typist.wait(lambda: "line2" not in typist.screen, "a block that is short again")
        assert typist.screen.rstrip().endswith("line0\n   ...:")

    at_prompt(remembered(), play)


def test_a_second_part_has_its_row():
    async def play(typist):
        typist.press("ab\x1b5")
        await typist.see("Repeat: 5")
        typist.press("c")
        await typist.wait(lambda: typist.line.endswith("abccccc") and "Repeat" not in typist.screen, "ccccc")

    at_prompt(remembered(), play)


def test_rows_without_anything_are_not_drawn():
    async def session():
        async with window() as seen:
            reading = asyncio.ensure_future(seen.read_block())
            await seen.see_text("In [1]: ")
            seen.type("x")
            await seen.see_text("In [1]: x")
            assert b"\n\n\n" not in seen.raw.replace(b"\r", b"")
            seen.type("\r")
            await reading

    asyncio.run(session())
