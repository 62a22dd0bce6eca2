"""Fixtures for every test: a home of its own, and terminals that leave nothing behind."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.harness import Terminal, isolated_environment


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: a test in a terminal waits for a third of its time."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long come first, or one of them is left alone at the end."""
    items.sort(key=lambda item: "terminal" not in item.path.parts)


@pytest.fixture
def home() -> Iterator[dict[str, str]]:
    """Environment variables for a program that must see and change nothing of ours.

    The folder's name is short because the path of an ipc socket may have only 107 bytes.
    """
    with tempfile.TemporaryDirectory(prefix="zc-", ignore_cleanup_errors=True) as root:
        yield isolated_environment(Path(root))


@pytest.fixture
def screen(home: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment of programs on a new screen that nobody sees."""
    from tests.terminal.desktop import NoScreen, desktop, missing  # with Pillow

    if why := missing("Xvfb", "import"):
        pytest.skip(why)
    try:
        with desktop(home) as environment:
            yield environment
    except NoScreen as error:
        pytest.skip(str(error))


@pytest.fixture
def terminal(home: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """``terminal("zconsole", "--kernel", "x", columns=80, env={...})`` starts a program in a new terminal.

    Whatever the test does, all processes are ended afterwards; a failed test shows each last screen.
    """
    opened: list[Terminal] = []

    def start(*argv: str, env: dict[str, str] | None = None, **options: Any) -> Terminal:
        opened.append(Terminal(argv, {**home, **(env or {})}, **options))
        return opened[-1]

    try:
        yield start
    finally:
        for each in reversed(opened):
            each.close()
            print(f"--- last screen of {each.argv}:\n{each.screen_text}")
