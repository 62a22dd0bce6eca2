"""The harness against programs that everybody knows, so that a failure elsewhere is not the harness's."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.terminal.harness import NotSeen, ProgramEnded, key_bytes
from tests.terminal.screen import Emulator

PYTHON = (sys.executable, "-q", "-I")


def test_types_and_reads(terminal):
    t = terminal("cat")
    t.type("hello\r")
    t.wait(r"^hello\nhello$")


def test_python_answers_at_its_prompt(terminal):
    t = terminal(*PYTHON)
    t.wait(r"^>>> $")
    t.type("6 * 7\r")
    t.wait(r"^42\n>>> $")
    t.keys("c-d")
    assert t.wait_exit() == 0


def test_ctrl_c_is_a_signal_from_the_terminal(terminal):
    t = terminal(*PYTHON)
    t.wait(r"^>>> $")
    t.type("import time; print('be' + 'gun'); time.sleep(60)\r")
    t.wait(r"^begun$")
    t.keys("c-c")
    t.wait(r"KeyboardInterrupt\n>>> $")


def test_ctrl_c_is_not_ignored_though_our_own_parent_ignores_it(terminal):
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        t = terminal("sh", "-c", "echo ready; exec sleep 60")
    finally:
        signal.signal(signal.SIGINT, previous)
    t.wait("ready")
    t.keys("c-c")
    assert t.wait_exit() == -signal.SIGINT


def test_exit_status_and_last_words(terminal):
    t = terminal("sh", "-c", "echo last words; exit 3")
    assert t.wait_exit() == 3
    assert t.screen_text == "last words"


def test_waiting_for_more_than_a_program_says(terminal):
    t = terminal("sh", "-c", "echo one")
    with pytest.raises(ProgramEnded, match=r"'two' was not seen(.|\n)*ended with 0(.|\n)*\none\n"):
        t.wait("two")


def test_waiting_has_an_end(terminal):
    t = terminal("cat")
    with pytest.raises(NotSeen, match=r"'never' was not seen within 0\.05 s"):
        t.wait("never", timeout=0.05)


def test_signal_ends_the_program(terminal):
    t = terminal("cat")
    t.signal(signal.SIGTERM)
    assert t.wait_exit() == -signal.SIGTERM


def test_colours(terminal):
    t = terminal(
        "printf", r"\033[31mred\033[0m \033[1;38;2;1;2;255mblue\033[0m \033[48:2::9:8:7mback\033[0m."
    )
    t.wait(r"back\.")
    assert t.cell(*t.find("red")).fg == "red"
    assert (t.cell(*t.find("blue")).fg, t.cell(*t.find("blue")).bold) == ("0102ff", True)
    assert t.cell(*t.find("back")).bg == "090807"
    assert t.cell(*t.find(".")).bg == "default"


def test_resize_is_seen_by_the_program(terminal):
    t = terminal(
        "sh", "-c", "trap 'stty size' WINCH; stty size; echo ready; while :; do read x; done", rows=20
    )
    t.wait(r"^20 100\nready$")
    t.resize(columns=60, rows=12)
    t.type("\r")
    t.wait(r"^12 60$")


def test_scrollback(terminal):
    t = terminal("seq", "100", rows=10)
    t.wait("^100$")
    assert "\n50\n" not in t.screen_text
    t.wait(r"^1\n2\n3\n(.*\n)+99\n100", history=True)


def test_paste_is_bracketed_when_asked_for(terminal):
    t = terminal("cat", "-v")
    t.paste("a\n")
    t.wait(r"^a\na$")
    t = terminal("sh", "-c", r"printf '\033[?2004h'; echo ready; exec cat -v")
    t.wait("ready")
    t.paste("b\n")
    t.wait(r"^\^\[\[200~b$")


def test_large_input_does_not_block(terminal):
    t = terminal("sh", "-c", "stty raw; echo ready; exec head -c 60000")
    t.wait("ready")
    t.type("0123456789" * 6_000)
    assert t.wait_exit() == 0


ASK = """
import os, sys, termios, tty
tty.setraw(0)
os.write(1, b"\\x1b]11;?\\x07\\x1b[>q\\x1b[5;7H\\x1b[6n\\x1b[?2004$p\\x1b[18t\\x1b_Gpicture\\x1b\\\\\\x1b[c")
got = b""
while not got.endswith(b"22c"):
    got += os.read(0, 100)
