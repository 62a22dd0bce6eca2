"""The benchmarks measure what they say: real rows against the floor, and faults that must be found."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import floor, frontends, kernels, page
from benchmarks.environment import ROOT, variables
from benchmarks.processes import Brood
from benchmarks.report import figure_text, parts, table
from benchmarks.rows import BEST, Measure, Place, Row
from benchmarks.runner import Family, Results, run
from benchmarks.screen import Screen
from benchmarks.terminal import Fault
from tests.terminal.screen import Emulator

CONSOLES = {each.name: each for each in frontends.CONSOLES}
KERNELS = {each.name: each for each in kernels.KERNELS}


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="zb-", ignore_cleanup_errors=True) as folder:
        yield Place(variables(Path(folder), os.environ), quick=True)


def said(line: str) -> None:
    print(line)


# --- rows


@pytest.mark.parametrize("row", ["start", "typed-ahead", "enter", "key", "tab", "interrupt", "exit"])
def test_a_row_of_front_ends(row: str, place: Place) -> None:
    family = Family("Front ends", frontends.MEASURES, frontends.CONSOLES).chosen({"zconsole", "floor"}, {row})
    figures(family, place)


@pytest.mark.parametrize(
    "row", ["kernel-info", "pass", "burst", "clients", "interrupt-loop", "payload", "small-print"]
)
def test_a_row_of_kernels(row: str, place: Place) -> None:
    family = Family("Kernels", kernels.MEASURES, kernels.KERNELS).chosen({"zconsole", "floor"}, {row})
    figures(family, place)


def figures(family: Family[Any], place: Place) -> None:
    results = Results()
    run(family, place, 0, results, said)
    assert not any(results.faults.values())
    for row in family.rows():
        for each in family.contenders:
            assert (results.median(row.name, each.name) or 0) > 0, (row, each)


def test_who_is_missing_is_named_and_the_rest_goes_on(place: Place, tmp_path: Path) -> None:
    absent = replace(CONSOLES["ipython"], argv=("/nowhere/ipython",))
    family = Family("Front ends", frontends.MEASURES, (absent, CONSOLES["floor"])).chosen(None, {"start"})
    results = Results()
    for turn in (-1, 0):
        run(family, place, turn, results, said)
    result = tmp_path / "page.md"
    result.write_text("Mine.\n<!-- bench front-ends -->\nold\n<!-- end -->\nMine too.\n")
    page.write(result, *parts([family], results, ["a machine"]))
    text = result.read_text()
    assert "| spawn → first prompt, ms | – † |" in text
    assert "ipython failed 2 times: `FileNotFoundError" in text
    assert results.median("start", "floor")
    assert text.startswith("Mine.\n<!-- bench front-ends -->\n")
    assert "old" not in text
    assert text.index("\n<!-- end -->\nMine too.\n") < text.index("- a machine")
    assert ElementTree.parse(tmp_path / "images/front-ends.svg").getroot().tag.endswith("svg")


# --- faults


def broken_floor(folder: Path, right: str, wrong: str) -> str:
    source = Path(floor.__file__).read_text()
    assert source.count(right) == 1
    (folder / "broken.py").write_text(source.replace(right, wrong))
    return str(folder / "broken.py")


LOST = 'text.replace("\\n77777\\n", "\\n")'
SWAPPED = 'text.replace("77777\\n77778\\n", "77778\\n77777\\n")'


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [(LOST, "199,999 of 200,000 lines"), (SWAPPED, "200,000 of 200,000 lines were shown, out")],
)
def test_a_lost_line_is_found_on_the_screen(wrong: str, fault: str, tmp_path: Path, place: Place) -> None:
    # the floor's kernel, all at once at the end of the cell: no message ends inside the line
    path = broken_floor(tmp_path, '"text": text}', f'"text": {wrong}}}')
    path = broken_floor_of(path, "> 0.005", "> 1000")
    console = replace(CONSOLES["floor"], argv=(sys.executable, path, "console"))
    with pytest.raises(Fault, match=fault):
        list(frontends.prints(console, place))


@pytest.mark.parametrize(
    ("wrong", "fault"), [(LOST, "1,288,884 of 1,288,890"), (SWAPPED, "in another order")]
)
@pytest.mark.parametrize("measure", [kernels.prints, kernels.clients])
def test_a_lost_line_is_found_on_the_wire(
    measure: Any, wrong: str, fault: str, tmp_path: Path, place: Place
) -> None:
    path = broken_floor(tmp_path, '"text": text}', f'"text": {wrong}}}')
    path = broken_floor_of(path, "> 0.005", "> 1000")
    kernel = replace(KERNELS["floor"], argv=(sys.executable, path, "kernel", "-f", "{connection_file}"))
    with pytest.raises(Fault, match=fault):
        list(measure(kernel, place))


def broken_floor_of(path: str, right: str, wrong: str) -> str:
    source = Path(path).read_text()
    assert source.count(right) == 1
    Path(path).write_text(source.replace(right, wrong))
    return path


def test_nothing_is_left_after_ctrl_c(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "benchmarks", "--here", "--rows", "pass,enter", "--only", "zconsole")
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, "--into", str(tmp_path / "page.md")],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as bench:
        assert bench.stderr is not None
        while "round 1: enter" not in bench.stderr.readline():
            assert bench.poll() is None
        while len(started_below(tmp_path)) < 2:  # the console and its kernel
            assert bench.poll() is None
        bench.send_signal(signal.SIGINT)
        assert bench.wait(30) == 130
    assert started_below(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def started_below(folder: Path) -> list[int]:
    """The processes that have this folder in their environment as part of HOME."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"HOME={folder}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def test_a_brood_has_the_children_of_its_children() -> None:
    brood = Brood()
    child = "subprocess.Popen([sys.executable, '-c', 'input()'], start_new_session=True)"
    code = f"import subprocess, sys; {child}; input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=brood.environment(os.environ), stdin=subprocess.PIPE
    ) as parent:
        while len(brood.members()) < 2:
            assert parent.poll() is None
        brood.end()
        assert parent.wait(5) == -signal.SIGKILL
    assert brood.members() == []


