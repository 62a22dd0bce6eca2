"""File descriptors 1 and 2: what is written past Python's streams, driven by jupyter_client."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.strangers import WAIT, Client, Gate, Ran, alive, until


def outputs(ran: Ran) -> list[str]:
    """Everything a cell has put out, in the order in which it came, neighbouring texts of a stream joined."""
    said: list[tuple[str, str]] = []
    for message in ran.iopub:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            name, text = content["name"], content["text"]
            if said and said[-1][0] == name:
                text = said.pop()[1] + text
            said.append((name, text))
        elif kind in ("execute_result", "display_data"):
            said.append((kind, content["data"]["text/plain"]))
        elif kind == "error":
            said.append((kind, content["ename"]))
    return [text for _, text in said]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('a'); os.write(1, b'b\\n'); print('c')", ["a\nb\nc\n"]),
        ("print('a'); subprocess.run(['echo', 'b']); print('c'); os.system('echo d')", ["a\nb\nc\nd\n"]),
        (
            "print('a'); os.write(2, b'b'); print('c'); os.system('echo d >&2'); print('e')",
            ["a\n", "b", "c\n", "d\n", "e\n"],
        ),
        ("os.write(1, b'a'); display(1); os.write(1, b'b')", ["a", "1", "b", "1"]),
        ("os.write(1, b'a'); 1 / 0", ["a", "ZeroDivisionError"]),
        ("print('a'); sys.__stdout__.write('b\\n'); sys.stdout.buffer.write(b'c\\n')", ["a\nb\nc\n"]),
        ("subprocess.run('echo a > /dev/stdout; echo b | tee /dev/stderr', shell=True)", ["a\nb\n", "b\n"]),
        ("subprocess.run(['echo', 'a'], stdout=sys.stdout); print('b')", ["a\nb\n"]),
        ("print('a'); libc.printf(b'b\\n'); print('c')", ["a\nb\nc\n"]),
    ],
)
def test_what_was_written_first_arrives_first(client: Client, code: str, expected: list[str]) -> None:
    """[44] All of it within the cell and with its header: `run` collects nothing else."""
    client.run("import os, sys, subprocess, ctypes; libc = ctypes.CDLL(None)")
    assert outputs(client.run(code))[: len(expected)] == expected


def test_order_is_kept_over_many_turns(client: Client) -> None:
    """A cell that writes both ways in turn keeps its order, however many pieces wait to be sent."""
    ran = client.run(
        "import os\nfor i in range(2000):\n    print(2 * i); n = os.write(1, b'%d\\n' % (2 * i + 1))"
    )
    assert ran.text().split() == [str(i) for i in range(4000)]


def test_flush_gives_the_order_in_a_flood(client: Client) -> None:
    """While many pieces wait nobody looks at the descriptors, unless asked to."""
    ran = client.run(
        "import os, sys\nfor i in range(1000): print(i)\nprint('x', flush=True); os.write(1, b'y\\n')\n"
        "sys.stdout.flush()\nprint('z')"
    )
    assert ran.text().split()[-3:] == ["x", "y", "z"]


def test_handlers_that_print_in_the_middle(client: Client) -> None:
    """A signal may come while somebody looks at the descriptors, and its handler looks as well."""
    ran = client.run(
        "import os, signal\nsignal.signal(signal.SIGALRM, lambda *_: print('alarm'))\n"
        "_ = signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "for i in range(2000):\n    print(2 * i); n = os.write(1, b'%d\\n' % (2 * i + 1))\n"
        "_ = signal.setitimer(signal.ITIMER_REAL, 0)"
    )
    assert sorted(map(int, ran.text().replace("alarm", " ").split())) == list(range(4000))
    assert "alarm" in ran.text()


def test_interrupts_in_the_middle(client: Client) -> None:
    """And may raise KeyboardInterrupt there: what was written before arrives, and the next cell runs."""
    client.run("import os")
    for _ in range(10):
        msg_id = client.execute("while True: print('a'); n = os.write(1, b'b\\n')", allow_stdin=False)
        client.await_stream("a\nb\n")
        client.signal()
        assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"
    assert client.run("print('a'); os.write(1, b'b'); 'alive'").result == "'alive'"


@pytest.mark.parametrize("size", [200_000, 4_000_000])
def test_a_writer_that_holds_the_gil(client: Client, size: int) -> None:
    """The kernel's own reader needs the GIL; what does not fit into the pipe is taken by another process."""
    ran = client.run(
        f"import ctypes, os\ndata = b'x' * {size} + b'!\\n'\nprint('before')\n"
        "n = ctypes.PyDLL(None).write(1, data, len(data))\nprint('after'); n"
    )
    assert ran.result == str(size + 2)
    assert ran.text() == f"before\n{'x' * size}!\nafter\n"


