"""Starting a kernel process: what it gets, what it leaves, and the sentences when it cannot be."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import kernels
from zconsole import launch as module
from zconsole.connection import ConnectionFileError, ConnectionInfo, read_connection
from zconsole.launch import LaunchError, launch, own_kernel_argv, relaunch, remove_files

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups and modes")

REPORT = """
import json, os, signal, sys
print(json.dumps({
    "argv": sys.argv[1:], "pid": os.getpid(), "group": os.getpgrp(), "session": os.getsid(0),
    "parent": os.environ["JPY_PARENT_PID"], "extra": os.environ.get("EXTRA"), "stdin": sys.stdin.read(),
    "ignored": [n for n in (1, 2, 3, 15) if signal.getsignal(n) == signal.SIG_IGN],
    "files": sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None,
}))
print("on stderr", file=sys.stderr)
"""


@pytest.fixture
def started():
    with kernels() as started:
        yield started


@pytest.fixture(params=["posix_spawn", "subprocess"])
def road(request, monkeypatch):
    """The two ways in which a process is spawned."""
    if request.param == "subprocess":
        monkeypatch.delattr(os, "posix_spawnp")
    return request.param


def reap(launched) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(launched.pid, 0)[1])


def report(launched) -> dict:
    """What a process that runs REPORT says in its log."""
    assert reap(launched) == 0
    first, second = launched.log.read_text().splitlines()
    assert second == "on stderr"
    return json.loads(first)


def test_what_the_process_is(road, started):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a shell's background job
    ours = [str(descriptor) for descriptor in os.pipe()]
    try:
        launched = started.start(
            argv=[sys.executable, "-c", REPORT, "-f", "{connection_file}", "--x={connection_file}"]
        )
    finally:
        signal.signal(signal.SIGINT, before)
        for descriptor in ours:
            os.close(int(descriptor))
    said = report(launched)
    file = str(launched.connection_file)
    assert said["argv"] == ["-f", file, f"--x={file}"]
    assert said["pid"] == said["group"] == said["session"] == launched.pid
    assert said["parent"] == str(os.getpid())
    assert said["stdin"] == ""
    assert said["ignored"] == [] or road == "subprocess"  # which has no setsigdef
    assert not set(ours) & set(said["files"] or [])


def test_its_environment_is_ours_and_more(started, monkeypatch):
    monkeypatch.setenv("EXTRA", "ours")
    assert report(started.start(argv=[sys.executable, "-c", REPORT]))["extra"] == "ours"
    assert report(launch([sys.executable, "-c", REPORT], {"EXTRA": "given"}))["extra"] == "given"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_for_the_owner_alone(road, started):
    before = os.umask(0)
    try:
        launched = started.start(argv=[sys.executable, "-c", "pass"])
    finally:
        os.umask(before)
    assert reap(launched) == 0
    assert mode(launched.connection_file) == 0o600
    assert mode(launched.directory) == 0o700
    assert launched.log.exists()
    info = read_connection(launched.connection_file, private=True)
    assert info == launched.info
    assert info.transport == "ipc"
    assert len(info.key) == 32
    assert all(file.parent == launched.directory for file in info.socket_files())
    # jupyter's tools look for kernel-*.json in the runtime directory
    assert re.fullmatch(r"kernel-zc-[0-9a-f]{12}\.json", launched.connection_file.name)
    assert launched.connection_file.parent == started.directory


def test_no_two_kernels_share_anything(started):
    first, second = (started.start(argv=["true"]) for _ in range(2))
    assert first.directory != second.directory
    assert first.connection_file != second.connection_file
    assert first.info.key != second.info.key


def test_a_given_connection(started):
    ports = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
    info = ConnectionInfo("tcp", "127.0.0.1", ports, b"k", kernel_name="bash")
    launched = started.start(argv=["true"], info=info)
    assert read_connection(launched.connection_file, private=True) == info


def test_again_on_the_same_files_with_an_empty_log(road, started):
    first = started.start(argv=[sys.executable, "-c", REPORT])
    for file in first.info.socket_files():
        file.write_text("as a kernel leaves it")
    said = report(first)
    second = relaunch(first)
    assert second == first._replace(pid=second.pid)
    assert report(second)["pid"] == second.pid != said["pid"]
    assert not any(file.exists() for file in first.info.socket_files())


def test_nothing_is_left_when_files_are_removed(started):
    launched = started.start(argv=["true"])
    reap(launched)
    launched.info.socket_files()[0].write_text("")
    remove_files(launched)
    assert started.files() == []
    remove_files(launched)


def test_what_is_not_ours_is_not_removed(started):
    launched = started.start(argv=["true"])
    reap(launched)
    (launched.directory / "theirs").write_text("")
    remove_files(launched)
    assert [Path(file).name for file in started.files()] == [launched.directory.name, "theirs"]


@pytest.mark.parametrize(
    ("argv", "why"),
    [(["./no-such-program", "-f"], "No such file or directory"), (["/"], "Permission denied")],
)
def test_a_program_that_cannot_be_run(argv, why, road, started):
    with pytest.raises(LaunchError, match=f"^Cannot run the kernel program {argv[0]}: {why}.$"):
        started.start(argv=argv)
    assert started.files() == []


def test_a_runtime_directory_that_is_none(started, monkeypatch):
    file = started.directory / "f"
    file.write_text("")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(file / "x"))
    with pytest.raises(
        LaunchError, match=r"^Cannot make a directory for the kernel's sockets in .*/x \(Not a dir"
    ):
        launch(["true"])
    assert started.files() == ["f"]


def test_no_directory_is_left_when_the_connection_file_cannot_be_written(started, monkeypatch):
    def fail(path, info):
        raise ConnectionFileError("Cannot write.")

    monkeypatch.setattr(module, "write_connection", fail)
    with pytest.raises(LaunchError, match=r"^Cannot write\.$"):
        launch(["true"])
    assert started.files() == []


def test_a_runtime_directory_too_long_for_sockets(started, monkeypatch):
    runtime = started.directory / ("long" * 30)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    launched = started.start(argv=["true"])
    reap(launched)
    assert launched.connection_file.parent == runtime
    assert launched.directory.parent != runtime
    remove_files(launched)
    assert not launched.directory.exists()


def test_our_own_kernel():
    assert own_kernel_argv(["--x"]) == [
        sys.executable,
        "-m",
        "zconsole.kernel",
        "-f",
        "{connection_file}",
        "--x",
    ]


def test_little_is_imported_before_the_kernel_is_spawned():
    """Every start waits for this import before its kernel can begin its own."""
    root = Path(__file__).parent.parent
    code = "import sys; before = set(sys.modules); import zconsole.launch; print(*set(sys.modules) - before)"
    out = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {
        "zmq",
        "asyncio",
        "dataclasses",
        "inspect",
        "subprocess",
        "hashlib",
        "hmac",
        "jupyter_core",
        "traitlets",
    }
    assert heavy.isdisjoint(out)
