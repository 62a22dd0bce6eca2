"""The past as data: recorded sessions found, filtered, told and exported.

For `zconsole log`, `%reopen` and `%export`. It reads whole journals, and blocks meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from zconsole.frontend.errors import Trouble, UsageError
from zconsole.frontend.look import Look
from zconsole.frontend.past.retelling import outputs_text, retell
from zconsole.frontend.plain import without_colour
from zconsole.journal.cells import Cell, Past
from zconsole.journal.export import exporter, suffixes
from zconsole.journal.notebook import Shown, interludes, outputs, when
from zconsole.journal.reader import check, content_of, last_entry, read_past
from zconsole.journal.single import cells
from zconsole.journal.store import FILE, JournalError, find_session, is_live, session_folders


class LogError(Trouble):
    """A recorded session that cannot be read or exported."""


@dataclass(frozen=True, slots=True)
class Session:
    """A recorded session: what it tells, and what each of its cells shows at the end."""

    directory: Path
    past: Past
    shown: Sequence[Sequence[Shown]]

    def cells(self, wanted: Wanted) -> Iterator[tuple[int, Cell, Sequence[Shown]]]:
        """The cells that are wanted, with their places in the session."""
        for number, (cell, shown) in enumerate(zip(self.past.cells, self.shown, strict=True)):
            if wanted.fits(cell, shown):
                yield number, cell, shown


class Wanted(NamedTuple):
    """Which cells: only those that failed or were lost; that ended since a moment (seconds since the epoch);
    whose input or output has a text in it, in upper or lower case."""

    errors: bool = False
    since: float = 0.0
    text: str = ""

    @property
    def all(self) -> bool:
        """Whether that is all cells."""
        return self == Wanted()

    def fits(self, cell: Cell, shown: Sequence[Shown]) -> bool:
        """Whether a cell is one of them."""
        if self.errors and cell.status not in ("error", "lost"):
            return False
        if self.since and cell.ended is not None and cell.ended < self.since:
            return False
        text = self.text.lower()
        return not text or text in cell.code.lower() or any(text in each.lower() for each in _texts(shown))


class Recorded(NamedTuple):
    """A line in the list of sessions. `state` is live, ended, or broken off."""

    directory: Path
    id: str
    name: str
    kernel: str
    began: float
    written: float
    state: str
    size: int
    started_in: str


def session(what: str = "") -> Session:
    """The session that a name means, the newest without one; see `store.find_session`. Raises LogError."""
    try:
        return read(find_session(what))
    except JournalError as error:
        raise LogError(str(error)) from None


def read(directory: Path) -> Session:
    """The session in a folder. Raises LogError."""
    try:
        past = read_past(directory)
    except JournalError as error:
        raise LogError(str(error)) from None
    return Session(directory, past, outputs(past, partial(content_of, directory)))


def recorded() -> Iterator[Recorded]:
    """All sessions, the newest first; what cannot be read is passed over."""
    for directory in session_folders():
        try:
            first = check(directory)
            about = (directory / FILE).stat()
        except (JournalError, OSError):
            continue
        state = "live" if is_live(directory) else "ended" if _has_end(directory) else "broken off"
        words = (str(first.fields.get(field) or "") for field in ("name", "kernel", "directory"))
        name, kernel, started_in = words
        id = directory.name.rpartition("-")[2]
        yield Recorded(
            directory, id, name, kernel, first.at, about.st_mtime, state, about.st_size, started_in
        )


def told(session: Session, wanted: Wanted, look: Look) -> str:
    """The cells of a session that are wanted, as text; with all of them also what happened in between."""
    events = interludes(session.past) if wanted.all else {}
    several = len({cell.username for cell in session.past.cells}) > 1
    parts: list[str] = []
    for number, cell, shown in session.cells(wanted):
        parts += [f"*** {events[number]}\n"] if number in events else []
        parts.append(retell(cell, shown, look, cell.username if several else ""))
    last = len(session.past.cells)
    parts += [f"*** {events[last]}\n"] if last in events else []
    return "\n".join(parts)


def objects(session: Session, wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    """The cells of a session that are wanted, as JSON has them; outputs in the form of nbformat."""
    for _, cell, shown in session.cells(wanted):
        yield {
            "session": session.directory.name,
            "execution_count": cell.count or None,
            "code": cell.code,
            "status": cell.status,
            "username": cell.username,
            "life": cell.life,
            "started": when(cell.started),
            "ended": None if cell.ended is None else when(cell.ended),
            "outputs": shown,
            "cut": cell.cut,
        }


def export(session: Session, path: Path) -> str:
    """Write a session to a file of the kind that its suffix says; a sentence about it. Raises LogError, also
    when the file is there: it may be somebody's work."""
    make = exporter(session.past, path.suffix.lower())
    if make is None:
        kinds = ", ".join(suffixes(session.past))
        raise LogError(f"A session of this kernel becomes a file of one of these kinds: {kinds}.")
    text = make(session.past, partial(content_of, session.directory))
    try:
        with path.expanduser().open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        raise LogError(f"{path} is there already; name another file.") from None
    except OSError as error:
        raise LogError(f"Cannot write {path}: {error.strerror}.") from None
    number = len(session.past.cells)
    return f"Wrote {path} ({number} {'cell' if number == 1 else 'cells'})."


def reopened(directory: Path, count: int | None, look: Look) -> str:
    """All that the newest cell with that number shows, or the newest that shows anything. Raises LogError."""
    for cell, shown in _backward(directory, count):
        if cell.count == count or (count is None and shown):
            return outputs_text(cell, shown, look) or f"In [{cell.count}] has shown nothing.\n"
    which = "output" if count is None else f"In [{count}]"
    raise LogError(f"There is no {which} in what is recorded of this session.")


def moment(text: str, now: datetime) -> float:
    """The moment that `--since` means, in seconds since the epoch: a time of the day, a date, both, or a span
    of time before now. Raises UsageError."""
    try:
        if span := _SPAN.fullmatch(text.strip()):
            return (now - timedelta(**{_UNITS[span[2]]: float(span[1])})).timestamp()
        if _CLOCK.fullmatch(text):
            time = datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M").time()
            today = datetime.combine(now.date(), time, now.tzinfo)
            return (today if today <= now else today - timedelta(days=1)).timestamp()
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since {text}: that is no time (14:05, 2026-11-21, 2026-11-21T14:05) and no span of time "
            "(90s, 10min, 2h, 3d)."
        ) from None


def _backward(directory: Path, count: int | None) -> Iterator[tuple[Cell, Sequence[Shown]]]:
    """The cells with a number, or all, the newest first, with what each shows; then, since some kernels have
    no cells that can be found one by one, all again."""
    try:
        for past in cells(directory, count):
            yield past.cells[0], outputs(past, partial(content_of, directory))[0]
    except JournalError as error:
        raise LogError(str(error)) from None
    whole = read(directory)
    yield from zip(reversed(whole.past.cells), reversed(whole.shown), strict=True)


def _texts(shown: Sequence[Shown]) -> Iterator[str]:
    for each in shown:
        yield without_colour(each.get("text", ""))
        yield without_colour("\n".join(each.get("traceback", ())))
        data = each.get("data", {})
        yield from (str(value) for mime, value in data.items() if mime.startswith("text/"))


def _has_end(directory: Path) -> bool:
    last = last_entry(directory)
    return last is not None and last.kind == "end"


_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|m|h|d)")
_UNITS: Mapping[str, str] = {"s": "seconds", "min": "minutes", "m": "minutes", "h": "hours", "d": "days"}
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
