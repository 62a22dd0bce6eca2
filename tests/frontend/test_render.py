"""What is shown of a value, of an error, and of text that is not to be trusted."""

import pytest

from zconsole.frontend.execution import Error
from zconsole.frontend.look import Look, no_link
from zconsole.frontend.palette import PALETTES, background, sgr, token_style
from zconsole.frontend.plain import ends_line, without_colour
from zconsole.frontend.render import out_prompt, render, render_error, render_result
from zconsole.frontend.render.naming import summary
from zconsole.frontend.render.places import linked
from zconsole.frontend.render.python import LIMIT, highlight
from zconsole.frontend.render.shades import suited
from zconsole.frontend.render.text import Cleaner, clean, ends_coloured

PLAIN = Look(colour=False)
COLOUR = Look()


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/plain": "2"}, "2"),
        ({"text/plain": ["a\n", "b"]}, "a\nb"),
        ({"text/html": "<b>2</b>", "text/plain": "2"}, "2"),
        ({"text/markdown": "# x", "text/plain": "<IPython.core.display.Markdown object>"}, "x"),
        ({"text/latex": "$x$", "text/plain": "<IPython.core.display.Math object>"}, "x"),
        (
            {"application/json": {"a": 1}, "text/plain": "<IPython.core.display.JSON object>"},
            '{"a": 1}',
        ),
        ({"text/plain": "<IPython.core.display.HTML object>"}, "<IPython.core.display.HTML object>"),
        (
            {"image/png": "x" * 5000, "text/plain": "<Figure size 640x480>"},
            "[image/png, 4 kB: not a picture]",
        ),
        ({"text/html": "<b>x</b>"}, "x"),
        ({"application/x-own": {"a": 1}}, "[application/x-own, 8 bytes]"),
        ({}, ""),
    ],
)
def test_the_best_form_of_a_value(data, shown):
    assert render(data, {}, PLAIN) == shown


def test_a_summary_names_all_that_came():
    assert summary({"image/png": "abc", "text/html": "x"}) == "[image/png, 3 bytes; text/html, 1 bytes]"


def test_results_and_their_prompt():
    assert render_result(3, "2", PLAIN) == "Out[3]: 2\n"
    assert render_result(3, "a\nb", PLAIN) == "Out[3]: \na\nb\n"
    assert without_colour(out_prompt(3, COLOUR)) == "Out[3]: "
    assert "\x1b[31m" in out_prompt(3, COLOUR)


def test_python_values_are_coloured_and_nothing_else_is():
    shown = render({"text/plain": "['a', 1]"}, {}, COLOUR)
    assert (without_colour(shown), "\x1b[9" in shown) == ("['a', 1]", True)
    for text in ("   a  b\n0  1  2", "<object at 0x1>", "1, " * LIMIT):
        assert highlight(text, COLOUR) == text
    assert render({"text/plain": "\x1b[1mown\x1b[0m"}, {}, COLOUR) == "\x1b[1mown\x1b[0m"


def test_errors():
    error = Error("E", "why", ["\x1b[31mTraceback\x1b[0m", "E: why"])
    assert render_error(error, COLOUR) == "\x1b[31mTraceback\x1b[0m\nE: why\n"
    assert render_error(error, PLAIN) == "Traceback\nE: why\n"
    assert render_error(Error("E", "why", []), PLAIN) == "E: why\n"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain\n\ttext\r\b", "plain\n\ttext\r\b"),
        ("\x1b[1;38;2;1;2;3mx\x1b[0m", "\x1b[1;38;2;1;2;3mx\x1b[0m"),
        ("\x1b[2K\r\x1b[1A\x1b[3C", "\x1b[2K\r\x1b[1A\x1b[3C"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]52;c;eHh4\x1b\\b", "ab"),
        ("a\x1bP1$r\x1b\\b", "ab"),
        ("a\x1b_Gx\x1b\\b", "ab"),
        ("a\x1b[?1049hb", "ab"),
        ("a\x1b[6nb\x1b[cc", "abc"),
        ("a\x1b[2Jb\x1b[Hc", "abc"),
        ("a\x1bcb", "ab"),
        ("a\x1b(0b", "ab"),
        ("a\x00b\x07c\x7fd\x9be", "ab\x07cde"),
        ("é°\xa0\x85ö\x80", "é°\xa0ö"),
        ("é\x1b[31mö\x1b[2Kü\x1b[2J", "é\x1b[31mö\x1b[2Kü"),
        ("\ud800 é", "\ud800 é"),
        ("a\x1b]never ended", "a"),
    ],
)
def test_only_harmless_control_sequences_pass(text, cleaned):
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text", ["a\x1b[31mred\x1b[0m.", "a\x1b]0;title\x07b", "a\x1b]0;t\x1b\\b", "a\x1b[?1049hb"]
)
def test_a_sequence_may_come_in_pieces(text):
    for cut in range(len(text) + 1):
        cleaner = Cleaner()
        assert cleaner.feed(text[:cut]) + cleaner.feed(text[cut:]) == clean(text)


