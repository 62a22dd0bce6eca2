"""The editor of the user's choice, from a key and from `%edit`: a real program in the real terminal."""

import re
import shlex
import sys
from pathlib import Path

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")

SCRIPT = """\
import pathlib, sys, termios
*arguments, name = sys.argv[1:]
file = pathlib.Path(name)
text = file.read_text() if file.exists() else ""
echoes = bool(termios.tcgetattr(0)[3] & termios.ECHO)
with open(__file__ + ".log", "a") as log:
    print(repr((arguments, file.suffix, echoes, text)), file=log)
answer = input("new text? ")
if answer == "fail":
    sys.exit(3)
if answer != "quit":
    file.write_text(text + answer.replace("|", "\\n") + "\\n")
"""


class Editor:
    """An editor that asks for a line and puts that behind the text; `|` is a newline in it."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "an editor.py"
        self.program.write_text(SCRIPT, encoding="utf-8")
        self.command = f"{sys.executable} {shlex.quote(str(self.program))} --wait 'an argument'"

    @property
    def seen(self) -> list[tuple[list[str], str, bool, str]]:
        """How it was called so far: its arguments, the ending of the file, whether the terminal echoes, the
        text."""
        lines = Path(f"{self.program}.log").read_text(encoding="utf-8").splitlines()
        return [eval(line) for line in lines]


@pytest.fixture
def editor(tmp_path):
    return Editor(tmp_path)


@pytest.fixture
def console(terminal, editor):
    t = terminal(*ZCONSOLE, env={"VISUAL": editor.command, "EDITOR": "nonsense"}, rows=50)
    t.wait_prompt(1)
    return t


def answer(t, text):
    """Type into the editor, as soon as it asks."""
    t.wait(r"^new text\? $")
    t.type(text + "\r")


def typed(t, number, block):
    """Wait until this block stands at the prompt, and the cursor behind it."""
    lines = "\n *\\.\\.\\.: ".join(map(re.escape, block.split("\n")))
    t.wait(rf"^In \[{number}\]: {lines}\Z")


# --- keys


def test_f2_opens_the_block_and_enter_runs_it(console, editor):
    console.paste("a = 1\nb = 2")
    typed(console, 1, "a = 1\nb = 2")
    console.keys("f2")
    answer(console, "c = a + b")
    typed(console, 1, "a = 1\nb = 2\nc = a + b")
    assert editor.seen == [(["--wait", "an argument", "+2"], ".py", True, "a = 1\nb = 2\n")]
    console.keys("enter", "enter")
    console.wait_prompt(2)
    console.run("c")
    console.wait(r"^Out\[2\]: 3$")


def test_undo_takes_back_what_the_editor_has_done(console):
    console.type("first")
    console.keys("f2")
    answer(console, "second")
    typed(console, 1, "first\nsecond")
    console.keys("c-_")
    typed(console, 1, "first")


def test_c_x_c_e_runs_it_when_the_editor_is_left(console):
    console.type("6 *")
    console.keys("c-x", "c-e")
    answer(console, "|7 * 6")
    console.wait_prompt(2)
    console.type("7 *")
    console.keys("c-x", "c-e")
    answer(console, "6")
    console.wait_prompt(3)


def test_an_editor_that_fails_says_so_and_the_text_is_what_it_was(console):
    console.type("untouched")
    console.keys("f2")
    answer(console, "fail")
    console.wait(r"^python\S* ended with code 3; nothing was taken over\.$")
    typed(console, 1, "untouched")
    console.keys("c-c")
    console.run("1 + 1")


def test_an_editor_that_is_none_says_so(terminal):
    sentence = "The editor cannot be run: there is no program 'nosuch' ($VISUAL)."
    t = terminal(*ZCONSOLE, env={"VISUAL": "nosuch --flag"})
    t.wait_prompt(1)
    t.type("untouched")
    t.keys("f2")
    t.wait(f"^{re.escape(sentence)}$")
    typed(t, 1, "untouched")
    t.keys("c-c")
    t.type("%edit\r")
    t.wait(rf"(?s)In \[1\]: %edit.*{re.escape(sentence)}")
    t.wait_prompt(2)


def test_vi_with_job_control(terminal):
    """A real one: stopped with Ctrl+Z the shell is there, with `fg` the editor, and then the prompt."""
    t = terminal("bash", "--norc", "--noprofile", "-i", env={"PS1": "shell> ", "EDITOR": "vi -u NONE"})
    t.wait("^shell> $")
    t.type(f"{sys.executable} -m zconsole.frontend\r")
    t.wait_prompt(1)
    t.type("number = 1")
    t.keys("f2")
    t.wait("^number = 1\n~\n~")
    t.keys("c-z")
    t.wait(r"Stopped.*\n(?:.*\n)*shell> $")
    t.type("stty -a | grep -wo icanon; fg\r")
    t.wait("^number = 1\n~\n~")
    t.type("A00")
    t.keys("esc")
    t.type(":wq\r")
    typed(t, 1, "number = 100")
    t.keys("enter")
    t.wait_prompt(2)
    t.keys("c-z")
    t.wait(r"Stopped.*\n(?:.*\n)*shell> $")


# --- %edit


def test_edit_runs_what_was_written_as_a_cell(console, editor):
    """Without an argument, and once more (`-p`), also without running it (`-x`)."""
    console.type("%edit\r")
    answer(console, "def f():|    return 'written'|f()")
    console.wait_prompt(3)
    console.wait(
        r"^In \[2\]: def f\(\):\n   \.\.\.:     return 'written'\n   \.\.\.: f\(\)\nOut\[2\]: 'written'$"
    )
    console.type("%edit -p -x\r")
    answer(console, "g = 1")
    console.wait_prompt(4)
    console.type("%edit -p\r")
    answer(console, "quit")
    console.wait_prompt(6)
    console.run("g")
    console.wait(r"^Out\[6\]: 1$")
    assert [text for *_, text in editor.seen][1:] == [
        "def f():\n    return 'written'\nf()\n",
        "def f():\n    return 'written'\nf()\ng = 1\n",
    ]


def test_edit_an_object_and_a_cell(console, editor):
    """What a cell has defined is that cell's code."""
    console.run("def first(): return 1\r")
    console.type("%edit first\r")
    answer(console, "|last = first() + 1")
    console.wait_prompt(4)
    console.run("%edit -x nosuch")
    console.wait("can't be found")
    console.type("%edit -x 1 3\r")
    answer(console, "quit")
    console.wait_prompt(6)
    assert "def first(): return 1" in editor.seen[0][3]
    assert re.search("first(.|\n)*last", editor.seen[1][3])
    console.run("last")
    console.wait(r"^Out\[6\]: 2$")


