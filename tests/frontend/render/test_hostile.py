"""Whatever comes, `render` gives text: no exception, no control sequence but colours, in bounded size.

Each renderer is fed pieces of its own language put together at random, values of wrong types, and what is
made to take time. That a case ends at all is held by the limit of a test (setup.cfg).
"""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zconsole.frontend.execution import Error
from zconsole.frontend.look import Look
from zconsole.frontend.render import RENDERERS, render, render_error, render_result
from zconsole.frontend.render.widgets import VIEW

ESCAPES = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]52;c;eHh4\x1b\\",
    "\x1b[2J",
    "\x1b[6n",
    "\x1bP1$r\x1b\\",
    "\x1b_Gx\x1b\\",
]
ODD = [
    *ESCAPES,
    "\x9b31m",
    "\r",
    "\x08",
    "\x00",
    "\u202e",
    "\ue000",
    "e\u0301",
    "日本",
    " ",
    "\n\n",
    "word ",
    "1",
    "\t",
]
HTML = [
    *(
        "<table>",
        "<tr>",
        "<td>",
        "<td rowspan=3>",
        "<th colspan=99>",
        "</table>",
        "<ul>",
        "<li>",
        "<pre>",
        "<b>",
    ),
    *("</b>", "<p>", "<details>", "<summary>", "<a href='http://x'>", "<img alt=x>", "<script>", "</script>"),
    *(
        "<style>#a{color:red;background-color:#000}</style>",
        "<div id=a>",
        "&#27;",
        "&lt;",
        "<!--",
        "<h1>",
        "<dl>",
    ),
    *("<dt>", "<dd>", "<sup>", "<progress value=3>", "<input type=checkbox>"),
]
LATEX = [
    *("\\frac", "{", "}", "^", "_", "\\left", "\\right", "(", ")", "\\begin{matrix}", "\\end{matrix}"),
    *("\\begin{align}", "\\end{align}", "&", "\\\\", "\\sum", "\\limits", "\\sqrt", "[", "]", "$", "$$"),
    *(
        "\\text{a}",
        "\\unknown",
        "%",
        "\\",
        "x",
        "\\binom",
        "\\overset",
        "\\tag",
        "\\operatorname*",
        "\\mathbb",
    ),
    *(
        "\\input{/etc/passwd}",
        "\\item",
        "\\newcommand{\\a}{b}",
        "\\footnote",
        "\\maketitle",
        "\\hat",
        "'",
        "~",
    ),
]
MARKDOWN = [
    *(
        "# ",
        "- ",
        "1. ",
        "> ",
        "```\n",
        "```python\n",
        "| a | b |\n|---|---|\n",
        "|",
        "*",
        "**",
        "_",
        "`",
        "![a](b)",
    ),
    *("[a](b)", "<https://x>", "~~", "    ", "---\n", "[a]: b\n", "<br>", "<sup>", "$x$", "<!--"),
]
PIECES = {
    "text/html": HTML,
    "text/latex": LATEX,
    "text/markdown": [*MARKDOWN, *LATEX[:12], *HTML[:6]],
    "application/json": ["{", "}", "[", "]", '"a"', ":", ",", "1e999", "null"],
}

documents = {
    mime: st.lists(st.sampled_from([*pieces, *ODD]), max_size=40).map("".join)
    for mime, pieces in PIECES.items()
}
wrong = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    [*(f"{name}Model" for name in ("VBox", "HBox", "Tab", "HTML", "Output", "IntSlider")), "X\x1b[2J"]
)
states = st.fixed_dictionaries(
    {"_model_name": names, "children": wrong | st.just(["IPY_MODEL_a", "IPY_MODEL_b"])},
    optional=dict.fromkeys(
        ("value", "min", "max", "description", "outputs", "titles", "layout", "index"), wrong
    ),
)
looks = st.builds(
    lambda width, colour, depth: Look(width=width, colour=colour, depth=depth),
    st.sampled_from([0, 1, 20, 80, 1000]),
    st.booleans(),
    st.sampled_from([1, 8, 24]),
)
texts = [mime for mime in RENDERERS if not mime.startswith("image/")]

FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;:]*m)")


def check(text, look):
    assert not FORBIDDEN.search(text)
    assert look.colour or "\x1b" not in text


@pytest.mark.parametrize("mime", PIECES)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), look=looks)
def test_any_document(mime, data, look):
    check(render({mime: data.draw(documents[mime])}, {}, look), look)


@settings(max_examples=50, deadline=None)
@given(
    data=st.dictionaries(st.sampled_from([*texts, VIEW, "application/x-\x1b[2Jown"]), wrong, max_size=4),
    look=looks,
)
def test_any_value_of_any_type(data, look):
    check(render(data, {}, look), look)


