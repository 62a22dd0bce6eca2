"""What a process has started in groups of its own is interrupted; nothing else is."""

import signal
import subprocess
import sys

import pytest

from zconsole.descendants import interrupt_descendants, now

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="by /proc")

PARENT = """
import subprocess, sys
inside = subprocess.Popen(['sleep', '100'])
before = subprocess.Popen(['sleep', '100'], start_new_session=True)
sys.stdout.write('early\\n'); sys.stdout.flush(); sys.stdin.readline()
after = subprocess.Popen(['sleep', '100'], start_new_session=True)
sys.stdout.write('late\\n'); sys.stdout.flush(); sys.stdin.readline()
print([each.poll() for each in (inside, before)], after.wait(), flush=True)
inside.kill(); before.kill()
"""


@pytest.fixture
def parent():
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=-1, stdout=-1, text=True, start_new_session=True
    )
    assert process.stdin
    assert process.stdout
    with process:
        assert process.stdout.readline() == "early\n"
        yield process
        process.stdin.close()
        process.wait(10)


def test_only_those_outside_and_of_that_time(parent):
    import time

    time.sleep(0.05)  # the clock of processes ticks every 10 ms
    since = now()
    parent.stdin.write("\n")
    parent.stdin.flush()
    assert parent.stdout.readline() == "late\n"
    assert interrupt_descendants(parent.pid, since) == 1
    parent.stdin.write("\n")
    parent.stdin.flush()
    assert parent.stdout.readline() == f"[None, None] {-signal.SIGINT}\n"


def test_of_a_process_that_is_none():
    assert interrupt_descendants(2**22 + 1, 0.0) == 0
