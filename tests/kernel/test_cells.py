"""What a cell does to the session and what its reply says, driven by jupyter_client.

Numbers in brackets are the rows of docs/behaviours.md.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from tests.kernel.strangers import WAIT, Client, Ran, attached, until


def test_errors_of_silent_cells_are_published(client: Client) -> None:
    """[2] A silent cell's exception is told on iopub and in the reply; the counter stays."""
    before = client.run("0").reply["content"]["execution_count"]
    ran = client.run("1/0", silent=True)
    [error] = ran.contents("error")
    assert (error["ename"], ran.status) == ("ZeroDivisionError", "error")
    assert ran.reply["content"]["execution_count"] == before


def test_store_history_false_shows_the_next_number(client: Client) -> None:
    """[3] execute_input has the number that the next stored cell will have; Out stays without it."""
    before = client.run("0").reply["content"]["execution_count"]
    ran = client.run("'unkept'", store_history=False)
    [shown] = ran.contents("execute_input")
    assert shown["execution_count"] == before + 1
    assert client.run(f"{before + 1} in Out, {before} in Out").result == "(False, True)"


@pytest.mark.parametrize(("code", "counts"), [("", 0), ("  \n", 0), ("# nothing", 1), ("None", 1)])
def test_cells_without_code(client: Client, code: str, counts: int) -> None:
    """[6] They succeed, publish nothing, and count as in IPython: blank ones do not."""
    before = client.run("0").reply["content"]["execution_count"]
    ran = client.run(code)
    assert (ran.status, ran.types) == ("ok", ["status", "execute_input", "status"])
    assert client.run("0").reply["content"]["execution_count"] == before + counts + 1


def test_user_expressions_that_print_or_fail(client: Client) -> None:
    """[8] After an error there are none; one that prints or is interrupted harms no other."""
    expressions = {"a": "print('said') or 1", "b": "interrupt()", "c": "2"}
    failed = client.run("1/0", user_expressions=expressions)
    assert failed.reply["content"]["user_expressions"] == {}
    ran = client.run("def interrupt():\n    raise KeyboardInterrupt", user_expressions=expressions)
    values = ran.reply["content"]["user_expressions"]
    assert (ran.status, ran.text()) == ("ok", "said\n")
    assert [values[key]["status"] for key in "abc"] == ["ok", "error", "ok"]
    assert values["b"]["ename"] == "KeyboardInterrupt"


def test_the_traceback_of_a_syntax_error_is_the_place(client: Client) -> None:
    """[9] One entry of the file and the mark, and none of IPython's frames."""
    ran = client.run("x = = 1")
    [error] = ran.contents("error")
    text = "\n".join(error["traceback"])
    assert "x = = 1" in text
    assert "^" in text
    assert "run_code" not in text
    assert error["traceback"] == ran.reply["content"]["traceback"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(n):\n    return f(n + 1)\nf(0)",
        "raise ValueError('x' * (5 << 20))",
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('y' * (5 << 20)) from e",
    ],
)
def test_a_traceback_is_bounded(client: Client, code: str) -> None:
    """[10] Deep recursion and endless texts: the two ends are told, in less than a megabyte."""
    content = client.run(code).reply["content"]
    text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(content["traceback"]))
    assert content["ename"] in ("RecursionError", "ValueError")
    assert len(text) < 1 << 20
    assert len(content["evalue"]) < 1 << 20
    assert "Cell In[" in text
    assert content["ename"] in text[-2000:] or "yyyy" in text[-2000:] or "xxxx" in text[-2000:]


@pytest.mark.parametrize(
    "raised", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()", "BaseException('b')"]
)
def test_what_a_background_task_raises_ends_nothing(client: Client, raised: str) -> None:
    """[11, 12] It escapes from the event loop, at rest and under a cell that awaits; that goes on."""
    client.run(f"import asyncio\nasync def bad():\n    await asyncio.sleep(0.01)\n    raise {raised}")
    client.run("task = asyncio.create_task(bad())")
    assert client.run("await asyncio.wait([task]); 'there'").status in ("ok", "error")
    assert client.run("await asyncio.sleep(0.05); 'still there'").result == "'still there'"
    client.run("task = asyncio.create_task(bad())")
    until(lambda: client.run("task.done()").result == "True")
    assert client.run("'and now'").result == "'and now'"


REPRS = {
    "__repr__": "",
    "_repr_html_": "def __repr__(self): return 'plain'",
    "_repr_mimebundle_": "def __repr__(self): return 'plain'",
    "_ipython_display_": "def __repr__(self): return 'plain'",
}


