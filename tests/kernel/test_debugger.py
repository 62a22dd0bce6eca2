"""The debugger of a kernel process, driven by jupyter_client as JupyterLab drives it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipykernel.compiler import murmur2_x86

from tests.kernel.strangers import WAIT, Client, running_kernel, until

CODE = """\

def f(a, b):
    c = a + b
    return c

x = 1
y = f(x, 2)
z = y * 2
print(z)"""
IN_F, CALL = 3, 7


class Debug:
    """A client's debugging."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def reply(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The debug_reply to a command."""
        content = {"type": "request", "seq": 7, "command": command, "arguments": arguments}
        reply = self.client.answer("debug_request", content, "control")
        assert reply["msg_type"] == "debug_reply"
        found = dict(reply["content"])
        assert (found["type"], found["request_seq"], found["command"]) == ("response", 7, command)
        return found

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The body of a reply that has to be a success."""
        reply = self.reply(command, **arguments)
        assert reply["success"], reply
        return dict(reply["body"])

    def begin(self) -> None:
        """As JupyterLab begins."""
        self.ask("initialize", clientID="test", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        self.ask("attach")

    def breakpoints(self, code: str, *lines: int) -> str:
        """Set breakpoints in a cell; its path."""
        path = str(self.ask("dumpCell", code=code)["sourcePath"])
        source, wishes = {"path": path}, [{"line": line} for line in lines]
        self.ask("setBreakpoints", source=source, breakpoints=wishes, sourceModified=False)
        return path

    def event(self, name: str) -> dict[str, Any]:
        """The body of the next event of that name."""
        while True:
            message = self.client.get_iopub_msg(timeout=WAIT)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                assert message["parent_header"]["msg_type"] == "debug_request"
                return dict(message["content"].get("body") or {})

    def stop_at(self, code: str, line: int) -> tuple[str, int, int]:
        """Run a cell up to a breakpoint: its msg_id, the thread, and the newest frame."""
        self.breakpoints(code, line)
        self.ask("configurationDone")
        msg_id = self.client.execute(code, allow_stdin=False)
        thread = self.event("stopped")["threadId"]
        return msg_id, thread, self.frames(thread)[0]["id"]

    def frames(self, thread: int) -> list[dict[str, Any]]:
        """The stack of a thread, the newest first."""
        return list(self.ask("stackTrace", threadId=thread)["stackFrames"])

    def line(self, thread: int) -> int:
        """Where a thread stands."""
        return int(self.frames(thread)[0]["line"])

    def step(self, command: str, thread: int) -> int:
        """One step; the line where it ends."""
        self.ask(command, threadId=thread)
        self.event("stopped")
        return self.line(thread)

    def finish(self, msg_id: str, thread: int) -> Any:
        """Let a cell run to its end; what came of it."""
        self.ask("continue", threadId=thread)
        return self.client.collect(msg_id)


@pytest.fixture(scope="module")
def kernel_env(kernel_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """With a place for dumped cells: a kernel that is killed leaves them."""
    return {**kernel_env, "TMPDIR": str(tmp_path_factory.mktemp("tmp"))}


@pytest.fixture
def debug(client: Client) -> Iterator[Debug]:
    """A debugger that has begun, and is ended."""
    debug = Debug(client)
    debug.begin()
    yield debug
    debug.ask("disconnect", restart=False, terminateDebuggee=False)


def values(variables: list[dict[str, Any]]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in variables}


def test_announced(client: Client) -> None:
    """[89] And debugpy is not imported for it, nor for debugInfo."""
    content = client.answer("kernel_info_request", channel="control")["content"]
    assert content["debugger"] is True
    assert "debugger" in content["supported_features"]
    assert Debug(client).ask("debugInfo")["isStarted"] is False
    assert client.run("import sys; 'debugpy' in sys.modules").result == "False"


def test_breakpoint_steps_and_end(debug: Debug) -> None:
    """[89] The way of JupyterLab, from the breakpoint to the reply."""
    msg_id, thread, frame = debug.stop_at(CODE, CALL)
    assert debug.line(thread) == CALL
    assert [each["name"] for each in debug.ask("threads")["threads"]] == ["MainThread"]
    info = debug.ask("debugInfo")
    assert (info["isStarted"], info["stoppedThreads"]) == (True, [thread])
    [found] = info["breakpoints"]
    assert found["breakpoints"] == [{"line": CALL}]
    assert debug.ask("source", source={"path": found["source"]})["content"] == CODE
    assert debug.ask("evaluate", expression="x + 41", frameId=frame, context="repl")["result"] == "42"
    assert debug.step("stepIn", thread) == IN_F
    names = [each["name"] for each in debug.frames(thread)]
    assert names == ["f", "<module>"], "the machinery around a cell is not shown"
    assert debug.step("stepOut", thread) == CALL
    assert debug.step("next", thread) == CALL + 1
    ran = debug.finish(msg_id, thread)
    assert (ran.status, ran.text()) == ("ok", "6\n")
    until(lambda: debug.ask("debugInfo")["stoppedThreads"] == [])


def test_cell_names_are_those_that_clients_compute(debug: Debug) -> None:
    """By debugInfo; and tracebacks say what they always say."""
    info = debug.ask("debugInfo")
    for code in ("", "1", "12", "1/0", "é = '𝄞'\n" * 50):
        digest = murmur2_x86(code, info["hashSeed"])
        path = f"{info['tmpFilePrefix']}{digest}{info['tmpFileSuffix']}"
        assert debug.ask("dumpCell", code=code)["sourcePath"] == path
        assert Path(path).read_text(encoding="utf-8") == code
    assert Path(path).parent.stat().st_mode & 0o077 == 0
    traceback = "".join(debug.client.run("1/0").reply["content"]["traceback"])
    assert "Cell" in traceback
    assert "zconsole_" not in traceback
    name = debug.client.run("import sys; sys._getframe().f_code.co_filename").result
    assert name.startswith(f"'{info['tmpFilePrefix']}")


def test_breakpoint_in_a_cell_that_ran_before(client: Client) -> None:
    """Debugging begins when something is wrong: with functions that are there already."""
    code = "import functools\n\ndef earlier(n):\n    double = n * 2\n    return double"
    client.run(code)
    client.run("silently = 1", silent=True)
    debug = Debug(client)
    debug.begin()
    path = debug.breakpoints(code, 4)
    for again in (False, True):
        if again:
            client.run(code)
        msg_id = client.execute("earlier(4)", allow_stdin=False)
        thread = debug.event("stopped")["threadId"]
        [inner, _] = debug.frames(thread)
        assert (inner["line"], inner["source"]["path"]) == (4, path)
        assert debug.finish(msg_id, thread).result == "8"
    debug.ask("disconnect")


def test_the_kernel_answers_while_it_stands(debug: Debug) -> None:
    msg_id, thread, _ = debug.stop_at(CODE, IN_F)
    client = debug.client
    for channel in ("control", "shell"):
        assert client.answer("kernel_info_request", channel=channel)["content"]["status"] == "ok"
    assert client.hb_channel.is_beating()
    assert debug.finish(msg_id, thread).status == "ok"


def test_variables_of_a_frame(debug: Debug) -> None:
    """[89]"""
    msg_id, thread, frame = debug.stop_at(CODE, IN_F)
    local, shared = debug.ask("scopes", frameId=frame)["scopes"]
    inside = debug.ask("variables", variablesReference=local["variablesReference"])["variables"]
    assert values(inside) == {"a": "1", "b": "2"}
    outside = debug.ask("variables", variablesReference=shared["variablesReference"])["variables"]
    assert values(outside)["x"] == "1"
    assert not {"In", "Out", "_", "_ih", "get_ipython", "exit"} & values(outside).keys()
    rich = debug.ask("richInspectVariables", variableName="b", frameId=frame)
    assert rich == {"data": {"text/plain": "2"}, "metadata": {}}
    debug.ask("copyToGlobals", srcVariableName="b", dstVariableName="copied", srcFrameId=frame)
    assert not debug.reply("copyToGlobals", srcVariableName="b()", dstVariableName="d", srcFrameId=frame)[
        "success"
    ]
    assert debug.finish(msg_id, thread).status == "ok"
    assert debug.client.run("copied").result == "2"


def test_variables_at_rest(client: Client) -> None:
    """[89] Without debugpy, to any depth; what the user did not make is left out."""
    debug = Debug(client)
    client.run(
        "class Thing:\n    def __init__(self): self.part = [1, {'k': (2, 3)}]\n"
        "    def _repr_html_(self): return '<b>thing</b>'\n"
        "thing = Thing(); long = list(range(5000)); _mine = 1\ndef routine(): pass"
    )
    shown = debug.ask("inspectVariables")["variables"]
    assert {"thing", "long", "_mine", "function variables", "class variables"} <= values(shown).keys()
    assert not {"In", "Out", "_i1", "__name__", "get_ipython", "exit"} & values(shown).keys()
    assert len(values(shown)["long"]) < 200

    def inside(found: list[dict[str, Any]], name: str, **paging: int) -> list[dict[str, Any]]:
        [reference] = [each["variablesReference"] for each in found if each["name"] == name]
        return list(debug.ask("variables", variablesReference=reference, **paging)["variables"])

    assert "routine" in values(inside(shown, "function variables"))
    assert values(inside(shown, "long", start=4000, count=2)) == {"4000": "4000", "4001": "4001"}
    [part] = inside(shown, "thing")
    assert (part["name"], part["type"], part["evaluateName"]) == ("part", "list", "thing.part")
    [_, second] = inside([part], "part")
    [key] = inside([second], "1")
    assert (key["name"], key["value"]) == ("'k'", "(2, 3)")
    rich = debug.ask("richInspectVariables", variableName="thing")
    assert rich["data"]["text/html"] == "<b>thing</b>"
    assert "not defined" in debug.reply("richInspectVariables", variableName="nowhere")["message"]
    assert client.run("import sys; sys.gettrace() is None").result == "True"


@pytest.mark.parametrize("how", ["signal", "message"])
def test_interrupt_at_a_breakpoint(debug: Debug, how: str) -> None:
    """[89] The cell ends with a clean traceback, and the next one can be debugged."""
    msg_id, thread, _ = debug.stop_at(CODE, IN_F)
    if how == "signal":
        debug.client.signal()
    else:
        debug.client.answer("interrupt_request", channel="control")
    ran = debug.client.collect(msg_id)
    assert ran.reply["content"]["ename"] == "KeyboardInterrupt"
    assert "pydevd" not in "".join(ran.reply["content"]["traceback"])
    until(lambda: debug.ask("debugInfo")["stoppedThreads"] == [])
    assert debug.client.run("1 + 1").result == "2"
    msg_id, thread, _ = debug.stop_at(CODE, IN_F)
    assert debug.finish(msg_id, thread).text() == "6\n"


def test_interrupt_of_what_is_evaluated(debug: Debug) -> None:
    """The evaluation ends; the cell stands where it stood. Other requests have not waited for it."""
    msg_id, thread, frame = debug.stop_at(CODE, IN_F)
    arguments = {
        "expression": "print('going') or [0 for _ in iter(int, 1)]",
        "frameId": frame,
        "context": "repl",
    }
    content = {"type": "request", "seq": 8, "command": "evaluate", "arguments": arguments}
    endless = debug.client.send_request("debug_request", content, "control")
    debug.client.await_stream("going")
    assert debug.ask("debugInfo")["stoppedThreads"] == [thread]
    debug.client.signal()
    reply = debug.client.get_control_msg(timeout=WAIT)
    assert reply["parent_header"]["msg_id"] == endless
    assert "KeyboardInterrupt" in reply["content"]["message"]
    assert debug.line(thread) == IN_F
    assert debug.finish(msg_id, thread).status == "ok"


def test_pause(debug: Debug) -> None:
    """Of a cell that runs."""
    msg_id = debug.client.execute(
        "going = True\nprint('going')\nwhile going:\n    rounds = 1", allow_stdin=False
    )
    debug.client.await_stream("going")
    [thread] = debug.ask("threads")["threads"]
    debug.ask("pause", threadId=thread["id"])
    assert debug.event("stopped")["reason"] == "pause"
    frame = debug.frames(thread["id"])[0]["id"]
    debug.ask("setExpression", expression="going", value="False", frameId=frame)
    assert debug.finish(msg_id, thread["id"]).status == "ok"


def test_a_thread_of_the_users_stands_alone(debug: Debug) -> None:
    """Cells run meanwhile."""
    code = "import threading\ndef work():\n    done = 1\nt = threading.Thread(target=work)\nt.start()"
    debug.breakpoints(code, 3)
    assert debug.client.run(code).status == "ok"
    until(lambda: debug.ask("debugInfo")["stoppedThreads"])
    [thread] = debug.ask("debugInfo")["stoppedThreads"]
    assert debug.client.run("t.is_alive()").result == "True"
    debug.ask("continue", threadId=thread)
    assert debug.client.run("t.join(); t.is_alive()").result == "False"


def test_breakpoint_in_a_cell_that_awaits(debug: Debug) -> None:
    code = "import asyncio\nasync def g():\n    await asyncio.sleep(0)\n    return 5\nprint(await g())"
    msg_id, thread, _ = debug.stop_at(code, 4)
    assert [each["name"] for each in debug.frames(thread)] == ["g", "<module>"]
    assert debug.finish(msg_id, thread).text() == "5\n"


def test_breakpoint_function(debug: Debug) -> None:
    """`breakpoint()` in a cell stops for the debugger while there is one."""
    debug.ask("configurationDone")
    msg_id = debug.client.execute("q = 1\nbreakpoint()\nprint(q)", allow_stdin=False)
    thread = debug.event("stopped")["threadId"]
    assert debug.line(thread) == 3
    assert debug.finish(msg_id, thread).text() == "1\n"


def test_forked_children_pass_breakpoints(debug: Debug) -> None:
    """They have nobody who would let them go on."""
    code = "import os\npid = os.fork()\nif pid == 0:\n    os._exit(7)\nprint(os.waitpid(pid, 0)[1] >> 8)"
    debug.breakpoints(code, 4)
    assert debug.client.run(code).text() == "7\n"


def test_disconnect_lets_go(client: Client) -> None:
    """Cells run untraced again, at a breakpoint too; and a second debugging is like the first."""
    debug = Debug(client)
    client.run("import sys, threading, os\nenvironment = dict(os.environ); hook = sys.breakpointhook")
    for _ in range(2):
        debug.begin()
        msg_id, _, _ = debug.stop_at(CODE, IN_F)
        debug.ask("terminate")
        assert client.collect(msg_id).text() == "6\n"
        info = debug.ask("debugInfo")
        assert (info["isStarted"], info["breakpoints"], info["stoppedThreads"]) == (False, [], [])
        assert client.run("sys.gettrace(), threading.gettrace(), threading.active_count()").result.startswith(
            "(None, None, "
        )
        assert client.run("sys._getframe().f_code.co_filename").result.startswith("'<ipython-input-")
        assert client.run("os.environ == environment, sys.breakpointhook is hook").result == "(True, True)"


def test_refusals(client: Client) -> None:
    """Every request gets an answer, a sentence if need be."""
    debug = Debug(client)
    assert "initialize" in debug.reply("stackTrace", threadId=1)["message"]
    assert "not supported" in debug.reply("stepBack")["message"]
    assert "'code' (str)" in debug.reply("dumpCell")["message"]
    assert "'source.path' (str)" in debug.reply("setBreakpoints", source=5)["message"]
    assert "no source" in debug.reply("source", source={"path": "/nowhere"})["message"]
    assert not client.answer("debug_request", {}, "control")["content"]["success"]
    modules = debug.ask("modules", startModule=0, moduleCount=3)
    assert len(modules["modules"]) == 3
    assert modules["totalModules"] > 100


@pytest.mark.parametrize("how", ["signal", "message"])
def test_end_at_a_breakpoint(own_client: Client, how: str) -> None:
    """A kernel whose client has gone while a cell stood ends like any other, and leaves no files."""
    debug = Debug(own_client)
    debug.begin()
    debug.stop_at(CODE, IN_F)
    directory = Path(debug.ask("debugInfo")["tmpFilePrefix"])
    assert directory.is_dir()
    if how == "signal":
        os.kill(own_client.launched.pid, signal.SIGTERM)
    else:
        own_client.answer("shutdown_request", {"restart": False}, "control")
    assert own_client.gone() == 0
    assert not directory.exists()


FORBID = """
import sys
class Forbid:
    def find_spec(name, path=None, target=None):
        if name == "debugpy":
            raise ModuleNotFoundError("No module named 'debugpy'")
sys.meta_path.insert(0, Forbid)
"""


def test_without_debugpy(kernel_env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(FORBID)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    with running_kernel({**kernel_env, "PYTHONPATH": path}) as client:
        content = client.answer("kernel_info_request", channel="control")["content"]
        assert content["debugger"] is False
        assert "debugger" not in content["supported_features"]
        debug = Debug(client)
        assert debug.ask("debugInfo")["isStarted"] is False
        message = debug.reply("initialize", clientID="test")["message"]
        assert "zconsole[debug]" in message
        client.run("answer = 42")
        assert values(debug.ask("inspectVariables")["variables"]) == {"answer": "42"}
