"""States of widgets: what comms say of them, what is kept, and which views are drawn again."""

from __future__ import annotations

from typing import Any

from tests.frontend import messages
from tests.frontend.test_inplace import Paper
from zconsole.frontend import models
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.execution import ClearOutput, Display, Result, Text
from zconsole.frontend.look import Look
from zconsole.frontend.models import Models
from zconsole.frontend.render import VIEW
from zconsole.message import Message


def opened(model: str, target: str = "jupyter.widget", **state: Any) -> Message:
    data = {"state": state, "buffer_paths": []}
    return messages.reply(None, "comm_open", comm_id=model, target_name=target, data=data)


def said(model: str, method: str = "update", **state: Any) -> Message:
    return messages.reply(None, "comm_msg", comm_id=model, data={"method": method, "state": state})


def test_states_follow_what_comms_say():
    known = Models()
    assert known.receive(opened("a", _model_name="LabelModel", value="x", _dom_classes=[])) == ["a"]
    assert dict(known) == {"a": {"_model_name": "LabelModel", "value": "x"}}
    assert known.receive(said("a", value="y")) == ["a"]
    assert known["a"]["value"] == "y"
    assert not known.receive(said("a", value="y")), "nothing has changed"
    assert not known.receive(said("a", "custom", value="z"))
    assert not known.receive(said("b", value="z")), "it was never opened"
    assert not known.receive(opened("c", "something.else", value=1))
    assert not known.receive(messages.reply(None, "comm_close", comm_id="a", data={}))
    assert not known


def test_what_is_no_such_message_is_passed_over():
    known = Models()
    known.receive(opened("a", value=1))
    for content in ({}, {"comm_id": 3}, {"comm_id": "a"}, {"comm_id": "a", "data": [1]}):
        assert not known.receive(messages.reply(None, "comm_msg", **content))
    bad = {"method": "update", "state": "x"}
    assert not known.receive(messages.reply(None, "comm_msg", comm_id="a", data=bad))


def test_what_is_kept_has_limits(monkeypatch):
    monkeypatch.setattr(models, "MODELS", 3)
    monkeypatch.setattr(models, "CHARACTERS", 1000)
    known = Models()
    for name in "abcd":
        known.receive(opened(name, value=name))
    assert list(known) == ["b", "c", "d"]
    known.receive(said("d", value="x" * 990))
    assert list(known) == ["d"]
    known.receive(said("d", value="x" * 2000))
    assert not known
    known.receive(opened("e", value="new"))
    assert list(known) == ["e"]


class Page(Paper):
    """A screen on which a kernel draws."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.drawing = Drawing(self.paper, lambda: Look(width=30, colour=False), str, self.ask)

    def ask(self) -> None:
        self.asked += 1

    def opened(self, model: str, **state: Any) -> None:
        self.drawing.receive(opened(model, **state))

    def said(self, model: str, **state: Any) -> None:
        self.drawing.receive(said(model, **state))

    def seen(self) -> list[str]:
        self.clock.tick(1)
        return [line.rstrip() for line in self.screen.display if line.strip()][1:]


def view(model: str) -> dict[str, Any]:
    return {VIEW: {"model_id": model}, "text/plain": "Label()"}


def test_a_view_is_drawn_again_when_one_of_its_models_changes():
    page = Page()
    page.opened("label", _model_name="LabelModel", value="one")
    page.opened("box", _model_name="VBoxModel", children=["IPY_MODEL_label"])
    page.drawing.draw(Display(view("box"), {}))
    page.drawing.draw(Result(1, view("label"), {}))
    assert page.seen() == ["one", "Out[1]: one"]
    page.said("label", value="two")
    assert page.seen() == ["two", "Out[1]: two"]
    page.opened("more", _model_name="LabelModel", value="three")
    page.said("box", children=["IPY_MODEL_label", "IPY_MODEL_more"])
    assert page.seen() == ["two", "three", "Out[1]: two"]
    writes = page.writes
    page.said("more", description_tooltip="nobody sees it")
    page.said("label", value="2")
    page.said("label", value="two")
    assert page.seen() == ["two", "three", "Out[1]: two"]
    assert page.writes == writes, "it looks as before"


def test_a_model_that_comes_later_replaces_the_text():
    page = Page()
    page.drawing.draw(Display(view("late"), {}))
    assert page.seen() == ["[widget Label()]"]
    page.opened("late", _model_name="LabelModel", value="here")
    assert page.seen() == ["here"]


def test_the_states_of_widgets_made_before_are_asked_for():
    page = Page()
    page.drawing.draw(Display(view("old"), {}))
    page.drawing.draw(Display(view("older"), {}))
    assert page.asked == 1
    states = {each: {"state": {"_model_name": "LabelModel", "value": each}} for each in ("old", "older")}
    data = {"method": "update_states", "states": {**states, "wrong": 3}}
    page.drawing.receive(messages.reply(None, "comm_msg", comm_id="control", data=data))
    assert page.seen() == ["old", "older"]
    page.drawing.draw(Display(view("old"), {}))
    assert page.asked == 1


def test_an_empty_box_is_no_line_until_there_is_something_in_it():
    page = Page()
    page.opened("out", _model_name="OutputModel", outputs=[])
    page.drawing.draw(Display(view("out"), {}))
    page.drawing.draw(Text("stdout", "text\n"))
    assert page.screen.cursor.y == 2
    page.said("out", outputs=[{"output_type": "stream", "text": "in it\n"}])
    assert page.seen() == ["text", "in it"]


def test_what_the_cell_has_cleared_is_not_drawn_again():
    page = Page()
    page.opened("label", _model_name="LabelModel", value="one")
    page.drawing.draw(Display(view("label"), {}))
    page.drawing.begin()
    page.opened("other", _model_name="LabelModel", value="other")
    page.drawing.draw(Display(view("other"), {}))
    page.drawing.draw(ClearOutput())
    page.said("other", value="another")
    assert page.seen() == ["one"]
    page.said("label", value="two")
    assert page.seen() == ["one", "two"], "what an earlier cell has shown is told once more"


def test_what_was_replaced_is_not_drawn_again():
    page = Page()
    page.opened("label", _model_name="LabelModel", value="one")
    page.drawing.draw(Display(view("label"), {}, "named"))
    page.drawing.draw(Display({"text/plain": "text"}, {}, "named"))
    page.said("label", value="two")
    assert page.seen() == ["one", "text"]
