"""HTML as text. The tables above all: what stands under a heading must be what belongs there."""

import pytest

from zconsole.frontend.look import Look
from zconsole.frontend.render import css
from zconsole.frontend.render.html import html
from zconsole.frontend.render.markup import DEPTH, parse
from zconsole.frontend.render.source import Unshowable


def text(source, width=80):
    return html(source, {}, Look(width=width, colour=False))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a<b>b</b> c", "ab c"),
        ("a\n  b<br>c", "a b\nc"),
        ("<p>a<p>b", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "• a\n• b\n  • c"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<a href='https://x.y'>z</a>", "z (https://x.y)"),
        (
            "<a href='https://x.y'>https://x.y</a> <a href='javascript:x'>j</a> <a href=#a>k</a>",
            "https://x.y j k",
        ),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("&lt;b&gt; &amp;&nbsp;&eacute; &#27;[31m", "<b> &\u00a0é [31m"),
        ("a<script>b</script><style>c</style><!-- d --><title>e</title>f", "af"),
        ("a<script>b", "a"),
        ("x<sup>2</sup> H<sub>2</sub>O x<sup>Q</sup>", "x² H₂O x^Q"),
        (
            "<img alt='a cat'> <img src=a.png> <img src='data:image/png;base64,AA'>",
            "[a cat] [picture: a.png] [picture]",
        ),
        ("<details><summary>s</summary>t</details>", "▾ s\n  t"),
        ("<progress value=1 max=2></progress>", "██████████░░░░░░░░░░\u00a0\u00a050\u00a0%"),
        ("<p hidden>a</p><p style='display: none'>b</p>c", "c"),
        ("<b>never ended", "never ended"),
        ("</b>never begun", "never begun"),
        ("a < b", "a < b"),
        ("<b title='>'>x</b>", "x"),
        ("<p>\u202eabc", "abc"),
    ],
)
def test_what_is_shown(source, shown):
    assert text(source) == shown


@pytest.mark.parametrize(
    "source", ["", "<script>1</script>", "<div></div>", "<!-- -->", "<style>a{}</style>"]
)
def test_a_page_without_text_is_refused(source):
    with pytest.raises(Unshowable):
        text(source)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<tr><th>a<th>b<tr><td>1<td>x<tr><td>22<td>yy", " a  b\n──────\n 1  x\n22  yy"),
        ("<tr><th>k<th>n<tr><td rowspan=2>p<td>1<tr><td>2", "k  n\n────\np  1\n   2"),
        ("<tr><td rowspan=0>p<td>1<tr><td>2", "p  1\n   2"),
        ("<tr><td colspan=2>wide heading<td>c<tr><td>1<td>2<td>3", "wide heading  c\n1          2  3"),
        ("<tr><td>a<td>b<tr><td>c", "a  b\nc"),
        ("<tr><td rowspan=2 colspan=2>x<td>1<tr><td>2<tr><td>3<td>4<td>5", "x     1\n      2\n3  4  5"),
        ("<tr><td>日本<td>x<tr><td>a<td>y", "日本  x\na     y"),
        ("<tr><td><table><tr><td>in<td>side</table><td>x", "in  side  x"),
        ("<tr><td>a<br>b<td>x", "a  x\nb"),
        ("<thead><tr><td>a</thead><tbody><tr><td>b</tbody>", "a\n─\nb"),
    ],
)
def test_tables(source, shown):
    assert text(f"<table>{source}</table>") == shown


def test_words_are_broken_before_numbers_are_cut():
    source = "<table><tr><td>a note of some words<td>123456789<tr><td>x<td>1"
    assert text(source, 22) == "a note of    123456789\nsome words\nx                    1"


def test_columns_that_have_no_room_are_counted():
    source = "<table><tr>" + "".join(f"<td>value{number}" for number in range(20))
    assert text(source, 40) == "value0  value1  value2  value3  value4\n… 15 more columns"


def test_rows_beyond_the_limit_are_counted():
    shown = text("<table>" + "<tr><td>1" * 6000)
    assert shown.count("1\n") == 5000
    assert shown.endswith("… 1000 more rows")


def test_deep_elements_are_their_parents_text():
    assert text("<b>" * 1000 + "x") == "x"
    assert len(list(ancestry(parse("<div>" * 1000)))) == DEPTH + 1  # and the document


def ancestry(element):
    """An element, its first child, that one's first child, and so on."""
    yield element
    for child in element.children[:1]:
        yield from ancestry(child)


@pytest.mark.parametrize(
    ("style", "look", "codes"),
    [
        ("background-color: yellow", Look(depth=24), "38;2;0;0;0;48;2;255;255;0"),
        ("background-color: #00f", Look(depth=8), "38;5;231;48;5;21"),
        ("background-color: yellow", Look(depth=4), ""),
        ("color: #000", Look(depth=24, background="dark"), ""),
        ("color: #000", Look(depth=24, background="light"), "38;2;0;0;0"),
        ("color: rgb(300, 2, 3); font-weight: bold", Look(depth=24, background="light"), "1;38;2;255;2;3"),
        ("color: nothing; background-color: url(x)", Look(depth=24), ""),
    ],
)
def test_colours_that_can_be_read_here(style, look, codes):
    assert css.style(css.declarations(style), look) == codes
