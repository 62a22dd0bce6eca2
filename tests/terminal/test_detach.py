"""Leaving a kernel that runs on, by choice and by force, and coming back to it in another terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.kernel.strangers import Gate, until
from zconsole.journal.reader import content_of, entries, read_past
from zconsole.journal.store import FILE

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")

LAPS = 60
COUNTER = {
    "python": f"import time\rfor i in range({LAPS}): print('lap', i, flush=True); time.sleep(0.03); "
    f"i != {LAPS - 5} or open('go').readline()\r\r",
    "bash": f"for i in $(seq 0 {LAPS - 1}); do echo lap $i; sleep 0.03; "
    f"[ $i != {LAPS - 5} ] || read < go; done\r",
}
FOREIGN = [pytest.param(name, marks=pytest.mark.slow) for name in ("python3", "bash")]


@pytest.fixture
def runtime(home):
    """The runtime directory of the terminals."""
    return Path(home["JUPYTER_RUNTIME_DIR"])


@pytest.fixture
def gate(home):
    """It lets the last laps be run: a console that comes back slowly still finds the cell running."""
    gate = Gate(Path(home["HOME"]) / "go")
    yield gate
    gate.close()


@pytest.fixture
def start(terminal):
    """``start(*options)`` begins a session "exp"."""

    def begin(*options):
        t = terminal(*ZCONSOLE, "--name=exp", *options, rows=120)
        t.wait_prompt(1, 30)
        return t

    return begin


@pytest.fixture
def come_back(terminal):
    """``come_back(*options)`` comes back to it, in another terminal."""
    return lambda *options: terminal(*ZCONSOLE, "--existing", "exp", *options, rows=120)


def record_of(runtime):
    (file,) = runtime.glob("kernel-zc-*/about.json")
    return json.loads(file.read_text())


def journal_of(runtime):
    return list(entries(Path(record_of(runtime)["journal"])))


def laps(t):
    return [int(number) for number in re.findall(r"^lap (\d+)$", t.history_text, re.MULTILINE)]


def nothing_left(runtime):
    return not list(runtime.glob("kernel-zc-*"))


def zconsole(home, *argv):
    return subprocess.run(
        [*ZCONSOLE, *argv],
        env=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


LEAVE = {
    "a lost terminal": lambda t: t.hangup(),
    "SIGHUP to its group": lambda t: os.killpg(os.getpgid(t.pid), signal.SIGHUP),
    "Ctrl+\\": lambda t: t.keys("c-\\"),
}


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=pytest.mark.slow if "lost" in way else ()) for way in LEAVE]
)
@pytest.mark.parametrize("kernel", ["zconsole", *FOREIGN])
def test_nothing_is_lost_and_nothing_told_twice(start, come_back, gate, runtime, kernel, way):
    t = start("--kernel", kernel)
    t.type(COUNTER.get(kernel, COUNTER["python"]))
    t.wait("^lap 3$", 30)
    LEAVE[way](t)
    assert t.wait_exit() == (0 if way == "Ctrl+\\" else 128 + signal.SIGHUP)
    until(lambda: len(journal_of(runtime)) > 30)
    before = laps(t)
    assert before[-1] < LAPS - 20
    back = come_back()
    back.wait(r"^── While you were away, since \d\d:\d\d:\d\d \(\d+ s\): ─+$")
    number = 1 if kernel == "bash" else 2
    back.wait(rf"^── In \[{number}\] still runs, since \d\d:\d\d:\d\d \(\d+ s\): ─+$")
    gate.open()
    back.wait(f"^lap {LAPS - 1}$", 20)
    back.wait_prompt(number + 1)
    assert laps(back) == list(range(LAPS))
    parted = laps_above(back, "still runs")
    assert 3 < parted < LAPS - 1  # some were told, and some are seen live
    assert back.history_text.count("still runs") == 1
    kinds = [entry.kind for entry in journal_of(runtime)]
    assert kinds.count("owner") == 1
    assert "gap" not in kinds
    back.run("echo behind it" if kernel == "bash" else "'behind it'")  # a cell of ours has an end that we see
    back.wait_prompt(number + 2)
    back.type("%stop\r")
    assert back.wait_exit() == 0
    back.wait_no_processes()
    t.wait_no_processes()
    assert nothing_left(runtime)


def laps_above(t, sentence):
    return t.history_text.partition(sentence)[0].count("lap ") - 1  # one is in the code


@pytest.mark.parametrize("kernel", ["zconsole", *FOREIGN])
def test_a_console_that_is_killed_loses_what_nobody_heard_and_no_more(
    start, come_back, gate, runtime, kernel
):
    t = start("--kernel", kernel)
    t.type(COUNTER.get(kernel, COUNTER["python"]))
    t.wait("^lap 3$", 30)
    t.signal(signal.SIGKILL)
    assert t.wait_exit() == -signal.SIGKILL
    seen = laps(t)
    back = come_back()
    gap = back.wait(
        r"^From \S+ to \S+ nobody listened: (up to (\d+) messages are|what was said then is) missing\.$"
    )
    number = 1 if kernel == "bash" else 2
    gate.open()
    back.wait(f"^lap {LAPS - 1}$", 20)
    back.wait_prompt(number + 1)
    told = laps(back)
    assert told == sorted(set(told))
    assert told[: len(seen)] == seen
    assert told[-1] == LAPS - 1
    missing = LAPS - len(told)
    assert missing > 0
    if kernel == "zconsole":
        # a print is a message or two, and a few are of our coming
        assert missing <= int(gap[2]) <= 2 * missing + 10
        back.run("len(str(i))")
        back.wait(r"^Out\[3\]: 2$")  # its variables are there
    assert "gap" in [entry.kind for entry in journal_of(runtime)]


def test_a_killed_console_of_a_kernel_at_rest_has_lost_nothing(start, come_back, home, runtime):
    t = start()
    t.run("x = 'kept'")
    t.signal(signal.SIGKILL)
    t.wait_exit()
    assert re.search(
        r"^exp +zconsole +\d+ +idle +\S+ +for \d s +\d+ MB +0 +/", zconsole(home, "list").stdout, re.M
    )
    back = come_back()
    back.wait_prompt(2)
    assert "missing" not in back.history_text
    back.run("x")
    back.wait("^Out.2.: 'kept'$")
    # the end of the session that was adopted is an end in order
    assert zconsole(home, "stop", "exp").stdout == "exp has been ended.\n"
    until(lambda: nothing_left(runtime))
    back.wait_exit()


@pytest.mark.parametrize("keys", ["\x1c", pytest.param("\x18d", marks=pytest.mark.slow)])
def test_a_key_detaches_at_the_prompt(start, come_back, home, runtime, keys):
    t = start()
    t.run("x = 42")
    t.type("half a line")
    t.type(keys)
    assert t.wait_exit() == 0
    assert "The kernel runs on: zconsole --existing exp" in t.screen_text
    listed = json.loads(zconsole(home, "list", "--json").stdout)
    assert listed[0]["detached"]
    assert listed[0]["memory"] > 1 << 20
    back = come_back()
    back.wait("^── Nothing has been run since")
    back.wait_prompt(2)
    assert json.loads(zconsole(home, "list", "--json").stdout)[0]["detached"] is None
    back.run("x")
    back.wait("^Out.2.: 42$")
    back.type("exit\r")
    assert back.wait_exit() == 0
    assert "The kernel runs on: zconsole --existing exp" in back.screen_text
    again = come_back()
    again.wait("^── Nothing has been run since")
    again.wait_prompt(4)


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("kernel", ["zconsole", *FOREIGN[:1]])
def test_what_a_cell_asks_meanwhile_is_asked_again(start, come_back, gate, runtime, kernel, left):
    """It is asked while its front end leaves, or when that has `left`."""
    t = start("--kernel", kernel)
    t.type(f"{gate.wait}; name = input('name? ')\r")
    until(
        lambda: any(entry.kind == "message" for entry in journal_of(runtime)) if records(runtime) else False
    )
    t.hangup()
    if left:
        t.wait_exit()
        until(lambda: has_taken_over(runtime))
    gate.open()
    t.wait_exit()
    until(lambda: "input_request" in str(journal_of(runtime)))
    back = come_back()
    back.wait("^name\\? $")
    back.type("ada\r")
    back.wait_prompt(2)
    back.run("name")
    back.wait("^Out.2.: 'ada'$")


def has_taken_over(runtime):
    """Whether the keeper is connected in its front end's place, beside its own."""
    record = record_of(runtime)
    (file,) = runtime.glob("kernel-zc-*.json")
    info = json.loads(file.read_text())
    if info["transport"] == "ipc":
        return bool(record["detached"])  # a kernel of ours, which asks its seats, and who comes
    connections = psutil.Process(record["owner"]).net_connections("tcp")
    return [each.raddr and each.raddr.port for each in connections].count(info["stdin_port"]) > 1


