"""Results, displays and payloads, driven by jupyter_client.

Numbers in brackets are the rows of docs/behaviours.md.
"""

from __future__ import annotations

import base64
import math
from itertools import groupby
from typing import Any

import pytest

from tests.kernel.strangers import Client, running_kernel

PUBLISH = "from IPython.display import display, publish_display_data as publish, update_display\n"


def test_a_type_of_pythons_own_has_the_representations_that_are_registered_for_it(client: Client) -> None:
    html = "html = get_ipython().display_formatter.formatters['text/html']\n"
    only = {"text/plain": "5"}
    for kind in ("int", "object"):
        client.run(f"{html}html.for_type({kind}, lambda value: f'<b>{{value}}</b>' if value == 5 else None);")
        try:
            assert client.run("5").contents("execute_result")[0]["data"] == {**only, "text/html": "<b>5</b>"}
        finally:
            client.run(f"html.pop({kind})")
        assert client.run("5").contents("execute_result")[0]["data"] == only
    client.run("html.for_type_by_name('builtins', 'int', lambda value: 'by name');")
    try:
        assert client.run("5").contents("execute_result")[0]["data"] == {**only, "text/html": "by name"}
    finally:
        client.run("html.pop(int)")
    assert client.run("5").contents("execute_result")[0]["data"] == only


def test_results_are_kept(client: Client) -> None:
    """[22] `_`, `__`, `___`, `_N` and `Out`; what was printed before the result comes before it."""
    count = client.run("10").reply["content"]["execution_count"]
    client.run("20")
    client.run("30")
    assert client.run(f"_, __, ___, _{count}, Out[{count}]").result == "(30, 20, 10, 10, 10)"
    ran = client.run("print('before', end=''); 40")
    assert ran.types[-3:] == ["stream", "execute_result", "status"]
    [result] = ran.contents("execute_result")
    assert result["execution_count"] == ran.reply["content"]["execution_count"]
    assert result["metadata"] == {}


def test_a_display_is_updated_by_a_later_cell(client: Client) -> None:
    """[23] The id travels in transient, there and in the update, which is the later cell's child."""
    ran = client.run(PUBLISH + "handle = display('one', display_id=True)")
    [shown] = ran.contents("display_data")
    display_id = shown["transient"]["display_id"]
    later = client.run("handle.update('two')")
    [update] = later.contents("update_display_data")
    assert (update["transient"], update["data"]["text/plain"]) == ({"display_id": display_id}, "'two'")
    [unknown] = client.run("update_display(3, display_id='nobody')").contents("update_display_data")
    assert unknown["transient"] == {"display_id": "nobody"}


def test_clear_output_stands_where_it_was_said(client: Client) -> None:
    """[24]"""
    client.run("from IPython.display import clear_output")
    code = "print('a', end='')\nclear_output(wait=True)\nprint('b', end='')"
    ran = client.run(code)
    types = [kind for kind, _ in groupby(ran.types)]  # a print may come in two pieces
    assert types == ["status", "execute_input", "stream", "clear_output", "stream", "status"]
    assert ran.contents("clear_output") == [{"wait": True}]


def test_capture(client: Client) -> None:
    """[25] %%capture takes streams, displays and results, and gives them back."""
    ran = client.run(
        "%%capture got\nimport sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay('shown')\n'result'"
    )
    assert ran.types == ["status", "execute_input", "status"]
    assert client.run("got.stdout, got.stderr").result == r"('out\n', 'err\n')"
    assert client.run("[o.data['text/plain'] for o in got.outputs]").result == "[\"'shown'\", \"'result'\"]"
    assert client.run("got()").text() == "out\n"
    assert client.run("5").result == "5"


def test_buffers_of_displays_are_frames(client: Client) -> None:
    """[26]"""
    ran = client.run(
        "get_ipython().display_pub.publish({'text/plain': 'x'}, buffers=[b'\\x00\\xff', bytearray(3)])"
    )
    [shown] = [message for message in ran.iopub if message["msg_type"] == "display_data"]
    assert [bytes(item) for item in shown["buffers"]] == [b"\x00\xff", b"\0\0\0"]


