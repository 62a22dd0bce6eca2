"""JSON, Markdown, tracebacks, folds and widgets: what the golden files do not say by themselves."""

import subprocess
import sys
from json import dumps, loads

import pytest

from zconsole.frontend.execution import Error
from zconsole.frontend.look import Look
from zconsole.frontend.plain import without_colour
from zconsole.frontend.render import VIEW, render, render_error
from zconsole.frontend.render.folding import Folding
from zconsole.frontend.render.json import json
from zconsole.frontend.render.markdown import markdown

PLAIN = Look(colour=False)


def test_json_that_fits_a_line_stands_on_one():
    value = {"a": [1, 2.5, None], "b": {"c": True}}
    assert json(value, {}, PLAIN) == '{"a": [1, 2.5, null], "b": {"c": true}}'
    assert json(value, {}, PLAIN._replace(width=30)) == '{\n  "a": [1, 2.5, null],\n  "b": {"c": true}\n}'


def test_what_json_leaves_out_is_counted():
    assert json("x" * 1005, {}, PLAIN).endswith('x…" (5 more characters)')
    assert "… 98,0" in json([{"x": number} for number in range(100_000)], {}, PLAIN)
    assert "{… 1 more}" in json(nested(30), {}, PLAIN._replace(width=40))


def nested(depth):
    return {"key": nested(depth - 1)} if depth else "a text that is long enough for a line"


@pytest.mark.parametrize("width", [20, 40, 80])
def test_numbers_of_a_list_fill_their_lines(width):
    lines = json(list(range(100)), {}, PLAIN._replace(width=width)).split("\n")
    assert max(map(len, lines)) <= width
    assert " ".join(lines[1:-1]).split() == [*(f"{number}," for number in range(99)), "99"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("costs $5 and $10", "costs $5 and $10"),
        ("is $x^2$, not `$x^2$`", "is x², not $x^2$"),
        (r"a \$x\$ b", "a $x$ b"),
        ("$$x^2$$", "  x²"),
        ("```math\nx^2\n```", "  x²"),
        ("a\n$$\nx_1\n$$\nb", "a\n\n  x₁\n\nb"),
        ("[t](https://x.y) <https://x.y> ![p](q.png)", "t (https://x.y) https://x.y [p]"),
        ("1. a\n2. b", " 1. a\n 2. b"),
        ("a<br>b <b>c</b> x<sup>2</sup>", "a\nb c x²"),
        ("<table><tr><td>1<td>2</table>", "1  2"),
        ("<!-- only this -->", "<!-- only this -->"),
        ("# a\n\n## b", "a\n\nb"),
        ("$unknown", "$unknown"),
    ],
)
def test_markdown(source, shown):
    assert markdown(source, {}, PLAIN) == shown


def test_code_in_markdown_has_our_colours():
    assert "\x1b[94mdef\x1b[0m" in markdown("```python\ndef f(): pass\n```", {}, Look())
    assert markdown("```nolanguage\ndef\n```", {}, Look()) == "  def"


def test_markdown_that_is_too_long_is_shown_as_it_came():
    assert markdown("# " + "word " * 10_000, {}, PLAIN).startswith("# word")
    assert markdown("*a* " * 100_000, {}, PLAIN).endswith("… 200,000 more characters")


# --- long tracebacks, long outputs


def frames(count):
    return ["Traceback", *(f"\x1b[32mFile {number}\x1b[0m\n  line\n" for number in range(count)), "E: why"]


def test_a_long_traceback_loses_its_middle():
    shown = render_error(Error("E", "why", frames(100)), PLAIN)
    assert "File 2\n" in shown
    assert "… 90 frames … (%reopen shows all)" in shown
    assert "File 93\n" in shown
    assert shown.endswith("E: why\n")
    assert "File 50" not in shown
    whole = render_error(Error("E", "why", frames(100)), PLAIN, whole=True)
    assert all(f"File {number}\n" in whole for number in range(100))


def test_a_short_one_is_whole():
    shown = render_error(Error("E", "why", frames(8)), PLAIN)
    assert all(f"File {number}\n" in shown for number in range(8))
    assert "%reopen" not in shown


