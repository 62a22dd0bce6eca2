"""The keys by name: what there is, what the configuration makes of it, and that it is told."""

import ast
import asyncio
import re
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.key_bindings import Binding as ReadlineCommand
from prompt_toolkit.output import DummyOutput

from tests.frontend.prompting import remembered
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import NO_CALLS, BlockPrompt
from zconsole.frontend.prompt.blocks import Complete
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.keyboard.keymap import FILTERS
from zconsole.frontend.prompt.keyboard.theirkeys import readline_names, their_keys
from zconsole.frontend.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


async def nobody_answers(content, timeout):
    return None


def prompt(pipe, output=None, **settings):
    return BlockPrompt(
        preferences=Preferences(Settings(**settings)),
        look=Look(),
        judge=lambda text: Complete(),
        completer=KernelCompleter(nobody_answers),
        history=remembered(),
        calls=NO_CALLS,
        input=pipe,
        output=output or DummyOutput(),
    )


@pytest.fixture
def pipe():
    with create_pipe_input() as pipe:
        yield pipe


def test_every_key_of_ours_is_told(pipe):
    """A key of ours is a line in docs/keys.md, with its name, keys and help."""
    rows = {
        f"| `{each.name}` | {', '.join(f'`{keys}`' for keys in each.keys)} | {each.help} |"
        for each in prompt(pipe).bindings
        if each.name and not isinstance(each.handler, ReadlineCommand)
    }
    page = (DOCS / "keys.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `.*$", page.partition("## Our keys")[2].partition("\n## ")[0], re.MULTILINE))
    assert rows == told, "\n".join(["change docs/keys.md:", *sorted(rows ^ told)])


def read(pipe, typed, history=(), **settings):
    """What is read when this is typed: a text at once, several each when the one before has been taken in."""
    block = prompt(pipe, **settings)
    block.use_history(remembered(*history))

    async def reading():
        async for _ in block.session.history.load():
            pass  # or the editor would read it a little at a time
        taken = asyncio.Event()
        block.session.app.key_processor.after_key_press += lambda processor: taken.set()
        text = asyncio.create_task(block.session.prompt_async())
        for each in [typed] if isinstance(typed, str) else typed:
            taken.clear()
            pipe.send_text(each)
            await asyncio.wait_for(taken.wait(), 10)
        return await asyncio.wait_for(text, 10)

    return asyncio.run(reading())


C_Q, C_T, C_O, C_A, F5 = "\x11", "\x14", "\x0f", "\x01", "\x1b[15~"


