"""Start, interrupt, input, death and end of a kernel process, driven by jupyter_client."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import zmq

from tests.kernel.strangers import WAIT, Client, Gate, alive, connected, end, running_kernel, until
from zconsole.connection import ConnectionInfo, write_connection
from zconsole.launch import launch, own_kernel_argv

MILLISECONDS = int(WAIT * 1000)

BLOCKERS = {
    "loop": "while True: pass",
    "sleep": "import time; time.sleep(100)",
    "await": "import asyncio; await asyncio.sleep(100)",
    "subprocess": "import subprocess; subprocess.run(['sleep', '100'])",
    "shell": "!sleep 100",
    "join": "import threading; threading.Event().wait()",
    "except": "while True:\n    try:\n        time.sleep(100)\n    except ZeroDivisionError:\n        pass",
    "lock in coroutine": "async def f():\n    time.sleep(100)\nawait f()",
}

# code that no signal ends
STUBBORN = {
    "catches all": "while True:\n    try:\n        time.sleep(100)\n    except BaseException:\n        pass",
    "in C": "import ctypes\nlock = ctypes.create_string_buffer(64)\n"
    "while True:\n    ctypes.CDLL(None).pthread_mutex_lock(lock)",
}


@pytest.mark.parametrize("how", ["signal", "message"])
@pytest.mark.parametrize("code", BLOCKERS.values(), ids=BLOCKERS.keys())
def test_interrupt(client: Client, code: str, how: str) -> None:
    """[71-74] By signal to the group and by message on control; KeyboardInterrupt, and the next cell runs."""
    client.run("import time")
    msg_id = client.execute(f"print('going', flush=True)\n{code}", allow_stdin=False)
    client.await_stream("going")
    if how == "signal":
        client.signal()
    else:
        assert client.answer("interrupt_request", channel="control")["content"]["status"] == "ok"
    ran = client.collect(msg_id)
    if code != BLOCKERS["shell"]:
        assert ran.reply["content"].get("ename") == "KeyboardInterrupt"
    assert client.run("'next'").result == "'next'"


@pytest.mark.parametrize("wait", ["time.sleep(100)", "await asyncio.sleep(100)"])
def test_interrupt_that_the_main_thread_was_not_told_of(client: Client, wait: str) -> None:
    """A signal that comes just before a system call does not cut it short; nor does one that another thread
    was given, which can be had at will."""
    code = f"""
import asyncio, signal, threading, time
other = threading.Thread(target=time.sleep, args=(60,), daemon=True)
other.start()
threading.Timer(0.2, signal.pthread_kill, (other.ident, signal.SIGINT)).start()
{wait}
"""
    assert client.run(code).reply["content"]["ename"] == "KeyboardInterrupt"
    assert client.run("1 + 1").result == "2"


def test_interrupt_at_rest_does_not_hit_the_next_cell(client: Client) -> None:
    """[71, 72]"""
    client.signal()
    client.answer("interrupt_request", channel="control")
    assert client.run("'unharmed'").result == "'unharmed'"


def test_interrupt_of_a_flood_keeps_messages_whole(client: Client) -> None:
    """[50] Interrupts in the middle of output: every message arrives whole, and in order."""
    for _ in range(10):
        msg_id = client.execute("i = 0\nwhile True:\n    print(i); i += 1", allow_stdin=False)
        client.await_stream("999\n")
        client.signal()
        ran = client.collect(msg_id)
        assert ran.status == "error"
    assert client.run("'alive'").result == "'alive'"


def test_a_flood_does_not_keep_control_waiting(client: Client) -> None:
    """[50, 70, 71] Output that cannot be joined, faster than it is sent: control is answered all the same."""
    msg_id = client.execute(
        "import sys\nprint('going')\nwhile True:\n    print('x')\n    print('y', file=sys.stderr)",
        allow_stdin=False,
    )
    client.await_stream("y\n")
    for _ in range(3):
        assert client.answer("kernel_info_request", channel="control")["content"]["status"] == "ok"
    assert client.answer("interrupt_request", channel="control")["content"]["status"] == "ok"
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


def test_an_interrupt_between_a_step_and_the_next(client: Client) -> None:
    """[74] While the event loop notes what the cell's task has to do next: that note must not be lost."""
    msg_id = client.execute(
        "import asyncio, time\nloop = asyncio.get_running_loop()\nnote = loop.call_soon\n"
        "def slow(*args, **kwargs):\n    loop.call_soon = note\n    print('noting', flush=True)\n"
        "    time.sleep(0.5)\n    return note(*args, **kwargs)\n"
        "loop.call_soon = slow\nwhile True: await asyncio.sleep(0)",
        allow_stdin=False,
    )
    client.await_stream("noting")
    client.signal()
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


