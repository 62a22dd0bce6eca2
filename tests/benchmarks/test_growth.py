"""How cost grows: what the benchmark makes of its figures, and the journal that it lengthens."""

from __future__ import annotations

from benchmarks.curves import PROCESSOR, picture, table
from benchmarks.growth import lengthen
from tests.journal.stories import Story, out
from zconsole.journal.cells import OUTPUTS
from zconsole.journal.reader import read_past
from zconsole.journal.store import FILE

FIGURES = {
    "whole, s": {1: [0.5, 0.1, 0.3], 10: [3.0], 100: [30.0]},
    "one, ms": {0: [7.0], 10: [4.0], 100: [8.0]},
    "one, ms" + PROCESSOR: {10: [2.0], 100: [2.0]},
}


def test_a_table_has_medians_and_the_power_at_the_end():
    assert table("cells", FIGURES).splitlines() == [
        "| cells | whole, s | one, ms |",
        "|---:|---:|---:|",
        "| 0 |  | 7 |",
        "| 1 | 0.3 |  |",
        "| 10 | 3 | 4 (2) |",
        "| 100 | 30 | 8 (2) |",
        "| grows as | n^1.00 | n^0.00 |",
    ]


def test_a_picture_has_a_line_for_each_row_of_figures():
    drawn = picture("cells & more", FIGURES)
    lines = drawn.axes[0].get_lines()
    assert [len(line.get_path()) for line in lines] == [3, 2]
    assert [line.get_label() for line in lines] == ["whole, s", "one, ms"]
    assert picture("nothing", {}).axes


def test_a_lengthened_journal_is_one_of_so_many_cells(tmp_path):
    story = Story()
    story.ran("print(1)", out("1\n"))
    folder = story.write(tmp_path / "s")
    lengthen(folder / FILE, 20)
    past = read_past(folder)
    assert [cell.count for cell in past.cells] == list(range(1, 22))
    assert all(cell.status == "ok" and cell.code == "print(1)" for cell in past.cells)
    assert all(output.msg_type in OUTPUTS for cell in past.cells for output in cell.outputs)
    assert len(past.cells[-1].outputs) == 1
