"""Light or dark, themes, and how many colours: what the prompt looks like."""

import asyncio

import pytest
from pygments.styles import get_all_styles

from tests.frontend.window import DEADLINE, window
from zconsole.frontend.palette import DARK, PROMPTS, rgb, sgr
from zconsole.frontend.prompt.looks.style import depth, style
from zconsole.frontend.prompt.looks.themes import theme
from zconsole.frontend.prompt.terminal import Ended
from zconsole.frontend.render import out_prompt, render
from zconsole.frontend.settings import Settings

LIGHT, DARK_GROUND = "ffff/ffff/ffff", "0000/0000/0000"
CODE = "def f(): return 'text'"
XTERM = {"TERM": "xterm-256color"}


def run(story):
    asyncio.run(asyncio.wait_for(story, 2 * DEADLINE))


async def reading(w, number=1):
    """Begin to read a block, and wait until its prompt is there; the reading."""
    read = asyncio.create_task(w.read_block(number))
    await w.see_text(f"In [{number}]: ")
    return read


async def leave(w, read):
    w.type("\x03\x04")
    assert await read is Ended.EOF


# --- light or dark


@pytest.mark.parametrize(("background", "keyword"), [(LIGHT, "blue"), (DARK_GROUND, "brightblue")])
def test_the_terminal_is_asked_for_its_background(background, keyword):
    async def story():
        async with window(background=background) as w:
            read = await reading(w)
            w.type(CODE)
            await w.see(lambda: w.text.endswith(CODE) and w.cell("def").fg == keyword)
            await leave(w, read)
            assert w.terminal.look.background == ("light" if background == LIGHT else "dark")
            assert w.raw.count(b"\x1b]11;?") == 1

    run(story())


def test_what_was_typed_before_the_answer_is_coloured_again():
    async def story():
        async with window(background=LIGHT, late=True) as w:
            read = await reading(w)
            w.type(CODE)
            await w.see(lambda: w.text.endswith(CODE) and w.cell("def").fg == "brightblue")
            w.type("".join(w.held))
            await w.see(lambda: w.cell("def").fg == "blue" and w.cell("'text'").fg == "008700")
            assert w.text.endswith(f"\nIn [1]: {CODE}")
            w.type("  # on\r")
            assert await read == f"{CODE}  # on"

    run(story())


def test_an_answer_that_comes_while_a_cell_runs_cut_in_two_is_typed_into_no_prompt():
    async def story():
        async with window(background=LIGHT, late=True) as w:
            read = await reading(w)
            answer = "".join(w.held)
            w.type("a = 1\r" + answer[:12])
            assert await read == "a = 1"
            w.type(answer[12:] + "b = 2\r")
            assert await w.read_block(2) == "b = 2"
            assert w.terminal.look.background == "light"

    run(story())


def test_what_is_typed_around_an_answer_is_all_there():
    async def story():
        async with window(background=LIGHT, late=True) as w:
            w.type("first\rsec")  # typed ahead, before there is a prompt
            assert await w.read_block(1) == "first"
            w.type("".join(w.held) + "ond\r\x1b[200~pasted\x1b[201~\r")
            assert await w.read_block(2) == "second"
            assert await w.read_block(3) == "pasted"

    run(story())


@pytest.mark.parametrize(
    ("settings", "environment", "background"),
    [
        (Settings(style="light"), XTERM, "light"),
        (Settings(style="dark"), {**XTERM, "COLORFGBG": "0;15"}, "dark"),
        (Settings(theme="linux"), XTERM, "dark"),
        (Settings(), {**XTERM, "COLORFGBG": "0;15"}, "light"),
        (Settings(), {**XTERM, "NO_COLOR": "1"}, "dark"),
        (Settings(color_depth="1"), XTERM, "dark"),
        (Settings(), {"TERM": "linux"}, "dark"),
        (Settings(), {"TERM": "dumb"}, "dark"),
    ],
)
def test_the_terminal_is_not_asked_what_is_known_or_decides_nothing(settings, environment, background):
    async def story():
        async with window(settings, environment=environment, background=LIGHT) as w:
            read = asyncio.create_task(w.read_block())
            await w.see(lambda: "In [1]: " in w.text)
            w.type("1\r")
            assert await read == "1"
            assert w.terminal.look.background == background
            assert b"]11;" not in w.raw
            assert b"\x1b[c" not in w.raw or b"_Gi=31" in w.raw, "only pictures are asked about"

    run(story())


def test_an_answer_does_not_reach_the_shell_behind_us():
    """Who leaves at once waits a moment for what is on its way."""

    async def story():
        async with window(background=LIGHT, late=True) as w:
            read = await reading(w)
            w.type("\x04")
            assert await read is Ended.EOF
            asyncio.get_running_loop().call_soon(w.type, "".join(w.held))
            await asyncio.sleep(0)
        assert w.left == b""

    run(story())


def test_a_terminal_that_never_answers():
    async def story():
        async with window(late=True) as w:
            read = await reading(w)
            w.type("\x1b")  # Esc is a key also while an answer may come
            w.type("x\r")
            assert await read == "x"

    run(story())


