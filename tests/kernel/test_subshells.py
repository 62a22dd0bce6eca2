"""Subshells (JEP 91): made on control, named in the header, each a thread of its own in the one session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernel.strangers import WAIT, Client, Ran, attached, end, until
from zconsole.launch import launch, own_kernel_argv


@pytest.fixture
def subshell(client: Client) -> Iterator[str]:
    """The id of a subshell, deleted afterwards if the test has not."""
    subshell_id = create(client)
    yield subshell_id
    client.answer("delete_subshell_request", {"subshell_id": subshell_id}, "control")


def create(client: Client) -> str:
    content = client.answer("create_subshell_request", channel="control")["content"]
    assert content["status"] == "ok"
    return str(content["subshell_id"])


def ids(client: Client) -> list[str]:
    return list(client.answer("list_subshell_request", channel="control")["content"]["subshell_id"])


def send(client: Client, subshell_id: str, msg_type: str, **content: Any) -> str:
    """Send a request to a subshell; its msg_id."""
    message = client.session.msg(msg_type, content)
    message["header"]["subshell_id"] = subshell_id
    client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


def execute(client: Client, subshell_id: str, code: str, **flags: Any) -> str:
    return send(client, subshell_id, "execute_request", code=code, **{"allow_stdin": False, **flags})


def run(client: Client, subshell_id: str, code: str, **flags: Any) -> Ran:
    return client.collect(execute(client, subshell_id, code, **flags))


class Traffic:
    """What comes, sorted by the request it answers: several run at the same time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ran: dict[str, Ran] = {}

    def wait(self, msg_id: str) -> Ran:
        """Everything for one request, up to its idle and its reply."""
        while not self._idle(msg_id):
            self._receive()
        while not self._of(msg_id).reply:
            message = self._client.get_shell_msg(timeout=WAIT)
            self._of(message).reply = message
        return self._of(msg_id)

    def await_text(self, msg_id: str, text: str) -> None:
        """Wait until a request has printed something."""
        while text not in self._of(msg_id).text():
            self._receive()

    def _receive(self) -> None:
        message = self._client.get_iopub_msg(timeout=WAIT)
        self._of(message).iopub.append(message)

    def _idle(self, msg_id: str) -> bool:
        return {"execution_state": "idle"} in self._of(msg_id).contents("status")

    def _of(self, which: str | dict[str, Any]) -> Ran:
        key = which if isinstance(which, str) else which["parent_header"].get("msg_id", "")
        return self._ran.setdefault(key, Ran({}))


@pytest.fixture
def traffic(client: Client) -> Traffic:
    return Traffic(client)


# a main cell that runs until a cell elsewhere lets it go
HELD = """import threading
go, go_on = threading.Event(), threading.Event()
print('held'); go.wait(20)"""


def test_announced_created_listed_deleted(client: Client) -> None:
    client.kernel_info()
    reply = client.get_shell_msg(timeout=WAIT)
    assert "kernel subshells" in reply["content"]["supported_features"]
    before = client.run("import threading; threading.active_count()").result
    assert ids(client) == []
    one, two = create(client), create(client)
    assert sorted(ids(client)) == sorted([one, two])
    assert run(client, one, "threading.active_count()").result == str(int(before) + 2)
    for each in (one, two):
        answer = client.answer("delete_subshell_request", {"subshell_id": each}, "control")
        assert answer["content"] == {"status": "ok"}
    assert ids(client) == []
    assert client.run("[t.join() for t in threading.enumerate() if 'subshell' in t.name]").status == "ok"
    assert client.run("threading.active_count()").result == before


def test_administered_and_served_while_a_cell_runs(client: Client, traffic: Traffic) -> None:
    """[65] Everything that shell has, and each answer with its own parent."""
    held = client.execute(HELD)
    traffic.await_text(held, "held")
    subshell_id = create(client)
    completed = send(client, subshell_id, "complete_request", code="go.is_s", cursor_pos=7)
    assert traffic.wait(completed).reply["content"]["matches"] == ["is_set"]
    inspected = send(client, subshell_id, "inspect_request", code="go", cursor_pos=2, detail_level=0)
    assert traffic.wait(inspected).reply["content"]["found"] is True
    ran = traffic.wait(execute(client, subshell_id, "print('aside'); shared = go.set(); 1 + 1"))
    assert (ran.text(), ran.result, ran.status) == ("aside\n", "2", "ok")
    done = traffic.wait(held)
    assert (done.text(), done.result, done.status) == ("held\n", "True", "ok")
    assert client.run("shared is None").result == "True"
    client.answer("delete_subshell_request", {"subshell_id": subshell_id}, "control")


@pytest.mark.parametrize("msg_type", ["execute_request", "kernel_info_request"])
def test_an_unknown_subshell_is_an_error_that_names_it(client: Client, msg_type: str) -> None:
    ran = client.collect(send(client, "no such", msg_type, code="1"))
    assert (ran.status, ran.reply["msg_type"]) == ("error", msg_type.replace("request", "reply"))
    assert "'no such'" in ran.reply["content"]["evalue"]
    assert [content["execution_state"] for content in ran.contents("status")] == ["busy", "idle"]
    answer = client.answer("delete_subshell_request", {"subshell_id": "no such"}, "control")
    assert answer["content"]["status"] == "error"


