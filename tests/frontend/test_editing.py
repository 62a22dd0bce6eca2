"""The block as it is edited: keys go in through a pipe, a transcript is what was typed and what stood there.

`|` is the cursor. What is drawn is looked at on a screen of pyte's, in the same process.
"""

from __future__ import annotations

import asyncio
import random
import re
import select
from collections.abc import Callable
from contextlib import suppress

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output.vt100 import Vt100_Output
from pygments.lexers import get_lexer_by_name
from pygments.lexers.python import PythonLexer

from tests.frontend.prompting import remembered
from tests.terminal.screen import Emulator
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import BlockPrompt, Calls
from zconsole.frontend.prompt.blocks import check
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.keyboard.formatting import CannotReformat, moved, reformatted
from zconsole.frontend.prompt.keyboard.pasted import reindented, without_prompts
from zconsole.frontend.prompt.looks.brackets import pair
from zconsole.frontend.prompt.looks.ipython import IPythonLexer
from zconsole.frontend.prompt.looks.lexer import LanguageLexer
from zconsole.frontend.prompt.looks.lexing import EditedLexer, edited_lexer
from zconsole.frontend.settings import Settings

DEADLINE = 20

LEFT, UP, HOME, END, UNDO, TAB, S_TAB, BACKSPACE, ENTER = (
    "\x1b[D",
    "\x1b[A",
    "\x01",
    "\x05",
    "\x1f",
    "\t",
    "\x1b[Z",
    "\x7f",
    "\r",
)
TOP, BOTTOM = "\x1b[1;5H", "\x1b[1;5F"
MARK, REDO, COMMENT, REFORMAT = "\x00", "\x18\x12", "\x1b;", "\x1bq"
ESC, C_R = "\x1b", "\x12"
META_ENTER, S_ENTER, C_ENTER, S_ENTER_KITTY = "\x1b\r", "\x1b[27;2;13~", "\x1b[27;5;13~", "\x1b[13;2u"


def paste(text):
    return f"\x1b[200~{text}\x1b[201~"


async def nobody_answers(content, timeout):
    return None


class Prompt:
    """A prompt that is up. `press` types; `text` is what stands there then."""

    def __init__(self, pipe, output, columns, rows, settings, language):
        self._pipe = pipe
        self.said: list[str] = []
        self.emulator = Emulator(columns, rows, lambda text: None)
        self._screen = output
        self.prompt = BlockPrompt(
            preferences=Preferences(Settings(**settings)),
            look=Look(),
            judge=check,
            completer=KernelCompleter(nobody_answers),
            history=remembered(),
            calls=Calls(language=lambda: language),
            say=self.said.append,
            input=pipe,
            output=Vt100_Output(output, lambda: Size(rows, columns), term="xterm-256color", enable_cpr=False),
        )
        self.prompt.lexer = LanguageLexer([language])
        self.app = self.prompt.session.app
        self._idle = asyncio.Event()
        self.app.after_render += lambda app: self._idle.set()

    def read(self):
        return asyncio.create_task(
            self.prompt.session.prompt_async(handle_sigint=False, set_exception_handler=False)
        )

    async def press(self, *keys):
        """Type, each in a piece of its own, and wait until it is drawn."""
        for each in keys:
            # the pipe takes 64 kB at once
            await asyncio.get_running_loop().run_in_executor(None, self._pipe.send_text, each)
            while select.select([self._pipe.fileno()], [], [], 0)[0]:
                await self.drawn()
            self.app.invalidate()
            await self.drawn()
            while each == ESC and self.app.vi_state.input_mode is InputMode.INSERT:
                await self.drawn()  # it counts when nothing has come behind it

    async def drawn(self):
        """Wait for the next time that the prompt is drawn."""
        self._idle.clear()
        await asyncio.wait_for(self._idle.wait(), DEADLINE)

    @property
    def text(self):
        buffer = self.prompt.session.default_buffer
        return f"{buffer.text[: buffer.cursor_position]}|{buffer.text[buffer.cursor_position :]}"

    @property
    def screen(self):
        self.emulator.feed(self._screen.take())
        return [self.emulator.screen.line_text(y) for y in range(self.emulator.screen.lines)]

    def cell(self, x, y):
        self.emulator.feed(self._screen.take())
        return self.emulator.screen.buffer[y][x]