@pytest.mark.parametrize(
    ("entry", "typed", "text"),
    [
        # added: the old key stays
        (
            {"command": "transpose-chars", "new_keys": ["c-q"], "create": True},
            f"ab{C_Q}cd{C_T}\r",
            "badc",
        ),
        # moved: the old key does nothing
        ({"command": "transpose-chars", "new_keys": ["c-q"]}, f"ab{C_Q}cd{C_T}\r", "bacd"),
        # removed
        ({"command": "transpose-chars", "new_keys": []}, f"ab{C_T}\r", "ab"),
        # ours: what prompt_toolkit has on the key comes to light
        ({"command": "newline", "new_keys": ["f5"]}, f"one{F5}two\x1b\r", "onetwo\n"),
        ({"command": "newline", "new_keys": []}, f"one{C_O}", "one"),
        # one key of several, and keys as a text
        ({"command": "beginning-of-line", "match_keys": ["c-a"], "new_keys": "c-x a"}, "b\x18aa\r", "ab"),
        ({"command": "beginning-of-line", "match_keys": ["c-a"], "new_keys": "c-x a"}, f"b{C_A}a\r", "ba"),
        ({"command": "beginning-of-line", "match_keys": ["c-a"], "new_keys": "c-x a"}, "b\x1b[Ha\r", "ab"),
        # what readline has no name for
        ({"command": "kill-region", "new_keys": ["f5"], "create": True}, f"ab\x00{C_A}{F5}c\r", "c"),
        # where it counts
        (
            {"command": "transpose-chars", "new_filter": "insert_mode & ~is_cursor_at_the_end_of_line"},
            f"ab{C_T}{C_A}\x1b[C{C_T}\r",
            "ba",
        ),
        # IPython's names
        (
            {
                "command": "prompt_toolkit:named_commands.capitalize_word",
                "new_keys": ["c-q"],
                "create": True,
            },
            f"ab{C_A}{C_Q}\r",
            "Ab",
        ),
        ({"command": "IPython:shortcuts.newline_autoindent", "new_keys": ["f5"]}, f"a{F5}\x1b\r", "a\n"),
    ],
)
def test_what_is_configured_is_what_the_keys_do(pipe, entry, typed, text):
    assert read(pipe, typed, bindings=(entry,)) == text


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"command": "newlin", "new_keys": ["f5"]}, "there is no command 'newlin' (did you mean newline?)"),
        ({"command": "xyzzy", "new_keys": ["f5"]}, "there is no command 'xyzzy'; %keys lists the names."),
        ({"new_keys": ["f5"]}, "it has no command."),
        ({"command": "newline", "new_key": ["f5"]}, "there is no 'new_key' (did you mean new_keys?)"),
        ({"command": "newline", "new_keys": ["c-ä"]}, "there are no keys 'c-ä'"),
        ({"command": "newline", "match_keys": ["f5"], "new_keys": ["f6"]}, "has no such keys f5"),
        ({"command": "newline"}, "gets neither new_keys nor a new_filter."),
        ({"command": "beginning-of-line", "new_keys": ["f5"]}, "has several keys (c-a, home)"),
        ({"command": "newline", "new_filter": "insert_mod"}, "did you mean insert_mode?"),
        ({"command": "newline", "new_filter": "insert_mode and"}, "is not understood"),
        ({"command": "newline", "new_filter": "open('x')"}, "is not understood"),
        ({"command": "accept-line", "create": True, "new_filter": "always"}, "added without new_keys"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told_and_the_others_count(pipe, entry, sentence):
    good = {"command": "transpose-chars", "new_keys": ["c-q"]}
    (problem,) = prompt(pipe, bindings=(entry, good)).key_problems
    assert problem.startswith("bindings, entry 1: ")
    assert sentence in problem
    assert read(pipe, f"ab{C_Q}\r", bindings=(entry, good)) == "ba"


def test_the_examples_in_the_documentation_work(pipe):
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    example = re.search(r"^    c\.ZConsole\.bindings = (\[.*?^    \])$", page, re.MULTILINE | re.DOTALL)
    assert example
    entries = tuple(ast.literal_eval(example[1]))
    assert len(entries) > 3
    assert prompt(pipe, bindings=entries).key_problems == []
    assert read(pipe, "one\x18\r", bindings=entries) == "one"
    assert read(pipe, "twojk0itwo \r", bindings=entries, editing_mode="vi") == "two two"
    assert set(re.findall(r"`(\w+)`", page.partition("names with `&`")[2].partition("...")[0])) <= set(
        FILTERS
    )


ESC, UP, DOWN, LEFT = "\x1b", "\x1b[A", "\x1b[B", "\x1b[D"
HISTORY = ["import os", "for x in y:\n    spam(x)", "import sys", "eggs = 1"]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (UP, "eggs = 1"),
        (UP + UP, "import sys"),
        (UP + UP + DOWN, "eggs = 1"),
        # the beginning that is typed is what is searched for, up to the cursor
        ("imp" + UP, "import sys"),
        ("imp" + UP + UP, "import os"),
        ("imp" + UP + UP + UP, "import os"),
        ("imp" + UP + UP + DOWN, "import sys"),
        ("imp" + UP + UP + DOWN + DOWN, "imp"),
        ("foo" + UP, "foo"),
        ("import z" + LEFT + UP, "import sys"),
        # the arrows go through the lines of a block first
        (UP * 3 + UP, "for x in y:\n    spam(x)"),
        (UP * 3 + UP + UP, "import os"),
        (UP * 3 + UP + DOWN + DOWN, "import sys"),
        ("\x10\x10", "import sys"),
    ],
)
@pytest.mark.parametrize("mode", ["emacs", "vi"])
def test_up_and_down_search_for_the_beginning(pipe, typed, text, mode):
    assert read(pipe, typed + "\x1b\r", HISTORY, editing_mode=mode) == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (("one two", ESC, "bx\r"), "one wo"),
        (("one two", ESC, "0dwA!\r"), "two!"),
        (("one", ESC, "xp\r"), "one"),
        (("abc", ESC, "0Rxy", ESC, "x\r"), "xc"),
        (("one two" + ESC + "bX\r",), "one Xtwo"),  # Meta-b comes in one piece: emacs' in insert mode
        (("one two\x01zero \r",), "zero one two"),
        (("one two\x17\x17x\r",), "x"),
        (("one two\x01\x0b\x19\x19\r",), "one twoone two"),
        ((UP, ESC, "k\r"), "import sys"),
        (("if x:", ESC, "oy", ESC, "kx\x1b\r"), "f x:\ny"),
    ],
)
def test_vi(pipe, typed, text):
    """Each piece is typed when the one before has been taken in; Esc alone waits for no longer sequence."""
    assert read(pipe, typed, HISTORY, editing_mode="vi", sequence_wait=100) == text


