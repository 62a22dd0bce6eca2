"""What the terminal is told beside the text: where a prompt is, what was cut, that a long cell has ended."""

import asyncio
import re
from base64 import b64encode

import pytest

from tests.frontend.window import DEADLINE, window
from zconsole.frontend.prompt.device.clipboard import LIMIT, TerminalClipboard
from zconsole.frontend.prompt.device.links import uri
from zconsole.frontend.prompt.device.marks import understands
from zconsole.frontend.prompt.device.notice import notice
from zconsole.frontend.prompt.form import FIELDS, Form
from zconsole.frontend.prompt.outcome import Outcome
from zconsole.frontend.settings import Settings

XTERM = {"TERM": "xterm-256color"}
OK, FAILED = Outcome(1, False, 0.1), Outcome(1, True, 0.1)
LONG = Outcome(3, False, 42.0)
OSC_9 = "\x1b]9;zconsole: In [3] is done after 42.0 s\x07"
OSC_777 = "\x1b]777;notify;zconsole;In [3] is done after 42.0 s\x07"


def run(story):
    asyncio.run(asyncio.wait_for(story, 2 * DEADLINE))


def clipboard(text):
    return f"\x1b]52;c;{b64encode(text.encode()).decode()}\x1b\\"


def plain(raw):
    """What was written without colours and movements: marks and text."""
    text = re.sub(r"\x1b\[[?0-9;]*[A-Za-ln-z]", "", raw.decode())
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\x1b\\", ">").replace("\x1b]133;", "<")


# --- marks


def test_a_terminal_is_told_where_prompts_and_outputs_are():
    async def story():
        async with window(background=None) as w:
            w.type("1+1\r")
            assert await w.read_block(1) == "1+1"
            w.terminal.write("Out[1]: 2\n")
            w.terminal.cell_ended(OK)
            w.type("1/0\r")
            assert await w.read_block(2) == "1/0"
            w.terminal.write("oh!\n")
            w.terminal.cell_ended(FAILED)
            w.type("%restart\r")
            assert await w.read_block(3) == "%restart"
            w.type("last\r")
            assert await w.read_block(4) == "last"
            told = plain(w.raw_to_the_end())
            assert re.search(
                r"<A;redraw=0>In \[1\]: <B>1\+1\s+<C>Out\[1\]: 2\s+<D;0>\s+"
                r"(?s:.*)<A;redraw=0>In \[2\]: <B>1/0\s+<C>oh!\s+<D;1>\s+"
                r"(?s:.*)<A;redraw=0>In \[3\]: <B>%restart\s+<C><D>\s+"
                r"(?s:.*)In \[4\]: <B>last\s+<C>$",
                told,
            ), told

    run(story())


def test_the_mark_moves_down_with_the_prompt():
    async def story():
        async with window() as w:
            read = asyncio.create_task(w.read_block(1))
            await w.see_text("In [1]: ")
            before = w.raw.count(b"133;A")
            w.terminal.write("somebody's output\n")
            await w.see_text("somebody's output\n\nIn [1]: ")
            assert w.raw.count(b"133;A") > before
            w.type("\x04")
            await read

    run(story())


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        (Settings(marks=False), XTERM),
        (Settings(), {"TERM": "dumb"}),
        (Settings(), {"TERM": "linux"}),
        (Settings(), {}),
    ],
)
def test_some_terminals_are_told_nothing(settings, environment):
    async def story():
        async with window(settings, environment=environment) as w:
            w.type("1+1\r")
            assert await w.read_block(1) == "1+1"
            w.terminal.cell_ended(LONG._replace(failed=True))
            w.type("2\r")
            assert await w.read_block(2) == "2"
            assert b"\x1b]133" not in w.raw
            assert environment == XTERM or not {b"\x1b]", b"1004"} & set(re.findall(rb"\x1b\]|1004", w.raw))

    run(story())


@pytest.mark.parametrize(
    ("term", "yes"),
    [("xterm-256color", True), ("tmux-256color", True), ("dumb", False), ("vt220", False), ("", False)],
)
def test_who_passes_over_what_he_does_not_know(term, yes):
    assert understands({"TERM": term}) == yes


# --- the prompt


def test_a_failed_cell_marks_the_next_prompt_by_its_colour():
    async def story():
        async with window(background=None) as w:
            for number, outcome, colour in ((1, None, "green"), (2, FAILED, "red"), (3, OK, "green")):
                if outcome:
                    w.terminal.cell_ended(outcome)
                read = asyncio.create_task(w.read_block(number))
                await w.see_text(f"In [{number}]: ")
                assert w.cell(f"In [{number}").fg == colour
                w.type("x\r")
                assert await read == "x"

    run(story())


