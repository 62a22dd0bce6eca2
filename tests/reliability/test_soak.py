"""A long session: memory and descriptors stay where they were, and so does the time of a cell.

100,000 cells at full size.
"""

from __future__ import annotations

import psutil

from tests.kernel.strangers import Client
from tests.reliability.sizes import size

CELLS = size(100_000, 500)

CELL_BYTES = 800
"""Bytes that a cell may leave behind: IPython keeps each one's text, code and result for ever (In, _i1, Out,
history), 541 by the last measurement; the window of signatures comes to 2 MB on top."""


def test_a_long_session(client: Client) -> None:
    """[51] The process grows by what IPython keeps of a cell, and by nothing else."""
    ran_in(client, CELLS // 10)
    early = footprint(client)
    ran_in(client, CELLS - CELLS // 10)
    late = footprint(client)
    grown = late["rss"] - early["rss"]
    print(f"{CELLS} cells: {early} to {late}, {grown / (CELLS * 0.9):.0f} bytes a cell")
    assert late["threads"] <= early["threads"]
    assert late["descriptors"] <= early["descriptors"]
    assert grown < (16 << 20) + CELL_BYTES * CELLS


def ran_in(client: Client, cells: int) -> None:
    for number in range(cells):
        ran = client.run(_CODES[number % len(_CODES)], store_history=number % 2 == 0)
        assert ran.status == ("error" if "raise" in _CODES[number % len(_CODES)] else "ok")


def footprint(client: Client) -> dict[str, int]:
    """What the kernel's process holds."""
    process = psutil.Process(client.launched.pid)
    return {
        "rss": process.memory_info().rss,
        "threads": process.num_threads(),
        "descriptors": process.num_fds(),
    }


_CODES = (
    "pass",
    "x = 1",
    "x + 1",
    "print('text')",
    "display('shown')",
    "await __import__('asyncio').sleep(0)",
    "raise ValueError('no')",
    "def f(): return 1",
    "%time x",
    "x?",
)
