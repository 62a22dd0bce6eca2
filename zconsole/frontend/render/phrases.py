"""What is inside a block of HTML: words with their looks, and what stands for pictures and films. Pure.

A link's address stands behind it in brackets: the terminal makes it a link, and one sees where it leads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from zconsole.frontend.look import Look
from zconsole.frontend.palette import CODE, sgr
from zconsole.frontend.render import css
from zconsole.frontend.render.bars import bar
from zconsole.frontend.render.flow import Span
from zconsole.frontend.render.markup import Element
from zconsole.frontend.render.scripts import subscript, superscript


class Phrases:
    """Elements become spans, with the colours that the page's style sheet gives them by id."""

    def __init__(self, look: Look, sheet: Mapping[str, css.Declarations]) -> None:
        self._look = look
        self._sheet = sheet
        self._code = sgr(CODE[look.background], look.depth)[2:-1]

    def inside(self, element: Element, style: str) -> list[Span]:
        """The spans of all that is inside an element; `style` is the look around it."""
        return [span for child in element.children for span in self.spans(child, style)]

    def spans(self, child: Element | str, style: str) -> list[Span]:
        """The spans of an element or a text."""
        if isinstance(child, str):
            return [Span(_BLANKS.sub(" ", child), style)]
        if child.tag in _DROPPED or self.hidden(child):
            return []
        if stand := _STANDING.get(child.tag):
            text = stand(child)
            return [Span(text, style)] if text else []
        usual = self._code if child.tag in _CODE else _STYLES.get(child.tag, "")
        own = joined(usual, css.style(self.declared(child), self._look))
        spans = self.inside(child, joined(style, own))
        return [*spans, *_address(child, spans, style)]

    def hidden(self, element: Element) -> bool:
        """Whether it is not to be seen."""
        return "hidden" in element.attributes or css.hidden(self.declared(element))

    def declared(self, element: Element) -> css.Declarations:
        """What style sheet and style attribute say of it."""
        own = css.declarations(element.attributes.get("style", ""))
        return {**self._sheet.get(element.attributes.get("id", ""), {}), **own}


def joined(outer: str, own: str) -> str:
    """A look inside another; one that is there already is not said again, however deep."""
    if not own or f";{outer};".find(f";{own};") >= 0:
        return outer
    return f"{outer};{own}" if outer else own


def _address(element: Element, spans: Sequence[Span], style: str) -> list[Span]:
    address = element.attributes.get("href", "").strip()
    text = "".join(span.text for span in spans).strip()
    if element.tag != "a" or not address.lower().startswith(_LEADING) or address in (text, f"mailto:{text}"):
        return []
    return [Span(f" ({address})", joined(style, "2"))]


def _picture(element: Element) -> str:
    return f"[{_BLANKS.sub(' ', element.attributes.get('alt', '')).strip() or _named('picture', element)}]"


def _media(element: Element) -> str:
    inside = next(element.find("source"), element)
    return f"[{_named(_MEDIA[element.tag], inside if 'src' in inside.attributes else element)}]"


def _named(what: str, element: Element) -> str:
    """What it is and where it comes from; data in place of an address say nothing to a reader."""
    source = element.attributes.get("src", element.attributes.get("data", "")).strip()
    return what if not source or source.startswith("data:") else f"{what}: {source}"


def _input(element: Element) -> str:
    kind = element.attributes.get("type", "text").lower()
    if kind in ("checkbox", "radio"):
        return "[x] " if "checked" in element.attributes else "[ ] "
    value = element.attributes.get("value", "")
    return f"[{value}]" if value and kind != "hidden" else ""


def _progress(element: Element) -> str:
    return bar(element.attributes.get("value"), 0, element.attributes.get("max", "1"))


def _script(raise_or_lower: Callable[[str], str]) -> Callable[[Element], str]:
    return lambda element: raise_or_lower(_BLANKS.sub(" ", element.text()))


_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LEADING = ("http://", "https://", "mailto:", "ftp://")

_DROPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "title",
        "template",
        "noscript",
        "link",
        "meta",
        "area",
        "datalist",
        "map",
        "source",
    ]
)
_STYLES = {
    **dict.fromkeys(("b", "strong", "th", "summary"), "1"),
    **dict.fromkeys(("i", "em", "cite", "var", "dfn"), "3"),
    **dict.fromkeys(("u", "ins", "a"), "4"),
    **dict.fromkeys(("s", "del", "strike"), "9"),
    "mark": "7",
    "small": "2",
}
_CODE = ("code", "kbd", "samp", "tt")
_MEDIA = {"audio": "audio", "video": "video", "iframe": "frame", "object": "object", "embed": "object"}
_STANDING: Mapping[str, Callable[[Element], str]] = {
    "br": lambda element: "\n",
    "img": _picture,
    **dict.fromkeys(_MEDIA, _media),
    "svg": lambda element: "[drawing]",
    "canvas": lambda element: "[drawing]",
    "input": _input,
    "progress": _progress,
    "meter": _progress,
    "sup": _script(superscript),
    "sub": _script(subscript),
    "textarea": lambda element: f"[{element.text().strip()}]",
}
"""What stands in the text for an element that is no text."""