def test_a_prompt_of_ones_own():
    async def story():
        own = Settings(prompt="{failed}{kernel} {number:03}> ", continuation="{line}| ")
        async with window(own) as w:
            w.terminal.use_kernel("bash")
            read = asyncio.create_task(w.read_block(7))
            await w.see_text("bash 007> ")
            w.type("if x:\ry")
            await w.see_text("bash 007> if x:\n       2|     y")
            w.preferences.change(prompt="[{elapsed}] ", continuation="... ")
            w.type("\x1b\r")
            assert await read == "if x:\n    y"
            w.terminal.cell_ended(FAILED)
            read = asyncio.create_task(w.read_block(8))
            await w.see_text("\n[0.10 s] ")
            w.preferences.change(prompt="{failed}> ")
            w.type("a")
            await w.see_text("\n!> a")
            w.type("\x03\x04")
            await read

    run(story())


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("{nummer}> ", "there is no {nummer}, but number, line, kernel"),
        ("{}> ", "there is no {}, but number"),
        ("{number.real}> ", "there is no {number.real}"),
        ("{number> ", "expected '}' before end of string."),
        ("{number}} ", "Single '}' encountered"),
        ("{number:x.y}", "Invalid format specifier"),
        ("{kernel:d}", "Unknown format code"),
        ("two\nlines", "it must be one line."),
        ("\x1b[31m> ", "it must be one line."),
    ],
)
def test_a_prompt_that_cannot_be_used_says_why(form, why):
    with pytest.raises(ValueError, match="cannot be used: ") as error:
        Form(form)
    assert why in str(error.value)


def test_with_a_prompt_that_cannot_be_used_there_is_ours():
    async def story():
        async with window(Settings(prompt="{no}> ")) as w:
            read = asyncio.create_task(w.read_block(1))
            await w.see_text("In [1]: ")
            assert "The prompt '{no}> ' cannot be used: there is no {no}, but number" in w.text
            w.type("\x04")
            await read

    run(story())


def test_all_fields_of_a_prompt():
    async def story():
        async with window(Settings(prompt=" ".join(f"{{{name}}}" for name in FIELDS) + " > ")) as w:
            w.terminal.use_kernel("r")
            w.terminal.cell_ended(Outcome(1, True, 125))
            read = asyncio.create_task(w.read_block(2))
            await w.see(lambda: re.search(r"^2 1 r \S+ \S+ \d\d:\d\d 2 min 5 s ! > $", w.text, re.M))
            w.type("\x04")
            await read

    run(story())


def test_a_long_cell_says_how_long_it_took():
    async def story():
        async with window(Settings(elapsed_after=2)) as w:
            for number, (seconds, text, shown) in enumerate(
                [
                    (1.9, "a\n", "a"),
                    (2.5, "b\n", "b\ntook 2.50 s"),
                    (70, "no end", "no end\ntook 1 min 10 s"),
                ],
                1,
            ):
                w.type("x\r")
                assert await w.read_block(number) == "x"
                w.terminal.write(text)
                w.terminal.cell_ended(Outcome(number, False, seconds))
                await w.see_text(f"x\n{shown}")
            w.preferences.change(elapsed_after=0)
            w.terminal.cell_ended(Outcome(4, False, 100))
            w.type("x\r")
            assert await w.read_block(5) == "x"
            assert w.text.endswith("1 min 10 s\n\nIn [5]: x")

    run(story())


# --- a long cell has ended, and the user is elsewhere


@pytest.mark.parametrize(
    ("typed", "seconds", "told"),
    [
        ("\x1b[O", 42, True),
        ("ab\x1b[Ocd", 42, True),
        ("", 42, False),  # he is here, or the terminal does not say
        ("\x1b[O\x1b[I", 42, False),
        ("\x1b[O", 29, False),
    ],
)
def test_who_has_gone_elsewhere_is_told_that_a_long_cell_has_ended(typed, seconds, told):
    async def story():
        async with window(Settings(notify="bell")) as w:
            w.type("x\r")
            assert await w.read_block(1) == "x"
            await w.see(lambda: b"\x1b[?1004h" in w.raw)
            w.type(typed)
            w.terminal.cell_ended(Outcome(1, False, seconds))
            w.type("z\r")
            keys = re.sub(r"\x1b\[.", "", typed)
            assert await w.read_block(2) == f"{keys}z"
            assert (b"\x07" in w.raw_to_the_end()) == told
            assert w.raw_to_the_end().endswith(b"\x1b[?1004h")
        assert w.left == b""

    run(story())


def test_focus_is_not_asked_for_at_a_prompt_nor_behind_the_session():
    async def story():
        async with window() as w:
            w.type("x\r")
            await w.read_block(1)
            await w.see(lambda: w.raw.endswith(b"\x1b[?1004h"))
            read = asyncio.create_task(w.read_block(2))
            await w.see_text("In [2]: ")
            assert w.raw.rfind(b"\x1b[?1004l") > w.raw.rfind(b"\x1b[?1004h")
            w.type("y\r")
            await read
        assert w.raw.rfind(b"\x1b[?1004l") > w.raw.rfind(b"\x1b[?1004h")

    run(story())


