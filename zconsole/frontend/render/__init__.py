"""What the kernel sends, as text for the terminal: a table from MIME type to renderer. Pure.

Of the forms in which a value comes the first that stands in `RENDERERS` is shown; kernels send many (IRkernel
four for each value), and text/plain is nearly always the one made for a terminal. A form that turns out not
to be what its type says gives way to the next. Where there is nothing to show, one line says what came.

Nothing of what a renderer needs is imported before there is something for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from zconsole.frontend import palette
from zconsole.frontend.execution import Error
from zconsole.frontend.look import Look
from zconsole.frontend.render.places import linked
from zconsole.frontend.render.shades import suited
from zconsole.frontend.render.source import Unshowable, text_of
from zconsole.frontend.render.text import still
from zconsole.frontend.render.traceback import folded
from zconsole.message import Content


def render(
    data: Mapping[str, Any],
    metadata: Content,
    look: Look,
    models: Mapping[str, Content] = MappingProxyType({}),
) -> str:
    """A value in the best of its forms, without a newline at the end.

    `models` are the states of widgets by id. Whatever `data` are, this raises nothing, and of control
    sequences only colours come out, and those that a picture is made of.
    """
    if VIEW in data:
        return _widget(data, metadata, look, models)
    refusals: dict[str, str] = {}
    for mime, renderer in RENDERERS.items():
        if mime in data and not _is_passed_over(mime, data, look):
            try:
                text = renderer(data[mime], _about(metadata, mime), look)
                return _aloud(text) if look.linear and mime != "text/plain" else text
            except Unshowable as error:
                refusals[mime] = str(error)
    return _summary(data, refusals)


def render_error(error: Error, look: Look, whole: bool = False) -> str:
    """A traceback as the kernel made it, ending in a newline; name and value when there is none. The middle
    of a long one is left out, unless it is to be shown `whole`."""
    text = "\n".join(error.traceback) if whole else folded(error.traceback, look)
    text = still((text or f"{error.name}: {error.value}").rstrip("\n")) + "\n"
    text = suited(text, look)
    return linked(text, look.link) if look.colour else text


def render_result(count: int, text: str, look: Look) -> str:
    """`Out[count]: ` and a rendered value; a value of several lines begins on the next one."""
    prompt = out_prompt(count, look)
    return f"{prompt}\n{text}\n" if "\n" in text else f"{prompt}{text}\n"


def render_input(name: str, colour: int, count: int, code: str, look: Look) -> str:
    """`In [count] name: ` in the colour of that person, and code, which may be coloured; one's own input has
    no name."""
    whose = f" {name}" if name else ""
    head, rest = f"In [{count}]{whose}: ", f"{'...: ':>{len(f'In [{count}]{whose}: ')}}"
    if look.colour:
        own = palette.sgr(look.theme.prompts["prompt"], look.depth)
        style = palette.person(colour, look.background, look.depth) if name else own
        head, rest = f"{style}{head}\x1b[0m", f"{style}{rest}\x1b[0m"
    first, *lines = code.rstrip("\n").split("\n")
    return "".join(f"{line}\n" for line in [head + first, *(rest + line for line in lines)])


def out_prompt(count: int, look: Look) -> str:
    """`Out[count]: `."""
    if not look.colour:
        return f"Out[{count}]: "
    prompts = look.theme.prompts
    frame, number = (palette.sgr(prompts[name], look.depth) for name in ("out-prompt", "out-prompt-number"))
    return f"{frame}Out[\x1b[0m{number}{count}\x1b[0m{frame}]: \x1b[0m"


def _about(metadata: Content, mime: str) -> Content:
    """What the metadata say of one form; IPython nests them by its type, others send them for all."""
    about = metadata.get(mime)
    return about if isinstance(about, dict) else metadata


def _widget(data: Mapping[str, Any], metadata: Content, look: Look, models: Mapping[str, Content]) -> str:
    from zconsole.frontend.render.widgets import widget

    try:
        text = widget(data[VIEW], models, look)
        return _aloud(text) if look.linear else text
    except Unshowable:
        rest = {mime: value for mime, value in data.items() if mime != VIEW}
        shown = render(rest, metadata, look._replace(colour=False)) if rest else _summary(data, {})
        return f"[widget {shown}]" if _REPR.fullmatch(shown) else shown


def _aloud(text: str) -> str:
    from zconsole.frontend.render.aloud import unboxed

    return unboxed(text)


def _summary(data: Mapping[str, Any], refusals: Mapping[str, str]) -> str:
    from zconsole.frontend.render.naming import summary

    return summary(data, refusals)


def _plain(value: Any, about: Content, look: Look) -> str:
    text = _lines(str(value) if isinstance(value, int | float) else value, about, look).rstrip("\n")
    if "\x1b" in text or not look.colour:
        return text
    from zconsole.frontend.render.python import highlight  # when there is a first result to colour

    return highlight(text, look)


def _lines(value: Any, about: Content, look: Look) -> str:
    return suited(still(text_of(value)), look)


def _picture(mime: str, value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.pictures import picture

    return picture(mime, value, about, look)


def _drawing(value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.pictures import drawing

    return drawing(value, about, look)


def _markdown(value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.markdown import markdown

    return suited(markdown(value, about, look), look)


def _latex(value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.latex import latex

    return suited(latex(value, about, look), look)


def _html(value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.html import html

    return suited(html(value, about, look), look)


def _json(value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.json import json

    return suited(json(value, about, look), look)


def _is_passed_over(mime: str, data: Mapping[str, Any], look: Look) -> bool:
    if mime == "text/plain":
        return _says_nothing(data)
    if not mime.startswith("image/") or "text/plain" not in data or _says_nothing(data):
        return False
    from zconsole.frontend.render.pictures import is_text_drawn

    return is_text_drawn(data[mime], data["text/plain"], look)


def _says_nothing(data: Mapping[str, Any]) -> bool:
    """Whether text/plain only names an object of which another form says what it is."""
    plain = data["text/plain"]
    if len(data) == 1 or not isinstance(plain, str | list):
        return False
    text = plain if isinstance(plain, str) else "".join(map(str, plain[:20]))
    if any(str(mime).startswith(_FIGURES) for mime in data):
        return bool(_REPR.match(text) or _NOTHING.fullmatch(text.strip()))
    return len(text) < 1000 and bool(_NOTHING.fullmatch(text.strip()))


VIEW = "application/vnd.jupyter.widget-view+json"
"""The MIME type of a view of a widget."""
_FIGURES = ("application/vnd.plotly", "application/vnd.vega", "application/vnd.bokehjs")
_REPR = re.compile(r"[\w.]+\(.*\)", re.DOTALL)
_NOTHING = re.compile(
    r"""<IPython\.[\w.]*display\.\w+\ object>        # Markdown, HTML, JSON, Audio, GeoJSON
      | <[^\n]*\ at\ 0x[0-9a-fA-F]+>               # what has no __repr__; Styler, folium, YouTubeVideo
      | <Figure\ size\ .*>                         # matplotlib
      | <PIL\.[^\n]*>
      | <(?:Vega|VegaLite)\ \d+\ object>.*          # altair, and what to install in a browser
      | HTML\ widgets\ cannot\ be\ represented\ .*  # R's htmlwidgets
    """,
    re.VERBOSE | re.DOTALL,
)

Renderer = Callable[[Any, Content, Look], str]
"""From one form of a value, its metadata and a look to text, without a newline at the end; `Unshowable` when
it is not what its type says."""

RENDERERS: Mapping[str, Renderer] = {
    **{mime: partial(_picture, mime) for mime in ("image/png", "image/jpeg", "image/webp", "image/gif")},
    "image/svg+xml": _drawing,
    "text/plain": _plain,
    "text/markdown": _markdown,
    "text/latex": _latex,
    "application/json": _json,
    "application/geo+json": _json,
    "text/html": _html,
}
"""MIME types that can be shown, the best first. The reasons are in docs/output.md."""
