"""Sees C code come into the kernel that is neither Python's nor ours: such code may write with the GIL held.

A finder stands before Python's own and looks at what they find, until it is the first extension module of
that kind. `ctypes` counts as one: with it everything can be called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

from zconsole.kernel.afterimport import find_elsewhere

if TYPE_CHECKING:
    from importlib.abc import MetaPathFinder
else:  # what it would do is not needed, and importing it takes a millisecond
    MetaPathFinder = object

DOORS = ("_ctypes", "_curses", "_tkinter", "readline")
"""Of Python's own, what calls other libraries that write."""

_HARMLESS = {*sys.stdlib_module_names, "zmq"}


class CCode(MetaPathFinder):
    """Calls `come` once, before the first such module is loaded."""

    def __init__(self, come: Callable[[], object]) -> None:
        self._come = come
        self._waits = True

    def install(self) -> None:
        """Begin to look; some may be here already."""
        specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
        if any(map(_is_foreign, specs)):
            self._come()
        else:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders say; None when nobody waits any more. (Taken out of the list this would make
        another thread that goes through it miss one.)"""
        if not self._waits:
            return None
        spec = find_elsewhere(self, fullname, path, target)
        if self._waits and _is_foreign(spec):
            self._waits = False
            self._come()
        return spec


def _is_foreign(spec: ModuleSpec | None) -> bool:
    if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
        return False
    return spec.name in DOORS or spec.name.partition(".")[0] not in _HARMLESS
