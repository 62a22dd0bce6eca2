"""Sessions in a real terminal, from key to screen: what a user sees, with the real kernel behind it."""

import os
import re
import signal
import sys

import psutil
import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")
LITTLE = 500_000  # bytes of a flood that are drawn after Ctrl+C; without a bound it is all that waits


@pytest.fixture
def console(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    return t


def begin(t, code, then=None):
    """Run a cell that does not end; the number of the prompt behind it."""
    number = t.wait_prompt()
    t.type(code + "\r")
    if then:
        t.wait(then)
    return number + 1


# --- a cell


def test_the_first_screen(console):
    assert re.fullmatch(r"zconsole \S+, Python \S+\. Type \? for help\.\n\nIn \[1\]: ", console.screen_text)


def test_a_result(console):
    console.run("1+1")
    assert console.screen_text.endswith("In [1]: 1+1\nOut[1]: 2\n\nIn [2]: ")
    assert console.cell(*console.find("Out[1]")).fg == "red"


def test_a_result_of_several_lines_begins_on_the_next(console):
    console.run("print('x'); list(range(60))")
    console.wait(r"^x\nOut\[1\]: *\n\[0,$", history=True)


def test_a_function_with_a_blank_line_in_it(console):
    console.paste("def double(a):\n    b = a\n\n    return b * 2\n")
    console.wait(r"^   \.\.\.:     return b \* 2$")
    console.keys("enter")
    console.wait_prompt(2)
    console.run("double(21)")
    console.wait(r"^Out\[2\]: 42$")


def test_a_block_is_indented_and_ended_by_a_blank_line(console):
    console.type("for i in range(2):\r")
    console.wait(r"^   \.\.\.:     $")
    console.type("if i:\r")
    console.wait(r"^   \.\.\.:         $")
    console.type("pass\r")
    console.wait(r"pass\n   \.\.\.:     $")
    console.type("print(i)\r\r")
    console.wait_prompt(2)
    console.wait(r"^0\n1$")


def test_output_comes_as_it_happens(console):
    number = begin(console, "import time\rfor i in range(3): print('tick', i); time.sleep(0.3)\r")
    console.wait("^tick 0$")
    assert "tick 2" not in console.screen_text
    console.wait("^tick 2$")
    console.wait_prompt(number + 1)


def test_a_traceback_in_colour(console):
    console.run("1/0")
    console.wait("^ZeroDivisionError: division by zero$")
    assert console.cell(*console.find("ZeroDivisionError")).fg != "default"


def test_one_blank_line_is_between_an_error_and_the_prompt(console):
    for block in ("x y", "1/0", "print('\\x1b[31mred\\x1b[0m')"):
        number = console.wait_prompt()
        console.type(f"{block}\r")
        console.wait_prompt(number + 1)
        above = console.screen_text.splitlines()[console.cursor[1] - 2 : console.cursor[1]]
        assert above[0] != ""
        assert above[1] == ""


def test_highlighting_while_typing(console):
    console.type("def f(): return 'text'")
    console.wait("text'$")
    assert console.cell(*console.find("def")).fg != console.cell(*console.find("f()")).fg != "default"


def test_what_is_typed_before_the_first_prompt(terminal):
    t = terminal(*ZCONSOLE)
    t.type("40+2\r")
    t.wait(r"^Out\[1\]: 42$")
    t.wait_prompt(2)


def test_a_configuration_file_counts_without_a_command_line(terminal, tmp_path):
    (tmp_path / "jupyter_zconsole_config.py").write_text("c.ZConsole.banner = False\n")
    t = terminal(*ZCONSOLE, env={"JUPYTER_CONFIG_DIR": str(tmp_path)})
    t.wait_prompt(1)
    assert "zconsole" not in t.screen_text


def test_no_color(terminal):
    t = terminal(*ZCONSOLE, env={"NO_COLOR": "1"})
    t.run("1")
    t.run("1/0")
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]", bytes(t.raw))


def test_magics_and_commands(console):
    console.run("%timeit -n1 -r1 1")
    console.wait("per loop")
    console.run("!echo hello from a shell")
    console.wait("^hello from a shell$")


def test_an_unfinished_line_is_ended(console):
    console.run("print('abc', end='')")
    assert console.screen_text.endswith("\nabc\n\nIn [2]: ")


def test_progress_bars_draw_over_themselves(console):
    console.run(r"for i in range(5): print(f'\r{i} of 4', end='')" + "\r")
    console.wait(r"^4 of 4\n\nIn")


