"""qtconsole's widget, without a screen, with our kernel behind it: keys go in, text and pictures come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.slow

WAIT = 30  # seconds
PICTURE = "￼"  # what a Qt document has in place of a picture


class Console:
    """A console widget and the kernel that it has started."""

    def __init__(self, app: Any, widget: Any, manager: Any) -> None:
        self.app, self.widget, self.manager = app, widget, manager

    @property
    def text(self) -> str:
        return str(self.widget._control.toPlainText())

    def wait(self, condition: Callable[[], object], what: str = "") -> None:
        """Run Qt's loop until a condition holds; it is looked at whenever Qt has done something."""
        from qtpy import QtCore

        loop, deadline = QtCore.QEventLoop(), QtCore.QTimer()
        deadline.setSingleShot(True)
        deadline.start(WAIT * 1000)
        while not condition():
            assert deadline.isActive(), f"{what or 'it has not come about'} in:\n{self.text}"
            loop.processEvents(QtCore.QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def wait_text(self, text: str) -> None:
        self.wait(lambda: text in self.text, repr(text))

    def run(self, code: str, *shows: str) -> None:
        """Execute as if it had been typed, until the reply and these texts have come, in any order."""
        before = len(self.text)
        done: list[Any] = []
        self.widget.executed.connect(done.append)
        self.widget.execute(code)
        self.wait(lambda: done, code)
        self.widget.executed.disconnect(done.append)
        self.wait(lambda: all(text in self.text[before:] for text in shows), f"{shows} from {code!r}")

    def wait_prompt(self, behind: str) -> None:
        """Wait for a prompt behind some text."""
        self.wait(lambda: re.search(r"In \[\d+\]: $", self.text.rpartition(behind)[2]), "a prompt")


@pytest.fixture(scope="module")
def app(environment: object) -> Iterator[Any]:
    pytest.importorskip("PySide6")
    pytest.importorskip("qtconsole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setenv("QT_API", "pyside6")
        from qtpy import QtWidgets

        yield QtWidgets.QApplication.instance() or QtWidgets.QApplication(["test"])


@pytest.fixture(scope="module")
def console(app: Any) -> Iterator[Console]:
    from qtconsole.manager import QtKernelManager
    from qtconsole.rich_jupyter_widget import RichJupyterWidget

    manager = QtKernelManager(kernel_name="zconsole")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    widget = RichJupyterWidget(local_kernel=True)
    widget.confirm_restart = False  # by a dialog
    widget.kernel_manager, widget.kernel_client = manager, client
    try:
        console = Console(app, widget, manager)
        console.wait_text("In [1]:")
        yield console
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def test_the_banner(console: Console) -> None:
    assert "zconsole" in console.text


def test_a_cell(console: Console) -> None:
    console.run("print('said'); 6 * 7", "said\n", "]: 42")


def test_a_failure(console: Console) -> None:
    console.run("1/0", "ZeroDivisionError: division by zero")


def test_input(console: Console) -> None:
    done: list[Any] = []
    console.widget.executed.connect(done.append)
    console.widget.execute("x = input('name? ')")
    console.wait_text("name? ")
    console.wait(lambda: console.widget._reading, "it reads")
    console.widget._control.insertPlainText("Bob")
    console.widget._keep_cursor_in_buffer()
    from qtpy import QtCore, QtGui

    for kind in (QtCore.QEvent.Type.KeyPress, QtCore.QEvent.Type.KeyRelease):
        key = QtGui.QKeyEvent(kind, QtCore.Qt.Key.Key_Return, QtCore.Qt.KeyboardModifier.NoModifier, "\r")
        console.app.sendEvent(console.widget._control, key)
    console.wait(lambda: done, "the answer")
    console.run("x * 2", "]: 'BobBob'")


def test_pictures(console: Console) -> None:
    pytest.importorskip("matplotlib")
    assert PICTURE not in console.text
    console.run("%matplotlib inline\nimport matplotlib.pyplot as plt; plt.plot([1, 2]);")
    console.wait_text(PICTURE)


def test_completion(console: Console) -> None:
    console.run("some_long_name = 1")
    console.widget.input_buffer = "some_long_n"
    console.widget._complete()
    console.wait(lambda: console.widget.input_buffer == "some_long_name", "the completion")
    console.widget.input_buffer = ""


def test_help_is_paged(console: Console) -> None:
    """What is long goes into the pager, what is short does not."""
    console.run("print?", "Prints the values to a stream")
    console.run("%quickref")
    pager = console.widget._page_control
    console.wait(lambda: "Quick Reference Card" in pager.toPlainText(), "the reference")
    assert "Quick Reference Card" not in console.text


def test_a_block_is_judged(console: Console) -> None:
    console.widget.execute("def f():", interactive=True)
    console.wait(lambda: "...:" in console.text.rpartition("In [")[2], "a second line")
    console.widget.input_buffer = ""


def test_set_next_input(console: Console) -> None:
    console.run("get_ipython().set_next_input('prepared = 1')")
    console.wait(lambda: console.widget.input_buffer == "prepared = 1", "the prepared input")
    console.widget.input_buffer = ""


def test_clear(console: Console) -> None:
    console.run("print('to be cleared')", "to be cleared\n")
    console.run("%clear")
    console.wait(lambda: "to be cleared" not in console.text)


def test_interrupt(console: Console) -> None:
    done: list[Any] = []
    console.widget.executed.connect(done.append)
    console.widget.execute("print('begun')\nwhile True: pass")
    console.wait_text("begun\n")
    console.widget.interrupt_kernel()
    console.wait(lambda: done, "the end of the cell")
    console.wait_text("KeyboardInterrupt")
    console.run("'alive'", "]: 'alive'")


def test_restart(console: Console) -> None:
    console.run("x = 1")
    before = console.manager.provisioner.pid
    console.widget.restart_kernel("")
    console.wait_prompt("Restarting kernel...")
    assert console.manager.provisioner.pid != before
    console.run("x", "NameError: name 'x' is not defined")


def test_a_kernel_that_dies_is_restarted(console: Console) -> None:
    before = console.manager.provisioner.pid
    console.widget.execute("import os; os._exit(1)")
    console.wait(lambda: console.manager.provisioner.pid not in (None, before), "another kernel")
    console.wait(lambda: console.text.rstrip().endswith("In [1]:"), "the first prompt")
    console.run("6 * 7", "]: 42")


def test_exit(console: Console) -> None:
    asked: list[Any] = []
    console.widget.exit_requested.connect(asked.append)
    console.widget.execute("exit")
    console.wait(lambda: asked, "that it wants to leave")
