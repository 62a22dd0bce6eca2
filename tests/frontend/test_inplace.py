"""Output that changes: how often it is drawn, on a clock of paper and an emulator's screen."""

from __future__ import annotations

from collections.abc import Callable

import pyte
import pytest

from zconsole.frontend.inplace import ANEW, FRAME, InPlace
from zconsole.frontend.look import Place

COLUMNS, ROWS = 30, 6


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waiting: list[tuple[float, Callable[[], None], Clock.Handle]] = []

    class Handle:
        cancelled = False

        def cancel(self) -> None:
            self.cancelled = True

    def later(self, seconds: float, call: Callable[[], None]) -> Handle:
        handle = Clock.Handle()
        self.waiting.append((self.now + seconds, call, handle))
        return handle

    def tick(self, seconds: float) -> None:
        self.now += seconds
        due = [each for each in self.waiting if each[0] <= self.now]
        self.waiting = [each for each in self.waiting if each[0] > self.now]
        for _, call, handle in due:
            if not handle.cancelled:
                call()


class Paper:
    """A small screen, and how often it was written to."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)
        self.clock = Clock()
        self.writes = 0
        self.above = False
        self.paper = InPlace(self.put, lambda: Place(COLUMNS, ROWS, self.above), self.clock.later)
        self.put("In [1]: cell\n")
        self.paper.begin()
        self.writes = 0

    def change(self, name: str, text: str) -> None:
        self.paper.change(name, lambda: text)

    def put(self, text: str) -> None:
        self.writes += 1
        self.stream.feed(text.replace("\n", "\r\n"))

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in "\n".join(self.screen.display).rstrip().split("\n")]


@pytest.fixture
def page() -> Paper:
    return Paper()


def test_a_thousand_changes_are_a_few_drawings(page: Paper) -> None:
    page.paper.write("0 %\n", "bar")
    for number in range(1000):
        page.change("bar", f"{number} %\n")
        page.clock.tick(0.001)
    page.change("bar", "100 %\n")
    page.paper.flush()
    assert page.lines == ["In [1]: cell", "100 %"]
    assert page.writes <= 1 + 1 / FRAME + 2


def test_two_displays_change_in_one_drawing(page: Paper) -> None:
    page.paper.write("a 0\n", "a")
    page.paper.write("b 0\n", "b")
    page.change("b", "b 1\n")
    page.change("a", "a 1\n")
    page.clock.tick(FRAME)
    assert page.lines == ["In [1]: cell", "a 1", "b 1"]
    assert page.writes == 3


def test_text_between_changes_stays_where_it_is(page: Paper) -> None:
    page.paper.write("loss 0\n", "loss")
    for epoch in range(3):
        page.change("loss", f"loss {epoch}\n")
        page.paper.write(f"epoch {epoch}\n")
    page.paper.flush()
    assert page.lines == ["In [1]: cell", "loss 2", "epoch 0", "epoch 1", "epoch 2"]


def test_an_animation_by_clearing(page: Paper) -> None:
    """clear_output(wait=True) and a print, a hundred times in 0.1 s."""
    for number in range(100):
        page.paper.clear()
        page.paper.write(f"frame {number}\n")
        page.clock.tick(0.001)
    page.paper.flush()
    assert page.lines == ["In [1]: cell", "frame 99"]
    assert page.writes <= 5


def test_a_clear_alone_is_done_soon(page: Paper) -> None:
    page.paper.write("one\ntwo\n")
    page.paper.clear()
    page.clock.tick(FRAME)
    assert page.lines == ["In [1]: cell"]
    page.paper.write("three\n")
    assert page.lines == ["In [1]: cell", "three"]


def test_what_has_scrolled_out_is_written_anew_now_and_then(page: Paper) -> None:
    page.paper.write("old\n", "a")
    page.paper.write("line\n" * 10)
    for number in range(40):
        page.change("a", f"new {number}\n")
        page.clock.tick(FRAME)
    # it was written anew once, and is on the screen since
    assert page.lines == ["line"] * 4 + ["new 39"]
    page.paper.begin()
    page.writes = 0
    for number in range(90):
        page.change("a", f"gone {number}\n")
        page.clock.tick(FRAME)
        page.paper.begin() if number % 10 == 0 else None
    page.paper.flush()
    assert page.lines[-1] == "gone 89"


def test_a_display_that_is_gone_for_good_is_rare(page: Paper) -> None:
    page.above = True
    for number in range(100):
        page.change("a", f"{number}")  # no whole line: it may be anywhere above a prompt
        page.clock.tick(ANEW / 10)
    assert page.writes <= 12


def test_begin_leaves_what_stands_above(page: Paper) -> None:
    page.paper.write("name?\n", "a")
    page.paper.begin()
    page.paper.clear()
    page.clock.tick(FRAME)
    assert page.lines == ["In [1]: cell", "name?"]
