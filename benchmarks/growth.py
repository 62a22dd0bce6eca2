"""How cost grows: the same things done with ever more front ends, output, history, cells and records.

``bin/bench --growth`` writes a table and a picture of each curve.
The cost of one thing has to stay what it is, that of many to grow as their number at most. Beside each time
stands the processor time that it took, in brackets: what else the machine does changes that least.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from binascii import crc32
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, count, islice, repeat
from pathlib import Path
from time import perf_counter

from jupyter_client.blocking.client import BlockingKernelClient

from benchmarks import page
from benchmarks.curves import PROCESSOR, Figures, picture, table
from benchmarks.environment import about, variables
from benchmarks.terminal import Fault, Terminal

ZCONSOLE = Path(sys.executable).parent / "zconsole"
LIMIT = 900.0
"""Seconds for the longest of all waits."""

TURNS = 7

TYPED = 8
"""So many cells of each size of a session are typed."""

PROMPT = re.compile(r"In \[\d+\]: $")

Points = Iterator[tuple[str, int, float]]  # the name of a line, how much there was, a figure


@dataclass(frozen=True, slots=True)
class Curve:
    """`run` takes the sizes; what it yields are points of `lines`, which are names with their units."""

    name: str
    title: str
    run: Callable[[Sequence[int]], Points]
    sizes: Sequence[int]
    quick: int  # so many of the sizes take less than a minute


class Front(Terminal):
    """zconsole in a terminal, with the files in `folder`."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__((str(ZCONSOLE), *options), variables(folder, os.environ), folder)

    def prompt(self, number: str = r"\d+") -> float:
        """The moment when an empty prompt with this number stands there."""
        expected = re.compile(rf"^In \[{number}\]: $")
        return self.wait(lambda: bool(expected.search(self.screen.before())), f"no prompt {number}", LIMIT)

    def shows(self, line: str) -> float:
        """The moment when a line that matches is on the screen."""
        expected = re.compile(line, re.M)
        return self.wait(lambda: bool(expected.search(self.screen.text())), f"no {line}", LIMIT)

    def enter(self, code: str, number: int) -> float:
        """Seconds from a cell's typing and Enter to the prompt with this number."""
        sent = self.write(f"{code}\r")
        return self.prompt(str(number)) - sent


class Clock:
    """Processor time of what runs in some terminals, from now on."""

    def __init__(self, *terminals: Front) -> None:
        self._terminals = terminals
        self._begun = self._spent()

    def points(self, line: str, size: int, seconds: float, number: int = 1) -> Points:
        """What took these seconds, and the processor time since the beginning; both were for a number."""
        yield f"{line}, ms", size, seconds * 1e3 / number
        yield f"{line}, ms{PROCESSOR}", size, (self._spent() - self._begun) * 1e3 / number

    def _spent(self) -> float:
        return sum(each.brood.cpu() for each in self._terminals)


def fronts(sizes: Sequence[int]) -> Points:
    """Consoles on one kernel; a cell in one of them prints 1,000 lines."""
    with ExitStack() as stack:
        folder = stack.enter_context(a_folder())
        ours = stack.enter_context(Front(folder))
        ours.prompt("1")
        ours.enter("x = 1", 2)
        options = "--existing", str(next(folder.glob("runtime/*.json")))
        all_of_them = [ours]
        pool = stack.enter_context(ThreadPoolExecutor(max(sizes)))
        numbers = count()
        for size in sizes:
            while len(all_of_them) < size:
                all_of_them.append(stack.enter_context(Front(folder, *options)))
            for front in all_of_them:
                front.prompt()
                front.settle(0.5)
            for _ in range(TURNS):
                clock = Clock(*all_of_them)
                end = f"the end of {next(numbers)}"
                sent = ours.write(f"print('a line of text\\n' * 999, end=''); print('the', '{end[4:]}')\r")
                seen = list(pool.map(Front.drain, all_of_them, repeat(end.encode()), repeat(PROMPT)))
                yield "on its own screen, ms", size, (seen[0][0] - sent) * 1e3
                yield from clock.points("on all screens", size, max(seen)[0] - sent)
                for front in all_of_them:
                    front.settle(0.1)
            yield "kernel and one console, MB", size, ours.brood.memory("Rss")