def test_user_code_that_replaces_the_handler(client: Client) -> None:
    """[75] The next cell can be interrupted all the same."""
    client.run("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)")
    msg_id = client.execute("print('going', flush=True)\nwhile True: pass", allow_stdin=False)
    client.await_stream("going")
    client.signal()
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


def ask(client: Client, code: str) -> tuple[str, dict[str, object]]:
    msg_id = client.execute(code, allow_stdin=True)
    return msg_id, dict(client.get_stdin_msg(timeout=WAIT)["content"])


def test_input_and_getpass(client: Client) -> None:
    """[53-56]"""
    msg_id, request = ask(client, "x = input('name? '); x")
    assert request == {"prompt": "name? ", "password": False}
    client.input("Ada")
    assert client.collect(msg_id).result == "'Ada'"
    msg_id, request = ask(client, "import getpass; getpass.getpass()")
    assert request == {"prompt": "Password: ", "password": True}
    client.input("secret")
    assert client.collect(msg_id).result == "'secret'"
    msg_id, request = ask(client, "input(5)")
    assert request["prompt"] == "5"
    client.input("\x04")
    assert client.collect(msg_id).reply["content"]["ename"] == "EOFError"


def test_input_refused(client: Client) -> None:
    """[52]"""
    assert client.run("input()").reply["content"]["ename"] == "StdinNotImplementedError"


@pytest.mark.parametrize("how", ["signal", "message"])
def test_interrupt_of_input(client: Client, how: str) -> None:
    """[58] And a late answer goes to nobody."""
    msg_id, _ = ask(client, "input('?')")
    if how == "signal":
        client.signal()
    else:
        client.answer("interrupt_request", channel="control")
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"
    client.input("late")
    msg_id, _ = ask(client, "input('?')")
    client.input("in time")
    assert client.collect(msg_id).result == "'in time'"


def test_post_mortem_over_stdin(client: Client) -> None:
    """[61] %debug asks for commands like input() does."""
    client.run("def f(x):\n    return 1 / x")
    client.run("f(0)")
    msg_id, request = ask(client, "%debug")
    assert "ipdb" in str(request["prompt"])
    client.input("p x")
    client.get_stdin_msg(timeout=WAIT)
    client.input("q")
    assert "0" in client.collect(msg_id).text()


@pytest.mark.parametrize(
    ("code", "exit_code"), [("import os; os._exit(7)", 7), ("import os; os.kill(os.getpid(), 11)", -11)]
)
def test_death(own_client: Client, code: str, exit_code: int) -> None:
    """[13]"""
    own_client.execute(code)
    assert own_client.gone() == exit_code


@pytest.mark.parametrize("code", ["", "while True: pass", "import time; time.sleep(100)", "input()"])
def test_shutdown_also_while_busy(own_client: Client, code: str) -> None:
    """[77] The reply comes first, then the end, with code 0, whatever runs."""
    if code:
        own_client.execute(f"print('going', flush=True)\n{code}")
        own_client.await_stream("going")
    reply = own_client.answer("shutdown_request", {"restart": True}, "control")["content"]
    assert reply == {"status": "ok", "restart": True}
    assert own_client.gone() == 0


def test_exit_handlers_run(own_client: Client, tmp_path: Path) -> None:
    """[77] atexit functions of cells."""
    done = tmp_path / "done"
    own_client.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(done)!r}).touch)")
    own_client.answer("shutdown_request", {"restart": False}, "control")
    assert own_client.gone() == 0
    assert done.exists()


def test_a_history_that_cannot_be_written_keeps_nothing_from_ending(
    own_client: Client, tmp_path: Path
) -> None:
    """[77] What is left is said, exit handlers run, and the reason is in the log."""
    done = tmp_path / "done"
    own_client.run(
        f"import atexit, pathlib; atexit.register(pathlib.Path({str(done)!r}).touch)\n"
        "def fail(): raise OSError('the disk is full')\n"
        "get_ipython().history_manager.writeout_cache = fail"
    )
    own_client.answer("shutdown_request", {"restart": False}, "control")
    assert own_client.gone() == 0
    assert done.exists()
    until(lambda: "the disk is full" in own_client.launched.log.read_text())


def test_a_kernel_that_cannot_go_on_ends(own_client: Client) -> None:
    """Whatever threads the user has left; and the log says why."""
    own_client.run("import threading; threading.Thread(target=threading.Event().wait).start()")
    own_client.execute(
        "import asyncio\ndef fail(*_): raise RuntimeError('no clock')\n"
        "asyncio.get_event_loop()._selector.select = fail"
    )
    assert own_client.gone() == 1
    assert "no clock" in own_client.launched.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kernel_that_is_ended_while_it_starts_ends_cleanly(kernel_env: dict[str, str], number: int) -> None:
    """[79] It answers long before it has its interpreter."""
    launched = launch(own_kernel_argv(()), kernel_env)
    try:
        client = connected(launched)
        client.kernel_info()
        assert client.get_shell_msg(timeout=WAIT)["msg_type"] == "kernel_info_reply"
        os.kill(launched.pid, number)
        assert client.gone() == 0
        client.stop_channels()
    finally:
        end(launched)


