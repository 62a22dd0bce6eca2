"""Widgets from the front to the back: the front end here is jupyter_client, ipywidgets is real.

The front's half of the protocol is `packages/schema/messages.md` of ipywidgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.kernel.strangers import Client, Ran, running_kernel

VIEW = "application/vnd.jupyter.widget-view+json"


def say(front: Client, msg_type: str, content: dict[str, Any], buffers: Sequence[bytes] = ()) -> Ran:
    """Send a message that has no reply; what the kernel says to it, up to its idle."""
    control = content.get("target_name") == "jupyter.widget.control"
    message = front.session.msg(msg_type, content, metadata={"version": "1.0.0" if control else "2.1.0"})
    front.session.send(front.shell_channel.socket, message, buffers=list(buffers))
    ran = Ran({})
    while True:
        said = front.get_iopub_msg(timeout=20)
        if said["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        if said["content"].get("execution_state") == "idle":
            return ran
        ran.iopub.append(said)


def to_widget(front: Client, comm_id: str, data: dict[str, Any], buffers: Sequence[bytes] = ()) -> Ran:
    """Send a comm_msg; what the kernel says to it."""
    return say(front, "comm_msg", {"comm_id": comm_id, "data": data}, buffers)


def change(front: Client, comm_id: str, **state: Any) -> Ran:
    """The user has changed a widget."""
    return to_widget(front, comm_id, {"method": "update", "state": state, "buffer_paths": []})


def states(ran: Ran, method: str = "update") -> list[dict[str, Any]]:
    """What the kernel has told widgets' front halves to be."""
    said = [content["data"] for content in ran.contents("comm_msg")]
    return [data["state"] for data in said if data["method"] == method]


@pytest.fixture(scope="module")
def front(environment: dict[str, str]) -> Iterator[Client]:
    pytest.importorskip("ipywidgets")
    with running_kernel(environment) as client:
        client.run("import ipywidgets as w")
        yield client


def model(front: Client, expression: str) -> str:
    """A widget's id, which is its comm's."""
    return front.run(f"{expression}.model_id").result.strip("'")


def test_a_widget_is_opened_and_shown(front: Client) -> None:
    ran = front.run("slider = w.IntSlider(value=3); slider")
    opened = {content["comm_id"]: content for content in ran.contents("comm_open")}
    [shown] = ran.contents("execute_result")
    mine = opened[shown["data"][VIEW]["model_id"]]
    assert mine["target_name"] == "jupyter.widget"
    assert mine["data"]["state"]["value"] == 3
    assert len(opened) == 3, "with its layout and its style"
    metadata = [each["metadata"] for each in ran.iopub if each["msg_type"] == "comm_open"]
    assert {each["version"] for each in metadata} == {"2.1.0"}
    comms = front.answer("comm_info_request", {"target_name": "jupyter.widget"})["content"]["comms"]
    assert opened.keys() <= comms.keys()


def test_a_change_from_the_front(front: Client) -> None:
    front.run("slider = w.IntSlider(); slider.observe(lambda change: print('now', change['new']), 'value')")
    ran = change(front, model(front, "slider"), value=42)
    assert ran.text() == "now 42\n"
    assert states(ran, "echo_update") == [{"value": 42}], "for other front ends"
    assert front.run("slider.value").result == "42"


def test_a_change_from_the_kernel(front: Client) -> None:
    front.run("slider = w.IntSlider()")
    assert states(front.run("slider.value = 7")) == [{"value": 7}]


def test_one_widget_moves_another(front: Client) -> None:
    front.run("a, b = w.IntSlider(), w.IntText(); link = w.link((a, 'value'), (b, 'value'))")
    ran = change(front, model(front, "a"), value=9)
    assert {"value": 9} in states(ran)
    assert front.run("b.value").result == "9"


def test_a_button(front: Client) -> None:
    front.run("button = w.Button(); button.on_click(lambda b: print('clicked', b is button))")
    click = {"method": "custom", "content": {"event": "click"}}
    assert to_widget(front, model(front, "button"), click).text() == "clicked True\n"


def test_a_callback_that_fails(front: Client) -> None:
    front.run("button = w.Button(); button.on_click(lambda b: 1/0)")
    ran = to_widget(front, model(front, "button"), {"method": "custom", "content": {"event": "click"}})
    [error] = ran.contents("error")
    assert error["ename"] == "ZeroDivisionError"
    assert front.run("'alive'").result == "'alive'"


def test_bytes_both_ways(front: Client) -> None:
    ran = front.run("image = w.Image(value=b'\\x00\\xff', format='png')")
    [opened] = [each for each in ran.iopub if each["content"].get("data", {}).get("buffer_paths")]
    assert opened["content"]["data"]["buffer_paths"] == [["value"]]
    assert [bytes(each) for each in opened["buffers"]] == [b"\x00\xff"]
    data = {"method": "update", "state": {}, "buffer_paths": [["value"]]}
    to_widget(front, model(front, "image"), data, [b"\x01\x02\x03"])
    assert front.run("bytes(image.value)").result == "b'\\x01\\x02\\x03'"


