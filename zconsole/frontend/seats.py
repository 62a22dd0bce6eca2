"""What our kernel says about seats, as values. Pure.

A *seat* is a zconsole front end attached to a kernel (docs/messages.md, "Seats"): an extension that our
kernel advertises as FEATURE. It comes from another process, so whatever has the wrong shape is taken for
absent, and nothing here raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zconsole.message import Content

FEATURE = "zconsole seats"
"""Among the `supported_features` of a kernel that knows seats."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A front end by its unique `name` and its session; `since` when it has been there, None if unknown."""

    name: str
    session: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A cell that runs: its number, its code (of a long one the beginning), since when, whose it is. What is
    not known is None or empty."""

    count: int | None = None
    code: str = ""
    since: datetime | None = None
    session: str = ""
    name: str = ""


def seats(content: Content) -> Sequence[Seat]:
    """The seats that a `seat_reply` or `seats` lists, in the order in which they came."""
    listed = content.get("seats")
    fields = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return tuple(
        Seat(printable(_text(item, "name")), _text(item, "session"), moment(item.get("since")))
        for item in fields
    )


def names(content: Content, field: str) -> Sequence[str]:
    """The names in the field "came" or "gone" of a `seats`."""
    listed = content.get(field)
    return tuple(printable(str(name)) for name in listed) if isinstance(listed, list) else ()


def running(content: Content) -> Running | None:
    """The cell that runs by a `seat_reply`; None when none does."""
    fields = content.get("running")
    if not isinstance(fields, dict):
        return None
    return Running(
        number(fields.get("execution_count")),
        _text(fields, "code"),
        moment(fields.get("since")),
        _text(fields, "session"),
        printable(_text(fields, "name")),
    )


def number(value: object) -> int | None:
    """A count, None when it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def printable(name: str) -> str:
    """A name, or another short text, without what could move a terminal's cursor."""
    return "".join(filter(str.isprintable, name))


def moment(value: object) -> datetime | None:
    """A time by its ISO 8601 form with a zone, None when it is none."""
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return when if when.tzinfo else None


def supported(info: Content) -> bool:
    """Whether the kernel of this kernel_info_reply knows seats."""
    features = info.get("supported_features")
    return isinstance(features, list) and FEATURE in features


def _text(fields: Content, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
