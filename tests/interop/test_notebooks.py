"""The same notebook on our kernel and on ipykernel: the same outputs, cell by cell.

What differs on purpose is in docs/messages.md and not here, nor are errors at the end of a cell of several
lines: ipykernel 7 marks and counts the wrong ones. Plots are in test_plots.

Slow, because nbclient now and then misses a reply behind a widget's messages and looks again after its limit,
60 s (of 15 runs each: 2 with ipykernel, 3 with ours).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.notebooks import comparable, execute, outputs, widget_models

pytestmark = pytest.mark.slow

CELLS = [
    # text, results, displays
    "print('a'); import sys; print('b', file=sys.stderr); 6 * 7",
    "_, __, Out[1], In[1]",
    "from IPython.display import *\nh = display('a', display_id='one'); h.update('b'); h.display()",
    "display(HTML('<i>x</i>'), metadata={'text/html': {'isolated': True}})",
    "print('gone'); clear_output(); print('stays')",
    "print('gone'); clear_output(wait=True); print('stays')",
    "Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(30), format='png', width=10)",
    "display({'text/plain': 'p', 'application/x.y+json': {'x': [1]}}, raw=True)",
    "display(JSON({'a': 1}), Math('x'), Markdown('# m'), IFrame('x', 10, 10), Audio([0.0, 0.5], rate=8000))",
    "await __import__('asyncio').sleep(0.01, 'slept')",
    # errors
    "1/0",
    "raise ValueError('two\\nlines')",
    "def f(:\n  pass",
    "def f(x):\n    raise KeyError(x)",
    "f('deep')",
    "raise RuntimeError('while') from ValueError('first')",
    "import warnings; warnings.warn('be warned')",
    "import sys; sys.exit(1)",
    "assert False, 'why'",
    "%xmode Minimal",
    "1/0",
    "%xmode Context",
    "import json; json.loads('{')",
    # magics
    "%nosuch",
    "%time 1 + 1",
    "%timeit -n1 -r1 1",
    "%%time\nprint('timed')",
    "%%capture c\nprint('captured'); display(3); 4",
    "c.stdout, c.outputs",
    "c()",
    "%%html\n<b>h</b>",
    "%%javascript\nalert(1)",
    "%%latex\n$x$",
    "%%markdown\n# x",
    "%%svg\n<svg></svg>",
    "!echo hi; echo oh >&2",
    "x = !echo hi\nx",
    "%%bash\necho b; echo c >&2",
    "%%sh\nexit 3",
    "%%script cat\ncopied",
    "%sx echo 1",
    "%env A=1",
    "%env A",
    "%precision 3",
    "3.14159",
    "%precision %r",
    "%who_ls",
    "%whos",
    "%history -n 1-2",
    "print?",
    "%pinfo len",
    "%psource f",
    "%%writefile xx.txt\nabc",
    "%cat xx.txt",
    "%load xx.txt",
    "%%writefile script.py\nran = __name__\nprint('from a script')",
    "%run script.py",
    "ran",
    "%recall 1",
    "%rerun 1",
    "%alias hello echo hello",
    "%hello you",
    "%cd -q /",
    "%pwd",
    "%gui asyncio",
    "%logstate",
    "%reset -f",
    "%who",
    # widgets
    "import ipywidgets as w\ns = w.IntSlider(value=3, description='n'); s",
    "s.observe(lambda change: print('changed', change['new']), 'value'); s.value = 7",
    "w.VBox([s, w.Button(description='b'), w.HTML('<b>x</b>')])",
    "@w.interact(x=3)\ndef f(x): print('f', x); return x * 2",
    "o = w.Output(); o",
    "with o:\n    print('in the widget'); display('shown there')",
    "o.outputs",
    "o.clear_output(); print('not in the widget')",
    "@o.capture(clear_output=True)\ndef g(n): print('g', n)\ng(1); g(2)\no.outputs",
    "with o: raise ValueError('told in the widget')",
    "[each.get('ename') for each in o.outputs]",
    "w.Image(value=b'\\x00\\xff', format='png')",
    "s.close()",
]


@pytest.fixture(scope="module")
def notebooks(environment: object, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """ipykernel's and ours."""
    pytest.importorskip("ipywidgets")
    done = []
    for name in ("python3", "zconsole"):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path_factory.mktemp(name))
            done.append(execute(name, CELLS))
    return done[0], done[1]


@pytest.mark.parametrize("number", range(len(CELLS)), ids=lambda number: CELLS[number][:30])
def test_the_same_outputs(notebooks: tuple[Any, Any], number: int) -> None:
    theirs, ours = (comparable(outputs(notebook.cells[number])) for notebook in notebooks)
    if CELLS[number].startswith(("!", "%")):
        theirs = theirs.replace(r"\r\n", r"\n")  # a command's terminal puts these in; ours has that off
    assert ours == theirs


def test_the_same_numbers(notebooks: tuple[Any, Any]) -> None:
    theirs, ours = ([cell.execution_count for cell in notebook.cells] for notebook in notebooks)
    assert ours == theirs


def test_the_same_widgets(notebooks: tuple[Any, Any]) -> None:
    theirs, ours = (comparable(widget_models(notebook)) for notebook in notebooks)
    assert "IntSliderModel" in ours
    assert ours == theirs