@pytest.mark.parametrize("buffer", ["'text'", "object()", "memoryview(bytes(9))[::2]"])
def test_what_is_no_buffer_is_the_cells_error(client: Client, buffer: str) -> None:
    """[26, 28] Of displays, comms and messages of a library's own; nothing else stops."""
    client.run("import comm; pub, kernel = get_ipython().display_pub, get_ipython().kernel")
    for code in (
        f"pub.publish({{'text/plain': 'x'}}, buffers=[{buffer}])",
        f"comm.create_comm(target_name='t', buffers=[{buffer}])",
        f"kernel.session.send(kernel.iopub_socket, 'comm_msg', buffers=[{buffer}])",
    ):
        reply = client.run(code).reply["content"]
        assert (reply["status"], reply["ename"]) == ("error", "Unserializable"), code
    assert client.run("'alive'").result == "'alive'"


def test_buffers_are_what_they_were_when_they_were_said(client: Client) -> None:
    """[26] However late they are sent."""
    ran = client.run(
        "data = bytearray(b'before')\n"
        "get_ipython().display_pub.publish({'text/plain': 'x'}, buffers=[data]); data[:] = b'behind'"
    )
    [shown] = [message for message in ran.iopub if message["msg_type"] == "display_data"]
    assert bytes(shown["buffers"][0]) == b"before"


def test_values_that_json_lacks_are_converted(client: Client) -> None:
    """[27] Bytes become base64 text, sets and tuples lists, dates ISO text; numpy's numbers plain ones."""
    ran = client.run(
        PUBLISH + "import datetime\n"
        "publish({'image/png': b'\\x89PNG', 'application/json': "
        "{'tuple': (1, 2), 'set': {3}, 'date': datetime.date(2020, 1, 2), 'bytes': b'ab'}})"
    )
    [shown] = ran.contents("display_data")
    assert base64.b64decode(shown["data"]["image/png"]) == b"\x89PNG"
    assert shown["data"]["application/json"] == {
        "tuple": [1, 2],
        "set": [3],
        "date": "2020-01-02",
        "bytes": "YWI=",
    }


def test_numbers_that_json_lacks(client: Client) -> None:
    """[28] NaN and infinities become null, and the cell does not fail for them; keys become text."""
    ran = client.run(
        PUBLISH + "publish({'application/json': {'x': float('nan'), 'y': [float('inf')], 5: 1, None: 2}})"
    )
    [shown] = ran.contents("display_data")
    assert ran.status == "ok"
    assert shown["data"]["application/json"] == {"x": None, "y": [None], "5": 1, "null": 2}
    assert not any(isinstance(value, float) and math.isnan(value) for value in shown["data"].values())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("publish({'application/json': object()})", "object"),
        ("publish({'text/plain': 'x'}, metadata={'m': object()})", "object"),
        ("publish({'text/plain': 'x'}, transient={'t': lambda: 0})", "function"),
        ("loop = []; loop.append(loop); publish({'application/json': loop})", "containing itself"),
        ("publish({'application/json': 10 ** 5000})", "display_data"),
        ("class R:\n    def _repr_mimebundle_(self, **_): return {'a/b': object()}\nR()", "object"),
        ("class M:\n    def _repr_mimebundle_(self, **_): return {'a/b': 1}, {'m': object()}\nM()", "object"),
    ],
)
def test_what_has_no_json_form_is_the_cells_error(client: Client, code: str, said: str) -> None:
    """[28] Data, metadata and transient of displays and results: an error reply that names the type."""
    ran = client.run(PUBLISH + code)
    assert ran.status == "error"
    assert said in ran.reply["content"]["evalue"]
    assert [item["evalue"] for item in ran.contents("error")] == [ran.reply["content"]["evalue"]]
    assert client.run("'alive'").result == "'alive'"


