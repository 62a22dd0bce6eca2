"""The owner of a session is killed at random moments: what was seen on the screen is in the journal.

200 sessions at full size. What a front end draws it has written before; so every line that a terminal has
shown must be found, nothing but the last line of the file may be torn, and a recovery would run exactly the
cells that came to their end and did not fail.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.sizes import size
from tests.terminal.harness import Terminal
from zconsole.frontend.past.recovery import Recovery, to_run
from zconsole.journal import reader
from zconsole.journal.entries import decode
from zconsole.journal.store import FILE, is_live
from zconsole.journal.writer import Journal

SESSIONS = size(200, 6)
CELLS = 40
LONGEST = 1.2  # seconds until the kill; the cells take about as long

# the mark is said and never typed
KINDS = (
    "print('ma' 'rk-{0}-', end='')",
    "print('z' * 3000); print('ma' 'rk-{0}-')",
    "x{0} = {0}",
    "raise ValueError('ma' 'rk-{0}-')",
    "display({{'text/plain': 'ma' 'rk-{0}-', 'image/png': 'A' * 90_000}}, raw=True)",
    "f{0} = lambda: {0}",
)


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
@pytest.mark.parametrize("seed", range(SESSIONS))
def test_the_owner_is_killed(terminal: Callable[..., Terminal], home: dict[str, str], seed: int) -> None:
    rng = random.Random(seed)
    codes = [rng.choice(KINDS).format(number) for number in range(CELLS)]
    t = terminal(sys.executable, "-m", "zconsole.frontend")
    t.wait_prompt(1)
    killer = threading.Timer(rng.uniform(0, LONGEST), t.signal, (signal.SIGKILL,))
    killer.start()
    t.type("".join(f"{code}\r" for code in codes))
    assert t.wait_exit() == -signal.SIGKILL
    shown = {int(number) for number in re.findall(rb"mark-(\d+)-", bytes(t.raw))}
    found = [path.parent for path in Path(home["JUPYTER_DATA_DIR"]).rglob(FILE)]
    assert found or not shown
    for folder in found:
        check(folder, codes, shown)


def check(folder: Path, typed: list[str], shown: set[int]) -> None:
    *lines, last = (folder / FILE).read_bytes().split(b"\n")
    assert all(decode(line) for line in lines)
    assert last == b"" or decode(last) is None
    assert not is_live(folder)
    past = reader.read_past(folder)
    assert not past.clean
    codes = [cell.code for cell in past.cells]
    assert codes == typed[: len(codes)]
    assert [cell.count for cell in past.cells] == list(range(1, len(codes) + 1))
    *before, newest = past.cells if past.cells else [None]
    for cell in before:
        assert cell is not None
        assert cell.status == ("error" if cell.code.startswith("raise") else "ok")
    assert newest is None or newest.status in ("ok", "error", "running")
    said = "".join(str(reader.content_of(folder, output)) for cell in past.cells for output in cell.outputs)
    recorded = {int(number) for number in re.findall(r"mark-(\d+)-", said)}
    assert shown <= recorded
    planned = {step.cell.code for step in to_run(Recovery(past).plan())}
    assert planned == {cell.code for cell in past.cells if cell.status == "ok"}
    Journal.resume(folder).close()
    assert reader.read_past(folder).cells == past.cells
