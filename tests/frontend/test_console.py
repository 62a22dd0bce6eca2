"""The session with a kernel of paper and a keyboard of pipe: what is asked, what is drawn, how it ends."""

import asyncio
import re
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.frontend import messages as m
from zconsole.frontend.console import Console, Options
from zconsole.frontend.languages import Judge
from zconsole.frontend.link import Link
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.device.graphics import Window
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.terminal import Terminal
from zconsole.frontend.settings import Settings
from zconsole.kernelerror import KernelDied, NoReply
from zconsole.process import Exit

DEADLINE = 10  # seconds for a whole session; they take a tenth of one


class PaperTty:
    """Remembers what is written."""

    def __init__(self):
        self.written = ""
        self.gone = self.is_terminal = False
        self.window = Window()
        self.session = self.as_found = self.spared = nullcontext

    def write(self, text):
        self.written += text

    async def drain(self):
        pass

    def quiet(self):
        pass

    forget_typed = skim = quiet


class PaperKernel:
    """A KernelManager without a kernel: `cells` maps code to what is sent when it is executed."""

    listener: Any
    signals: Any
    alive = True

    def __init__(self, cells, owned=True, start_error=None):
        self.cells = cells
        self.owned = owned
        self.launched = (
            SimpleNamespace(connection_file="/run/kernel.json", first=1, name="") if owned else None
        )
        self.info = SimpleNamespace(endpoint=lambda channel: f"ipc://{channel}", is_local=True)
        self.session_id = m.CLIENT.session
        self.start_error = start_error
        self.log = ""
        self.executed, self.answers, self.did = [], [], []
        self.count = 0

    async def ready(self, timeout):
        if self.start_error:
            raise self.start_error
        info = {"language_info": {"name": "python", "version": "3"}, "implementation": "paper"}
        return m.reply(m.request(), "kernel_info_reply", **info)

    def request(self, msg_type, content, metadata=None):
        message = m.request(msg_type, **content)
        if content["silent"]:  # "which number is next?"
            reply = m.execute_reply(message, count=41)
            asyncio.get_running_loop().call_soon(self.send, reply)
            return message
        self.executed.append(content["code"])
        self.count += 1
        self.running = message
        script = self.cells.get(content["code"], finished)
        for step in [m.busy(message), *script(message, self.count)]:
            asyncio.get_running_loop().call_soon(self.send, step)
        return message

    def send(self, step):
        if callable(step):
            step(self)
        else:
            self.listener.receive(*step)

    async def met(self):
        pass

    subscribed = met

    async def kernel_info(self, timeout):
        return await self.ready(timeout)

    async def ask(self, msg_type, content=None, *, timeout, channel="shell", subshell=None):
        raise NoReply("It is made of paper.")

    def interrupt(self):
        self.did.append("interrupt")
        for step in finished(self.running, self.count, "error"):
            self.send(step)

    def answer_input(self, value, request):
        self.answers.append(value)
        for step in finished(self.running, self.count):
            self.send(step)

    def die(self, code):
        self.listener.died(Exit(code))

    def log_tail(self):
        return self.log

    def restart(self, first=1):
        self.did.append("restart")
        self.count = 0
        if self.launched:
            self.launched.first = first

    async def end(self, restart=False):
        self.did.append("end")  # nothing is told of a death that was asked for

    async def shutdown(self):
        self.did.append("shutdown")

    def keep(self):
        self.did.append("keep")


class Prompter(DummyOutput):
    """A screen in front of somebody who types the next text when he sees the next prompt."""

    def __init__(self, pipe, texts):
        self.pipe = pipe
        self.texts = iter(texts)

    def enable_bracketed_paste(self):
        """The editor does this when it draws a prompt for the first time."""
        self.pipe.send_text(next(self.texts, ""))


class PaperSigint:
    """Ctrl+C by a call."""

    def __init__(self):
        self.scopes = []

    @contextmanager
    def scope(self, callback):
        self.scopes.append(callback)
        yield
        self.scopes.remove(callback)


async def nobody_answers(content, timeout):
    return None


def finished(request, count, status="ok", **content):
    return [m.execute_reply(request, status, count, **content), m.idle(request)]


def prints(*texts):
    return lambda request, count: [*(m.stream(request, text) for text in texts), *finished(request, count)]


def shows(text):
    return lambda request, count: [m.execute_result(request, text, count), *finished(request, count)]


