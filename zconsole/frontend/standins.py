"""Modules that others import and that we hardly ever need: imported when something is asked of them.

asyncio imports `ssl`, which takes 5 ms and more than a megabyte; `pathlib` imports what reads IP addresses. Until Python has lazy imports (PEP 810), a stand-in can be put into
`sys.modules` for the time in which a process starts. Who imports the module then has the stand-in in its
namespace; whatever is asked of that, is asked of the module itself, which is imported for it. Behind the
start `take_away` leaves the imports of everybody else as they always are. The kernel,
where the user's code runs, has none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

_NEEDS = {"ssl": "_ssl", "asyncio.sslproto": "_ssl"}
"""What Python may have been built without: then the import fails, and who imports the module has to know."""


def stand_in(*names: str) -> None:
    """Put stand-ins in the place of modules that have not been imported yet.

    `module:Name,Name` is one of which others import these classes by name, to pass them on; they get
    stand-ins too.
    """
    for module, _, classes in (name.partition(":") for name in names):
        if module not in sys.modules and _is_there(_NEEDS.get(module)):
            sys.modules[module] = _Module(module, classes.split(","))


def take_away() -> None:
    """From now on who imports one of these modules gets the module."""
    for name, module in list(sys.modules.items()):
        if type(module) is _Module:
            package, _, last = name.rpartition(".")
            if package in sys.modules and not hasattr(sys.modules[package], last):
                setattr(sys.modules[package], last, module)  # as importing it would have
            _remove(module)


class _Module(ModuleType):
    """Stands for the module of its name."""

    def __init__(self, name: str, classes: Iterable[str]) -> None:
        super().__init__(name)
        vars(self)["_classes"] = {name: _Class(self, name) for name in classes if name}

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # `from module import Name` asks for it first
            return _path(self.__name__)
        # of a package: a part of it that has a stand-in too
        part = sys.modules.get(f"{self.__name__}.{name}") or self._classes.get(name)
        return getattr(_imported(self), name) if part is None else part

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_imported(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_imported(self), name)

    def __dir__(self) -> Iterable[str]:
        return dir(_imported(self))


class _Class:
    """Stands for a class of such a module."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self._module, self._name = module, name

    def _class(self) -> Any:
        return getattr(_imported(self._module), self._name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._class()(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._class(), name)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._class(),)

    def __instancecheck__(self, value: object) -> bool:
        return bool(isinstance(value, self._class()))


def _imported(standin: ModuleType) -> ModuleType:
    from importlib import import_module

    _remove(standin)
    return import_module(standin.__name__)


def _remove(standin: ModuleType) -> None:
    if sys.modules.get(standin.__name__) is standin:
        del sys.modules[standin.__name__]


def _is_there(needed: str | None) -> bool:
    return needed is None or needed in sys.builtin_module_names or _find(needed) is not None


def _path(name: str) -> list[str]:
    from importlib import import_module

    package = name.rpartition(".")[0]
    spec = _find(name, import_module(package).__path__ if package else None)
    if spec is None or spec.submodule_search_locations is None:
        raise AttributeError("__path__")  # it is no package
    return spec.submodule_search_locations


def _find(name: str, path: Sequence[str] | None = None) -> ModuleSpec | None:
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(name, path)
