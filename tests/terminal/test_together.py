"""Several front ends on one kernel, each in a terminal of its own: what everybody sees of everybody."""

import re
import signal
import sys

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")


@pytest.fixture
def ada(terminal):
    t = terminal(*ZCONSOLE, "--as=ada", rows=40)
    t.run("import time")
    return t


@pytest.fixture
def join(terminal, ada):
    """``join("bob")`` attaches one more to ada's kernel, and waits until ada knows."""

    def attach(name, *options):
        t = terminal(*ZCONSOLE, "--existing", "--as", name, *options, rows=40)
        t.wait_prompt()
        ada.wait(f"^{name} has come\\.$", history=True)
        return t

    return attach


def cells(t):
    """What is on a screen of cells: the numbers and codes, and the lines that cells have printed, in order.
    An own cell that was overtaken stands there twice, and counts where it was run."""
    found = re.findall(r"^(In \[\d+\](?: \w+)?: .+|lap .+)$", t.history_text, re.MULTILINE)
    plain = [re.sub(r"^(In \[\d+\])(?: \w+)?:", r"\1:", line).rstrip() for line in found]
    code = [line.partition(": ")[2] for line in plain]
    return [line for i, line in enumerate(plain) if line.startswith("lap") or code[i] not in code[i + 1 :]]


def test_three_see_the_same(ada, join):
    """One floods, each types in turn, and a line is half typed on each screen."""
    seats = {"ada": ada, "bob": join("bob"), "carl": join("carl")}
    for t in seats.values():
        t.wait_prompt(2)
    ada.type("for i in range(300): print('lap', i); time.sleep(0.003)\r\r")
    number = 3
    for round in range(2):
        for name, t in seats.items():
            if (name, round) != ("ada", 0):
                t.type(f"print('lap of {name}', {round})\r")
                number += 1
    for t in seats.values():
        t.wait("^lap 299$", timeout=30)  # a terminal that nobody reads holds up what is typed there
    for name, t in seats.items():
        for each in seats:
            t.wait(f"^lap of {each} 1$", timeout=30)
        t.type(f"half by {name}")
    for name, t in seats.items():
        t.wait(rf"^In \[{number}\]: half by {name}$")
    bob = seats["bob"]
    bob.keys("c-c")
    bob.run("print('lap', 'last')")
    for name, t in seats.items():
        if t is not bob:
            t.wait(rf"^lap last\n\nIn \[{number + 1}\]: half by {name}$")
            t.wait(rf"^In \[{number}\] bob: print\('lap', 'last'\)$")
    seen = {name: cells(t) for name, t in seats.items()}
    for each in seen.values():
        each[:] = [line for line in each if "half" not in line and "import" not in line]
    assert len([line for line in seen["ada"] if line.startswith("lap")]) == 300 + 5 + 1
    assert seen["bob"] == seen["ada"]
    assert seen["carl"] == seen["ada"]


def test_who_it_is_can_be_seen_by_name_and_colour(ada, join):
    bob = join("bob")
    ada.type("def f():\rreturn 'text'\r\r")
    bob.wait(r"^In \[2\] ada: def f\(\):\n       \.\.\.:     return 'text'$")
    colour = bob.cell(*bob.find("In [2] ada")).fg
    assert colour != "default"
    assert bob.cell(*bob.find("def")).fg != bob.cell(*bob.find("f():")).fg
    bob.run("1")
    ada.wait(r"^In \[3\] bob: 1\nOut\[3\]: 1$")
    assert ada.cell(*ada.find("In [3] bob")).fg not in ("default", colour)


def test_quiet_others(ada, join):
    bob = join("bob", "--quiet-others")
    ada.run("print('lap 1')")
    ada.run("2")
    bob.wait_prompt(4)
    assert "lap 1" not in bob.screen_text
    assert "Out" not in bob.screen_text
    bob.run("print('lap 2')")
    ada.wait("^lap 2$")