@pytest.mark.parametrize(
    "main",
    [
        "ending.begin(); threading.Event().wait()",  # it imports, for ever
        "ending.begin(); ending.user_code()",
        "ending.user_code(); module.MAIN_WAIT = 0.01; ending.begin(); threading.Event().wait()",  # a cell
        "ending.user_code(); ending.finish(0)",
    ],
)
def test_an_end_waits_for_the_main_thread_only_while_that_runs_user_code(main: str) -> None:
    script = (
        "import threading\nfrom zconsole.kernel import ending as module\n"
        "module.MAIN_WAIT = module.END_WAIT = 1000\n"
        f"ending = module.Ending(lambda: print('closed', flush=True), lambda: None)\n{main}\nprint('went on')"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=WAIT)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "closed\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", ["", "while True: pass"])
def test_sigterm_is_a_clean_end(own_client: Client, number: int, code: str) -> None:
    """[79]"""
    if code:
        own_client.execute(f"print('going', flush=True)\n{code}")
        own_client.await_stream("going")
    os.kill(own_client.launched.pid, number)
    assert own_client.gone() == 0


@pytest.mark.parametrize(
    ("number", "code"),
    list(zip([signal.SIGTERM, signal.SIGHUP], STUBBORN.values(), strict=True)),
    ids=STUBBORN.keys(),
)
def test_the_end_is_clean_though_the_cell_does_not_stop(
    own_client: Client, kernel_env: dict[str, str], tmp_path: Path, number: int, code: str
) -> None:
    """[79] The history is written and exit handlers run: by another thread than the main one."""
    done = tmp_path / "done"
    own_client.run(
        f"import atexit, pathlib, time; atexit.register(pathlib.Path({str(done)!r}).touch) # {done}"
    )
    own_client.execute(f"print('going', flush=True)\n{code}")
    own_client.await_stream("going")
    os.kill(own_client.launched.pid, number)
    assert own_client.gone() == 0
    assert done.exists()
    with closing(sqlite3.connect(f"{kernel_env['IPYTHONDIR']}/profile_default/history.sqlite")) as history:
        asked = "select count(*) from history where source_raw glob ?"
        assert history.execute(asked, [f"*{done}"]).fetchall() == [(1,)]


def test_an_exit_handler_that_hangs_is_left(own_client: Client) -> None:
    """[77]"""
    child = own_client.run(
        "import atexit, subprocess, time; atexit.register(time.sleep, 100)\n"
        "p = subprocess.Popen(['sleep', '100']); p.pid"
    ).result
    own_client.answer("shutdown_request", {"restart": False}, "control")
    assert own_client.gone() == 0
    until(lambda: not alive(int(child)))


def test_what_cells_have_started_ends_with_the_kernel(own_client: Client) -> None:
    """[77] SIGTERM first, SIGKILL to those who take no notice; a session of its own is left alone."""
    code = """
import subprocess, sys
def start(code, **options):
    code += "; echo ready; while :; do sleep 1; done"
    child = subprocess.Popen(["sh", "-c", code], stdout=subprocess.PIPE, **options)
    child.stdout.readline()
    return child.pid
"""
    own_client.run(code)
    gentle = own_client.run("start(':')").result
    deaf = own_client.run("start('trap \"\" TERM HUP INT')").result
    own = own_client.run("start(':', start_new_session=True)").result
    try:
        own_client.answer("shutdown_request", {"restart": False}, "control")
        assert own_client.gone() == 0
        until(lambda: not alive(int(gentle)))
        until(lambda: not alive(int(deaf)))
        assert alive(int(own))
    finally:
        os.killpg(int(own), signal.SIGKILL)


def test_a_forked_childs_signals_are_its_own(own_client: Client) -> None:
    """[82] It shares the pipe in which the kernel's are told."""
    code = """
import multiprocessing, time
child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(100,))
child.start(); child.terminate(); child.join(20); child.exitcode"""
    assert own_client.run(code).result == str(-signal.SIGTERM)
    own_client.answer("kernel_info_request", channel="control")  # the I/O thread has looked at the pipe
    threads = "import threading; any(isinstance(each, threading.Timer) for each in threading.enumerate())"
    assert own_client.run(threads).result == "False", "the kernel's time to end runs"