def test_the_front_asks_for_the_state(front: Client) -> None:
    front.run("text = w.Text(value='said')")
    [state] = states(to_widget(front, model(front, "text"), {"method": "request_state"}))
    assert state["value"] == "said"


def test_the_front_asks_for_all_states(front: Client) -> None:
    """As JupyterLab does when a page is opened anew."""
    front.run("text = w.Text(value='still there')")
    ours = model(front, "text")
    say(front, "comm_open", {"comm_id": "ctl", "target_name": "jupyter.widget.control", "data": {}})
    ran = to_widget(front, "ctl", {"method": "request_states"})
    [answer] = [content["data"] for content in ran.contents("comm_msg")]
    assert answer["method"] == "update_states"
    assert answer["states"][ours]["state"]["value"] == "still there"


def test_the_front_makes_a_widget(front: Client) -> None:
    state = {"_model_module": "@jupyter-widgets/controls", "_model_name": "IntTextModel", "value": 5}
    state |= {"_view_module": "@jupyter-widgets/controls", "_view_name": "IntTextView"}
    state |= {"_model_module_version": "2.0.0", "_view_module_version": "2.0.0"}
    data = {"state": state, "buffer_paths": []}
    say(front, "comm_open", {"comm_id": "made-in-front", "target_name": "jupyter.widget", "data": data})
    ran = front.run(
        "[each.value for each in w.widgets.widget._instances.values() if each.model_id == 'made-in-front']"
    )
    assert ran.result == "[5]"


def test_an_output_widget_takes_what_is_said(front: Client) -> None:
    """The kernel says whose output is taken, by the msg_id of the request, and when it ends."""
    front.run("out = w.Output()")
    msg_id = front.execute("with out:\n    print('taken'); display(1)\nprint('not taken')", allow_stdin=False)
    ran = front.collect(msg_id)
    taken = [state["msg_id"] for state in states(ran) if "msg_id" in state]
    assert taken == [msg_id, ""]
    begin, end = (ran.types.index("comm_msg"), len(ran.types) - 1 - ran.types[::-1].index("comm_msg"))
    between = Ran({}, ran.iopub[begin:end])
    assert between.text() == "taken\n"
    assert [each["data"] for each in between.contents("display_data")] == [{"text/plain": "1"}]
    assert Ran({}, ran.iopub[end:]).text() == "not taken\n"


def test_an_output_widget_in_a_callback(front: Client) -> None:
    front.run(
        "out, button = w.Output(), w.Button()\n"
        "def clicked(b):\n    with out: print('by the button')\n"
        "button.on_click(clicked)"
    )
    ran = to_widget(front, model(front, "button"), {"method": "custom", "content": {"event": "click"}})
    taken = [state["msg_id"] for state in states(ran) if "msg_id" in state]
    assert taken == [ran.iopub[0]["parent_header"]["msg_id"], ""], "the click's message, not a cell's"
    assert ran.text() == "by the button\n"


def test_an_output_widget_in_a_thread(front: Client) -> None:
    front.run("import threading; out = w.Output()\ndef work():\n    with out: print('by a thread')")
    msg_id = front.execute("t = threading.Thread(target=work); t.start(); t.join()", allow_stdin=False)
    ran = front.collect(msg_id)
    assert [state["msg_id"] for state in states(ran) if "msg_id" in state] == [msg_id, ""]
    assert ran.text() == "by a thread\n"


def test_interact(front: Client) -> None:
    """A function over a slider: the front moves it, the function's output comes into its Output widget."""
    front.run("@w.interact(x=3)\ndef f(x): print('f', x); return x * 2")
    ran = change(front, model(front, "f.widget.children[0]"), value=5)
    assert ran.text() == "f 5\n"
    assert [each["data"] for each in ran.contents("display_data")] == [{"text/plain": "10"}]


def test_a_widget_is_closed(front: Client) -> None:
    front.run("slider = w.IntSlider()")
    ours = model(front, "slider")
    assert {"comm_id": ours, "data": {}} in front.run("slider.close()").contents("comm_close")
    assert ours not in front.answer("comm_info_request", {})["content"]["comms"]


def test_a_callback_is_interrupted(front: Client) -> None:
    front.run("b = w.Button(); import time\ndef slow(b): print('begun'); time.sleep(100)\nb.on_click(slow)")
    content = {"comm_id": model(front, "b"), "data": {"method": "custom", "content": {"event": "click"}}}
    front.send_request("comm_msg", content)
    front.await_stream("begun")
    front.signal()
    assert front.run("'alive'").result == "'alive'"
