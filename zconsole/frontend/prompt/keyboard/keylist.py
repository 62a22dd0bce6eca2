"""The keys as a list for the user: all that count in the mode that is on, ours and prompt_toolkit's.

Whether a key can count in a mode is told by its filter, of which only the conditions about the mode are
known: each holds, or does not, or it depends; and so it is with what is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from textwrap import wrap

from prompt_toolkit import filters
from prompt_toolkit.filters import Filter, to_filter

from zconsole.frontend.prompt.keyboard.bindings import Binding
from zconsole.frontend.prompt.keyboard.theirkeys import readline_names, their_keys

HEAD = "Keys in {mode} mode, and the names by which c.ZConsole.bindings changes them (docs/keys.md):"

WIDEST = 24
"""Columns of keys beside which a name stands; of more it stands below."""

NARROWEST = 16
"""Columns in which a sentence is still wrapped; in less it is left to the terminal."""


def overview(ours: Iterable[Binding], mode: str, text: str = "", columns: int = 80) -> str:
    """The keys in "emacs" or "vi" mode, no wider than so many columns where that can be read; with a text
    those in which it is."""
    here = [each for each in ours if _holds(to_filter(each.filter), mode) is not False]
    taken = {keys for each in here if not each.eager for keys in each.keys}
    here = [each for each in here if each.name]
    theirs: dict[str, Binding] = {}
    for each in their_keys():
        if each.keys[0] not in taken and _holds(to_filter(each.filter), mode) is not False:
            theirs.setdefault(f"{each.keys[0]} {each.name}", each)
    wanted = text.strip().lower()
    found = [row for row in _rows(chain(here, theirs.values())) if wanted in " ".join(row).lower()]
    used = {each.name for each in chain(here, theirs.values())}
    without = [name for name in readline_names() if name not in used and wanted in name]
    if not found and not without:
        return f"No key has {text!r} in its keys, its name or what it does; %keys lists all."
    last = wrap(f"Without a key: {', '.join(without)}.", columns) if without else []
    return "\n".join([*wrap(HEAD.format(mode=mode), columns), *_table(found, columns), *last])


def _rows(bindings: Iterable[Binding]) -> list[tuple[str, str, str]]:
    """Keys, name and help of each command, with the keys of one beside each other."""
    keys: dict[tuple[str, str], dict[str, None]] = {}
    for each in bindings:
        keys.setdefault((each.name, each.help), {}).update(dict.fromkeys(each.keys))
    return [(", ".join(ways), name, help) for (name, help), ways in keys.items()]


def _table(rows: Sequence[tuple[str, str, str]], columns: int) -> Iterator[str]:
    width = min(WIDEST, max((len(keys) for keys, _, _ in rows), default=0))
    names = max((len(name) for _, name, _ in rows), default=0)
    room = columns - width - names - 4
    for keys, name, help in rows:
        if len(keys) > width:
            yield from wrap(keys, columns)
            keys = ""
        first, *more = (wrap(help, room) if room >= NARROWEST else [help]) or [""]
        yield f"{keys:{width}}  {name:{names}}  {first}"
        yield from (f"{'':{width + names + 4}}{line}" for line in more)


def _holds(filter: Filter, mode: str) -> bool | None:
    """Whether a filter holds in a mode; None when that depends on more."""
    if filter in _MODES:
        return _MODES[filter] == mode if filter in _WHOLE or _MODES[filter] != mode else None
    parts: Sequence[Filter] = getattr(filter, "filters", ())
    if parts:
        decisive = (
            "Or" in type(filter).__name__
        )  # one that holds makes an "or" hold; one that does not, no "and"
        found = [_holds(each, mode) for each in parts]
        return decisive if decisive in found else None if None in found else not decisive
    inverted = getattr(filter, "filter", None)
    if isinstance(inverted, Filter):
        found_inside = _holds(inverted, mode)
        return None if found_inside is None else not found_inside
    return False if isinstance(filter, filters.Never) else None


_WHOLE = (filters.emacs_mode, filters.vi_mode)

_MODES: Mapping[Filter, str] = {
    **dict.fromkeys((filters.emacs_mode, filters.emacs_insert_mode, filters.emacs_selection_mode), "emacs"),
    **dict.fromkeys(
        (
            filters.vi_mode,
            filters.vi_navigation_mode,
            filters.vi_insert_mode,
            filters.vi_insert_multiple_mode,
            filters.vi_replace_mode,
            filters.vi_selection_mode,
            filters.vi_waiting_for_text_object_mode,
            filters.vi_digraph_mode,
        ),
        "vi",
    ),
}
