"""Markdown as text, with rich; imported with the first Markdown that comes. Pure.

rich lays it out. What it does for a page of documentation and not for an answer in a console is changed:
headings stand at the left, code has our colours and no ground of its own, formulas are read (`mathrules`),
HTML inside is shown as `html` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from itertools import islice
from typing import Any, ClassVar, Literal

from markdown_it.token import Token
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound
from rich import markdown as rich_markdown
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from zconsole.frontend.look import Look
from zconsole.frontend.palette import CODE, PALETTES, token_style
from zconsole.frontend.plain import without_colour
from zconsole.frontend.render.flow import beginning, printable
from zconsole.frontend.render.html import html
from zconsole.frontend.render.latex import formula
from zconsole.frontend.render.mathrules import MATH, parse
from zconsole.frontend.render.scripts import subscript, superscript
from zconsole.frontend.render.source import Unshowable, text_of
from zconsole.message import Content

LIMIT = 25_000
"""Characters that are laid out, 0.2 s; a longer text is shown as it came, which can be read too."""

COLUMNS = 60
"""Columns of a table that rich is given; its time grows with more than their number."""

REFERENCES = 50
"""Lines like `[a]: address`; of 7,000 in a row markdown-it-py 3.0 makes 150 s."""

NARROWEST = 20
"""Columns of the terminal below which nothing is laid out: it breaks the lines then."""


def markdown(value: Any, about: Content, look: Look) -> str:
    """The text of a Markdown document."""
    source = text_of(value)
    if len(source) > LIMIT or _costly(source):
        return beginning(source)
    source = printable(source)
    out = StringIO()
    console = Console(
        file=out,
        force_terminal=True,
        color_system=_SYSTEMS[look.depth],
        width=max(look.width, NARROWEST),
        theme=Theme({**_STYLES, "markdown.code": _in_rich_words(CODE[look.background])}),
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    try:
        console.print(_Markdown(source, look))
    except _MISHAPS:
        return source
    text = "\n".join(map(_trimmed, out.getvalue().split("\n"))).strip("\n")
    if not look.colour:
        text = "\n".join(line.rstrip() for line in without_colour(text).split("\n"))
    return text or source


def _costly(source: str) -> bool:
    """Whether it is made to take time: no document is like that."""
    references = sum(1 for _ in islice(_REFERENCE.finditer(source), REFERENCES + 1))
    return references > REFERENCES or any(line.count("|") > COLUMNS for line in source.split("\n"))


class _Heading(rich_markdown.Heading):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Code(rich_markdown.CodeBlock):
    """Code in our colours, or a formula."""

    @classmethod
    def create(cls, markdown: rich_markdown.Markdown, token: Token) -> _Code:
        assert isinstance(markdown, _Markdown)
        code = cls((token.info or "").strip().partition(" ")[0], "")
        code.look = markdown.look
        return code

    look: Look

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        if self.lexer_name == MATH:
            width = 0 if self.look.linear else options.max_width - len(_INDENT)
            shown = Text(formula(code, width) or code)
        else:
            shown = _coloured(code, self.lexer_name, self.look)
        shown.no_wrap, shown.overflow = True, "ignore"
        yield from (Text.assemble(_INDENT, line) for line in shown.split("\n", allow_blank=True))


class _Html(rich_markdown.TextElement):
    """HTML between blocks."""

    @classmethod
    def create(cls, markdown: rich_markdown.Markdown, token: Token) -> _Html:
        assert isinstance(markdown, _Markdown)
        element = cls()
        element.look = markdown.look
        return element

    look: Look

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        try:
            yield Text.from_ansi(html(str(self.text), {}, self.look._replace(width=options.max_width)))
        except Unshowable:
            pass  # a comment, say


class _Item(rich_markdown.ListItem):
    """An item with a dot behind its number."""

    def render_number(
        self, console: Console, options: ConsoleOptions, number: int, last_number: int
    ) -> RenderResult:
        width = len(str(last_number)) + 3
        lines = console.render_lines(self.elements, options.update(width=options.max_width - width))
        for place, line in enumerate(lines):
            yield Segment(f"{number}. ".rjust(width) if place == 0 else " " * width)
            yield from line
            yield Segment.line()


class _Table(rich_markdown.TableElement):
    """A table without the empty lines of its frame."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            assert isinstance(table, Table)
            table.show_edge = False
            yield table


