"""Themes by name: IPython's names, and all styles of Pygments. Imported when one is chosen.

A style of Pygments brings colours for a background of its own. The background stays the terminal's, so what
the style has for plain text stays the terminal's as well, and what only marks an error is left out: a block
is wrong most of the time while it is typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zconsole.frontend.palette import LIGHT_PROMPTS, PROMPTS, Theme

NO_COLOUR = "nocolor"
"""The theme that has none: also what the kernel sends is shown without."""


def theme(name: str) -> Theme:
    """The theme of this name. Raises ValueError, with a sentence, when there is none."""
    named = _NAMED.get(name)
    if named is None:
        return Theme(_tokens(name), PROMPTS)
    tokens = _tokens(named.style) if named.style else named.tokens
    return Theme({**tokens, **named.tokens}, {**PROMPTS, **named.prompts})


def _tokens(style: str) -> Mapping[str, str]:
    from pygments.styles import get_style_by_name
    from pygments.util import ClassNotFound

    try:
        found = get_style_by_name(style)
    except ClassNotFound:
        raise ValueError(_unknown(style)) from None
    tokens: dict[str, str] = {}
    for token, look in found:
        name = str(token).partition(".")[2].lower().removeprefix("literal.")
        if name and not name.startswith(("error", "generic", "text")):
            tokens[name] = _words(look)
    return tokens


def _words(look: Mapping[str, object]) -> str:
    """The style of a token in Pygments' form, in prompt_toolkit's."""
    words = [name for name in ("bold", "italic", "underline") if look[name]]
    words += [str(look["ansicolor"])] if look["ansicolor"] else [f"#{look['color']}"] if look["color"] else []
    return " ".join(words)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    from pygments.styles import get_all_styles

    near = get_close_matches(name, [*_NAMED, *get_all_styles()], n=3, cutoff=0.5)
    meant = (
        f" Did you mean {' or '.join(near)}?"
        if near
        else f" There are {', '.join(_NAMED)}, and Pygments' styles."
    )
    return f"No theme is called {name!r}.{meant}"


class _Named(NamedTuple):
    """What a name means: a style of Pygments, and what goes before it."""

    style: str = ""
    tokens: Mapping[str, str] = {}
    prompts: Mapping[str, str] = {}


_NEUTRAL = {
    "comment": "italic #808080",
    "keyword": "bold #0087d7",
    "keyword.constant": "#00878f",
    "name.builtin": "#00878f",
    "name.class": "bold #af8700",
    "name.decorator": "#af5fd7",
    "name.exception": "#d75f5f",
    "name.function": "#af8700",
    "name.function.magic": "#af5fd7",
    "name.variable.magic": "#af5fd7",
    "number": "#00878f",
    "operator.word": "bold #0087d7",
    "string": "#5f8700",
    "string.escape": "#af8700",
    "string.interpol": "#af8700",
}
"""Of middle brightness, so that they can be read on black and on white."""

_PRIDE = {
    "comment": "italic #808080",
    "keyword": "bold #d70087",
    "name.builtin": "#8700d7",
    "name.class": "bold #d75f00",
    "name.decorator": "#8700d7",
    "name.function": "#d75f00",
    "number": "#0087d7",
    "operator.word": "bold #d70087",
    "string": "#008700",
}

_NAMED: Mapping[str, _Named] = {
    "linux": _Named("monokai"),
    "lightbg": _Named(
        "pastie", prompts={**LIGHT_PROMPTS, "prompt": "ansiblue", "prompt-number": "bold ansiblue"}
    ),
    "neutral": _Named(tokens=_NEUTRAL, prompts=LIGHT_PROMPTS),
    "gruvbox-dark": _Named(
        "gruvbox-dark",
        prompts={
            "prompt": "#8ec07c",
            "prompt-number": "bold #b8bb26",
            "prompt-failed": "#fb4934",
            "prompt-failed-number": "bold #fb4934",
            "out-prompt": "#d3869b",
            "out-prompt-number": "bold #d3869b",
        },
    ),
    "pride": _Named(
        tokens={
            **_PRIDE,
            "keyword": "bold #ff5faf",
            "operator.word": "bold #ff5faf",
            "number": "#5fafff",
            "name.builtin": "#af87ff",
            "name.decorator": "#af87ff",
            "string": "#5fd75f",
            "name.class": "bold #ffaf00",
            "name.function": "#ffaf00",
        },
        prompts={
            "prompt": "#af87ff",
            "prompt-number": "bold #ff5faf",
            "out-prompt": "#ffaf00",
            "out-prompt-number": "bold #ffaf00",
        },
    ),
    "pride:l": _Named(
        tokens=_PRIDE,
        prompts={
            "prompt": "#8700d7",
            "prompt-number": "bold #d70087",
            "out-prompt": "#d75f00",
            "out-prompt-number": "bold #d75f00",
        },
    ),
    NO_COLOUR: _Named(prompts=dict.fromkeys(PROMPTS, "")),
}
