"""What libraries find out about the terminal: that of the front end whose cell runs.

The kernel has no terminal of its own. Libraries ask in different ways: `os.get_terminal_size` (shutil), the
environment (tqdm, rich, polars, child processes), options of their own with defaults for notebooks (pandas,
numpy), or whether there is an ipykernel (tqdm.auto and others, which then send widgets). Before each cell all
of these are put in order for its front end: a terminal's size and colours, or, for one that has told of no
terminal, what a notebook's kernel has.

The rule: what the user has set stays. Each `Item` knows what was there before and what we put there; anything
else that it finds is the user's, from then on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import ModuleType
from typing import Any

from zconsole.kernel.afterimport import AfterImport
from zconsole.kernel.terminals import Terminal

Values = dict[str, str | None]
"""Variables of the environment; None for one that is not set."""

IPYKERNEL = "IPKernelApp"
"""The section of IPython's configuration by which libraries tell that they are in a notebook's kernel."""


class Item:
    """Something that is set for a terminal: `get` and `set` it."""

    def __init__(self, get: Callable[[], Any], set: Callable[[Any], None]) -> None:
        self._get = get
        self._set = set
        self._plain = self._last = get()
        self._users = False

    def wear(self, value: Any) -> None:
        """Set it, unless the user has."""
        self._users = self._users or self._get() != self._last
        if not self._users and value != self._last:
            self._set(value)
            self._last = value

    @property
    def is_ours(self) -> bool:
        """Whether what is there now has been put there by us."""
        return not self._users and self._get() == self._last != self._plain

    def take_off(self) -> None:
        """Put back what was there before us."""
        self.wear(self._plain)


class Outfit:
    """Puts all in order for a terminal.

    Arguments: `current`, which tells the terminal of the front end that the calling code works for; `config`,
    IPython's configuration; `imports`, by which libraries are seen to come.
    """

    def __init__(
        self,
        current: Callable[[], Terminal | None],
        config: MutableMapping[str, Any],
        imports: AfterImport,
    ) -> None:
        self._current = current
        self._config = config
        self._worn: Terminal | None = None
        self._libraries: dict[str, Callable[[Terminal | None], None]] = {}
        self._size = {name: _variable(name) for name in ("COLUMNS", "LINES", "POLARS_TABLE_WIDTH")}
        self._colours = {
            name: _variable(name) for name in ("COLORTERM", "COLORFGBG", "FORCE_COLOR", "NO_COLOR")
        }
        self._imports = imports
        self._known = False

    def install(self) -> None:
        """Begin: the size of a terminal can be asked for, libraries are looked at when they are imported."""
        os.get_terminal_size = self._terminal_size(os.get_terminal_size)
        for name in _LIBRARIES:
            self._imports.call(name, self._imported)
        self._imports.call("rich.console", self._rich)

    def wear(self) -> None:
        """A cell begins, in the calling thread."""
        terminal = self._current()
        if terminal == self._worn and self._known:
            return
        self._known = True
        self._worn = terminal
        self._wear_size(terminal)
        _wear(self._colours, _colours(terminal))
        if terminal:
            self._config.pop(IPYKERNEL, None)
        elif IPYKERNEL not in self._config:
            self._config[IPYKERNEL] = type(self._config)()
        for wear in self._libraries.values():
            wear(terminal)

    def resized(self, terminal: Terminal) -> None:
        """The terminal for which a cell runs has another size: for who asks from now on. In any thread."""
        self._wear_size(terminal)

    def _wear_size(self, terminal: Terminal | None) -> None:
        if terminal:
            columns, rows = str(terminal.columns), str(terminal.rows)
            _wear(self._size, {"COLUMNS": columns, "LINES": rows, "POLARS_TABLE_WIDTH": columns})
        else:
            _wear(self._size, {})

    def _imported(self, module: ModuleType) -> None:
        wear = self._libraries[module.__name__] = _LIBRARIES[module.__name__](module)
        wear(self._worn)

    def _rich(self, module: ModuleType) -> None:
        # a Console keeps the COLUMNS that it was made with; without them it asks each time
        module.Console._environ = Unsized(os.environ, self._size)

    def _terminal_size(self, ask: Callable[..., os.terminal_size]) -> Callable[..., os.terminal_size]:
        def get_terminal_size(fd: int = 1, /) -> os.terminal_size:
            terminal = self._current() if fd in _STANDARD else None
            return os.terminal_size((terminal.columns, terminal.rows)) if terminal else ask(fd)

        return get_terminal_size


class Unsized(Mapping[str, str]):
    """The environment without those of its variables that we have set."""

    def __init__(self, environment: Mapping[str, str], ours: Mapping[str, Item]) -> None:
        self._environment = environment
        self._ours = ours

    def __getitem__(self, name: str) -> str:
        if name in self._ours and self._ours[name].is_ours:
            raise KeyError(name)
        return self._environment[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._environment if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _variable(name: str) -> Item:
    def set(value: str | None) -> None:
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

    return Item(lambda: os.environ.get(name), set)


def _wear(items: dict[str, Item], values: Values) -> None:
    for name, item in items.items():
        if name in values:
            item.wear(values[name])
        else:
            item.take_off()


def _colours(terminal: Terminal | None) -> Values:
    if terminal is None:
        return {}
    ground = {"COLORFGBG": "0;15" if terminal.background == "light" else "15;0"}
    if terminal.color_depth == 1:
        return {**ground, "FORCE_COLOR": None, "NO_COLOR": "1"}
    return {**ground, "COLORTERM": "truecolor" if terminal.color_depth == 24 else None}


def _pandas(module: ModuleType) -> Callable[[Terminal | None], None]:
    def option(name: str) -> Item:
        return Item(lambda: module.get_option(name), lambda value: module.set_option(name, value))

    # None and 0: as wide as the terminal, which it asks for each time
    wanted = ((option("display.width"), None), (option("display.max_columns"), 0))

    def wear(terminal: Terminal | None) -> None:
        for item, value in wanted:
            if terminal:
                item.wear(value)
            else:
                item.take_off()

    return wear


def _numpy(module: ModuleType) -> Callable[[Terminal | None], None]:
    item = Item(
        lambda: module.get_printoptions()["linewidth"],
        lambda value: module.set_printoptions(linewidth=value),
    )

    def wear(terminal: Terminal | None) -> None:
        if terminal:
            item.wear(max(terminal.columns - 1, 20))
        else:
            item.take_off()

    return wear


_STANDARD = (0, 1, 2)
_LIBRARIES: dict[str, Callable[[ModuleType], Callable[[Terminal | None], None]]] = {
    "numpy": _numpy,
    "pandas": _pandas,
}
