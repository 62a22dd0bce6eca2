"""Forked children of the kernel: processes that print, and no second kernels."""

from __future__ import annotations

import os
import signal

import pytest

from tests.kernel.strangers import Client, alive, until

FORK = "import os, sys, signal\npid = os.fork()\nif pid == 0:\n    {}\n"
WAIT = "if pid:\n    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"


@pytest.mark.parametrize(
    ("child", "code", "out", "err"),
    [
        ("print('child')", 0, "child\n", ""),
        ("print('child'); os._exit(3)", 3, "child\n", ""),
        ("sys.exit()", 0, "", ""),
        ("sys.exit(4)", 4, "", ""),
        ("sys.exit('why')", 1, "", "why\n"),
        ("sys.stderr.write('text'); sys.stdout.buffer.write(b'\\xc3\\xa4\\xff\\n')", 0, "ä\\xff\n", "text"),
        ("display(5)", 0, "5\n", ""),
        ("os.kill(os.getpid(), signal.SIGTERM)", -15, "", ""),
        ("print(os.spawnlp(os.P_WAIT, 'echo', 'echo', 'grandchild'))", 0, "grandchild\n0\n", ""),
        ("if os.fork(): os.wait()\n    else: print('grandchild')", 0, "grandchild\n", ""),
    ],
)
def test_the_end_of_the_cell_is_the_childs_end(
    client: Client, child: str, code: int, out: str, err: str
) -> None:
    """[82, 83] What it prints arrives, with the cell's header; and only one kernel answers."""
    ran = client.run(FORK.format(child) + WAIT)
    assert ran.status == "ok"
    assert ran.text() == f"{out}{code}\n"
    assert ran.text("stderr") == err
    assert client.run("'alone'").result == "'alone'"


@pytest.mark.parametrize(
    ("child", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("input('?')", "forked child"),
        ("import getpass; getpass.getpass()", "forked child"),
        ("os.kill(os.getpid(), signal.SIGINT)", "KeyboardInterrupt"),
    ],
)
def test_an_exception_in_the_child_is_told_and_ends_it(client: Client, child: str, words: str) -> None:
    ran = client.run(FORK.format(child) + WAIT)
    assert (ran.status, ran.text()) == ("ok", "1\n")
    assert words in ran.text("stderr")
    assert "error" not in ran.types


def test_the_child_runs_no_exit_handlers_of_the_kernels(own_client: Client) -> None:
    own_client.run("import atexit, os; atexit.register(os.write, 1, b'at exit')")
    assert own_client.run(FORK.format("sys.exit()") + WAIT).text() == "0\n"


def test_a_child_forked_by_a_coroutine(client: Client) -> None:
    ran = client.run(f"import asyncio\nawait asyncio.sleep(0)\n{FORK.format('sys.exit(6)')}{WAIT}")
    assert ran.text() == "6\n"
    client.run(
        "async def background():\n    global forked\n    pid = os.fork()\n    if pid: forked = pid\n"
        "    else: print('from the child')\ntask = asyncio.create_task(background())"
    )
    ran = client.run("await task; os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])")
    assert ran.result == "0"


def test_a_child_forked_by_a_thread(client: Client) -> None:
    ran = client.run(
        "import os, threading\ndef fork():\n    global pid\n    pid = os.fork()\n"
        "    if pid == 0: print('child', flush=True)\n"
        "thread = threading.Thread(target=fork); thread.start(); thread.join()\n" + WAIT
    )
    assert ran.text() == "child\n0\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(client: Client, method: str) -> None:
    """[82, 93]"""
    ran = client.run(
        f"import multiprocessing\nprint('before')\ncontext = multiprocessing.get_context({method!r})\n"
        "p = context.Process(target=print, args=('child',)); p.start(); p.join(20)\n"
        "print('after'); p.exitcode"
    )
    assert ran.result == "0"
    assert ran.text() == "before\nchild\nafter\n"


def test_terminate_at_once(client: Client) -> None:
    """A signal that comes while the child is still getting rid of the kernel's handlers is not lost."""
    ran = client.run(
        "import multiprocessing, time\ncontext = multiprocessing.get_context('fork')\ncodes = set()\n"
        "for _ in range(20):\n    p = context.Process(target=time.sleep, args=(100,)); p.start()\n"
        "    p.terminate(); p.join(10); codes.add(p.exitcode)\ncodes"
    )
    assert ran.result == "{-15}"


def test_pools(client: Client) -> None:
    ran = client.run(
        "import concurrent.futures as cf, multiprocessing as mp\n"
        "with mp.Pool(2) as pool: a = pool.map(abs, [-1, -2])\n"
        "with cf.ProcessPoolExecutor(2) as pool: b = list(pool.map(abs, [-3]))\na, b"
    )
    assert ran.result == "([1, 2], [3])"


def test_a_child_that_outlives_the_kernel_learns_that_nobody_reads(own_client: Client) -> None:
    """It does not wait for ever in a full pipe."""
    own_client.run(
        "import os\npid = os.fork()\nif pid == 0:\n    os.setsid()\n    while True: os.write(1, b'x' * 1000)"
    )
    pid = int(own_client.run("pid").result)
    try:
        own_client.signal(signal.SIGKILL)
        own_client.gone()
        until(lambda: not alive(pid))
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
