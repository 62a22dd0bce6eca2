"""What a complete_reply offers, and which of it fits what has been typed. Pure.

Specification: "Completion". A kernel says what its matches replace: the code from `cursor_start` to
`cursor_end`, which may reach behind the cursor. What kind of thing a match is, is only known of kernels that
send ipykernel's `_jupyter_types_experimental`. Everything that is made of it here must bear replies of the
wrong shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Match(NamedTuple):
    """One text that can be inserted, and what is known of it: its `kind`, and a line `about` it (a
    signature)."""

    text: str
    kind: str = ""
    about: str = ""


class Found(NamedTuple):
    """The matches that can stand in place of the code from `start` to the cursor, and of so many characters
    `behind` it."""

    start: int
    matches: Sequence[Match] = ()
    behind: int = 0


def read_reply(content: Mapping[str, object], position: int) -> Found:
    """What a complete_reply's content offers for a cursor at `position`."""
    texts, start, end = (content.get(field) for field in ("matches", "cursor_start", "cursor_end"))
    start = position if start is None else start
    end = position if end is None else end
    if not isinstance(texts, list) or not isinstance(start, int) or not isinstance(end, int):
        return Found(position)
    if not 0 <= start <= position:
        return Found(position)
    known = _types(content.get("metadata"))
    matches = [known.get(text) or Match(text) for text in texts if isinstance(text, str) and text]
    return Found(start, matches, max(end - position, 0))


def narrowed(found: Found, code: str, position: int) -> Found:
    """What is left of matches when the code goes on to `position`."""
    typed = code[found.start : position]
    matches = [match for match in found.matches if match.text.startswith(typed)]
    return found._replace(matches=matches)


def word_start(code: str, position: int) -> int:
    """Where the word begins that ends at `position`."""
    return _WORD.search(code, max(0, position - 200), position).start()  # type: ignore[union-attr]


def words(code: str, position: int) -> Found:
    """The other words of the code that begin as the one before `position`, which has two letters at least."""
    start = word_start(code, position)
    word = code[start:position]
    if len(word) < 2:
        return Found(position)
    others = dict.fromkeys(_LONG_WORD.findall(code[:start] + " " + code[position:]))
    return Found(start, [Match(each) for each in others if each.startswith(word) and each != word])


def loosely(found: Found, code: str, position: int) -> Found:
    """The matches in which the letters of the word before `position` come in their order, best first: those
    that begin with it, then by where the letters begin and how close together they are."""
    begin = max(word_start(code, position), found.start)
    before, word = code[found.start : begin], code[begin:position]
    ranked = []
    for number, match in enumerate(found.matches):
        name = match.text.removeprefix(before)
        if name.startswith(word):
            ranked.append(((0, 0, 0, number), match))
        elif span := _span(name.lower(), word.lower()):
            ranked.append(((1, *span, number), match))
    ranked.sort()
    return found._replace(matches=[match for _, match in ranked])


def common(found: Found) -> str:
    """What all matches begin with."""
    low, high = min(match.text for match in found.matches), max(match.text for match in found.matches)
    same = next(
        (number for number, letter in enumerate(low) if high[number : number + 1] != letter), len(low)
    )
    return low[:same]


def shown(match: Match, typed: str, before: str) -> str:
    """What the menu shows of a match, when `typed` is what it replaces, up to the cursor, and `before` the
    code in front of that: without the object or the folder that stands there already."""
    text = match.text
    if match.kind in ("dict key", "magic"):
        return text
    is_path = match.kind == "path" or "/" in typed or before[-1:] in ("'", '"', "/")
    cut = typed.rfind("/" if is_path else ".") + 1
    if text.startswith(typed[:cut]) and len(text) > cut:
        text = text[cut:]
    return f"{text}()" if match.kind == "function" else text


def meta(match: Match) -> str:
    """What is said of a match beside it, or below the menu."""
    return f"{match.kind} {match.about}".strip()


def _span(name: str, letters: str) -> tuple[int, int] | None:
    """Where the letters begin in a name, and over how much they stretch."""
    begin = at = name.find(letters[0])
    for letter in letters[1:]:
        if at < 0:
            return None
        at = name.find(letter, at + 1)
    return None if at < 0 else (begin, at - begin)


def _types(metadata: object) -> Mapping[str, Match]:
    experimental = metadata.get("_jupyter_types_experimental") if isinstance(metadata, dict) else None
    return (
        {match.text: match for match in _read_types(experimental)} if isinstance(experimental, list) else {}
    )


def _read_types(items: Sequence[object]) -> Iterator[Match]:
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("text"), str):
            kind = str(item.get("type") or "")
            yield Match(item["text"], "" if kind in _UNTOLD else kind, str(item.get("signature") or ""))


_UNTOLD = ("<unknown>", "attribute", "variable")
"""Kinds that say no more than where the match was found."""

_WORD = re.compile(r"\w*\Z")
_LONG_WORD = re.compile(r"[^\W\d]\w{2,}")
