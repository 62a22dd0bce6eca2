"""Our shortcut through IPython's input transformation leads to the same place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from zconsole.kernel.transform import Transformer

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
