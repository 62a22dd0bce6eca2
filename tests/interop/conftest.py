"""An environment of the test's own, for what runs in this process and for what it starts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.strangers import IPYKERNEL, OWN, write_kernelspec
from tests.terminal.harness import isolated_environment


@pytest.fixture(autouse=True, scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Where Jupyter's programs look, set for this process as well: jupyter_client's managers run in it."""
    # short, because the path of an ipc socket may have only 107 bytes
    with (
        tempfile.TemporaryDirectory(prefix="zc-", ignore_cleanup_errors=True) as root,
        pytest.MonkeyPatch.context() as patch,
    ):
        path = Path(root) / "share"
        write_kernelspec(path, "zconsole", *OWN)
        write_kernelspec(path, "python3", *IPYKERNEL)
        variables = {**isolated_environment(Path(root)), "JUPYTER_PATH": str(path)}
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables


@pytest.fixture
def home(environment: dict[str, str]) -> dict[str, str]:
    """The same for the programs in a terminal."""
    return environment
