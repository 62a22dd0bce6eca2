"""What a terminal's environment and answers mean for pictures: those of real ones."""

from __future__ import annotations

from functools import reduce

import pytest

from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.capability import (
    ATTRIBUTES,
    FILES,
    QUERY,
    Answers,
    cell,
    choose,
    heard,
    query,
)
from zconsole.frontend.prompt.device.graphics import Graphics, Window
from zconsole.frontend.settings import Settings

OK = "\x1b_Gi=31;OK\x1b\\"
KITTY = [OK, "\x1b[6;15;7t", "\x1bP>|kitty(0.26.5)\x1b\\", "\x1b[?62;c"]
XTERM = ["\x1b[?1;0;256S", "\x1bP>|XTerm(379)\x1b\\", "\x1b[?63;1;2;4;6;9;15;22c"]
PLAIN_XTERM = ["\x1b[?1;3;0S", "\x1bP>|XTerm(379)\x1b\\", "\x1b[?64;1;2;6;9;15;18;21;22c"]
MLTERM = ["\x1b[6;17;8t", "\x1b[?63;1;2;3;4;7;29c"]
FOOT = ["\x1b[6;16;8t", "\x1b[?1;0;1024S", "\x1bP>|foot(1.13.1)\x1b\\", "\x1b[?62;4;22c"]
WEZTERM = ["\x1bP>|WezTerm 20240203\x1b\\", "\x1b[?65;4;6;18;22c"]
TMUX = ["\x1b[?1;2c"]
TMUX_SIXEL = ["\x1b[?1;2;4c"]


def answered(replies: list[str]) -> Answers:
    return reduce(heard, replies, Answers())


@pytest.mark.parametrize(
    ("environment", "replies", "graphics"),
    [
        ({"TERM": "xterm-kitty"}, KITTY, "kitty"),
        ({"TERM": "xterm-256color"}, KITTY, "kitty"),
        ({"TERM": "xterm-256color", "TMUX": "x"}, [OK, *TMUX], "text"),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, TMUX, "text"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, TMUX_SIXEL, "sixel"),
        ({"TERM": "screen-256color", "TMUX": "x"}, TMUX_SIXEL, "sixel"),
        ({"TERM": "screen-256color"}, [], "text"),
        ({"TERM": "xterm"}, XTERM, "sixel"),
        ({"TERM": "xterm"}, PLAIN_XTERM, "text"),
        ({"TERM": "mlterm"}, MLTERM, "sixel"),
        ({"TERM": "foot"}, FOOT, "sixel"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, ["\x1b[?62;4c"], "iterm2"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, [], "iterm2"),
        ({"TERM": "xterm-256color"}, WEZTERM, "iterm2"),
        ({"TERM": "xterm-256color"}, [OK, *WEZTERM], "kitty"),
        # said by the environment, for who has not been asked, or not answered yet
        ({"TERM": "xterm-kitty"}, [], "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, [], "kitty"),
        ({"TERM": "foot-extra"}, [], "sixel"),
        ({"TERM": "xterm-256color"}, [], "text"),
        # an answer counts more
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, PLAIN_XTERM, "text"),
        ({"TERM": "linux"}, [], "blocks"),
        ({"TERM": "dumb"}, KITTY, "none"),
        ({}, [], "none"),
    ],
)
def test_the_best_way(environment, replies, graphics):
    assert choose(environment, answered(replies)) == graphics


def test_answers():
    assert answered(KITTY) == Answers(True, False, (7, 15), None, "kitty(0.26.5)", True)
    assert answered(XTERM) == Answers(False, True, None, 256, "XTerm(379)", True)
    assert answered(FOOT).registers == 256, "more than a picture can have"
    assert answered(["\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\"]) == Answers()


@pytest.mark.parametrize(
    "reply", ["", "x", "\x1b[A", "\x1b[6;0;0t", "\x1b[6;99999;9t", "\x1b[?1;3;0S", "\x1b[?25h"]
)
def test_what_is_no_answer(reply):
    assert heard(Answers(), reply) == Answers()


def test_who_is_asked():
    assert query({"TERM": "xterm-256color"}) == QUERY
    assert "_G" not in query({"TERM": "tmux-256color", "TMUX": "x"}), "it would pass through"
    assert query({"TERM": "screen", "TMUX": "x"}).endswith(ATTRIBUTES)
    assert QUERY.endswith(ATTRIBUTES), "the end of the answers"
    assert query({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}) == ATTRIBUTES, (
        "it prints kitty's"
    )
    assert [query({"TERM": each}) for each in ("dumb", "linux", "screen", "")] == [""] * 4


def test_pixels_of_a_character():
    kitty = answered(KITTY)
    assert cell(24, 80, 720, 432, kitty) == (9, 18)
    assert cell(24, 80, 0, 0, kitty) == (7, 15)
    assert cell(24, 80, 80, 24, Answers()) == (8, 16), "a window that counts characters"
    assert cell(0, 0, 0, 0, Answers()) == (8, 16)


@pytest.mark.parametrize("chosen", ["kitty", "iterm2", "sixel", "blocks"])
def test_what_is_chosen_counts_but_in_tmux_and_screen_for_files(chosen):
    for environment in {"TERM": "tmux-256color", "TMUX": "x"}, {"TERM": "screen.xterm-256color"}:
        graphics = Graphics(Preferences(Settings(graphics=chosen)), environment)
        assert graphics.seen(Look(), Window()).graphics == ("text" if chosen in FILES else chosen)
    graphics = Graphics(Preferences(Settings(graphics=chosen)), {"TERM": "xterm"})
    assert graphics.seen(Look(), Window()).graphics == chosen
