"""What people do with keys that takes more than one look."""

import contextlib

from tests.terminal.harness import NotSeen, Terminal

LONGEST = 6  # seconds; the console waits ten for a kernel's first completion, and a Tab meanwhile joins in
TRIES = 6


def complete(t: Terminal, typed: str, seen: str) -> None:
    """Type, and press Tab until completions are seen: a kernel's first one may take longer than the console
    waits for it (jedi has to be imported, and finds none of its caches)."""
    t.type(typed)
    for _ in range(TRIES - 1):
        t.keys("tab")
        with contextlib.suppress(NotSeen):
            t.wait(seen, timeout=LONGEST)
            return
    t.keys("tab")
    t.wait(seen, timeout=LONGEST)
