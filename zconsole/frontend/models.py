"""The states of widgets, as a kernel tells of them over comms. Pure.

A widget is a model that lives in the kernel; `comm_open` says its state and `comm_msg` what changes of it
(ipywidgets, "Jupyter widgets messaging protocol", version 2). Only what a widget shows as text is kept
(`KEPT`), of as many models as `MODELS` and as many characters as `CHARACTERS`: the oldest make room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from zconsole.message import Content, Message

TARGET = "jupyter.widget"
"""The target of a comm that is a widget's."""

CONTROL = "jupyter.widget.control"
"""The target of a comm over which all states can be asked for."""

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

    def receive(self, message: Message) -> Sequence[str]:
        """Take a message of iopub; the models that it has changed."""
        handler = _HANDLERS.get(message.msg_type)
        model, data = message.content.get("comm_id"), message.content.get("data")
        if handler is None or not isinstance(model, str):
            return ()
        return handler(self, model, message.content, data if isinstance(data, dict) else {})

    def _comm_open(self, model: str, content: Content, data: Content) -> Sequence[str]:
        if content.get("target_name") != TARGET:
            return ()
        self._drop(model)
        self._change(model, data)
        return [model]

    def _comm_msg(self, model: str, content: Content, data: Content) -> Sequence[str]:
        method, states = data.get("method"), data.get("states")
        if method == "update_states" and isinstance(states, dict):
            return [each for each, told in states.items() if self._change(each, told)]
        if model not in self._states or method not in ("update", "echo_update"):
            return ()
        return [model] if self._change(model, data) else ()

    def _comm_close(self, model: str, content: Content, data: Content) -> Sequence[str]:
        self._drop(model)
        return ()  # what is seen of it stays

    def _change(self, model: str, told: object) -> bool:
        new = told.get("state") if isinstance(told, dict) else None
        state = self._states.setdefault(model, {})
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


def inquiry(comm: str) -> Iterator[tuple[str, Content, Content]]:
    """The messages (type, content, metadata) that ask a kernel for the states of all its widgets, over a comm
    of this id; the answer is an update_states. Specification: as above, "Control Widget messages"."""
    yield "comm_open", {"comm_id": comm, "target_name": CONTROL, "data": {}}, {"version": "1.0.0"}
    yield "comm_msg", {"comm_id": comm, "data": {"method": "request_states"}}, {}
    yield "comm_close", {"comm_id": comm, "data": {}}, {}


def _size(value: Any) -> int:
    """About how many characters a value has."""
    if isinstance(value, dict):
        return sum(map(_size, value)) + sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 8


_HANDLERS: Mapping[str, Callable[[Models, str, Content, Content], Sequence[str]]] = {
    "comm_open": Models._comm_open,
    "comm_msg": Models._comm_msg,
    "comm_close": Models._comm_close,
}
