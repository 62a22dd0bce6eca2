"""Tab, Shift-Tab and signatures at a real prompt on a screen of pyte's, with a kernel of paper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.frontend.test_console import PaperTty, nobody_answers
from tests.terminal.harness import key_bytes
from tests.terminal.screen import Emulator
from zconsole.frontend.languages import Judge
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import Calls
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.terminal import Terminal
from zconsole.frontend.settings import Settings

DEADLINE = 5.0
OS = {"path": ("module", ""), "pathsep": ("instance", ""), "pardir": ("instance", "")}
OS |= {"pathconf": ("function", "(path, name)")}
HELP = {
    "f": "Signature: f(alpha, beta=2, *, gamma=None) -> int\nDocstring: What f does.\nFile: /f.py",
    "g": "Signature: g(one)\nDocstring: Another one.",
    "long": "Signature: long()\nDocstring:\n" + "\n".join(f"line {number}" for number in range(50)),
    "x": "Type: int\nString form: 3",
}


class Glass:
    """Where bytes go: a screen. `drawn` is set whenever it has changed."""

    encoding = "utf-8"

    def __init__(self, columns: int, rows: int) -> None:
        self.emulator = Emulator(columns, rows, lambda reply: None)
        self.drawn = asyncio.Event()

    def write(self, text: str) -> None:
        self.emulator.feed(text.replace("\n", "\r\n").encode())

    def flush(self) -> None:
        self.drawn.set()

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return -1

    @property
    def text(self) -> str:
        screen = self.emulator.screen
        lines = [*screen.history_lines(), *(screen.line_text(y) for y in range(screen.lines))]
        return "\n".join(line.rstrip() for line in lines).strip("\n")


class Paper:
    """A kernel: completes the attributes of `os` and what else it has `names` for, knows HELP. `silent` it
    keeps questions until `speak`."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        self.asked: list[tuple[str, str, int]] = []
        self.names: dict[str, tuple[str, str]] = {}
        self.behind = 0
        self._may_speak = asyncio.Event()
        self._may_speak.set()

    def silence(self) -> None:
        self._may_speak.clear()

    def speak(self) -> None:
        self._may_speak.set()

    async def complete(self, content: Any, timeout: float) -> Any:
        code, position = content["code"], content["cursor_pos"]
        self.asked.append(("complete", code, position))
        self._heard()
        await self._may_speak.wait()
        before = re.search(r"(os\.)?(\w*)$", code[:position])
        assert before is not None
        known = {
            name: about
            for name, about in (OS if before[1] else self.names).items()
            if name.startswith(before[2])
        }
        types = [{"text": name, "type": kind, "signature": more} for name, (kind, more) in known.items()]
        return {
            "matches": list(known),
            "cursor_start": before.start(2),
            "cursor_end": position + self.behind,
            "metadata": {"_jupyter_types_experimental": types},
        }

    async def inspect(self, content: Any, timeout: float) -> Any:
        name = content["code"]
        self.asked.append(("inspect", name, content["cursor_pos"]))
        self._heard()
        await self._may_speak.wait()
        return {"found": name in HELP, "data": {"text/plain": HELP.get(name, "")}}