def test_keys_are_changed_while_the_prompt_stands(pipe):
    block = prompt(pipe)
    assert "c-t  transpose-chars" in block.keys("transpose-c")
    block._preferences.change(bindings=({"command": "transpose-chars", "new_keys": ["c-q"]},))
    assert "c-q  transpose-chars" in block.keys("transpose-c")
    pipe.send_text(f"ab{C_Q}\r")

    async def reading():
        return await asyncio.wait_for(block.session.prompt_async(), 10)

    assert asyncio.run(reading()) == "ba"


def test_the_list_is_that_of_the_mode(pipe):
    emacs, vi = prompt(pipe).keys(""), prompt(pipe, editing_mode="vi").keys("")
    assert re.search(r"^c-o +newline +begin a line", emacs, re.MULTILINE)
    assert not re.search(r"^c-o +newline", vi, re.MULTILINE)
    assert re.search(r"^x +vi-delete +delete character", vi, re.MULTILINE)
    assert "vi-delete" not in emacs
    for keys in (emacs, vi):
        names = [
            line.split()[-1]
            for line in keys.partition("Without a key")[0].splitlines()
            if re.match(r"\S+ +\S+$", line)
        ]
        assert not [name for name in names if not re.fullmatch(r"[a-z0-9-]+", name)]
        assert re.search(r"^enter +enter +run the block", keys, re.MULTILINE)


def test_the_list_can_be_searched_by_key_name_and_help(pipe):
    block = prompt(pipe)
    for text in ("c-z", "suspend", "as a shell does"):
        assert "c-z      suspend  stop zconsole" in re.sub(" +(?=suspend)", "      ", block.keys(text))
    assert block.keys("xyzzy") == "No key has 'xyzzy' in its keys, its name or what it does; %keys lists all."
    assert "Without a key: " in block.keys("prefix-meta")


def test_the_list_is_no_wider_than_the_terminal(pipe):
    columns = DummyOutput().get_size().columns
    assert not [line for line in prompt(pipe).keys("").splitlines() if len(line) > columns]


def test_every_name_in_the_list_can_be_configured(pipe):
    """Whatever %keys names can be given another key."""
    for mode in ("emacs", "vi"):
        block = prompt(pipe, editing_mode=mode)
        names = {each.name for each in (*block.bindings, *their_keys())} - {""} | set(readline_names())
        entries = [{"command": name, "new_keys": ["f12"], "create": True} for name in names]
        assert prompt(pipe, bindings=tuple(entries)).key_problems == []
