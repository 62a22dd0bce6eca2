"""The install command as people run it, and its kernelspecs as jupyter_client starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

SHIPPED = Path(__file__).parents[2] / "share/jupyter/kernels/zconsole/kernel.json"


def install(
    *arguments: str, env: dict[str, str] | None = None, python: str = sys.executable
) -> tuple[int, str]:
    """Run the command; its exit code and what it says."""
    ran = subprocess.run(
        [python, "-m", "zconsole.kernel", "install", *arguments],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert not (ran.stdout and ran.stderr)
    return ran.returncode, ran.stdout + ran.stderr


def spec(prefix: Path, name: str) -> dict[str, Any]:
    file = prefix / "share/jupyter/kernels" / name / "kernel.json"
    assert oct(file.parent.stat().st_mode & 0o755) == oct(0o755), "others can read it"
    return dict(json.loads(file.read_text()))


def test_as_it_is_shipped_but_for_the_python(tmp_path: Path) -> None:
    code, said = install("--prefix", str(tmp_path))
    folder = tmp_path / "share/jupyter/kernels/zconsole"
    assert (code, said) == (0, f"Installed the kernelspec zconsole in {folder}\n")
    shipped = json.loads(SHIPPED.read_text())
    assert spec(tmp_path, "zconsole") == {**shipped, "argv": [sys.executable, *shipped["argv"][1:]]}


def test_everything_and_then_something_else(tmp_path: Path) -> None:
    prefix = ("--prefix", str(tmp_path), "--name", "Mine")
    assert install(*prefix, "--profile", "p", "--env", "A", "1", "--env", "B", "x=y")[0] == 0
    first = spec(tmp_path, "mine")
    assert first["argv"][-2:] == ["--profile", "p"]
    assert first["env"] == {"A": "1", "B": "x=y"}
    assert first["display_name"] == "Mine"
    code, said = install(*prefix, "--display-name", "My Python")
    assert (code, said.split()[3]) == (0, "mine")
    second = spec(tmp_path, "mine")
    assert second["display_name"] == "My Python"
    assert "env" not in second
    assert "--profile" not in second["argv"]


def test_for_one_user(tmp_path: Path) -> None:
    env = {"JUPYTER_DATA_DIR": str(tmp_path / "data")}
    assert install("--user", env=env)[0] == 0
    assert (tmp_path / "data/kernels/zconsole/kernel.json").is_file()


def test_in_the_environment(tmp_path: Path) -> None:
    """--sys-prefix is the prefix of the Python that runs the command: a virtual environment of its own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True, timeout=60)
    env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    python = str(tmp_path / "bin/python")
    assert install("--sys-prefix", env=env, python=python)[0] == 0
    assert spec(tmp_path, "zconsole")["argv"][0] == python


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--name", ".."), 1, "'..' cannot be the name of a kernelspec"),
        (("--name", "a b"), 1, "'a b' cannot be the name"),
        (("--name", ""), 1, "'' cannot be the name"),
        (("--env", "A=B", "C"), 1, "'A=B' cannot be the name of an environment variable."),
        (("--env", "A"), 2, "argument --env: expected 2 arguments"),
        (("--name",), 2, "argument --name: expected one argument"),
        (("--user",), 2, "not allowed with argument --prefix"),
        (("--nosuch",), 2, "unrecognized arguments: --nosuch"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    seen = install("--prefix", str(tmp_path / "x"), *arguments)
    assert seen[0] == code
    assert said in seen[1]
    assert "Traceback" not in seen[1]
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "share").write_text("not a folder")
    code, said = install("--prefix", str(tmp_path))
    assert code == 1
    assert said.startswith(f"Cannot write the kernelspec {tmp_path}/share")
    assert said.endswith("Not a directory.\n")


def test_jupyter_starts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found through JUPYTER_PATH; its profile is loaded (a new one is made), its variables are set."""
    home, startup = tmp_path / "home", tmp_path / "ipython/profile_mine/startup"
    startup.mkdir(parents=True)
    (startup / "0.py").write_text("begun = 'in this profile'")
    for name, value in {
        "HOME": home,
        "IPYTHONDIR": tmp_path / "ipython",
        "JUPYTER_PATH": tmp_path / "share/jupyter",
        "JUPYTER_RUNTIME_DIR": tmp_path / "run",
    }.items():
        monkeypatch.setenv(name, str(value))
    install("--prefix", str(tmp_path), "--name", "a", "--profile", "mine", "--env", "SEEN", "é=1")
    install("--prefix", str(tmp_path), "--name", "b", "--profile", "new")
    assert {"a", "b"} <= KernelSpecManager().find_kernel_specs().keys()
    assert evaluate("a", "(begun, __import__('os').environ['SEEN'])") == "('in this profile', 'é=1')"
    assert evaluate("b", "get_ipython().profile") == "'new'"


def evaluate(kernel_name: str, expression: str) -> str:
    manager, client = start_new_kernel(kernel_name=kernel_name, startup_timeout=30)
    try:
        reply = client.execute_interactive("", user_expressions={"x": expression}, timeout=20)
        return str(reply["content"]["user_expressions"]["x"]["data"]["text/plain"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
