"""Every kernel there is, through the console in a terminal: a session each, its ways in a table.

Those from PyPI run always; those that need another program are marked slow, and skipped where it is missing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
import pytest

from tests.terminal.harness import Terminal
from tests.terminal.keys import complete

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")
START = 40  # seconds; bash_kernel needs three on a machine that does nothing else
PATIENCE = 20

Line = tuple[str, str]
"""What is typed, and a pattern that is seen then and is not in it."""


@dataclass(frozen=True)
class Kernel:
    """A kernel and what it does. `interrupted` is what comes of Ctrl+C in the cell `long`: the cell "ends",
    the kernel "dies", or the cell "never ends". `submit` ends a block; `asks` is a cell with input, its
    prompt, the answer, and what is seen then."""

    name: str
    module: str = ""
    program: str = ""
    install: str = ""
    argv: tuple[str, ...] = ()
    language: str = "python"
    env: Mapping[str, str] = field(default_factory=dict)
    says: str = "Python"
    submit: str = "\r"
    answer: Line = ("6*7", r"^Out\[\d+\]: 42$")
    error: Line = ("1/0", "^ZeroDivisionError: division by zero")
    complete: Line = ("isinst", "isinstance")
    long: Line | None = ("import time; print('be' + 'gun'); time.sleep(100)", "^begun$")
    interrupted: str = "ends"
    asks: tuple[str, str, str, str] | None = (
        "print(input('na' + 'me? ') * 2)",
        r"^name\? $",
        "Bob",
        "^BobBob$",
    )

    def write_spec(self, folder: Path) -> None:
        """Its kernelspec, for this test alone."""
        folder.mkdir(parents=True, exist_ok=True)
        argv = self.argv or (sys.executable, "-m", self.module)
        spec = {
            "argv": [*argv, *(() if "{connection_file}" in argv else ("-f", "{connection_file}"))],
            "display_name": self.name,
            "language": self.language,
            "env": dict(self.env),
        }
        (folder / "kernel.json").write_text(json.dumps(spec))

    @property
    def missing(self) -> bool:
        """Whether it is not installed here."""
        return not (
            (not self.module or importlib.util.find_spec(self.module))
            and (not self.program or shutil.which(self.program, path=PATH))
        )


PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

KERNELS = [
    Kernel("ipykernel", "ipykernel_launcher"),
    Kernel("xpython", "xpython_launcher", interrupted="dies"),
    Kernel(
        "bash",
        "bash_kernel",
        language="bash",
        env={"PS1": "$"},
        says="Bash",
        answer=("echo $((6*7))", "^42$"),
        error=("nosuchprogram", "nosuchprogram: command not found"),
        complete=("readon", "readonly"),
        long=("echo be''gun; sleep 100", "^begun$"),
        asks=None,  # `read` would hang the kernel
    ),
    Kernel(
        "calysto_scheme",
        "calysto_scheme",
        language="scheme",
        says="Scheme",
        answer=("(* 6 7)", "42$"),
        error=("(car 1)", "(?i)error"),
        complete=("call-with-c", "call-with-current-continuation|call-with-cc"),
        long=("(begin (print 'begun) (let loop ((n 0)) (loop (+ n 1))))", "^begun$"),
        asks=None,
    ),
]
SLOW = [
    Kernel(
        "ir",
        program="R",
        install="apt install r-cran-irkernel",
        argv=("R", "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"),
        language="R",
        says="R",
        answer=("6*7", r"^\[1\] 42$"),
        error=("stop('bo', 'om')", "boom"),
        complete=("is.environ", "is.environment"),
        long=("cat('be', 'gun\\n', sep=''); Sys.sleep(100)", "^begun$"),
        asks=("x <- readline('na' ); cat(x, x, '\\n')", "^na$", "Bob", "^Bob Bob"),
    ),
    Kernel(
        "gnuplot",
        "gnuplot_kernel",
        program="gnuplot",
        install="apt install gnuplot-nox; pip install gnuplot_kernel",
        language="gnuplot",
        says="Gnuplot",
        submit="\r\r",
        answer=("show version", "Thomas Williams"),
        error=("nosuchcommand", "invalid command"),
        complete=("/usr/incl", "/usr/include"),
        long=("pause 100", ""),
        asks=None,
    ),
    Kernel(
        "deno",
        program="deno",
        install="pip install deno",
        argv=("deno", "jupyter", "--kernel", "--conn", "{connection_file}"),
        language="typescript",
        says="Typescript",
        answer=("6*7", "42$"),
        error=("throw new Error('bo' + 'om')", "boom"),
        complete=("Deno.readTextFileS", "readTextFileSync"),
        long=("console.log('be' + 'gun'); while (true);", "^begun$"),
        interrupted="dies",
        asks=("console.log(prompt('na' + 'me?').repeat(2))", r"^name\?", "Bob", "^BobBob$"),
    ),
    Kernel(
        "c",
        "jupyter_c_kernel",
        program="gcc",
        install="pip install jupyter-c-kernel; apt install gcc",
        language="c",
        says="C",
        # what a program says in its last moment this kernel may lose, and so what gcc says
        answer=('#include <unistd.h>\x0f\x1b[Bint main() { write(1, "42", 2); sleep(1); }', "^42$"),
        error=("int main() { nosuch; }", "GCC exited with code 1"),
        complete=("", ""),
        long=("#include <unistd.h>\x0f\x1b[Bint main() { sleep(100); }", ""),
        interrupted="never ends",
        asks=None,
    ),
]


def each(kernel: Kernel, *marks: pytest.MarkDecorator) -> object:
    return pytest.param(kernel, id=kernel.name, marks=marks)


@pytest.fixture(
    scope="module",
    params=[*(each(kernel) for kernel in KERNELS), *(each(kernel, pytest.mark.slow) for kernel in SLOW)],
)
def kernel(request: pytest.FixtureRequest, environment: dict[str, str]) -> Kernel:
    chosen: Kernel = request.param
    if chosen in SLOW and chosen.missing:
        pytest.skip(f"to be driven, it needs: {chosen.install}")
    chosen.write_spec(Path(environment["JUPYTER_PATH"]) / "kernels" / f"the-{chosen.name}")
    return chosen


@pytest.fixture(scope="module")
def shared(kernel: Kernel, environment: dict[str, str]) -> Iterator[Terminal]:
    """One session for all tests of a kernel: each begins and ends at an empty prompt."""
    argv = (*ZCONSOLE, "--kernel", f"the-{kernel.name}")
    t = Terminal(argv, {**environment, "PATH": PATH}, rows=40)
    try:
        yield t
    finally:
        t.close()


@pytest.fixture
def console(shared: Terminal) -> Iterator[Terminal]:
    shared.wait_prompt(timeout=START)
    yield shared
    print(shared.screen_text)


def clear(t: Terminal) -> None:
    t.keys("c-l")
    t.wait(r"\AIn \[\d+\]: *\Z")


def enter(t: Terminal, kernel: Kernel, line: Line) -> None:
    """Clear the screen, type a line, and wait for what it gives."""
    clear(t)
    code, seen = line
    t.type(code + kernel.submit)
    t.wait(seen, timeout=PATIENCE)


def kernel_processes(t: Terminal) -> list[psutil.Process]:
    return [process for process in t.processes() if process.pid != t.pid]


def test_it_starts(console, kernel):
    console.wait(rf"^{kernel.says}\b", timeout=START)
    assert console.wait_prompt() == 1


def test_a_result(console, kernel):
    enter(console, kernel, kernel.answer)
    assert console.wait_prompt(timeout=PATIENCE) > 1


def test_an_error(console, kernel):
    enter(console, kernel, kernel.error)
    console.wait_prompt(timeout=PATIENCE)
    enter(console, kernel, kernel.answer)


def test_completion(console, kernel):
    typed, seen = kernel.complete
    if not typed:
        pytest.skip("it completes nothing")
    clear(console)
    complete(console, typed, seen)
    console.keys("c-c", "c-c")
    console.wait_prompt()


def test_two_lines_at_once(console, kernel):
    """The second is not lost while the kernel judges the first."""
    code, seen = kernel.answer
    clear(console)
    console.type(2 * (code + kernel.submit))
    console.wait(rf"(?s){seen}.*{seen}", timeout=PATIENCE)


def test_input(console, kernel):
    if kernel.asks is None:
        pytest.skip("it has no input")
    code, prompt, answer, seen = kernel.asks
    enter(console, kernel, (code, prompt))
    console.type(answer + "\r")
    console.wait(seen, timeout=PATIENCE)


def test_an_interrupt(console, kernel):
    enter(console, kernel, kernel.long)
    console.settle(0.5)
    console.keys("c-c")
    if kernel.interrupted == "dies":
        console.wait("^The kernel (exited|was ended)", timeout=PATIENCE)
        console.wait("^It is being restarted", timeout=PATIENCE)
    elif kernel.interrupted == "never ends":
        console.wait("^The cell has not ended 1 s after", timeout=PATIENCE)
        console.keys("c-c")
        console.wait("asks whether to kill the kernel", timeout=PATIENCE)
        console.keys("c-c")
        console.wait("^Kill the kernel and start it again", timeout=PATIENCE)
        console.type("y\r")
        console.wait("^It is being restarted", timeout=PATIENCE)
    console.wait_prompt(timeout=START)
    enter(console, kernel, kernel.answer)


def test_death(console, kernel):
    """Of the process that we started: what a wrapper has started ends with it."""
    clear(console)
    (ours,) = psutil.Process(console.pid).children()
    os.kill(ours.pid, signal.SIGKILL)
    console.wait(r"^The kernel was ended by signal 9", timeout=PATIENCE)
    console.wait_prompt(1, timeout=START)
    enter(console, kernel, kernel.answer)


def test_its_record_becomes_a_notebook(console, kernel, environment):
    file = f"{kernel.name}.ipynb"
    enter(console, kernel, kernel.answer)
    clear(console)
    console.type(f"%export {file}\r")
    console.wait(f"^Wrote {file} ", timeout=PATIENCE)
    book = nbformat.read(Path(environment["HOME"]) / file, as_version=4)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == f"the-{kernel.name}"
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert any(cell.outputs for cell in cells)
    assert cells[-1].source.strip() == kernel.answer[0].replace("\x0f\x1b[B", "\n").strip()


def test_the_exit_leaves_nothing_behind(console):
    console.keys("c-d", "c-d")
    assert console.wait_exit(timeout=PATIENCE) == 0
    console.wait_no_processes()


@pytest.mark.slow
def test_attaching_to_a_kernel_that_does_one_thing_at_a_time(environment, terminal):
    """IRkernel echoes no heartbeat while it computes, and takes no interrupt_request."""
    (r,) = (each for each in SLOW if each.name == "ir")
    if r.missing:
        pytest.skip(f"to be driven, it needs: {r.install}")
    r.write_spec(Path(environment["JUPYTER_PATH"]) / "kernels" / "the-ir")
    first = terminal(*ZCONSOLE, "--kernel", "the-ir")
    first.wait_prompt(1, timeout=START)
    first.type("%connect_info\r")
    where = first.wait(r"--existing (\S+\s?\S*json)")[1].replace("\n", "")
    first.type("cat('be', 'gun\\n', sep=''); Sys.sleep(6); 6*7\r")
    first.wait("^begun$")
    second = terminal(*ZCONSOLE, "--existing", where)
    second.wait_prompt(1)
    second.wait("^The kernel is there, but it has not answered yet")
    second.wait(r"^R \S+ \(IRkernel", timeout=PATIENCE)
    first.wait_prompt(2)
    first.type("cat('a', 'gain\\n', sep=''); Sys.sleep(100)\r")
    first.wait("^again$")
    second.type("6*7\r")
    second.settle(0.5)
    second.keys("c-c")
    second.wait(r"^\[1\] 42$", timeout=PATIENCE)
    first.wait_prompt(timeout=PATIENCE)
