"""The settings as they are now: they can be changed while the session runs.

Whoever draws or decides asks `now` when it needs to know; only who keeps something that was made of a setting
(a style, a table of keys) has itself told of changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zconsole.frontend.settings import LIVE, Settings

Changed = Callable[[frozenset[str]], None]
"""Is called with the names of the settings that have changed."""


class Preferences:
    """The settings of one session."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.now = settings or Settings()
        self._observers: list[Changed] = []

    def observe(self, changed: Changed) -> None:
        """Call this after each change."""
        self._observers.append(changed)

    def change(self, **values: Any) -> None:
        """Give settings new values, which have been validated. Raises ValueError for one that is not LIVE."""
        if fixed := values.keys() - LIVE:
            raise ValueError(f"{', '.join(sorted(fixed))} cannot be changed while the session runs.")
        before, self.now = self.now, self.now._replace(**values)
        changed = frozenset(name for name in values if getattr(before, name) != getattr(self.now, name))
        for observer in self._observers if changed else ():
            observer(changed)
