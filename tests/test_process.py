"""A kernel's process: how it ends is told, whoever belongs to it goes with it."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.fakes import DEADLINE, run
from zconsole.process import UNKNOWN, Exit, KernelProcess

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups and signals")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exited with code 0"),
        (3, "exited with code 3"),
        (-11, "was ended by signal 11 (SIGSEGV: Segmentation fault)"),
        (-9, "was ended by signal 9 (SIGKILL: Killed)"),
        (-50, "was ended by signal 50"),
        (-200, "was ended by signal 200"),
    ],
)
def test_how_it_ended(code, text):
    assert str(Exit(code)) == text


@pytest.fixture(params=["pidfd", "waitid in a thread", "waitpid in a thread"])
def road(request, monkeypatch):
    """The three ways in which the end of a process is seen."""
    if request.param != "pidfd":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    if request.param == "waitpid in a thread":
        monkeypatch.delattr(os, "waitid", raising=False)
    return request.param


@pytest.fixture
def spawn():
    """Start a program as the leader of its own group, its output as lines; ended afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(*argv: str) -> subprocess.Popen[str]:
        started.append(subprocess.Popen(argv, start_new_session=True, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        try:
            os.killpg(each.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        assert each.stdout is not None
        each.stdout.close()
        each.wait()


def shell(spawn, script: str) -> subprocess.Popen[str]:
    """A shell that has said "ready" (its traps are set)."""
    started = spawn("/bin/sh", "-c", script)
    assert started.stdout.readline() == "ready\n"
    return started


def output(started: subprocess.Popen[str]) -> str:
    """What it and its children say until the last of them has ended."""
    assert started.stdout is not None
    return started.stdout.read()


async def ending(pid: int, act=lambda watched: None) -> Exit:
    watched = KernelProcess(pid, asyncio.get_running_loop())
    act(watched)
    exit = await asyncio.wait_for(asyncio.shield(watched.ended), DEADLINE)
    assert not watched.alive
    assert await watched.wait(0)
    watched.interrupt()  # nobody is there any more: nothing happens
    watched.terminate()
    watched.kill()
    watched.close()
    return exit


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 3", 3), ("kill -SEGV $$", -11), ("kill -KILL $$", -9), ("kill -TERM $$", -15)],
)
def test_the_end_is_seen(script, code, road, spawn):
    async def scenario() -> None:
        assert await ending(spawn("/bin/sh", "-c", script).pid) == Exit(code)

    run(scenario())


def test_the_most_memory_that_it_had_is_told(road, spawn):
    script = "x = bytearray(200_000_000)"

    async def scenario() -> None:
        peak = (await ending(spawn(sys.executable, "-c", script).pid)).peak
        assert peak is not None
        # Linux counts what its parent had when it was started, and these tests may have had much
        ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        assert 200_000_000 < peak < max(400_000_000, ours + 1)

    run(scenario())


def test_an_end_before_the_watch_is_seen(road, spawn):
    started = spawn("/bin/sh", "-c", "exit 3")

    async def scenario() -> None:
        assert await ending(started.pid) == Exit(3)

    assert output(started) == ""
    run(scenario())


def test_the_end_of_a_process_that_somebody_else_reaps(road, spawn):
    async def scenario() -> None:
        started = spawn("sleep", "1000")
        watched = KernelProcess(started.pid, asyncio.get_running_loop())
        previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # then the system reaps
        try:
            os.kill(started.pid, signal.SIGKILL)
            assert (await asyncio.wait_for(watched.ended, DEADLINE)).code in (UNKNOWN, -9)
        finally:
            signal.signal(signal.SIGCHLD, previous)

    run(scenario())


PARENT = """
import subprocess, sys, signal, time
child = subprocess.Popen([sys.executable, "-c", '''
import signal, sys, time
def interrupted(*_): print("child interrupted", flush=True); sys.exit()
signal.signal(signal.SIGINT, interrupted)
print("ready", flush=True)
time.sleep(1000)
'''])
try:
    time.sleep(1000)
except KeyboardInterrupt:
    child.wait()
    sys.exit(4)
"""


def test_interrupt_reaches_children(spawn):
    async def scenario() -> None:
        started = spawn(sys.executable, "-c", PARENT)
        assert started.stdout.readline() == "ready\n"
        assert await ending(started.pid, KernelProcess.interrupt) == Exit(4)
        assert output(started) == "child interrupted\n"

    run(scenario())


def test_terminate_is_for_the_leader_alone(spawn):
    async def scenario() -> None:
        started = shell(
            spawn, "trap 'echo leader; exit 5' TERM; sleep 1000 & echo ready; while :; do wait; done"
        )
        assert await ending(started.pid, KernelProcess.terminate) == Exit(5)
        assert output(started) == "leader\n"

    run(scenario())


def test_kill_cannot_be_ignored(spawn):
    async def scenario() -> None:
        started = shell(spawn, "trap '' INT TERM HUP; echo ready; while :; do sleep 0.01; done")
        assert await ending(started.pid, KernelProcess.kill) == Exit(-9)

    run(scenario())


def test_children_go_with_their_kernel(road, spawn):
    async def scenario() -> None:
        child = "trap '' TERM HUP INT; sleep 1000 & wait"
        started = shell(spawn, f"({child}) & echo ready; while :; do wait; done")
        assert await ending(started.pid, lambda _: os.kill(started.pid, signal.SIGKILL)) == Exit(-9)
        assert output(started) == ""

    run(scenario())


def test_wait_has_an_end(spawn):
    async def scenario() -> None:
        watched = KernelProcess(spawn("sleep", "1000").pid, asyncio.get_running_loop())
        assert not await watched.wait(0.01)
        assert watched.alive
        watched.kill()
        assert await watched.wait(DEADLINE)

    run(scenario())


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0


def test_a_closed_watch_tells_nothing_and_keeps_nothing(road, spawn):
    started = spawn("sleep", "1000")

    async def scenario() -> None:
        before = descriptors()
        watched = KernelProcess(started.pid, asyncio.get_running_loop())
        watched.close()
        watched.close()
        assert descriptors() == before
        assert watched.alive
        assert started.poll() is None

    run(scenario())


def test_an_end_after_the_loop_is_told_to_nobody(monkeypatch, spawn):
    """The thread that waits outlives the loop; it must not say so in a traceback."""
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    started = spawn("sleep", "1000")

    async def scenario() -> None:
        KernelProcess(started.pid, asyncio.get_running_loop())

    run(scenario())
    (thread,) = (each for each in threading.enumerate() if each.name == f"wait for kernel {started.pid}")
    started.kill()
    thread.join(DEADLINE)
    assert not thread.is_alive()
