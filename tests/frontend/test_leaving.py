"""The exit rule as a table, and which blocks are commands."""

import pytest

from zconsole.frontend.commands import COMMANDS, Command, find, overview, usage
from zconsole.frontend.leaving import Choice, question


@pytest.mark.parametrize(
    ("situation", "prompt"),
    [
        ({"owned": False, "confirm": True, "others": ["ada"], "running": "ada's In [7]"}, None),
        ({"owned": True}, None),
        ({"owned": True, "confirm": True}, "Do you really want to exit ([y]/n)? "),
        (
            {"owned": True, "others": ["ada", "bob"]},
            "2 others are attached (ada, bob); end the kernel, keep it, or stay (e/k/[s])? ",
        ),
        (
            {"owned": True, "others": ["ada"], "running": "ada's In [7]", "confirm": True},
            "The kernel runs ada's In [7] and 1 other is attached (ada); end the kernel, keep it, or stay "
            "(e/k/[s])? ",
        ),
        (
            {"owned": True, "running": "a cell", "deed": "restart"},
            "The kernel runs a cell; restart the kernel (y/[n])? ",
        ),
    ],
)
def test_what_is_asked(situation, prompt):
    asked = question(**situation)
    assert (asked and asked.prompt) == prompt


def test_what_the_answers_mean():
    plain = question(owned=True, confirm=True)
    dear = question(owned=True, others=["ada"])
    assert plain
    assert dear
    assert [plain.choice(each) for each in ("", " Y ", "no", "what")] == [
        Choice.END,
        Choice.END,
        Choice.STAY,
        None,
    ]
    assert plain.at_eof is Choice.END
    assert [dear.choice(each) for each in ("", "e", "keep", "s", "x")] == [
        Choice.STAY,
        Choice.END,
        Choice.KEEP,
        Choice.STAY,
        None,
    ]
    assert dear.at_eof is Choice.STAY  # Ctrl+D out of habit ends nobody else's kernel


@pytest.mark.parametrize(
    ("block", "command"),
    [
        ("%restart", Command("%restart")),
        ("%restart \n", Command("%restart")),
        ("%kernel  bash ", Command("%kernel", "bash")),
        ("%kernel", Command("%kernel")),
        ("%answer two words", Command("%answer", "two words")),
        (" %restart", None),
        ("%restart now", None),
        ("%restarted", None),
        ("%restart\n1", None),
        ("%answer a\nb", None),
        ("x = 1", None),
    ],
)
def test_which_blocks_are_commands(block, command):
    assert find(block) == command


def test_the_overview_has_a_line_for_each():
    assert len(overview().splitlines()) == len(COMMANDS)
    assert usage("%kernel") == "%kernel needs an argument: %kernel NAME"