def test_what_was_asked_before_the_deletion_is_answered(client: Client, traffic: Traffic) -> None:
    subshell_id = create(client)
    client.run("import threading; go = threading.Event()")
    asked = [execute(client, subshell_id, f"go.wait(20); print({number})") for number in range(5)]
    # control and shell are two sockets: the last request has to be there before the deletion
    traffic.wait(client.execute("'mark'"))
    client.answer("delete_subshell_request", {"subshell_id": subshell_id}, "control")
    client.execute("go.set()")
    texts = [traffic.wait(each).text() for each in asked]
    assert texts == [f"{number}\n" for number in range(5)]
    assert run(client, subshell_id, "1").status == "error"


def test_numbers_are_each_cells_own(client: Client, subshell: str, traffic: Traffic) -> None:
    """Input, result, reply, history and Out agree, although cells overlap."""
    held = client.execute(f"{HELD}; 'main'")
    traffic.await_text(held, "held")
    aside = traffic.wait(execute(client, subshell, "'aside'"))
    unstored = traffic.wait(execute(client, subshell, "'unstored'", store_history=False))
    traffic.wait(execute(client, subshell, "go.set()", silent=True))
    main = traffic.wait(held)
    numbers = [
        {
            each.contents("execute_input")[0]["execution_count"],
            each.contents("execute_result")[0]["execution_count"],
            each.reply["content"]["execution_count"],
        }
        for each in (main, aside, unstored)
    ]
    [first] = numbers[0]
    assert numbers == [{first}, {first + 1}, {first + 2}]
    assert client.run(f"Out[{first}], Out[{first + 1}]; (_{first}, In[{first + 1}])").result == (
        """('main', "'aside'")"""
    )
    rows = client.answer("history_request", {"hist_access_type": "tail", "n": 3})["content"]["history"]
    assert [(number, code.partition(" ")[0]) for _, number, code in rows] == [
        (first, "import"),
        (first + 1, "'aside'"),
        (first + 2, f"Out[{first}],"),
    ]


def test_the_numbering_can_be_set(client: Client) -> None:
    """As in IPython: by hand, and by a new session."""
    client.run("get_ipython().execution_count = 500")
    assert client.run("1").reply["content"]["execution_count"] == 500
    client.run("get_ipython().reset(new_session=True)")
    assert client.run("1").reply["content"]["execution_count"] == 1


def test_a_cell_that_is_not_kept_uses_no_number(client: Client) -> None:
    """[3] Nor does an empty one."""
    first = client.run("1").reply["content"]["execution_count"]
    client.run("   ")
    client.run("2", store_history=False)
    client.run("3", silent=True)
    last = client.run(f"In[{first}], In[{first + 1}][:3]")
    assert last.reply["content"]["execution_count"] == first + 1
    assert last.result == "('1', 'In[')"


def test_failures_payloads_and_aborts_are_each_shells_own(
    client: Client, subshell: str, traffic: Traffic
) -> None:
    """[16] An error in a subshell aborts what is queued there, and nothing else."""
    held = client.execute(f"{HELD}; get_ipython().set_next_input('main')")
    traffic.await_text(held, "held")
    behind = client.execute("'behind'")
    first = execute(client, subshell, "go_on.wait(20); get_ipython().set_next_input('aside'); 1/0")
    second = execute(client, subshell, "'aborted'")
    third = create(client)
    traffic.wait(execute(client, third, "go_on.set()"))
    client.answer("delete_subshell_request", {"subshell_id": third}, "control")
    failed = traffic.wait(first).reply["content"]
    assert (failed["status"], failed["ename"]) == ("error", "ZeroDivisionError")
    assert [each["text"] for each in failed["payload"]] == ["aside"]
    assert traffic.wait(second).status == "aborted"
    assert traffic.wait(execute(client, subshell, "go.set()")).status == "ok"
    main = traffic.wait(held).reply["content"]
    assert (main["status"], [each["text"] for each in main["payload"]]) == ("ok", ["main"])
    assert traffic.wait(behind).result == "'behind'"


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio; await asyncio.sleep(0); print('yes')",
        "import asyncio\nasync def f(): print('yes')\nasyncio.run(f())",
        "import asyncio\nasync def f(): print('yes')\nasyncio.get_event_loop().run_until_complete(f())",
        "import asyncio\nasync def f(): print('yes')\ntask = asyncio.create_task(f())\nawait task",
    ],
    ids=["await", "run", "run_until_complete", "create_task"],
)
def test_asyncio_in_a_subshell(client: Client, subshell: str, traffic: Traffic, code: str) -> None:
    """[91] Its loop is its own: the main one may be busy."""
    main = "import asyncio\nmain, held = asyncio.get_running_loop(), asyncio.Event()\n"
    held = client.execute(f"{main}print('held'); await held.wait()")
    traffic.await_text(held, "held")
    ran = traffic.wait(execute(client, subshell, code))
    assert (ran.status, ran.text()) == ("ok", "yes\n")
    traffic.wait(execute(client, subshell, "main.call_soon_threadsafe(held.set)"))
    assert traffic.wait(held).status == "ok"