def test_what_has_no_json_form_in_user_expressions_is_theirs(client: Client) -> None:
    """[8, 28] The reply comes, with that expression an error."""
    ran = client.run(
        "class R:\n    def _repr_mimebundle_(self, **_): return {'a/b': object()}",
        user_expressions={"bad": "R()", "good": "1"},
    )
    values = ran.reply["content"]["user_expressions"]
    assert (values["bad"]["status"], values["good"]["status"]) == ("error", "ok")


def test_what_has_no_json_form_in_a_payload_is_the_requests_error(client: Client) -> None:
    """[28, 34] The reply comes all the same, and the next cell has no payload of it."""
    ran = client.run("get_ipython().payload_manager.write_payload({'source': 'x', 'data': object()})")
    assert ran.status == "error"
    assert "no JSON form" in ran.reply["content"]["evalue"]
    assert client.run("1").reply["content"]["payload"] == []


def payload(client: Client, code: str) -> list[dict[str, Any]]:
    return list(client.run(code).reply["content"]["payload"])


def test_pages(client: Client, tmp_path: Any) -> None:
    """[30] Help and files go into the payload, for the client's pager."""
    client.run("import json")
    file = tmp_path / "paged.txt"
    file.write_text("to be read in peace")
    codes = ("print?", "%pinfo print", "json.dumps??", "%psource json.dumps", "%pdoc print", f"%less {file}")
    for code in codes:
        [item] = payload(client, code)
        assert item["source"] == "page", code
        assert item["data"]["text/plain"], code
        assert item["start"] == 0


def test_pages_may_be_displayed(kernel_env: dict[str, str]) -> None:
    """[30] With `display_page` they come as displays."""
    with running_kernel(kernel_env, ("--InteractiveShell.display_page=True",)) as client:
        ran = client.run("print?")
        assert ran.reply["content"]["payload"] == []
        assert ran.contents("display_data")[0]["data"]["text/plain"]


def test_the_newest_next_input_survives(client: Client, tmp_path: Any) -> None:
    """[31] Also of %load, %recall and %rep; %load replaces the input."""
    shell = "get_ipython().set_next_input"
    assert [item["text"] for item in payload(client, f"{shell}('a'); {shell}('b')")] == ["b"]
    source = tmp_path / "loaded.py"
    source.write_text("loaded = 1\n")
    [item] = payload(client, f"%load {source}")
    assert "loaded = 1" in item["text"]
    assert item["replace"] is True
    count = client.run("recalled = 5").reply["content"]["execution_count"]
    for magic in ("recall", "rep"):
        [item] = payload(client, f"%{magic} {count}")
        assert (item["text"], item["replace"]) == ("recalled = 5", False)


@pytest.mark.parametrize("code", ["quit", "quit()", "exit()"])
def test_leaving_is_asked_of_the_client(client: Client, code: str) -> None:
    """[32] The kernel itself stays."""
    assert payload(client, code) == [{"source": "ask_exit", "keepkernel": False}]
    assert client.run("'here'").result == "'here'"


def test_editing_is_asked_of_the_client(client: Client, tmp_path: Any) -> None:
    """[33] With an absolute path and the line."""
    client.run(f"%cd -q {tmp_path}")
    (tmp_path / "module_to_edit.py").write_text("\n\ndef there():\n    pass\n")
    [item] = payload(client, "%edit -n 7 module_to_edit.py")
    assert item == {
        "source": "edit_magic",
        "filename": str(tmp_path / "module_to_edit.py"),
        "line_number": 7,
        "run": True,
        "temporary": False,
    }
    client.run("import sys; sys.path.insert(0, ''); import module_to_edit")
    [item] = payload(client, "%edit module_to_edit.there")
    assert (item["filename"], item["line_number"]) == (str(tmp_path / "module_to_edit.py"), 3)


def test_payloads_of_a_failed_cell_are_its_own(client: Client) -> None:
    """[34] They come with the error's reply and not with the next."""
    ran = client.run("get_ipython().set_next_input('again'); 1/0")
    assert [item["text"] for item in ran.reply["content"]["payload"]] == ["again"]
    assert payload(client, "1") == []
