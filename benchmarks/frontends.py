"""What a person feels: the rows of the front ends, each measured at the keys and the screen of a terminal."""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.client import Kernel
from benchmarks.consoles import Console, Session
from benchmarks.kernels import KERNELS
from benchmarks.rows import Measure, Place, Row, Samples
from benchmarks.screen import ESCAPES
from benchmarks.terminal import Fault

LINES = 200_000
MEGABYTES = 20
ATTACHED = {"zconsole": "zconsole", "jupyter-console": "ipykernel", "euporie": "ipykernel", "floor": "floor"}


def start(console: Console, place: Place) -> Samples:
    """Until the first prompt, and what the processes weigh then."""
    with Session(console, place.environment) as session:
        yield "start", (session.prompt() - session.terminal.started) * 1e3
        session.terminal.settle(1)
        yield "memory", session.terminal.brood.memory()


def typed_ahead(console: Console, place: Place) -> Samples:
    with Session(console, place.environment, typed=b"20000+300\r") as session:
        wanted = console.result + r"20300\s*$"
        moment = session.terminal.wait(lambda: session.shows(wanted), "typed ahead, no result", 10)
        yield "typed-ahead", (moment - session.terminal.started) * 1e3


def enter(console: Console, place: Place) -> Samples:
    with Session(console, place.environment).ready() as session:
        for _ in range(place.times(15)):
            shown, prompt = session.evaluate()
            yield "enter", shown * 1e3
            yield "enter-prompt", prompt * 1e3
            session.terminal.settle(0.05)


def leave(console: Console, place: Place) -> Samples:
    """Ctrl+D, yes: until the process has ended. The time in which it asks is not counted."""
    with Session(console, place.environment).ready() as session:
        sent = session.terminal.write("\x04")
        if console.leave:
            session.terminal.wait(lambda: session.shows(r"\[y\]"), "it does not ask", 10)
            session.terminal.settle()
            sent = session.terminal.write(console.leave)
        yield "exit", (session.terminal.exit() - sent) * 1e3


def key(console: Console, place: Place) -> Samples:
    with Session(console, place.environment).ready() as session:
        for milliseconds in _keys(session, place.times(20)):
            yield "key", milliseconds


def key_in_cell(console: Console, place: Place) -> Samples:
    """At the end of a cell of 150 lines."""
    with Session(console, place.environment).ready() as session:
        session.terminal.paste(_CELL)
        session.terminal.wait(lambda: session.shows(r"total = 1\s*$"), "150 lines, not shown", 60)
        session.terminal.settle(0.5, 20)
        for milliseconds in _keys(session, place.times(20)):
            yield "key-cell", milliseconds


def _keys(session: Session, count: int) -> Iterator[float]:
    typed = ""
    for character in ("value_alpha1=compute2(beta3+" * 2)[:count]:
        typed += character
        sent = session.terminal.write(character)
        what = f"key {character!r} typed, not shown"
        shown = session.terminal.wait(partial(session.is_typed, typed), what, 5)
        yield (shown - sent) * 1e3
        session.terminal.settle(0.06, 1)


def prints(console: Console, place: Place) -> Samples:
    code = f"exec('for i in range({LINES}): print(i)'); print('do'+'ne')"
    yield "prints", _flood(console, place, code, _lost_lines)


def long_line(console: Console, place: Place) -> Samples:
    code = f"print('x'*{MEGABYTES}_000_000); print('do'+'ne')"
    yield "long-line", _flood(console, place, code, _lost_letters)


def command(console: Console, place: Place) -> Samples:
    yield "command", _flood(console, place, f"!seq 0 {LINES - 1}; echo do''ne", _lost_lines)


def _flood(console: Console, place: Place, code: str, lost: Callable[[str], str]) -> float:
    """Seconds from Enter until everything and the next prompt were written to the terminal."""
    with Session(console, place.environment).ready() as session:
        session.type(code)
        sent = session.terminal.write("\r")
        prompt = re.compile(r"done\s.*?" + console.prompt.strip("^$").rstrip(), re.S)
        moment, data = session.terminal.drain(b"done", prompt, 30)
        if fault := lost(ESCAPES.sub("", data.decode("utf-8", "replace"))):
            raise Fault(fault)
        session.terminal.settle(0.3)
        session.evaluate()  # and it is alive
        return moment - sent


def _lost_lines(text: str) -> str:
    got = [int(number) for number in re.findall(r"^(\d{1,6})[ ]*$", text.replace("\r", "\n"), re.M)]
    if got == list(range(LINES)):
        return ""
    return f"{len(set(got)):,} of {LINES:,} lines were shown" + (
        "" if got == sorted(got) else ", out of order"
    )


