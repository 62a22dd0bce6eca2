"""stack_request: where the user's code is, told while it runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.strangers import WAIT, Client

Frames = list[dict[str, Any]]


def stack(client: Client) -> Frames:
    content = client.answer("stack_request", channel="control")["content"]
    assert content["status"] == "ok"
    frames: Frames = content["frames"]
    return frames


def stack_with(client: Client, code: str) -> Frames:
    """The stack as soon as its innermost frame stands at this code."""
    deadline = time.monotonic() + WAIT
    while not (frames := stack(client)) or code not in frames[-1]["code"]:
        assert time.monotonic() < deadline, frames
    return frames


def begun(client: Client, code: str) -> tuple[str, int]:
    """Send a cell; its request and number, when it runs."""
    msg_id = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=WAIT)
        if message["msg_type"] == "execute_input" and message["parent_header"]["msg_id"] == msg_id:
            return msg_id, message["content"]["execution_count"]


def stop(client: Client, msg_id: str) -> None:
    client.signal()
    assert client.collect(msg_id).status == "error"


def test_nothing_runs(client: Client) -> None:
    client.run("1")
    assert stack(client) == []
    assert "zconsole stack" in client.answer("kernel_info_request")["content"]["supported_features"]


def test_frames_of_a_cell_and_a_module(client: Client, tmp_path: Path) -> None:
    (tmp_path / "slowly.py").write_text("import time\n\ndef wait():\n    time.sleep(100)\n")
    client.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import slowly")
    msg_id, number = begun(client, "class A:\n    def go(self):\n        slowly.wait()\n\nA().go()")
    frames = stack_with(client, "time.sleep(100)")
    assert [(each["name"], each["line"], each["code"], each["cell"]) for each in frames] == [
        ("<module>", 5, "A().go()", number),
        ("A.go", 3, "slowly.wait()", number),
        ("wait", 4, "time.sleep(100)", None),
    ]
    assert frames[-1]["file"] == str(tmp_path / "slowly.py")
    assert frames[-1]["module"] == "slowly"
    stop(client, msg_id)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (
            "import asyncio\nasync def f():\n    await asyncio.sleep(100)\nawait f()",
            ["<module>", "f", "sleep"],
        ),
        ("import time\ntime.sleep(100)", ["<module>"]),
        ("%timeit -n1 -r1 time.sleep(100)", ["<module>", "inner"]),
        ("import subprocess\nsubprocess.run(['sleep', '100'])", ["<module>", "run"]),
    ],
    ids=["await", "C", "magic", "library"],
)
def test_plumbing_is_left_out(client: Client, code: str, names: list[str]) -> None:
    msg_id, number = begun(client, code)
    deadline = time.monotonic() + WAIT
    frames: Frames = []
    while [each["name"] for each in frames][: len(names)] != names:
        assert time.monotonic() < deadline, frames
        frames = stack(client)
    assert frames[0]["cell"] == number
    stop(client, msg_id)


def test_a_deep_stack_is_told_by_its_ends(client: Client) -> None:
    msg_id, _ = begun(
        client, "def deep(n):\n    deep(n - 1) if n else time.sleep(100)\nimport time\ndeep(500)"
    )
    deadline = time.monotonic() + WAIT
    while len(frames := stack(client)) < 50:
        assert time.monotonic() < deadline, frames
    assert len(frames) == 50
    assert frames[0]["name"] == "<module>"
    stop(client, msg_id)


def test_input_is_where_the_cell_asks(client: Client) -> None:
    msg_id = client.execute("x = input()", allow_stdin=True)
    client.get_stdin_msg(timeout=WAIT)
    [frame] = stack(client)
    assert frame["code"] == "x = input()"
    client.input("y")
    assert client.collect(msg_id).status == "ok"
