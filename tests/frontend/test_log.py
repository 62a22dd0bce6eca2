"""`zconsole log`: recorded sessions listed, filtered, told, exported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import nbformat
import pytest

from tests.journal import lines
from tests.journal.stories import FAILED, PNG, Story, out, shown
from zconsole.frontend.errors import UsageError
from zconsole.frontend.look import Look
from zconsole.frontend.past.log import LogError, Wanted, moment, read, reopened, told
from zconsole.journal.entries import encode_message

PLAIN = Look(80, colour=False)
AN_HOUR = 3600.0


@pytest.fixture
def sessions(tmp_path):
    """Two recorded sessions: `old` with a failure and a death, `new` with a picture."""
    now = time.time()
    old = Story(at=now - 3 * AN_HOUR, name="old", directory="/there")
    old.ran("print('alpha')", out("alpha\n"))
    old.ran("1/0", FAILED)
    old.ran("os.kill(0, 9)", ends=False)
    old.tell("death", code=None, signal=9, peak=None, log="")
    new = Story(at=now - AN_HOUR, name="new")
    new.ran("draw()", shown(image_png=PNG, text_plain="<Figure size 1x1>"))
    new.ran("6*7", ("execute_result", {"execution_count": 2, "data": {"text/plain": "42"}, "metadata": {}}))
    new.tell("end")
    folder = tmp_path / "zconsole" / "sessions"
    old.write(folder / "20260101-120000-old-aaaa")
    new.write(folder / "20260102-120000-new-bbbb")
    return folder


@pytest.fixture
def zconsole(sessions, tmp_path):
    def run(*argv):
        done = subprocess.run(
            [sys.executable, "-m", "zconsole.frontend", "log", *argv],
            env={**os.environ, "JUPYTER_DATA_DIR": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def test_the_newest_without_a_name(zconsole):
    text = zconsole().stdout
    assert "In [1]: draw()\n[PNG picture, " in text
    assert "In [2]: 6*7\nOut[2]: 42\n" in text
    assert "\x1b" not in text
    assert "by ada" not in text


def test_a_session_by_its_name_with_what_befell_it(zconsole):
    text = zconsole("old").stdout
    assert "In [1]: print('alpha')\nalpha\n" in text
    assert ", 2.00 s (failed)\nIn [2]: 1/0\nby zero\n" in text
    assert "(lost with the kernel)\nIn [3]: os.kill(0, 9)\n" in text
    assert text.endswith("*** Here the kernel ended (signal 9).\n")


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (["old", "--errors"], ["1/0", "os.kill(0, 9)"]),
        (["old", "--grep", "ALPHA"], ["print('alpha')"]),
        (["old", "--grep", "by zero"], ["1/0"]),
        (["new", "--grep", "42"], ["6*7"]),
        (["new", "--since", "2h"], ["draw()", "6*7"]),
        (["new", "--since", "10min"], []),
        (["old", "--errors", "--grep", "kill"], ["os.kill(0, 9)"]),
    ],
)
def test_filters(zconsole, options, codes):
    assert [each["code"] for each in json.loads(zconsole(*options, "--json").stdout)] == codes


def test_the_json_has_the_outputs(zconsole):
    drawn, result = json.loads(zconsole("--json").stdout)
    assert drawn["outputs"][0]["data"]["image/png"] == PNG
    assert (result["status"], result["execution_count"], result["session"]) == (
        "ok",
        2,
        "20260102-120000-new-bbbb",
    )


def test_nothing_fits(zconsole):
    assert zconsole("--errors").stdout == "No cell of 20260102-120000-new-bbbb fits.\n"


def test_the_list(zconsole):
    head, new, old = (line.split() for line in zconsole("--list").stdout.splitlines())
    assert head == ["ID", "NAME", "KERNEL", "BEGAN", "LAST", "STATE", "SIZE", "DIRECTORY"]
    assert (new[0], new[1], "ended" in new) == ("bbbb", "new", True)
    assert (old[0], old[1], old[-1], "broken" in old) == ("aaaa", "old", "/there", True)
    assert [each["state"] for each in json.loads(zconsole("--list", "--json").stdout)] == [
        "ended",
        "broken off",
    ]


def test_export(zconsole, tmp_path):
    book = tmp_path / "s.ipynb"
    done = zconsole("old", "--export", str(book))
    assert (done.returncode, done.stdout) == (0, f"Wrote {book} (3 cells).\n")
    nbformat.validate(nbformat.read(book, as_version=4))
    again = zconsole("new", "--export", str(book))
    assert (again.returncode, again.stderr) == (1, f"zconsole: {book} is there already; name another file.\n")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["nobody"], 1, "There is no recorded session nobody"),
        (["--since", "soon"], 2, "that is no time"),
        (["--export", "x.r"], 1, "one of these kinds: .ipynb, .md, .py."),
        (["--export", "/nowhere/x.md"], 1, "Cannot write /nowhere/x.md: No such file"),
        (["--errors", "--export", "x.md"], 2, "takes a whole session"),
        (["a", "b"], 2, "--help lists what there is"),
    ],
)
def test_mistakes(zconsole, options, code, words):
    done = zconsole(*options)
    assert done.returncode == code
    assert words in done.stderr


def test_a_newer_format_is_left_alone(zconsole, sessions):
    Story(version=99).write(sessions / "20260103-120000-x-cccc")
    done = zconsole("x")
    assert done.returncode == 1
    assert "recorded by a newer zconsole (format 99)" in done.stderr
    assert len(zconsole("--list").stdout.splitlines()) == 3


def test_text_is_made_safe_and_settled(tmp_path):
    story = Story()
    story.ran("bar()", out("10 %\r100 %\n\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x1b[A"))
    session = read(story.write(tmp_path / "x"))
    assert "100 %\n\x1b[31mred\x1b[0m\n" in told(session, Wanted(), Look(80, colour=True))
    assert "In [1]: bar()\n100 %\nred\n" in told(session, Wanted(), PLAIN)


def test_names_are_told_when_there_are_several(tmp_path):
    story = Story()
    story.ran("1")
    story.ran("2")
    session = read(story.write(tmp_path / "x"))
    assert ", by " not in told(session, Wanted(), PLAIN)
    session.past.cells[1].username = "bob"
    text = told(session, Wanted(), PLAIN)
    assert text.index(", by ada\nIn [1]") < text.index(", by bob\nIn [2]")


def test_reopened(tmp_path):
    story = Story()
    story.ran("print(1)", out("first\n"))
    story.ran("x = 1")
    story.count = 0
    story.ran("print(2)", out("second\n"))
    story.ran("y = 1")
    session = story.write(tmp_path / "x")
    assert reopened(session, 1, PLAIN) == "second\n"
    assert reopened(session, None, PLAIN) == "second\n"
    assert reopened(session, 2, PLAIN) == "In [2] has shown nothing.\n"
    with pytest.raises(LogError, match=r"no In \[9\]"):
        reopened(session, 9, PLAIN)


def test_a_reopened_cell_has_what_others_made_of_its_displays_and_nothing_else_of_theirs(tmp_path):
    story = Story()
    asked = story.ran("bar()", shown(display_id="d", text_plain="10 %"), shown(text_plain="below"))
    story.ran(f"print({asked.msg_id!r})", out(f'"update_display_data" {asked.msg_id}\n'))
    story.ran("bar.update()", shown("update_display_data", "d", text_plain="100 %"))
    session = story.write(tmp_path / "x")
    assert reopened(session, 1, PLAIN) == "100 %\nbelow\n"
    assert reopened(session, 3, PLAIN) == "In [3] has shown nothing.\n"
    assert reopened(session, None, PLAIN) == f'"update_display_data" {asked.msg_id}\n'


def test_a_cell_of_a_kernel_that_publishes_no_input_is_reopened(tmp_path):
    story = Story()
    asked = lines.request("1+1")
    story.tell("sent", header={"msg_id": asked.msg_id, "username": "ada"}, code="1+1")
    said = [lines.said(asked, "stream", name="stdout", text="2\n"), lines.idle(asked)]
    story.lines += [encode_message(9.0, "iopub", message) for message in said]
    session = story.write(tmp_path / "x")
    assert reopened(session, 1, PLAIN) == reopened(session, None, PLAIN) == "2\n"


NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", 90),
        ("10min", 600),
        ("1.5h", 5400),
        ("2 d", 172800),
        ("11:00", 3600),
        ("11:59:30", 30),
        ("13:00", 82800),
        ("2026-11-21T11:30+01:00", 1800),
    ],
)
def test_moments(text, ago):
    assert NOW.timestamp() - moment(text, NOW) == pytest.approx(ago)


def test_a_date_is_its_beginning_here():
    assert moment("2026-11-20", NOW) == datetime(2026, 11, 20).timestamp()


@pytest.mark.parametrize("text", ["", "x", "25:00", "10 apples", "99999999999d"])
def test_no_moments(text):
    with pytest.raises(UsageError):
        moment(text, NOW)