@pytest.mark.parametrize("show", ["result", "display"])
@pytest.mark.parametrize("method", REPRS)
def test_a_failing_representation_is_the_cells_error(client: Client, method: str, show: str) -> None:
    """[14] With its own name and text, once; what the code did before it is done."""
    client.run(
        f"class Odd:\n    {REPRS[method]}\n"
        f"    def {method}(self, *args, **kwargs): raise LookupError('no shape')"
    )
    ran = client.run("done = True; Odd()" if show == "result" else "done = True; display(Odd())")
    content = ran.reply["content"]
    assert (content["status"], content["ename"], content["evalue"]) == ("error", "LookupError", "no shape")
    assert [item["ename"] for item in ran.contents("error")] == ["LookupError"]
    assert client.run("done").result == "True"


def test_a_huge_representation_arrives_whole(client: Client) -> None:
    """[15]"""
    code = "class Big:\n    def __repr__(self): return 'r' * (3 << 20)\nBig()"
    assert len(client.run(code).result) == 3 << 20


def test_cell_ids_reach_the_hooks(client: Client) -> None:
    """[18] cellId of the request's metadata is IPython's cell_id; deletedCells is nothing to us."""
    client.run(
        "ids = []\nget_ipython().events.register('pre_run_cell', lambda info: ids.append(info.cell_id))"
    )
    content = {"code": "ids[-1]", "allow_stdin": False}
    message = client.session.msg(
        "execute_request", content, metadata={"cellId": "c-1", "deletedCells": ["x"]}
    )
    client.shell_channel.send(message)
    assert client.collect(message["header"]["msg_id"]).result == "'c-1'"


def test_the_reply_says_when_the_cell_began(client: Client) -> None:
    """[19] `started` in its metadata, with a zone, before the reply's own date."""
    ran = client.run("import time; time.sleep(0.1)")
    started = ran.reply["metadata"]["started"]
    begun = started if isinstance(started, datetime.datetime) else datetime.datetime.fromisoformat(started)
    assert begun.tzinfo is not None
    assert (ran.reply["header"]["date"] - begun).total_seconds() >= 0.1


def test_unknown_fields_are_ignored(client: Client) -> None:
    """[20]"""
    msg_id = client.send_request("execute_request", {"code": "1 + 1", "nosuch": [1], "allow_stdin": False})
    assert client.collect(msg_id).result == "2"


def test_two_clients_are_kept_apart(client: Client) -> None:
    """[21] Their cells run in the order of arrival; output has its own parent, questions go to who asked."""
    with attached(client.launched) as other:
        other.wait_for_ready(timeout=WAIT)
        client.run("order = []")
        first = client.execute("order.append(1); input('first? ')", allow_stdin=True)
        assert client.get_stdin_msg(timeout=WAIT)["content"]["prompt"] == "first? "
        other.input("not asked")  # nobody asked him: no answer to the other's question
        other.answer("kernel_info_request", channel="control")  # the kernel has it by now
        second = other.execute("order.append(2); input('second? ')", allow_stdin=True)
        client.input("to the first")
        ran: Ran = client.collect(first)
        assert ran.result == "'to the first'"
        asked = other.get_stdin_msg(timeout=WAIT)
        assert asked["content"]["prompt"] == "second? "
        assert asked["parent_header"]["msg_id"] == second
        other.input("to the second")
        assert other.collect(second).result == "'to the second'"
        assert client.run("order").result == "[1, 2]"
        assert not client.stdin_channel.msg_ready()


def sent(client: Client, content: dict[str, Any]) -> Ran:
    return client.collect(client.send_request("execute_request", {"allow_stdin": False, **content}))


def test_defaults_of_the_flags(client: Client) -> None:
    """[4] History is stored unless the cell is silent, whatever store_history says then."""
    before = client.run("0").reply["content"]["execution_count"]
    assert sent(client, {"code": "'kept'"}).reply["content"]["execution_count"] == before + 1
    sent(client, {"code": "'not kept'", "silent": True, "store_history": True})
    assert client.run("_").result == "'kept'"
    assert client.run("0").reply["content"]["execution_count"] == before + 3


def test_who_shows_exceptions_in_another_way_shows_them_alone(client: Client) -> None:
    """As rich.traceback.install() does, and IPython's set_custom_exc: nothing is shown a second time."""
    code = "shell._showtraceback = lambda *_, **__: print('shown')"
    for change in (f"shell = get_ipython(); {code}", "del shell._showtraceback; " + _CUSTOM):
        client.run(change)
        ran = client.run("1 / 0")
        assert (ran.text(), ran.contents("error")) == ("shown\n", [])
        assert (ran.reply["content"]["status"], ran.reply["content"]["ename"]) == (
            "error",
            "ZeroDivisionError",
        )
    client.run("shell.set_custom_exc((), None)")
    assert len(client.run("1 / 0").contents("error")) == 1


_CUSTOM = "shell.set_custom_exc((ArithmeticError,), lambda *_, **__: print('shown'))"