class Written:
    """What the editor writes."""

    encoding = "utf-8"

    def __init__(self):
        self._text = ""

    def write(self, text):
        self._text += text

    def flush(self):
        pass

    def isatty(self):
        return True

    def fileno(self):
        raise OSError

    def take(self):
        text, self._text = self._text, ""
        return text.encode()


def at_prompt(script, columns=60, rows=20, language="python", **settings):
    """Run a script, an async function of a Prompt, at a prompt that is up."""

    async def run():
        output = Written()
        with create_pipe_input() as pipe, create_app_session(pipe):
            prompt = Prompt(pipe, output, columns, rows, settings, language)
            reading = prompt.read()
            await prompt.drawn()
            try:
                return await script(prompt)
            finally:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading

    return asyncio.run(run())


def typed(*keys, **settings):
    """What stands in the prompt after these keys."""

    async def script(prompt):
        await prompt.press(*keys)
        return prompt.text

    return at_prompt(script, **settings)


def submitted(*keys, blocks=1, **settings):
    """The blocks that are read when these keys are typed."""

    async def run():
        with create_pipe_input() as pipe, create_app_session(pipe):
            prompt = Prompt(pipe, Written(), 60, 20, settings, "python")
            for each in keys:
                pipe.send_text(each)
            return [await asyncio.wait_for(prompt.read(), DEADLINE) for _ in range(blocks)]

    return asyncio.run(run())


# --- lines


BLOCK = "if a:\n    b\n    c"


@pytest.mark.parametrize(
    ("keys", "then"),
    [
        # dedent
        ((paste(BLOCK), HOME, S_TAB), "if a:\n    b\n|c"),
        ((paste("    x\n  y"), HOME, S_TAB), "    x\n|y"),
        ((paste("\tx"), HOME, S_TAB), "|x"),
        # Shift+Tab in a text is not ours
        ((paste(BLOCK), S_TAB), f"{BLOCK}|"),
        # Backspace takes back a level, not a blank
        (("if a:\r", BACKSPACE), "if a:\n|"),
        (("if a:\r", "  ", BACKSPACE), "if a:\n    |"),
        (("if a:\r", "x", BACKSPACE, BACKSPACE), "if a:\n|"),
        (("    x", LEFT, LEFT, BACKSPACE), "| x"),
        # the selected lines
        ((paste("a\nb\nc"), MARK, UP, TAB), "a\n    b|\n    c"),
        ((paste("    a\n    b"), MARK, UP, S_TAB), "a|\nb"),
        # comments
        (("x = 1", COMMENT), "# x = 1|"),
        (("x = 1", COMMENT, COMMENT), "x = 1|"),
        ((paste(BLOCK), MARK, UP, COMMENT), "if a:\n    # b|\n    # c"),
        ((paste(BLOCK), MARK, UP, UP, COMMENT), "# if a:|\n#     b\n#     c"),
        ((paste("#a\n\n  # b"), MARK, UP, UP, COMMENT), "a|\n\n  b"),
        ((COMMENT,), "# |"),
        # undo, redo: a command is a step
        (("x = 1", COMMENT, UNDO), "x = 1|"),
        (("x = 1", COMMENT, UNDO, REDO), "# x = 1|"),
        ((paste(BLOCK), MARK, UP, TAB, UNDO), "if a:\n    b|\n    c"),
        # what was undone can be had back until the text is another
        (("x = 1", COMMENT, UNDO, LEFT, LEFT, REDO), "# x = 1|"),
        (("x = 1", COMMENT, UNDO, "0", REDO), "x = 10|"),
        (("x = 1", COMMENT, UNDO, "0", BACKSPACE, REDO), "x = 1|"),
    ],
)
def test_lines(keys, then):
    assert typed(*keys) == then


