"""Widgets of ipywidgets as text, from the state of their models: what they show now, not what one could do
with them. Pure.

A view names a model; models name others (`IPY_MODEL_` and an id). What is no usual widget says its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from zconsole.frontend.look import Look
from zconsole.frontend.plain import without_colour
from zconsole.frontend.render.bars import bar, fraction
from zconsole.frontend.render.flow import columns, printable
from zconsole.frontend.render.html import html
from zconsole.frontend.render.source import Unshowable
from zconsole.message import Content

VIEW = "application/vnd.jupyter.widget-view+json"
"""The MIME type of a view."""

DEPTH = 10
"""Boxes inside one another."""

WIDGETS = 200
"""Widgets of one view."""

LETTERS = 200
"""Characters of a value or a label."""

Models = Mapping[str, Content]
"""The states of models by id, as `comm_open` and the updates said them."""


def widget(view: Any, models: Models, look: Look) -> str:
    """The text of a view. `Unshowable` when its model is not known."""
    state = models.get(str(view.get("model_id"))) if isinstance(view, Mapping) else None
    if not isinstance(state, Mapping):
        raise Unshowable("the state of this widget is not known here")
    return "\n".join(_Drawing(models, look).lines(state, DEPTH))


class _Drawing:
    """Draws states of models, as many as WIDGETS."""

    def __init__(self, models: Models, look: Look) -> None:
        self._models = models
        self._look = look
        self._left = WIDGETS

    def lines(self, state: Content, depth: int) -> list[str]:
        """The lines of one widget."""
        self._left -= 1
        if self._left < 0 or self._hidden(state):
            return []
        if depth == 0:
            return ["…"]
        name = str(state.get("_model_name", "")).removesuffix("Model")
        if name in _BOXES:
            return _BOXES[name](self, state, depth)
        if name in ("HTML", "HTMLMath"):
            return self._html(state)
        if says := _SAYS.get(name):
            return [f"{_label(state)}{says(state)}"]
        return [f"[widget {_short(name) or 'without a name'}]"]

    def column(self, state: Content, depth: int) -> list[str]:
        """Children below one another."""
        return [line for child in self._children(state) for line in self.lines(child, depth - 1)]

    def row(self, state: Content, depth: int) -> list[str]:
        """Children beside one another, if each is a line and they fit."""
        parts = [self.lines(child, depth - 1) for child in self._children(state)]
        line = "  ".join(part[0] for part in parts if part)
        if all(len(part) <= 1 for part in parts) and columns(line) <= self._look.width:
            return [line] if line else []
        return [line for part in parts for line in part]

    def titled(self, state: Content, depth: int) -> list[str]:
        """Children below their titles."""
        titles = state.get("titles")
        titles = titles if isinstance(titles, list) else []
        lines: list[str] = []
        for number, child in enumerate(self._children(state)):
            title = _short(titles[number]) if number < len(titles) and titles[number] else str(number)
            lines += [f"{title}:", *(f"  {line}" for line in self.lines(child, depth - 1))]
        return lines

    def button(self, state: Content, depth: int) -> list[str]:
        """A button is what stands on it."""
        return [f"[{_short(state.get('description') or state.get('icon') or 'button')}]"]

    def output(self, state: Content, depth: int) -> list[str]:
        """What was printed into an Output widget."""
        outputs = state.get("outputs")
        texts = [_printed(each) for each in outputs] if isinstance(outputs, list) else []
        return "".join(texts).rstrip("\n").split("\n")[-WIDGETS:] if any(texts) else []

    def _html(self, state: Content) -> list[str]:
        try:
            text = html(state.get("value"), {}, self._look._replace(colour=False))
        except Unshowable:
            return []
        lines = without_colour(text).split("\n")
        return [_label(state) + lines[0].replace("\u00a0", " ").strip(" "), *lines[1:]]

    def _children(self, state: Content) -> Iterable[Content]:
        children = state.get("children")
        for child in children if isinstance(children, list) else ():
            model = self._model(child)
            if model is not None and self._left > 0:
                yield model

    def _model(self, reference: Any) -> Content | None:
        found = self._models.get(str(reference).removeprefix("IPY_MODEL_"))
        return found if isinstance(found, Mapping) else None

    def _hidden(self, state: Content) -> bool:
        layout = self._model(state.get("layout")) or {}
        return layout.get("display") == "none" or layout.get("visibility") == "hidden"


def _short(value: Any) -> str:
    text = printable(str(value)).replace("\n", " ")
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"


def _label(state: Content) -> str:
    description = state.get("description")
    return (
        f"{_short(description).removesuffix(':')}: " if description and isinstance(description, str) else ""
    )


def _printed(output: Any) -> str:
    if not isinstance(output, Mapping):
        return ""
    data = output.get("data")
    text = output.get("text") or (data.get("text/plain") if isinstance(data, Mapping) else None) or ""
    return printable("".join(map(str, text)) if isinstance(text, list) else str(text)) + "\n"


def _value(state: Content) -> str:
    return _short(state.get("value", ""))


def _progress(state: Content) -> str:
    return bar(state.get("value"), state.get("min", 0), state.get("max", 100))


def _slider(state: Content) -> str:
    value, low, high = state.get("value"), state.get("min", 0), state.get("max", 100)
    ends = value if isinstance(value, list) else [value]
    track = ["─"] * _TRACK
    for end in ends[:2]:
        place = fraction(end, low, high)
        if place is not None:
            track[round(place * (_TRACK - 1))] = "●"
    said = " to ".join(_number(end) for end in ends[:2])
    return f"{_number(low)} {''.join(track)} {_number(high)}  {said}"


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _short(value)


def _box_to_tick(state: Content) -> str:
    return "[x]" if state.get("value") else "[ ]"


def _choice(state: Content) -> str:
    labels = state.get("_options_labels")
    labels = labels if isinstance(labels, list) else []
    index = state.get("index")
    chosen: Sequence[Any] = index if isinstance(index, list) else [index]
    shown = [f"({_short(label)})" if at in chosen else _short(label) for at, label in enumerate(labels[:20])]
    return " ".join([*shown, *([f"… {len(labels) - 20} more"] if len(labels) > 20 else [])])


def _hidden_value(state: Content) -> str:
    return "•" * min(8, len(str(state.get("value", ""))))


_TRACK = 20

_BOXES: Mapping[str, Callable[[_Drawing, Content, int], list[str]]] = {
    **dict.fromkeys(("Box", "VBox", "GridBox", "Stack", "AppLayout", "TwoByTwoLayout"), _Drawing.column),
    **dict.fromkeys(("Tab", "Accordion"), _Drawing.titled),
    "HBox": _Drawing.row,
    "Button": _Drawing.button,
    "Output": _Drawing.output,
}

_SAYS: Mapping[str, Callable[[Content], str]] = {
    **dict.fromkeys(("IntProgress", "FloatProgress"), _progress),
    **dict.fromkeys(("IntSlider", "FloatSlider", "IntRangeSlider", "FloatRangeSlider"), _slider),
    **dict.fromkeys(("Label", "Text", "Textarea", "Combobox", "ColorPicker", "DatePicker", "Play"), _value),
    **dict.fromkeys(("IntText", "FloatText", "BoundedIntText", "BoundedFloatText", "FloatLogSlider"), _value),
    **dict.fromkeys(("Checkbox", "ToggleButton", "Valid"), _box_to_tick),
    **dict.fromkeys(("Dropdown", "Select", "RadioButtons", "ToggleButtons", "SelectMultiple"), _choice),
    **dict.fromkeys(("SelectionSlider", "SelectionRangeSlider"), _choice),
    "Password": _hidden_value,
}
"""What a widget shows, by the name of its model."""