def test_a_writer_that_takes_the_gil_from_the_reader(client: Client) -> None:
    """Who reads loses the GIL to a thread that computes, in the midst of it."""
    ran = client.run(
        "import ctypes, os\nlibc = ctypes.PyDLL(None)\ndata = b'x' * 600_000 + b'\\n'\nfor _ in range(8):\n"
        "    os.write(1, b'a')\n    for _ in range(2000): pass\n    n = libc.write(1, data, len(data))"
    )
    assert ran.text() == f"a{'x' * 600_000}\n" * 8


def test_a_writer_that_holds_the_gil_of_a_user_with_too_many_pipes(own_client: Client) -> None:
    """His pipes are small ones."""
    ran = own_client.run(
        "import ctypes, fcntl\ndata = b'x' * 100_000\nsize = fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 8192)\n"
        "n = ctypes.PyDLL(None).write(1, data, len(data)); n, size"
    )
    assert ran.result == "(100000, 8192)"
    assert ran.text() == "x" * 100_000


def test_many_small_writes_with_the_gil_held(client: Client) -> None:
    """As a solver's log, on both streams."""
    ran = client.run(
        "import ctypes\nlibc = ctypes.PyDLL(None)\nimport sys; sys.setswitchinterval(1000)\n"
        "for i in range(30_000):\n    n = libc.write(1, b'%08d line of the log\\n' % i, 25)\n"
        "n = libc.write(2, b'x' * 500_000, 500_000); sys.setswitchinterval(0.005)"
    )
    assert [int(line[:8]) for line in ran.text().splitlines()] == list(range(30_000))
    assert ran.text("stderr") == "x" * 500_000


def test_a_child_that_floods_waits_for_its_reader(client: Client) -> None:
    """More than any buffer, in order, and interruptible."""
    ran = client.run("import subprocess\nsubprocess.run(['seq', '300000']).returncode")
    assert ran.result == "0"
    assert ran.text() == "".join(f"{i}\n" for i in range(1, 300_001))
    msg_id = client.execute("subprocess.run(['yes', 'a line'])", allow_stdin=False)
    client.await_stream("a line\na line")
    client.signal()
    assert client.collect(msg_id).reply["content"]["ename"] == "KeyboardInterrupt"


def test_bytes_that_are_no_text(client: Client) -> None:
    """[29, 43] Shown as escapes, and characters whose bytes come one by one as themselves."""
    ran = client.run(
        "import os, time\nfor byte in 'é€𝒳'.encode():\n    os.write(1, bytes([byte])); time.sleep(0.002)\n"
        "os.write(1, b'\\xff|caf\\xe9')"
    )
    assert ran.text() == "é€𝒳\\xff|caf\\xe9"
    assert client.run("print('\\udc80', end='')").text() == "\\udc80"
    assert client.run("os.write(1, b'clean')").text() == "clean"


def test_late_output_goes_to_the_newest_cell(client: Client, gate: Gate) -> None:
    """[42, 44] A child that writes when its own cell is over."""
    first = client.execute(
        "import subprocess\nread, write = os.pipe()\n"
        "p = subprocess.Popen('read line; echo $line', shell=True, stdin=read); os.close(read)"
    )
    client.collect(first)
    ran = client.run("os.write(write, b'late\\n'); os.close(write); p.wait()")
    assert ran.text() == "late\n"
    client.run(f"p = subprocess.Popen('read line < {gate.path}; echo later', shell=True)")
    gate.open()
    message: dict[str, Any] = {"msg_type": ""}
    while message["msg_type"] != "stream":
        message = client.get_iopub_msg(timeout=WAIT)
    assert message["content"]["text"] == "later\n"