# --- the report


def test_the_table_says_ratio_aim_and_noise() -> None:
    results = filled({"zconsole": [1, 2, 30], "ipython": [4, 4, 60]})
    lines = list(table(family_of("zconsole", "ipython"), results))
    # ratios of the rounds: 0.25, 0.5, 0.5; half the spread: 14.5 of 2, 28 of 4
    assert lines[2] == "| spawn, ms | **2** | 4 | 0.5 of ipython | ≤ 0.4 ✗ by 25% | 725%, 700% |"


def test_an_aim_is_not_met_where_a_round_failed() -> None:
    results = filled({"zconsole": [1, 1], "ipython": [4, 4]})
    assert not results.faults["start", "zconsole"]  # looking makes no fault of it
    assert "≤ 0.4 ✓" in list(table(family_of("zconsole", "ipython"), results))[2]
    results.faults["start", "zconsole"].append("199,999 of 200,000 | lines")
    lines = list(table(family_of("zconsole", "ipython"), results))
    assert "| 1 † |" in lines[2]
    assert "✓" not in lines[2]
    assert lines[-1] == "- spawn: zconsole failed 1 times: `199,999 of 200,000 ¦ lines`"


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("start", "spawn", "MB", "ipython", limit=2), "0.5 of ipython | ≤ 2 MB ✓ |"),
        (Row("start", "spawn", "", "ipython", limit=1), "0.5 of ipython | ≤ 1 ✗ by 100% |"),
        (Row("start", "spawn", "ms", "ipython", limit=0), "0.5 of ipython | ≤ 0 ms ✗ |"),
        (Row("start", "spawn", "ms", BEST, 1.2), "0.67 of euporie | ≤ 1.2 ✓ |"),
        (Row("start", "spawn", "ms", "ptpython", 1.2), " |  | ≤ 1.2 |"),
    ],
)
def test_an_aim_is_a_share_of_one_peer_or_of_the_best_or_a_limit(row: Row, verdict: str) -> None:
    results = filled({"zconsole": [2, 2], "floor": [1, 1], "ipython": [4, 4], "euporie": [3, 3]})
    assert verdict in list(table(family_of("zconsole", "floor", "ipython", "euporie", row=row), results))[2]


def filled(figures: dict[str, Sequence[float]]) -> Results:
    results = Results()
    for name, rounds in figures.items():
        for turn, figure in enumerate(rounds):
            results.add("start", name, turn, [figure])
    return results


SPAWN = Row("start", "spawn", "ms", "ipython", 0.4)


def family_of(*names: str, row: Row = SPAWN) -> Family[Any]:
    return Family(
        "Front ends", (Measure("start", frontends.start, (row,)),), [CONSOLES[name] for name in names]
    )


@pytest.mark.parametrize(
    ("figure", "text"), [(0.12345, "0.123"), (12.345, "12.3"), (1234.5, "1,234"), (0.0, "0")]
)
def test_three_digits(figure: float, text: str) -> None:
    assert figure_text(figure) == text


# --- the screen


@pytest.mark.parametrize(
    "data",
    [
        "one\r\ntwo\x1b[1;2Hx\x1b[31mred\x1b[0m\x1b[K",
        "a" * 25 + "\r\n" + "b" * 20 + "\rc",
        "\r\n".join(map(str, range(9))) + "\x1b[2;4r\x1b[3;1H\x1b[L-\x1b[2M=\x1b[r\x1b[5;1Hend",
        "abcdef\x1b[3D\x1b[2@xy\x1b[2P\x1b[1X",
        "one\r\ntwo\r\nthree\x1b[2A\x1b[Jx\x1b[B\x1b[1Jy",
        "\x1b7abc\x1b8z\x1bM\x1bMtop",
        "\x1b]0;title\x07t\tab\x1bPignored\x1b\\!\x1b[2;3H\x1b[2K\x1b[Gx\x1b[4dy",
        "αβγ…\x1b[?25l▏>▕\x1b[38:2::1:2:3mz\x1b[>4;2m\b\bq",
    ],
)
def test_the_screen_shows_what_pyte_shows(data: str) -> None:
    ours, theirs = Screen(20, 6, lambda answer: None), Emulator(20, 6, lambda answer: None)
    theirs.feed(data.encode())
    for byte in data.encode():
        ours.feed(bytes([byte]))
    assert (
        ours.text().splitlines()
        == [line.rstrip() for line in theirs.screen.display][: ours.text().count("\n") + 1]
    )
    assert (min(ours.x, 19), ours.y) == (min(theirs.screen.cursor.x, 19), theirs.screen.cursor.y)


def test_the_screen_answers() -> None:
    answers: list[bytes] = []
    Screen(20, 6, answers.append).feed(b"ab\x1b[6n\x1b[c\x1b]11;?\x1b\\\x1b[>4m\x1b[?2004h\x1b[?2004$p")
    assert answers[0] == b"\x1b[1;3R"
    assert [answer[:4] for answer in answers[1:]] == [b"\x1b[?6", b"\x1b]11", b"\x1b[?2"]
