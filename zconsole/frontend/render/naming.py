"""One line for a value that cannot be shown: what came, how much of it, and why not. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zconsole.frontend.render.flow import Span, cut, printable
from zconsole.frontend.render.source import Unshowable, text_of

FORMS = 5
"""Forms of a value that are named."""

COUNTED = 1_000_000
"""Bytes of JSON that are counted."""

LETTERS = 60
"""Characters of a MIME type, or of a reason; longer ones are no types."""


def summary(data: Mapping[str, Any], refusals: Mapping[str, str] | None = None) -> str:
    """One line for a value in all its forms but text/plain; that one when there is no other.

    `refusals` says by MIME type why a form was not shown.
    """
    others = [mime for mime in data if mime != "text/plain" or mime in (refusals or {})]
    if not others:
        return _plain(data.get("text/plain", ""))
    kinds = [_kind(mime, data[mime], (refusals or {}).get(mime, "")) for mime in others[:FORMS]]
    more = [f"{len(others) - FORMS} more"] if len(others) > FORMS else []
    return f"[{'; '.join([*kinds, *more])}]"


def _kind(mime: str, value: Any, refusal: str) -> str:
    mime = _line(mime)
    known = next((name for start, name in _KNOWN.items() if mime.startswith(start)), "")
    return f"{known}{mime}, {_size(value)}" + (f", not shown: {_line(refusal)}" if refusal else "")


def _line(text: str) -> str:
    return "".join(span.text for span in cut([Span(printable(text).replace("\n", " "))], LETTERS))


def _size(value: Any) -> str:
    length = 0
    try:
        for piece in [value] if isinstance(value, str | bytes) else json.JSONEncoder().iterencode(value):
            length += len(piece)
            if length > COUNTED and piece is not value:
                return f"more than {COUNTED // 1000} kB"
    except (TypeError, ValueError, RecursionError):
        return f"{type(value).__name__}"
    return f"{length} bytes" if length < 1000 else f"{length / 1000:.0f} kB"


def _plain(value: Any) -> str:
    try:
        return printable(text_of(value))
    except Unshowable as error:
        return f"[text/plain, not shown: {error}]"


_KNOWN = {
    "application/vnd.vegalite": "Vega-Lite chart: ",
    "application/vnd.vega": "Vega chart: ",
    "application/vnd.plotly": "Plotly figure: ",
    "application/vnd.bokehjs": "Bokeh document: ",
    "application/vnd.holoviews": "HoloViews document: ",
    "application/vnd.jupyter.widget-view": "widget: ",
    "application/javascript": "JavaScript: ",
}
"""What types are that do not say it themselves, by their beginnings."""