def test_what_a_kernel_prints_cannot_command_the_terminal(console):
    console.run(r"print('a\x1b]0;title\x07\x1b[6n\x1b[?1049h\x1b[31mred\x1b[0m')")
    assert console.cell(*console.find("ared")).fg != "red"
    x, y = console.find("ared")
    assert console.cell(x + 1, y).fg == "red"
    ours = ("\x1b]11;?", "\x1b]133;", "\x1b_Gi=31,")  # a question, marks, a question
    assert not [each for each in console.strings if not each.startswith(ours)]


# --- input


def test_input(console):
    number = begin(console, 'x = input("name? ")', r"^name\? $")
    console.type("Bob\r")
    console.wait_prompt(number)
    console.run("x")
    console.wait("^Out.*'Bob'$")


def test_input_behind_an_unfinished_line(console):
    begin(console, 'print("who", end=" "); x = input("is it? ")', r"^who is it\? $")
    console.type("me\r")
    console.wait_prompt(2)
    console.wait(r"^who is it\? me$")


def test_a_password_is_not_shown(console):
    begin(console, 'import getpass; x = getpass.getpass("pass: ")', "^pass: $")
    console.type("secret\r")
    console.wait_prompt(2)
    assert b"secret" not in console.raw
    console.run("x")
    console.wait("^Out.*'secret'$")


def test_ctrl_d_at_input_is_the_end_of_the_file(console):
    begin(console, 'input("name? ")', r"^name\? $")
    console.keys("c-d")
    console.wait_prompt(2)
    console.wait("^EOFError")


def test_ctrl_c_at_input_interrupts(console):
    begin(console, 'input("name? ")', r"^name\? $")
    console.type("half")
    console.keys("c-c")
    console.wait_prompt(2)
    console.wait("^KeyboardInterrupt")
    console.run("1+1")


# --- Ctrl+C


@pytest.mark.parametrize(
    "code",
    [
        "print('begun'); [None for _ in iter(int, 1)]",
        "print('begun'); import time; time.sleep(100)",
        "print('begun'); import asyncio; await asyncio.sleep(100)",
    ],
)
def test_ctrl_c_ends_a_cell(console, code):
    number = begin(console, code, "^begun$")
    console.keys("c-c")
    console.wait_prompt(number)
    console.wait("^KeyboardInterrupt")
    console.run("1+1")


def test_ctrl_c_ends_a_flood_and_what_was_left_out_is_said_if_it_was(console):
    number = begin(console, "i = 0\rwhile True: i += 1; print(i, 'x' * 50)\r", "^100")
    console.wait_for(lambda: len(console.raw) > 200_000 or None, "the flood")
    drawn = len(console.raw)
    console.keys("c-c")
    console.wait_prompt(number + 1)
    assert len(console.raw) - drawn < LITTLE
    console.wait("^KeyboardInterrupt")
    console.run("'still ' + 'here'")
    console.wait("'still here'")


def test_ctrl_c_at_the_prompt_clears_the_line(console):
    console.type("unfinished(")
    console.wait(r"unfinished\($")
    console.keys("c-c")
    console.wait_prompt(1)
    console.run("1+1")
    console.wait(r"^Out\[1\]: 2$")