@pytest.mark.parametrize(
    ("keys", "then"),
    [
        # an insertion is taken back at once, up to where something else was done in it
        (("ione ", "two", ESC, "u"), "|"),
        (("ione", BACKSPACE, "two", ESC, "u"), "o|n"),
        (("ione", ESC, "A two", ESC, "u"), "on|e"),
        ((ESC, "u"), "|"),
        ((ESC, "ddu"), f"{BLOCK[:-1]}|c"),
        # Ctrl+R has it back; with nothing to redo it searches
        ((ESC, "dd", "u", "h", C_R), "if a:\n    |b"),
        ((ESC, "dd", "u", "x", "u", C_R), "if a:\n    b\n   | "),
        ((ESC, C_R, "a"), f"{BLOCK[:-1]}|c"),
        # lines that are selected, wherever in them the cursor is
        ((ESC, "kVj", "gc"), "if a:\n    # b\n    # |c"),
        ((ESC, "0Vk", "gc"), "if a:\n  |  # b\n    # c"),
        ((ESC, "0Vk", TAB), "if a:\n    |    b\n        c"),
        ((ESC, "gcc", "u", C_R), "if a:\n    b\n    # |c"),
    ],
)
def test_lines_with_the_keys_of_vi(keys, then):
    pasted = () if keys[0].startswith("i") else (paste(BLOCK),)
    keys = (keys[0].removeprefix("i"), *keys[1:])
    assert typed(*pasted, *keys, editing_mode="vi") == then


def test_comments_of_another_language():
    async def script(prompt):
        await prompt.press("let x = 1;", COMMENT)
        return prompt.text

    assert at_prompt(script, language="rust") == "// let x = 1;|"


def test_what_was_undone_is_not_brought_back_at_the_next_prompt():
    assert submitted("x = 1\r", UNDO + "y\r", blocks=2) == ["x = 1", "y"]


# --- Enter


@pytest.mark.parametrize("key", [META_ENTER, S_ENTER, S_ENTER_KITTY])
def test_shift_and_meta_enter_run_what_is_not_complete(key):
    assert submitted("if a:", key) == ["if a:"]


def test_ctrl_enter_begins_a_line_where_enter_would_run():
    assert submitted("a = 1", C_ENTER, "b = 2", ENTER) == ["a = 1\nb = 2"]
    assert typed("if a:", C_ENTER) == "if a:\n    |"


# --- brackets


def test_the_other_bracket_is_shown():
    async def script(prompt):
        await prompt.press("f(a[0], ')')")
        assert "".join(prompt.screen[0]) == "In [1]: f(a[0], ')')"
        begin = len("In [1]: f")
        styles = [prompt.cell(begin + n, 0).bg != "default" for n in range(len("(a[0], ')')"))]
        assert [n for n, styled in enumerate(styles) if styled] == [0, 10]

    at_prompt(script)


def test_the_other_bracket_is_not_shown_where_that_is_not_wanted():
    async def script(prompt):
        await prompt.press("f()")
        assert prompt.cell(len("In [1]: f"), 0).bg == "default"

    at_prompt(script, bracket_matching=False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(|)", ((0, 1), (0, 0))),
        ("()|", ((0, 1), (0, 0))),
        ("|(a)", ((0, 0), (0, 2))),
        ("f(\n  [1],\n  2\n)|", ((3, 0), (0, 1))),
        ("|{'}': '{'}", ((0, 0), (0, 9))),
        ("|(]", ()),
        ("((|)", ((0, 2), (0, 1))),
        ("|((", ()),
        ("a|(b", ()),
        ("'(|)'", ()),
        ("x # (|)", ()),
        ("|", ()),
        ("a|", ()),
    ],
)
def test_pairs(text, found):
    position = text.index("|")
    document = Document(text.replace("|", ""), position)
    assert pair(document, LanguageLexer(["python"]).lex_document(document)) == found


def test_what_is_far_away_is_not_looked_for():
    document = Document("(" + "\n" * 500 + ")")
    asked = []

    def line(number):
        asked.append(number)
        return [("", document.lines[number])]

    assert pair(document, line) == ()
    assert len(asked) < 150


@pytest.mark.parametrize(
    ("keys", "then"),
    [
        ("f(", "f(|)"),
        ("f(a)", "f(a)|"),
        ("f([{", "f([{|}])"),
        ("x = '", "x = '|'"),
        ("x = 'a'", "x = 'a'|"),
        ("don't", "don't|"),
        ("(" + BACKSPACE, "|"),
        ("''" + BACKSPACE, "'|"),
        ("a" + LEFT + "(", "(|a"),
    ],
)
def test_brackets_in_pairs(keys, then):
    assert typed(*re.findall(r"\x1b\[.|.", keys), auto_brackets=True) == then


