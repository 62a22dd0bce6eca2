"""The same plots on our kernel and on ipykernel: the same pictures, bit by bit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.notebooks import comparable, execute, outputs

pytestmark = pytest.mark.slow

CELLS = [
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
    "fig, ax = plt.subplots(); ax.plot([3, 1]); print('x'); display(fig); plt.close(fig); 5",
    "plt.figure(); plt.plot([1]); plt.show(); print('behind it')",
    "plt.figure(); plt.figure(); 1",
    "for n in range(2): plt.figure(); plt.plot([n])",
    "import matplotlib; matplotlib.rcParams['svg.hashsalt'] = 'x'",
    "%config InlineBackend.figure_formats = ['svg', 'png']",
    "plt.plot([1, 2], gid='line');",
    "%config InlineBackend.figure_format = 'retina'",
    "plt.plot([2, 1]);",
    "%config InlineBackend.close_figures = False",
    "fig, ax = plt.subplots(); ax.plot([5, 1]);",
    "ax.set_title('later');",
    "%matplotlib",
    "plt.close('all'); plt.get_backend()",
    "%matplotlib nosuch",
    "%pylab inline",
    "hist([1, 1, 2]);",
    "import ipywidgets as w\no = w.Output(); o",
    "with o:\n    plt.plot([1, 2]); plt.show()",
    "[sorted(each['data']) for each in o.outputs]",
    "%matplotlib agg",
    "plt.plot([1]); plt.get_backend()",
]


@pytest.fixture(scope="module")
def notebooks(environment: object) -> tuple[Any, Any]:
    """ipykernel's and ours."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("ipywidgets")
    return execute("python3", CELLS), execute("zconsole", CELLS)


@pytest.mark.parametrize("number", range(len(CELLS)), ids=lambda number: CELLS[number][:30])
def test_the_same_plots(notebooks: tuple[Any, Any], number: int) -> None:
    theirs, ours = (comparable(outputs(notebook.cells[number])) for notebook in notebooks)
    assert ours == theirs


def test_there_were_plots(notebooks: tuple[Any, Any]) -> None:
    pictures = [
        each for cell in notebooks[1].cells for each in cell.outputs if "image/png" in each.get("data", {})
    ]
    assert len(pictures) > 8
