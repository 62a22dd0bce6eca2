"""HTML as text: blocks, lists, tables, links; no scripts, no pages. Pure.

It is for outputs that come in no other form; what a kernel also sends as text/plain was made for a terminal,
and is shown instead. The tree comes from `markup`, the words inside a block from `phrases`; here blocks
become lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from itertools import islice, takewhile
from typing import Any, NamedTuple

from zconsole.frontend.look import Look
from zconsole.frontend.render import css
from zconsole.frontend.render.flow import Line, Span, indented, paint, preformatted, wrap
from zconsole.frontend.render.markup import LIMIT, Element, parse
from zconsole.frontend.render.phrases import Phrases
from zconsole.frontend.render.source import Unshowable, text_of
from zconsole.frontend.render.tables import Cell, table
from zconsole.message import Content

NARROWEST = 20
"""Columns below which nothing is laid out: the terminal breaks the lines then."""

LINES = 2000
"""Lines of any part of a page."""

CELLS = 5000
"""Cells of a table."""


def html(value: Any, about: Content, look: Look) -> str:
    """The text of an HTML document or a part of one. `Unshowable` when there is none in it."""
    source = text_of(value)
    tree = parse(source)
    sheet = css.by_id("".join(each.text() for each in tree.find("style")))
    page = _Page(look, Phrases(look, sheet), frozenset(_holders(tree)))
    lines = page.blocks(tree, max(look.width, NARROWEST))
    if not any(span.text.strip() for line in lines for span in line):
        raise Unshowable("HTML without text, for a browser")
    if len(source) > LIMIT:
        lines.append([Span(f"… of {len(source) / 1e6:.1f} MB of HTML; the rest is not shown", "2")])
    return paint(lines, look.colour)


class _Block(NamedTuple):
    """A block's lines, and whether a blank line stands before and behind it."""

    lines: Sequence[Line]
    apart: bool


