"""execute_request, driven by jupyter_client. Numbers in brackets are the rows of docs/behaviours.md."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.kernel.strangers import WAIT, Client, Gate, attached


def test_order_of_messages(client: Client) -> None:
    """[1] busy, execute_input, outputs, idle; and the reply."""
    ran = client.run("print('a'); 6 * 7")
    types = [kind for kind, _ in groupby(ran.types)]  # a print may come in two pieces
    assert types == ["status", "execute_input", "stream", "execute_result", "status"]
    assert ran.result == "42"
    assert ran.status == "ok"


def test_counter_is_what_execute_input_said(client: Client) -> None:
    """[5] The reply's execution_count is that of execute_input."""
    for code in ("1", "", "# nothing", "1/0"):
        ran = client.run(code)
        [shown] = ran.contents("execute_input")
        assert ran.reply["content"]["execution_count"] == shown["execution_count"], code


def test_silent(client: Client) -> None:
    """[2] No execute_input, no result, no history; streams are published."""
    before = client.run("0").reply["content"]["execution_count"]
    ran = client.run("print('quiet'); 5", silent=True)
    assert "execute_input" not in ran.types
    assert "execute_result" not in ran.types
    assert ran.text() == "quiet\n"
    assert client.run("0").reply["content"]["execution_count"] == before + 1


def test_store_history_false(client: Client) -> None:
    """[3] The counter does not move, Out is unchanged."""
    before = client.run("11").reply["content"]["execution_count"]
    client.run("12", store_history=False)
    assert client.run("_").result == "11"
    assert client.run("0").reply["content"]["execution_count"] == before + 2


def test_semicolon_suppresses_the_result(client: Client) -> None:
    """[7]"""
    assert "execute_result" not in client.run("7;").types


def test_user_expressions(client: Client) -> None:
    """[8] Each key by itself ok or error."""
    ran = client.run("x = 3", user_expressions={"good": "x + 1", "bad": "nosuchname"})
    expressions = ran.reply["content"]["user_expressions"]
    assert expressions["good"]["data"]["text/plain"] == "4"
    assert expressions["bad"]["ename"] == "NameError"


@pytest.mark.parametrize(
    ("code", "ename", "evalue"),
    [
        ("1/0", "ZeroDivisionError", "division by zero"),
        ("def f(:", "SyntaxError", "invalid syntax"),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("raise GeneratorExit('g')", "GeneratorExit", "g"),
    ],
)
def test_errors(client: Client, code: str, ename: str, evalue: str) -> None:
    """[9, 11, 12] The reply has what iopub's error has, and the kernel lives."""
    ran = client.run(code)
    content = ran.reply["content"]
    assert (ran.status, content["ename"]) == ("error", ename)
    assert evalue in content["evalue"]
    assert client.run("'alive'").result == "'alive'"


def test_unknown_name_traceback_is_published_once(client: Client) -> None:
    """[9] iopub's error equals the reply's."""
    ran = client.run("nosuchname")
    [error] = ran.contents("error")
    assert error["traceback"] == ran.reply["content"]["traceback"]
    assert "nosuchname" in "".join(error["traceback"])


def test_stop_on_error_aborts_what_this_client_has_queued(client: Client, gate: Gate) -> None:
    """[16, 17] Only execute_requests, only what is queued, only this client's."""
    with attached(client.launched) as other:
        other.wait_for_ready(timeout=WAIT)
        start = client.execute(f"print('going'); {gate.wait}; 1/0", allow_stdin=False)
        client.await_stream("going")
        behind = client.execute("'behind'", allow_stdin=False)
        others = other.execute("'other'", allow_stdin=False)
        question = client.send_request("is_complete_request", {"code": "1"})
        let_go(gate, client, other)
        assert client.collect(start).status == "error"
        assert client.collect(behind).status == "aborted"
        assert client.get_shell_msg(timeout=WAIT)["parent_header"]["msg_id"] == question
        assert other.collect(others).status == "ok"
        assert client.run("'later'").status == "ok"


def test_dont_stop_on_error(client: Client, gate: Gate) -> None:
    """[16]"""
    first = client.execute(f"{gate.wait}; 1/0", stop_on_error=False, allow_stdin=False)
    second = client.execute("'goes on'", allow_stdin=False)
    let_go(gate, client)
    assert client.collect(first).status == "error"
    assert client.collect(second).status == "ok"


def let_go(gate: Gate, *clients: Client) -> None:
    """Open a gate when all that these clients have sent is there."""
    for each in clients:
        each.answer("kernel_info_request")  # at once, whatever waits before it
    gate.open()


def test_unserialisable_display_is_the_cells_error(client: Client) -> None:
    """[28] An object that JSON has no form for is told in the cell that displays it."""
    ran = client.run(
        "from IPython.display import publish_display_data as p\np({'application/json': {'x': object()}})"
    )
    assert ran.status == "error"
    assert "type object has no JSON form" in ran.reply["content"]["evalue"]


def test_payloads(client: Client) -> None:
    """[30-34]"""

    def payload(code: str) -> dict[str, object]:
        [item] = client.run(code).reply["content"]["payload"]
        return dict(item)

    assert payload("print?")["source"] == "page"
    assert payload("get_ipython().set_next_input('next')") == {
        "source": "set_next_input",
        "text": "next",
        "replace": False,
    }
    assert payload("exit") == {"source": "ask_exit", "keepkernel": False}
    assert payload("exit(keep_kernel=True)") == {"source": "ask_exit", "keepkernel": True}
    assert payload("%edit /tmp/nosuch.py")["source"] == "edit_magic"
    assert client.run("1").reply["content"]["payload"] == []


