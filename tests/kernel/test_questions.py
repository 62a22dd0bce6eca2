"""complete, inspect, is_complete, history, kernel_info, connect: driven by jupyter_client."""

from __future__ import annotations

import pytest

from tests.kernel.strangers import Client


def test_completion_of_live_objects(client: Client) -> None:
    """[62, 63]"""
    client.run("class Thing:\n    alpha_one = 1\n    alpha_two = 2\nthing = Thing()")
    reply = client.answer("complete_request", {"code": "thing.al", "cursor_pos": 8})["content"]
    assert reply["matches"] == ["alpha_one", "alpha_two"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (6, 8)
    assert [item["text"] for item in reply["metadata"]["_jupyter_types_experimental"]] == reply["matches"]


@pytest.mark.parametrize("cursor", [-5, 99, None])
def test_cursor_out_of_range(client: Client, cursor: int | None) -> None:
    """[62] It is put right, and answered."""
    for msg_type in ("complete_request", "inspect_request"):
        assert (
            client.answer(msg_type, {"code": "import o", "cursor_pos": cursor})["content"]["status"] == "ok"
        )


def test_cursor_counts_code_points(client: Client) -> None:
    """[62] Characters beyond the basic plane count one."""
    reply = client.answer("complete_request", {"code": "'𝒳'; zi", "cursor_pos": 7})["content"]
    assert (reply["matches"], reply["cursor_start"]) == (["zip"], 5)


def test_inspect(client: Client) -> None:
    """[66]"""
    found = client.answer("inspect_request", {"code": "zip(", "cursor_pos": 3, "detail_level": 0})["content"]
    assert found["found"]
    assert "iterable" in found["data"]["text/plain"]
    unknown = client.answer("inspect_request", {"code": "nosuch", "cursor_pos": 3})["content"]
    assert (unknown["status"], unknown["found"], unknown["data"]) == ("ok", False, {})


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("1 + 1", {"status": "complete"}),
        ("for i in x:", {"status": "incomplete", "indent": "    "}),
        ("x = 1 +", {"status": "invalid"}),
        ("", {"status": "complete"}),
        ("%%time", {"status": "incomplete", "indent": ""}),
    ],
)
def test_is_complete(client: Client, code: str, answer: dict[str, str]) -> None:
    """[67]"""
    assert client.answer("is_complete_request", {"code": code})["content"] == answer


def test_history(client: Client) -> None:
    """[68] What has just run is there, though it is written later."""
    client.run("needle = 'haystack'")
    tail = client.answer("history_request", {"hist_access_type": "tail", "n": 2, "raw": True})["content"]
    assert tail["history"][-1][2] == "needle = 'haystack'"
    found = client.answer(
        "history_request", {"hist_access_type": "search", "pattern": "needle*", "raw": True}
    )
    assert found["content"]["history"][-1][2] == "needle = 'haystack'"
    session = client.answer(
        "history_request", {"hist_access_type": "range", "session": 0, "start": 1, "stop": 3, "output": True}
    )["content"]["history"]
    assert isinstance(session[0][2], list)
    assert session[0][0] == tail["history"][-1][0]
    assert client.answer("history_request", {"hist_access_type": "nosuch"})["content"]["history"] == []


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_kernel_info(client: Client, channel: str) -> None:
    """[70]"""
    info = client.answer("kernel_info_request", channel=channel)["content"]
    assert info["status"] == "ok"
    assert info["protocol_version"] == "5.5"
    assert info["language_info"]["pygments_lexer"] == "ipython3"


def test_kernel_info_while_a_cell_runs(client: Client) -> None:
    """[70] Also on shell, which queues for everybody else."""
    busy = client.execute("import time; time.sleep(1)", allow_stdin=False)
    client.answer("kernel_info_request", channel="control")
    client.answer("kernel_info_request", channel="shell")
    ran = client.collect(busy)
    assert ran.status == "ok"


def test_connect(client: Client) -> None:
    """The ports, for those who ask."""
    reply = client.answer("connect_request")["content"]
    assert reply["shell_port"] == 1
