"""Whose output it is, when it comes late: from threads, thread pools and tasks of earlier cells."""

from __future__ import annotations

import pytest

from tests.kernel.strangers import WAIT, Client

SETUP = """
import _thread, asyncio, threading
from concurrent.futures import ThreadPoolExecutor
go, done = threading.Event(), threading.Event()
def speak():
    go.wait(20); print('late'); done.set()
"""
LET_GO = "print('own'); go.set(); done.wait(20)"


def texts(client: Client, first: str, second: str) -> list[str]:
    """The text of two requests, collected until the second is done, whatever belongs to which."""
    found = {first: "", second: ""}
    while True:
        message = client.get_iopub_msg(timeout=WAIT)
        parent = message["parent_header"].get("msg_id", "")
        if message["msg_type"] == "stream":
            found[parent] += message["content"]["text"]
        elif message["msg_type"] == "display_data":
            found[parent] += message["content"]["data"]["text/plain"]
        elif parent == second and message["content"].get("execution_state") == "idle":
            return [found[first], found[second]]


STARTS = {
    "Thread": "threading.Thread(target=speak).start()",
    "its own run": "class T(threading.Thread):\n    def run(self): speak()\nT().start()",
    "from a thread": "threading.Thread(target=lambda: threading.Thread(target=speak).start()).start()",
    "Timer": "threading.Timer(0, speak).start()",
    "_thread": "_thread.start_new_thread(speak, ())",
    "pool": "ThreadPoolExecutor(1).submit(speak)",
    "to_thread": "task = asyncio.create_task(asyncio.to_thread(speak)); await asyncio.sleep(0)",
    "in await": "await asyncio.sleep(0); threading.Thread(target=speak).start()",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_late_output_of_a_thread_is_its_cells(client: Client, start: str) -> None:
    """[40] While another cell runs, a thread speaks for the cell that started it."""
    first = client.execute(SETUP + start)
    assert texts(client, first, client.execute(LET_GO)) == ["late\n", "own\n"]


def test_late_output_of_a_task_is_its_cells(client: Client) -> None:
    """[41] A task of an earlier cell that goes on while a cell awaits."""
    make = "import asyncio\ngo = asyncio.Event()\nasync def speak():\n    await go.wait(); print('late')\n"
    first = client.execute(f"{make}task = asyncio.create_task(speak())")
    assert texts(client, first, client.execute("print('own'); go.set(); await task")) == ["late\n", "own\n"]


def test_late_display_of_a_thread_is_its_cells(client: Client) -> None:
    """[40] As text, so everything else."""
    speak = (
        "def speak():\n    go.wait(20); display('late'); done.set()\nthreading.Thread(target=speak).start()"
    )
    first = client.execute(SETUP + speak)
    assert texts(client, first, client.execute(LET_GO)) == ["'late'", "own\n"]


@pytest.mark.parametrize(
    "work", ["pool.submit(print, 'work').result()", "await loop.run_in_executor(pool, print, 'work')"]
)
def test_a_pools_work_is_the_cells_that_gave_it(client: Client, work: str) -> None:
    """[40] The worker is older than the cell."""
    make = (
        "loop = asyncio.get_event_loop(); pool = ThreadPoolExecutor(1); pool.submit(print, 'first').result()"
    )
    first = client.execute(f"{SETUP}{make}")
    assert texts(client, first, client.execute(work)) == ["first\n", "work\n"]


def test_a_thread_sees_of_the_users_context_what_it_sees_in_a_script(client: Client) -> None:
    """Only the request is handed on; a pool's initializer is still seen by its work."""
    code = """
import contextvars, threading
from concurrent.futures import ThreadPoolExecutor
var = contextvars.ContextVar("var", default="empty"); var.set("the cell's")
thread = threading.Thread(target=lambda: print(var.get())); thread.start(); thread.join()
pool = ThreadPoolExecutor(1, initializer=var.set, initargs=["the worker's"])
pool.submit(lambda: print(var.get())).result()
"""
    assert client.run(code).text() == "empty\nthe worker's\n"