def test_edit_a_file(console, editor, tmp_path):
    """A new one, then run in the session; a module's function, at its line."""
    file = tmp_path / "own module.py"
    console.type(f"%edit '{file}'\r")
    answer(console, "inside = __file__|def function(): return 5")
    console.wait_prompt(3)
    console.run("inside.endswith('own module.py'), function()")
    console.wait(r"^Out\[3\]: \(True, 5\)$")
    console.type("%edit -x function\r")
    answer(console, "quit")
    console.wait_prompt(5)
    assert editor.seen[1][0] == ["--wait", "an argument", "+2"]
    console.type(f"%edit '{tmp_path / 'another.py'}'\r")
    answer(console, "quit")
    console.wait_prompt(6)
    # a long path: the terminal breaks the line anywhere
    assert "another.py was not written, so nothing is run." in console.screen_text.replace("\n", "")


def test_an_editor_that_fails_at_edit_runs_nothing(console):
    console.type("%edit\r")
    answer(console, "fail")
    console.wait(r"^python\S* ended with code 3; nothing was taken over\.$")
    console.wait_prompt(2)


# --- the next prompt's text, and leaving


def test_load_and_recall(console, tmp_path):
    """The text is at the next prompt, to be edited."""
    file = tmp_path / "loaded.py"
    file.write_text("loaded = 40\nloaded + 2\n", encoding="utf-8")
    console.type(f"%load {file}\r")
    console.wait(r"^ +\.\.\.: loaded \+ 2\n")
    console.keys("enter", "enter")
    console.wait(r"^Out\[2\]: 42$")
    console.wait_prompt(3)
    console.run("'once'")
    console.type("%recall 3\r")
    typed(console, 5, "'once'")
    console.type(" * 2\r")
    console.wait(r"^Out\[5\]: 'onceonce'$")
    console.wait_prompt(6)
    console.type("%rep 3\r")
    typed(console, 7, "'once'")
