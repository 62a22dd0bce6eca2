"""What a terminal answers among the keys: it is heard, wherever it comes, and no key is lost."""

import pytest

from tests.frontend.test_capability import FOOT, KITTY, XTERM
from zconsole.frontend.palette import ground
from zconsole.frontend.prompt.device.asking import PATIENCE, Replies, colour

LIGHT = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
DA1 = "\x1b[?62;22c"
PASTE = f"\x1b[200~1\r\r{LIGHT}\x1b[I2\x1b[201~"  # of what somebody has recorded


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def sift(*reads, asked=True, flush=False):
    """What is left of what is read in these pieces, and what was heard; `flush`: behind each nobody waits."""
    replies, heard = Replies(Clock()), []
    replies.heard = lambda kind, words: heard.append((kind, words))
    if asked:
        replies.expect()
    kept = []
    for each in reads:
        kept.append(replies.take(each))
        if flush:
            kept.append(replies.release())
    kept.append(replies.release())
    return "".join(kept), heard


ANSWERS = [
    (f"ab{LIGHT}c", "abc", [("background", "rgb:ffff/ffff/ffff")]),
    (f"a\x1b]11;rgba:0/0/0/f\x07{DA1}b", "ab", [("background", "rgba:0/0/0/f"), ("picture", DA1)]),
    (f"{DA1}x = 1\r", "x = 1\r", [("picture", DA1)]),
    *(
        (
            "x = 1\r".join(["", *replies, ""]),
            "x = 1\r" * (len(replies) + 1),
            [("picture", each) for each in replies],
        )
        for replies in (KITTY, XTERM, FOOT)
    ),
    ("i\x1b[O\x1b[Ij", "ij", [("focus", "O"), ("focus", "I")]),
    (PASTE + LIGHT, PASTE, [("background", "rgb:ffff/ffff/ffff")]),
]


@pytest.mark.parametrize(("read", "kept", "heard"), ANSWERS)
def test_answers_are_taken_out(read, kept, heard):
    assert sift(read) == (kept, heard)


@pytest.mark.parametrize(("read", "kept", "heard"), ANSWERS)
def test_answers_that_come_in_two_pieces(read, kept, heard):
    for cut in range(len(read)):
        assert sift(read[:cut], read[cut:]) == (kept, heard)


@pytest.mark.parametrize(("read", "kept", "heard"), ANSWERS)
def test_answers_that_come_letter_by_letter(read, kept, heard):
    assert sift(*read) == (kept, heard)


def test_an_answer_that_stops_in_the_middle_for_longer_than_a_key_may():
    """The editor waits 0.5 s for the rest of a key, in vi mode 20 ms; the network may take longer."""
    assert sift("a\x1b]11;rgb:ff", "ff/ffff/ffff\x1b", "\\b", flush=True)[0] == "ab"
    assert sift("a\x1b[?6", "2c", "b", flush=True)[0] == "ab"
    for reply in KITTY + XTERM:
        for cut in range(4, len(reply)):
            assert sift(f"a{reply[:cut]}", reply[cut:], "b", flush=True) == ("ab", [("picture", reply)])


KEYS = [
    "\x1b[A\x1b[B\x1bOP\x1b[15~\x1b[20~\x1b[1;5C",  # arrows, F1, F5, F9, Ctrl+Right
    "\x1bb\x1b]x\x1b[z\x1b[12;34R",  # Meta-b, Meta-], Meta-[, a report of the cursor
    "\x1b\x1b\x1b[200~a\x1bb\x1b[201~",
    "]11;rgb:ffff\x07 ??c",
    "\x1b]12;x\x07",
    "\x1b[6~\x1b[6;5~\x1b_\x1bP\x1b_GP\x1bP>a",  # Page Down, with Ctrl, Meta-_, Meta-P
]


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("asked", [False, True])
def test_keys_are_left_alone(keys, asked):
    assert sift(keys, asked=asked) == (keys, [])
    assert sift(*keys, asked=asked) == (keys, [])


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("key", ["\x1b", "\x1b[", "\x1b]", "\x1b_", "\x1bP", "\x1b[6"])
def test_a_key_that_begins_like_an_answer_is_handed_on_when_nothing_follows(key, asked):
    replies = Replies(Clock())
    if asked:
        replies.expect()
    assert replies.take(key) == ""
    assert replies.release() == key
    assert replies.take("x") == "x"


def test_nothing_is_held_back_for_ever():
    """A terminal that does not answer: what looks like its answer later on was typed."""
    clock = Clock()
    replies = Replies(clock)
    replies.expect()
    assert (replies.take("\x1b]11;rgb:"), replies.release()) == ("", "")
    clock.now = PATIENCE + 1
    assert replies.release() == "\x1b]11;rgb:"
    assert replies.age is None
    assert replies.take("\x1b]11;" + "x" * 100).endswith("x" * 100)


def test_the_last_answer_ends_the_waiting():
    replies = Replies(Clock())
    replies.expect()
    assert replies.age == 0
    replies.take(DA1)
    assert replies.age is None
    heard = []
    replies.heard = lambda kind, words: heard.append(words)
    assert (replies.take(f"late{LIGHT}"), heard) == ("late", ["rgb:ffff/ffff/ffff"])


@pytest.mark.parametrize(
    ("words", "told", "palette"),
    [
        ("rgb:0000/0000/0000", (0, 0, 0), "dark"),
        ("rgb:ffff/ffff/ffff", (255, 255, 255), "light"),
        ("rgb:f/f/f", (255, 255, 255), "light"),
        ("rgba:ff/ff/ff/00", (255, 255, 255), "light"),
        ("rgb:1c1c/1c1c/1c1c", (28, 28, 28), "dark"),
        ("rgb:fdf6/f6f6/e3e3", (253, 246, 227), "light"),  # Solarized light
        ("rgb:0000/2b2b/3636", (0, 43, 54), "dark"),  # Solarized dark
        ("#ffffff", (255, 255, 255), "light"),
        ("?", None, "dark"),
        ("rgb:zz/0/0", None, "dark"),
        ("rgb:1/2", None, "dark"),
        ("", None, "dark"),
    ],
)
def test_the_colour_of_the_ground(words, told, palette):
    assert (colour(words), ground(colour(words))) == (told, palette)
