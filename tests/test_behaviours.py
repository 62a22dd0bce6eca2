"""docs/behaviours.md and the tests name each other: every row has a test, every number a row.

`python -m tests.test_behaviours` writes the last column of the table anew.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "behaviours.md"

NUMBERS = re.compile(r"\[(\d+(?:(?:, |-)\d+)*)\]")
ROW = re.compile(r"\| (\d+) \| ([^|]+) \| (.*?) ?\|$", re.MULTILINE)


def test_the_table_lists_the_tests_that_name_its_rows() -> None:
    listed = {int(number): column for number, _, column in rows()}
    named = rows_of_tests()
    assert {row: column for row, column in listed.items() if column != written(named.get(row, set()))} == {}
    assert set(named) <= set(listed), "numbers without a row"


def test_every_row_has_a_test() -> None:
    assert set(range(1, 97)) <= set(rows_of_tests())


def test_the_rows_are_numbered() -> None:
    assert [int(number) for number, _, _ in rows()] == list(range(1, 97))


def rows() -> list[tuple[str, str, str]]:
    """Number, behaviour and tests of each row."""
    return ROW.findall(TABLE.read_text())


def rows_of_tests() -> dict[int, set[str]]:
    """Row to the names of the tests whose docstrings begin with it: file::test, without what all have."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        for function in functions(path):
            match = NUMBERS.match(ast.get_docstring(function) or "")
            for number in spread(match[1]) if match else ():
                name = path.relative_to(TESTS).with_suffix("").as_posix().replace("test_", "")
                found[number].add(f"{name}::{function.name.removeprefix('test_')}")
    return dict(found)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def spread(numbers: str) -> Iterator[int]:
    """The numbers in "16, 17" or "71-74"."""
    for part in numbers.split(", "):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def written(tests: set[str]) -> str:
    """The last column."""
    return ", ".join(f"`{test}`" for test in sorted(tests))


def main() -> None:
    """Write the table."""
    named = rows_of_tests()
    text = TABLE.read_text()
    for number, behaviour, column in rows():
        line = f"| {number} | {behaviour} |"
        text = text.replace(f"{line} {column} |", f"{line} {written(named.get(int(number), set()))} |")
    TABLE.write_text(text)


if __name__ == "__main__":
    main()
