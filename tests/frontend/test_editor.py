"""Which editor it is, how it is told the line, and what its keys do to the block."""

import asyncio
import sys
from pathlib import Path

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from zconsole.frontend.prompt.editor import EditorError, _target, edit_text, editor_command, editor_keys
from zconsole.frontend.prompt.keyboard.bindings import assemble

DEADLINE = 10


@pytest.fixture
def path(tmp_path):
    """A PATH with some editors on it."""
    for name in ("vi", "nano", "mine"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return str(tmp_path)


# --- which one


@pytest.mark.parametrize(
    ("chosen", "environment", "command"),
    [
        ("mine -w 'a b'", {"VISUAL": "vi", "EDITOR": "vi"}, ["mine", "-w", "a b"]),
        ("", {"VISUAL": "mine -v", "EDITOR": "vi"}, ["mine", "-v"]),
        (" ", {"VISUAL": "", "EDITOR": "nano"}, ["nano"]),
        ("", {}, ["vi"]),
    ],
)
def test_the_settings_go_before_visual_and_that_before_editor(path, chosen, environment, command):
    program, *arguments = editor_command(chosen, {"PATH": path, **environment})
    assert [Path(program).name, *arguments] == command


@pytest.mark.parametrize(
    ("chosen", "environment", "said"),
    [
        ("nosuch", {}, r"no program 'nosuch' \(c\.ZConsole\.editor\)"),
        ("", {"EDITOR": "nosuch"}, r"no program 'nosuch' \(\$EDITOR\)"),
        ("mine 'a", {}, "c.ZConsole.editor is .*No closing quotation"),
        ("", {"PATH": "/nowhere"}, r"set \$EDITOR"),
    ],
)
def test_a_wrong_choice_is_said_and_nothing_else_is_run(path, chosen, environment, said):
    with pytest.raises(EditorError, match=said):
        editor_command(chosen, {"PATH": path, **environment})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("vim", ["+7", "f.py"]),
        ("code", ["--goto", "f.py:7"]),
        ("hx", ["f.py:7"]),
        ("kate", ["--line", "7", "f.py"]),
        ("ed", ["f.py"]),
    ],
)
def test_how_editors_are_told_the_line(name, arguments):
    assert _target(name, "f.py", 7) == arguments
    assert _target(name, "f.py", 0) == ["f.py"]


# --- a text


@pytest.mark.parametrize(
    ("code", "comes_out"),
    [
        ("pass", "näh\n  x"),
        ("f.write_text('')", ""),
        ("f.write_text('other\\n\\n')", "other\n"),
        ("f.write_bytes(b'no \\xff utf-8')", "no \ufffd utf-8"),
    ],
)
def test_a_text_comes_out_as_it_was_left(code, comes_out):
    script = f"import pathlib, sys; f = pathlib.Path(sys.argv[-1]); assert f.suffix == '.jl'; {code}"
    assert asyncio.run(edit_text([sys.executable, "-c", script], "näh\n  x", ".jl", 1)) == comes_out


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os._exit(4)", "ended with code 4"),
        ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
        ("import os, sys; os.remove(sys.argv[-1])", "cannot be read"),
    ],
)
def test_a_failure_is_said(code, said):
    with pytest.raises(EditorError, match=said):
        asyncio.run(edit_text([sys.executable, "-c", code], "text", ".py"))


# --- keys


def press(keys, edited="edited", mode=EditingMode.EMACS):
    """The block that is read when these keys are typed one by one; what was said; what was edited."""
    said: list[str] = []
    seen: list[tuple[str, int]] = []

    async def edit(text, line):
        seen.append((text, line))
        if not edited:
            raise EditorError("It has failed.")
        return edited

    async def session(pipe):
        bindings = assemble(editor_keys(edit, said.append))
        prompt: PromptSession[str] = PromptSession(
            key_bindings=bindings, editing_mode=mode, multiline=True, input=pipe, output=DummyOutput()
        )
        prompt.app.ttimeoutlen = 0.01
        for number, key in enumerate(keys):
            asyncio.get_running_loop().call_later(0.1 * number, pipe.send_text, key)
        return await asyncio.wait_for(prompt.prompt_async(), DEADLINE)

    with create_pipe_input() as pipe:
        return asyncio.run(session(pipe)), said, seen


F2, RUN = "\x1bOQ", "\x1b\r"


def test_f2_takes_the_text_over():
    assert press(["one", F2, RUN]) == ("edited", [], [("one", 1)])


def test_c_x_c_e_runs_it():
    assert press(["one", "\x18\x05"]) == ("edited", [], [("one", 1)])


def test_v_in_vi_navigation_runs_it_and_is_a_letter_otherwise():
    assert press(["v1", "\x1b", "v"], mode=EditingMode.VI) == ("edited", [], [("v1", 1)])


@pytest.mark.parametrize("key", [F2, "\x18\x05"])
def test_after_a_failure_the_text_is_there_and_nothing_runs(key):
    assert press(["one", key, RUN], edited="") == ("one", ["It has failed."], [("one", 1)])


def test_a_text_that_was_emptied_does_not_run():
    assert press(["one", "\x18\x05", "two", RUN], edited=" ")[0] == " two"