@pytest.mark.parametrize("code", ["pass", STUBBORN["in C"]], ids=["at rest", "in C"])
def test_the_kernel_ends_with_its_parent(kernel_env: dict[str, str], code: str) -> None:
    """[80] kill -9 of whoever started it: gone, its children too."""
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from zconsole.launch import *; import time; l = launch(own_kernel_argv());"
            "print(l.connection_file, l.pid, flush=True); time.sleep(1000)",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **kernel_env},
    )
    assert starter.stdout
    client, pids = Client(), []
    try:
        path, pid = starter.stdout.readline().split()
        pids.append(int(pid))
        client.load_connection_file(path)
        client.start_channels()
        client.wait_for_ready(timeout=WAIT)
        child = client.run("import subprocess, time; p = subprocess.Popen(['sleep', '1000']); p.pid").result
        pids.append(int(child))
        client.execute(f"print('going', flush=True)\n{code}")
        client.await_stream("going")
        starter.kill()
        starter.wait()
        until(lambda: not any(map(alive, pids)))
    finally:
        client.stop_channels()
        starter.kill()
        starter.wait()
        starter.stdout.close()
        for each in filter(alive, pids):
            os.kill(each, signal.SIGKILL)


def test_welcome_for_every_subscriber(client: Client) -> None:
    """JEP 65: the second front end is welcomed too."""
    with zmq.Context() as context:
        for _ in range(2):
            with context.socket(zmq.SUB) as socket:
                socket.linger = 0
                socket.subscribe(b"")
                socket.connect(client.launched.info.endpoint("iopub"))
                assert socket.poll(MILLISECONDS)
                assert b"iopub_welcome" in b"".join(socket.recv_multipart())


def test_heartbeat_while_the_gil_is_held(client: Client, gate: Gate, tmp_path: Path) -> None:
    """[81] By C code, which says so itself and then waits for us."""
    held = tmp_path / "held"
    msg_id = client.execute(
        f"import ctypes; ctypes.PyDLL(None).system(b'touch {held}; read line < {gate.path}')",
        allow_stdin=False,
    )
    until(held.exists)
    with zmq.Context() as context, context.socket(zmq.REQ) as beat:
        beat.linger = 0
        beat.connect(client.launched.info.endpoint("hb"))
        for _ in range(3):
            beat.send(b"ping")
            assert beat.poll(MILLISECONDS), "no echo while the GIL is held"
            assert beat.recv() == b"ping"
    gate.open()
    assert client.collect(msg_id).result == "0"


def test_startup_files_and_profile(kernel_env: dict[str, str], tmp_path: Path) -> None:
    """[95] The user's profile, startup files, configuration and extensions are honoured."""
    ipython = tmp_path / "ipython"
    startup = ipython / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-first.py").write_text("from_startup = 'here'\n")
    config = ipython / "profile_default" / "ipython_kernel_config.py"
    config.write_text("c = get_config()\nc.InteractiveShellApp.exec_lines = ['from_line = 5']\n")
    with running_kernel({**kernel_env, "IPYTHONDIR": str(ipython)}) as client:
        assert client.run("from_startup, from_line").result == "('here', 5)"


def test_cells_are_counted_from_where_they_are_to_be(kernel_env: dict[str, str]) -> None:
    """Behind a death the next kernel goes on; what user code starts does not."""
    with running_kernel({**kernel_env, "ZCONSOLE_FIRST_COUNT": "8"}) as client:
        ran = client.run("import os; os.environ.get('ZCONSOLE_FIRST_COUNT', 'nothing')")
        assert ran.reply["content"]["execution_count"] == 8
        assert ran.result == "'nothing'"
        assert client.run("'nothing' in In[8], In[7], Out[8], _i8 == In[8]").result == (
            "(True, '', 'nothing', True)"
        )
        assert "nothing" in client.run("%rerun 8").text()


def test_a_kernel_that_cannot_start_says_why(kernel_env: dict[str, str], tmp_path: Path) -> None:
    """A sentence, and code 1."""
    assert start(kernel_env, "/nosuch/file.json") == "There is no connection file /nosuch/file.json.\n"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = dict.fromkeys(("shell", "iopub", "stdin", "control", "hb"), taken.getsockname()[1])
        info = ConnectionInfo("tcp", "127.0.0.1", ports, b"key")
        write_connection(tmp_path / "taken.json", info)
        said = start(kernel_env, str(tmp_path / "taken.json"))
    assert said.startswith("Cannot listen at tcp://127.0.0.1: Address already in use")


def start(env: dict[str, str], connection_file: str) -> str:
    argv = [part.replace("{connection_file}", connection_file) for part in own_kernel_argv()]
    ran = subprocess.run(
        argv, env={**os.environ, **env}, capture_output=True, text=True, timeout=WAIT, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    return ran.stderr