def test_ctrl_c_before_the_kernel_answers(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type("import time; time.sleep(100)\r")
    t.keys("c-c")
    t.wait("KeyboardInterrupt")
    t.wait_prompt()
    t.type("1+1\r")
    t.wait(r"^Out\[\d\]: 2$")


def test_what_is_typed_ahead_is_run_and_not_mixed_in(console):
    begin(console, "import time; time.sleep(0.5); print('slept')")
    console.settle(0.1)
    console.type("40 + 2\r")
    console.wait(r"^slept\n\nIn \[2\]: 40 \+ 2\nOut\[2\]: 42$")


# --- keys


def test_completion_menu(console):
    console.run("import os")
    console.type("os.pa\t")
    console.wait(r"pardir")
    console.wait(r"pathsep")
    console.keys("c-c", "c-c")


def test_a_common_beginning_is_completed_first(console):
    console.run("common_one = common_two = 1")
    console.type("comm\t")
    # (what is suggested stands behind it)
    console.wait_for(lambda: console.cursor[0] == len("In [2]: common_") or None, "common_ was not seen")


def test_tab_indents_at_the_beginning_of_a_line(console):
    console.keys("tab")
    console.type("x")
    console.wait(r"In \[1\]:     x$")


def test_a_prompt_does_not_wait_for_completions(console):
    console.type("import time\r\rtime.sleep(1.0)\r")
    console.type("abc\t")
    console.type("def")
    console.wait("abcdef$")


def test_history(terminal):
    t = terminal(*ZCONSOLE)
    t.run("first = 1")
    t.run("second = 2")
    t.keys("up", "up")
    t.wait("In .*first = 1$")
    t.keys("c-c")
    t.type("sec")
    t.keys("up")
    t.wait("In .*second = 2$")
    t.keys("c-c", "c-d", "c-d")
    assert t.wait_exit() == 0
    again = terminal(*ZCONSOLE)
    again.wait_prompt(1)
    again.keys("up")
    again.wait("In .*second = 2$")


def test_paste_of_many_lines_keeps_its_text(console):
    console.paste("if True:\n        x = '''a\n  b'''\n        y = 1\n")
    console.wait("y = 1$")
    console.keys("enter")
    console.wait_prompt(2)
    console.run("x")
    console.wait(r"'a\\n  b'$")


def test_meta_enter_submits_what_is_incomplete(console):
    console.type("x = (")
    console.keys("m-enter")
    console.wait("SyntaxError")
    console.wait_prompt(2)


# --- pager


def test_a_long_text_is_paged_and_the_pager_gets_out_of_the_way(terminal):
    t = terminal(*ZCONSOLE, rows=12, env={"PAGER": "less"})
    t.run("import os")
    t.type("os?\r")
    t.wait(r"^:$")
    t.type("q")
    t.wait_prompt(3)
    t.run("1+1")


def test_a_short_text_is_printed(console):
    console.run("def f(): 'A short text.'" + "\r")
    console.run("f?")
    console.wait("A short text.")


# --- death


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import os; os._exit(3)", r"The kernel exited with code 3\. In \[2\] had run for"),
        ("import os; os.kill(os.getpid(), 11)", r"The kernel was ended by signal 11 \(SIGSEGV: .*\)\."),
    ],
)
def test_how_the_kernel_died_is_said_and_the_next_cell_runs(console, code, sentence):
    console.run("x = 1")
    console.type(code + "\r")
    console.wait(sentence, history=True)
    console.wait_prompt(3)
    console.run("6 * 7")
    console.wait(r"^Out\[3\]: 42$")
    console.keys("up", "up", "up")
    console.wait("x = 1$")


def test_where_the_kernel_crashed_is_said(console):
    console.type("def deep(): import ctypes; ctypes.string_at(0)\r\r")
    console.wait_prompt(2)
    console.type("deep()\r")
    console.wait("^Fatal Python error: Segmentation fault", history=True)
    console.wait("in deep$", history=True)
    console.wait_prompt(3)


def test_a_kernel_that_dies_while_the_prompt_is_up(console):
    console.run("import os; print('pid', os.getpid())")
    console.type("half typed")
    os.kill(int(console.wait(r"^pid (\d+)")[1]), signal.SIGKILL)
    console.wait(r"was ended by signal 9 \(SIGKILL: Killed\)\.")
    console.wait(r"^In \[2\]: half typed$")


def test_restart(console):
    console.run("x = 1")
    console.type("%restart\r")
    console.wait_prompt(1)
    console.run("x")
    console.wait("NameError")


# --- the end


def test_ctrl_d_asks_and_leaves_nothing_behind(console):
    console.run("1+1")
    console.keys("c-d")
    console.wait(r"^Do you really want to exit \(\[y\]/n\)\? $")
    console.type("n\r")
    console.wait_prompt(2)
    console.keys("c-d")
    console.wait(r"exit.*\n.*exit.*\? $|exit \(\[y\]/n\)\? $")
    console.keys("c-d")
    assert console.wait_exit() == 0
    console.wait_no_processes()


def test_exit(console):
    console.type("exit\r")
    assert console.wait_exit() == 0
    console.wait_no_processes()


def test_the_kernel_can_be_kept(console):
    console.type("exit(keep_kernel=True)\r")
    assert console.wait_exit() == 0
    assert re.search(r"zconsole --existing \S+\.json", console.screen_text.replace("\n", ""))
    assert console.processes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", ["", "import time; print('runs'); time.sleep(100)\r"])
def test_signals_end_the_session_in_order(terminal, number, code):
    t = terminal(
        "sh",
        "-c",
        'stty -a > before; "$@"; echo "status $?"; stty -a > after; cmp before after',
        "-",
        *ZCONSOLE,
    )
    t.wait_prompt(1)
    t.type(code)
    if code:
        t.wait("^runs$")
    t.settle(0.2)
    program = next(p for p in t.processes() if "zconsole.frontend" in p.cmdline()[2:] and p.name() != "sh")
    program.send_signal(number)
    t.wait(f"^status {128 + number}$")
    assert t.wait_exit() == 0
    if code and number == signal.SIGHUP:
        assert t.processes()  # there was something to lose
    else:
        t.wait_no_processes()