def output(sizes: Sequence[int]) -> Points:
    """Megabytes that a cell prints, in lines of 80 bytes."""
    for size in sizes:
        with a_folder() as folder, Front(folder) as front:
            front.prompt("1")
            front.enter("line = 'x' * 79", 2)
            clock = Clock(front)
            sent = front.write(f"for _ in range({size * 12_500}): print(line)\r")
            front.write("\rprint('the', 'end')\r")
            seen, _ = front.drain(b"the end", re.compile(r"In \[4\]: $"), LIMIT)
            yield from clock.points("a megabyte", size, seen - sent, size)
            yield "memory of all at its most, MB", size, front.brood.peak()
            yield "journal, MB", size, megabytes(sessions(folder))


def history(sizes: Sequence[int]) -> Points:
    """Entries that the history has."""
    for size in sizes:
        with a_folder() as folder:
            place = folder / "data/zconsole/history"
            place.mkdir(parents=True)
            newer = (f"step_{at} = solve({at % 97}, {at})\nstep_{at}.plot()" for at in count(1))
            with (place / "python.bench.jsonl").open("w") as file:
                for at, code in enumerate(islice(chain(("oldest = 0",), newer), size)):
                    file.write(json.dumps({"code": code, "at": 1e9 + at}) + "\n")
            for _ in range(3):
                yield from remembering(folder, size)


def remembering(folder: Path, size: int) -> Points:
    """A session in which the newest and the oldest are looked for."""
    with Front(folder) as front:
        clock = Clock(front)
        yield from clock.points("first prompt", size, front.prompt("1") - front.started)
        front.settle(1)
        if not size:
            return
        clock = Clock(front)
        sent = front.write("\x1bOA" if 1 in front.screen.modes else "\x1b[A")
        yield from clock.points("Up", size, front.shows(rf"step_{size - 1}\.plot") - sent)
        for name, what, shown in (
            ("the newest", f"step_{size - 2}", rf"step_{size - 2} = "),
            ("the oldest", "oldest", "oldest = 0"),
        ):
            front.write("\x03")
            front.prompt()
            front.write("\x12")
            front.settle()
            clock = Clock(front)
            sent = front.write(what)
            yield from clock.points(f"Ctrl+R, {name}", size, front.shows(shown) - sent)
            front.write("\x07")
            front.settle()


def cells(sizes: Sequence[int]) -> Points:
    """Cells that a session has had: most are another client's, which the console shows and records as they
    come, and the last of each size are typed."""
    with a_folder() as folder, Front(folder) as front:
        front.prompt("1")
        front.enter("x = 1", 2)
        had = 1
        with a_client(folder) as client, ThreadPoolExecutor(1) as pool:
            for size in sizes:
                theirs = size - had - TYPED
                clock, begun = Clock(front), perf_counter()
                ran = pool.submit(run_cells, client, theirs)
                front.prompt(str(size - TYPED + 1))
                ran.result()
                yield from clock.points("another client's cell", size, perf_counter() - begun, theirs)
                front.settle(1)
                for number in range(size - TYPED + 1, size + 1):
                    clock = Clock(front)
                    yield from clock.points("a typed cell", size, front.enter(f"x = {number}", number + 1))
                had = size
                yield "memory of all, MB", size, front.brood.memory("Rss")
                yield "journal, MB", size, megabytes(sessions(folder))


@contextmanager
def a_client(folder: Path) -> Iterator[BlockingKernelClient]:
    """Of the one kernel that runs there."""
    client = BlockingKernelClient()
    client.load_connection_file(str(next(folder.glob("runtime/*.json"))))
    client.start_channels(iopub=False, stdin=False, hb=False)
    try:
        yield client
    finally:
        client.stop_channels()


def run_cells(client: BlockingKernelClient, number: int) -> None:
    """A thousand of them wait in the kernel at most."""
    for first in range(0, number, 1_000):
        some = range(first, min(number, first + 1_000))
        for each in some:
            client.execute(f"x{each % 50} = {each}")
        for _ in some:
            client.get_shell_msg(timeout=60)


