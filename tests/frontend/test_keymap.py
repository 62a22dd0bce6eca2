"""The keys by name: what there is, what the configuration makes of it, and that it is told."""

import re
from pathlib import Path

import pytest
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.key_bindings import Binding as ReadlineCommand
from prompt_toolkit.output import DummyOutput

from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import NO_CALLS, BlockPrompt
from zconsole.frontend.prompt.blocks import Complete
from zconsole.frontend.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def prompt(pipe, **settings):
    return BlockPrompt(
        preferences=Preferences(Settings(**settings)),
        look=Look(),
        judge=lambda text: Complete(),
        completer=DummyCompleter(),
        history=InMemoryHistory(),
        calls=NO_CALLS,
        input=pipe,
        output=DummyOutput(),
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
