"""Lengths of time as one says them."""

import pytest

from zconsole.frontend.lengths import exactly, roughly


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "0.00 s"), (1.5, "1.50 s"), (9.994, "9.99 s"), (9.996, "10.0 s"), (59.94, "59.9 s"),
     (59.96, "1 min"), (61, "1 min 1 s"),
     (119.7, "2 min"), (3600, "1 h"), (3725, "1 h 2 min"), (90_000, "25 h")],
)  # fmt: skip
def test_what_is_over(seconds, text):
    assert exactly(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (61, "61 s"),
        (42 * 60, "42 min"),
        (3600, "1 h 0 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_what_goes_on(seconds, text):
    assert roughly(seconds) == text
