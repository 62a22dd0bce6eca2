"""What libraries look for in `get_ipython()` and its kernel, and magics for the client."""

from __future__ import annotations

import json
from pathlib import Path

from tests.kernel.strangers import Client


def test_the_parent_of_a_thread(client: Client) -> None:
    """[96] What a thread says can be made to belong to another cell than that which started it."""
    first = client.run(
        "import threading\nip = get_ipython(); go = threading.Event()\n"
        "def work():\n"
        "    go.wait(20)\n"
        "    token = ip.set_thread_parent(parent); print('to the second'); display('shown')\n"
        "    ip.reset_thread_parent(token); print('to the first')\n"
        "thread = threading.Thread(target=work); thread.start()"
    ).reply["parent_header"]["msg_id"]
    second = client.execute("parent = ip.get_parent(); go.set(); thread.join()")
    seen: dict[str, str] = {}
    while "to the first\n" not in seen.get(first, ""):
        message = client.get_iopub_msg(timeout=20)
        content = message["content"]
        text = content.get("text") or content.get("data", {}).get("text/plain", "")
        parent = message["parent_header"]["msg_id"]
        seen[parent] = seen.get(parent, "") + text
    assert seen[second] == "to the second\n'shown'"
    client.get_shell_msg(timeout=20)


def test_a_thread_that_serves_every_cell(client: Client) -> None:
    """ipyparallel takes its threads out of the bookkeeping by which a thread speaks for who started it."""
    client.run(
        "import queue, sys, threading; asked, answered = queue.Queue(), queue.Queue()\n"
        "def serve():\n"
        "    mapping = sys.stdout._thread_to_parent_header\n"
        "    if mapping: mapping.pop(threading.current_thread().ident, None)\n"
        "    while text := asked.get(): print(text); answered.put(text)\n"
        "thread = threading.Thread(target=serve); thread.start()"
    )
    ran = client.run("asked.put('for the newest'); _ = answered.get()")
    assert ran.text() == "for the newest\n"
    client.run("asked.put(None); thread.join()")


def test_input_after_a_library_has_set_the_parent_to_what_it_was(client: Client) -> None:
    """As ipywidgets' Output does."""
    msg_id = client.execute(
        "ip = get_ipython(); ip.set_parent(ip.get_parent()); input('? ')", allow_stdin=True
    )
    client.get_stdin_msg(timeout=20)
    client.input("yes")
    assert client.collect(msg_id).result == "'yes'"


def test_messages_of_a_librarys_own(client: Client) -> None:
    """[96] As ipyparallel passes on what an engine's widgets say."""
    ran = client.run(
        "k = get_ipython().kernel\n"
        "k.session.send(k.iopub_socket, 'comm_msg', content={'comm_id': 'x', 'data': {'a': 1}}, "
        "metadata={'m': 2}, buffers=[b'\\x00'], parent=k.get_parent('shell'))"
    )
    [message] = [each for each in ran.iopub if each["msg_type"] == "comm_msg"]
    assert message["content"] == {"comm_id": "x", "data": {"a": 1}}
    assert message["metadata"] == {"m": 2}
    assert [bytes(each) for each in message["buffers"]] == [b"\x00"]
    assert client.run("k.session.send('shell', 'execute_reply', content={})").status == "error"
    assert client.run("k.session.send(k.iopub_socket, 'comm_msg', ident='text')").status == "error"
    assert client.run("k.shell is get_ipython()").result == "True"


def test_hooks_on_displays(client: Client) -> None:
    ran = client.run(
        "import threading\npub = get_ipython().display_pub; kept = []\n"
        "def hook(m):\n"
        "    if m['msg_type'] == 'clear_output': return kept.append(m)\n"
        "    m['content']['data']['text/plain'] = 'changed'; return m\n"
        "pub.register_hook(hook)\n"
        "display(1); pub.clear_output()\n"
        "t = threading.Thread(target=display, args=(2,)); t.start(); t.join()\n"
        "print(pub.unregister_hook(hook), pub.unregister_hook(hook), kept[0]['content'])\n"
        "display(3)"
    )
    shown = [content["data"]["text/plain"] for content in ran.contents("display_data")]
    assert shown == ["changed", "2", "3"]
    assert "clear_output" not in ran.types
    assert ran.text() == "True False {'wait': False}\n"


def test_comms_after_ipykernel_has_been_imported(client: Client) -> None:
    """Its import puts its own comms in place of ours."""
    client.run("import ipykernel.ipkernel")
    ran = client.run("import comm; c = comm.create_comm(target_name='after')")
    assert [each["target_name"] for each in ran.contents("comm_open")] == ["after"]
    assert client.run("comm.get_comm_manager() is get_ipython().kernel.comm_manager").result == "True"


def test_a_magics_complaint_is_shown_once(client: Client) -> None:
    ran = client.run("%nosuch")
    assert ran.text("stderr") == "UsageError: Line magic function `%nosuch` not found.\n"
    assert ran.reply["content"]["ename"] == "UsageError"
    assert "error" not in ran.types


def test_nothing_is_no_output(client: Client) -> None:
    assert "stream" not in client.run("print('', end=''); import sys; sys.stderr.write('')").types


def test_clear(client: Client) -> None:
    assert client.run("%clear").text() == "\x1b[H\x1b[2J"


def test_less_is_the_clients_pager(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "a file.txt"
    file.write_text("line\n")
    [payload] = client.run(f"%less {file}").reply["content"]["payload"]
    assert (payload["source"], payload["data"]["text/plain"]) == ("page", "line\n")
    assert "Cannot read /nosuch: No such file or directory." in client.run("%more /nosuch").text("stderr")
    assert "%less needs the name of a file." in client.run("%less").text("stderr")


def test_where_the_kernel_is(client: Client) -> None:
    said = client.run("%connect_info").text()
    file = str(client.launched.connection_file)
    described, _, hint = said.partition("\n\n")
    assert json.loads(described) == json.loads(Path(file).read_text())
    assert f"zconsole --existing {file}\n" in hint


def test_a_qtconsole_that_is_not_there(client: Client) -> None:
    client.run("import importlib.util as u; keep, u.find_spec = u.find_spec, lambda name: None")
    ran = client.run("%qtconsole")
    client.run("u.find_spec = keep")
    assert "The package qtconsole is not installed here." in ran.text("stderr")


def test_a_run_cell_of_a_librarys_own(client: Client) -> None:
    """As %autopx has one while it is enabled."""
    client.run(
        "ip, seen = get_ipython(), []\n"
        "def run_cell(code, *args, **kwargs):\n"
        "    seen.append(code); return type(ip).run_cell(ip, code, *args, **kwargs)\n"
        "ip.run_cell = run_cell"
    )
    assert client.run("6 * 7").result == "42"
    assert client.run("import asyncio\nawait asyncio.sleep(0, 'waited')").result == "'waited'"
    assert client.run("asyncio.run(asyncio.sleep(0, 'run'))").result == "'run'"
    assert client.run("1/0").reply["content"]["ename"] == "ZeroDivisionError"
    client.run("del ip.run_cell")
    assert (
        client.run("[line.split()[0] for line in seen]").result
        == "['6', 'import', 'asyncio.run(asyncio.sleep(0,', '1/0', 'del']"
    )