def test_the_streams_say_what_they_stand_for(client: Client) -> None:
    """[35, 36]"""
    ran = client.run(
        "import sys, os, stat\n"
        "kinds = [stat.S_ISFIFO(os.fstat(s.fileno()).st_mode) for s in (sys.stdout, sys.__stderr__)]\n"
        "kinds, sys.stdout.encoding, sys.stdout.buffer.fileno(), sys.__stdout__ is sys.stdout"
    )
    assert ran.result == "([True, True], 'utf-8', 1, True)"


def test_faulthandler_speaks_to_the_user(client: Client) -> None:
    """[48] Its text comes from C, through the descriptor."""
    ran = client.run("import faulthandler\nfaulthandler.dump_traceback()")
    assert "most recent call first" in ran.text("stderr")


@pytest.mark.parametrize(
    ("code", "how", "words"),
    [
        ("ctypes.string_at(0)", -signal.SIGSEGV, "Segmentation fault"),
        ("faulthandler.enable(); ctypes.string_at(0)", -signal.SIGSEGV, "Segmentation fault"),
        ("c = ctypes.PyDLL(None); c.write(2, b'last words', 10), c.abort()", -signal.SIGABRT, "last words"),
        (
            "c = ctypes.PyDLL(None); c.write(1, b'last words', 10), c.kill(os.getpid(), 9)",
            -signal.SIGKILL,
            "last words",
        ),
    ],
)
def test_what_is_said_in_a_crash_is_in_the_log(own_client: Client, code: str, how: int, words: str) -> None:
    """[48] Whether it goes there by itself or is found in a pipe that nobody reads any more."""
    own_client.run("import ctypes, faulthandler, os")
    own_client.execute("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [])\n" + code)
    assert own_client.gone() == how
    heard = own_client.launched.log.read_text
    # the other process has been told of the end no sooner than we
    until(lambda: words in heard() or words in streams(own_client))


def test_what_is_left_in_a_pipe_is_in_the_log_without_c(own_client: Client) -> None:
    """[48] Then it is a shell that has seen the kernel die."""
    own_client.execute("import os\nn = os.write(2, b'last words'); os.kill(os.getpid(), 9)")
    assert own_client.gone() == -signal.SIGKILL
    until(lambda: "last words" in own_client.launched.log.read_text() + streams(own_client))


def test_a_shell_sleeps_until_there_is_c_code(own_client: Client) -> None:
    """The second reader takes little memory before it is needed."""
    until(lambda: programs(own_client) == ["sh"])
    own_client.run("import json, sqlite3, ssl")
    assert programs(own_client) == ["sh"]
    own_client.run("import ctypes")
    until(lambda: programs(own_client) == [Path(sys.executable).name])


def programs(client: Client) -> list[str]:
    """What the second readers of a kernel's pipes run at the moment."""
    lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in readers(client)]
    return [Path(line.partition("\0")[0]).name for line in lines]


def streams(client: Client) -> str:
    """What has come as output so far: in a race with its death, a kernel may still say something."""
    text = ""
    while client.iopub_channel.msg_ready():
        message = client.get_iopub_msg(timeout=1)
        text += message["content"].get("text", "")
    return text


def test_the_other_process_is_nobodys_child(client: Client) -> None:
    """User code may wait for any child."""
    ran = client.run("import os\ntry:\n    while True: os.wait()\nexcept ChildProcessError: print('none')")
    assert ran.text() == "none\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("code", ["1", "import ctypes"])
def test_nothing_is_left_behind(own_client: Client, code: str, number: signal.Signals) -> None:
    """The other process ends with the kernel, however that ends."""
    own_client.run(code)
    found: list[int] = []

    def begun() -> bool:
        found[:] = readers(own_client)
        return bool(found)

    until(begun)
    own_client.signal(number)
    own_client.gone()
    until(lambda: not any(map(alive, found)))


def readers(client: Client) -> list[int]:
    """The second readers of a kernel's pipes: they have its log as their stderr, and name their program."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            argv = (process / "cmdline").read_text().split("\0")
            if any(word.endswith("rescue.py") for word in argv) and os.readlink(process / "fd" / "2") == str(
                client.launched.log
            ):
                found.append(int(process.name))
        except OSError:
            pass
    return found
