"""What is drawn anew, on a screen that is an emulator's: what stands there in the end is what was meant."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zconsole.frontend.canvas import MOST, Canvas, Cursor, Size, rows

COLUMNS, ROWS = 20, 8


class Screen:
    """A terminal of 20 by 8, below something that is not the cell's."""

    def __init__(self, rows: int = ROWS) -> None:
        self.screen = pyte.Screen(COLUMNS, rows)
        self.stream = pyte.Stream(self.screen)
        self.canvas = Canvas()
        self.put("not mine\n")

    @property
    def size(self) -> Size:
        return Size(COLUMNS, self.screen.lines)

    def put(self, text: str) -> None:
        self.stream.feed(text.replace("\n", "\r\n"))

    def write(self, text: str, name: str = "") -> None:
        self.canvas.write(text, name)
        self.put(text)

    def change(self, name: str, text: str) -> bool:
        new = self.canvas.change(name, text, self.size)
        self.put(new or "")
        return new is not None

    def clear(self) -> None:
        self.put(self.canvas.clear(self.size))

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in "\n".join(self.screen.display).rstrip().split("\n")]


def test_a_display_changes_where_it_is() -> None:
    screen = Screen()
    screen.write("loss 1\n", "a")
    screen.write("some text\n")
    screen.write("bar [..]\n", "b")
    assert screen.change("a", "loss 2\n")
    assert screen.change("b", "bar [#.]\n")
    assert screen.lines == ["not mine", "loss 2", "some text", "bar [#.]"]


def test_it_may_become_longer_and_shorter() -> None:
    screen = Screen()
    screen.write("one\n", "a")
    screen.write("behind\n")
    assert screen.change("a", "one\ntwo\n" + "long" * 6 + "\n")
    assert screen.lines == ["not mine", "one", "two", "longlonglonglonglong", "long", "behind"]
    assert screen.change("a", "short\n")
    assert screen.lines == ["not mine", "short", "behind"]


def test_an_unfinished_line_before_and_behind() -> None:
    screen = Screen()
    screen.write("abc ")
    screen.write("1", "a")
    screen.write(" def")
    assert screen.change("a", "22")
    assert screen.lines == ["not mine", "abc 22 def"]


def test_what_has_scrolled_out_is_not_touched() -> None:
    screen = Screen()
    screen.write("old\n", "a")
    screen.write("".join(f"line {number}\n" for number in range(20)))
    before = screen.lines
    assert not screen.change("a", "new\n")
    assert screen.lines == before
    assert not screen.change("unknown", "new\n")


def test_clearing_takes_the_cell_s_output_alone() -> None:
    screen = Screen()
    screen.write("one\ntwo\nthree")
    screen.clear()
    assert screen.lines == ["not mine"]
    screen.write("four\n")
    assert screen.lines == ["not mine", "four"]
    screen.clear()
    screen.clear()
    assert screen.lines == ["not mine"]


def test_clearing_more_than_a_screen_clears_the_screen() -> None:
    screen = Screen()
    screen.write("".join(f"line {number}\n" for number in range(20)))
    screen.clear()
    screen.write("new\n")
    assert screen.lines == ["new"]


def test_clearing_a_flood() -> None:
    screen = Screen()
    screen.write("x" * 5 + "\n")
    screen.canvas.write("y" * (MOST + 1))
    screen.put("\n".join(["y"] * 30))
    screen.clear()
    assert screen.lines == [""]


def test_many_small_writes_are_bounded() -> None:
    canvas = Canvas()
    for number in range(5000):
        canvas.write(f"line {number} of quite a lot of them\n")
        canvas.write("", "named") if number == 10 else None
    assert canvas._length == sum(len(piece.text) for piece in canvas._pieces) <= MOST
    assert canvas.change("named", "x", Size(80, 24)) is None


def test_two_bars_of_tqdm() -> None:
    """The second one goes down a line, draws itself and comes back."""
    screen = Screen()
    screen.write("status\n", "status")
    screen.write("\rbar a 10%")
    screen.write("\n\rbar b 10%\x1b[A")
    screen.write("\rbar a 20%")
    assert screen.change("status", "status 2\n")
    assert screen.lines == ["not mine", "status 2", "bar a 20%", "bar b 10%"]
    screen.write("\rbar a 30%")
    assert screen.lines == ["not mine", "status 2", "bar a 30%", "bar b 10%"]


# no combining and no wide letters: at the end of a line the emulator does with them what no terminal does
WRITTEN = st.lists(
    st.sampled_from(
        [
            *("a", "word ", "\n", "\r", "\t", "\b", "\u00e9", "x" * 19, "x" * 20, "x" * 21),
            *("\x1b[31m", "\x1b[0m", "\x1b[2C", "\x1b[3D", "\x1b[5G", "\x1b[K"),
        ]
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(WRITTEN, st.integers(0, 19))
def test_the_cursor_is_where_the_terminal_has_it(written: list[str], column: int) -> None:
    screen = pyte.Screen(COLUMNS, 60)
    stream = pyte.Stream(screen)
    text = "".join(written)
    stream.feed(" " * column + text.replace("\n", "\r\n"))
    cursor = Cursor(COLUMNS, column).feed(text)
    assert (cursor.row, cursor.column) == (screen.cursor.y, screen.cursor.x)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(WRITTEN, st.sampled_from(["", "a", "b"])), max_size=6), st.sampled_from("ab"), WRITTEN
)
def test_changing_is_as_if_it_had_been_written_so(
    pieces: list[tuple[list[str], str]], name: str, new: list[str]
) -> None:
    """What has a name is whole lines, as displays are."""
    screen, meant = Screen(80), Screen(80)
    for written, named in pieces:
        text = "".join(written) + "\n"
        screen.write(text, named)
        meant.put("".join(new) + "\n" if named == name else text)
    assert screen.change(name, "".join(new) + "\n") == any(named == name for _, named in pieces)
    assert screen.lines == meant.lines


@pytest.mark.parametrize(
    ("text", "down"),
    [("", 0), ("x" * 20, 0), ("x" * 21, 1), ("x" * 40, 1), ("x" * 20 + "\n", 1), ("日" * 10 + "日", 1)],
)
def test_rows(text: str, down: int) -> None:
    assert rows(text, 20) == down
