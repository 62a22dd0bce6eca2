"""`%gui`: a toolkit's loop beside the kernel's. Tcl's needs no screen; windows are in tests/interop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.strangers import Client, running_kernel, until

TCL = """
import asyncio, tkinter
%gui tk
root = tkinter._default_root = tkinter.Tcl()
ticks = 0
def tick():
    global ticks, timer
    ticks += 1
    timer = root.after(10, tick)
tick()
"""


@pytest.fixture(scope="module")
def tcl(kernel_env: dict[str, str]) -> Iterator[Client]:
    """A kernel in which Tcl's loop runs and calls back."""
    pytest.importorskip("tkinter")
    with running_kernel(kernel_env) as client:
        assert client.run(TCL).status == "ok"
        yield client


def ticks(client: Client) -> int:
    return int(client.run("ticks").result)


def test_callbacks_between_cells(tcl: Client) -> None:
    """[90]"""
    before = ticks(tcl)
    until(lambda: ticks(tcl) > before + 3)


def test_callbacks_while_a_cell_awaits(tcl: Client) -> None:
    """[90]"""
    ran = tcl.run("n = ticks\nwhile ticks < n + 5: await asyncio.sleep(0.01)\n'done'")
    assert ran.result == "'done'"


def test_tasks_go_on(tcl: Client) -> None:
    """[90]"""
    tcl.run("root.after_cancel(timer)")  # nothing but asyncio's own timers ends the toolkit's wait now
    tcl.execute(
        "async def f():\n  await asyncio.sleep(0.05); print('from a task')\ntask = asyncio.create_task(f())"
    )
    tcl.await_stream("from a task")
    tcl.run("tick()")


def test_an_interrupt_between_cells_does_nothing(tcl: Client) -> None:
    """[90]"""
    before = ticks(tcl)
    for _ in range(5):
        tcl.signal()
    until(lambda: ticks(tcl) > before + 3)


def test_an_interrupt_of_an_await(tcl: Client) -> None:
    """[90]"""
    # the toolkit waits in C, and nothing calls Python: no callback, and half a second later no timer of ours
    tcl.run("root.after_cancel(timer)")
    msg_id = tcl.execute("await asyncio.sleep(0.5); print('begun'); await asyncio.sleep(100)")
    tcl.await_stream("begun")
    tcl.signal()
    assert tcl.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"
    tcl.run("tick()")


def test_an_interrupt_of_a_callback(tcl: Client) -> None:
    """[90]"""
    tcl.execute("def hang():\n  print('hangs')\n  while True: pass\n_ = root.after(50, hang)")
    tcl.await_stream("hangs")
    tcl.signal()
    before = ticks(tcl)
    until(lambda: ticks(tcl) > before)


def test_without_a_loop_again(tcl: Client) -> None:
    """[90]"""
    tcl.run("%gui")
    before = ticks(tcl)
    tcl.run("await asyncio.sleep(0.05)")
    assert ticks(tcl) == before
    tcl.run("%gui tk")
    until(lambda: ticks(tcl) > before)


def test_asyncio_is_there_anyway(client: Client) -> None:
    ran = client.run("%gui asyncio")
    assert (ran.status, ran.text("stderr")) == ("ok", "")


def test_a_toolkit_that_nobody_knows(client: Client) -> None:
    ran = client.run("%gui nosuch")
    assert "There is no event loop for 'nosuch'; there is one for tk, qt" in ran.text("stderr")
    assert client.run("1").result == "1"


def test_a_toolkit_that_is_not_installed(client: Client) -> None:
    ran = client.run("import sys; sys.modules['gi'] = None\n%gui gtk3")
    assert "The toolkit 'gtk3' cannot be used here: " in ran.text("stderr")
    assert "Traceback" not in ran.text("stderr")


def test_a_kernel_that_is_told_to_end_ends(kernel_env: dict[str, str]) -> None:
    pytest.importorskip("tkinter")
    with running_kernel(kernel_env) as client:
        client.run(TCL)
        client.send_request("shutdown_request", {"restart": False}, "control")
        assert client.gone() == 0
