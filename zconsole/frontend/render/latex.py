"""LaTeX formulas as text: on several lines where they stand by themselves, on one inside a sentence. Pure.

pylatexenc reads LaTeX and knows its thousand signs; what it has no text for, or the wrong one, is in
`latexmacros`: fractions (`\\frac{a}{b}x` is not a/bx), scripts, roots, brackets, matrices. A macro that
nobody knows is not left out, which would be another formula: its name stays. What cannot be read is shown as
it came.

pylatexenc makes text of text. What takes several lines is therefore set aside as a box, with one letter in
its place (of Unicode's private use), and put in at the end. A formula that is then wider than the terminal is
written on one line instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexWalker, LatexWalkerError

from zconsole.frontend.look import Look
from zconsole.frontend.render import boxes
from zconsole.frontend.render.boxes import Box
from zconsole.frontend.render.flow import beginning, columns, printable
from zconsole.frontend.render.latexmacros import macros, texts
from zconsole.frontend.render.latexmarks import COLUMN, LEFT, RIGHT, ROW, SPACE, settled
from zconsole.frontend.render.source import text_of
from zconsole.message import Content

LIMIT = 5_000
"""Characters of a source that is read, 30 ms. A longer one is shown as it came."""


def latex(value: Any, about: Content, look: Look) -> str:
    """A form text/latex, by itself on its lines."""
    source = text_of(value).strip()
    if len(source) > LIMIT or _NO_FORMULA.search(source):
        return beginning(source)
    return formula(source, look.width) or beginning(source)


def formula(source: str, width: int) -> str:
    """A formula in at most `width` columns, or on one line; "" when it cannot be read."""
    return "\n".join(line.rstrip() for line in _set(source, width, flat=False))


def inline(source: str) -> str:
    """A formula on one line, for the middle of a sentence; "" when it cannot be read."""
    return "; ".join(_set(source, 0, flat=True))


def _set(source: str, width: int, flat: bool) -> Sequence[str]:
    source = printable(source).translate(dict.fromkeys(range(_FIRST, _BEHIND)))
    if len(source) > LIMIT:
        return []
    for lay_flat in (flat, True):
        try:
            lines = Formula(lay_flat).lines(source)
        except (LatexWalkerError, *_MISHAPS):
            return []
        if lay_flat or max(map(columns, lines), default=0) <= width:
            break
    return lines if any(lines) else []


class Formula(LatexNodes2Text):  # type: ignore[misc]  # it has no types
    """The text of one formula: `flat`, on one line, or with boxes for what is high."""

    def __init__(self, flat: bool) -> None:
        super().__init__(latex_context=texts(), math_mode="text", keep_comments=False)
        self.flat = flat
        self._boxes: list[Box] = []

    def lines(self, source: str) -> Sequence[str]:
        """The formula's lines; `LatexWalkerError` and others when it cannot be read."""
        walker = LatexWalker(source, latex_context=macros(), tolerant_parsing=True)
        text = self.nodelist_to_text(walker.get_latex_nodes()[0])
        rows = [row for row in text.replace(COLUMN, " ").split(ROW) if row.strip()]
        if self.flat:
            return [settled(row) for row in rows]
        return [line for row in rows for line in self.box(row.strip()).lines]

    def math_node_to_text(self, node: Any) -> str:
        """As pylatexenc's, but that a formula that stands by itself does so."""
        text = str(super().math_node_to_text(node))
        return f"{ROW}{text}{ROW}" if node.displaytype == "display" else text

    def nodelist_to_text(self, nodelist: Sequence[Any]) -> str:
        """As pylatexenc's, but that sums get their limits."""
        if self.flat:
            return str(super().nodelist_to_text(nodelist))
        parts: list[str] = []
        rest: list[Any] = []
        nodes = [node for node in nodelist if node is not None]
        while nodes:
            taken = _limited(nodes)
            if taken > 1:
                parts += [str(super().nodelist_to_text(rest)), self._limits(nodes[:taken])]
                rest = []
            else:
                rest.append(nodes[0])
            nodes = nodes[max(1, taken) :]
        return "".join([*parts, str(super().nodelist_to_text(rest))])

    def argument(self, node: Any, number: int) -> str:
        """An argument of a macro; "" when it is missing."""
        arguments = node.nodeargd.argnlist if node.nodeargd else []
        inside = arguments[number] if -len(arguments) <= number < len(arguments) else None
        return self.nodelist_to_text([inside]) if inside is not None else ""

    def part(self, node: Any, number: int) -> str:
        """An argument without which there is no formula."""
        return self.argument(node, number).strip() or "□"

    def on_one_line(self, node: Any, number: int) -> str:
        """An argument without boxes, as for scripts."""
        flat, self.flat = self.flat, True
        try:
            return settled(self.argument(node, number))
        finally:
            self.flat = flat

    def aside(self, box: Box) -> str:
        """The letter that stands for a box."""
        self._boxes.append(box)
        return chr(_FIRST + len(self._boxes) - 1)

    def box(self, text: str) -> Box:
        """A text with letters for boxes, put together."""
        open_boxes: list[tuple[str, list[Box]]] = [("", [])]
        for piece in _PIECES.findall(_INSIDE.sub(r"\1\2", text)):
            inside = open_boxes[-1][1]
            if piece[0] == LEFT:
                open_boxes.append((piece[1:], []))
            elif piece[0] == RIGHT:
                left, inside = open_boxes.pop() if len(open_boxes) > 1 else ("", [])
                open_boxes[-1][1].append(boxes.fenced(boxes.beside(inside), left, piece[1:]))
            elif _FIRST <= ord(piece[0]) < _BEHIND:
                inside.append(self._boxes[ord(piece) - _FIRST])
            else:
                inside.extend(_attached(settled(piece, ends=True), inside))
        for left, inside in reversed(open_boxes[1:]):
            open_boxes[0][1].append(boxes.fenced(boxes.beside(inside), left, ""))
        return boxes.beside(open_boxes[0][1])

    def rows(self, node: Any) -> list[list[str]]:
        """The cells of an environment."""
        inside = self.nodelist_to_text(node.nodelist)
        rows = [[cell.strip() for cell in row.split(COLUMN)] for row in inside.split(ROW)]
        return [row for row in rows if any(row)]

    def _limits(self, nodes: Sequence[Any]) -> str:
        above = below = ""
        for node in nodes[1:]:
            if sign := getattr(node, "specials_chars", ""):
                said = self.on_one_line(node, 0)
                above, below = (said, below) if sign == "^" else (above, said)
        sign = str(super().nodelist_to_text(nodes[:1])).strip(SPACE)
        top, bottom = ([above] if above else []), ([below] if below else [])
        return self.aside(boxes.beside([boxes.stacked(top, boxes.text(sign), bottom), boxes.text(" ")]))


