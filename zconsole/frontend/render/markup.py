"""HTML into a tree of elements, as tolerant as a browser. Pure.

In time by its size, whatever it is: every token takes what it has begun, also when its end is missing.
html.parser looks for the ends of `<a <a <a …` again from each of them and takes minutes for what is cut off
here at LIMIT.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LIMIT = 200_000
"""Characters that are looked at: a table of some hundred rows; 0.3 s."""

DEPTH = 40
"""Elements inside one another; deeper ones count as their parent's text."""


@dataclass(slots=True)
class Element:
    """An element: its tag in small letters, its attributes, and what is inside, elements and text."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def find(self, *tags: str) -> Iterator[Element]:
        """The elements inside with one of these tags, not those that are inside them or in another table."""
        for child in self.children:
            if isinstance(child, Element):
                if child.tag in tags:
                    yield child
                elif child.tag != "table":
                    yield from child.find(*tags)

    def text(self) -> str:
        """All text inside."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def parse(source: str) -> Element:
    """The root of a tree for the first LIMIT characters."""
    root = Element("html")
    stack = [root]
    for token in _tokens(source[:LIMIT]):
        if isinstance(token, str):
            stack[-1].children.append(token)
        elif isinstance(token, Element):
            del stack[_closed_by(token.tag, stack) :]
            stack[-1].children.append(token)
            if token.tag not in _VOID and not token.children and len(stack) < DEPTH:
                stack.append(token)
        else:
            del stack[_closed(token.tag, stack) :]
    return root


@dataclass(frozen=True, slots=True)
class _End:
    tag: str


def _tokens(source: str) -> Iterator[Element | _End | str]:
    position = 0
    while found := _TOKEN.match(source, position):
        position = found.end()
        if tag := found["start"]:
            element = Element(tag.lower(), _attributes(found["attributes"]))
            if element.tag in _RAW:
                end = re.compile(rf"</{element.tag}\b[^>]*>?", re.IGNORECASE).search(source, position)
                element.children.append(source[position : end.start() if end else len(source)])
                position = end.end() if end else len(source)
            yield element
        elif tag := found["end"]:
            yield _End(tag.lower())
        elif text := found["text"]:
            yield html.unescape(text)


def _attributes(source: str) -> Mapping[str, str]:
    return {
        name.lower(): html.unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(source)
    }


def _closed_by(tag: str, stack: list[Element]) -> int:
    """How much of the stack stays when an element begins: `<li>` ends the item before."""
    closes, within = _CLOSES.get(tag, ((), ()))
    for index in range(len(stack) - 1, 0, -1):
        if stack[index].tag in closes:
            return index
        if stack[index].tag in within:
            break
    return len(stack)


def _closed(tag: str, stack: list[Element]) -> int:
    """How much of the stack stays when an end tag comes; one without a beginning ends nothing."""
    for index in range(len(stack) - 1, 0, -1):
        if stack[index].tag == tag:
            return index
        if stack[index].tag in ("table", "td", "th") and tag not in _TABLE:
            break
    return len(stack)


_TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <[!?][^>]*(?:>|\Z)
      | </(?P<end>[a-zA-Z][^\s/>]*)[^>]*(?:>|\Z)
      | <(?P<start>[a-zA-Z][^\s/>]*)
         (?P<attributes>(?:[^>=]++|=\s*"[^"]*(?:"|\Z)|=\s*'[^']*(?:'|\Z)|=)*+)(?:>|\Z)
      | (?P<text>[^<]+|<)""",
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^\s>"']+)))?""")

_RAW = ("script", "style", "textarea", "title")
"""Elements with nothing but text inside."""

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_TABLE = ("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup")
_BLOCKS = ("div", "section", "article", "blockquote", "td", "th", "li", "dd", "table", "details")
_PARAGRAPH = (("p",), _BLOCKS)
_CLOSES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("li",), ("ul", "ol")),
    "dt": (("dt", "dd"), ("dl",)),
    "dd": (("dt", "dd"), ("dl",)),
    "td": (("td", "th"), ("tr", "table")),
    "th": (("td", "th"), ("tr", "table")),
    "tr": (("tr",), ("table",)),
    "thead": (("thead", "tbody", "tfoot", "caption", "colgroup"), ("table",)),
    "tbody": (("thead", "tbody", "tfoot", "caption", "colgroup"), ("table",)),
    "tfoot": (("thead", "tbody", "tfoot", "caption", "colgroup"), ("table",)),
    "option": (("option",), ("select",)),
    **dict.fromkeys(("p", "div", "ul", "ol", "dl", "pre", "table", "blockquote", "hr"), _PARAGRAPH),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "section", "details"), _PARAGRAPH),
}
"""What the beginning of an element ends, and within which elements that is looked for."""
