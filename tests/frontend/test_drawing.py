"""What is left out of long texts, and that nothing else is: values, errors and sentences stand behind what
came before them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.frontend.test_inplace import Clock
from zconsole.frontend import drawing
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.execution import ClearOutput, Display, Error, Result, Text, Update
from zconsole.frontend.inplace import InPlace
from zconsole.frontend.look import Look, Place
from zconsole.frontend.plain import without_colour
from zconsole.frontend.together import Notice, TheirInput

HEAD, TAIL, AGAIN = 3, 2, 1
FOLDED = "… more follows; its end is shown when it has come …"


class Roll:
    """Paper without an end; of a cell `HEAD` lines are shown and the last `TAIL`."""

    def __init__(self) -> None:
        self.text = ""
        clock = Clock()
        self.paper = InPlace(self.write, lambda: Place(80, 24), clock.later)
        self.drawing = Drawing(self.paper, lambda: Look(width=80, colour=False), str, fold_lines=lambda: HEAD)
        self.drawing.begin()

    def write(self, text: str) -> None:
        self.text += text

    def print(self, *numbers: int) -> None:
        for number in numbers:
            self.drawing.draw(Text("stdout", f"{number}\n"))

    @property
    def lines(self) -> list[str]:
        return without_colour(self.text).splitlines()


@pytest.fixture
def roll(monkeypatch: pytest.MonkeyPatch) -> Roll:
    monkeypatch.setattr(drawing, "TAIL", TAIL)
    monkeypatch.setattr(drawing, "AGAIN", AGAIN)
    return Roll()


HELD = ["0", "1", "2", FOLDED, "… 5 lines … (%reopen shows all)", "8", "9"]
PLAIN = {"text/plain": "value"}


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (Error("KeyboardInterrupt", "", ["KeyboardInterrupt"]), "KeyboardInterrupt"),
        (Display(PLAIN, {}), "value"),
        (Update(PLAIN, {}), "value"),
        (Result(7, PLAIN, {}), "Out[7]: value"),
        (Notice("somebody has come"), "somebody has come"),
    ],
)
def test_what_is_no_text_stands_behind_the_end_of_what_is_folded(roll: Roll, event: Any, shown: str) -> None:
    roll.print(*range(10))
    roll.drawing.draw(event)
    assert roll.lines == [*HELD, shown]
    roll.drawing.ended()
    assert roll.lines == [*HELD, shown]


def test_a_sentence_and_what_others_run_too(roll: Roll) -> None:
    roll.print(*range(10))
    roll.drawing.say("The kernel has died.")
    roll.drawing.draw(TheirInput("ada", 3, "1 + 1"))
    assert roll.lines[:-2] == [*HELD, "The kernel has died."]
    assert "ada" in roll.lines[-1]


def test_an_end_that_was_hardly_held_back_needs_no_count(roll: Roll) -> None:
    roll.print(*range(5))
    roll.drawing.draw(Error("E", "", ["E"]))
    assert roll.lines == ["0", "1", "2", FOLDED, "3", "4", "E"]


def test_an_unfinished_line_is_ended_before_an_error(roll: Roll) -> None:
    roll.print(*range(10))
    roll.drawing.draw(Text("stdout", "unfinished"))
    roll.drawing.draw(Error("E", "", ["E"]))
    assert roll.lines[-3:] == ["9", "unfinished", "E"]


def test_a_cell_that_goes_on_is_folded_again(roll: Roll) -> None:
    roll.print(*range(10))
    roll.drawing.flush()  # Ctrl+C, or a question
    assert roll.lines == HELD
    roll.print(*range(10, 20))
    roll.drawing.draw(Error("E", "", ["E"]))
    assert roll.lines == [*HELD, "10", FOLDED, "… 7 lines … (%reopen shows all)", "18", "19", "E"]


def test_what_was_cleared_does_not_come_back(roll: Roll) -> None:
    for number in range(10):
        roll.drawing.draw(ClearOutput())
        roll.print(number)
    roll.drawing.ended()
    assert FOLDED not in roll.lines, "an animation is not long"
    roll.drawing.begin()
    roll.print(*range(10))
    roll.drawing.draw(ClearOutput())
    roll.drawing.draw(Display(PLAIN, {}))
    roll.drawing.ended()
    assert "9" not in without_colour(roll.text.rpartition("\x1b[J")[2]).splitlines()


def test_what_comes_behind_a_cell_is_no_part_of_it(roll: Roll) -> None:
    roll.print(0)
    roll.drawing.ended()
    roll.print(*range(1, 10))
    assert roll.lines == [*map(str, range(10))]
