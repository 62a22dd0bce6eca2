"""What the kernel sends, as text for the terminal: a table from MIME type to renderer. Pure.

Of the forms in which a value comes the first that stands in `RENDERERS` is shown; kernels send many
(IRkernel four for each value), and text/plain is nearly always the one made for a terminal. Where there
is nothing to show, one line says what came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from zconsole.frontend import palette
from zconsole.frontend.execution import Error
from zconsole.frontend.look import Look
from zconsole.frontend.plain import without_colour
from zconsole.frontend.render.text import clean
from zconsole.message import Content


def render(data: Mapping[str, Any], metadata: Content, look: Look) -> str:
    """A value in the best of its forms, without a newline at the end."""
    for mime, renderer in RENDERERS.items():
        if mime in data and not (mime == "text/plain" and _says_nothing(data)):
            return renderer(data[mime], _about(metadata, mime), look)
    return summary(data)


def render_error(error: Error, look: Look) -> str:
    """A traceback as the kernel made it, ending in a newline; name and value when there is none."""
    text = "\n".join(error.traceback) or f"{error.name}: {error.value}"
    text = clean(text).rstrip("\n") + "\n"
    return text if look.colour else without_colour(text)


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
        style = palette.person(colour, look.background) if name else palette.sgr(palette.PROMPTS["prompt"])
        head, rest = f"{style}{head}\x1b[0m", f"{style}{rest}\x1b[0m"
    first, *lines = code.rstrip("\n").split("\n")
    return "".join(f"{line}\n" for line in [head + first, *(rest + line for line in lines)])


def out_prompt(count: int, look: Look) -> str:
    """`Out[count]: `."""
    if not look.colour:
        return f"Out[{count}]: "
    frame, number = (palette.sgr(palette.PROMPTS[name]) for name in ("out-prompt", "out-prompt-number"))
    return f"{frame}Out[\x1b[0m{number}{count}\x1b[0m{frame}]: \x1b[0m"


def summary(data: Mapping[str, Any]) -> str:
    """One line for a value that cannot be shown."""
    kinds = [f"{mime}, {_size(value)}" for mime, value in data.items() if mime != "text/plain"]
    return f"[{'; '.join(kinds)}]" if kinds else _text(data.get("text/plain", ""))


def _about(metadata: Content, mime: str) -> Content:
    """What the metadata say of one form; IPython nests them by its type, others send them for all."""
    about = metadata.get(mime)
    return about if isinstance(about, dict) else metadata


def _size(value: Any) -> str:
    length = len(value if isinstance(value, str) else json.dumps(value))
    return f"{length} bytes" if length < 1000 else f"{length / 1000:.0f} kB"


def _plain(value: Any, about: Content, look: Look) -> str:
    text = clean(_text(value))
    if not look.colour:
        return without_colour(text)
    if "\x1b" in text:
        return text
    from zconsole.frontend.render.python import highlight  # when there is a first result to colour

    return highlight(text, look.background)


def _lines(value: Any, about: Content, look: Look) -> str:
    text = clean(_text(value))
    return text if look.colour else without_colour(text)


def _picture(mime: str, value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.pictures import picture  # when the first one comes

    return picture(mime, value, about, look)


def _drawing(value: Any, about: Content, look: Look) -> str:
    from zconsole.frontend.render.pictures import drawing

    return drawing(value, about, look)


def _json(value: Any, about: Content, look: Look) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _text(value: Any) -> str:
    """A value's text; nbformat allows a list of lines as well."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _says_nothing(data: Mapping[str, Any]) -> bool:
    """Whether text/plain only names a display object of which another form says what it is."""
    return len(data) > 1 and bool(_NOTHING.fullmatch(_text(data["text/plain"]).strip()))


_NOTHING = re.compile(r"<(?:IPython\.core\.display\.\w+ object|.* at 0x[0-9a-f]+)>|<Figure size .*>")

Renderer = Callable[[Any, Content, Look], str]
"""From one form of a value, its metadata and a look to text, without a newline at the end."""

RENDERERS: Mapping[str, Renderer] = {
    **{mime: partial(_picture, mime) for mime in ("image/png", "image/jpeg", "image/webp", "image/gif")},
    "image/svg+xml": _drawing,
    "text/plain": _plain,
    "text/markdown": _lines,
    "text/latex": _lines,
    "application/json": _json,
}
"""MIME types that can be shown, the best first."""
