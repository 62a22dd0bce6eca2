"""The manager with a real, scripted kernel at the other end: answers, floods, deaths, and what is left."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
import zmq
from jupyter_client.connect import write_connection_file

from tests.fakes import DEADLINE, Recorder, kernels
from tests.fakes import run as run_scenario
from zconsole import kernelmanager
from zconsole.channel import TURN, Heartbeat
from zconsole.connection import CHANNELS, ConnectionInfo, read_connection
from zconsole.kernelerror import KernelDied, KernelError, NoReply, WrongKey
from zconsole.kernelmanager import KernelManager
from zconsole.launch import LaunchError, relaunch
from zconsole.process import Exit
from zconsole.session import Session, Unserializable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ipc sockets and signals")


@pytest.fixture
def started():
    with kernels() as started:
        yield started


@pytest.fixture
def impatient(monkeypatch):
    """Waits at the end that are long enough to be seen, and no longer."""
    monkeypatch.setattr(kernelmanager, "SHUTDOWN_WAIT", 0.3)


OPENED: list[KernelManager] = []


def run(scenario) -> None:
    """Run a scenario; its managers are closed also when it fails (a context that is not waits for ever)."""

    async def closing() -> None:
        try:
            await scenario
        finally:
            while OPENED:
                OPENED.pop().close()

    run_scenario(closing())


def manage(launched, **options) -> tuple[KernelManager, Recorder]:
    """A manager of a kernel that was just started, open, and what it tells."""
    recorder = Recorder()
    manager = KernelManager(launched.info, listener=recorder, launched=launched, **options)
    OPENED.append(manager)
    manager.open()
    return manager, recorder


def attach(launched, **options) -> tuple[KernelManager, Recorder]:
    """A manager of a kernel that somebody else has started."""
    recorder = Recorder()
    manager = KernelManager(launched.info, listener=recorder, **options)
    OPENED.append(manager)
    manager.open()
    return manager, recorder


async def ask(manager: KernelManager, name: str, content=None, **options):
    """The content of the reply."""
    return (await manager.ask(f"{name}_request", content, timeout=DEADLINE, **options)).content


def numbers(recorder: Recorder) -> list[int]:
    return [message.content["n"] for message in recorder.of("stream") if "n" in message.content]


# --- ready


@pytest.mark.parametrize("options", [(), ("--welcome",)], ids=["silent", "welcoming"])
def test_ready(options, started):
    async def scenario() -> None:
        manager, recorder = manage(started.start(*options), username="ada")
        info = await manager.ready(DEADLINE)
        assert info.msg_type == "kernel_info_reply"
        assert info.content["channel"] == "control"
        assert manager.owned
        assert manager.alive
        # from here on everything that is published reaches us
        request = manager.request("flood_request", {"n": 3})
        await recorder.until(lambda: recorder.of("flood_reply"))
        await recorder.until(lambda: len(numbers(recorder)) == 3)
        assert all(message.parent_id == request.msg_id for message in recorder.of("stream"))
        assert not recorder.of("iopub_welcome")
        assert (await ask(manager, "echo"))["username"] == "ada"
        await manager.shutdown()

    run(scenario())


def test_a_welcome_is_not_waited_for_longer_than_it_takes(started):
    async def scenario() -> None:
        manager, _ = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        assert manager._welcome.done()
        await manager.shutdown()

    run(scenario())


def test_a_kernel_that_never_answers(started, impatient):
    async def scenario() -> None:
        manager, _ = manage(started.start(argv=["sleep", "1000"]))
        before = time.monotonic()
        with pytest.raises(
            NoReply, match=r"^The kernel has not answered kernel_info_request within 0\.2 s\.$"
        ):
            await manager.ready(0.2)
        assert 0.2 <= time.monotonic() - before < 2
        await manager.shutdown()
        assert started.left() == []

    run(scenario())


@pytest.mark.parametrize("welcome", [True, False])
def test_a_kernel_that_dies_while_starting(welcome, started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--exit", "7"))
        with pytest.raises(KernelDied, match=r"^The kernel exited with code 7\.$"):
            await manager.ready(DEADLINE)
        await recorder.until(lambda: recorder.deaths)
        assert recorder.deaths == [Exit(7)]
        assert manager.log_tail() == "cannot start"
        await manager.shutdown()
        assert started.files() == []

    run(scenario())


# --- ask


def test_each_reply_finds_its_own_request(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        held = [asyncio.ensure_future(ask(manager, "hold", {"n": number})) for number in range(10)]
        held += [
            asyncio.ensure_future(ask(manager, "hold", {"n": n}, channel="control")) for n in range(10, 20)
        ]
        echoed = await asyncio.gather(*(ask(manager, "echo", {"n": number}) for number in range(10)))
        assert [content["n"] for content in echoed] == list(range(10))
        await ask(manager, "echo", channel="control")  # what was held on control has been received
        assert not any(each.done() for each in held)
        await ask(manager, "release")
        assert [content["n"] for content in await asyncio.gather(*held)] == list(range(20))
        # replies are for who asked, everything on iopub is for the listener
        assert {channel for channel, _ in recorder.received} == {"iopub"}
        await manager.shutdown()

    run(scenario())


def test_no_reply_in_time_and_the_late_one_is_dropped(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        with pytest.raises(NoReply, match=r"^The kernel has not answered hold_request within 0\.1 s\.$"):
            await manager.ask("hold_request", timeout=0.1)
        abandoned = asyncio.ensure_future(ask(manager, "hold"))
        await ask(manager, "echo")
        abandoned.cancel()
        await ask(manager, "release")
        await ask(manager, "echo")
        assert not recorder.of("hold_reply")
        assert not manager._asked
        await manager.shutdown()

    run(scenario())


def test_a_request_is_answered_to_the_listener(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        request = manager.request("twice_request", metadata={"x": 1}, buffers=(b"y",))
        await recorder.until(lambda: len(recorder.of("twice_reply")) == 2)
        assert [message.parent_id for message in recorder.of("twice_reply")] == [request.msg_id] * 2
        assert [message.content["n"] for message in recorder.of("twice_reply")] == [1, 2]
        await manager.shutdown()

    run(scenario())


def test_what_cannot_be_sent_is_the_callers_error(started):
    async def scenario() -> None:
        manager, _ = manage(started.start("--welcome"))
        with pytest.raises(Unserializable, match=r"^echo_request: "):
            await ask(manager, "echo", {"x": object()})
        assert not manager._asked
        assert (await ask(manager, "echo", {"x": 1}))["x"] == 1
        await manager.shutdown()

    run(scenario())


def test_input_is_relayed(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        # the stdin socket is connected when the kernel knows our identity there
        manager.answer_input("first", await manager.ask("echo_request", timeout=DEADLINE))
        await recorder.until(lambda: [m for m in recorder.of("stream") if "input" in m.content])
        manager.request("input_request")
        channel, request = await recorder.until(
            lambda: next(((c, m) for c, m in recorder.received if m.msg_type == "input_request"), None)
        )
        assert channel == "stdin"
        manager.answer_input("yes", request)
        await recorder.until(lambda: [m for m in recorder.of("stream") if m.content.get("input") == "yes"])
        await manager.shutdown()

    run(scenario())


# --- what should not come


def test_garbage_is_counted_and_changes_nothing(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        for channel in ("shell", "control"):
            await ask(manager, "garbage", channel=channel)
        await ask(manager, "echo")
        await recorder.until(lambda: manager.dropped == 16)
        await manager.shutdown()

    run(scenario())


def test_a_forged_reply_answers_nothing(started):
    async def scenario() -> None:
        manager, _ = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        with pytest.raises(NoReply) as caught:
            await manager.ask("forge_request", timeout=0.2)
        assert str(caught.value) == (
            "The kernel has not answered forge_request within 0.2 s. "
            "What came on shell was dropped (1): the signature does not match the key."
        )
        assert (await ask(manager, "echo", {"x": 1}))["x"] == 1
        await manager.shutdown()

    run(scenario())


def test_a_wrong_key_is_named(started, impatient):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, _ = attach(launched._replace(info=launched.info._replace(key=b"wrong")))
        for _ in range(2):  # while it is waited for, and when it is known
            with pytest.raises(WrongKey, match=r"signature was refused.* not the kernel's\.$"):
                await manager.ready(DEADLINE)
        manager.close()

    run(scenario())


# --- floods


def test_a_flood_is_complete_in_order_and_leaves_room(started):
    count = 40_000

    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        loop = asyncio.get_running_loop()
        turns: list[float] = []
        flood = asyncio.ensure_future(ask(manager, "flood", {"n": count}))
        while len(recorder.received) < count:
            seen, before = len(recorder.received), loop.time()
            await asyncio.sleep(0)
            turns.append(loop.time() - before)
            assert len(recorder.received) - seen <= 2 * TURN
        await flood
        await recorder.until(lambda: len(numbers(recorder)) == count)
        assert numbers(recorder) == list(range(count))
        # 3 ms on an idle machine; the garbage collector, among so many messages, is slower now and then
        assert sorted(turns)[-len(turns) // 100] < 0.1
        assert manager.dropped == 0
        await manager.shutdown()

    run(scenario())


# --- death


@pytest.mark.parametrize(
    ("content", "exit", "text"),
    [
        ({"exit": 3}, Exit(3), "The kernel exited with code 3."),
        ({"signal": 9}, Exit(-9), "The kernel was ended by signal 9 (SIGKILL: Killed)."),
        ({"signal": 11}, Exit(-11), "The kernel was ended by signal 11 (SIGSEGV: Segmentation fault)."),
    ],
)
def test_death_answers_whoever_waits(content, exit, text, started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        waiting = [asyncio.ensure_future(ask(manager, "mute")) for _ in range(3)]
        manager.request("die_request", content)
        for each in waiting:
            with pytest.raises(KernelDied) as caught:
                await each
            assert caught.value.exit == exit
            assert str(caught.value) == text
        await recorder.until(lambda: recorder.deaths)
        assert recorder.deaths == [exit]
        assert manager.log_tail() == "last words"
        assert not manager.alive
        for channel in ("shell", "control"):
            with pytest.raises(KernelDied):
                manager.request("echo_request", channel=channel)
        with pytest.raises(KernelDied):
            await ask(manager, "echo")
        with pytest.raises(KernelDied):
            manager.answer_input("", Session(b"").message("input_request"))
        manager.interrupt()  # nobody is there: nothing happens
        await manager.shutdown()
        assert recorder.deaths == [exit]
        assert started.files() == []

    run(scenario())


def test_what_a_kernel_said_before_it_died_is_heard_before_its_death(started):
    count = 5_000

    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        manager.request("flood_request", {"n": count, "exit": 3})
        await recorder.until(lambda: recorder.deaths)
        assert numbers(recorder) == list(range(count))
        assert recorder.of("flood_reply")
        assert recorder.deaths == [Exit(3)]
        await manager.shutdown()

    run(scenario())


def test_a_listener_that_raises_at_a_death_is_reported(started):
    async def scenario() -> None:
        raised: asyncio.Queue = asyncio.Queue()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.put_nowait(context))
        manager, recorder = manage(started.start("--welcome"))
        recorder.died = lambda exit: 1 / 0  # type: ignore[method-assign,assignment]
        await manager.ready(DEADLINE)
        manager.request("die_request", {"exit": 1})
        context = await asyncio.wait_for(raised.get(), DEADLINE)
        assert isinstance(context["exception"], ZeroDivisionError)
        await manager.shutdown()

    run(scenario())


# --- interrupt


def signals(recorder: Recorder) -> list[int]:
    return [n for message in recorder.of("stream") for n in message.content.get("signals", ())]


def test_interrupt_reaches_the_kernel_and_its_children(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        await ask(manager, "family")
        manager.interrupt()
        await recorder.until(lambda: signals(recorder) == [signal.SIGINT])
        assert await ask(manager, "heard") == {"line": "INT\n"}
        assert manager.alive
        await manager.shutdown()
        assert started.left() == []

    run(scenario())


@pytest.mark.parametrize("owned", [True, False])
def test_interrupt_by_message(owned, started):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, recorder = manage(launched, interrupt_by_message=True) if owned else attach(launched)
        await manager.ready(DEADLINE)
        manager.interrupt()
        await recorder.until(lambda: [m for m in recorder.of("stream") if m.content.get("interrupted")])
        assert signals(recorder) == []
        await manager.shutdown()

    run(scenario())


# --- the end


@pytest.mark.parametrize(
    ("options", "exit"),
    [
        ((), Exit(0)),
        (("--ignore-shutdown",), Exit(-15)),
        (("--ignore-shutdown", "--ignore-sigterm"), Exit(-9)),
    ],
    ids=["by message", "by SIGTERM", "by SIGKILL"],
)
def test_the_end(options, exit, started, impatient, monkeypatch):
    if not options:
        monkeypatch.setattr(kernelmanager, "SHUTDOWN_WAIT", DEADLINE)

    async def scenario() -> None:
        manager, recorder = manage(started.start(*options))
        await manager.ready(DEADLINE)
        waiting = asyncio.ensure_future(ask(manager, "mute"))
        await ask(manager, "echo")
        await manager.end()
        assert manager.process is not None
        assert manager.process.ended.result() == exit
        with pytest.raises(KernelDied):
            await waiting
        assert not manager.alive
        assert recorder.deaths == []  # who ends it need not be told
        assert started.left() == []
        assert started.files() != []
        await manager.end()
        await manager.shutdown()
        assert started.files() == []

    run(scenario())


def test_nobody_is_left_behind(started, impatient):
    """Children that ignore SIGTERM, the end by force; and every descriptor is closed."""

    async def scenario() -> None:
        manager, _ = manage(started.start("--welcome", "--ignore-shutdown", "--ignore-sigterm"))
        await manager.ready(DEADLINE)
        family = (await ask(manager, "family"))["pids"]
        assert all(psutil.pid_exists(pid) for pid in family)
        await manager.shutdown()
        assert started.left() == []

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0

    before = descriptors()
    run(scenario())
    assert descriptors() == before
    assert started.files() == []


def test_a_flood_does_not_delay_the_end(started):
    async def scenario() -> None:
        manager, recorder = manage(started.start("--welcome"))
        await manager.ready(DEADLINE)
        manager.request("flood_request", {"n": 5_000})
        await recorder.until(lambda: numbers(recorder))
        await manager.shutdown()
        assert started.left() == []
        assert numbers(recorder) == list(range(5_000))

    run(scenario())


def test_close_lets_the_kernel_run(started):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, recorder = manage(launched)
        await manager.ready(DEADLINE)
        waiting = asyncio.ensure_future(ask(manager, "mute"))
        await ask(manager, "echo")
        manager.close()
        manager.close()
        with pytest.raises(KernelDied):
            await waiting
        assert launched.connection_file.exists()
        assert [process.pid for process in started.processes()] == [launched.pid]
        other, _ = attach(launched)
        assert (await other.ready(DEADLINE)).content["pid"] == launched.pid
        other.close()
        assert recorder.deaths == []

    run(scenario())


def test_a_kernel_that_is_not_ours_is_not_ended(started):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, _ = attach(launched)
        await manager.ready(DEADLINE)
        assert not manager.owned
        with pytest.raises(RuntimeError):
            await manager.end()
        with pytest.raises(RuntimeError):
            manager.restart()
        await manager.shutdown()
        assert [process.pid for process in started.processes()] == [launched.pid]
        assert launched.connection_file.exists()

    run(scenario())


# --- once more


@pytest.mark.parametrize("death", ["asked for", "by itself"])
def test_restart_on_the_same_connection_file(death, started):
    """[78]"""

    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, recorder = manage(launched)
        first = (await manager.ready(DEADLINE)).content["pid"]
        for session_number in (1, 2):
            with pytest.raises(RuntimeError):
                manager.restart()
            session = manager.session_id
            if death == "asked for":
                await manager.end(restart=True)
            else:
                manager.request("die_request", {"exit": 3})
                while len(recorder.deaths) != session_number:
                    await recorder.news()
            manager.restart()
            assert manager.alive
            second = (await manager.ready(DEADLINE)).content["pid"]
            assert second != first
            assert manager.session_id != session
            first = second
        assert manager.launched is not None
        assert manager.launched.connection_file == launched.connection_file
        assert read_connection(launched.connection_file, private=True) == launched.info
        assert (await ask(manager, "echo", {"x": 1}))["x"] == 1
        assert manager.log_tail() == ""
        await manager.shutdown()
        assert len(recorder.deaths) == (0 if death == "asked for" else 2)
        assert started.left() == []
        assert started.files() == []

    run(scenario())


def test_a_restart_that_fails(started):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, recorder = manage(launched)
        await manager.ready(DEADLINE)
        manager.request("die_request", {"exit": 3})
        await recorder.until(lambda: recorder.deaths)
        manager.launched = launched._replace(argv=["./gone"])
        with pytest.raises(LaunchError, match=r"^Cannot run the kernel program \./gone: No such file"):
            manager.restart()
        assert not manager.alive
        await manager.shutdown()
        assert started.files() == []

    run(scenario())


def test_an_end_that_takes_too_long_is_hurried(started, monkeypatch):
    monkeypatch.setattr(kernelmanager, "SHUTDOWN_WAIT", 2 * DEADLINE)

    async def scenario() -> None:
        launched = started.start("--ignore-shutdown", "--ignore-sigterm")
        manager, recorder = manage(launched)
        manager.hurry()  # there is nothing to hurry yet
        await manager.ready(DEADLINE)
        ending = asyncio.create_task(manager.end())
        await asyncio.sleep(0.1)
        assert not ending.done()
        manager.hurry()
        await recorder.until(
            lambda: any(signal.SIGTERM in each.content.get("signals", ()) for each in recorder.of("stream"))
        )
        assert not ending.done()
        manager.hurry()
        await ending
        assert manager.process
        assert manager.process.ended.result() == Exit(-signal.SIGKILL)
        manager.close()

    run(scenario())


# --- a kernel that is not our child


def test_another_kernel_is_lost_and_found(started, monkeypatch):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, recorder = attach(launched)
        await manager.met()
        await manager.ready(DEADLINE)
        monkeypatch.setattr(Heartbeat, "period", 0.1)
        os.kill(launched.pid, signal.SIGKILL)
        await recorder.until(lambda: recorder.deaths)
        assert recorder.deaths == [None]
        assert manager.alive  # as far as we know: it may be started again
        os.waitpid(launched.pid, 0)  # noqa: ASYNC222  it has ended
        started.launched.append(relaunch(launched))
        await recorder.until(lambda: recorder.revivals)
        assert (await ask(manager, "echo", {"x": 1}))["x"] == 1
        assert (len(recorder.deaths), recorder.revivals) == (1, 1)
        manager.close()

    run(scenario())


def test_a_kernel_that_is_stopped_is_not_lost(started, monkeypatch):
    async def scenario() -> None:
        launched = started.start("--welcome")
        manager, recorder = attach(launched)
        await manager.ready(DEADLINE)
        monkeypatch.setattr(Heartbeat, "period", 0.05)
        os.kill(launched.pid, signal.SIGSTOP)
        with pytest.raises(NoReply):  # many looks of its heartbeat's
            await manager.ask("echo_request", timeout=1.5)
        os.kill(launched.pid, signal.SIGCONT)
        assert (await ask(manager, "echo", {"x": 1}))["x"] == 1
        assert recorder.deaths == []
        manager.close()

    run(scenario())


def test_two_front_ends_hear_the_same_and_get_their_own_replies(started):
    async def scenario() -> None:
        launched = started.start("--welcome")
        first, hears_first = manage(launched)
        second, hears_second = attach(launched)
        await first.ready(DEADLINE)
        await second.ready(DEADLINE)
        request = first.request("flood_request", {"n": 10})
        for recorder in (hears_first, hears_second):
            while numbers(recorder) != list(range(10)):
                await recorder.news()
            parent = recorder.of("stream")[-1].parent_header
            assert parent == request.header
            assert parent.session == first.session_id
        await hears_first.until(lambda: hears_first.of("flood_reply"))
        await ask(second, "echo")
        assert not hears_second.of("flood_reply")
        second.close()
        assert (await ask(first, "echo", {"x": 1}))["x"] == 1
        await first.shutdown()

    run(scenario())


def test_over_tcp(started, tmp_path):
    _, fields = write_connection_file(str(tmp_path / "c.json"), ip="127.0.0.1", key=b"secret")
    ports = {name: fields[f"{name}_port"] for name in CHANNELS}  # type: ignore[literal-required]

    async def scenario() -> None:
        info = ConnectionInfo("tcp", "127.0.0.1", ports, b"secret")
        manager, recorder = manage(started.start("--welcome", info=info))
        await manager.ready(DEADLINE)
        manager.request("flood_request", {"n": 10})
        await recorder.until(lambda: numbers(recorder) == list(range(10)))
        await manager.shutdown()
        assert started.files() == []

    run(scenario())


@pytest.mark.parametrize("ip", ["*", "no host", "a" * 300, "::1:"])
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_an_address_that_is_none(transport, ip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    info = ConnectionInfo(transport, ip, dict.fromkeys(CHANNELS, 1), b"")

    async def scenario() -> None:
        recorder = Recorder()
        manager = KernelManager(info, listener=recorder)
        try:
            manager.open()
        except KernelError as error:
            sentence = str(error)
            assert sentence.startswith(f"Cannot connect to {transport}://{ip[:5]}")
        else:  # ZeroMQ will go on trying
            with pytest.raises(NoReply):
                await manager.ready(0.05)
        manager.close()

    run(scenario())


@pytest.mark.skipif(not zmq.has("curve"), reason="a libzmq without CURVE")
@pytest.mark.parametrize("key", ["short", 7, "x" * 40])
def test_a_curve_key_that_is_none(key):
    info = ConnectionInfo(
        "tcp",
        "127.0.0.1",
        dict.fromkeys(CHANNELS, 1),
        b"",
        extra={"curve_publickey": key},
    )

    async def scenario() -> None:
        manager = KernelManager(info, listener=Recorder())
        if key == "x" * 40:
            manager.open()
        else:
            with pytest.raises(
                KernelError, match=r"^Cannot connect to tcp://127\.0\.0\.1:1: Invalid argument\.$"
            ):
                manager.open()
        manager.close()

    run(scenario())


def test_the_log_of_a_kernel_is_quoted_from_its_end(started):
    async def scenario() -> None:
        script = "print('x' * 100_000); print('é the last line'); raise SystemExit(1)"
        manager, recorder = manage(started.start(argv=[sys.executable, "-c", script]))
        await recorder.until(lambda: recorder.deaths)
        tail = manager.log_tail()
        assert len(tail) <= 8192
        assert tail.endswith("xx\né the last line")
        await manager.shutdown()
        assert manager.log_tail() == ""

    run(scenario())