class _Page:
    """Blocks become lines. `holders` are the elements with a block somewhere inside, by identity."""

    def __init__(self, look: Look, phrases: Phrases, holders: Set[int]) -> None:
        self._look = look
        self._phrases = phrases
        self._holders = holders

    def blocks(self, element: Element, width: int) -> list[Line]:
        """The lines of all that is inside an element."""
        lines: list[Line] = []
        apart = False
        for block in self._each_block(element, width):
            if not block.lines:
                continue
            if len(lines) > LINES:
                return [*lines[:LINES], [Span("… the rest is not shown", "2")]]
            if lines and (apart or block.apart):
                lines.append([])
            lines.extend(block.lines)
            apart = block.apart
        return lines

    def _each_block(self, element: Element, width: int, style: str = "") -> Iterator[_Block]:
        """The blocks inside an element; what stands between them is a block of its own."""
        spans: list[Span] = []
        for child in element.children:
            if isinstance(child, Element) and self._is_block(child):
                yield _Block(_stripped(wrap(spans, width)), False)
                spans = []
                if not self._phrases.hidden(child):
                    block = _BLOCKS.get(child.tag, _Page._div)(self, child, max(width, NARROWEST))
                    nested = element.tag == "li" and child.tag in ("ul", "ol")
                    yield block._replace(apart=False) if nested else block
            else:
                spans.extend(self._phrases.spans(child, style))
        yield _Block(_stripped(wrap(spans, width)), False)

    def _is_block(self, element: Element) -> bool:
        """Whether it is one, or something with one inside, as a link around a table."""
        return element.tag in _BLOCKS or id(element) in self._holders

    # --- blocks

    def _div(self, element: Element, width: int) -> _Block:
        return _Block(self.blocks(element, width), False)

    def _paragraph(self, element: Element, width: int) -> _Block:
        return _Block(self.blocks(element, width), True)

    def _heading(self, element: Element, width: int) -> _Block:
        style = "1;4" if element.tag in ("h1", "h2") else "1"
        return _Block(wrap(self._phrases.inside(element, style), width), True)

    def _list(self, element: Element, width: int) -> _Block:
        lines: list[Line] = []
        number = _integer(element.attributes.get("start"), 1)
        for item in element.find("li"):
            mark = f"{number}. " if element.tag == "ol" else "• "
            inside = self.blocks(item, width - len(mark)) or [[]]
            lines.extend(indented(inside, Span(mark), Span(" " * len(mark))))
            number += 1
        return _Block(lines, True)

    def _definitions(self, element: Element, width: int) -> _Block:
        lines: list[Line] = []
        for item in element.find("dt", "dd"):
            if item.tag == "dt":
                lines.extend(wrap(self._phrases.inside(item, "1"), width))
            else:
                lines.extend(indented(self.blocks(item, width - 4), Span("    "), Span("    ")))
        return _Block(lines, True)

    def _preformatted(self, element: Element, width: int) -> _Block:
        text = element.text()
        return _Block(preformatted(text.removeprefix("\n").rstrip()), True)

    def _quote(self, element: Element, width: int) -> _Block:
        bar = Span("▌ ", "2")
        return _Block(indented(self.blocks(element, width - 2), bar, bar), True)

    def _rule(self, element: Element, width: int) -> _Block:
        return _Block([[Span("─" * width, "2")]], False)

    def _details(self, element: Element, width: int) -> _Block:
        summary = next(element.find("summary"), Element("summary", {}, ["Details"]))
        rest = Element("div", {}, [child for child in element.children if child is not summary])
        inside = self.blocks(rest, width - 2)
        heading = wrap(self._phrases.inside(summary, "1"), width - 2)
        return _Block(
            [*indented(heading, Span("▾ "), Span("  ")), *indented(inside, Span("  "), Span("  "))], True
        )

    def _table(self, element: Element, width: int) -> _Block:
        caption = next(element.find("caption"), None)
        above = wrap(self._phrases.inside(caption, "3"), width) if caption else []
        head = {id(row) for part in element.find("thead") for row in part.find("tr")}
        elements = [row for row in element.find("tr") if any(True for _ in row.find("td", "th"))]
        rows: list[list[Cell]] = []
        left = CELLS
        for row in elements:
            rows.append(
                [self._cell(each, width, id(row) in head) for each in islice(row.find("td", "th"), left)]
            )
            left -= len(rows[-1])
            if left <= 0:
                break
        lines = table(rows, width, len(head) or _headings(rows), len(elements))
        return _Block([*above, *lines], True)

    def _cell(self, element: Element, width: int, heading: bool) -> Cell:
        declared = self._phrases.declared(element)
        bold = "1" if element.tag == "th" else ""
        holds_blocks = id(element) in self._holders
        spans = [] if holds_blocks else self._phrases.inside(element, bold)
        lines = self.blocks(element, width) if holds_blocks else _stripped(wrap(spans, width))
        return Cell(
            lines or [[]],
            _integer(element.attributes.get("rowspan"), 1) or 10**6,
            _integer(element.attributes.get("colspan"), 1),
            heading or element.tag == "th",
            css.style(declared, self._look),
            declared.get("text-align", element.attributes.get("align", "")),
            None if holds_blocks else lambda room: wrap(spans, room),
        )


def _holders(element: Element) -> Iterator[int]:
    """The elements that have a block somewhere inside, by identity."""
    found = False
    for child in element.children:
        if isinstance(child, Element):
            inside = list(_holders(child))
            yield from inside
            found = found or child.tag in _BLOCKS or id(child) in inside[-1:]
    if found:
        yield id(element)


def _headings(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows at the top of a table without a head are headings throughout."""
    return sum(1 for _ in takewhile(lambda row: row and all(cell.heading for cell in row), rows))


def _stripped(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines without empty ones at either end."""
    first = next((number for number, line in enumerate(lines) if line), len(lines))
    last = next((number for number in range(len(lines), first, -1) if lines[number - 1]), first)
    return lines[first:last]


def _integer(value: str | None, default: int) -> int:
    """A number of an attribute, within reason."""
    digits = (value or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else default


_BLOCKS: Mapping[str, Callable[[_Page, Element, int], _Block]] = {
    **dict.fromkeys(("div", "section", "article", "main", "header", "footer", "figure", "form"), _Page._div),
    **dict.fromkeys(
        ("html", "body", "nav", "aside", "center", "fieldset", "li", "tr", "td", "th"), _Page._div
    ),
    **dict.fromkeys(("p", "address"), _Page._paragraph),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Page._heading),
    **dict.fromkeys(("ul", "ol", "menu"), _Page._list),
    "dl": _Page._definitions,
    "pre": _Page._preformatted,
    "blockquote": _Page._quote,
    "hr": _Page._rule,
    "details": _Page._details,
    "table": _Page._table,
}
"""The elements that stand on lines of their own, and how they are laid out."""