print("\\r\\n" + repr(got))
"""


def test_queries_are_answered_in_order(terminal):
    t = terminal(*PYTHON, "-c", ASK)
    assert t.wait_exit() == 0
    answers = (
        r"\x1b]11;rgb:1c1c/1c1c/1c1c\x07\x1bP>|harness(1)\x1b\\"
        + r"\x1b[5;7R\x1b[?2004;2$y\x1b[8;30;100t\x1b[?62;22c"
    )
    assert answers.replace("\x1b\\", "\x1b\\\\") in t.screen_text.replace("\n", "")
    assert "picture" not in t.screen_text
    assert "\x1b_Gpicture\x1b\\" in t.strings


def test_a_mute_terminal(terminal):
    t = terminal("sh", "-c", r"printf '\033[6n'; echo ready; exec cat -v", answers=False)
    t.wait("ready")
    t.type("x\r")
    t.wait(r"^x\nx$")


def test_processes_that_hide_are_found_and_ended(terminal):
    hidden = (
        "import os, signal, time; os.setsid(); signal.signal(15, signal.SIG_IGN); "
        "print('hid', flush=True); time.sleep(60)"
    )
    t = terminal("sh", "-c", '"$0" -c "$1" & wait', sys.executable, hidden)
    t.wait("hid")
    t.signal(signal.SIGKILL)
    assert t.wait_exit() == -signal.SIGKILL
    (left,) = t.pids()
    with pytest.raises(NotSeen, match="left behind"):
        t.wait_no_processes(timeout=0.05)
    t.close()
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE
    assert t.pids() == set()
    t.close()


def test_a_closed_window_hangs_up(terminal):
    t = terminal("cat")
    t.hangup()
    assert t.wait_exit() == -signal.SIGHUP
    t.wait_no_processes()


def test_home_is_isolated(terminal, home):
    t = terminal("sh", "-c", "pwd; tty; env | sort")
    t.wait_exit()
    assert t.history_text.startswith(f"{home['HOME']}\n/dev/")
    for line in (
        "TERM=xterm-256color",
        "COLORTERM=truecolor",
        "LC_ALL=C.UTF-8",
        f"IPYTHONDIR={home['IPYTHONDIR']}",
    ):
        assert line in t.history_text
    assert os.environ["HOME"] != home["HOME"]


def test_no_descriptors_are_left(terminal):
    def count():
        return psutil.Process().num_fds()

    subprocess.run(["true"], check=True)
    before = count()
    terminal("cat").close()
    assert count() == before


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("enter", "\r"),
        ("c-c", "\x03"),
        ("c-\\", "\x1c"),
        ("m-b", "\x1bb"),
        ("m-enter", "\x1b\r"),
        ("up", "\x1b[A"),
        ("c-right", "\x1b[1;5C"),
        ("f2", "\x1bOQ"),
        ("f5", "\x1b[15~"),
        ("s-tab", "\x1b[Z"),
    ],
)
def test_keys(name, sent):
    assert key_bytes(name) == sent


def test_an_unknown_key_is_an_error():
    with pytest.raises(ValueError, match="no such key: 'entre'"):
        key_bytes("entre")


STREAM = (
    "\x1b]2;title\x07one\x1bPq~sixel~\x1b\\two\x1b[38:5:196m\x1b[>4;2mthree\x1b[m"
    "\x1b[?1049halt\x1b[?1049l ünd"
).encode()


def show(chunks):
    emulator = Emulator(40, 4, reply=lambda text: None)
    for chunk in chunks:
        emulator.feed(chunk)
    cells = [[emulator.screen.buffer[y][x] for x in range(40)] for y in range(4)]
    return emulator.screen.line_text(0), emulator.title, emulator.strings, cells


def test_it_does_not_matter_how_the_bytes_are_cut():
    whole = show([STREAM])
    assert whole[:2] == ("onetwothree ünd", "title")
    assert whole[3][0][6].fg == "ff0000"
    assert show([bytes([byte]) for byte in STREAM]) == whole


def test_fewer_rows_lose_no_line():
    emulator = Emulator(20, 6, reply=lambda text: None)
    emulator.feed(b"a\r\nb\r\nc\r\nd")
    emulator.screen.resize(5, 20)
    assert (emulator.screen.history_lines(), emulator.screen.line_text(0)) == ([], "a")
    emulator.screen.resize(2, 20)
    assert (emulator.screen.history_lines(), emulator.screen.line_text(0)) == (["a", "b"], "c")
    assert emulator.screen.cursor.y == 1
