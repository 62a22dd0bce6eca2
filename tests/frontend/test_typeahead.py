"""What is typed while no prompt is up, as keys: what can be taken back, what is shown, what becomes text."""

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding import KeyPress

from zconsole.frontend.prompt.typeahead import as_text, edited, rows_below, shown

UP, LEFT, BACKSPACE, CTRL_U = "\x1b[A", "\x1b[D", "\x7f", "\x15"


def keys(typed):
    with create_pipe_input() as pipe:
        pipe.send_text(typed)
        return pipe.read_keys()


def waiting(*typed):
    """What waits, when this has been typed, a read each."""
    result: list[KeyPress] = []
    for each in typed:
        result = edited(result, keys(each))
    return result


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("a = 1", "queued: a = 1"),
        ("a = 1\rb", "queued: a = 1 ↵ b"),
        ("ab" + BACKSPACE, "queued: a"),
        ("ab\r" + BACKSPACE, "queued: ab"),
        ("ab\r" + BACKSPACE + BACKSPACE + "c\r", "queued: ac ↵ "),
        (BACKSPACE + "a", "queued: a"),
        ("one\rtwo" + CTRL_U, "queued: one ↵ "),
        ("one\rtwo\r" + CTRL_U, "queued: one ↵ "),
        ("one\rtwo\r" + CTRL_U + CTRL_U, "queued: "),
        (UP + "\r", "queued: ↑ ↵ "),
        ("ab" + LEFT + BACKSPACE, "queued: ab←⌫"),
        ("ab" + LEFT + CTRL_U, "queued: ab←^U"),
        ("\x1b[200~for i in x:\r    pass\x1b[201~\r", "queued: for i in x: ↵     pass ↵ "),
        ("pl\t\x04", "queued: pl⇥^D"),
        ("漢字", "queued: 漢字"),
    ],
)
def test_what_waits_is_shown(typed, line):
    assert shown(waiting(typed), 80) == line
    assert shown(waiting(*typed) if "\x1b" not in typed else waiting(typed), 80) == line


@pytest.mark.parametrize("letter", ["x", "漢"])
def test_of_a_long_text_the_end_is_shown(letter):
    assert shown(waiting(letter * 30 + "end"), 20) == "…" + letter * (15 if letter == "x" else 7) + "end"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("a = 1\rb = 2\r", "a = 1\nb = 2"),
        ("a\n\x1b[200~x\r\ny\x1b[201~\r\r", "a\nx\ny"),
        ("\rab" + LEFT + BACKSPACE + "c" + UP, "\nac"),
        ("", ""),
    ],
)
def test_what_an_error_has_stopped_is_a_text(typed, text):
    assert as_text(keys(typed)) == text


@pytest.mark.parametrize(
    ("text", "before", "below"),
    [
        ("plain\ntext\n", 0, 0),
        ("\x1b[32mouter\x1b[0m\ninner\x1b[A\r", 0, 1),
        ("outer\n", 1, 0),
        ("\x1b[3A\r1\n2\n", 0, 1),
        ("\x1b[2F\x1b[1E", 0, 1),
        ("\x1b[5A\x1b[Jdrawn anew\n", 0, 0),
        ("\x1b[2J", 3, 3),
        ("\x1b[1B", 0, 0),
    ],
)
def test_how_many_rows_of_the_output_are_below_the_cursor(text, before, below):
    assert rows_below(text, before) == below
