"""Values as text, and the views of widgets among them, which are drawn again when a widget changes.

What a view shows hangs on several models: boxes, bars, their layouts. Which ones is seen as it is drawn: each
state that is looked at is noted. A change of any of them has the view drawn anew where it stands, when it
comes to that (`Paper.change`), and only if it looks another way then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from zconsole.frontend.execution import Display, Result, Update
from zconsole.frontend.inplace import Paper
from zconsole.frontend.look import Look
from zconsole.frontend.models import Models
from zconsole.frontend.render import VIEW, render, render_result
from zconsole.frontend.render.folding import Folding
from zconsole.message import Content, Message

LONG, FIRST, LAST = 1000, 200, 100
"""Lines from which on of a value only the first and the last are shown, and how many."""

VIEWS = 200
"""Views that are drawn again; older ones stay as they are."""

Value = Display | Result | Update


@dataclass(slots=True)
class View:
    """What was shown of a widget, `text`, and the models that were looked at for it."""

    value: Value
    text: str = ""
    models: set[str] = field(default_factory=set)


class Views:
    """Draws values. `paper` takes views that have changed, `look` says what the terminal can show now,
    `inquire` asks the kernel for the states of its widgets."""

    def __init__(self, paper: Paper, look: Callable[[], Look], inquire: Callable[[], None]) -> None:
        self._paper = paper
        self._look = look
        self._inquire = inquire
        self._models = Models()
        self._asked = False
        self._views: dict[str, View] = {}
        self._cells: set[str] = set()

    def begin(self) -> None:
        """A cell begins."""
        self._cells.clear()

    def clear(self) -> None:
        """What the cell has shown is gone, and is not to be drawn again."""
        for name in self._cells:
            self._views.pop(name, None)

    def text(self, value: Value) -> tuple[str, str]:
        """A value as whole lines, and the name under which it can be changed, empty when it cannot."""
        name = "" if isinstance(value, Result) else value.name
        self._views.pop(name, None)
        if VIEW not in value.data:
            return _text(value, self._look(), {}), name
        name = name or _name(value)
        self._views.pop(name, None)
        self._views[name] = view = View(value)
        self._cells.add(name)
        if len(self._views) > VIEWS:
            del self._views[next(iter(self._views))]
        if _model(value) not in self._models and not self._asked:
            self._asked = True  # once, until something has come of it
            self._inquire()  # it was made before we came
        return self._draw(view), name

    def receive(self, message: Message) -> None:
        """Take a message of iopub; what shows a widget that it changes is drawn again."""
        if not message.msg_type.startswith("comm_"):
            return
        if changed := self._models.receive(message):
            self._asked = False
            for name, view in self._views.items():
                if not view.models.isdisjoint(changed):
                    self._paper.change(name, lambda view=view: self._again(view))  # type: ignore[misc]

    def _again(self, view: View) -> str | None:
        before = view.text
        return None if self._draw(view) == before else view.text

    def _draw(self, view: View) -> str:
        seen = _Seen(self._models)
        view.text = _text(view.value, self._look(), seen)
        view.models = seen.names
        return view.text


class _Seen(Mapping[str, Content]):
    """Models, and which of them somebody has looked for."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.names: set[str] = set()

    def __getitem__(self, model: str) -> Content:
        self.names.add(model)
        return self._models[model]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


def _model(value: Value) -> str:
    view = value.data[VIEW]
    return str(view.get("model_id")) if isinstance(view, dict) else ""


def _name(value: Value) -> str:
    return f"{f'Out[{value.count}]' if isinstance(value, Result) else ''} widget {_model(value)}"


def _text(value: Value, look: Look, models: Mapping[str, Content]) -> str:
    text = _folded(render(value.data, value.metadata, look, models))
    if isinstance(value, Result):
        return render_result(value.count, text, look)
    return f"{text}\n" if text or VIEW not in value.data else ""  # an empty box is no line


def _folded(text: str) -> str:
    if text.count("\n") <= LONG:
        return text
    folding = Folding(FIRST, LAST, letters=len(text), last=len(text))
    return "".join((folding.feed(text), *folding.end()))
