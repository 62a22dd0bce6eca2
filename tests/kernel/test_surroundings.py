"""What code finds around it: the process, modules, the loop, helpers of libraries. Driven by jupyter_client.

Numbers in brackets are the rows of docs/behaviours.md.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.kernel.strangers import WAIT, Client, Gate, attached, end, running_kernel, until
from zconsole.launch import launch, own_kernel_argv


def test_shell_commands(client: Client) -> None:
    """[45] Their output is the cell's, their exit code in _exit_code; what would stay behind is refused."""
    ran = client.run("!echo said; exit 3")
    assert ran.text().split() == ["said"]
    assert client.run("_exit_code").result == "3"
    assert client.run("got = !echo listed\ngot").result == "['listed']"
    assert "not supported" in client.run("!sleep 100 &").reply["content"]["evalue"]


def test_environment(kernel_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """[46] Children are told to use colours and no pager, unless the user has said otherwise."""
    for name in (*_TOLD, "PAGER"):
        monkeypatch.delenv(name, raising=False)
    with running_kernel({**kernel_env, "PAGER": "mine"}) as client:
        said = client.run(f"import os\nfor name in {[*_TOLD, 'PAGER']}: print(os.environ[name])").text()
    assert said.split() == [*_TOLD.values(), "mine"]


_TOLD = {
    "TERM": "xterm-256color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "GIT_PAGER": "cat",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def test_logging_and_warnings_go_to_stderr(client: Client) -> None:
    """[47, 48] Also through a handler, and `sys.__stderr__` can be written."""
    ran = client.run(
        "import logging, warnings, sys\nlogging.getLogger('fresh').warning('last resort')\n"
        "handler = logging.StreamHandler()\nlogging.getLogger('h').addHandler(handler)\n"
        "logging.getLogger('h').error('handled')\nwarnings.warn('warned')\nsys.__stderr__.write('x');"
    )
    text = ran.text("stderr")
    assert [word in text for word in ("last resort", "handled", "UserWarning: warned")] == [True] * 3


def test_cells_have_sources(client: Client) -> None:
    """[49] linecache and inspect find the lines of every cell, and a traceback shows those of older ones."""
    client.run("def first():\n    return 1 / 0")
    client.run("def second():\n    return 2")
    assert client.run("import inspect; inspect.getsource(first)").result == repr(
        "def first():\n    return 1 / 0\n"
    )
    shown = "".join(client.run("first()").reply["content"]["traceback"])
    assert "2     return 1 / 0" in re.sub(r"\x1b\[[\d;]*m", "", shown)


def test_sources_of_which_nothing_lives_on_are_not_kept(client: Client) -> None:
    """[51] A long session does not keep the lines of every cell a second time; those of a failure stay."""
    count = "import linecache; sum('ipython-input' in name for name in linecache.cache)"
    before = int(client.run(count).result)
    client.run("x = 1")
    assert int(client.run(count).result) <= before + 1  # of the cell that counts itself
    client.run("f = lambda: 1")
    client.run("1 / 0")
    assert int(client.run(count).result) >= before + 2


def test_failures_leave_little_behind(client: Client) -> None:
    """[51] The newest failure's lines stay for %debug; its syntax tree, and older ones' lines, do not."""
    lines = "import linecache; sum('ipython-input' in name for name in linecache.cache)"
    parsed = "import ast, gc; gc.collect(); sum(isinstance(each, ast.Raise) for each in gc.get_objects())"
    client.run("raise ValueError(9)")
    before, trees = int(client.run(lines).result), int(client.run(parsed).result)
    for number in range(5):
        client.run(f"raise ValueError({number})")
    assert int(client.run(lines).result) == before + 2  # of the cells that count
    assert int(client.run(parsed).result) <= trees
    shown = client.run("import traceback, sys; traceback.format_tb(sys.last_traceback)[-1]").result
    assert "ValueError(4)" in shown


def test_user_threads_outlive_an_interrupt(client: Client) -> None:
    """[76] The wait for one can be interrupted; the thread goes on."""
    client.run(
        "import threading\ngo, done = threading.Event(), threading.Event()\n"
        "thread = threading.Thread(target=lambda: (go.wait(), done.set()), daemon=True); thread.start()"
    )
    msg_id = client.execute("print('going', flush=True); thread.join()", allow_stdin=False)
    client.await_stream("going")
    client.signal()
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"
    assert client.run("go.set(); done.wait(10)").result == "True"


def test_a_replaced_wakeup_descriptor_does_no_harm(client: Client) -> None:
    """[75] An idle await is interrupted although a cell took asyncio's own wake-up away."""
    client.run("import signal, asyncio; signal.set_wakeup_fd(-1)")
    msg_id = client.execute("print('going', flush=True); await asyncio.sleep(100)", allow_stdin=False)
    client.await_stream("going")
    client.signal()
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


def test_a_cell_that_closes_the_loop_as_a_script_does(client: Client) -> None:
    """[91] It is the kernel's."""
    client.run("import asyncio\nasync def f(): return 'ran'")
    code = "loop = asyncio.get_event_loop()\nprint(loop.run_until_complete(f()))\nloop.close()"
    for _ in range(2):
        assert client.run(code).text() == "ran\n"
    assert client.run("await f()").result == "'ran'"


def test_async_syntax_and_autoawait(client: Client) -> None:
    """[91] `async for` and `async with` at the top level; `%autoawait` turns it off and on."""
    client.run(
        "from contextlib import asynccontextmanager\nasync def numbers():\n    yield 1\n    yield 2\n"
        "@asynccontextmanager\nasync def room():\n    yield 'in'"
    )
    assert client.run("async for n in numbers(): print(n)").text() == "1\n2\n"
    assert client.run("async with room() as r: print(r)").text() == "in\n"
    assert client.run("[n async for n in numbers()]").result == "[1, 2]"
    client.run("%autoawait False")
    assert client.run("async for n in numbers(): print(n)").reply["content"]["ename"] == "SyntaxError"
    client.run("%autoawait True")
    assert client.run("async for n in numbers(): print(n)").text() == "1\n2\n"


@pytest.mark.parametrize("setting", ["var.set(5)", "import asyncio; await asyncio.sleep(0); var.set(5)"])
def test_context_variables_stay(client: Client, setting: str) -> None:
    """[92] Set in one cell, with or without await, seen in the next, with or without."""
    client.run("import contextvars; var = contextvars.ContextVar('var', default=0)")
    client.run(setting)
    assert client.run("var.get()").result == "5"
    assert client.run("await asyncio.sleep(0); var.get()").result == "5"


def test_main(client: Client) -> None:
    """[93] Cells are the module __main__: classes of theirs can be pickled, and are found by children."""
    assert client.run("import sys; __name__, '__file__' in globals(), sys.argv").result == (
        "('__main__', False, [''])"
    )
    client.run("class Picklable:\n    x = 3\nimport pickle")
    assert client.run("pickle.loads(pickle.dumps(Picklable())).x").result == "3"
    assert client.run("sys.modules['__main__'].Picklable is Picklable").result == "True"


def test_multiprocessing_spawn(client: Client) -> None:
    """[93] A child that imports main anew starts no kernel and does its work."""
    ran = client.run(
        "import multiprocessing, operator\n"
        "with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "    print(pool.apply(operator.add, (1, 2)))"
    )
    assert ran.text() == "3\n"


def test_paths(own_client: Client, tmp_path: Path) -> None:
    """[94] The working directory is the starter's; modules are found in it, also after %cd, but none in it
    takes the place of Python's own."""
    assert own_client.run("import sys, os; os.getcwd()").result == repr(os.getcwd())
    (tmp_path / "fractions.py").write_text("x = 'from the wrong place'\n")
    (tmp_path / "only_here.py").write_text("x = 'imported'\n")
    own_client.run(f"%cd -q {tmp_path}")
    assert own_client.run("import only_here; only_here.x").result == "'imported'"
    assert own_client.run("import fractions; hasattr(fractions, 'x')").result == "False"


def test_a_startup_file_that_fails_is_told(kernel_env: dict[str, str], tmp_path: Path) -> None:
    """[95] To the first client that subscribes, although that comes when all is over; the kernel works."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    ready = tmp_path / "ready"
    (startup / "00-bad.py").write_text("print('began')\nnosuchname\n")
    lines = ("-c", f"open({str(ready)!r}, 'w').close(); good = 1")
    launched = launch(own_kernel_argv(lines), {**kernel_env, "IPYTHONDIR": str(tmp_path / "ipython")})
    try:
        until(ready.exists)
        with attached(launched) as client:
            said: list[str] = []
            while "error" not in said:
                said.append(client.get_iopub_msg(timeout=WAIT)["msg_type"])
            assert "stream" in said
            assert client.run("good").result == "1"
    finally:
        end(launched)


def test_extensions_and_options(kernel_env: dict[str, str], tmp_path: Path) -> None:
    """[95] IPython's own command line: -c, --ext, and any trait."""
    (tmp_path / "an_extension.py").write_text("def load_ipython_extension(ip): ip.push({'extended': 1})\n")
    arguments = ("-c", "said = 2", "--ext", "an_extension", "--InteractiveShell.ast_node_interactivity=all")
    with running_kernel({**kernel_env, "PYTHONPATH": f"{tmp_path}:{os.getcwd()}"}, arguments) as client:
        ran = client.run("extended\nsaid")
        assert [item["data"]["text/plain"] for item in ran.contents("execute_result")] == ["1", "2"]
        (tmp_path / "later.py").write_text("def load_ipython_extension(ip): ip.push({'late': 3})\n")
        assert client.run("%load_ext later\nlate").contents("execute_result")[-1]["data"]["text/plain"] == "3"


@pytest.mark.parametrize("trouble", ["locked", "no database", "a folder that cannot be written"])
def test_history_that_cannot_be_kept(kernel_env: dict[str, str], tmp_path: Path, trouble: str) -> None:
    """[69] Cells run, and the session's own lines can be asked for or are at least answered."""
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    # how long SQLite waits for a lock
    (profile / "ipython_config.py").write_text("c.HistoryAccessor.connection_options = {'timeout': 0.3}")
    file = profile / "history.sqlite"
    lock = None
    if trouble == "locked":
        lock = sqlite3.connect(file)
        lock.execute("begin exclusive")
    elif trouble == "no database":
        file.write_text("this is no database" * 100)
    else:
        file.mkdir()
    try:
        with running_kernel({**kernel_env, "IPYTHONDIR": str(tmp_path / "ipython")}) as client:
            assert client.run("'runs'", timeout=30).result == "'runs'"
            reply = client.answer("history_request", {"hist_access_type": "tail", "n": 1})["content"]
            assert reply["status"] in ("ok", "error")
            assert client.run("'goes on'").result == "'goes on'"
    finally:
        if lock:
            lock.close()


def test_history_in_memory(kernel_env: dict[str, str]) -> None:
    """[69] `hist_file=":memory:"` leaves no file."""
    with running_kernel(kernel_env, ("--HistoryManager.hist_file=:memory:",)) as client:
        client.run("kept = 1")
        reply = client.answer("history_request", {"hist_access_type": "tail", "n": 1})["content"]
        assert reply["history"][-1][2] == "kept = 1"


def test_a_session_in_the_history(kernel_env: dict[str, str], tmp_path: Path) -> None:
    """[69] Its file is opened when there is something to write or to read; it ends with the session."""
    env = {**kernel_env, "IPYTHONDIR": str(tmp_path / "ipython")}
    with running_kernel(env) as client:
        client.run("first = 1")
        _leave(client)
    with running_kernel(env) as client:
        assert client.run("get_ipython().history_manager.session_number").result == "2"
        assert "first = 1" in client.run("%history ~1/").text()
        _leave(client)
    with closing(sqlite3.connect(tmp_path / "ipython" / "profile_default" / "history.sqlite")) as file:
        sessions = file.execute("select session, end is not null, num_cmds from sessions").fetchall()
        lines = file.execute("select session, line, source_raw from history").fetchall()
    assert sessions == [(1, 1, 1), (2, 1, 2)]
    assert [line for line in lines if line[1] == 1] == [
        (1, 1, "first = 1"),
        (2, 1, "get_ipython().history_manager.session_number"),
    ]


def _leave(client: Client) -> None:
    client.answer("shutdown_request", {"restart": False}, "control")
    assert client.gone() == 0


def test_what_is_made_later_is_there(own_client: Client) -> None:
    """[95] The completer and the inspector, for whoever asks first."""
    assert own_client.run("%config IPCompleter.use_jedi").result == "False"
    assert own_client.run("get_ipython().Completer.use_jedi").result == "False"
    assert own_client.run("get_ipython().inspector.info(len)['type_name']").result == (
        "'builtin_function_or_method'"
    )
    own_client.run("get_ipython().set_hook('complete_command', lambda *_: ['mine'], str_key='%fetch')")
    found = own_client.answer("complete_request", {"code": "%fetch m", "cursor_pos": 8})["content"]
    assert found["matches"] == ["mine"]


def test_stacks_on_sigusr1(own_client: Client) -> None:
    """[79] The stacks of all threads go to the log; what runs goes on."""
    msg_id = own_client.execute(
        "import time\ndef a_function():\n    print('going', flush=True)\n    time.sleep(0.5)\na_function()"
    )
    own_client.await_stream("going")
    os.kill(own_client.launched.pid, signal.SIGUSR1)
    assert own_client.collect(msg_id).status == "ok"
    assert "in a_function" in own_client.launched.log.read_text()


def test_who_asks_for_the_kernel_finds_it(client: Client) -> None:
    """[96]"""
    client.run("kernel = get_ipython().kernel")
    assert client.run("kernel.get_parent()['header']['msg_type']").result == "'execute_request'"
    assert client.run("'cell text' in kernel.get_parent()['content']['code']").result == "True"
    assert client.run("callable(kernel.comm_manager.register_target)").result == "True"


def test_kernel_info_while_ipython_is_imported(
    kernel_env: dict[str, str], tmp_path: Path, gate: Gate
) -> None:
    """[70] On both channels, while a startup file still waits."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    entered = tmp_path / "entered"
    (startup / "00-wait.py").write_text(f"open({str(entered)!r}, 'w').close()\n{gate.wait}\n")
    launched = launch(own_kernel_argv(), {**kernel_env, "IPYTHONDIR": str(tmp_path / "ipython")})
    try:
        with attached(launched) as client:
            until(entered.exists)
            for channel in ("control", "shell"):
                assert client.answer("kernel_info_request", channel=channel)["content"]["status"] == "ok"
            msg_id = client.execute("'queued'", allow_stdin=False)
            gate.open()
            assert client.collect(msg_id).result == "'queued'"
    finally:
        end(launched)


TLS = """
import asyncio, ssl

def context(protocol):
    made = ssl.SSLContext(protocol)
    made.check_hostname = False
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("aNULL:@SECLEVEL=0")  # no certificate is needed
    return made

async def answer(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()

async def ask():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context(ssl.PROTOCOL_TLS_SERVER))
    address = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(*address, ssl=context(ssl.PROTOCOL_TLS_CLIENT))
    writer.write(b"hello\\n")
    line = await reader.readline()
    writer.close()
    server.close()
    return line
"""


def test_a_cell_speaks_tls(client: Client) -> None:
    """Neither asyncio nor ssl is there before."""
    client.run(TLS)
    assert client.run("await ask()").result == "b'HELLO\\n'"
