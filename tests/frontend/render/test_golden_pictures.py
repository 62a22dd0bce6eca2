"""Plots in letters as they stand in golden/pictures, to be looked at; colours are in ‹ ›.

python -m tests.frontend.render.test_golden_pictures    writes them anew
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("PIL")

from tests.frontend.render.samples import HEAT, PLOT, base64
from zconsole.frontend.look import Look
from zconsole.frontend.render import render

GOLDEN = Path(__file__).parent / "golden" / "pictures"

CASES = {
    "plot-40": (PLOT, Look(40, colour=False)),
    "plot-100": (PLOT, Look(100, colour=False, rows=50)),
    "plot-40-colour": (PLOT, Look(40, depth=8)),
    "plot-100-colour": (PLOT, Look(100, depth=24, rows=50)),
    "plot-40-light": (PLOT, Look(40, depth=4, background="light")),
    "heat-40": (HEAT, Look(40, colour=False)),
    "heat-100": (HEAT, Look(100, colour=False, rows=50)),
    "heat-40-blocks": (HEAT, Look(40, colour=False, graphics="blocks")),
    "heat-40-colour": (HEAT, Look(40, depth=8)),
    "none-40": (PLOT, Look(40, graphics="none")),
}


def drawn(name: str) -> str:
    data, look = CASES[name]
    text = render({"image/png": base64(data)}, {}, look)
    return re.sub(r"\x1b\[([0-9;]*)m", r"‹\1›", text) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_it_looks_as_it_did(name):
    assert drawn(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def main() -> None:
    """Write the files anew."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in CASES:
        (GOLDEN / f"{name}.txt").write_text(drawn(name), encoding="utf-8")


if __name__ == "__main__":
    main()