def test_top_level_await_and_background_tasks(client: Client) -> None:
    """[91] A task of one cell runs while a later one awaits, and between cells."""
    client.run(
        "import asyncio\nasync def work():\n    await asyncio.sleep(0.05)\n    done.set()\n    return 7"
    )
    ran = client.run(
        "done = asyncio.Event()\nt = asyncio.ensure_future(work())\nawait done.wait()\nt.result()"
    )
    assert ran.result == "7"


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio; asyncio.run(seven())",
        "import asyncio; asyncio.get_event_loop().run_until_complete(seven())",
        "import asyncio; task = asyncio.create_task(seven())\n"
        "asyncio.get_running_loop() is task.get_loop() and 7",
        "await seven()",
    ],
)
def test_asyncio_is_there_for_who_uses_it_first(own_client: Client, code: str) -> None:
    """[91] And not before: importing it is a fifth of a kernel's start."""
    assert (
        own_client.run("import sys\nasync def seven(): return 7\n'asyncio' in sys.modules").result == "False"
    )
    ran = own_client.run(code)
    assert ran.status == "ok", ran.reply["content"]
    assert ran.result == "7"
    assert own_client.run("import asyncio; await asyncio.sleep(0, 'then')").result == "'then'"


def test_asyncio_that_a_thread_has_imported(own_client: Client) -> None:
    """[91] The next cell has a loop."""
    own_client.run(
        "import threading\nt = threading.Thread(target=__import__, args=('asyncio',)); t.start(); t.join()"
    )
    ran = own_client.run("import asyncio; task = asyncio.create_task(asyncio.sleep(0, 'ran')); task.done()")
    assert ran.result == "False"
    assert own_client.run("await task").result == "'ran'"


@pytest.mark.parametrize(
    "code",
    [
        "asyncio.run(seven())",
        "loop = asyncio.get_event_loop(); loop.run_until_complete(seven())",
        "asyncio.new_event_loop().run_until_complete(seven())",
        "with asyncio.Runner() as runner: print(runner.run(seven()))",
        "await seven()",
        "await asyncio.create_task(seven())",
        "from threading import Thread as T; t = T(target=lambda: print(asyncio.run(seven())));"
        "t.start(); t.join()",
    ],
)
def test_every_way_to_run_a_coroutine(client: Client, code: str) -> None:
    """[91] As in a script, and as in a notebook; one after the other."""
    client.run("import asyncio\nasync def seven():\n    await asyncio.sleep(0.01)\n    return 7")
    for _ in range(2):
        ran = client.run(code)
        assert ran.status == "ok", ran.reply["content"]
        assert "7" in (ran.text() or ran.result)


def test_a_task_made_in_a_plain_cell_runs_between_cells(client: Client) -> None:
    """[91]"""
    client.run("import asyncio\nasync def later():\n    await asyncio.sleep(0.01)\n    print('between')")
    client.run("task = asyncio.create_task(later())")
    client.await_stream("between")
    assert client.run("task.done()").result == "True"


def test_output_in_order(client: Client) -> None:
    """[39] stdout, stderr and displays come in the order in which they were made."""
    code = "import sys\nfor i in range(200):\n  print(i)\n  print(i, file=sys.stderr)\n  display(i)"
    ran = client.run(code)
    seen: list[str] = []
    for message in ran.iopub:
        content = message["content"]
        if message["msg_type"] == "stream":
            seen.extend(content["text"].split())  # a print may come in two pieces
        elif message["msg_type"] == "display_data":
            seen.append(content["data"]["text/plain"])
    assert seen == [str(i) for i in range(200) for _ in range(3)]


def test_flood_is_complete_in_few_messages(client: Client) -> None:
    """[38] Text is coalesced, never dropped."""
    ran = client.run("for i in range(100000): print(i)")
    assert ran.text() == "".join(f"{i}\n" for i in range(100000))
    assert len(ran.contents("stream")) < 1000


def test_lone_surrogates_and_bytes(client: Client) -> None:
    """[29, 35, 43] Nothing that is written is lost, whatever is in it."""
    ran = client.run(
        "import sys\nprint('a\\udc80b')\nsys.stdout.buffer.write('ä'.encode()[:1])\n"
        "sys.stdout.buffer.write('ä'.encode()[1:])\nsys.stdout.buffer.write(b'\\xff\\n');"
    )
    assert ran.status == "ok"
    assert ran.text() == "a\\udc80b\nä\\xff\n"


def test_stdout_is_a_text_file(client: Client) -> None:
    """[35, 36]"""
    code = (
        "import sys\nout = sys.stdout\n[out.encoding, out.isatty(), out.writable(), out.closed, "
        "out.fileno(), out.errors, out.line_buffering]"
    )
    assert client.run(code).result == "['utf-8', False, True, False, 1, 'backslashreplace', False]"
    assert client.run("sys.stdout.write(b'x')").reply["content"]["ename"] == "TypeError"


def test_nothing_lands_in_ipythons_output_store(client: Client) -> None:
    """[51] IPython's copy of all output stays empty: the session does not grow with what it prints."""
    client.run("print('x' * 1000); display(1); 2")
    assert client.run("len(get_ipython().history_manager.outputs)").result == "0"
    count = client.run("1/0").reply["content"]["execution_count"]
    assert client.run(f"get_ipython().history_manager.exceptions[{count}]['traceback']").result == "[]"
