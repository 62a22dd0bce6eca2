"""Comms, both ways, driven by jupyter_client."""

from __future__ import annotations

from typing import Any

from tests.kernel.strangers import Client

OPEN = "import comm\nc = comm.create_comm(target_name='t', data={'a': 1}, buffers=[b'\\x00\\xff'])"


def between(client: Client, msg_id: str) -> list[dict[str, Any]]:
    """What iopub has for a request, up to its idle."""
    found: list[dict[str, Any]] = []
    while True:
        message = client.get_iopub_msg(timeout=20)
        if message["parent_header"].get("msg_id") != msg_id:
            continue
        if message["content"].get("execution_state") == "idle":
            return found
        found.append(message)


def test_from_the_kernel_and_back(client: Client) -> None:
    """[88]"""
    ran = client.run(
        OPEN + "\nc.on_msg(lambda m: c.send({'echo': m['content']['data']}, buffers=m['buffers']))"
    )
    [opened] = [message for message in ran.iopub if message["msg_type"] == "comm_open"]
    assert opened["content"]["target_name"] == "t"
    assert [bytes(each) for each in opened["buffers"]] == [b"\x00\xff"]
    comm_id = opened["content"]["comm_id"]
    message = client.session.msg("comm_msg", {"comm_id": comm_id, "data": {"n": 5}})
    client.session.send(client.shell_channel.socket, message, buffers=[b"\x01"])
    _busy, back = between(client, message["header"]["msg_id"])
    assert back["content"]["data"] == {"echo": {"n": 5}}
    assert [bytes(each) for each in back["buffers"]] == [b"\x01"]
    comms = client.answer("comm_info_request", {"target_name": "t"})["content"]["comms"]
    assert comms[comm_id] == {"target_name": "t"}
    assert client.answer("comm_info_request", {"target_name": "other"})["content"]["comms"] == {}
    assert client.run("c.close()").contents("comm_close") == [{"comm_id": comm_id, "data": {}}]


def test_from_the_client(client: Client) -> None:
    """[88]"""
    client.run(
        "got = []\nget_ipython().kernel.comm_manager.register_target('ct', lambda c, m: got.append(m))"
    )
    msg_id = client.send_request("comm_open", {"comm_id": "abc", "target_name": "ct", "data": {"z": 1}})
    between(client, msg_id)
    assert client.run("got[0]['content']['data']").result == "{'z': 1}"


def test_an_unknown_target_is_closed(client: Client) -> None:
    """[88]"""
    msg_id = client.send_request("comm_open", {"comm_id": "nobody", "target_name": "nosuch", "data": {}})
    closed = [each["content"] for each in between(client, msg_id) if each["msg_type"] == "comm_close"]
    assert closed == [{"comm_id": "nobody", "data": {}}]


def test_callbacks_that_raise_and_messages_that_lack_fields(client: Client) -> None:
    """[88] Busy is met by idle, and the kernel goes on."""
    client.run(OPEN + "\nc.on_msg(lambda m: 1/0)")
    comm_id = client.run("c.comm_id").result.strip("'")
    contents: list[dict[str, Any]] = [{"comm_id": comm_id, "data": {}}, {"data": {}}, {"comm_id": 5}]
    for content in contents:
        between(client, client.send_request("comm_msg", content))
    assert client.run("'alive'").result == "'alive'"


def test_the_parent_is_the_comm_message(client: Client) -> None:
    """[88]"""
    client.run(OPEN + "\nc.on_msg(lambda m: print('said by a comm'))")
    comm_id = client.run("c.comm_id").result.strip("'")
    seen = between(client, client.send_request("comm_msg", {"comm_id": comm_id, "data": {}}))
    assert "".join(each["content"].get("text", "") for each in seen) == "said by a comm\n"


def test_the_message_is_whole(client: Client) -> None:
    """A library may look at all that jupyter_client's dictionaries have; ipyparallel passes messages on."""
    client.run(OPEN + "\ngot = []; c.on_msg(got.append)")
    comm_id = client.run("c.comm_id").result.strip("'")
    msg_id = client.send_request("comm_msg", {"comm_id": comm_id, "data": {}})
    between(client, msg_id)
    keys = "buffers content header metadata msg_id msg_type parent_header"
    assert client.run("' '.join(sorted(got[0]))").result == repr(keys)
    assert client.run("got[0]['msg_type'], got[0]['msg_id']").result == str(("comm_msg", msg_id))
    assert client.run("got[0]['header']['session']").result == repr(client.session.session)
