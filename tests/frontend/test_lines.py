"""Lines that are read: each kind of them with its keys and its history, and a password with none."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.frontend.test_console import PaperTty
from zconsole.frontend.look import Look
from zconsole.frontend.prompt import debuggers
from zconsole.frontend.prompt.blockprompt import Calls
from zconsole.frontend.prompt.blocks import Complete
from zconsole.frontend.prompt.debuggers import DebuggerCompleter, first_block, is_debugger, is_pdb, seen
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.terminal import Ended, Terminal

DEADLINE = 10
INPUT: dict[str, Any] = {"asked": "1"}
PASSWORD: dict[str, Any] = {"asked": "1", "password": True}
QUESTION: dict[str, Any] = {}
UP, DOWN, LEFT, CTRL_C, CTRL_D, CTRL_R, KILL, YANK = (
    *("\x1b[A", "\x1b[B", "\x1b[D", "\x03", "\x04", "\x12", "\x15", "\x19"),
)


async def nobody_answers(content, timeout):
    return None


async def until(condition):
    """Wait for what sends no event: a buffer's state."""
    deadline = asyncio.get_running_loop().time() + DEADLINE
    while not condition():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.005)


def has(text):
    return lambda buffer: buffer.text == text


def offers(count):
    return lambda buffer: buffer.complete_state and len(buffer.complete_state.completions) == count


def remembers(count):
    return lambda buffer: len(buffer._working_lines) > count


def read(*lines, complete=None, output="", history=None, suspend=lambda: None):
    """Each of `lines` is a prompt, how it is asked for, and what is typed at it: what is read. What is typed
    in pieces is a list of the first one and (what is waited for, a piece)."""

    async def complete_line(asked, content, timeout):
        return complete(asked, content) if complete else None

    async def session(pipe):
        tty: Any = PaperTty()
        terminal = Terminal(
            tty,
            look=Look(colour=False),
            judge=lambda text: Complete(),
            completer=KernelCompleter(nobody_answers),
            history=FileHistory(Path("/nowhere/history")),
            calls=Calls(suspend=suspend),
            complete_line=complete_line,
            debugger_history=lambda: history or InMemoryHistory(),
            input=pipe,
            output=DummyOutput(),
        )
        terminal.write(output)
        answers = []
        for prompt, how, typed in lines:
            pieces: list[Any] = [typed] if isinstance(typed, str) else typed
            first, *later = pieces
            pipe.send_text(first)
            reading = asyncio.create_task(terminal.read_line(prompt, **how))
            for condition, text in later:
                await until(
                    lambda condition=condition: (
                        terminal._reading and condition(terminal._reading.default_buffer)
                    )
                )
                pipe.send_text(text)
            answers.append(await asyncio.wait_for(reading, DEADLINE))
        return answers

    with create_pipe_input() as pipe:
        return asyncio.run(session(pipe))


# --- input()


def test_a_line_can_be_edited():
    assert read(("? ", INPUT, "wrng" + 2 * LEFT + "o\r")) == ["wrong"]


def test_the_answers_to_input_are_a_history():
    assert read(("? ", INPUT, "one\r"), ("? ", INPUT, "two\r"), ("? ", INPUT, UP + UP + "!\r")) == [
        *("one", "two", "one!"),
    ]
    assert (
        read(("? ", INPUT, "needle\r"), ("? ", INPUT, "hay\r"), ("? ", INPUT, CTRL_R + "ne\r\r"))[2]
        == "needle"
    )


def test_an_answer_to_our_own_question_is_not_remembered():
    asked = ("? ", INPUT, "one\r")
    assert read(asked, ("Leave? ", QUESTION, "y\r"), ("? ", INPUT, UP + "\r"))[2] == "one"
    assert read(asked, ("Leave? ", QUESTION, "y\r"), ("Leave? ", QUESTION, UP + "\r"))[2] == ""


def test_lines_that_are_pasted_are_given_one_by_one():
    """As a terminal does; the rest waits for the next question."""
    pasted = "\x1b[200~one\ntwo\nth\x1b[201~"
    assert read(("? ", INPUT, pasted), ("? ", INPUT, ""), ("? ", INPUT, "ree\r")) == ["one", "two", "three"]


def test_the_ends_of_a_line():
    assert read(("? ", INPUT, CTRL_D), ("? ", INPUT, "x" + CTRL_C)) == [Ended.EOF, Ended.INTERRUPTED]


def test_ctrl_z_at_a_line_stops():
    stopped: list[bool] = []
    assert read(("? ", INPUT, "a\x1ab\r"), suspend=lambda: stopped.append(True)) == ["ab"]
    assert stopped


# --- passwords


@pytest.mark.parametrize("behind", [PASSWORD, INPUT, QUESTION])
def test_nothing_of_a_password_is_left(behind):
    """Whatever brings back at other prompts: history, what was cut, search, undo."""
    back = [UP, YANK, CTRL_R + "s\r", "\x1f", "\x1b."]
    secret = ("Password: ", PASSWORD, "secret" + KILL + YANK + "\r")
    got = read(secret, *[("? ", behind, f"{keys}!\r") for keys in back])
    assert got[0] == "secret"
    assert [answer for answer in got[1:] if set(answer) - set("s!")] == []


