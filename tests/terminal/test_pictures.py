"""Pictures in a real session: what the terminal is asked, and what it gets."""

from __future__ import annotations

import sys
from base64 import b64decode

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")

PICTURE = "\n".join(
    (
        "import base64, struct, zlib",
        "from IPython.display import Image, display, clear_output",
        "def picture(shade, side=160):",
        "    chunk = lambda name, data: (struct.pack('>I', len(data)) + name + data",
        "        + struct.pack('>I', zlib.crc32(name + data)))",
        "    rows = b''.join(b'\\0' + bytes((shade, y % 256, 0)) * side for y in range(side))",
        "    return Image(b'\\x89PNG\\r\\n\\x1a\\n'",
        "        + chunk(b'IHDR', struct.pack('>2I5B', side, side, 8, 2, 0, 0, 0))",
        "        + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))",
    )
)
"""`picture(shade)`: a PNG of 20 by 10 cells."""


def started(terminal, *options, **how):
    t = terminal(*ZCONSOLE, *options, **how)
    t.wait_prompt(1)
    t.paste(PICTURE)
    t.type("\x1b\r")
    t.wait_prompt(2)
    return t


def kitty_pictures(t):
    return [each for each in t.emulator.strings if each.startswith("\x1b_Ga=T")]


def test_kittys_pictures_where_the_terminal_says_that_it_has_them(terminal):
    t = started(terminal, graphics="kitty")
    t.run("display(picture(200)); print('below')")
    (sent,) = kitty_pictures(t)
    assert sent.startswith("\x1b_Ga=T,f=100,q=2,c=20,r=10,m=0;")
    assert b64decode(sent.partition(";")[2].removesuffix("\x1b\\")).startswith(b"\x89PNG")
    t.wait(r"\('below'\)\n{11}below\n\nIn \[3\]: $")


@pytest.mark.parametrize(
    ("how", "options", "begins"),
    [
        ({"graphics": "sixel"}, (), "\x1bP0;1;0q"),
        ({"graphics": "sixel"}, ("--graphics", "kitty"), "\x1b_Ga=T"),
        ({"env": {"TERM_PROGRAM": "iTerm.app"}}, (), "\x1b]1337;File="),
        ({}, ("--graphics=sixel",), "\x1bP0;1;0q"),
    ],
)
def test_other_ways(terminal, how, options, begins):
    pytest.importorskip("PIL")
    t = started(terminal, *options, **how)
    t.run("picture(200)")
    assert [each[: len(begins)] for each in t.emulator.strings if each.startswith(begins)]
    t.wait(r"Out\[2\]:\n{12}In \[3\]: $")


def test_the_way_is_changed_while_the_session_runs(terminal):
    pytest.importorskip("PIL")
    t = started(terminal, graphics="kitty")
    t.type("%config ZConsole.graphics = blocks\r")
    t.wait(r"blocks\n\nIn \[2\]: $")
    t.run("picture(200)")
    t.wait("▀{20}\n▀{20}\n")
    assert kitty_pictures(t) == []
    t.type("%config ZConsole.graphics = none\r")
    t.wait(r"none\n\nIn \[3\]: $")
    t.run("picture(200)")
    t.wait(r"Out\[3\]: \[PNG picture, 160x160, \d+ bytes\]")


def test_a_picture_above_the_line_that_is_being_typed(terminal):
    t = started(terminal, graphics="kitty")
    t.run("import threading; threading.Timer(0.3, lambda: display(picture(7))).start()")
    t.type("half a line")
    t.wait(r"start\(\)\n{12}In \[3\]: half a line$")
    assert len(kitty_pictures(t)) == 1


def test_a_picture_that_changes_takes_the_place_of_the_one_before(terminal):
    t = started(terminal, graphics="kitty")
    t.run("for shade in range(20): clear_output(wait=True); display(picture(shade)); print('frame', shade)")
    t.wait(r"frame', sha\n.*de\)\n{11}frame 19\n\nIn \[3\]: $")
    assert 0 < len(kitty_pictures(t)) <= 20
    t.run("a = display(picture(1), display_id=True); print('text'); a.update(picture(2))")
    t.wait(r"picture\(2\)\)\n{11}text\n\nIn \[4\]: $")
    assert "\x1b_Ga=d,d=C,q=2\x1b\\" in t.emulator.strings, "kitty keeps pictures whose place is erased"


def test_a_large_picture_leaves_room_for_the_prompt_also_after_a_resize(terminal):
    t = started(terminal, graphics="kitty")
    t.resize(80, 20)
    t.run("picture(1, 4000)")
    (sent,) = kitty_pictures(t)
    assert "c=32,r=16," in sent, "0.8 of the height"