def test_brackets_come_alone_unless_they_are_wanted_in_pairs():
    assert typed("f('") == "f('|"


# --- pastes

TRANSCRIPTS = {
    "In": """\
In [1]: def f(x):
   ...:     return x
   ...:BLANK

In [2]: f(1)
Out[2]: 1

In [3]: f(2)
Out[3]: 2
""".replace("BLANK", " "),
    "In without blanks": """\
In [1]: def f(x):
   ...:     return x
   ...:

In [2]: f(1)
Out[2]: 1
In [3]: f(2)""",
    "vi": """\
[ins] In [1]: def f(x):
         ...:     return x
         ...:

[ins] In [2]: f(1)

[nav] In [3]: f(2)""",
    ">>>": """\
>>> def f(x):
...     return x
...BLANK
>>> f(1)
1
>>> f(2)
2
""".replace("BLANK", " "),
    ">>> without blanks": """\
>>> def f(x):
...     return x
...
>>> f(1)
1
>>> f(2)""",
    "a docstring's": """\
    >>> def f(x):
    ...     return x
    ...
    >>> f(1)
    1
    >>> f(2)""",
    "begun behind the prompt": """\
def f(x):
   ...:     return x
   ...:

In [2]: f(1)
Out[2]: 1

In [3]: f(2)""",
    "below blank lines": """\


>>> def f(x):
...     return x
...
>>> f(1)
1
>>> f(2)""",
}
CODE = "def f(x):\n    return x\n\nf(1)\nf(2)"


@pytest.mark.parametrize("kind", TRANSCRIPTS)
def test_a_pasted_session_is_its_code(kind):
    assert without_prompts(TRANSCRIPTS[kind]) == CODE
    assert typed(paste(TRANSCRIPTS[kind])) == CODE + "|"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n...\ny",
        "class A:\n    ...\n",
        "print('>>> 1')",
        "x >>= 1\ny >>>",
        "# In [1]: is a prompt\nx",
        "'''\n>>> f(1)\n1\n'''",
        "a\nb\n>>> c",
    ],
)
def test_other_text_is_not_touched(text):
    assert without_prompts(text) == text
    assert typed(paste(text + "|")) == text + "||"


def test_another_language_has_no_classic_prompt():
    assert without_prompts(">>> x", python=False) == ">>> x"
    assert without_prompts("In [1]: x", python=False) == "x"


def test_a_stripped_paste_can_be_had_back():
    assert typed(paste(">>> 1\n1"), UNDO) == ">>> 1\n1|"
    assert typed(paste(">>> 1\n1"), UNDO, UNDO) == "|"


def test_a_session_of_prompts_that_was_typed_is_run_as_its_code():
    assert submitted(">>> 1 + 1", ENTER) == ["1 + 1"]
    assert submitted("In [4]: 1 + 1", META_ENTER) == ["1 + 1"]


@pytest.mark.parametrize("code", ["if a:\n\tb\n\tif c:\n\t\td", "if a:\n  b\n\n  c\nd", "  a\n  b"])
def test_a_paste_keeps_its_indentation(code):
    assert typed(paste(code)) == code + "|"


def test_lines_are_pasted_where_the_cursor_is():
    assert typed("if a:\r", paste("for i in b:\n    i\nc")) == "if a:\n    for i in b:\n        i\n    c|"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a\nb", "a\n    b"),
        ("    a\n    b", "a\n    b"),
        ("        a\n    b", "a\n    b"),
        ("a\n        b", "a\n    b"),
        ("if a:\n        b", "if a:\n        b"),
        ("if a:\n    b\n\nc", "if a:\n        b\n\n    c"),
        ("f(\n  1)", "f(\n      1)"),
        ("a", "a"),
        ("a\n", "a\n"),
    ],
)
def test_indentation_of_a_paste(text, result):
    assert reindented(text, "    ") == result


UNMARKED = "def f(x):\n    if x:\n        y = 1\n\n        z = 2\n    return 3\n\n"


