"""Modules that others import and that we hardly ever need: imported when something is asked of them.

asyncio imports `ssl`, which takes 5 ms and more than a megabyte; `pathlib` imports what reads IP
addresses. Until Python has lazy imports (PEP 810), a stand-in can be put into `sys.modules` for the time in
which a process starts. Who imports the module then has the stand-in in its namespace; whatever is asked of
that, is asked of the module itself, which is imported for it. Behind the start `take_away` leaves the imports
of everybody else as they always are. The kernel, where the user's code runs, has none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

_NEEDS = {"ssl": "_ssl", "asyncio.sslproto": "_ssl"}
"""What Python may have been built without: then the import fails, and who imports the module has to know."""


class _StandIn(ModuleType):
    """Stands for the module of its name."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._module(), name)

    def __dir__(self) -> Iterable[str]:
        return dir(self._module())

    def _module(self) -> Any:
        from importlib import import_module

        _remove(self)
        return import_module(self.__name__)


def stand_in(*names: str) -> None:
    """Put stand-ins in the place of these modules, unless they are here already; before anything else is
    imported."""
    for name in names:
        if name not in sys.modules and _is_there(_NEEDS.get(name)):
            sys.modules[name] = _StandIn(name)


def take_away() -> None:
    """From now on who imports one of these modules gets the module."""
    for name, module in list(sys.modules.items()):
        if type(module) is _StandIn:
            package, _, last = name.rpartition(".")
            if package in sys.modules and not hasattr(sys.modules[package], last):
                setattr(sys.modules[package], last, module)  # as importing it would have
            _remove(module)


def _is_there(needed: str | None) -> bool:
    if needed is None or needed in sys.builtin_module_names:
        return True
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(needed) is not None


def _remove(standin: _StandIn) -> None:
    name = standin.__name__
    if sys.modules.get(name) is standin:
        del sys.modules[name]
