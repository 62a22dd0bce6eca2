"""What a start has to say once the prompt is there: what waits from earlier sessions.

It is looked up in a thread, on the disk alone, and shown above the prompt: no start waits for it. Each look
is a function without arguments that gives sentences; the table at the end is the order in which they are
said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from zconsole.frontend.choosing.runtime import known_kernels
from zconsole.frontend.past.unclean import TOLD, Unclean, note, unclean_sessions

LOOKED_AT = 20
"""How many of the newest sessions are looked at: it takes half a millisecond each."""


def greetings() -> list[str]:
    """The sentences for a session that begins. It blocks, and raises nothing."""
    return [sentence for look in _LOOKS for sentence in look()]


def unclean() -> Iterator[str]:
    """The newest session that ended before its user wanted it to, the first time that it is seen."""
    found = next(unclean_sessions(LOOKED_AT), None)
    if found and not (found.folder / TOLD).exists():
        note(found.folder, TOLD)
        yield f"{called(found)} was cut off. %recover brings back what can be run again."


def detached() -> Iterator[str]:
    """The kernels that run on by themselves, with nobody there."""
    found = [(kernel.name, since) for kernel in known_kernels() if (since := kernel.detached)]
    if found:
        listed = ", ".join(f"{name} (since {_clock(since.astimezone())})" for name, since in found)
        whom, it = (found[0][0], "it") if len(found) == 1 else ("NAME", "one")
        yield f"Detached: {listed}. zconsole --existing {whom} comes back to {it}."


def called(session: Unclean) -> str:
    """A session in a sentence, at its beginning: by its name, and when it was last heard of."""
    name = f"The session {session.about['name']}" if session.about.get("name") else "A session"
    return f"{name} of {_clock(datetime.fromtimestamp(session.last))}"


def _clock(when: datetime) -> str:
    day = "" if when.date() == datetime.now().date() else f"{when:%Y-%m-%d} "
    return f"{day}{when:%H:%M}"


_LOOKS: tuple[Callable[[], Iterator[str]], ...] = (detached, unclean)
