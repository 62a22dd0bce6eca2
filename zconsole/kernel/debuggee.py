"""IPython as the debugger sees it: a namespace, and cells that can be given the names of files.

Until debugging begins nothing of this runs, and cells are named by IPython.
"""

from __future__ import annotations

import asyncio
import inspect
import runpy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import IPython
from IPython.core.inputtransformer2 import leading_empty_lines

import zconsole
from zconsole.kernel.dap import Refused
from zconsole.kernel.ownthread import own
from zconsole.kernel.variables import is_users
from zconsole.message import Content


class Debuggee:
    """Argument: IPython's shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    @property
    def namespace(self) -> Mapping[str, Any]:
        """The user's variables."""
        return {name: value for name, value in self._shell.user_ns.copy().items() if is_users(name)}

    @property
    def rules(self) -> Sequence[Content]:
        """debugpy's `rules` for what lies around a cell on the stack: neither shown nor stepped into."""
        return [{"path": path, "include": False} for path in _AROUND]

    def format(self, name: str) -> tuple[Content, Content]:
        """A variable's representations, MIME type to data, and their metadata. Raises Refused."""
        if name not in self._shell.user_ns:
            raise Refused(f"The name {name!r} is not defined.")
        data, metadata = self._shell.display_formatter.format(self._shell.user_ns[name])
        return data, metadata

    def begin(self, names: Callable[[str], str]) -> Mapping[str, str]:
        """Name cells by their text from now on, and hide IPython's thread from debuggers.

        Cells that have run before keep the names that they have, or breakpoints in their functions would
        not be hit: their texts, with the names.
        """
        earlier = self._earlier()
        self._shell.compile.file_name = lambda code: earlier.get(code) or names(code)
        self._replace_transform(leading_empty_lines, _keep_empty_lines)
        manager = self._shell.history_manager
        if manager is not None and manager.save_thread is not None:
            own(manager.save_thread)
        return earlier

    def end(self) -> None:
        """Leave the naming of cells to IPython again."""
        self._shell.compile.file_name = None
        self._replace_transform(_keep_empty_lines, leading_empty_lines)

    def _earlier(self) -> Mapping[str, str]:
        manager = self._shell.history_manager
        texts = manager.input_hist_raw if manager is not None else []
        # of several with one number all but the newest were silent
        named = {number: name for name, number in self._shell.compile._filename_map.items()}
        return {
            texts[number]: name
            for number, name in sorted(named.items())
            if number < len(texts) and name.startswith("<") and not texts[number].startswith("\n")
        }

    def _replace_transform(self, old: Any, new: Any) -> None:
        transforms = self._shell.input_transformer_manager.cleanup_transforms
        transforms[:] = [new if each is old else each for each in transforms]


def _keep_empty_lines(lines: list[str]) -> list[str]:
    # a breakpoint's line counts from the cell's first, empty or not. Where IPython looks at the first line
    # for a cell magic or an indentation, it gets what it expects
    stripped: list[str] = leading_empty_lines(lines)
    return stripped if stripped and stripped[0].startswith(("%%", " ", "\t")) else lines


_AROUND = [str(Path(inspect.getfile(package)).parent) for package in (zconsole, IPython, asyncio)]
_AROUND.append(inspect.getfile(runpy))