def test_a_recursion_says_that_it_is_one():
    again = ["Traceback", *["File f\n  f()\n"] * 3000, "RecursionError"]
    assert "… 2,990 frames, 1 over and over …" in render_error(Error("E", "", again), PLAIN)


def test_a_traceback_in_one_piece_is_folded_too():
    shown = render_error(Error("E", "why", ["\n".join(map(str, range(1000)))]), PLAIN)
    assert shown.count("\n") == 60 + 90 + 1
    assert "… 850 lines … (%reopen shows all)" in shown


@pytest.mark.parametrize("piece", [1, 3, 100, 10_000])
def test_of_a_long_output_its_ends(piece):
    text = "".join(f"{number}\n" for number in range(1000))
    folding = Folding(head=3, tail=2)
    shown = "".join(folding.feed(text[at : at + piece]) for at in range(0, len(text), piece))
    assert shown == "0\n1\n2\n"
    assert folding.hidden == 997
    assert without_colour("".join(folding.end())) == "… 995 lines … (%reopen shows all)\n998\n999\n"


@pytest.mark.parametrize("piece", [1, 4, 100])
def test_an_output_that_is_hardly_longer_is_whole(piece):
    text = "a\nb\nc\nd\ne"
    folding = Folding(head=3, tail=2)
    shown = "".join(folding.feed(text[at : at + piece]) for at in range(0, len(text), piece))
    assert shown + "".join(folding.end()) == text


def test_a_line_without_end_takes_bounded_memory():
    folding = Folding(head=3, tail=2, letters=1000, last=1000)
    shown = "".join(folding.feed("x" * 500) for _ in range(10_000))
    assert len(shown) == 1000
    end = "".join(folding.end())
    assert len(end) < 1100
    assert end.endswith("x" * 1000)


# --- widgets


def test_widgets_of_ipywidgets():
    """States as the library makes them."""
    widgets = pytest.importorskip("ipywidgets")
    box = widgets.VBox(
        [
            widgets.IntSlider(value=3, max=10, description="Speed"),
            widgets.FloatProgress(value=0.5, max=1.0),
            widgets.Dropdown(options=["red", "green"], value="green", description="Colour"),
            widgets.HBox([widgets.Label("left"), widgets.Button(description="Go")]),
            widgets.Accordion([widgets.Text(value="inside")], titles=["More"]),
            widgets.Password(value="secret"),
        ]
    )
    from ipywidgets.widgets.widget import _instances

    states = {name: model.get_state() for name, model in _instances.items()}
    models = loads(dumps(states, default=str))  # as it comes over the wire
    shown = render({VIEW: {"model_id": box.model_id}, "text/plain": "VBox()"}, {}, PLAIN, models)
    assert shown.replace("\u00a0", " ").split("\n") == [
        "Speed: 0 ──────●───────────── 10  3",
        "██████████░░░░░░░░░░  50 %",
        "Colour: red (green)",
        "left  [Go]",
        "More:",
        "  inside",
        "••••••",
    ]


def test_a_widget_whose_state_is_not_known_says_what_it_is():
    view = {VIEW: {"model_id": "0"}}
    assert render({**view, "text/plain": "VBox(children=())"}, {}, PLAIN) == "[widget VBox(children=())]"
    assert render({**view, "text/plain": "  50%|█    | 5/10"}, {}, PLAIN) == "  50%|█    | 5/10"
    assert render(view, {}, PLAIN) == f"[widget: {VIEW}, 17 bytes]"


# --- start-up


def test_nothing_is_imported_before_it_is_needed():
    code = """
import sys
from zconsole.frontend.look import Look
from zconsole.frontend.render import render
ours = {f"zconsole.frontend.render.{name}" for name in ("flow", "naming", "markup", "json", "python")}
print(ours & set(sys.modules))
render({"text/plain": "<a b>"}, {}, Look(colour=False))
render({"application/json": [1]}, {}, Look())
print({"rich", "pylatexenc", "markdown_it", "pygments", "PIL", "resvg_py"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "set()\nset()\n"