def play(keys, cells=None, *, options=None, kernel=None, sigint=None, tmp_path=None, prompt_first=True):
    """Type `keys` into a session, a list of them one at each prompt; its exit code, the kernel, and what
    was written, the session's last words at the end."""

    async def session(pipe):
        manager: Any = kernel or PaperKernel(cells or {})
        tty: Any = PaperTty()
        signals: Any = sigint or PaperSigint()
        terminal = Terminal(
            tty,
            look=Look(colour=False),
            judge=Judge(nobody_answers),
            completer=KernelCompleter(nobody_answers),
            history=FileHistory(tmp_path / "history") if tmp_path else FileHistory(NOWHERE),
            input=pipe,
            output=Prompter(pipe, [] if isinstance(keys, str) else keys),
            # what is typed all at once here is not to stop at an error in it
            preferences=Preferences(Settings(stop_on_error=False)),
        )
        link = Link(lambda: manager, lambda info: console.learned(info))
        console = Console(terminal, signals, link, options or Options(confirm_exit=False))
        manager.listener = console
        manager.signals = signals
        if isinstance(keys, str):
            pipe.send_text(keys)
        block = asyncio.create_task(terminal.read_block(1)) if prompt_first else None
        code = await asyncio.wait_for(console.run(block), DEADLINE)
        await console.leave()
        return code, manager, tty.written + console.last_words

    with create_pipe_input() as pipe:
        return asyncio.run(session(pipe))


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "NOWHERE", tmp_path / "nothing" / "history")


NOWHERE = Path()
CTRL_C, CTRL_D = "\x03", "\x04"


def test_cells_and_their_output():
    cells = {"1+1": shows("2"), "print()": prints("a", "b\n")}
    code, kernel, written = play("1+1\rprint()\r" + CTRL_D, cells)
    assert code == 0
    assert kernel.executed == ["1+1", "print()"]
    assert written == "\nOut[1]: 2\n\nab\n\n"
    assert kernel.did == ["shutdown"]


def test_an_unfinished_line_is_ended_before_the_prompt():
    assert play("x\r" + CTRL_D, {"x": prints("abc")})[2] == "\nabc\n\n"


def test_blank_lines_are_not_executed():
    assert play("\r  \r" + CTRL_D)[1].executed == []


def test_what_is_incomplete_goes_on():
    assert play("if x:\ry\r\r" + CTRL_D)[1].executed == ["if x:\n    y\n    "]
    assert play("f(\r1)\r" + CTRL_D)[1].executed == ["f(\n1)"]
    assert play("f(\x1b\r" + CTRL_D)[1].executed == ["f("]
    assert play("a\x0fb\r" + CTRL_D)[1].executed == ["ab\n"]


def test_a_paste_keeps_its_text():
    assert play("\x1b[200~if x:\r  y\r\r  z\r\x1b[201~\r" + CTRL_D)[1].executed == ["if x:\n  y\n\n  z\n"]


def test_ctrl_c_at_the_prompt_clears_it():
    assert play("abc" + CTRL_C + "d\r" + CTRL_D)[1].executed == ["d"]


def test_ctrl_c_in_a_cell_goes_to_the_kernel():
    cells = {"loop": lambda request, count: [lambda kernel: kernel.signals.scopes[-1]()]}
    code, kernel, _ = play(["loop\r", "x\r", CTRL_D], cells)
    assert (code, kernel.executed, kernel.did) == (0, ["loop", "x"], ["interrupt", "shutdown"])
    assert kernel.signals.scopes == []


def test_ctrl_c_typed_right_behind_enter_is_meant_for_the_cell():
    _, kernel, written = play("loop\r" + CTRL_C + "x\r" + CTRL_D)
    assert kernel.executed == ["x"]
    assert "KeyboardInterrupt" in written


def asks(prompt="name? ", **options):
    return lambda request, count: [m.input_request(request, prompt, **options)]


@pytest.mark.parametrize(
    ("typed", "answers", "did"),
    [("Bob\r", ["Bob"], []), (CTRL_D, ["\x04"], []), ("B" + CTRL_C, [], ["interrupt"])],
)
@pytest.mark.parametrize("password", [False, True])
def test_input(typed, answers, did, password):
    code, kernel, _ = play(["ask\r", typed, "x\r" + CTRL_D], {"ask": asks(password=password)})
    assert (code, kernel.answers, kernel.executed) == (0, answers, ["ask", "x"])
    assert kernel.did == [*did, "shutdown"]


def test_input_that_nobody_waits_for_any_more():
    def cell(request, count):
        return [m.input_request(request), lambda kernel: later(kernel, finished(request, count))]

    def later(kernel, steps):
        for step in steps:
            asyncio.get_running_loop().call_later(0.1, kernel.send, step)
        asyncio.get_running_loop().call_later(0.3, kernel.listener.end, 0)

    code, kernel, _ = play("ask\r", {"ask": cell})
    assert (code, kernel.answers) == (0, [])


def test_a_reply_without_idle_is_waited_for_for_a_moment():
    cells = {"x": lambda request, count: finished(request, count)[:1]}
    assert play("x\ry\r" + CTRL_D, cells)[1].executed == ["x", "y"]


def test_exit_is_asked_for():
    confirm = Options(confirm_exit=True)
    for answer, executed in (("", []), ("y\r", []), (CTRL_D, []), ("n\rx\r" + CTRL_D + "y\r", ["x"])):
        keys = CTRL_D + (answer or "\r")
        assert play(keys, options=confirm)[1].executed == executed
    assert play([CTRL_D, CTRL_C, "x\r" + CTRL_D + "what\ryes\r"], options=confirm)[1].executed == ["x"]


