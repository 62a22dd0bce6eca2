"""Kernels that come and go around sessions: names, what is no kernel, ends by force, provisioners."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.fakes import kernels, listening, record_of
from tests.terminal.harness import Terminal
from zconsole.connection import write_connection
from zconsole.frontend.choosing.kernels import local_connection
from zconsole.record import write_record

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")


@pytest.fixture
def runtime(home):
    """The runtime directory of the terminals."""
    return Path(home["JUPYTER_RUNTIME_DIR"])


@pytest.fixture
def refused(terminal):
    """`refused(*options)` is what is said by a zconsole that starts no session, on one line."""

    def run(*options, status=1, timeout=10.0, **more):
        t = terminal(*ZCONSOLE, *options, columns=250, **more)
        assert t.wait_exit(timeout) == status
        assert "Traceback" not in t.history_text
        t.wait_no_processes()
        return t.screen_text.replace("\n", " ")

    return run


def records(runtime):
    return [json.loads(file.read_text()) for file in runtime.glob("kernel-zc-*/about.json")]


def kernel_of(runtime) -> psutil.Process:
    """The process of the only kernel."""
    (record,) = records(runtime)
    return psutil.Process(record["pid"])


def nothing_left(runtime):
    return not list(runtime.glob("kernel-*"))


def wait_until(t: Terminal, condition: Callable[[], object], what: str) -> None:
    """Wait for what sends no event to a terminal: files of another process."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, what
        t.settle(0.02)


# --- names


def test_a_session_with_a_name(terminal, refused, runtime):
    t = terminal(*ZCONSOLE, "--name", "ada")
    t.run("x = 42")
    (record,) = records(runtime)
    assert (record["name"], record["kernel"], record["owner"]) == ("ada", "zconsole", t.pid)
    assert record["directory"] == os.path.realpath(t_home(t))
    assert Path(record["connection_file"]).is_file()
    said = refused("--name", "ada")
    assert re.match(r"zconsole: There is a kernel of that name: ada \(pid \d+, started ", said)
    assert "cannot be a session's name" in refused("--name=4711", status=2)
    names = ("ada", str(record["pid"]), "a*", Path(record["connection_file"]).stem)
    for gone, name in enumerate(names, 1):
        other = terminal(*ZCONSOLE, "--existing", name)
        other.wait_prompt()
        other.type("x\r")
        other.wait("^Out.*42$")
        other.close()
        # else the question before the end would be about him
        t.wait_for(lambda gone=gone: t.history_text.count("has gone.") == gone or None, "he has gone")
    t.keys("c-d", "c-d")
    assert t.wait_exit() == 0
    assert nothing_left(runtime)


