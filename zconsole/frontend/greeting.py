"""What a start has to say once the prompt is there: what waits from earlier sessions.

It is looked up in a thread, on the disk alone, and shown above the prompt: no start waits for it. Each look is
a function without arguments that gives sentences; the table at the end is the order in which they are said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


def greetings() -> list[str]:
    """The sentences for a session that begins. It blocks, and raises nothing."""
    return [sentence for look in _LOOKS for sentence in look()]


def unclean() -> Iterable[str]:
    """The newest session that ended before its user wanted it to, the first time it is seen."""
    return ()


_LOOKS: tuple[Callable[[], Iterable[str]], ...] = (unclean,)