def test_a_lost_terminal_ends_a_session_without_a_cell(console):
    console.hangup()
    assert console.wait_exit() == 128 + signal.SIGHUP
    console.wait_no_processes()


@pytest.mark.parametrize("code", ["", "input('name? ')\r"])
def test_a_lost_terminal_ends_the_session_without_a_signal(terminal, tmp_path, code):
    """The end of the terminal can be read before SIGHUP comes; and in a session of its own none comes."""
    status = tmp_path / "status"
    t = terminal("sh", "-c", f'trap "" HUP; setsid -w "$@"; echo $? > {status}', "-", *ZCONSOLE)
    t.wait_prompt(1)
    t.type(code)
    if code:
        t.wait(r"^name\? $")
    t.settle(0.3)
    t.hangup()
    t.wait_exit()
    if code:
        assert t.processes()  # the question is kept
    else:
        t.wait_no_processes()
    assert status.read_text() == f"{128 + signal.SIGHUP}\n"


# --- other kernels, other front ends


def test_attaching_to_a_running_kernel(terminal, console):
    console.run("x = 41")
    other = terminal(*ZCONSOLE, "--existing")
    other.wait_prompt()
    other.type("print(x + 1)\r")
    other.wait("^42$")
    console.wait(r"^In \[2\] \S+-2: print\(x \+ 1\)$")
    console.wait("^42$")
    console.type("x + 2\r")
    console.wait(r"^Out\[3\]: 43$")
    other.keys("c-d")
    assert other.wait_exit() == 0
    console.run("'the kernel ' + 'lives'")
    console.wait("'the kernel lives'")


def test_a_busy_kernel_can_be_attached_to(terminal, console):
    begin(console, "import time; print('begun'); time.sleep(60)", "^begun$")
    other = terminal(*ZCONSOLE, "--existing")
    other.wait_prompt(1)  # and the kernel sleeps for longer than this waits
    other.keys("c-d")
    assert other.wait_exit() == 0


def test_ipykernel(terminal):
    t = terminal(*ZCONSOLE, "--kernel", "Python3")
    t.run("1+1", timeout=30)
    t.wait(r"^Out\[1\]: 2$")
    number = begin(t, "import time; print('begun'); time.sleep(100)", "^begun$")
    t.keys("c-c")
    t.wait_prompt(number)
    t.keys("c-d", "c-d")
    assert t.wait_exit() == 0
    t.wait_no_processes()


# --- what goes wrong before there is a session


@pytest.mark.parametrize(
    ("argv", "status", "sentence"),
    [
        (["--nosuch"], 2, "There is no option --nosuch"),
        (["nosuch.py"], 2, "nosuch.py"),
        (["--kernel", "nosuch"], 1, r"There is no kernel 'nosuch'\. Known kernels: .*zconsole"),
        (["--existing"], 1, "No running kernel is called"),
        (["--existing", "/nowhere.json"], 1, "There is no connection file /nowhere.json"),
    ],
)
def test_errors_are_sentences(terminal, argv, status, sentence):
    t = terminal(*ZCONSOLE, *argv)
    assert t.wait_exit() == status
    assert re.match(f"zconsole: .*{sentence}", t.screen_text.replace("\n", ""))
    assert "Traceback" not in t.screen_text


def test_a_kernel_that_dies_while_starting(terminal, home):
    t = terminal(*ZCONSOLE, env={"IPYTHONDIR": "/proc/nowhere", "PYTHONWARNINGS": "ignore"})
    t.settle(0.1)
    t.close()
    folder = os.path.join(home["JUPYTER_DATA_DIR"], "kernels", "dies")
    os.makedirs(folder)
    with open(os.path.join(folder, "kernel.json"), "w") as spec:
        spec.write(
            '{"argv": ["sh", "-c", "echo last words >&2; exit 7"], "display_name": "x", "language": "x"}'
        )
    t = terminal(*ZCONSOLE, "--kernel", "dies")
    assert t.wait_exit() == 1
    t.wait(r"^zconsole: The kernel exited with code 7 while starting\.\nlast words$")


def test_a_runtime_directory_that_cannot_be_written(terminal):
    t = terminal(*ZCONSOLE, env={"JUPYTER_RUNTIME_DIR": "/proc/nowhere"})
    assert t.wait_exit() == 1
    assert t.screen_text.startswith("zconsole: Cannot make a directory for the kernel's sockets")


def test_nothing_runs_when_nothing_happens(console):
    console.run("1+1")
    console.settle(0.5)
    process = psutil.Process(console.pid)
    before = sum(process.cpu_times()[:2])
    console.settle(1.0)
    assert sum(process.cpu_times()[:2]) - before < 0.05