def test_another_program_is_not_told_of_the_focus():
    """A pager, an editor, the shell behind Ctrl+Z: while they have the terminal it sends them nothing of
    ours."""

    async def story():
        async with window() as w:
            w.type("x\r")
            await w.read_block(1)
            assert w.raw_to_the_end().endswith(b"\x1b[?1004h")
            with w.tty.as_found():
                assert w.raw_to_the_end().endswith(b"\x1b[?1004l")
            assert w.raw_to_the_end().endswith(b"\x1b[?1004h")

    run(story())


@pytest.mark.parametrize("settings", [Settings(notify="none"), Settings(notify_after=0)])
def test_who_wants_no_notice_is_not_watched(settings):
    async def story():
        async with window(settings) as w:
            w.type("x\r")
            await w.read_block(1)
            w.terminal.cell_ended(LONG)
            assert b"1004" not in w.raw_to_the_end()
            assert b"\x07" not in w.raw

    run(story())


@pytest.mark.parametrize(
    ("way", "environment", "written"),
    [
        ("bell", XTERM, "\x07"),
        ("auto", XTERM, "\x07"),
        ("none", XTERM, ""),
        ("osc9", XTERM, OSC_9),
        ("osc777", XTERM, OSC_777),
        ("auto", {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, OSC_9),
        ("auto", {"TERM": "foot-extra"}, OSC_777),
        ("auto", {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0", "TERM_PROGRAM": "WezTerm"}, "\x07"),
        ("osc9", {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"},
         f"\x1bPtmux;\x1b{OSC_9}\x1b\\"),
        ("osc9", {"TERM": "screen", "STY": "1.x"}, f"\x1bP{OSC_9}\x1b\\"),
    ],
)  # fmt: skip
def test_how_one_is_told(way, environment, written):
    assert notice(LONG, way, environment) == written


def test_what_is_told_of_a_cell_that_failed():
    assert "In [3] failed after 42.0 s" in notice(LONG._replace(failed=True), "osc9", XTERM)
    assert "The cell is done" in notice(LONG._replace(number=None), "osc9", XTERM)


# --- the clipboard


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        ("one two\x17", "two"),  # Ctrl+W
        ("one two\x15", "one two"),  # Ctrl+U
        ("one two\x01\x0b", "one two"),  # Ctrl+A, Ctrl+K
        ("print('ü')\x1bw", "print('ü')"),  # Meta-W, without a selection: all of it
        ("abc\x00\x02\x02\x1bw", "bc"),  # a selection
    ],
)
def test_what_is_cut_or_copied_is_in_the_clipboard(keys, copied):
    async def story():
        async with window(background=None) as w:
            read = asyncio.create_task(w.read_block())
            await w.see_text("In [1]: ")
            w.type(keys)
            await w.see(lambda: clipboard(copied).encode() in w.raw)
            w.type("\x03\x04")
            await read

    run(story())


@pytest.mark.parametrize(
    ("settings", "environment", "text"),
    [
        (Settings(clipboard=False), XTERM, "one two"),
        (Settings(), {"TERM": "linux"}, "one two"),
        (Settings(), XTERM, "x"),  # vi's x is not meant so
    ],
)
def test_what_does_not_go_to_the_clipboard_comes_back_all_the_same(settings, environment, text):
    async def story():
        async with window(settings, environment=environment) as w:
            w.type(f"\x1b[200~{text}\x1b[201~\x15\x19\r")  # cut, and back again
            assert await w.read_block() == text
            assert b"\x1b]52" not in w.raw

    run(story())


def test_what_is_too_long_for_a_terminal_is_kept_here():
    sent: list[str] = []
    kept = TerminalClipboard(sent.append)
    for length in (LIMIT, LIMIT + 1):
        kept.set_text("x" * length)
        assert len(kept.get_data().text) == length
    assert [len(each) - len(clipboard("")) for each in sent] == [LIMIT * 4 // 3]


# --- links


def test_the_uri_of_a_file(tmp_path):
    file = tmp_path / "a b.py"
    file.write_text("")
    assert re.fullmatch(r"file://[^/]+/.*/a%20b\.py", uri(str(file), 3, XTERM))
    assert uri(str(file), 3, {"TERM": "xterm-kitty"}).endswith("/a%20b.py#3")
    assert uri(str(tmp_path / "gone.py"), 3, XTERM) == ""
    assert uri("relative.py", 3, XTERM) == ""
    assert uri(str(tmp_path), 3, XTERM) == ""