def test_an_answer_cannot_be_brought_to_a_password():
    assert read(("? ", INPUT, "one\r"), ("Password: ", PASSWORD, UP + "\r"))[1] == ""


# --- debuggers

PDB = "ipdb> "


@pytest.mark.parametrize(
    "prompt",
    [
        *("ipdb> ", "(Pdb) ", "((Pdb)) ", "(Pdb++) ", "\x1b[32mipdb>\x1b[0m ", "(com) ", "above\nipdb> "),
        *(
            "Browse[1]> ",
            "debug> ",
            "(gdb) ",
            "(lldb) ",
            "(byebug) ",
            "(rdbg:remote) ",
            "1|debug> ",
            "DB<1> ",
        ),
    ],
)
def test_prompts_of_debuggers(prompt):
    assert is_debugger(prompt)


@pytest.mark.parametrize(
    "prompt", ["", "> ", "name? ", "Password: ", "ipdb? ", "(yes) ", ">>> ", "what is pdb> "]
)
def test_prompts_of_programs(prompt):
    assert not is_debugger(prompt)


def test_which_of_them_know_the_commands_of_pdb():
    assert [is_pdb(prompt) for prompt in ("ipdb> ", "(Pdb) ", "(gdb) ")] == [True, True, False]


def test_a_debugger_has_a_history_of_its_own():
    """Not that of input(), also when one is read in the other."""
    got = read(
        (PDB, INPUT, "p x\r"), ("? ", INPUT, "an answer\r"), (PDB, INPUT, UP + "\r"), ("? ", INPUT, UP + "\r")
    )
    assert got == ["p x", "an answer", "p x", "an answer"]


def test_its_history_lasts(tmp_path):
    read((PDB, INPUT, "p x\r"), (PDB, INPUT, "w\r"), history=FileHistory(tmp_path / "debugger"))
    again = FileHistory(tmp_path / "debugger")
    assert read((PDB, INPUT, ["", (remembers(2), UP + UP + "\r")]), history=again) == ["p x"]
    assert read(
        (PDB, INPUT, ["", (remembers(2), "p" + UP + "\r")]), history=FileHistory(tmp_path / "debugger")
    ) == ["p x"]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("for i in x:\rprint(i)\r\r", "for i in x:\n    print(i)"),
        ("list(\r", "list("),
        ("p (\r", "p ("),
        ("n\r", "n"),
        ("!if x: y\r", "!if x: y"),
        ("f(\r1)\r", "f(\n1)"),
    ],
)
def test_a_statement_may_have_several_lines(typed, line):
    """What begins with a command's name is a command, as pdb sees it."""
    assert read((PDB, INPUT, typed))[0].rstrip() == line


def test_statements_that_are_pasted_are_commands_one_by_one():
    pasted = "\x1b[200~a = 1\nif a:\n    p = 2\nelse:\n    p = 3\n\np p\n\x1b[201~"
    assert read(*[(PDB, INPUT, text) for text in (pasted, "", "")]) == [
        *("a = 1", "if a:\n    p = 2\nelse:\n    p = 3", "p p"),
    ]
    assert first_block("one") == ("one", "", "")


def test_the_kernel_completes_for_the_line_it_has_asked_for():
    asked = []

    def complete(msg_id, content):
        asked.append((msg_id, content))
        return {"matches": ["inside"], "cursor_start": 2, "cursor_end": 4}

    assert read((PDB, {"asked": "that"}, ["p in\t", (has("p inside"), "\r")]), complete=complete) == [
        "p inside"
    ]
    assert asked == [("that", {"code": "p in", "cursor_pos": 4})]


@pytest.mark.parametrize(
    ("prompt", "typed", "words"),
    [
        (PDB, "p xylo", ["xylophone"]),
        ("(gdb) ", "p xylo", ["xylophone"]),
        (PDB, "longl", ["longlist"]),
        ("(gdb) ", "longl", []),
        (PDB, "p x.xylo", []),
        (PDB, "p nothing", []),
    ],
)
@pytest.mark.parametrize("wait", [0, 10])
def test_without_the_kernel_words_that_were_seen_complete(monkeypatch, prompt, typed, words, wait):
    """Also when it takes its time. The words of anything are no attributes."""
    monkeypatch.setattr(debuggers, "PATIENCE", 0.02)

    async def ask(content, timeout):
        await asyncio.sleep(wait if words else 0)
        return {"matches": [], "cursor_start": 0, "cursor_end": 0}

    async def complete():
        completer = DebuggerCompleter(ask, lambda: prompt, lambda: "-> \x1b[32mxylophone\x1b[0m = 5\n")
        found = completer.get_completions_async(Document(typed), CompleteEvent())
        return [each.text async for each in found]

    assert asyncio.run(asyncio.wait_for(complete(), DEADLINE / 2)) == words


def test_words_are_newest_first_and_whole():
    assert seen("alpha alps beta alpine xalpha", "al") == ["alpine", "alps", "alpha"]


def test_enter_takes_what_is_chosen_in_the_menu():
    def complete(msg_id, content):
        return {"matches": ["next", "number"], "cursor_start": 0, "cursor_end": 1}

    assert read((PDB, INPUT, ["n\t", (offers(2), "\t\t\r\r")]), complete=complete) == ["number"]