class _Rule(rich_markdown.HorizontalRule):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("─" * options.max_width, "markdown.hr")


class _Markdown(rich_markdown.Markdown):
    """A document, with what is different here."""

    elements: ClassVar[dict[str, type[rich_markdown.MarkdownElement]]] = {
        **rich_markdown.Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
        "html_block": _Html,
        "hr": _Rule,
        "list_item_open": _Item,
        "table_open": _Table,
    }

    def __init__(self, source: str, look: Look) -> None:
        super().__init__("", hyperlinks=False)
        self.look = look
        self.parsed = parse(source)
        for token in self.parsed:
            if token.children:
                token.children = list(_plainer(token.children))


def _plainer(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens inside a block, with what rich leaves out as text: pictures, line ends and scripts of HTML;
    and no address behind a link that says it."""
    script = None
    bare: list[bool] = []
    for number, token in enumerate(tokens):
        if token.type == "image":
            yield _text(f"[{token.content or _named(str(token.attrs.get('src', '')))}]")
        elif token.type == "html_inline":
            script = _SCRIPTS.get(token.content)
            yield from _inline_html(token)
        elif token.type == "link_open":
            bare.append(_says(tokens[number + 1 : number + 3]) == token.attrs.get("href"))
            yield from () if bare[-1] else (token,)
        elif token.type == "link_close":
            yield from () if bare and bare.pop() else (token,)
        else:
            yield _text(script(token.content)) if script and token.type == "text" else token


def _inline_html(token: Token) -> Iterable[Token]:
    tag = token.content.lower()
    if tag.startswith("<br"):
        yield Token("hardbreak", "br", 0)
    elif tag.startswith("<img"):
        try:
            yield _text(html(token.content, {}, Look(colour=False)))
        except Unshowable:
            pass


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _says(tokens: Sequence[Token]) -> str:
    """The text of a link without anything but text in it."""
    return tokens[0].content if [each.type for each in tokens] == ["text", "link_close"] else ""


def _named(source: str) -> str:
    return f"picture: {source}" if source and not source.startswith("data:") else "picture"


def _coloured(code: str, language: str, look: Look) -> Text:
    text = Text()
    try:
        lexer = find_lexer_class_by_name(language)(stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        lexer = None
    if lexer is None:
        return text.append(code)
    for token, value in lexer.get_tokens(code):
        text.append(value, _style(str(token), look.background))
    return text


@lru_cache(maxsize=256)
def _style(token: str, background: str) -> str:
    """The style of a token of Pygments', in rich's words."""
    name = token.partition(".")[2].lower().removeprefix("literal.")
    return _in_rich_words(token_style(name, PALETTES[background]))


def _in_rich_words(style: str) -> str:
    return style.replace("ansibright", "bright_").replace("ansi", "")


def _trimmed(line: str) -> str:
    """A line without the blanks that rich fills it with; its looks end all the same."""
    bare = line.rstrip()
    while found := _AT_END.search(bare):
        bare = bare[: found.start()].rstrip()
    return bare if bare == line.rstrip() or "\x1b" not in bare else f"{bare}\x1b[0m"


_SYSTEMS: Mapping[int, Literal["standard", "256", "truecolor"]] = {
    1: "standard",
    4: "standard",
    8: "256",
    24: "truecolor",
}
_INDENT = "  "
_REFERENCE = re.compile(r"^[ >]*\[[^\]\n]*\]:", re.MULTILINE)
_AT_END = re.compile(r"\x1b\[[0-9;]*m$")
_SCRIPTS = {"<sup>": superscript, "<sub>": subscript}
_MISHAPS = (AssertionError, RecursionError)
"""What rich and markdown-it raise at documents that they did not think of."""

_STYLES = {
    "markdown.h1": "bold underline",
    "markdown.h2": "bold underline",
    **{f"markdown.h{level}": "bold" for level in range(3, 7)},
    "markdown.block_quote": "none",
    "markdown.item.bullet": "none",
    "markdown.item.number": "none",
    "markdown.hr": "dim",
    "markdown.link": "underline",
    "markdown.link_url": "dim",
    "markdown.table.border": "dim",
    "markdown.table.header": "bold",
}
