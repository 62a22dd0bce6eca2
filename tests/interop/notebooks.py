"""A notebook executed by nbclient, and its outputs in a form in which two kernels' can be compared."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import nbclient
import nbformat


def execute(kernel_name: str, cells: Sequence[str]) -> Any:
    """A new notebook of these cells, executed to its end whatever fails in it."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code, id=f"cell-{number}") for number, code in enumerate(cells)]
    )
    nbclient.NotebookClient(notebook, kernel_name=kernel_name, allow_errors=True, timeout=60).execute()
    return notebook


def comparable(value: Any) -> str:
    """JSON without what differs from run to run: ids, addresses, times, names of files."""
    text = json.dumps(value, indent=1, sort_keys=True)
    for pattern, replacement in _VARYING:
        text = re.sub(pattern, replacement, text)
    names: dict[str, str] = {}
    return _ID.sub(lambda found: names.setdefault(found[0], f"id {len(names)}"), text)


def outputs(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The outputs of a cell, neighbouring pieces of text joined."""
    found: list[Mapping[str, Any]] = []
    for name, group in itertools.groupby(cell["outputs"], lambda each: each.get("name")):
        if name is None:
            found += group
        else:
            text = "".join(each["text"] for each in group)
            found.append({"output_type": "stream", "name": name, "text": text})
    return found


def widget_models(notebook: Any) -> list[Any]:
    """The notebook's widgets as a front end saves them, without the boxes' styles and places."""
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    return [each for each in states.values() if not re.search("Style|Layout", each["model_name"])]


_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")

_VARYING = [
    (r"(\\\\x1b|\\u001b)\[[\d;]*m", ""),  # which part of a line of a traceback is marked
    (r"0x[0-9a-f]{6,}", "0x0"),
    # how a kernel calls the file of a cell
    (r"[\w./-]+/ipykernel_\d+/\d+\.py|<ipython-input-\d+-\w+>|\b\d{6,}\.py", "CELL"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+", "DATE"),  # in an SVG
    (r"[\d.]+(e\+\d+)? (ns|\\u03bcs|ms|s)\b", "TIME"),
]
