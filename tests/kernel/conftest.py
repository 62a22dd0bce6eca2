"""One kernel for the tests of a module; tests that end it start their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.strangers import Client, Gate, running_kernel


@pytest.fixture(scope="module")
def kernel_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which nothing of the user's is read or written."""
    home: Path = tmp_path_factory.mktemp("home")
    return {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
    }


@pytest.fixture(scope="module")
def client(kernel_env: dict[str, str]) -> Iterator[Client]:
    """A stranger attached to a running kernel of ours."""
    with running_kernel(kernel_env) as client:
        yield client


@pytest.fixture
def own_client(kernel_env: dict[str, str]) -> Iterator[Client]:
    """The same, for one test alone."""
    with running_kernel(kernel_env) as client:
        yield client


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """A gate for a cell, open at the end."""
    gate = Gate(tmp_path / "gate")
    yield gate
    gate.open()
    gate.close()
