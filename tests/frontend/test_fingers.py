"""Fingers trained on IPython's terminal: every key does what it does there, or docs/keys.md says why not."""

import asyncio
import json
import os
import re
import subprocess
import sys

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.frontend.fingers import press
from tests.frontend.prompting import remembered
from tests.frontend.test_keymap import DOCS
from zconsole.frontend.languages import Judge
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import BlockPrompt, Calls
from zconsole.frontend.prompt.editor import EditorError
from zconsole.frontend.prompt.hinting.completer import KernelCompleter


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """What the keys do in IPython's terminal."""
    command = [sys.executable, "-m", "tests.frontend.fingers"]
    environment = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=60
    )
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def ours():
    """What they do in ours."""
    acts = []

    async def nobody_answers(content, timeout):
        return None

    async def fail():
        raise EditorError("It is none.")

    def edit(text, line):
        acts.append("editor")
        return fail()

    async def run():
        with create_pipe_input() as pipe, create_app_session(pipe, DummyOutput()):
            judge = Judge(nobody_answers)
            judge.python = True
            prompt = BlockPrompt(
                preferences=Preferences(),
                look=Look(),
                judge=judge,
                completer=KernelCompleter(nobody_answers),
                history=remembered(),
                calls=Calls(
                    suspend=lambda: acts.append("suspended"),
                    interrupt=lambda: acts.append("interrupted"),
                    detach=lambda: acts.append("detached"),
                ),
                input=pipe,
                output=DummyOutput(),
                edit=edit,
            )
            return press(prompt.session, acts)

    return asyncio.run(run())


def test_a_key_that_differs_from_ipythons_is_told(ours, theirs):
    """`theirs` and `ours` are keyed by mode, state and keys: `emacs, line: c-k`."""
    page = (DOCS / "keys.md").read_text(encoding="utf-8")
    table = page.partition("## Different from IPython")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) (?:[^|`]*)\|", table, re.MULTILINE)
    told = {keys for row in rows for keys in re.findall(r"`([^`]+)`", row)}
    different = {pressed: did for pressed, did in ours.items() if did != theirs[pressed]}
    untold = [
        f"{pressed}\n    IPython: {theirs[pressed]}\n    here:    {did}"
        for pressed, did in different.items()
        if pressed.partition(": ")[2] not in told
    ]
    assert not untold, "a line in docs/keys.md, or the same as in IPython:\n" + "\n".join(untold)
    seen = {pressed.partition(": ")[2] for pressed in ours}
    same = told & seen - {pressed.partition(": ")[2] for pressed in different} - HISTORY
    assert not same, "docs/keys.md tells a difference that is none"


HISTORY = {"u", "c-r"}
"""Keys that differ by what was done before."""
