"""Output where nothing is drawn twice: what is said, when, and that the last state always is."""

from __future__ import annotations

import pytest

from tests.frontend.test_inplace import Clock
from zconsole.frontend.linear import PERIOD, ROWS, Lines
from zconsole.frontend.look import Look, Place
from zconsole.frontend.render import render
from zconsole.frontend.settings import Settings, for_terminal


class Reader:
    """Somebody to whom all that is written is read."""

    def __init__(self) -> None:
        self.heard = ""
        self.above = False
        self.clock = Clock()
        self.lines = Lines(self.hear, lambda: Place(80, 24, self.above), self.clock.later)

    def hear(self, text: str) -> None:
        self.heard += text

    def write(self, *texts: str) -> str:
        for text in texts:
            self.lines.write(text)
        return self.heard

    def end(self) -> str:
        self.lines.flush()
        return self.heard


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_what_only_goes_on_is_said_as_it_comes(reader: Reader) -> None:
    pieces = ["one\n", "\n", "t", "wo", "", "\nthree\nfo", "ur", "\n"]
    for number, piece in enumerate(pieces):
        assert reader.write(piece) == "".join(pieces[: number + 1])
    assert reader.end() == "".join(pieces)


def test_colours_are_not_said(reader: Reader) -> None:
    assert reader.write("\x1b[31mred\x1b[0m\n", "\x1b[1;32mgreen") == "red\ngreen"


def test_a_line_that_is_written_over_is_said_once_in_a_while(reader: Reader) -> None:
    reader.write("downloading\n")
    for percent in range(100):
        reader.write(f"\r{percent} %")
        reader.clock.tick(PERIOD / 25)
    reader.write("\r100 %", "\ndone\n")
    said = reader.end().split("\n")
    assert (said[0], said[1], said[-3:]) == ("downloading", "0 %", ["100 %", "done", ""])
    assert len(said) == 4 + 100 / 25 + 1


def test_the_last_state_is_said_though_nothing_comes_behind_it(reader: Reader) -> None:
    reader.write("\r1 of 3", "\r2 of 3")
    assert reader.write("\r3 of 3") == "1 of 3"
    reader.clock.tick(PERIOD)
    assert reader.heard == "1 of 3\n3 of 3"
    reader.clock.tick(PERIOD)
    reader.clock.tick(PERIOD)
    assert reader.end() == "1 of 3\n3 of 3"


def test_a_line_that_is_completed_is_said_whole(reader: Reader) -> None:
    assert reader.write("\rdots ", ".", ".", "\n") == "dots ..\n"
    assert reader.write("abc\b\bX") == "dots ..\naXc"
    assert reader.write("\n", "C\r\nD\r\n") == "dots ..\naXc\nC\nD\n"


def test_two_bars_one_above_the_other(reader: Reader) -> None:
    reader.write("\router 0", "\n", "\rinner 0", "\x1b[A")
    for step in range(1, 6):
        reader.write(f"\router {step}", "\n", f"\rinner {step}", "\x1b[A")
    reader.write("\n")
    assert reader.end() == "outer 0\ninner 0\nouter 5\ninner 5"


def test_bars_are_said_by_their_numbers(reader: Reader) -> None:
    reader.write("\r 10%|███▍      | 1/10", "\r100%|██████████| 10/10", "\n", "│ a table │\n")
    assert reader.end() == " 10%|| 1/10\n100%|| 10/10\n│ a table │\n"


def test_rows_that_are_erased_and_drawn_again(reader: Reader) -> None:
    for step in range(5):
        reader.write(f"a {step}\nb {step}", "\r\x1b[2K\x1b[1A\x1b[2K")
    reader.write("a 5\nb 5\n")
    assert reader.end() == "a 0\nb 0\na 5\nb 5\n"


def test_a_display_that_changes_is_said_in_lines_of_its_own(reader: Reader) -> None:
    reader.lines.write("loss 0\n", "loss")
    reader.write("unfinished")
    for epoch in range(1, 10):
        reader.lines.change("loss", lambda epoch=epoch: f"\x1b[1mloss {epoch}\x1b[0m\n")  # type: ignore[misc]
    assert reader.heard == "loss 0\nunfinished\nloss 1\n"
    reader.lines.change("same", lambda: None)
    reader.clock.tick(PERIOD)
    assert reader.heard == "loss 0\nunfinished\nloss 1\nloss 9\n"
    assert reader.end() == reader.heard


def test_an_animation_is_not_read_picture_by_picture(reader: Reader) -> None:
    reader.write("begins\n")
    for frame in range(100):
        reader.lines.clear()
        reader.write(f"frame {frame}\n", "of 100\n")
        reader.clock.tick(PERIOD / 10)
    said = reader.end()
    assert said.startswith("begins\nframe ")
    assert said.endswith("\nframe 99\nof 100\n")
    assert said.count("frame") == 10


def test_what_is_cleared_and_never_written_again(reader: Reader) -> None:
    reader.write("open")
    reader.lines.clear()
    assert reader.end() == "open"
    assert reader.write("on") == "openon", "who writes has ended the line, or goes on"


def test_the_next_cell_begins_anew(reader: Reader) -> None:
    reader.write("\rfirst", "\rfinal")
    reader.lines.begin()
    assert reader.heard == "first\nfinal"
    assert reader.write("\n\rnext") == "first\nfinal\nnext"


def test_above_a_prompt_a_line_ends_where_it_may(reader: Reader) -> None:
    reader.above = True
    assert reader.write("\r1", "\r2") == "12"  # the prompt ends them


def test_a_flood_is_written_as_it_is(reader: Reader) -> None:
    text = "".join(f"line {number}\n" for number in range(ROWS * 100)) + "x" * 50_000
    reader.write(text)
    assert reader.write("y", "\n", "\rend\n") == f"{text}y\nend\n"


HTML = "<table><tr><th>a<th>b<tr><td>1<td>2</table><hr><blockquote>said</blockquote>"


@pytest.mark.parametrize(
    ("mime", "source", "said"),
    [
        ("text/html", HTML, "a  b\n1  2\n\nsaid"),
        ("text/markdown", "# T\n\n|a|b|\n|-|-|\n|1|2|\n\n---\n\n$$\\frac{a}{b}$$", None),
        ("text/latex", r"$\frac{a}{b}+\sqrt{x}$", "a/b+√x"),
        ("text/plain", "┌─┐", "┌─┐"),
        ("image/png", "", None),
    ],
)
def test_no_boxes_are_drawn(mime: str, source: str, said: str | None) -> None:
    shown = render({mime: source}, {}, Look(colour=False, linear=True, graphics="none"))
    assert said is None or shown == said
    assert mime == "text/plain" or not any("\u2500" <= letter <= "\u28ff" for letter in shown)


def test_a_terminal_that_can_only_print_is_linear() -> None:
    assert for_terminal(Settings(), "xterm") == Settings()
    for settings, terminal in ((Settings(), "dumb"), (Settings(linear=True), "xterm-256color")):
        linear = for_terminal(settings, terminal)
        assert (linear.linear, linear.completion_style, linear.color_depth) == (True, "readline", "1")
