"""A session as a notebook (nbformat 4.5), by hand: no nbformat is needed to write one. Pure.

Outputs are what a notebook would show at the end: pieces of text are joined, what was cleared is gone, a
display that was updated has its newest form.

Specification: nbformat, "The Jupyter Notebook Format", 4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from zconsole.journal.cells import Cell, Output, Past

Read = Callable[[Output], Mapping[str, Any]]
"""Gives the content of an output, wherever it is."""

Shown = dict[str, Any]
"""An output in the form of nbformat."""


def notebook(past: Past, read: Read) -> str:
    """The text of a notebook with all cells of a session."""
    shown = outputs(past, read)
    told = interludes(past)
    cells: list[Mapping[str, Any]] = []
    for number, cell in enumerate(past.cells):
        if number in told:
            cells.append(_markdown(f"interlude-{number}", f"*{told[number]}*"))
        cells.append(_code(f"cell-{number}", cell, shown[number]))
    if len(past.cells) in told:
        cells.append(_markdown("the-end", f"*{told[len(past.cells)]}*"))
    whole = {"cells": cells, "metadata": _about(past), "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def outputs(past: Past, read: Read) -> Sequence[Sequence[Shown]]:
    """What each cell of a session shows at the end, in the form of nbformat."""
    displays: dict[str, list[Shown]] = {}
    return [_outputs(cell, read, displays) for cell in past.cells]


def interludes(past: Past) -> Mapping[int, str]:
    """What happened to the kernel and the record between the cells: sentences, by the number of the cell in
    front of which they belong, or behind the last one."""
    events: dict[int, list[str]] = {}
    for at, sentence in sorted(_events(past)):
        place = sum(cell.started < at for cell in past.cells)
        events.setdefault(place, []).append(sentence)
    return {place: " ".join(sentences) for place, sentences in events.items()}


def _events(past: Past) -> Iterator[tuple[float, str]]:
    for death in past.deaths:
        signal, code = death.fields.get("signal"), death.fields.get("code")
        how = (
            f" (signal {signal})"
            if signal is not None
            else f" (exit code {code})"
            if code is not None
            else ""
        )
        yield death.at, f"Here the kernel ended{how}."
    for life in past.lives[1:]:
        yield life.at, "What follows ran in a new kernel."
    for gap in past.gaps:
        missed = gap.fields.get("missed")
        what = "Something" if missed is None else f"{missed} messages of the kernel"
        yield gap.at, f"{what} may be missing here."


def when(at: float) -> str:
    """A moment in ISO 8601."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _code(name: str, cell: Cell, shown: Sequence[Shown]) -> Mapping[str, Any]:
    times = {"iopub.execute_input": when(cell.started)}
    if cell.ended is not None:
        times["shell.execute_reply"] = when(cell.ended)
    metadata: dict[str, Any] = {"execution": times, "zconsole": {"status": cell.status}}
    if cell.cut:
        metadata["zconsole"]["cut"] = True
    if cell.status == "error" or cell.asked:
        metadata["tags"] = ["raises-exception"]  # whoever runs it all goes on behind it, as the session did
    return {
        "cell_type": "code",
        "execution_count": cell.count or None,
        "id": name,
        "metadata": metadata,
        "outputs": shown,
        "source": cell.code,
    }


def _markdown(name: str, text: str) -> Mapping[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _about(past: Past) -> Mapping[str, Any]:
    about = past.about
    language = str(about.get("language") or "")
    told = about.get("language_info")
    info = dict(told) if isinstance(told, dict) and isinstance(told.get("name"), str) else {"name": language}
    kernel = str(about.get("kernel") or "")
    started = {"started": when(past.cells[0].started)} if past.cells else {}
    return {
        "kernelspec": {"name": kernel, "display_name": kernel, "language": language or info["name"]},
        "language_info": info,
        "zconsole": {"session": str(about.get("name") or ""), **started},
    }


def _outputs(cell: Cell, read: Read, displays: dict[str, list[Shown]]) -> Sequence[Shown]:
    kept: list[Shown] = []
    pieces: list[str] = []
    clear = False
    for output in cell.outputs:
        content = read(output)
        if output.msg_type == "clear_output":
            clear = bool(content.get("wait"))
            if not clear:
                kept, pieces = [], []
        elif output.msg_type == "update_display_data":
            for display in displays.get(_display_id(content), ()):
                display.update(_bundle(content))
        elif make := _MAKE.get(output.msg_type):
            if clear:
                kept, pieces, clear = [], [], False
            shown = make(content)
            if shown["output_type"] == "stream" and kept and kept[-1].get("name") == shown["name"]:
                pieces.append(shown["text"])
                continue
            _finish(kept, pieces)
            kept.append(shown)
            pieces = [shown["text"]] if shown["output_type"] == "stream" else []
            if display_id := _display_id(content):
                displays.setdefault(display_id, []).append(shown)
    _finish(kept, pieces)
    return kept


def _finish(kept: list[Shown], pieces: Iterable[str]) -> None:
    # joined once: one by one a flood would be copied again with every piece
    if kept and kept[-1]["output_type"] == "stream":
        kept[-1]["text"] = "".join(pieces)


def _display_id(content: Mapping[str, Any]) -> str:
    transient = content.get("transient")
    return str(transient.get("display_id") or "") if isinstance(transient, dict) else ""


def _stream(content: Mapping[str, Any]) -> Shown:
    return {
        "output_type": "stream",
        "name": str(content.get("name", "stdout")),
        "text": str(content.get("text", "")),
    }


def _display(content: Mapping[str, Any]) -> Shown:
    return {"output_type": "display_data", **_bundle(content)}


def _result(content: Mapping[str, Any]) -> Shown:
    count = content.get("execution_count")
    return {
        "output_type": "execute_result",
        "execution_count": count if isinstance(count, int) else None,
        **_bundle(content),
    }


def _error(content: Mapping[str, Any]) -> Shown:
    traceback = content.get("traceback")
    return {
        "output_type": "error",
        "ename": str(content.get("ename", "")),
        "evalue": str(content.get("evalue", "")),
        "traceback": [str(line) for line in traceback] if isinstance(traceback, list) else [],
    }


def _bundle(content: Mapping[str, Any]) -> Shown:
    data, metadata = content.get("data"), content.get("metadata")
    return {
        "data": {mime: _value(mime, value) for mime, value in data.items()} if isinstance(data, dict) else {},
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def _value(mime: str, value: Any) -> Any:
    if _JSON.fullmatch(mime) or isinstance(value, str):
        return value
    lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return value if lines else json.dumps(value)


_JSON = re.compile(r"application/(?:.*\+)?json")

_MAKE: Mapping[str, Callable[[Mapping[str, Any]], Shown]] = {
    "stream": _stream,
    "display_data": _display,
    "execute_result": _result,
    "error": _error,
}