def _lost_letters(text: str) -> str:
    count = sum(map(len, re.findall("x{50,}", text)))
    return "" if count == MEGABYTES * 1_000_000 else f"{count:,} of {MEGABYTES},000,000 characters were shown"


def tab(console: Console, place: Place) -> Samples:
    """Until five names of numpy that were not there stand on the screen."""
    import numpy

    names = {name for name in dir(numpy) if len(name) > 3}
    with Session(console, place.environment).ready() as session:
        session.run("import numpy as np")

        def shown() -> int:
            return len(names.intersection(re.findall(r"\w+", session.screen.text())))

        for turn in range(1 + place.times(5)):
            session.wipe()
            before = shown()
            keys = ("np", ".") if console.menu_by_itself else ("np.", "\t")
            session.type(keys[0])
            sent = session.terminal.write(keys[1])
            moment = session.terminal.wait(partial(_more, shown, before + 5), "Tab, no menu", 10)
            yield "tab" if turn else "tab-first", (moment - sent) * 1e3
            session.terminal.settle(0.2)
            session.terminal.write("\x03")
            session.terminal.settle(0.2)


def _more(count: Callable[[], int], least: int) -> bool:
    return count() >= least


def paste(console: Console, place: Place) -> Samples:
    text, total = _program(5000)
    with Session(console, place.environment).ready() as session:
        session.wipe()
        sent = session.terminal.paste(text)
        drawn = session.terminal.wait(
            lambda: session.shows(r"print\('SUM', SUM\)"), "5,000 lines, not drawn", 60
        )
        yield "paste", (drawn - sent) * 1e3
        session.terminal.settle(0.6)
        for _ in range(console.enters - 1):
            session.terminal.write("\r")
            session.terminal.settle(0.3)
        sent = session.terminal.write("\r")
        session.terminal.wait(lambda: session.shows(rf"^SUM {total}\s*$"), "5,000 lines, no right result", 60)
        yield "paste-run", (session.prompt() - sent) * 1e3


def interrupt(console: Console, place: Place) -> Samples:
    with Session(console, place.environment).ready() as session:
        for _ in range(place.times(5)):
            session.wipe()
            session.type(r"exec('print(\'go\'+\'ing\', flush=True)\nwhile True: pass')")
            session.terminal.write("\r")
            session.terminal.wait(lambda: session.shows(r"^\s*going\s*$"), "the loop has not begun", 15)
            session.terminal.settle(0.3, 0.5)
            sent = session.terminal.write("\x03")
            session.terminal.wait(lambda: session.shows("KeyboardInterrupt"), "Ctrl+C, no KeyboardInterrupt")
            yield "interrupt", (session.prompt() - sent) * 1e3
            session.terminal.settle(0.2)
        session.evaluate()


def idle(console: Console, place: Place) -> Samples:
    """The processes of the console, at a prompt where nobody types."""
    with Session(console, place.environment).ready() as session:
        session.terminal.settle(2, 5)
        brood, seconds = session.terminal.brood, 5.0 if place.quick else 10.0
        begun, switches, cpu = perf_counter(), brood.switches(), brood.cpu()
        session.terminal.settle(seconds, seconds)
        passed = perf_counter() - begun
        yield "wakeups", (brood.switches() - switches) / passed
        yield "idle", (brood.cpu() - cpu) * 1e3 / passed


def attach(console: Console, place: Place) -> Samples:
    """To a kernel of its own kind that has just begun to sleep for 20 s."""
    kernel = next(each for each in KERNELS if each.name == ATTACHED[console.name])
    with Kernel(kernel.argv, place.environment).ready() as running:
        running.run("import time")
        _, frames = running.execute_request("time.sleep(20)")
        running.shell.send_multipart(frames)
        options = [part.format(connection_file=running.connection_file) for part in console.attach]
        with Session(console, place.environment, argv=(*console.argv, *options)) as session:
            yield "attach", session.prompt(60) - session.terminal.started


def _program(count: int) -> tuple[str, int]:
    """So many lines of Python, and what they sum up to."""
    functions = (count - 2) // 4
    text = "".join(
        f"def f{i}(x):\n    y = x + {i}  # number {i}\n    return y * {i % 7}\n\n" for i in range(functions)
    )
    tail = f"SUM = sum(globals()[f'f{{i}}'](i) for i in range({functions}))\nprint('SUM', SUM)"
    return text + tail, sum(2 * i * (i % 7) for i in range(functions))


