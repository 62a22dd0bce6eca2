"""The examples as a reader runs them: real processes, and a client or a kernel that is not theirs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.strangers import Client, connected, end
from zconsole.launch import launch

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def echo(home: dict[str, str]) -> Iterator[Client]:
    """jupyter_client with the echo kernel."""
    launched = launch([sys.executable, str(EXAMPLES / "echo_kernel.py"), "-f", "{connection_file}"], home)
    client = connected(launched)
    try:
        client.wait_for_ready(timeout=20)
        yield client
    finally:
        client.stop_channels()
        end(launched)


def test_the_echo_kernel(echo: Client) -> None:
    about = echo.answer("kernel_info_request", channel="control")["content"]
    assert (about["implementation"], about["language_info"]["name"]) == ("echo", "echo")
    ran = echo.run("hello")
    assert ran.result == "hello"
    assert ran.reply["content"]["execution_count"] == 1
    assert echo.run("quietly", silent=True).types == ["status", "status"]
    assert echo.answer("is_complete_request", {"code": "("})["content"]["status"] == "complete"
    assert echo.answer("complete_request", {"code": "ab"})["content"]["matches"] == []

    refused = echo.answer("debug_request", {"command": "debugInfo"}, "control")["content"]
    assert (refused["success"], refused["message"]) == (False, "There is no debugger for this language.")

    msg_id = echo.execute("who are you?", allow_stdin=True)
    assert echo.get_stdin_msg(timeout=20)["content"]["prompt"] == "who are you?"
    echo.input("nobody")
    ran = echo.collect(msg_id)
    assert ran.result == "nobody"
    assert ran.reply["content"]["execution_count"] == 2

    msg_id = echo.execute("still there?", allow_stdin=True)
    echo.get_stdin_msg(timeout=20)
    echo.signal()
    ran = echo.collect(msg_id)
    assert [each["ename"] for each in ran.contents("error")] == ["KeyboardInterrupt"]
    assert echo.run("yes").result == "yes"

    echo.send_request("shutdown_request", {"restart": False}, "control")
    assert echo.gone() == 0


def test_a_kernel_that_is_not_told_where_to_listen() -> None:
    ran = run("echo_kernel.py")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "A kernel needs the file that says where it is to listen: -f CONNECTION_FILE.\n"


def test_the_client(home: dict[str, str]) -> None:
    ran = run(
        "client.py", "x = 6; print('six')", "import sys; print('err', file=sys.stderr)", "x * 7", env=home
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "six\n42\n", "err\n")


def test_the_client_stops_at_a_failure(home: dict[str, str]) -> None:
    ran = run("client.py", "print('before')", "1/0", "print('after')", env=home)
    assert (ran.returncode, ran.stdout) == (1, "before\n")
    assert "division by zero" in ran.stderr


def test_the_client_says_how_a_kernel_died(home: dict[str, str]) -> None:
    ran = run("client.py", "import os; os._exit(3)", "print('after')", env=home)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", "The kernel exited with code 3.\n")


def run(name: str, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
