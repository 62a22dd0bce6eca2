"""The states of widgets, as a kernel tells of them over comms. Pure.

A widget is a model that lives in the kernel; `comm_open` says its state and `comm_msg` what changes of it
(ipywidgets, "Jupyter widgets messaging protocol", version 2). Only what a widget shows as text is kept
(`KEPT`), of as many models as `MODELS` and as many characters as `CHARACTERS`: the oldest make room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from zconsole.message import Content, Message

TARGET = "jupyter.widget"
"""The target of a comm that is a widget's."""

MODELS = 20_000
"""Models of which the state is kept: a bar of tqdm's takes eleven."""

CHARACTERS = 32 << 20
"""Characters of all states together."""

KEPT = frozenset(
    {"_model_name", "_options_labels", "children", "description", "display", "icon", "index", "layout"}
    | {"max", "min", "outputs", "titles", "value", "visibility"}
)
"""The parts of a state that are shown (`render.widgets`)."""


class Models(Mapping[str, Content]):
    """States of models by id."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, Any]] = {}
        self._sizes: dict[str, int] = {}
        self._size = 0

    def __getitem__(self, model: str) -> Content:
        """The state of a model."""
        return self._states[model]

    def __iter__(self) -> Iterator[str]:
        """The ids of the models."""
        return iter(self._states)

    def __len__(self) -> int:
        """How many models there are."""
        return len(self._states)

    def receive(self, message: Message) -> str:
        """Take a message of iopub; the model that it has changed, empty when there is none."""
        handler = _HANDLERS.get(message.msg_type)
        model, data = message.content.get("comm_id"), message.content.get("data")
        if handler is None or not isinstance(model, str):
            return ""
        return model if handler(self, model, message.content, data if isinstance(data, dict) else {}) else ""

    def _comm_open(self, model: str, content: Content, data: Content) -> bool:
        if content.get("target_name") != TARGET:
            return False
        self._drop(model)
        self._states[model] = {}
        self._change(model, data)
        return True

    def _comm_msg(self, model: str, content: Content, data: Content) -> bool:
        if model not in self._states or data.get("method") not in ("update", "echo_update"):
            return False
        return self._change(model, data)

    def _comm_close(self, model: str, content: Content, data: Content) -> bool:
        self._drop(model)
        return False  # what is seen of it stays

    def _change(self, model: str, data: Content) -> bool:
        new = data.get("state")
        state = self._states[model]
        changes = {name: new[name] for name in KEPT & new.keys()} if isinstance(new, dict) else {}
        changes = {name: value for name, value in changes.items() if state.get(name, ...) != value}
        if changes:
            state.update(changes)
            self._size -= self._sizes.pop(model, 0)
            self._sizes[model] = _size(state)
            self._size += self._sizes[model]
            while len(self._states) > MODELS or self._size > CHARACTERS:
                self._drop(next(iter(self._states)))
        return bool(changes)

    def _drop(self, model: str) -> None:
        self._states.pop(model, None)
        self._size -= self._sizes.pop(model, 0)


def _size(value: Any) -> int:
    """About how many characters a value has."""
    if isinstance(value, dict):
        return sum(map(_size, value)) + sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 8


_HANDLERS: Mapping[str, Callable[[Models, str, Content, Content], bool]] = {
    "comm_open": Models._comm_open,
    "comm_msg": Models._comm_msg,
    "comm_close": Models._comm_close,
}
