"""Our shortcut through IPython's input transformation leads to the same place."""

from __future__ import annotations

import builtins
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core import prefilter
from IPython.core.autocall import IPyAutocall
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShellABC
from IPython.core.macro import Macro

from zconsole.kernel.transform import PrefilterManager, Transformer

LINES = (
    "",
    "pass",
    "x = 1",
    "def f(a):",
    "    return a",
    "    ",
    "# a comment",
    "%time x",
    "    %time x",
    "x = %time 1",
    "!ls",
    "y = !ls",
    "print?",
    "?print",
    "/f 1 2",
    "\t, f a",
    "; f a",
    "a / b, c",
    "'''",
    "'100%'",
    "x = '%d' % 1",
    "x = \\",
    "f'{a!r}' != a",
    "if (a and",
    "b):",
    "x = 1 \\",
    ">>> 1",
    "In [1]: 2",
    "%%timeit",
)


@given(st.lists(st.sampled_from(LINES), max_size=8), st.sampled_from(("", "\n")))
def test_it_transforms_as_ipython_does(lines: list[str], end: str) -> None:
    cell = "\n".join(lines) + end
    assert outcome(Transformer(), cell) == outcome(TransformerManager(), cell)


def outcome(manager: TransformerManager, cell: str) -> object:
    try:
        return manager.transform_cell(cell)
    except SyntaxError as error:
        return type(error)


def test_what_cannot_matter_is_not_tokenized(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = Transformer()
    monkeypatch.setattr(manager, "do_one_token_transform", lambda lines: pytest.fail("tokenized"))
    cell = "def f(a):\n    return a / 2, f'{a!r}' != a % 2\n"
    assert manager.transform_cell(cell) == cell


def test_transformers_of_others_are_asked() -> None:
    class Shouting:
        @classmethod
        def find(cls, tokens_by_line: object) -> None:
            found.append(tokens_by_line)

    found: list[object] = []
    manager = Transformer()
    manager.token_transformers.append(Shouting)
    manager.transform_cell("pass")
    assert found


class Leave(IPyAutocall):  # type: ignore[misc,unused-ignore]
    """As `exit`."""


class Shell(InteractiveShellABC):  # type: ignore[misc,unused-ignore]
    """What IPython's prefilter asks of a shell."""

    autoindent = False

    def __init__(self, *, autocall: int, automagic: bool) -> None:
        self.autocall = autocall
        self.automagic = automagic
        self.user_ns: dict[str, Any] = {"f": print, "leave": Leave(), "again": Macro("1\n2\n"), "time": 5}
        self.user_global_ns = self.user_ns
        self.ns_table = {"builtin": vars(builtins)}

    def find_magic(self, name: str) -> object:
        return name in ("ls", "time", "pass", "%ls")

    def auto_rewrite_input(self, line: str) -> None:
        pass

    def _ofind(self, name: str) -> Any:
        found = self.user_ns.get(name, getattr(builtins, name, None))
        return SimpleNamespace(found=found is not None, obj=found)


WORDS = (
    "f",
    "leave",
    "again",
    "time",
    "ls",
    "%ls",
    "pass",
    "len",
    "nobody",
    "1",
    "f.g",
    "*f*",
    "",
    "if",
    "é",
)
RESTS = (
    "",
    " ",
    " 1",
    " = 1",
    "=1",
    ", g = 1, 2",
    "(1)",
    " (1)",
    " + 1",
    " -l",
    ".x",
    " 'a'",
    "# PYTHON-MODE",
)


@pytest.mark.parametrize("automagic", [False, True])
@pytest.mark.parametrize("autocall", [0, 1, 2])
def test_the_first_word_means_what_it_means_to_ipython(autocall: int, automagic: bool) -> None:
    shell = Shell(autocall=autocall, automagic=automagic)
    ours, theirs = PrefilterManager(shell=shell), prefilter.PrefilterManager(shell=shell)
    lines = [
        start + word + rest + end
        for start in ("", "  ")
        for word in WORDS
        for rest in RESTS
        for end in ("", "\n")
    ]
    for line in lines:
        assert ours.prefilter_lines(line) == theirs.prefilter_lines(line), line


def test_a_checker_and_a_transformer_that_somebody_has_added_are_asked() -> None:
    class Loud(prefilter.PrefilterTransformer):  # type: ignore[misc,unused-ignore]
        def transform(self, line: str, continue_prompt: bool) -> str:
            return line.upper()

    class Called(prefilter.PrefilterChecker):  # type: ignore[misc,unused-ignore]
        def check(self, line_info: Any) -> Any:
            return self.prefilter_manager.get_handler_by_name("auto")

    shell = Shell(autocall=0, automagic=True)
    loud, called = PrefilterManager(shell=shell), PrefilterManager(shell=shell)
    assert loud.prefilter_lines("f 1") == called.prefilter_lines("f 1") == "f 1"
    Loud(shell=shell, prefilter_manager=loud)
    assert loud.prefilter_lines("f 1") == "F 1"
    Called(shell=shell, prefilter_manager=called, priority=1)
    assert called.prefilter_lines("f 1") == "f(1)"