@settings(max_examples=50, deadline=None)
@given(models=st.fixed_dictionaries({"a": states, "b": states}), look=looks)
def test_any_widget(models, look):
    check(render({VIEW: {"model_id": "a"}}, {}, look, models), look)


@settings(max_examples=25, deadline=None)
@given(text=st.lists(st.sampled_from(ODD), max_size=20).map("".join), look=looks)
def test_any_plain_text_and_error(text, look):
    check(render({"text/plain": text}, {}, look), look)
    check(render_error(Error("E", text, [text] * 30), look), look)


DEEP: list = []
for _ in range(5000):
    DEEP = [DEEP]

COSTLY = {
    "100 MB of HTML": ("text/html", "<p>a" * 25_000_000),
    "tags that never end": ("text/html", "<a " * 100_000),
    "open tables": ("text/html", "<table>" * 50_000),
    "nested tables": ("text/html", "<table><tr><td>" * 10_000 + "x"),
    "spans without end": ("text/html", "<td rowspan=99999 colspan=99999>x" * 5000),
    "a wide table": ("text/html", "<table>" + ("<tr>" + "<td>1" * 300) * 300),
    "deep lists": ("text/html", "<ul><li>" * 30_000 + "x"),
    "many details": ("text/html", "<details>" * 30_000 + "x"),
    "a sheet without end": ("text/html", "<style>" + "a{" * 100_000 + "</style>x"),
    "deep JSON": ("application/json", DEEP),
    "deep JSON as text": ("application/json", "[" * 500_000),
    "long JSON": ("application/json", ["x" * 1_000_000] * 1000),
    "many numbers": ("application/json", list(range(1_000_000))),
    "a huge number": ("application/json", 10**5000),
    "references": ("text/markdown", "[a]: b\n" * 3500),
    "brackets": ("text/markdown", "[" * 25_000),
    "emphasis": ("text/markdown", "_a_" * 8_000),
    "emphasis in emphasis": ("text/markdown", "*a **a " * 3_500),
    "quotes": ("text/markdown", ">" * 25_000),
    "a table of columns": ("text/markdown", "|a" * 5000 + "\n" + "|-" * 5000 + "\n"),
    "a table of rows": ("text/markdown", "|a" * 29 + "\n" + "|-" * 29 + "\n" + ("|b" * 29 + "\n") * 380),
    "dollars": ("text/markdown", "$$a\n\n" * 4000),
    "environments": ("text/markdown", "\\begin{align}\n" * 1700),
    "100 MB of Markdown": ("text/markdown", "word " * 20_000_000),
    "braces": ("text/latex", "{" * 4999),
    "fractions": ("text/latex", r"\frac{" * 800),
    "powers": ("text/latex", "x^{" * 1600),
    "fractions in fractions": ("text/latex", r"\frac{a}" * 600 + "b"),
    "brackets that grow": ("text/latex", r"\left(" * 800),
    "matrices": ("text/latex", r"\begin{matrix}" * 350),
    "sums": ("text/latex", r"\sum_{i}^{n}" * 400),
}


@pytest.mark.parametrize("what", COSTLY)
def test_what_is_made_to_take_time_is_shown_in_part(what):
    mime, value = COSTLY[what]
    text = render({mime: value}, {}, Look())
    check(text, Look())
    assert len(text) < 2_000_000


def test_the_size_of_what_is_not_shown_is_counted_in_bounds():
    assert "more than 1000 kB" in render({"application/x-own": ["x" * 1_000_000] * 1000}, {}, Look())
    assert render({"application/x-own": DEEP}, {}, Look()) == "[application/x-own, list]"


def test_a_view_of_a_widget_that_is_inside_itself():
    models = {"a": {"_model_name": "VBoxModel", "children": ["IPY_MODEL_a", "IPY_MODEL_a"]}}
    assert len(render({VIEW: {"model_id": "a"}}, {}, Look(), models)) < 10_000


def test_the_next_form_is_shown_when_one_is_not_what_its_type_says():
    assert render({"text/plain": None, "text/html": "<b>x</b>"}, {}, Look(colour=False)) == "x"
    nothing = {"text/plain": "<a at 0xAB>", "text/html": "<script>1</script>"}
    assert render(nothing, {}, Look()) == "[text/html, 18 bytes, not shown: HTML without text, for a browser]"


def test_colours_end_with_the_value_and_nothing_moves():
    assert render({"text/plain": "\x1b[31mred"}, {}, Look()) == "\x1b[31mred\x1b[0m"
    assert render({"text/plain": "a\r\nb\rc\x1b[2Kd\x08\x1b[Ae"}, {}, Look()) == "a\nb\ncde"
    assert render_result(1, render({"text/plain": "a\n"}, {}, Look()), Look(colour=False)) == "Out[1]: a\n"