class Person:
    """Types, and looks at the screen."""

    def __init__(
        self, pipe: Any, glass: Glass, terminal: Terminal, kernel: Paper, preferences: Preferences
    ) -> None:
        self._pipe = pipe
        self._glass = glass
        self.terminal = terminal
        self.kernel = kernel
        self.preferences = preferences
        self.paged: list[str] = []

    def type(self, text: str) -> None:
        self._pipe.send_text(text)

    def keys(self, *names: str) -> None:
        for name in names:
            self.type(key_bytes(name))

    async def see(self, *patterns: str) -> str:
        """Wait until the screen shows all of this; what it shows."""
        return await self._wait(
            lambda text: all(re.search(each, text, re.MULTILINE) for each in patterns), patterns
        )

    async def miss(self, *patterns: str) -> str:
        """Wait until the screen shows none of this."""
        return await self._wait(
            lambda text: not any(re.search(each, text, re.MULTILINE) for each in patterns), patterns
        )

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so; it is looked at whenever the screen has changed."""
        await self._wait(lambda text: condition(), condition)

    async def _wait(self, fits: Callable[[str], Any], what: object) -> str:
        async with asyncio.timeout(DEADLINE):
            while not fits(text := self._glass.text):
                self._glass.drawn.clear()
                try:
                    await self._glass.drawn.wait()
                except asyncio.CancelledError:
                    raise AssertionError(f"{what} in vain; the screen:\n{text}") from None
        return text


def session(
    tmp_path: Path,
    script: Callable[[Person], Coroutine[Any, Any, None]],
    columns: int = 80,
    rows: int = 24,
    **settings: Any,
) -> list[Any]:
    """Have a person at a prompt; the blocks that were read."""

    async def play() -> list[Any]:
        glass, preferences = Glass(columns, rows), Preferences(Settings(**settings))
        kernel = Paper(glass.drawn.set)
        output = Vt100_Output(glass, lambda: Size(rows=rows, columns=columns), term="xterm", enable_cpr=False)  # type: ignore[arg-type]
        with create_pipe_input() as pipe, create_app_session(pipe, output):
            terminal = Terminal(
                PaperTty(),  # type: ignore[arg-type]
                look=Look(colour=False),
                judge=Judge(nobody_answers),
                completer=KernelCompleter(kernel.complete),
                history=FileHistory(tmp_path / "history"),
                preferences=preferences,
                calls=Calls(inspect=kernel.inspect),
                input=pipe,
                output=output,
            )
            person = Person(pipe, glass, terminal, kernel, preferences)

            async def page(text: str) -> None:
                person.paged.append(text)
                glass.flush()

            terminal.page = page  # type: ignore[method-assign]
            blocks: list[Any] = []

            async def read() -> None:
                while True:
                    blocks.append(await terminal.read_block(len(blocks) + 1))

            unhandled: list[dict[str, Any]] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            reading = asyncio.create_task(read())
            try:
                await person.see(r"In \[1\]:")
                await script(person)
            finally:
                reading.cancel()
                await asyncio.wait([reading])
            assert not unhandled
            return blocks

    return asyncio.run(play())


# --- Tab


def test_tab_completes_and_shows_a_menu(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("os.p\t")
        await person.see(r"In \[1\]: os.pa$", r"path +pardir", r"pathsep +pathconf\(\)")
        person.keys("tab")  # into the menu: the kind of what is chosen stands below
        await person.see(r"In \[1\]: os.path$", "^ +module")
        person.keys("tab", "tab", "tab")
        await person.see(r"os.pathconf$", r"function \(path, name\)")
        person.keys("s-tab")
        await person.see(r"In \[1\]: os.pardir$")
        person.type("\r")  # takes it, and does not run it
        await person.miss("pathsep")
        person.type("\r")
        await person.see(r"In \[2\]:")

    assert session(tmp_path, script) == ["os.pardir"]


def test_what_is_the_only_one_is_inserted(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("os.pathc\t")
        await person.see(r"os.pathconf$")
        person.type("('/')\r")
        await person.see(r"In \[2\]:")

    assert session(tmp_path, script) == ["os.pathconf('/')"]


def test_the_middle_of_a_line(tmp_path: Path) -> None:
    """What the kernel says is replaced, also behind the cursor."""

    async def script(person: Person) -> None:
        person.kernel.behind = 3
        person.type("os.pathXXX + 1")
        person.keys(*["left"] * 7)
        person.keys("tab")
        await person.see(r"pathsep")
        person.keys("tab", "tab")
        await person.see(r"os.pathsep \+ 1$")
        person.type("\r\r")
        await person.see(r"In \[2\]:")

    assert session(tmp_path, script) == ["os.pathsep + 1"]


def test_letters_beyond_the_basic_plane(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("'😀𝒳'; os.pathc\t")
        await person.see(r"os.pathconf$")
        assert person.kernel.asked == [("complete", "'😀𝒳'; os.pathc", 14)]
        person.type("\r")
        await person.see(r"In \[2\]:")

    assert session(tmp_path, script) == ["'😀𝒳'; os.pathconf"]


def test_a_silent_kernel_is_in_nobodys_way(tmp_path: Path) -> None:
    """Typing goes on; an answer that comes late fits what has been typed since, or is dropped."""

    async def script(person: Person) -> None:
        person.kernel.silence()
        person.type("os.p\t")
        await person.until(lambda: person.kernel.asked)
        person.type("ath")
        await person.see(r"In \[1\]: os.path$")
        person.kernel.speak()
        await person.see("pathsep", "pathconf")
        assert "pardir" not in await person.see("pathsep")
        person.keys("c-c", "c-c")
        person.kernel.silence()
        person.type("os.p\t")
        await person.until(lambda: len(person.kernel.asked) == 2)
        person.keys("c-c")
        person.type("x = 1")
        await person.see(r"In \[1\]: x = 1$")
        person.kernel.speak()
        person.type("\r")
        assert "pathsep" not in await person.see(r"In \[2\]:")
        person.kernel.silence()
        person.type("os.p\t\r")  # Enter does not wait for it either
        await person.see(r"In \[3\]:")

    assert session(tmp_path, script) == ["x = 1", "os.p"]


def test_another_tab_gives_the_question_before_it_up(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.kernel.silence()
        person.type("os.q\t\t\t")
        await person.until(lambda: person.kernel.asked)
        person.keys("backspace")
        person.type("pathc\t")
        await person.until(lambda: len(person.kernel.asked) == 2)
        person.kernel.speak()
        await person.see("os.pathconf$")
        assert [code for _, code, _ in person.kernel.asked] == ["os.q", "os.pathc"]

    session(tmp_path, script)


def test_letters_left_out(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("os.ptcnf\t")
        await person.see(r"os.pathconf$")
        assert person.kernel.asked == [("complete", "os.", 3)]
        person.keys("c-c")
        person.type("os.ps\t")
        await person.see(r"In \[1\]: os.pathsep$")

    session(tmp_path, script, fuzzy_completion=True)


def test_the_style_is_changed_while_the_session_runs(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.preferences.change(completion_style="column")
        person.type("os.p\t")
        await person.see(r"^ +path +module +$|^ +path +module$", r"^ +pathconf\(\) +function \(path, name\)")
        person.keys("c-c", "c-c")
        await person.miss("os.pa")
        person.preferences.change(completion_style="readline")
        person.type("os.p\t")
        await person.see(r"In \[1\]: os.pa$")
        person.keys("tab")
        await person.until(lambda: person.paged)
        assert person.paged == ["path        pathsep     pardir      pathconf()"]

    session(tmp_path, script)


def test_a_language_without_completion(tmp_path: Path) -> None:
    """The words of the block, until the kernel has shown that it knows more."""

    async def script(person: Person) -> None:
        person.terminal._blocks.hints._completer.learn(completes=False)
        person.type("counter <- 1; cou\t")
        await person.see(r"In \[1\]: counter <- 1; counter$")
        person.keys("c-c")
        person.type("os.pathc\t")
        await person.see(r"os.pathconf$")
        person.keys("c-c")
        person.type("counter <- 1; cou\tx")
        await person.see(r"In \[1\]: counter <- 1; coux$")

    session(tmp_path, script)


def test_a_menu_in_a_narrow_terminal(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("os.p\t")
        await person.see("pardir|pathsep")
        person.keys("tab")
        await person.see(r"os.path$")
        person.type("\r\r")
        await person.see(r"In \[2\]:")

    assert session(tmp_path, script, columns=20, rows=6) == ["os.path"]


# --- without Tab


def test_completions_while_typing(tmp_path: Path) -> None:
    """A menu comes by itself, follows what is typed, and no key but Tab knows of it."""

    async def script(person: Person) -> None:
        person.type("os.p")
        await person.see("pathsep", "pardir")
        person.type("ath")
        await person.miss("pardir")
        await person.see("pathsep", "pathconf")
        assert len(person.kernel.asked) == 1  # the same word: nothing new is asked
        person.keys("tab", "tab")
        await person.see(r"In \[1\]: os.pathsep$")
        person.keys("c-c")
        await person.see(r"In \[1\]: os.path$")
        person.type(".p")
        await person.until(lambda: len(person.kernel.asked) == 2)
        person.keys("c-c")
        person.type("os.pa")
        await person.see("pathsep", "pardir")
        person.type("\r")  # runs it, whatever the menu says
        await person.see(r"In \[2\]:")

    assert session(tmp_path, script, complete_while_typing=True) == ["os.pa"]


@pytest.mark.parametrize(("typed", "menu"), [("os.pardir", False), ("os.pardi", True)])
def test_a_word_that_is_whole_is_no_menu(tmp_path: Path, typed: str, menu: bool) -> None:
    async def script(person: Person) -> None:
        person.type(typed)
        await person.until(lambda: person.kernel.asked)
        for _ in range(20):  # turns of the loop in which the answer is taken
            await asyncio.sleep(0)
        assert (person.terminal._blocks.session.default_buffer.complete_state is not None) == menu

    session(tmp_path, script, complete_while_typing=True)


def test_a_menu_by_itself_leaves_the_arrows_alone(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("first = 1\r")
        await person.see(r"In \[2\]:")
        person.type("os.p")
        await person.see("pardir")
        person.keys("left", "left")
        await person.miss("pardir")
        person.type("\x0b")
        person.type("ath")
        await person.see("osath$")
        person.keys("c-c")
        person.type("fir")
        await person.see("fir$")
        person.keys("up")
        await person.see(r"In \[2\]: first = 1$")

    session(tmp_path, script, complete_while_typing=True)


# --- signatures and documentation


def test_a_signature_inside_a_call(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("f(")
        await person.see(r"^f\(alpha, beta=2, \*, gamma=None\) -> int$")
        person.type("1, g(")
        await person.see(r"^g\(one\)$")
        person.type("2), ")
        await person.see(r"^f\(alpha, beta=2")
        assert [name for _, name, _ in person.kernel.asked] == ["f", "g"]  # each one once
        person.type("3)")
        await person.miss("^f\\(alpha")
        person.type("\r")
        text = await person.see(r"In \[2\]:")
        assert "alpha" not in text  # nothing of it stays

    assert session(tmp_path, script) == ["f(1, g(2), 3)"]


def test_a_signature_is_gone_with_enter_and_asked_for_anew(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("f(")
        await person.see(r"^f\(alpha")
        person.keys("m-enter")
        assert "alpha" not in await person.see(r"In \[2\]:")
        person.type("f(")
        await person.see(r"^f\(alpha")
        assert [name for _, name, _ in person.kernel.asked] == ["f", "f"]  # a cell may have changed it

    assert session(tmp_path, script) == ["f("]


def test_no_signature_for_what_has_none(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("x(")
        await person.until(lambda: len(person.kernel.asked) == 1)
        person.type("1, ")
        await person.see(r"x\(1, $|x\(1,$")
        person.type("f(")
        await person.see(r"^f\(alpha")
        assert [name for _, name, _ in person.kernel.asked] == ["x", "f"]

    session(tmp_path, script)


def test_signatures_can_be_switched_off(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("f(")
        await person.see(r"^f\(alpha")
        person.preferences.change(signatures=False)
        await person.miss(r"^f\(alpha")
        person.type("1, ")
        await person.see(r"f\(1,")

    session(tmp_path, script)


def test_documentation_and_the_pager(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("y = f(1)")
        person.keys(*["left"] * 4)
        person.keys("s-tab")
        await person.see("What f does", "Shift-Tab: all of it")
        person.keys("s-tab")
        await person.until(lambda: person.paged)
        assert person.paged == [HELP["f"]]
        await person.miss("What f does")
        person.keys("s-tab")
        await person.see("What f does")
        person.keys("c-g")
        await person.miss("What f does")
        person.keys("s-tab")
        await person.see("What f does")
        person.keys("esc")
        await person.miss("What f does")
        person.keys("end", "s-tab")
        person.type(" + nosuch")
        person.keys("s-tab")
        await person.see("Nothing is known of nosuch")
        person.type("\r")
        assert "Nothing" not in await person.see(r"In \[2\]:")

    assert session(tmp_path, script) == ["y = f(1) + nosuch"]


def test_long_documentation_leaves_room_for_the_block(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("long")
        person.keys("s-tab")
        text = await person.see("line 0")
        assert "In [1]: long" in text
        assert text.count("\nline ") < 10

    session(tmp_path, script, rows=15)


def test_documentation_while_the_kernel_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(person: Person) -> None:
        person.kernel.silence()
        person.type("f")
        person.keys("s-tab")
        await person.until(lambda: person.kernel.asked)
        person.type("oo")
        person.kernel.speak()  # it is about something else now
        await person.see(r"In \[1\]: foo$")
        person.type("\r")
        assert "What f does" not in await person.see(r"In \[2\]:")

    assert session(tmp_path, script) == ["foo"]


def test_shift_tab_in_a_menu_goes_back(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("os.p\t")
        await person.see("pardir")
        person.keys("tab", "tab")
        await person.see(r"In \[1\]: os.pathsep$")
        person.keys("s-tab")
        await person.see(r"In \[1\]: os.path$")
        assert [what for what, _, _ in person.kernel.asked] == ["complete"]

    session(tmp_path, script)


def test_a_prompt_at_rest_is_one_where_nobody_types(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        resting = asyncio.create_task(person.terminal.rest(0.2))
        person.terminal.abandon()
        await person.see(r"In \[2\]:")
        person.type("x")
        await person.see(r"x$")
        assert not resting.done()
        await asyncio.wait_for(resting, DEADLINE)
        person.terminal.load_hints()
        person.type("(")
        await person.see(r"x\($")

    session(tmp_path, script)


def test_a_tiny_terminal(tmp_path: Path) -> None:
    async def script(person: Person) -> None:
        person.type("f(")
        await person.until(lambda: person.kernel.asked)
        person.type("1)\r")
        assert "too small" not in await person.see(r"In \[2\]:")

    assert session(tmp_path, script, columns=20, rows=2) == ["f(1)"]
