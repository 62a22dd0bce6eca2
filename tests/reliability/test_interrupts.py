"""Interrupts at random moments over everything a cell can do: each ends its cell, none ends the kernel.

1,000 at full size. A failure shows the seed; ZCONSOLE_SEED repeats a run's choices (not its timing).
"""

from __future__ import annotations

import os
import random
import time
from queue import Empty

from tests.kernel.strangers import Client, Ran
from tests.reliability.sizes import size

INTERRUPTS = size(1000, 24)
SEED = int(os.environ.get("ZCONSOLE_SEED", random.SystemRandom().randrange(1 << 32)))

SOON = 10.0
"""Seconds until the cell must have ended: what the slowest machine needs; milliseconds are usual."""

LOADS = {
    "loop": "while True: pass",
    "nested loops": "while True:\n    for i in range(100000): i ** 2",
    "calls": "def f(n): return n and f(n - 1)\nwhile True: f(50)",
    "sleep": "time.sleep(100)",
    "short sleeps": "while True: time.sleep(0.001)",
    "await": "await asyncio.sleep(100)",
    "short awaits": "while True: await asyncio.sleep(0)",
    "tasks": "await asyncio.gather(*(asyncio.sleep(100) for _ in range(50)))",
    "thread": "await asyncio.to_thread(time.sleep, 0.2); await asyncio.sleep(100)",
    "asyncio.run": "asyncio.run(asyncio.sleep(100))",
    "prints": "while True: print('text')",
    "long prints": "while True: print('text' * 10000)",
    "stderr": "while True: print('text', file=sys.stderr); print('x')",
    "displays": "while True: display('shown')",
    "input": "input('? ')",
    "getpass": "getpass.getpass()",
    "subprocess": "subprocess.run(['sleep', '100'])",
    "subprocesses": "while True: subprocess.run(['true'])",
    "shell": "!sleep 100",
    "imports": "while True:\n    for name in ('colorsys', 'wave', 'sndhdr'):\n"
    "        sys.modules.pop(name, None); importlib.import_module('colorsys')",
    "compiling": "while True: compile('x = [i for i in range(5)]\\n' * 200, 'f', 'exec')",
    "lock": "threading.Lock().acquire() and threading.Event().wait()",
    "join": "t = threading.Thread(target=time.sleep, args=(1,)); t.start()\nwhile True: t.join()",
    "queue": "queue.Queue().get()",
    "finally": "try:\n    time.sleep(100)\nfinally:\n    print('cleaned')",
    "with": "with tempfile.TemporaryDirectory():\n    while True: pass",
    "generators": "def g():\n    while True: yield\nfor _ in g(): pass",
    "garbage": "while True:\n    a = []; a.append(a); gc.collect(0)",
    "regex": "while True: re.sub('a', 'b', 'a' * 1000)",
    "json": "while True: json.loads(json.dumps({'a': [1, 2, {}]}))",
    "comprehension": "sum(1 for _ in itertools.count())",
    "numpy": "try:\n    import numpy as np\nexcept ImportError:\n    while True: pass\n"
    "while True: np.ones((100, 100)) @ np.ones((100, 100))",
}
"""Each of them goes on until it is interrupted, and none swallows the exception."""

IMPORTS = """
import asyncio, gc, getpass, importlib, itertools, json, queue
import re, subprocess, sys, tempfile, threading, time
"""


def test_interrupts_over_a_mixed_load(client: Client) -> None:
    """[50, 58, 71-74]"""
    client.run(IMPORTS)
    chance = random.Random(SEED)
    names = list(LOADS)
    lost: list[str] = []
    for _ in range(INTERRUPTS):
        chance.shuffle(names)
        name = names[0]
        ran = interrupted(client, name, chance.choice([0.0, 0.0005, 0.002, 0.02]) * chance.random(), lost)
        if name != "shell":  # IPython gives the interrupt to the child and goes on
            assert ran.reply["content"].get("ename") == "KeyboardInterrupt", (
                f"{name}, seed {SEED}: {ran.reply}"
            )
        assert client.run("'next'").result == "'next'", f"after {name}, seed {SEED}"
    assert not lost, f"lost in {lost}; seed {SEED}"


def interrupted(client: Client, name: str, delay: float, lost: list[str]) -> Ran:
    """Run a load, interrupt it when it has begun; a lost interrupt is noted and sent again."""
    msg_id = client.execute(f"print('going')\n{LOADS[name]}", allow_stdin=True)
    client.await_stream("going")
    if delay:
        time.sleep(delay)  # a random moment is what this is about
    for _ in range(3):
        if delay:
            client.signal()
        else:
            client.send_request("interrupt_request", {}, "control")
        try:
            return client.collect(msg_id, timeout=SOON)
        except Empty:
            lost.append(name)
    raise AssertionError(f"{name} cannot be interrupted; seed {SEED}\n{stacks(client)}")


def stacks(client: Client) -> str:
    """What the kernel's threads are doing."""
    import signal

    os.kill(client.launched.pid, signal.SIGUSR1)
    time.sleep(0.5)  # it is written by a signal handler, which tells nobody
    return client.launched.log.read_text()[-5000:]
