"""A session as a notebook, a script, Markdown: valid, runnable, and with all that was shown."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from tests.journal.stories import FAILED, PNG, Story, out, shown
from zconsole.journal.export import exporter, markdown, script, settled, suffixes
from zconsole.journal.notebook import notebook
from zconsole.kernel.control import kernel_info


def read(output):
    return output.content


def valid(story: Story) -> Any:
    book = nbformat.reads(notebook(story.past, read), as_version=4)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    return book


@pytest.fixture
def story() -> Story:
    return Story(language_info=kernel_info()["language_info"])


def test_a_notebook_has_all_that_was_shown(story):
    result = {"execution_count": 1, "data": {"text/plain": "42"}, "metadata": {}}
    story.ran("6*7", ("execute_result", result))
    story.ran("draw()", shown(image_png=PNG, text_plain="<Figure>"))
    story.ran("1/0", out("before", "stderr"), FAILED)
    story.ran("x = 1")
    book = valid(story)
    assert [cell.source for cell in book.cells] == ["6*7", "draw()", "1/0", "x = 1"]
    assert [cell.execution_count for cell in book.cells] == [1, 2, 3, 4]
    assert book.cells[0].outputs[0].data["text/plain"] == "42"
    assert book.cells[1].outputs[0].data["image/png"] == PNG
    assert [output.output_type for output in book.cells[2].outputs] == ["stream", "error"]
    assert book.cells[2].metadata.tags == ["raises-exception"]
    assert book.cells[0].metadata.execution["iopub.execute_input"].endswith("Z")
    assert book.metadata.kernelspec.name == "zconsole"
    assert book.metadata.language_info.file_extension == ".py"


def test_outputs_are_those_of_the_end(story):
    story.ran("p", out("a"), out("b"), out("e", "stderr"), out("c"))
    story.ran("d", shown(display_id="x", text_plain="0 %"))
    story.ran("u", shown("update_display_data", "x", text_plain="100 %"))
    story.ran("c", out("gone"), ("clear_output", {"wait": False}), out("stays"))
    story.ran("w", out("stays"), ("clear_output", {"wait": True}))
    story.ran("v", out("gone"), ("clear_output", {"wait": True}), out("new"))
    printed, displayed, updating, *cleared = (cell.outputs for cell in valid(story).cells)
    assert [(each.name, each.text) for each in printed] == [
        ("stdout", "ab"),
        ("stderr", "e"),
        ("stdout", "c"),
    ]
    assert displayed[0].data == {"text/plain": "100 %"}
    assert updating == []
    assert [[each.text for each in outputs] for outputs in cleared] == [["stays"], ["stays"], ["new"]]


def test_what_kernels_send_wrongly_is_put_right(story):
    bad = {
        "data": {"text/plain": 5, "application/json": {"a": 1}, "text/html": ["<b>", "x"]},
        "metadata": None,
    }
    story.ran("x", ("display_data", bad), ("error", {}), ("stream", {}), ("display_data", {}))
    outputs = valid(story).cells[0].outputs
    assert outputs[0].data == {"text/plain": "5", "application/json": {"a": 1}, "text/html": "<b>x"}


def test_what_happened_between_the_cells_is_told(story):
    story.ran("import os")
    story.ran("os.kill(0, 9)", ends=False)
    story.tell("death", code=None, signal=9, peak=None, log="")
    story.tell("life", pid=2, first=3)
    story.ran("1")
    story.tell("gap", since=0.0, missed=3)
    book = valid(story)
    assert [(cell.cell_type, cell.source) for cell in book.cells] == [
        ("code", "import os"),
        ("code", "os.kill(0, 9)"),
        ("markdown", "*Here the kernel ended (signal 9). What follows ran in a new kernel.*"),
        ("code", "1"),
        ("markdown", "*3 messages of the kernel may be missing here.*"),
    ]
    assert book.cells[1].metadata.zconsole.status == "lost"


@pytest.mark.parametrize("language", ["", "bash"])
def test_a_language_of_which_little_is_known(language):
    story = Story(language)
    story.ran("ls")
    assert valid(story).metadata.language_info.name == language
    assert suffixes(story.past) == [".ipynb", ".md"]


def test_an_empty_session(story):
    assert valid(story).cells == []
    assert script(story.past, read)
    assert markdown(story.past, read)


def test_the_notebook_runs(story, kernelspec):
    """In nbclient, in our kernel, to its end, with the same outcome."""
    story.ran("import math\nx = 6 * 7")
    story.ran("1/0", FAILED)
    story.ran("print(x)", out("42\n"))
    book = valid(story)
    nbclient.NotebookClient(book, timeout=60).execute()
    assert [output.output_type for output in book.cells[1].outputs] == ["error"]
    assert "".join(output.text for output in book.cells[2].outputs) == "42\n"
    nbformat.validate(book)


@pytest.fixture
def kernelspec(tmp_path: Path, monkeypatch):
    """Our kernel, as others find it."""
    folder = tmp_path / "kernels" / "zconsole"
    folder.mkdir(parents=True)
    from zconsole.launch import own_kernel_argv

    spec = {
        "argv": [*own_kernel_argv(), "-f", "{connection_file}"],
        "display_name": "z",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def test_a_script_runs(story, tmp_path):
    story.ran("import os\nx = 1")
    story.ran("1/0", FAILED)
    story.ran("%timeit x\nfiles = !ls\nx += 1\n!rm -r /\nx?")
    story.ran("await f()")
    story.ran("os._exit(1)", ends=False)
    story.tell("death", code=1, signal=None, peak=None, log="")
    path = tmp_path / "exp.py"
    path.write_text(script(story.past, read))
    assert runpy.run_path(str(path))["x"] == 2
    assert "# %% In [2] (failed)\n# 1/0" in path.read_text()
    assert "# %% In [5] (lost with the kernel)\n# os._exit(1)" in path.read_text()


def test_a_script_in_another_language():
    story = Story("javascript", language_info={"name": "javascript", "file_extension": ".js"})
    story.ran("let x = 1")
    assert exporter(story.past, ".js") is script
    assert exporter(story.past, ".py") is None
    assert script(story.past, read).endswith("// %% In [1]\nlet x = 1\n")


def test_markdown(story):
    story.ran("draw()", shown(image_png=PNG), shown(text_markdown="**b**", text_plain="b"))
    story.ran("print('```')", out("```\n"), out("10 %\r\x1b[32m100 %\x1b[0m\n"))
    story.ran("1/0", FAILED)
    text = markdown(story.past, read)
    assert f"![image/png](data:image/png;base64,{PNG})" in text
    assert "\n\n**b**\n\n" in text
    assert "````text\n```\n100 %\n````" in text
    assert "## In [3] (failed)\n\n```python\n1/0\n```\n\n```text\nby zero\n```" in text


def test_what_was_overwritten_is_gone():
    assert settled("a\r\nb\n") == "a\nb\n"
    assert settled("1\r2\r3") == "3"
    assert settled("1\r2\r") == "2"
    assert settled("\x1b]0;title\x07\x1b[1mx") == "x"