def test_a_question_that_one_leaves_at_is_asked_again(start, come_back):
    """Whoever had asked it: our kernel offers it to each that comes."""
    t = start()
    t.type("%detach\r")
    t.wait_exit()
    back = come_back()
    back.wait_prompt(1)
    back.type("input('and now? ')\r")
    back.wait("^and now\\? $")
    back.type("\x1c")
    assert back.wait_exit() == 0
    assert "Traceback" not in back.history_text
    again = come_back()
    again.wait("^and now\\? $")
    again.type("later\r")
    again.wait("^Out.1.: 'later'$")


def records(runtime):
    return [
        file for file in runtime.glob("kernel-zc-*/about.json") if json.loads(file.read_text())["journal"]
    ]


@pytest.mark.parametrize("end", [signal.SIGHUP, signal.SIGKILL])
def test_a_session_without_a_cell_is_not_kept(start, runtime, end):
    t = start()
    t.signal(end)
    t.wait_exit()
    until(lambda: not t.processes())  # the kernel is just starting, and so is what it starts
    assert nothing_left(runtime)


def test_a_keeper_that_is_killed_is_replaced(start, come_back, terminal, runtime):
    t = start()
    t.run("x = 1")
    t.type("%detach\r")
    assert t.wait_exit() == 0
    other = terminal(*ZCONSOLE)
    other.wait(r"^Detached: exp \(since \d\d:\d\d\)\. zconsole --existing exp comes back to it\.$")
    other.keys("c-d", "c-d")
    other.wait_exit()
    keeper = psutil.Process(record_of(runtime)["owner"])
    assert "zconsole.keeper" in keeper.cmdline()
    keeper.kill()
    back = come_back()
    back.wait_prompt(2)
    back.run("x + 1")
    back.wait("^Out.2.: 2$")
    assert record_of(runtime)["owner"] not in (keeper.pid, back.pid)
    owners = [entry.fields["how"] for entry in journal_of(runtime) if entry.kind == "owner"]
    assert owners == ["detached", "adopted"]
    until(lambda: "x + 1" in str(journal_of(runtime)[-8:]))


