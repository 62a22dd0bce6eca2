"""What a name means among the kernels of the runtime directory, and what dead ones leave there."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes import kernels, listening, record_of
from zconsole.connection import write_connection
from zconsole.frontend.choosing.kernels import local_connection
from zconsole.frontend.choosing.runtime import free_name, kernels_like, one_kernel
from zconsole.frontend.choosing.sweep import RECORD_WAIT, sweep
from zconsole.frontend.errors import KernelChoiceError, UsageError
from zconsole.record import write_record

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ipc sockets and signals")


@pytest.fixture
def started():
    with kernels() as started:
        yield started


def named(started, name, argv=("sleep", "1000")):
    """A process that passes for a kernel, whose session has this name."""
    launched = started.start(argv=list(argv))
    return launched._replace(name=name).recorded()


def nobody(kernels):
    """Nobody tells a process id."""
    return {}


def end(launched):
    os.kill(launched.pid, signal.SIGKILL)
    os.waitpid(launched.pid, 0)


def disown(launched, **changes):
    """As if the console that started the kernel had ended."""
    record = record_of(launched)
    write_record(launched.directory, record._replace(owner_born="long ago", **changes))


# --- names


def test_a_kernel_by_its_names(started, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ada").touch()  # something of the user's
    ada = named(started, "ada")
    other = named(started, "")
    for name in ("ada", str(ada.pid), ada.connection_file.stem, ada.connection_file.name, "a?a"):
        assert one_kernel(name, nobody).file == ada.connection_file, name
    assert one_kernel(str(other.connection_file), nobody).file == other.connection_file
    assert one_kernel(other.connection_file.stem[-6:], nobody).file == other.connection_file
    assert one_kernel("ada", nobody).name == "ada"
    assert one_kernel(str(other.pid), nobody).name == other.connection_file.stem


def test_a_process_id_that_only_the_kernel_can_tell(started):
    file = started.directory / "kernel-jupyter.json"
    write_connection(file, local_connection("x"))
    assert one_kernel("4711", lambda kernels: {each.file: 4711 for each in kernels}).file == file
    with pytest.raises(KernelChoiceError, match="No running kernel is called '4712'"):
        one_kernel("4712", lambda kernels: {each.file: 4711 for each in kernels})


def test_a_pattern_is_the_newest_that_may_be_alive(started):
    old, new, dead = (named(started, name) for name in ("a-1", "a-2", "a-3"))
    for age, launched in enumerate((dead, new, old)):
        os.utime(launched.connection_file, (1_000_000 - age, 1_000_000 - age))
    end(dead)
    assert one_kernel("a-*", nobody).name == "a-2"
    assert one_kernel("kernel*.json", nobody).name == "a-2"
    assert [each.name for each in kernels_like("a-*")] == ["a-3", "a-2", "a-1"]
    end(new)
    end(old)
    assert one_kernel("a-*", nobody).name == "a-3"  # whoever asks is told that it is dead


def test_a_name_that_means_several_is_refused_with_a_list(started):
    first, second, dead = (named(started, "ada") for _ in range(3))
    end(dead)
    with pytest.raises(KernelChoiceError) as refused:
        one_kernel("ada", nobody)
    said = str(refused.value)
    assert said.startswith("'ada' could be each of these kernels:\n")
    assert f"ada (pid {first.pid}, started 20" in said
    assert f"ada (pid {second.pid}, started 20" in said
    assert str(dead.pid) not in said
    assert said.endswith("Give one's whole name or process id, or '*ada*' for the newest.")
    end(first)
    assert one_kernel("ada", nobody).file == second.connection_file


def test_names_that_mean_nothing(started):
    for name in ("nobody", "1", "x*"):
        with pytest.raises(KernelChoiceError, match="No running kernel is called"):
            one_kernel(name, nobody)
    with pytest.raises(KernelChoiceError, match=r"There is no connection file /nowhere/x\.json"):
        one_kernel("/nowhere/x.json", nobody)


def test_jupyter_client_and_we_find_the_same(started, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for age, name in enumerate(("kernel-new.json", "kernel-old.json")):
        write_connection(started.directory / name, local_connection("x"))
        os.utime(started.directory / name, (1_000_000 - age, 1_000_000 - age))
    assert one_kernel("kernel*.json", nobody).file.name == "kernel-new.json"
    assert one_kernel("old", nobody).file.name == "kernel-old.json"
    assert one_kernel("kernel-old.json", nobody).file.name == "kernel-old.json"
    write_connection(tmp_path / "mine.json", local_connection("x"))
    assert one_kernel("mine.json", nobody).file == tmp_path / "mine.json"
    assert one_kernel("m*.json", nobody).file == tmp_path / "mine.json"


def test_a_name_for_a_new_session(started):
    ada = named(started, "ada")
    with pytest.raises(KernelChoiceError, match=f"There is a kernel of that name: ada \\(pid {ada.pid}"):
        free_name("ada")
    end(ada)
    free_name("ada")
    for name in ("b", "Ünal_2.5-x"):
        free_name(name)
    for name in ("4711", "-x", "a b", "a/b", "a*", "", "a" * 41, "\x1b[m"):
        with pytest.raises(UsageError, match="cannot be a session's name"):
            free_name(name)


# --- sweeping


def test_what_nobody_will_use_again_is_removed(started):
    launched = started.start(argv=["true"])
    launched.info.socket_files()[0].touch()
    os.waitpid(launched.pid, 0)
    (launched.directory / "about.json.1").touch()  # half written, by one that was killed
    disown(launched)
    sweep()
    assert started.files() == []


def test_what_lives_or_may_begin_again_is_not_touched(started):
    live = named(started, "live")
    disown(live)
    owned = started.start(argv=["true"])
    elsewhere = started.start(argv=["true"])
    for each in (owned, elsewhere):
        os.waitpid(each.pid, 0)
    disown(elsewhere, host="another/1")
    write_connection(started.directory / "kernel-jupyter.json", local_connection("x"))
    before = started.files()
    sweep()
    assert started.files() == before


def test_a_machine_that_was_restarted(started):
    launched = named(started, "before")  # a process of now has the id that it had
    host = record_of(launched).host.partition("/")[0]
    disown(launched, host=f"{host}/another boot")
    sweep()
    assert started.files() == []


def test_somebody_who_listens_is_left_alone(started):
    launched = started.start("--welcome")
    listening(launched.info)
    disown(launched, born="another")
    before = started.files()
    sweep()
    assert started.files() == before


def test_without_a_record_age_decides(started):
    fresh, old, half = (started.start(argv=["true"]) for _ in range(3))
    for each in (fresh, old, half):
        os.waitpid(each.pid, 0)
        (each.directory / "about.json").unlink()
    half.connection_file.unlink()
    for path in (old.connection_file, old.directory, half.directory):
        past = path.stat().st_mtime - 2 * RECORD_WAIT
        os.utime(path, (past, past))
    sweep()
    assert {file.partition("/")[0].partition(".")[0] for file in started.files()} == {fresh.directory.name}


def test_several_sweep_at_once(started):
    for _ in range(20):
        launched = started.start(argv=["true"])
        os.waitpid(launched.pid, 0)
        disown(launched)
    live = named(started, "live")
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(sweep) for _ in range(4)]:
            done.result(timeout=10)
    assert {file.partition("/")[0].partition(".")[0] for file in started.files()} == {live.directory.name}