def test_those_who_are_attached_are_counted(terminal, home):
    def clients():
        argv = [*ZCONSOLE, "list", "--json"]
        result = subprocess.run(argv, env=home, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
        return {each["name"]: each["clients"] for each in json.loads(result.stdout)}

    t = terminal(*ZCONSOLE, "--name", "ada")
    t.run("1+1")
    wait_until(t, lambda: clients() == {"ada": 1}, "one")
    other = terminal(*ZCONSOLE, "--existing", "ada")
    other.wait_prompt()
    wait_until(other, lambda: clients() == {"ada": 2}, "two")
    other.close()
    wait_until(t, lambda: clients() == {"ada": 1}, "one again")


def t_home(t):
    return psutil.Process(t.pid).cwd()


def test_a_name_that_matches_several(terminal, refused):
    started = [terminal(*ZCONSOLE, "--name", name) for name in ("ada-1", "ada-2")]
    for t in started:
        t.wait_prompt(1)
    said = refused("--existing", "kernel-zc")
    assert said.startswith("zconsole: 'kernel-zc' could be each of these kernels:   ada-")
    assert len(re.findall(r"ada-[12] \(pid \d+, started 20[-\d]+ [\d:]+\)", said)) == 2
    assert said.endswith("Give one's whole name or process id, or '*kernel-zc*' for the newest.")
    assert "No running kernel is called 'bob'" in refused("--existing", "bob")


def test_the_newest_that_lives_without_a_name(terminal, runtime, refused):
    t = terminal(*ZCONSOLE)
    t.run("x = 'alive'")
    dead = runtime / "kernel-dead.json"
    write_connection(dead, local_connection("x"))
    past = time.time() - 100
    os.utime(dead, (past, past))
    os.utime(records(runtime)[0]["connection_file"], (past - 100, past - 100))
    other = terminal(*ZCONSOLE, "--existing")
    other.wait_prompt(2)
    other.type("x\r")
    other.wait("^Out.*alive")


# --- what is no kernel


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("age", [0, 1000])
def test_a_dead_kernel(transport, age, refused, runtime):
    info = local_connection("x")
    if transport == "ipc":
        info = info._replace(transport="ipc", ip=str(runtime / "k"))
    file = runtime / "kernel-x.json"
    write_connection(file, info)
    os.utime(file, (time.time() - age,) * 2)
    begin = time.monotonic()
    said = refused("--existing", "kernel-x")
    assert time.monotonic() - begin < (2 if age else 4)  # typically 0.3; 1.3 for a fresh one
    assert said == f"zconsole: No kernel listens at {info.endpoint('shell')}: the one of {file} has ended."


def test_a_dead_kernel_of_ours_is_known_at_once(refused, home, runtime):
    with kernels() as started:
        launched = started.start(argv=["true"])
        os.waitpid(launched.pid, 0)
        said = refused("--existing", str(launched.connection_file))
    assert said.endswith(f"the one of {launched.connection_file} has ended.")


def test_a_kernel_of_another_machine(refused):
    with kernels() as started:
        launched = started.start(argv=["true"])
        os.waitpid(launched.pid, 0)
        write_record(launched.directory, record_of(launched)._replace(host="elsewhere/1"))
        said = refused("--existing", str(launched.connection_file))
    assert said.endswith(f": the kernel of {launched.connection_file} is elsewhere's.")


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something else, on a port of this machine: what it does with each connection."""
    held = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    held.append(connection)
                    with contextlib.suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for each in held:
                each.close()


def http(connection):
    connection.recv(1000)
    connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def ssh(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\x1b[2J\r\n")


def hang_up(connection):
    connection.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http, "an HTTP server"),
        (ssh, r"something that says 'SSH-2.0-OpenSSH_9.6\x1b[2J'"),
        (hang_up, "something that hangs up"),
        (lambda connection: None, "something that says nothing: no kernel, or one that has been stopped"),
    ],
    ids=["http", "ssh", "hangs up", "silent"],
)
def test_a_port_that_belongs_to_something_else(answer, words, refused, runtime):
    info = local_connection("x")
    file = runtime / "kernel-x.json"
    with server(answer) as port:
        info = info._replace(ports={**info.ports, "shell": port})
        write_connection(file, info)
        said = refused("--existing", str(file))
    where = f"tcp://127.0.0.1:{port}"
    assert said == f"zconsole: At {where}, where the kernel of {file} should be, is {words}."


def test_another_key_is_said_at_once(refused, runtime):
    with kernels() as started:
        launched = started.start("--welcome")
        listening(launched.info)
        file = runtime / "kernel-key.json"
        write_connection(file, launched.info._replace(key=b"another"))
        said = refused("--existing", "kernel-key", timeout=4)
    assert "The kernel's signature was refused" in said


# --- ends by force


def test_a_kernel_that_is_killed_is_started_again_with_a_record(terminal, runtime):
    t = terminal(*ZCONSOLE, "--name", "ada")
    t.run("x = 1")
    before = kernel_of(runtime).pid
    os.kill(before, signal.SIGKILL)
    t.wait("is being restarted")
    t.wait_prompt(2)
    t.run("1+1")
    (record,) = records(runtime)
    assert record["pid"] != before
    assert (record["name"], record["owner"]) == ("ada", t.pid)
    t.keys("c-d", "c-d")
    assert t.wait_exit() == 0
    assert nothing_left(runtime)


def test_what_both_have_left_is_swept_by_the_next(terminal, runtime):
    t = terminal(*ZCONSOLE)
    t.run("x = 1")
    (left,) = runtime.glob("kernel-zc-*.json")
    kernel = kernel_of(runtime)
    # the kernel would have the time to clean up if its console went first
    kernel.suspend()
    t.signal(signal.SIGKILL)
    t.wait_exit()
    kernel.kill()
    t.close()
    assert left.exists()
    after = terminal(*ZCONSOLE)
    after.wait_prompt(1)
    wait_until(after, lambda: not left.exists() and not left.with_suffix("").exists(), "swept")
    assert len(records(runtime)) == 1
    after.run("1+1")


@pytest.mark.parametrize("kernel", ["zconsole", pytest.param("python3", marks=pytest.mark.slow)])
def test_a_kernel_that_is_kept_outlives_its_console(kernel, terminal, runtime):
    t = terminal(*ZCONSOLE, "--kernel", kernel, "--name", "kept")
    t.run("x = 'still here'")
    kernel = kernel_of(runtime)
    t.type("exit(keep_kernel=True)\r")
    assert t.wait_exit() == 0
    owner = psutil.Process(records(runtime)[0]["owner"])
    assert "zconsole.keeper" in owner.cmdline()
    with pytest.raises(psutil.TimeoutExpired):
        kernel.wait(1.5)  # when they take their parent's end for their own: ours 0.2 s, ipykernel 1
    other = terminal(*ZCONSOLE, "--existing", "kept")
    other.wait_prompt()
    other.type("x\r")
    other.wait("^Out.*still here")
    stop = terminal(*ZCONSOLE, "stop", "kept")
    assert stop.wait_exit() == 0
    assert stop.screen_text.startswith("kept has been ended")  # ipykernel may need SIGTERM
    wait_until(stop, lambda: nothing_left(runtime), "removed")


def test_a_kernel_that_is_stopped_is_not_started_again(terminal, runtime):
    t = terminal(*ZCONSOLE, "--name", "ada")
    t.run("x = 1")
    stop = terminal(*ZCONSOLE, "stop", "ada")
    assert stop.wait_exit() == 0
    assert stop.screen_text == "ada has been ended."
    assert t.wait_exit() == 1
    assert "It was stopped with `zconsole stop`, and is not started again." in t.screen_text
    t.wait_no_processes()
    assert nothing_left(runtime)


# --- provisioners


PROVISIONER = """
import os
from jupyter_client.provisioning import LocalProvisioner

class Far(LocalProvisioner):
    def note(self, what):
        with open(os.environ["NOTES"], "a") as notes:
            print(what, file=notes)

    async def pre_launch(self, **options):
        self.note("pre_launch")
        return await super().pre_launch(**options)

    async def launch_kernel(self, cmd, **options):
        self.note("launch_kernel")
        if os.path.exists(os.environ["NOTES"] + ".full"):
            raise RuntimeError("no machine is free")
        return await super().launch_kernel(cmd, **options)

    async def send_signal(self, signum):
        self.note(f"send_signal {int(signum)}")
        await super().send_signal(signum)

    async def cleanup(self, restart=False):
        self.note("cleanup")
        await super().cleanup(restart)
"""


@pytest.fixture
def provisioner(home, tmp_path):
    """The environment for a provisioner `far`, of which kernelspec `far` makes use."""
    (tmp_path / "farprovisioner.py").write_text(PROVISIONER)
    installed = tmp_path / "farprovisioner-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: farprovisioner\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(
        "[jupyter_client.kernel_provisioners]\nfar = farprovisioner:Far\n"
    )
    for name in ("far", "nowhere"):
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        spec = {
            "argv": ["python", "-m", "zconsole.kernel", "-f", "{connection_file}"],
            "display_name": "Far away",
            "language": "python",
            "metadata": {"kernel_provisioner": {"provisioner_name": name}},
        }
        (folder / "kernel.json").write_text(json.dumps(spec))
    return {
        "JUPYTER_PATH": str(tmp_path),
        "PYTHONPATH": f"{home.get('PYTHONPATH', '')}:{tmp_path}",
        "NOTES": str(tmp_path / "notes"),
    }


def test_a_provisioner_starts_the_kernel(terminal, provisioner, runtime):
    notes = Path(provisioner["NOTES"])
    t = terminal(*ZCONSOLE, "--kernel", "far", "--name", "away", env=provisioner)
    t.wait_prompt(1)
    assert notes.read_text().split() == ["pre_launch", "launch_kernel"]
    (record,) = records(runtime)
    assert (record["name"], record["kernel"]) == ("away", "far")
    t.type("import time; print('sleeping'); time.sleep(100)\r")
    t.wait("^sleeping$")
    t.keys("c-c")
    t.wait_prompt(2)
    assert "send_signal 2" in notes.read_text()
    t.type("import os; os._exit(3)\r")
    t.wait(r"^The kernel exited with code 3\. In")
    t.wait_prompt(1)
    t.run("1+1")
    assert notes.read_text().count("launch_kernel") == 2
    t.keys("c-d", "c-d")
    assert t.wait_exit() == 0
    assert notes.read_text().endswith("cleanup\n")
    t.wait_no_processes()
    assert nothing_left(runtime)


def test_a_provisioner_that_is_missing_or_fails(refused, provisioner, runtime):
    said = refused("--kernel", "nowhere", env=provisioner)
    why = "needs the kernel provisioner 'nowhere', which is not installed."
    assert said == f"zconsole: The kernelspec of 'nowhere' {why}"
    Path(provisioner["NOTES"] + ".full").touch()
    said = refused("--kernel", "far", env=provisioner)
    assert said == "zconsole: The provisioner of 'far' cannot start it: RuntimeError: no machine is free."
    assert nothing_left(runtime)