def test_two_come_back_at_once_and_one_records(start, come_back, runtime):
    t = start()
    t.run("x = 1")
    t.signal(signal.SIGKILL)
    t.wait_exit()
    both = [come_back("--as=ada"), come_back("--as=bob")]
    for each in both:
        each.wait_prompt(2)
    both[0].run("x + 1")
    both[1].wait("^Out.2.: 2$")
    assert [entry.kind for entry in journal_of(runtime)].count("owner") == 1


def test_a_kernel_that_nobody_needs_ends_by_itself(start, runtime, home):
    config = Path(home["JUPYTER_CONFIG_DIR"])
    (config / "jupyter_zconsole_config.py").write_text("c.ZConsole.keep_hours = 0.6 / 3600\n")
    t = start()
    t.run("import time")
    folder = Path(record_of(runtime)["journal"])
    t.type("time.sleep(1.5)\r")  # it is not idle while it runs
    t.wait(r"time\.sleep")
    until(lambda: "sleep(1.5)" in (folder / FILE).read_text())
    t.keys("c-\\")
    assert t.wait_exit() == 0
    t.wait_no_processes(10)
    assert nothing_left(runtime)
    past = read_past(folder)
    assert past.clean
    assert past.cells[-1].code == "time.sleep(1.5)"
    assert past.cells[-1].status == "ok"
    assert past.cells[-1].ended
    assert past.last - past.cells[-1].ended > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["zconsole", "python3"])
def test_a_flood_is_recorded_whole_across_the_seam(start, come_back, runtime, kernel):
    number = 200_000
    t = start("--kernel", kernel)
    t.type(f"for i in range({number}): print('lap', i)\r\r")
    t.wait(r"^lap \d{4}$", 20)
    t.keys("c-\\")
    assert t.wait_exit(20) == 0
    folder = Path(record_of(runtime)["journal"])
    until(lambda: read_past(folder).cells[0].ended, timeout=60)
    (cell,) = read_past(folder).cells
    text = "".join(content_of(folder, output)["text"] for output in cell.outputs)
    assert text == "".join(f"lap {each}\n" for each in range(number))
    back = come_back()
    # of more than 2 MB that end is read, and the beginning
    back.wait(r"^… [\d,]+ lines( and \d+ MB)? are not shown; %reopen 1 shows them …$", 20, history=True)
    back.wait_prompt(2)
    first, last = laps(back)[:-200], laps(back)[-200:]
    assert last == [*range(number - 200, number)]
    assert first == [*range(len(first))]
    assert len(first) >= 15


def test_of_much_that_was_said_the_beginning_and_the_end_are_shown(start, come_back, gate, runtime):
    t = start()
    t.run("x = 1")
    t.type(
        "print('be' 'gun'); open('go').readline(); print('the first'); print(('x' * 79 + '\\n') * 60_000)\r"
    )
    t.wait("^begun$")
    t.keys("c-\\")
    assert t.wait_exit() == 0
    gate.open()
    journal = Path(record_of(runtime)["journal"])
    until(lambda: not read_past(journal).running)
    back = come_back()
    back.wait_prompt(3, 30)
    assert re.search(r"^the first$", back.history_text, re.M)
    assert back.history_text.count("x" * 79) == 18 + 199
    assert re.search(r"^… [\d,]+ lines( and \d+ MB)? are not shown; %reopen 2 shows", back.history_text, re.M)
    assert "was not heard" not in back.history_text


def test_stop_in_a_session_of_ones_own(start, runtime):
    t = start()
    t.run("x = 1")
    t.type("%stop\r")
    assert t.wait_exit() == 0
    t.wait_no_processes()
    assert nothing_left(runtime)