def record(sizes: Sequence[int]) -> Points:
    """Cells that a session's journal has, when one comes back to it or reads it."""
    for size in sizes:
        with a_folder() as folder:
            with Front(folder) as left:
                left.prompt("1")
                left.enter("'first of all'", 2)
                left.write("%detach\r")
                left.exit()
                journal = next(sessions(folder).glob("*/journal.jsonl"))
                lengthen(journal, size)
                yield "journal, MB", size, megabytes(journal.parent)
                for missed in ("all", "nothing"):
                    yield from coming_back(folder, size, missed)
            yield f"log, ms{PROCESSOR}", size, command(folder, "log")
            plan = command(folder, "--recover", journal.parent.name, "--dry-run")
            yield f"plan of a recovery, ms{PROCESSOR}", size, plan


def coming_back(folder: Path, size: int, missed: str) -> Points:
    """To a session of which so much has been missed."""
    with Front(folder, "--existing") as front:
        clock = Clock(front)
        yield from clock.points(f"attach, {missed} missed", size, front.prompt() - front.started)
        front.settle(0.5)
        if missed == "nothing":
            clock = Clock(front)
            sent = front.write("%reopen 1\r")
            yield from clock.points("%reopen 1", size, front.shows(r"^Out\[1\]: 'first of all'") - sent)
            front.settle(0.5)
        front.write("%detach\r")
        front.exit()


def lengthen(journal: Path, cells: int) -> None:
    """Have the first cell of a session run so many times more, as far as its journal tells."""
    lines = [line[9:] for line in journal.read_bytes().splitlines()]
    first = next(json.loads(line) for line in lines if b'"execute_input"' in line)
    known = str(first["parent"]["msg_id"])
    own = [line.decode() for line in lines if known.encode() in line]
    with journal.open("ab") as file:
        for number in range(2, cells + 2):
            for line in own:
                renumbered = re.sub(r'("execution_count": ?)1\b', rf"\g<1>{number}", line)
                told = renumbered.replace(known, f"{known[:-7]}{number:07}").encode()
                file.write(b"%08x %b\n" % (crc32(told), told))


def command(folder: Path, *options: str) -> float:
    """Milliseconds of processor time that a zconsole takes which only says something."""
    before = os.times()
    subprocess.run(
        (ZCONSOLE, *options),
        env=variables(folder, os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=LIMIT,
        check=True,
    )
    after = os.times()
    user, system = after.children_user - before.children_user, after.children_system - before.children_system
    return (user + system) * 1e3


def sessions(folder: Path) -> Path:
    return folder / "data/zconsole/sessions"


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


@contextmanager
def a_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="zconsole-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


CURVES = (
    Curve("fronts", "front ends on one kernel, a cell of 1,000 lines", fronts, (1, 2, 4, 8, 16, 32, 64), 5),
    Curve("output", "megabytes printed by a cell", output, (1, 10, 100, 1000), 3),
    Curve("history", "entries in the history", history, (0, 1_000, 10_000, 100_000, 1_000_000), 4),
    Curve("cells", "cells in a session", cells, (10, 100, 1_000, 10_000, 100_000), 4),
    Curve("record", "cells in a recorded session", record, (10, 100, 1_000, 10_000, 100_000), 4),
)


def measure(wanted: Collection[str] | None, into: Path, *, quick: bool = False) -> int:
    """Measure the curves of these names, all without one, and put each into the page when it is done; the
    exit code, which is 1 when something could not be measured."""
    code = 0
    for curve in (curve for curve in CURVES if wanted is None or curve.name in wanted):
        figures: Figures = {}
        lines, begun = list(about()), perf_counter()
        try:
            for line, size, figure in curve.run(curve.sizes[: curve.quick] if quick else curve.sizes):
                figures.setdefault(line, {}).setdefault(size, []).append(figure)
                print(f"{curve.name}: {line} {size:,}: {figure:,.4g}", file=sys.stderr, flush=True)
        except (Fault, subprocess.SubprocessError, OSError) as error:
            code = 1
            lines.append(str(error))
            print(f"{curve.name}: {error}", file=sys.stderr)
        name = f"growth-{curve.name}"
        print(f"{curve.name}: {perf_counter() - begun:.0f} s", file=sys.stderr)
        text = "\n".join([*(f"- {each}" for each in lines), "", table(curve.title, figures)])
        page.write(into, {name: text}, {name: picture(curve.title, figures)})
    return code