def _limited(nodes: Sequence[Any]) -> int:
    """How many nodes from the first are a sum with its limits; 0 when it is none."""
    name = getattr(nodes[0], "macroname", "")
    if name not in _BIG and name not in _INTEGRALS:
        return 0
    taken, stacks = 1, name in _BIG
    for node in nodes[1:4]:
        if getattr(node, "macroname", "") == "limits":
            stacks = True
        elif getattr(node, "specials_chars", "") not in ("^", "_"):
            break
        taken += 1
    return taken if stacks else 0


def _attached(text: str, before: Sequence[Box]) -> list[Box]:
    """Text behind a box; when the box is high, scripts stand at its upper and its lower end."""
    found = _SCRIPTS.match(text)
    if not found or not before or len(before[-1].lines) < 2:
        return [boxes.text(text)]
    up, height = before[-1].base, len(before[-1].lines)
    low, high = (_bare(found[name] or found[f"{name}2"] or "") for name in ("low", "high"))
    return [Box([high, *[""] * (height - 2), low], up), boxes.text(text[found.end() :])]


def _bare(script: str) -> str:
    script = script.lstrip("^_")
    return script[1:-1] if script.startswith("(") else script


_FIRST, _BEHIND = 0xE000, 0xF900
_PIECES = re.compile(f"[{LEFT}{RIGHT}].|[\ue000-\uf8ff]|[^{LEFT}{RIGHT}\ue000-\uf8ff]+", re.DOTALL)
_INSIDE = re.compile(rf"({LEFT}.)\s+|\s+({RIGHT})")
_LOW = r"[₀-ₜᵢ-ᵪⱼ]+|_\([^()]*\)|_[^\s(]"
_HIGH = r"[⁰¹²³⁴-⁾ⁿⁱᴬ-ᵡᵀᶜ-ᶻ°†]+|\^\([^()]*\)|\^[^\s(]"
_SCRIPTS = re.compile(rf"(?P<low>{_LOW})(?P<high>{_HIGH})?|(?P<high2>{_HIGH})(?P<low2>{_LOW})?")

_NO_FORMULA = re.compile(
    r"\\documentclass|\\begin\{(?:document|[Vv]erbatim|lstlisting|minted|tikzpicture)\*?\}"
)
_MISHAPS = (RecursionError, IndexError, KeyError, TypeError, ValueError, AttributeError, AssertionError)
"""What pylatexenc raises at sources that are not LaTeX."""

_BIG = ("sum", "prod", "coprod", "lim", "limsup", "liminf", "max", "min", "sup", "inf", "bigcup", "bigcap")
_INTEGRALS = ("int", "iint", "iiint", "oint")
