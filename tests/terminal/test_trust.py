"""What comes of a kernel cannot change the terminal: escape sequences through a whole session."""

from __future__ import annotations

import random
import sys

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner", "--no-journal")

SEQUENCES = [
    *("\x1b]0;owned\x07", "\x1b]2;owned\x1b\\", "\x1bkowned\x1b\\", "\x9d0;owned\x9c"),  # titles
    *("\x1b]52;c;b3duZWQ=\x07", "\x1b]52;c;?\x07"),  # the clipboard
    *(
        "\x1b[c",
        "\x1b[>c",
        "\x1b[>q",
        "\x1b[5n",
        "\x1b[6n",
        "\x1b[18t",
        "\x1b]11;?\x07",
        "\x1bP+q544e\x1b\\",
        "\x05",
    ),
    *(
        "\x1b[?1049h",
        "\x1b[?25l",
        "\x1b[?2004l",
        "\x1b[?1000h",
        "\x1b[?7l",
        "\x1b[?5h",
        "\x1b[4h",
        "\x1b[20h",
    ),
    *("\x1bc", "\x1b[!p", "\x1b[2J", "\x1b[3J", "\x1b[H", "\x1b[5;20r", "\x1b[?6h", "\x1b[8;5;20t", "\x1b#8"),
    *("\x1b(0", "\x0e", "\x1b%@", "\x1b=", "\x1bD", "\x1bM", "\x1b7\x1b[9;9H\x1b8", "\x1b[10;10H", "\x1b[9d"),
    *(
        "\x1b_Ga=T,f=24,s=1,v=1;AAAA\x1b\\",
        "\x1bPq#0~\x1b\\",
        "\x1b]1337;SetMark\x07",
        "\x1b]8;;http://x\x07",
    ),
    *("\x1b[31m", "\x1b[7;5m", "\x1b[48;2;1;2;3m", "\x1b]", "\x1bP", "\x1b[", "\x1b", "\x1b[99999999999m"),
]


def hostile(number: int) -> list[str]:
    """Outputs of sequences that are whole, cut off, joined, and among text."""
    dice = random.Random(7)
    made = []
    for _ in range(number):
        parts = [
            dice.choice(SEQUENCES)[: dice.choice((None, None, None, -1, 3))]
            for _ in range(dice.randint(1, 4))
        ]
        made.append("text".join(["", *parts, ""]))
    return made


@pytest.mark.parametrize("number", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_hostile_output_leaves_the_terminal_as_it_was(terminal, number):
    t = terminal(*ZCONSOLE)
    t.run("import random, sys")
    t.paste(f"outputs = {hostile(number // 10)!r}")
    t.type("\r")
    t.wait_prompt(3)
    before, said = set(t.emulator.screen.mode), len(t.emulator.strings)
    t.run("for i in range(10): [print(each, file=(sys.stdout, sys.stderr)[i % 2]) for each in outputs]")
    t.run("print(len(outputs), flush=True); outputs[-1]", timeout=60)
    assert t.emulator.title == ""
    assert {each[:6] for each in t.emulator.strings[said:]} <= {"\x1b]133;"}
    t.type("x = 'still here'\r")
    t.wait_prompt(6)
    assert set(t.emulator.screen.mode) == before
    assert t.emulator.screen.margins is None
    t.type("x\r")
    t.wait("'still here'\n\nIn .7.: $")
    row = t.screen_text.split("\n").index("Out[6]: 'still here'")
    assert t.emulator.screen.buffer[row][9].bg == "default"
    assert not t.emulator.screen.buffer[row][9].reverse


BAR = r"print('\x1b[32mone\x1b[A\x1b[Ktwo\r\x1b[8Cthree\x08\x07', flush=True)"


def test_what_others_write_moves_nothing(terminal):
    ours = terminal(*ZCONSOLE, "--name", "shared")
    ours.run("print('mine', end='', flush=True)")
    theirs = terminal(*ZCONSOLE, "--existing", "shared", "--as", "eve")
    theirs.wait(r"In \[2\]: $")
    raw = len(ours.raw)
    theirs.type(f"{BAR}\r")
    theirs.wait(r"In \[3\]: $")
    ours.wait("onetwo\nthree|three")
    seen = bytes(ours.raw[raw:]).decode()
    assert "\x1b[32monetwo\rthree" in seen
    assert "\x07" not in seen
    ours.run(BAR)
    assert "\x1b[32mone\x1b[A\x1b[Ktwo\r\x1b[8Cthree\x08\x07" in ours.raw.decode(), "one's own may"
