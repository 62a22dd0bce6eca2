"""`zconsole kernels`, `list` and `stop`, by their command lines, with real kernels."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.fakes import Recorder, kernels, listening, record_of
from tests.fakes import run as run_scenario
from tests.kernel.strangers import Gate, attached, end
from zconsole.connection import write_connection
from zconsole.frontend.choosing import stop as stopping
from zconsole.frontend.choosing.kernels import local_connection
from zconsole.frontend.choosing.runtime import known_kernels
from zconsole.frontend.choosing.survey import State, survey
from zconsole.kernelmanager import KernelManager
from zconsole.launch import LaunchError, launch, own_kernel_argv
from zconsole.record import write_record

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ipc sockets and signals")


@pytest.fixture
def started():
    with kernels() as started:
        yield started


@pytest.fixture
def own(started, home):
    """Starts kernels of ours, in the runtime directory of `started`."""
    launched = []

    def start(name):
        env = {**home, "JUPYTER_RUNTIME_DIR": str(started.directory)}
        launched.append(launch(own_kernel_argv(), env, name=name))
        return launched[-1]

    yield start
    for each in launched:
        end(each)


def zconsole(*argv, **env):
    return subprocess.run(
        [sys.executable, "-m", "zconsole.frontend", *argv],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


def listed(wanted):
    """What `zconsole list` says, as soon as kernels have the states that are wanted: it has a limit for all
    of them together, which a busy machine may not keep."""
    deadline = time.monotonic() + 20
    while True:
        result = zconsole("list", "--json")
        assert (result.returncode, result.stderr) == (0, "")
        found = {each["name"]: each for each in json.loads(result.stdout)}
        if {name: found[name]["state"] for name in wanted} == wanted:
            return found
        assert time.monotonic() < deadline, found


def states():
    return {row.known.name: row.state for row in survey(known_kernels(), wait=2)}


# --- kernels


@pytest.fixture
def specs(tmp_path):
    """A JUPYTER_PATH with kernelspecs, of which most are broken."""
    texts = {
        "good": json.dumps({"argv": [sys.executable], "display_name": "Good", "language": "L"}),
        "torn": '{"argv": [',
        "list": "[]",
        "gone": json.dumps({"argv": ["/no/such"], "display_name": "Gone", "language": "L"}),
        "empty": json.dumps({"argv": [], "display_name": "Empty", "language": "L"}),
        "far": json.dumps(
            {"argv": ["x"], "metadata": {"kernel_provisioner": {"provisioner_name": "nowhere"}}}
        ),
    }
    for name, text in texts.items():
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(text)
    return {"JUPYTER_PATH": str(tmp_path)}


def test_kernels(specs):
    result = zconsole("kernels", **specs)
    assert (result.returncode, result.stderr) == (0, "")
    head, *lines = result.stdout.splitlines()
    assert re.fullmatch("NAME +DISPLAY NAME +LANGUAGE +WHERE", head)
    assert f"good{' ' * (head.index('DISPLAY') - 4)}Good" in result.stdout
    assert re.search(r"(?m)^zconsole +zconsole \S+ +python +\S", result.stdout)
    problems = [line for line in lines if line.endswith(".")]
    assert [line.split()[0] for line in problems] == ["empty", "far", "gone", "list", "torn"]
    assert "far needs the kernel provisioner 'nowhere', which is not installed." in problems
    assert "gone names the program /no/such, which is not there." in problems


def test_kernels_as_json(specs):
    result = zconsole("kernels", "--json", **specs)
    found = {each["name"]: each for each in json.loads(result.stdout)}
    assert found["good"] == {
        "name": "good",
        "display_name": "Good",
        "language": "l",
        "resource_dir": f"{specs['JUPYTER_PATH']}/kernels/good",
        "problem": "",
    }
    assert "zconsole" in found
    assert found["torn"]["problem"].startswith("cannot be read: ")


# --- list


def test_an_empty_list():
    with kernels():
        head = r"NAME +KERNEL +PID +STATE +SINCE +DETACHED +MEMORY +CLIENTS +DIRECTORY\n"
        assert re.fullmatch(head, zconsole("list").stdout)
        assert json.loads(zconsole("list", "--json").stdout) == []
        assert zconsole("stop", "--all").returncode == 0


def test_a_list(started, own, tmp_path):
    ada, busy = own("ada"), own("busy")
    gate = Gate(tmp_path / "gate")
    other = started.start("--welcome")
    gone, stopped = started.start(argv=["sleep", "1000"]), started.start("--welcome")
    for each in (other, stopped):
        listening(each.info)
    write_connection(started.directory / "kernel-jupyter.json", other.info)
    write_connection(started.directory / "kernel-key.json", stopped.info._replace(key=b"another"))
    with attached(busy) as client, attached(ada) as idle:
        idle.wait_for_ready(timeout=20)
        client.wait_for_ready(timeout=20)
        client.execute(gate.wait)
        client.get_iopub_msg(timeout=10)
        os.kill(gone.pid, signal.SIGKILL)
        os.waitpid(gone.pid, 0)
        found = listed({"ada": "idle", "busy": "busy", "kernel-jupyter": "idle"})
        table = zconsole("list")
        os.kill(stopped.pid, signal.SIGSTOP)
        os.waitpid(stopped.pid, os.WUNTRACED)
        silent = states()
        os.kill(stopped.pid, signal.SIGCONT)
        gate.open()
    gate.close()
    assert len(found) == 7
    assert found["ada"]["pid"] == ada.pid
    assert found["ada"]["kernel"] == "zconsole"
    assert found["ada"]["clients"] == 0
    assert found["ada"]["directory"] == str(Path.cwd())
    assert found["ada"]["connection_file"] == str(ada.connection_file)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found["ada"]["since"])
    assert found["busy"]["running"]["code"] == gate.wait
    assert found["busy"]["busy_since"]
    assert found[gone.connection_file.stem]["state"] == "dead"
    # another's, which has no record of ours
    assert found["kernel-jupyter"]["pid"] == other.pid
    assert found["kernel-jupyter"]["clients"] is None
    assert found["kernel-key"]["state"] == "no answer"
    assert found["kernel-key"]["why"].startswith("its signature was refused")
    assert re.search(rf"(?m)^ada +zconsole +{ada.pid} +idle +\d\d:\d\d:\d\d +\d+ MB +0 +/", table.stdout)
    assert re.search(r"(?m)^busy +zconsole +\d+ +busy \d+ s ", table.stdout)
    assert re.search(r"(?m)^kernel-key: its signature was refused: .*\.$", table.stdout)
    assert silent[stopped.connection_file.stem] is State.NO_ANSWER


def test_files_that_are_no_connection_files_are_listed(started):
    torn = started.directory / "kernel-torn.json"
    torn.touch(mode=0o600)
    (row,) = json.loads(zconsole("list", "--json").stdout)
    assert (row["name"], row["state"]) == ("kernel-torn", "no answer")
    assert "it is no complete JSON" in row["why"]


def test_a_port_that_belongs_to_something_else(started):
    with socket.create_server(("127.0.0.1", 0)) as server:
        info = local_connection("x")
        ports = {**info.ports, "shell": server.getsockname()[1]}
        write_connection(started.directory / "kernel-x.json", info._replace(ports=ports))
        (row,) = survey(known_kernels())
    assert row.state is State.NO_ANSWER
    assert "is something that says nothing" in row.why


@pytest.mark.parametrize("command", ["kernels", "list", "stop"])
def test_help_and_mistakes(command):
    result = zconsole(command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: zconsole {command}")
    wrong = zconsole(command, "--nosuch", *(["x"] if command == "stop" else []))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert re.fullmatch(
        f"zconsole: zconsole {command}: .*--nosuch; zconsole {command} --help lists what there is.\n",
        wrong.stderr,
    )


def test_nobody_reads_the_end(started):
    for number in range(200):
        write_connection(started.directory / f"kernel-{number}-{'x' * 100}.json", local_connection("x"))
    script = f"{sys.executable} -m zconsole.frontend list | head -1"
    result = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30)
    assert result.stdout.startswith("NAME")
    assert result.stderr == ""


# --- stop


def test_a_kernel_is_stopped_by_name(started, own):
    ada, other = own("ada"), own("other")
    for each in (ada, other):
        with attached(each) as client:
            client.wait_for_ready(timeout=20)
    write_record(ada.directory, record_of(ada)._replace(owner=0))  # nobody's any more
    result = zconsole("stop", "ada")
    assert (result.returncode, result.stdout) == (0, "ada has been ended.\n")
    assert os.waitpid(ada.pid, 0)
    assert not ada.connection_file.exists()
    assert not ada.directory.exists()
    assert states() == {"other": State.IDLE}


def test_all_are_stopped_and_what_was_dead_is_cleared(started):
    alive, dead = (started.start() for _ in range(2))
    listening(alive.info)
    os.kill(dead.pid, signal.SIGKILL)
    os.waitpid(dead.pid, 0)
    for each in (alive, dead):
        write_record(each.directory, record_of(each)._replace(owner=0))
    result = zconsole("stop", "--all")
    assert result.returncode == 0
    assert set(result.stdout.splitlines()) == {
        f"{alive.connection_file.stem} has been ended.",
        f"{dead.connection_file.stem} had ended before; its files have been removed.",
    }
    assert os.waitpid(alive.pid, 0)
    assert started.files() == []


def test_what_others_have_left_or_another_machine_has_is_not_touched(started):
    elsewhere = started.start(argv=["true"])
    os.waitpid(elsewhere.pid, 0)
    write_record(elsewhere.directory, record_of(elsewhere)._replace(host="elsewhere/1", owner=0))
    write_connection(started.directory / "kernel-jupyter.json", local_connection("x"))
    before = started.files()
    result = zconsole("stop", "--all")
    assert result.returncode == 1
    assert set(result.stdout.splitlines()) == {
        "kernel-jupyter has ended; its connection file is not ours and stays.",
        f"{elsewhere.connection_file.stem} could not be stopped: it was started on elsewhere, "
        "and cannot be reached from here.",
    }
    assert started.files() == before


def test_a_kernel_of_others_is_stopped(started):
    launched = started.start()
    listening(launched.info)
    (launched.directory / "about.json").unlink()
    file = started.directory / "kernel-jupyter.json"
    launched.connection_file.rename(file)
    assert zconsole("stop", str(launched.pid)).stdout == "kernel-jupyter has been ended.\n"
    assert os.waitpid(launched.pid, 0)
    assert not file.exists()


@pytest.mark.parametrize(
    ("options", "means"),
    [(("--ignore-shutdown",), "SIGTERM"), (("--ignore-shutdown", "--ignore-sigterm"), "SIGKILL")],
)
def test_who_does_not_want_to_end(options, means, started, monkeypatch):
    monkeypatch.setattr(stopping, "END_WAIT", 0.3)
    launched = started.start(*options)
    listening(launched.info)
    name = launched.connection_file.stem
    assert stopping.stop(known_kernels()) == [(True, f"{name} has been ended by {means}.")]
    assert not psutil.Process(launched.pid).is_running() or os.waitpid(launched.pid, 0)


def test_a_process_that_is_not_known_for_certain_is_not_signalled(started, monkeypatch):
    monkeypatch.setattr(stopping, "END_WAIT", 0.3)
    stranger = subprocess.Popen(["sleep", "1000"])
    launched = started.start("--ignore-shutdown", "--ignore-usage")
    try:
        listening(launched.info)
        record = record_of(launched)
        # another machine's record: that id means somebody else here
        write_record(launched.directory, record._replace(pid=stranger.pid, host="elsewhere/1"))
        ((ended, said),) = stopping.stop(known_kernels())
        assert not ended
        assert said.endswith(
            "could not be stopped: it does not end. "
            "Its process is not known for certain, so it gets no signal."
        )
        assert stranger.poll() is None
        assert launched.connection_file.exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_names_are_all_understood_before_anything_is_done(started):
    launched = [started.start(argv=["sleep", "1000"])._replace(name=name).recorded() for name in "aabc"]
    result = zconsole("stop", "b", "a")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("zconsole: 'a' could be each of these kernels:\n  a (pid ")
    assert zconsole("stop", "b", "nobody").returncode == 1
    for argv in ([], ["b", "--all"]):
        assert zconsole("stop", *argv).returncode == 2
    assert all(psutil.Process(each.pid).is_running() for each in launched)


def test_the_owner_does_not_start_it_again(started):
    async def scenario():
        launched = started.start()
        recorder = Recorder()
        manager = KernelManager(launched.info, listener=recorder, launched=launched)
        manager.open()
        try:
            await manager.ready(15)
            result = await asyncio.to_thread(zconsole, "stop", launched.connection_file.stem)
            assert result.stdout == f"{launched.connection_file.stem} has been ended.\n"
            await recorder.until(lambda: recorder.deaths)
            assert record_of(launched).stopped
            with pytest.raises(LaunchError, match="It was stopped with `zconsole stop`"):
                manager.restart()
            assert started.files() == []
        finally:
            manager.close()

    run_scenario(scenario())