_FUNCTION = (
    "def fn_{0}(alpha, beta={0}):\n    total = alpha * {0} + beta  # {0}\n    return [total, 'text {0}']\n"
)
_CELL = "".join(map(_FUNCTION.format, range(49))) + "def last(alpha):\n    total = 1\n    "

_PYTHON, _BIN = sys.executable, Path(sys.executable).parent
_FLOOR = (_PYTHON, str(Path(__file__).with_name("floor.py")), "console")

CONSOLES = (
    Console("zconsole", (f"{_BIN}/zconsole",), attach=("--existing", "{connection_file}")),
    Console("floor", _FLOOR, leave="", attach=("{connection_file}",)),
    Console("ipython", (f"{_BIN}/ipython",), packages=("ipython", "prompt_toolkit")),
    Console(
        "jupyter-console",
        (f"{_BIN}/jupyter-console",),
        packages=("jupyter-console", "ipykernel"),
        attach=("--existing", "{connection_file}"),
    ),
    Console(
        "euporie",
        (f"{_BIN}/euporie-console",),
        prompt=r"In \[\d+\]: .?[>\d].?$",
        packages=("euporie",),
        leave="",
        attach=("--connection-file={connection_file}",),
    ),
    Console(
        "ptpython",
        (f"{_BIN}/ptpython",),
        prompt=r"^>>> $",
        result="^",
        packages=("ptpython",),
        enters=2,
        menu_by_itself=True,
    ),
    Console("python", (_PYTHON, "-q"), prompt=r"^>>> $", result="^", leave=""),
)

_ONE_PROCESS = dict.fromkeys(("ipython", "ptpython", "python"), "has no kernel to attach to")
_NO_MAGICS = dict.fromkeys(("ptpython", "python", "floor"), "has no such command")
_NO_CELLS = {"python": "edits one line at a time"}

MEASURES: tuple[Measure[Console], ...] = (
    Measure("start", start, (
        Row("start", "spawn → first prompt", "ms", "ipython", 0.75),
        Row("memory", "memory of all processes at the first prompt (PSS)", "MB", "jupyter-console", 0.7)),
        turns=3),
    Measure("typed-ahead", typed_ahead, (
        Row("typed-ahead", "spawn → result of a line typed ahead", "ms", "ipython", 1.0),), turns=3),
    Measure("enter", enter, (
        Row("enter", "Enter → result of a sum", "ms", "ipython", 1.0),
        Row("enter-prompt", "Enter → next prompt", "ms", "ipython"))),
    Measure("exit", leave, (Row("exit", "Ctrl+D, yes → gone", "ms", "jupyter-console", 0.5),)),
    Measure("key", key, (Row("key", "key → screen, empty prompt", "ms", "ipython", 0.9),)),
    Measure("key-cell", key_in_cell, (
        Row("key-cell", "key → screen, in a cell of 150 lines", "ms", "ipython", 0.3),), cannot=_NO_CELLS),
    Measure("prints", prints, (Row("prints", "200,000 prints → prompt", "s", "ipython", 0.7),)),
    Measure("long-line", long_line, (Row("long-line", "one line of 20 MB → prompt", "s", "ipython", 1.0),)),
    Measure("command", command, (
        Row("command", "`!seq`, 200,000 lines → prompt", "s", "ipython", 1.0),), cannot=_NO_MAGICS),
    Measure("tab", tab, (
        Row("tab-first", "`np.` Tab → menu, the first time", "ms", "ipython", 0.3),
        Row("tab", "`np.` Tab → menu, later", "ms", "ipython", 0.3)),
        cannot={"python": "asks before it lists so many names"}),
    Measure("paste", paste, (
        Row("paste", "paste of 5,000 lines → drawn", "ms", "ipython", 1.0),
        Row("paste-run", "… Enter → ran, next prompt", "ms", "ipython", 0.3)), cannot=_NO_CELLS),
    Measure("interrupt", interrupt, (
        Row("interrupt", "Ctrl+C in a loop → next prompt", "ms", "ipython", 1.0),)),
    Measure("idle", idle, (
        Row("wakeups", "idle: context switches a second", "1/s", "jupyter-console", limit=0),
        Row("idle", "idle: processor time", "ms/s", "jupyter-console", limit=0)), rounds=2),
    Measure("attach", attach, (
        Row("attach", "attach to a kernel busy for 20 s → prompt", "s", "jupyter-console", 0.05),),
        rounds=2, cannot=_ONE_PROCESS),
)  # fmt: skip
