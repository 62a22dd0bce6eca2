"""complete, inspect, is_complete, history, kernel_info, connect: driven by jupyter_client."""

from __future__ import annotations

import pytest

from tests.kernel.strangers import Client, Gate, running_kernel


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


@pytest.mark.parametrize("msg_type", ["complete_request", "inspect_request"])
def test_a_question_can_be_interrupted(client: Client, msg_type: str) -> None:
    """[71] Although an object's own code does not come back: there is an answer (IPython may swallow the
    exception and go on without that object)."""
    client.run(
        "import itertools\nclass Stuck:\n    once = itertools.repeat(0, 1)\n    def __dir__(self):\n"
        "        for _ in Stuck.once:\n            print('stuck', flush=True)\n            while True: pass\n"
        "        return []\n"
        "    def __getattr__(self, name):\n        self.__dir__()\n        raise AttributeError(name)\n"
        "stuck_object = Stuck()"
    )
    msg_id = client.send_request(msg_type, {"code": "stuck_object.", "cursor_pos": 13})
    client.await_stream("stuck")
    client.signal()
    assert client.collect(msg_id).reply["content"]["status"] in ("ok", "error")
    client.run("del stuck_object")


def test_no_matches(client: Client) -> None:
    """[63] Nothing to complete: the range is the cursor."""
    reply = client.answer("complete_request", {"code": "x; nosuch", "cursor_pos": 8})["content"]
    assert (reply["matches"], reply["cursor_start"], reply["cursor_end"]) == ([], 8, 8)


def test_completion_runs_no_code_of_properties(client: Client) -> None:
    """[64] Names of an object behind a property or a call are not had by running it."""
    client.run(
        "ran = []\nclass Lazy:\n    @property\n    def deep(self): ran.append(1); return ''\nlazy = Lazy()"
    )
    client.answer("complete_request", {"code": "lazy.deep.", "cursor_pos": 10})
    client.answer("complete_request", {"code": "ran.append(2).", "cursor_pos": 14})
    assert client.run("ran").result == "[]"


def test_completions_have_kinds_and_signatures(client: Client) -> None:
    """[63] IPython's kinds, and where it knows of none, those of the live objects."""
    client.run("import os\ndef fun(a, b=2): pass\nnested = {'a.b': 1}")

    def about(code: str) -> dict[str, tuple[str, str]]:
        content = {"code": code, "cursor_pos": len(code)}
        metadata = client.answer("complete_request", content)["content"]["metadata"]
        items = metadata["_jupyter_types_experimental"]
        return {item["text"]: (item["type"], item["signature"]) for item in items}

    assert about("fu")["fun"] == ("function", "(a, b=2)")
    assert about("os.pa")["path"] == ("module", "")
    assert about("from os import pathc")["pathconf"][0] == "function"
    assert about("import o")["os"] == ("module", "")
    assert about("nested['")["a.b"] == ("dict key", "")
    assert about("%time")["%time"] == ("magic", "")
    assert about("fun(")["b="] == ("param", "")
    assert about("fun(1).nosuch") == {}


def test_inspect_details(client: Client) -> None:
    """[66] Level 1 has the source; html comes only when the user has enabled it."""
    client.run("def documented():\n    'its text'\n    return 'its source'")

    def data(level: int) -> dict[str, str]:
        content = {"code": "documented()", "cursor_pos": 5, "detail_level": level}
        return dict(client.answer("inspect_request", content)["content"]["data"])

    assert "its text" in data(0)["text/plain"]
    assert "its source" not in data(0)["text/plain"]
    assert "its source" in data(1)["text/plain"]
    assert set(data(0)) == {"text/plain"}
    client.run("get_ipython().enable_html_pager = True")
    assert set(data(0)) == {"text/plain", "text/html"}
    client.run("get_ipython().enable_html_pager = False")


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
        ("%%time\n1\n\n", {"status": "complete"}),
        ("x = 1 + \\", {"status": "incomplete", "indent": ""}),
        ("if x:\n    y", {"status": "incomplete", "indent": "    "}),
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


def test_history_of_earlier_sessions(kernel_env: dict[str, str]) -> None:
    """[68] A negative session counts back; `unique` leaves repetitions out; `n` is a limit."""
    with running_kernel(kernel_env) as client:
        client.run("of_an_earlier_session = 1")
        client.answer("shutdown_request", {"restart": False}, "control")
        client.gone()
    with running_kernel(kernel_env) as client:

        def history(kind: str, **fields: object) -> list[str]:
            reply = client.answer("history_request", {"hist_access_type": kind, **fields})["content"]
            assert reply["status"] == "ok"
            return [row[2] for row in reply["history"]]

        for _ in range(3):
            client.run("repeated = 2")
        assert history("range", session=-1, start=1, stop=2) == ["of_an_earlier_session = 1"]
        assert history("search", pattern="repeated*") == ["repeated = 2"] * 3
        assert history("search", pattern="repeated*", unique=True) == ["repeated = 2"]
        assert history("search", pattern="*", n=1) == ["repeated = 2"]
        assert history("tail", n=2) == ["repeated = 2"] * 2


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_kernel_info(client: Client, channel: str) -> None:
    """[70]"""
    info = client.answer("kernel_info_request", channel=channel)["content"]
    assert info["status"] == "ok"
    assert info["protocol_version"] == "5.5"
    assert info["language_info"]["pygments_lexer"] == "ipython3"


def test_kernel_info_while_a_cell_runs(client: Client, gate: Gate) -> None:
    """[70] Also on shell, which queues for everybody else."""
    busy = client.execute(gate.wait, allow_stdin=False)
    for channel in ("control", "shell"):
        assert client.answer("kernel_info_request", channel=channel)["content"]["status"] == "ok"
    gate.open()
    assert client.collect(busy).status == "ok"


def test_connect(client: Client) -> None:
    """The ports, for those who ask."""
    reply = client.answer("connect_request")["content"]
    assert reply["shell_port"] == 1