def test_a_completion_that_does_not_end_can_be_left(own_client: Client) -> None:
    """[71] Completions take turns; an interrupt ends the wait for one in a subshell."""
    client, traffic = own_client, Traffic(own_client)
    client.run(
        "class Stuck:\n    def __dir__(self):\n        print('stuck')\n        while True: pass\n"
        "stuck = Stuck()"
    )
    aside = send(client, create(client), "complete_request", code="stuck.", cursor_pos=6)
    traffic.await_text(aside, "stuck")
    main = client.send_request("complete_request", {"code": "zi", "cursor_pos": 2})

    def interrupted() -> bool:
        # again and again: nobody tells when the wait has begun
        client.answer("interrupt_request", channel="control")
        return bool(client.shell_channel.msg_ready())

    until(interrupted)
    assert traffic.wait(main).reply["content"]["ename"] == "KeyboardInterrupt"


def test_input_in_a_subshell(client: Client, subshell: str, traffic: Traffic) -> None:
    """[59] Two questions at once; the answers are not swapped."""
    asked = {execute(client, subshell, "input('aside?')", allow_stdin=True): "a"}
    asked[client.execute("input('main?')", allow_stdin=True)] = "m"
    for _ in asked:
        question = client.get_stdin_msg(timeout=WAIT)
        answer = client.session.msg("input_reply", {"value": question["content"]["prompt"]}, parent=question)
        client.stdin_channel.send(answer)
    answers = [traffic.wait(each).result for each in asked]
    assert answers == ["'aside?'", "'main?'"]


def test_an_interrupt_is_for_the_main_shell(client: Client, subshell: str, traffic: Traffic) -> None:
    aside = execute(client, subshell, "import threading; go = threading.Event(); print('on'); go.wait(20)")
    traffic.await_text(aside, "on")
    main = client.execute("print('on')\nwhile True: pass")
    traffic.await_text(main, "on")
    assert client.answer("interrupt_request", channel="control")["content"]["status"] == "ok"
    assert traffic.wait(main).reply["content"]["ename"] == "KeyboardInterrupt"
    client.execute("go.set()")
    assert traffic.wait(aside).result == "True"


def test_processes_started_in_a_subshell_take_signals(client: Client, subshell: str) -> None:
    """The I/O thread, whose child a subshell's thread is, blocks them."""
    code = "import subprocess; p = subprocess.Popen(['sleep', '100']); p.terminate(); p.wait(10)"
    assert run(client, subshell, code).result == "-15"


def test_many_cells_in_many_threads(client: Client) -> None:
    """Every cell of three shells gets its own result, number and text."""
    subshells = [create(client) for _ in range(2)]
    traffic = Traffic(client)
    asked = {}
    for number in range(30):
        code = f"print({number}); {number}"
        for subshell_id in subshells:
            asked[execute(client, subshell_id, code)] = number
        asked[client.execute(code)] = number
    ran = {msg_id: traffic.wait(msg_id) for msg_id in asked}
    assert {msg_id: (each.text(), each.result) for msg_id, each in ran.items()} == {
        msg_id: (f"{number}\n", str(number)) for msg_id, number in asked.items()
    }
    counts = [each.reply["content"]["execution_count"] for each in ran.values()]
    assert len(set(counts)) == len(counts)
    rows = client.answer("history_request", {"hist_access_type": "tail", "n": 90})["content"]["history"]
    assert sorted(number for _, number, _ in rows) == sorted(counts)
    for each in subshells:
        client.answer("delete_subshell_request", {"subshell_id": each}, "control")


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(100)", "input()"])
def test_the_end_does_not_wait_for_a_subshell(own_client: Client, code: str) -> None:
    """[77]"""
    subshell_id = create(own_client)
    execute(own_client, subshell_id, f"print('going')\n{code}", allow_stdin=True)
    own_client.await_stream("going")
    own_client.answer("shutdown_request", {"restart": False}, "control")
    assert own_client.gone() == 0


def test_a_subshell_can_be_had_before_ipython_is(kernel_env: dict[str, str]) -> None:
    """What comes while the kernel is importing waits, also for a subshell."""
    launched = launch(own_kernel_argv(), kernel_env)
    try:
        with attached(launched) as client:
            subshell_id = create(client)
            asked = execute(client, subshell_id, "1 + 1")
            while (reply := client.get_shell_msg(timeout=WAIT))["parent_header"]["msg_id"] != asked:
                pass
            assert reply["content"]["status"] == "ok"
    finally:
        end(launched)
