"""`%gui` and `%matplotlib` with windows: Qt's without a screen, Tk's on a virtual one [90].

What of it needs no window is in tests/kernel/test_gui.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.kernel.strangers import Client, running_kernel, until

pytestmark = pytest.mark.slow

TICKS = {
    "qt": """
from PySide6 import QtCore, QtWidgets
app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([""])
window = QtWidgets.QLabel("text"); window.show()
timer = QtCore.QTimer(); timer.timeout.connect(lambda: tick()); timer.start(10)
def later(function): QtCore.QTimer.singleShot(0, function)
def stop_ticks(): timer.stop()
def is_shown(figure): return figure.canvas.isVisible()
""",
    "tk": """
import tkinter
window = tkinter.Tk()
def again(): tick(); window.ticks = window.after(10, again)
again()
def later(function): window.after(0, function)
def stop_ticks(): window.after_cancel(window.ticks)
def is_shown(figure): return bool(figure.canvas.manager.window.winfo_viewable())
""",
}
COUNT = "ticks = 0\ndef tick():\n    global ticks; ticks += 1\n"


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    """A virtual screen, and the variable that names it."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("there is no Xvfb here")
    read, write = os.pipe()
    argv = [server, "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    process = subprocess.Popen(argv, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as number:  # it says the number when it is ready, and ends the line
            yield {"DISPLAY": f":{number.readline().strip()}"}
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=["qt", "tk"])
def windows(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[Client]:
    """A kernel with a window, whose toolkit calls `tick`."""
    if request.param == "qt":
        pytest.importorskip("PySide6")
        variables = {"QT_QPA_PLATFORM": "offscreen"}
    else:
        pytest.importorskip("tkinter")
        variables = request.getfixturevalue("screen")
    with running_kernel({**environment, **variables, "MPLBACKEND": ""}) as client:
        began = client.run(
            f"toolkit = '{request.param}'\n%gui {request.param}\n{COUNT}{TICKS[request.param]}"
        )
        assert (began.status, began.text("stderr")) == ("ok", "")
        yield client


def ticks(client: Client) -> int:
    return int(client.run("ticks").result)


def test_windows_live_between_cells(windows: Client) -> None:
    before = ticks(windows)
    until(lambda: ticks(windows) > before + 3)


def test_windows_live_while_a_cell_awaits(windows: Client) -> None:
    code = "import asyncio; n = ticks\nwhile ticks < n + 5: await asyncio.sleep(0.01)\n'done'"
    assert windows.run(code).result == "'done'"


def test_an_interrupt_between_cells_does_and_says_nothing(windows: Client) -> None:
    windows.signal()
    code = "import asyncio; n = ticks\nwhile ticks < n + 5: await asyncio.sleep(0.01)\n'alive'"
    msg_id, said = windows.execute(code, allow_stdin=False), []
    while "execute_result" not in said:
        said.append(windows.get_iopub_msg(timeout=20)["msg_type"])
    assert set(said) <= {"status", "execute_input", "execute_result"}, "whosever it is"
    windows.collect(msg_id)


def test_an_interrupt_of_an_await_while_nothing_happens(windows: Client) -> None:
    windows.run("stop_ticks()")
    windows.run("import asyncio")
    msg_id = windows.execute("await asyncio.sleep(0.5); print('begun'); await asyncio.sleep(100)")
    windows.await_stream("begun")
    windows.signal()
    assert windows.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


def test_an_interrupt_of_a_callback(windows: Client) -> None:
    windows.run("def hang():\n    print('hangs')\n    while True: pass\nlater(hang)")
    windows.await_stream("hangs")
    windows.signal()
    assert windows.run("'alive'").result == "'alive'"


def test_a_callback_that_fails(windows: Client) -> None:
    windows.run("later(lambda: 1/0)")
    windows.await_stream("ZeroDivisionError")
    assert windows.run("'alive'").result == "'alive'"


def test_matplotlib(windows: Client) -> None:
    """A figure is shown while the kernel waits, and `show` does not wait for it to be closed."""
    pytest.importorskip("matplotlib")
    ran = windows.run(
        "%matplotlib {toolkit}\nimport matplotlib.pyplot as plt\n"
        "fig = plt.figure(); plt.plot([1, 2]); plt.show()"
    )
    assert ran.status == "ok", ran.reply
    assert windows.run("plt.get_backend() == toolkit + 'agg'").result == "True"
    until(lambda: windows.run("is_shown(fig)").result == "True")
    windows.run("plt.close('all')")
    assert (
        windows.run("window.close() if toolkit == 'qt' else window.destroy(); 'closed'").result == "'closed'"
    )


def test_told_to_end(windows: Client) -> None:
    windows.send_request("shutdown_request", {"restart": False}, "control")
    assert windows.gone() == 0