def test_a_terminal_that_has_gone_is_not_waited_for():
    async def story():
        async with window(late=True) as w:
            read = await reading(w)
            w.close()
            assert await read in (Ended.EOF, Ended.HUNG_UP)

    run(story())


# --- themes


def test_a_theme_is_changed_while_the_session_runs():
    async def story():
        async with window(Settings(theme="linux"), environment={**XTERM, "COLORTERM": "truecolor"}) as w:
            read = await reading(w)
            w.type(CODE)
            await w.see(lambda: w.text.endswith(CODE) and w.cell("def").fg == "66d9ef")
            w.preferences.change(theme="gruvbox-dark")
            await w.see(lambda: w.cell("def").fg == "fb4934" and w.cell("In [").fg == "8ec07c")
            w.preferences.change(theme="auto")
            await w.see(lambda: w.cell("def").fg == "brightblue")
            await leave(w, read)

    run(story())


def test_a_theme_that_nobody_has_is_told_and_the_session_goes_on():
    async def story():
        async with window(Settings(theme="gruvbox-drak")) as w:
            read = asyncio.create_task(w.read_block())
            await w.see_text("In [1]: ")
            w.terminal.write("somebody's output\n")
            await w.see_text("somebody's output\n\nIn [1]: ")
            assert "No theme is called 'gruvbox-drak'. Did you mean gruvbox-dark" in w.text
            w.preferences.change(theme="nothing-like-it-xyz")
            w.type("1\r")
            assert await read == "1"
            read = await reading(w, 2)
            assert "There are linux, lightbg, neutral," in w.text.replace("\n", "")
            await leave(w, read)

    run(story())


@pytest.mark.parametrize(
    "name", ["linux", "lightbg", "neutral", "gruvbox-dark", "pride", "pride:l", "nocolor", *get_all_styles()]
)
def test_every_theme_can_be_drawn(name):
    found = theme(name)
    assert found.prompts.keys() == PROMPTS.keys()
    assert style(found, colour=True).get_attrs_for_style_str("class:pygments.keyword")
    for words in (*found.tokens.values(), *found.prompts.values()):
        assert bool(sgr(words)) == bool(words), words


def test_ipythons_themes_have_the_names_that_it_knows():
    from IPython.utils.PyColorize import theme_table

    for name in theme_table:
        if ":" not in name or name == "pride:l":
            assert theme(name)


def test_nocolor_is_no_colour_of_the_kernels_either():
    async def story():
        async with window(Settings(theme="nocolor")) as w:
            assert not w.terminal.look.colour
            assert w.terminal.highlight("def f(): 1") == "def f(): 1"
            assert out_prompt(1, w.terminal.look) == "Out[1]: "

    run(story())


def test_results_have_the_colours_of_the_theme():
    async def story():
        async with window(Settings(theme="linux", color_depth="24")) as w:
            for bits, shown in (
                ("24", "\x1b[38;2;174;129;255m1\x1b[0m"),
                ("8", "\x1b[38;5;141m1\x1b[0m"),
                ("4", "\x1b[94m1\x1b[0m"),
                ("1", "1"),
            ):
                w.preferences.change(color_depth=bits)
                assert render({"text/plain": "1"}, {}, w.terminal.look) == shown

    run(story())


# --- how many colours


@pytest.mark.parametrize(
    ("environment", "bits"),
    [
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"}, 1),
        ({"TERM": "dumb"}, 1),
        ({"TERM": "vt100"}, 1),
        ({"TERM": "xterm-mono"}, 1),
        ({"TERM": "linux"}, 4),
        ({"TERM": "xterm-16color"}, 4),
        ({"TERM": "xterm-color"}, 4),
        ({"TERM": "xterm"}, 8),
        ({"TERM": "screen-256color"}, 8),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 24),
        ({"TERM": "xterm-direct"}, 24),
        ({}, 8),
    ],
)
def test_how_many_colours_a_terminal_has(environment, bits):
    assert depth(environment) == bits


def test_without_colour_nothing_is_coloured():
    async def story():
        async with window(environment={**XTERM, "NO_COLOR": "1"}) as w:
            read = await reading(w)
            w.type(CODE)
            await w.see_text(CODE)
            assert {w.cell(text).fg for text in ("In [", "def", "'text'")} == {"default"}
            assert not w.cell("1]").bold
            await leave(w, read)

    run(story())


def test_a_colour_for_every_depth():
    assert sgr("bold #ff8700", 24) == "\x1b[1;38;2;255;135;0m"
    assert sgr("bold #ff8700", 8) == "\x1b[1;38;5;208m"
    assert sgr("bold #ff0000", 4) == "\x1b[1;91m"
    assert sgr("bg:#000000 ansiwhite", 4) == "\x1b[40;97m"
    assert sgr("underline nonsense #12") == "\x1b[4m"
    assert [rgb(208), rgb(255)] == [(255, 135, 0), (238, 238, 238)]
    assert all(sgr(look, bits) for look in DARK.values() for bits in (4, 8, 24))