def test_a_paste_that_the_terminal_does_not_mark_keeps_its_indentation():
    assert submitted(UNMARKED.replace("\n", ENTER)) == [UNMARKED.rstrip("\n") + "\n"]


def test_so_does_one_with_tabs():
    text = "if a:\n\tif b:\n\t\tc\n\td\n\n"
    assert submitted(text.replace("\n", ENTER)) == [text.rstrip("\n") + "\n"]


def test_what_is_typed_ahead_is_indented():
    assert submitted("for i in a:\rprint(i)\r\r") == ["for i in a:\n    print(i)\n    "]


def test_a_line_behind_an_unmarked_paste_is_indented():
    assert typed("if a:\r    b\r    if c:", ENTER) == "if a:\n    b\n    if c:\n        |"


@pytest.mark.parametrize("kind", ["In", ">>>"])
def test_an_unmarked_session_is_one_block(kind):
    assert submitted(TRANSCRIPTS[kind].rstrip("\n").replace("\n", ENTER) + ENTER) == [CODE]


def test_lines_that_are_complete_are_blocks():
    assert submitted("a = 1\rb = 2\r", blocks=2) == ["a = 1", "b = 2"]


# --- reformatting


def reformat(code, formatter="ruff"):
    return asyncio.run(reformatted(code, formatter))


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("x=1;y = f( x )", "x = 1\ny = f(x)"),
        (
            "if a :\n  !ls -l\n  b=%time  f( )\nx? \nc=( 1)",
            "if a:\n    !ls -l\n    b=%time  f( )\nx? \nc = 1",
        ),
        ("!ls \\\n  -l\nx=1", "!ls \\\n  -l\nx = 1"),
        ("plot( x );", "plot(x);"),
        ("await  f( )", "await f()"),
    ],
)
def test_reformatting(code, result):
    assert reformat(code) == result


@pytest.mark.parametrize(
    ("code", "formatter", "why"),
    [
        ("def f(:", "ruff", r"ruff cannot read this block: .*"),
        ("%%bash\nls", "ruff", r"The text behind %% may be of any language.*"),
        ("x", "none", r"Reformatting is switched off.*"),
    ],
)
def test_why_it_is_not_reformatted(code, formatter, why):
    with pytest.raises(CannotReformat, match=why):
        reformat(code, formatter)


def test_a_formatter_that_is_not_there(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(CannotReformat, match=r"install ruff or black: pip install ruff\.$"):
        reformat("x", "auto")


def test_a_formatter_that_does_not_end_is_given_up(monkeypatch, tmp_path):
    (tmp_path / "black").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "black").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr("zconsole.frontend.prompt.keyboard.formatting.LIMIT", 0.1)
    with pytest.raises(CannotReformat, match="black has not come to an end"):
        reformat("x", "black")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x=1\ny|=2", "x = 1\ny| = 2"),
        ("|x=1", "|x = 1"),
        ("f( a,b )|", "f(a, b)|"),
        ("f( a|,b )", "f(a|, b)"),
    ],
)
def test_the_cursor_stays_at_its_letter(before, after):
    position = moved(before.replace("|", ""), before.index("|"), after.replace("|", ""))
    assert position == after.index("|")


async def until(prompt, condition):
    while not condition():
        await prompt.drawn()


def test_the_key_that_reformats():
    async def script(prompt):
        await prompt.press("f( 1,2 )", REFORMAT)
        await until(prompt, lambda: prompt.text == "f(1, 2)|")
        await prompt.press(UNDO)
        assert prompt.text == "f( 1,2 )|"

    at_prompt(script)


def test_another_language_is_not_reformatted():
    async def script(prompt):
        await prompt.press("f( 1 )", REFORMAT)
        assert prompt.said == ["Only blocks of Python can be reformatted."]

    at_prompt(script, language="bash")


# --- colours

PIECES = [
    "def f(x):",
    "    return x",
    '"""',
    "'''",
    "x = 'a",
    "b'",
    "(",
    "%%time",
    "!ls",
    "# c",
    'f"{x!r}"',
    "",
    "class A(B):",
    "`${a}",
    "<<EOF",
    "EOF",
    "/*",
    "*/",
    "é",
    "\t",
]


