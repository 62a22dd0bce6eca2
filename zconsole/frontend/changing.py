"""Settings and keys shown, and settings changed, while the session runs: `%config ZConsole`, `%keys`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from zconsole.frontend.prompt.terminal import Terminal
from zconsole.frontend.settings import LIVE, Settings

if TYPE_CHECKING:
    from traitlets import TraitType

HEAD = "Settings of the console. %config ZConsole.NAME = VALUE changes one; those with a - are fixed by now."


class Changing:
    """What is asked about the settings of a session. `say` shows a sentence."""

    def __init__(self, say: Callable[[str], None], terminal: Terminal) -> None:
        self._say = say
        self._terminal = terminal
        self._preferences = terminal.preferences

    async def keys(self, text: str) -> None:
        """List the keys; with a text those in which it is."""
        await self._terminal.page(self._terminal.keys(text))

    async def config(self, argument: str) -> None:
        """`ZConsole` lists all settings, `ZConsole.name` shows one, `ZConsole.name = value` changes it."""
        asked = re.fullmatch(r"ZConsole(?:\.(\w+)\s*(?:=\s*(.+))?)?", argument)
        if asked is None:
            self._say("%config ZConsole lists the settings, %config ZConsole.NAME = VALUE changes one.")
            return
        name, text = asked.groups()
        if name is None:
            await self._terminal.page("\n".join(overview(self._preferences.now, self._terminal.look.width)))
        elif name not in Settings._fields:
            from difflib import get_close_matches

            near = get_close_matches(name, Settings._fields, 1)
            meant = f"; did you mean {near[0]}?" if near else ". %config ZConsole lists them."
            self._say(f"There is no setting {name}{meant}")
        elif text is None:
            self._say("\n".join(_told(name, self._preferences.now)))
        else:
            self._change(name, text)

    def _change(self, name: str, text: str) -> None:
        from traitlets import TraitError

        from zconsole.frontend.configurable import complaint

        try:
            self._preferences.change(**{name: validated(name, text)})
        except TraitError as error:
            self._say(f"ZConsole.{name} {complaint(error)}.")
        except ValueError as error:
            self._say(f"{error} A configuration file, or the command line of the next start, can do it.")
        else:
            for problem in self._terminal.key_problems if name == "bindings" else ():
                self._say(problem)


def validated(name: str, text: str) -> Any:
    """The value of a setting that a text means: Python's, or words without quotes. Raises TraitError."""
    from traitlets import TraitError

    from zconsole.frontend.configurable import ZConsole

    app, refused = ZConsole(), []
    for value in _meanings(name, text):
        try:
            setattr(app, name, value)
        except TraitError as error:
            refused.append(error)
        else:
            return getattr(app.settings, name)
    raise refused[0]


def _meanings(name: str, text: str) -> Iterator[Any]:
    """What a text may mean as a setting, the likeliest first."""
    from traitlets import TraitError

    for read in (ast.literal_eval, _trait(name).from_string):
        try:
            yield read(text)
        except (ValueError, SyntaxError, TraitError):
            pass  # then it means something else
    yield text


def overview(settings: Settings, columns: int) -> Iterator[str]:
    """All settings by group: the value, what it is for."""
    from zconsole.frontend.configurable import GROUPS

    first = {name: group for group, name in GROUPS.items()}
    rows = [(name, f"{name} = {_written(getattr(settings, name))}") for name in Settings._fields]
    width = min(34, max(len(row) for _, row in rows))
    yield HEAD
    for name, row in rows:
        if name in first:
            yield f"\n{first[name]}"
        about = wrap(_help(name), max(columns - width - 4, 20))
        beside = [f"{' ' if name in LIVE else '-'} {row:{width}}"] + [" " * (width + 2)] * len(about)
        if len(row) > width:
            yield beside.pop(0)
        yield from (f"{left}  {right}" for left, right in zip(beside, about, strict=False))


def _told(name: str, settings: Settings) -> Iterator[str]:
    yield f"ZConsole.{name} = {_written(getattr(settings, name))}"
    default = getattr(Settings(), name)
    yield f"{_help(name)} By default {_written(default)}." + ("" if name in LIVE else " Fixed by now.")


def _help(name: str) -> str:
    trait = _trait(name)
    values = getattr(trait, "values", None)
    choice = f" One of {', '.join(map(repr, values))}." if values else ""
    return f"{trait.help}{choice}"


def _trait(name: str) -> TraitType[Any, Any]:
    from zconsole.frontend.configurable import ZConsole

    return ZConsole.class_traits()[name]


def _written(value: object) -> str:
    """A value as it is written in a configuration file."""
    return repr(list(value) if isinstance(value, tuple) else value)