def test_who_is_there_comes_and_goes(ada, join):
    bob = join("bob")
    other = join("bob-2")  # whatever a name looks like, it is somebody's own
    bob.wait(r"^bob-2 has come\.$")
    bob.type("%seats\r")
    bob.wait(r"^ada, since [\d:]+\nbob \(you\), since [\d:]+\nbob-2, since [\d:]+$")
    other.signal(signal.SIGKILL)
    ada.wait(r"^bob-2 has gone\.$")
    bob.keys("c-d")
    assert bob.wait_exit() == 0  # without a question: the kernel is not his
    ada.wait(r"^bob has gone\.$")


def test_attaching_to_a_kernel_that_sleeps(ada, terminal):
    ada.type("time.sleep(3600)\r")
    ada.wait(r"^In \[2\]: time.sleep")
    bob = terminal(*ZCONSOLE, "--existing", "--as", "bob")
    bob.wait_prompt()
    bob.wait(r"^The kernel runs ada's In \[2\] since \d\d:\d\d:\d\d \(\d+ \w+\): time\.sleep\(3600\)$")
    bob.wait_prompt(3)
    bob.type("typed")
    bob.wait("typed$")
    bob.keys("c-c")  # this one is for the text
    bob.wait_prompt(3)
    bob.keys("c-c")
    bob.wait(r"^The kernel was asked to interrupt ada's In \[2\]\.$")
    ada.wait("^KeyboardInterrupt")
    ada.wait_prompt(3)
    bob.wait("^KeyboardInterrupt")


def test_a_cell_that_waits_behind_anothers(ada, join):
    bob = join("bob")
    ada.type("print('lap 1'); time.sleep(3600)\r")
    bob.wait("^lap 1$")
    bob.type("6 * 7\r")
    bob.wait("6 . 7$")
    bob.settle(0.3)  # until then Ctrl+C is a key of the prompt's
    bob.keys("c-c")
    bob.wait(r"^Interrupting ada's In \[2\]\.$")
    bob.wait(r"^In \[3\]: 6 \* 7\nOut\[3\]: 42$")
    ada.wait_prompt(4)
    ada.wait(r"^In \[3\] bob: 6 \* 7\nOut\[3\]: 42$")


def test_a_kernel_without_seats(terminal):
    ada = terminal(*ZCONSOLE, "--kernel", "python3", "--as=root")
    ada.run("import time", timeout=30)
    bob = terminal(*ZCONSOLE, "--existing", "--as=root")
    bob.wait_prompt(2)
    ada.run("6 * 7")
    bob.wait(r"^In \[2\] root-2: 6 \* 7\nOut\[2\]: 42$")
    ada.type("time.sleep(3600)\r")
    bob.wait("sleep")
    carl = terminal(*ZCONSOLE, "--existing", "--as=carl")
    carl.wait(r"^The kernel is busy\.$")
    carl.keys("c-c")
    carl.wait(r"^The kernel was asked to interrupt a cell\.$")
    ada.wait("^KeyboardInterrupt")
    carl.wait_prompt(4)
    carl.type("%seats\r")
    carl.wait(r"^This kernel does not tell who is attached\.$")
    ada.keys("c-d", "c-d")
    assert ada.wait_exit() == 0


# --- input()


def test_a_question_is_answered_from_another_seat(ada, join):
    bob, carl = join("bob"), join("carl")
    ada.type("name = input('Name? ')\r")
    ada.wait(r"^Name\? $")
    for t in (bob, carl):
        t.wait(r"^ada's In \[2\] asks: Name\? \(%answer to answer\)$")
    carl.type("%answer\r")
    carl.wait(r"^Name\? $")
    bob.type("%answer\r")
    bob.wait(r"^Name\? $")
    carl.type("hal")
    bob.type("Bob\r")
    ada.wait(r"^answered by bob\.$")
    ada.wait_prompt(3)
    carl.wait(r"^ada's In \[2\]: answered by bob\.$")
    carl.wait_prompt(3)
    carl.type("%answer\r")
    carl.wait(r"^Nobody's cell asks for anything\.$")
    ada.run("name")
    ada.wait(r"^Out\[3\]: 'Bob'$")


def test_a_question_is_answered_in_one_line_or_by_who_asks(ada, join):
    bob = join("bob")
    ada.type("name = input('Name? ')\r")
    bob.wait("answer to answer")
    bob.type("%answer two words\r")
    ada.wait_prompt(3)
    ada.type("(name, input('Again? '))\r")
    ada.wait(r"^Again\? $")
    bob.wait(r"Again\?")
    ada.type("yes\r")
    ada.wait(r"^Out\[3\]: \('two words', 'yes'\)$")
    bob.wait(r"^ada's In \[3\]: answered by ada\.$")