def payload(**fields):
    return lambda request, count: finished(request, count, payload=[fields])


def test_payloads():
    cells = {
        "page": payload(source="page", data={"text/plain": "short"}),
        "load": payload(source="set_next_input", text="loaded"),
        "exit": payload(source="ask_exit", keepkernel=False),
    }
    code, kernel, written = play("page\rload\r\rexit\r", cells)
    assert (code, kernel.executed, kernel.did) == (0, ["page", "load", "loaded", "exit"], ["shutdown"])
    assert "short\n" in written


def test_a_kernel_that_is_kept():
    _, kernel, written = play("exit\r", {"exit": payload(source="ask_exit", keepkernel=True)})
    assert kernel.did == ["keep"]
    assert written.endswith("The kernel runs on: zconsole --existing /run/kernel.json\n")


def test_death_in_a_cell_is_said_and_a_new_kernel_started():
    def cell(request, count):
        return [m.execute_input(request, count), m.stream(request, "about to"), lambda kernel: kernel.die(3)]

    kernel = PaperKernel({"die": cell, "1": shows("1")})
    kernel.log = "last words"
    code, kernel, written = play("0\rdie\r1\r" + CTRL_D, kernel=kernel)
    assert (code, kernel.did) == (0, ["restart", "shutdown"])
    assert re.search(
        r"about to\nThe kernel exited with code 3\. In \[2\] had run for [\d.]+ s\.\nlast words\n", written
    )
    assert "It is being restarted" in written
    assert "Out[1]: 1" in written


def test_death_while_starting_is_the_end():
    kernel = PaperKernel({}, start_error=KernelDied(Exit(-11)))
    kernel.log = "boom"

    def dies(*_):
        kernel.die(-11)
        return []

    code, _, written = play("", kernel=kernel, prompt_first=False)
    assert code == 1
    assert written == "The kernel was ended by signal 11 (SIGSEGV: Segmentation fault)."


def test_a_kernel_that_never_answers():
    kernel = PaperKernel({}, start_error=NoReply("The kernel has not answered within 30 s."))
    code, _, written = play("1\r", kernel=kernel)
    assert (code, kernel.executed) == (1, [])
    assert written.endswith("The kernel has not answered within 30 s.")


def test_an_attached_kernel_says_its_number_and_its_end_is_ours():
    kernel = PaperKernel(
        {"x": lambda request, count: [lambda kernel: kernel.listener.died(None)]}, owned=False
    )
    options = Options(kernel_banner=True)
    code, kernel, written = play("x\r", kernel=kernel, options=options, prompt_first=False)
    assert code == 1
    assert written.startswith("Python 3 (paper None)\n")
    assert re.search(r"The kernel has ended\. In \[42\] had run for [\d.]+ s\.\Z", written)


def test_a_number_that_was_asked_for_does_not_undo_a_newer_one():
    """It comes on shell, and that of a cell that has begun since on iopub: two sockets have no order."""

    class LateKernel(PaperKernel):
        def request(self, msg_type, content, metadata=None):
            if not content["silent"]:
                return super().request(msg_type, content, metadata)
            message = m.request(msg_type, **content)
            self.late = m.execute_reply(message, count=41)
            return message

    def cell(request, count):
        late = [m.execute_input(request, 42, "x"), lambda kernel: kernel.send(kernel.late)]
        return [*late, *finished(request, 42)]

    kernel = LateKernel(
        {"x": cell, "y": lambda request, count: [lambda kernel: kernel.listener.died(None)]}, owned=False
    )
    written = play("x\ry\r", kernel=kernel, prompt_first=False)[2]
    assert written.endswith("The kernel has ended. In [43] had run for 0.00 s.")


def test_restart():
    _, kernel, written = play("x\r%restart\rx\r" + CTRL_D, {"x": shows("1")})
    assert kernel.did == ["end", "restart", "shutdown"]
    assert written.count("Out[1]: 1") == 2
    kernel = PaperKernel({}, owned=False)
    _, kernel, written = play("%restart\r%connect_info\r" + CTRL_D, kernel=kernel)
    assert kernel.did == ["shutdown"]
    assert "not restarted here" in written
    assert "shell ipc://shell" in written


def test_output_of_others_is_shown():
    theirs = m.STRANGER.message("execute_request", {})

    def cell(request, count):
        return [
            m.stream(theirs, "theirs\n"),
            m.execute_input(theirs, 7, "code()"),
            m.idle(theirs),
            *finished(request, count),
        ]

    _, _, written = play("x\r" + CTRL_D, {"x": cell})
    assert "theirs\n" in written
    assert "In [7] carl: code()\n" in written


def test_history_is_kept_of_blocks_and_not_of_answers(tmp_path):
    play("ask\rBob\rx\r" + CTRL_D, {"ask": asks()}, tmp_path=tmp_path)
    assert list(FileHistory(tmp_path / "history").load_history_strings()) == ["x", "ask"]
    assert play("\x1b[A\x1b[A\r" + CTRL_D, tmp_path=tmp_path)[1].executed == ["ask"]