@pytest.mark.parametrize("language", ["ipython", "bash", "javascript", "rust", "python"])
def test_a_text_that_is_edited_gets_the_colours_of_one_that_is_new(language):
    """Random changes, random views; in the end every line is as Pygments has it."""
    found = IPythonLexer if language == "ipython" else type(get_lexer_by_name(language))
    fresh = PygmentsLexer(found)
    for seed in range(12):
        chance = random.Random(seed)
        lexer = edited_lexer(found)
        assert lexer is not None
        text = "\n".join(chance.choice(PIECES) for _ in range(chance.randrange(100)))
        for _ in range(12):
            begin = chance.randrange(len(text) + 1)
            end = begin + chance.choice([0, 0, 1, 40])
            text = text[:begin] + chance.choice([*PIECES, "\n", "a"]) + text[end:]
            document = Document(text)
            line = lexer.lex_document(document)
            top = chance.randrange(document.line_count)
            for number in range(top, min(top + 20, document.line_count)):
                assert "".join(part[1] for part in line(number)) == document.lines[number]
        while lexer.check(1) is None:
            pass
        whole = fresh.lex_document(document)
        for number in range(document.line_count):
            assert letters(line(number)) == letters(whole(number)), (seed, number, text)


MAGICS = [
    ("%timeit f(x)\ny = 1", {"Operator": "%", "Keyword": "timeit", "Text": " f(x)", "Name": "y"}),
    ("  %cd /", {"Operator": "%", "Keyword": "cd"}),
    ("x = %who", {"Keyword": "who"}),
    ("!ls | wc\nx", {"Operator": "!", "Punctuation": "|", "Name": "x"}),
    ("x = !ls | wc", {"Name": "x", "Punctuation": "|"}),
    ("%sx ls | wc", {"Keyword": "sx", "Punctuation": "|"}),
    ("%%bash -e\nls | wc", {"Keyword": "bash", "Text": " -e\n", "Punctuation": "|"}),
    ("\n%%html\n<b>", {"Keyword": "html", "Name.Tag": "b"}),
    ("%%time\nx = y", {"Keyword": "time", "Name": "x"}),
    ("%%mine a\nfor x", {"Keyword": "mine", "Text": "for x"}),
    ("np.sum?", {"Text": "np.sum", "Operator": "?"}),
    ("y = 2\n??np.sum", {"Operator": "??", "Text": "np.sum"}),
]

NO_MAGICS = [
    *("a %b", "a % b", "a != b", "f'{x!r}'", "x %= 2", "'why?'", "# why?", "x == 'a?'"),
    "'''\n%cd\n!ls\n'''",
]


