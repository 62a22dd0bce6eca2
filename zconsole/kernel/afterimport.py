"""Call something as soon as a module has been imported by the user's code, without importing it.

A finder stands before Python's own. For names that nobody waits for it costs a look into a dictionary; the
module that is waited for is found by the others, and its loader is wrapped for the one time that it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:  # what they would do is not needed, and importing them takes a millisecond
    Loader = MetaPathFinder = object

Imported = Callable[[ModuleType], None]


class AfterImport(MetaPathFinder):
    """Waits for modules, by name."""

    def __init__(self) -> None:
        self._waiting: dict[str, Imported] = {}

    def install(self) -> None:
        """Begin to look."""
        sys.meta_path.insert(0, self)

    def call(self, name: str, imported: Imported) -> None:
        """Call `imported` with a module when it has been imported; at once when it has been already."""
        if module := sys.modules.get(name):
            imported(module)
        else:
            self._waiting[name] = imported

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for a module that nobody waits for; else what the other finders say, its loader wrapped."""
        imported = self._waiting.pop(fullname, None)
        if imported is None:
            return None
        spec = find_elsewhere(self, fullname, path, target)
        if spec is None or spec.loader is None:
            self._waiting[fullname] = imported  # it is not there: it may be installed later
            return spec
        spec.loader = _Loader(spec.loader, imported, lambda: self.call(fullname, imported))
        return spec


def find_elsewhere(
    asking: MetaPathFinder, fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    """What the finders other than the one that asks say of a module; None when none of them has it."""
    for finder in sys.meta_path:
        if finder is not asking and (spec := finder.find_spec(fullname, path, target)):
            return spec
    return None


class _Loader(Loader):
    """A loader that says when it has loaded, and leaves its place to the one that it has wrapped. `again` is
    called when the module could not be loaded."""

    def __init__(self, loader: Loader, imported: Imported, again: Callable[[], None]) -> None:
        self._loader = loader
        self._imported = imported
        self._again = again

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the wrapped one."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As the wrapped one; then the call."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        try:
            self._loader.exec_module(module)
            self._imported(module)
        except BaseException:  # an interrupt, too: then it is imported, and told of, once more
            sys.modules.pop(module.__name__, None)  # as the import does next
            self._again()
            raise