def test_a_sequence_without_end_is_not_waited_for_for_ever():
    cleaner = Cleaner()
    shown = cleaner.feed("\x1b]0;" + "x" * 200) + cleaner.feed("\nstill here\n")
    assert shown.endswith("still here\n")


def test_where_a_line_ends():
    assert ends_line("a\n\x1b[0m\x1b[39m")
    assert not ends_line("a\n\x1b[0mb")
    assert not ends_line("")


@pytest.mark.parametrize(
    ("text", "depth", "shown"),
    [
        ("\x1b[38;5;208mx\x1b[0m", 8, "\x1b[38;5;208mx\x1b[0m"),
        ("\x1b[38;5;208mx\x1b[0m", 4, "\x1b[33mx\x1b[0m"),
        ("\x1b[1;38;2;255;0;0;48;5;16mx", 24, "\x1b[1;38;2;255;0;0;48;5;16mx"),
        ("\x1b[1;38;2;255;0;0;48;5;16mx", 8, "\x1b[1;38;5;196;48;5;16mx"),
        ("\x1b[1;38;2;255;0;0;48;5;16mx", 4, "\x1b[1;91;40mx"),
        ("\x1b[38:2::0:0:255mx\x1b[38:5:28my", 4, "\x1b[34mx\x1b[32my"),
        ("\x1b[38;5mx\x1b[38;2;1mx", 4, "\x1b[38;5mx\x1b[38;2;1mx"),
        ("\x1b[38;5;999my\x1b[38mz", 4, "\x1b[38;5;999my\x1b[38mz"),
        ("8; \x1b[31;1mx\x1b[m", 4, "8; \x1b[31;1mx\x1b[m"),
    ],
)
def test_no_more_colours_than_the_terminal_has(text, depth, shown):
    assert suited(text, Look(depth=depth)) == shown
    assert without_colour(suited(text, PLAIN)) == suited(text, PLAIN)


FRAME = "\x1b[36mFile \x1b[39m\x1b[32m{path}:{line}\x1b[39m, in \x1b[36mf\x1b[39m"  # as IPython writes it


def link(path, line):
    return f"uri:{path}#{line}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            FRAME.format(path="/x y/a.py", line=3),
            FRAME.replace("{path}:{line}", "\x1b]8;;uri:/x y/a.py#3\x1b\\/x y/a.py:3\x1b]8;;\x1b\\"),
        ),
        (
            '  File "~/a:b.py", line 12, in f',
            '  File "\x1b]8;;uri:~/a:b.py#12\x1b\\~/a:b.py\x1b]8;;\x1b\\", line 12, in f',
        ),
        (
            "\x1b[32mFile /a.py, line 7\x1b[39m",
            "\x1b[32mFile \x1b]8;;uri:/a.py#7\x1b\\/a.py\x1b]8;;\x1b\\, line 7\x1b[39m",
        ),
        ("Cell In[3], line 1", None),
        ('File "<string>", line 1', None),
        ("File not found: /x.py:3", None),
        ("File /no/line", None),
    ],
)
def test_files_in_a_traceback_are_links(text, shown):
    assert linked(text, link) == (shown or text)
    assert linked(text, no_link) == text
    error = Error("E", "v", [text])
    assert render_error(error, COLOUR._replace(link=link)).replace("\x1b[0m", "") == f"{shown or text}\n"
    assert "\x1b" not in render_error(error, PLAIN._replace(link=link))


def test_a_kernel_cannot_make_links_of_its_own():
    text = 'File "\x1b]8;;http://evil\x1b\\/a.py\x1b]8;;\x1b\\", line 1'
    assert render_error(Error("E", "v", [text]), COLOUR) == 'File "/a.py", line 1\n'


def test_palette():
    assert background("15;0") == background("") == "dark"
    assert background("0;15") == "light"
    assert token_style("name.function.magic", {"name": "ansired"}) == "ansired"
    assert sgr("bold ansibrightred") == "\x1b[1;91m"
    assert sgr("") == ""
    assert all(sgr(look) for palette in PALETTES.values() for look in palette.values())


@pytest.mark.parametrize(
    ("text", "coloured"),
    [
        ("\x1b[31mred\x1b[2K\x1b[1A", True),
        ("\x1b[31mred\x1b[0m\x1b[2K", False),
        ("\x1b[31mred\x1b[m", False),
        ("\x1b[0m\x1b[1;31mred", True),
        ("plain\x1b[2K", None),
        ("", None),
    ],
)
def test_the_last_colour_of_a_text_is_what_comes_behind_it(text, coloured):
    for before in (True, False):
        assert ends_coloured(text, before) is (before if coloured is None else coloured)