def test_a_question_that_is_interrupted(ada, join):
    bob = join("bob")
    ada.type("input('Name? ')\r")
    bob.wait("answer to answer")
    bob.type("%answer\r")
    bob.wait(r"^Name\? $")
    ada.keys("c-c")
    bob.wait(r"nobody waits for an answer any more\.$")
    bob.wait_prompt(3)


# --- Ctrl+Z


@pytest.fixture
def shell(terminal, ada):
    """A shell with job control in which bob has joined."""
    t = terminal("bash", "--norc", "--noprofile", "-i", rows=40, env={"PS1": "shell> "})
    t.wait("^shell> $")
    t.type(f"{sys.executable} -m zconsole.frontend --existing --as bob\r")
    t.wait_prompt(2)
    ada.wait("bob has come")
    return t


def test_what_was_missed_at_the_prompt_is_said(ada, shell):
    shell.type("half typed")
    ada.run("i = 0")
    ada.type("while True: i += 1; print('lap', i); time.sleep(0.001)\r\r")
    shell.wait("^lap 1..$")
    shell.keys("c-z")
    shell.wait("Stopped.*\n(?:.*\n)*shell> $")
    ada.wait(r"^lap \d+$")
    drawn = int(re.findall(r"^lap (\d+)$", ada.history_text, re.MULTILINE)[-1])
    ada.wait_for(
        lambda: int(re.findall(r"^lap (\d+)$", ada.history_text, re.MULTILINE)[-1]) > drawn + 500 or None,
        "the flood goes on",
    )
    ada.keys("c-c")
    ada.wait_prompt(4)
    ada.run("'more'")
    shell.type("fg\r")
    shell.wait(r"^Stopped for \d+ s; [\d,]+ messages were missed, In \[4\]\.$")
    shell.wait(r"^In \[5\]: half typed$")
    ada.run("print('lap again')")
    shell.wait("^lap again$")
    shell.wait(r"^In \[6\]: half typed$")
    assert "has gone" not in ada.history_text


def test_of_a_stop_in_which_nothing_was_said_nothing_is_said(shell):
    shell.run("1")
    shell.keys("c-z")
    shell.wait("Stopped.*\n(?:.*\n)*shell> $")
    shell.type("fg\r")
    shell.wait(r"fg\n(?:.*\n)*In \[3\]: $")
    shell.run("6 * 7")
    assert "missed" not in shell.history_text


def test_what_was_missed_of_an_own_cell_is_said(ada, shell):
    shell.type("for i in range(40): print('lap', i); time.sleep(0.05)\r\r")
    shell.wait("^lap 3$")
    shell.keys("c-z")
    shell.wait("Stopped.*\n(?:.*\n)*shell> $")
    ada.wait("^lap 39$")
    ada.wait_prompt(3)
    shell.type("fg\r")
    shell.wait(r"^Stopped for \d+ s; \d+ messages were missed")
    shell.wait_prompt(3)
    shell.run("6 * 7")
    shell.wait(r"^Out\[3\]: 42$")
    ada.wait(r"^In \[3\] bob: 6 \* 7$")


# --- commands, and the way out


def test_commands(ada, join):
    ada.type("%commands\r")
    ada.wait(r"^%restart +end the kernel and start it again$")
    ada.type("%connect_info\r")
    ada.wait(r"^\(This is zconsole's %connect_info; for the kernel's own one begin with a blank\.\)$")
    ada.wait(r"^zconsole --existing /")
    ada.run(" %connect_info")
    ada.wait('"shell_port"')
    ada.run("%lsmagic")
    ada.wait(r"^zconsole's own commands .*\n%restart  %interrupt")
    bob = join("bob")
    ada.type("%restart\r")
    ada.wait(r"^1 other is attached \(bob\); restart the kernel \(y/\[n\]\)\? $")
    ada.type("\r")
    ada.wait_prompt(4)
    ada.type("time.sleep(3600)\r")
    bob.wait("sleep")
    bob.type("%interrupt\r")
    ada.wait("^KeyboardInterrupt")
    bob.type("%restart\r")
    bob.wait("was not started here")