@pytest.mark.parametrize(("text", "tokens"), MAGICS)
def test_what_ipython_adds_has_colours(text, tokens):
    found = list(IPythonLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert "".join(part for _, part in found) == text
    for name, part in tokens.items():
        assert (name, part) in [(str(token)[6:], part) for token, part in found], found


@pytest.mark.parametrize("text", NO_MAGICS)
def test_what_is_python_has_pythons_colours(text):
    ours, pythons = (cls(stripnl=False, ensurenl=False) for cls in (IPythonLexer, PythonLexer))
    assert list(ours.get_tokens(text)) == list(pythons.get_tokens(text))


def letters(fragments):
    return [(style, letter) for style, text, *_ in fragments for letter in text]


def lexed(lexer: EditedLexer) -> Callable[[], int]:
    """Counts the lines that a lexer has lexed since the last call."""
    count = 0
    pieces = lexer._pieces

    def counted(number, state):
        nonlocal count
        for piece in pieces(number, state):
            count += len(piece.lines)
            yield piece

    lexer._pieces = counted  # type: ignore[method-assign]

    def since():
        nonlocal count
        was, count = count, 0
        return was

    return since


@pytest.mark.parametrize("lines", [150, 2000])
def test_a_key_lexes_its_own_line(lines):
    lexer = edited_lexer(type(get_lexer_by_name("python")))
    assert lexer is not None
    text = [f"def f{n}(x): return [x, '{n}']" for n in range(lines)]
    lexer.lex_document(Document("\n".join(text)))(0)
    while lexer.check(1) is None:
        pass
    count = lexed(lexer)
    for at in (0, lines // 2, lines - 1):
        count()
        text[at] += " "
        line = lexer.lex_document(Document("\n".join(text)))
        for number in range(max(0, at - 20), min(lines, at + 20)):
            line(number)
        assert count() <= 4


def test_a_string_that_is_opened_colours_what_follows():
    lexer = edited_lexer(type(get_lexer_by_name("python")))
    assert lexer is not None
    text = ["x = 1"] * 30
    assert "string" not in lexer.lex_document(Document("\n".join(text)))(20)[0][0]
    text[3] = "y = '''"
    assert "string" in lexer.lex_document(Document("\n".join(text)))(20)[0][0]
    text[10] = "'''"
    line = lexer.lex_document(Document("\n".join(text)))
    assert "string" in line(5)[0][0]
    assert "string" not in line(20)[0][0]


def test_colours_far_down_are_put_right_when_nobody_types():
    """A long paste that begins with a string: its end is guessed at first, as code."""
    text = "'''\n" + "for x in y\n" * 300

    async def script(prompt):
        await prompt.press("for")
        as_code = prompt.cell(len("In [1]: "), 0).fg
        assert as_code != "default"
        await prompt.press("\x15", paste(text + "for"))
        await until(prompt, lambda: as_code not in [prompt.cell(len("   ...: "), y).fg for y in (18, 19)])
        await prompt.press(TOP, "#")
        assert prompt.screen[0].endswith("#'''")

    at_prompt(script)


# --- drawing


def test_long_blocks_can_be_edited_anywhere():
    text = "\n".join(f"line{n}" for n in range(5000))

    async def script(prompt):
        await prompt.press(paste(text))
        assert prompt.screen[-1] == "   ...: line4999"
        await prompt.press(TOP, "x")
        assert prompt.screen[:2] == ["In [1]: xline0", "   ...: line1"]
        await prompt.press(BOTTOM, "y")
        assert prompt.screen[-1] == "   ...: line4999y"

    at_prompt(script)


def test_a_line_of_200000_characters():
    async def script(prompt):
        await prompt.press(paste("x = '" + "ab " * 66_666), "END")
        assert re.search(r"ab ab ab END$", "\n".join(prompt.screen).rstrip())
        await prompt.press(HOME)
        assert prompt.screen[0].startswith("In [1]: x = 'ab ab")

    at_prompt(script)


def test_what_is_left_out_of_a_long_line_is_said():
    async def script(prompt):
        await prompt.press(paste("a" * 50_000), HOME)
        whole = "".join(line[8:] for line in prompt.screen).rstrip()
        assert whole == "a" * 12_000 + " [38,000 characters]"
        await prompt.press("b", END)
        assert re.search(
            r"a \[36,000 characters\]|^\[\d+,000 characters\] a+$",
            "".join(line[8:] for line in prompt.screen).rstrip(),
        )

    at_prompt(script, columns=200, rows=100)


def test_twenty_columns():
    async def script(prompt):
        await prompt.press("x = [1,\r", "value = 2]")
        assert [line.rstrip() for line in prompt.screen[:4]] == [
            "In [1]: x = [1,",
            "   ...: value = 2]",
            "",
            "",
        ]
        await prompt.press(BACKSPACE * 2, "f(argument1)")
        assert [line.rstrip() for line in prompt.screen[:4]] == [
            "In [1]: x = [1,",
            "   ...: value = f(ar",
            "   ...: gument1)",
            "",
        ]

    at_prompt(script, columns=20)


def test_tabs_are_shown_as_blanks():
    async def script(prompt):
        await prompt.press(paste("if a:\n\tb"))
        assert prompt.screen[:2] == ["In [1]: if a:", "   ...:     b"]

    at_prompt(script)


@pytest.mark.parametrize("columns", [20, 33, 60])
def test_wrapped_lines_are_drawn_where_they_belong(columns):
    """The cursor stands behind the last letter, whatever wraps above it."""
    text = "\n".join(["short", "w" * 100, "漢字" * 20, "\ttab", "", "e" * columns, "end"])

    async def script(prompt):
        await prompt.press(paste(text))
        cursor = prompt.emulator.screen.cursor
        assert prompt.screen[cursor.y].rstrip() == "   ...: end"
        assert cursor.x == len("   ...: end")

    at_prompt(script, columns=columns, rows=40)