def test_a_restart_is_seen_by_all_and_they_have_their_seats_again(ada, join):
    bob = join("bob")
    bob.wait_prompt(2)
    ada.type("%restart\r")
    ada.wait(r"\? $")
    ada.type("y\r")
    ada.wait_prompt(1)
    bob.wait_prompt(1)
    ada.wait(r"^bob has come\.(?:.*\n)*.*restarted(?:.*\n)*bob has come\.$")
    ada.run("6 * 7")
    bob.wait(r"^In \[1\] ada: 6 \* 7\nOut\[1\]: 42$")
    bob.run("print('lap 1')")
    ada.wait(r"^In \[2\] bob: print")


def test_another_kernel(ada, home):
    ada.type("%kernel nosuch\r")
    ada.wait(r"^There is no kernel 'nosuch'\. Known kernels: ")
    ada.wait_prompt(2)
    kernel = ada.pids()
    ada.type("%kernel python3\r")
    ada.wait(r"^Python \S+ \(ipython \S+\)$", timeout=30)
    ada.wait_prompt(1)
    ada.run("type(get_ipython()).__module__", timeout=30)
    ada.wait("ipykernel")
    ada.type("%kernel zconsole\r")
    ada.wait(r"^Python \S+ \(zconsole \S+\)$")
    ada.run("6 * 7")
    ada.wait(r"^Out\[1\]: 42$")
    assert len(ada.pids()) == len(kernel)
    ada.keys("c-d", "c-d")
    assert ada.wait_exit() == 0
    ada.wait_no_processes()


def test_detach(ada):
    ada.type("%detach\r")
    assert ada.wait_exit() == 0
    assert re.search(r"The kernel runs on: zconsole --existing /\S+\.json", ada.screen_text.replace("\n", ""))
    assert ada.processes()


@pytest.mark.parametrize(("answer", "kept"), [("e", False), ("k", True)])
def test_leaving_others_behind(ada, join, answer, kept):
    bob = join("bob")
    for way in ("\x04", "exit\r"):
        ada.type(way)
        ada.wait(r"^1 other is attached \(bob\); end the kernel, keep it, or stay \(e/k/\[s\]\)\? $")
        ada.type("\r")
        ada.wait_prompt()
    ada.type("\x04" + answer + "\r")
    assert ada.wait_exit() == 0
    if kept:
        bob.wait(r"^ada has gone\.$")
        bob.run("6 * 7")
        bob.wait(": 42$")
    else:
        assert bob.wait_exit() == 1
        bob.wait(r"The kernel has ended\.")


def test_leaving_while_somebodys_cell_runs(ada, join):
    bob = join("bob")
    bob.type("time.sleep(3600)\r")
    ada.wait("bob: time.sleep")
    ada.keys("c-d")
    ada.wait(r"^The kernel runs bob's In \[2\] and 1 other is attached \(bob\); end")
    ada.keys("c-c")
    ada.wait_prompt(3)


@pytest.mark.slow
def test_fifty_of_which_one_is_stopped(terminal, ada, shell):
    ada.type("%connect_info\r")
    file = ada.wait(r"^zconsole --existing (/(?:.*\n?)*?\.json)$")[1].replace("\n", "")
    crowd = terminal(sys.executable, "-m", "tests.terminal.crowd", file, "48")
    crowd.wait("^all are here$", timeout=60)
    for t in (ada, shell):
        t.wait("^seat 47 has come", history=True)
        t.wait_prompt(2)
    shell.keys("c-z")
    shell.wait("Stopped.*\n(?:.*\n)*shell> $")
    ada.type("for i in range(20_000): print('lap', i, 'x' * 100)\r\rprint('enough')\r")
    ada.wait("^enough$", timeout=60)
    crowd.wait(r"^lines: 20001$", timeout=60)
    assert crowd.wait_exit(30) == 0
    shell.type("fg\r")
    shell.wait(r"^Stopped for \d+ s; [\d,]+ messages were missed, In \[2\] to In \[3\]\.$")
    shell.run("6 * 7")
    ada.wait(r"^In \[4\] bob: 6 \* 7$")
