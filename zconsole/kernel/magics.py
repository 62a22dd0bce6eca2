"""Magics that in IPython need its own terminal: here they are for the client, or about the connection."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IPython.core import page
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magics.code import CodeMagics, InteractivelyDefined, MacroToEdit


@magics_class
class ClientMagics(Magics):
    """`%edit`, `%clear`, `%less`, `%man`, `%connect_info`, `%qtconsole`."""

    def __init__(self, shell: Any = None, **kwargs: Any) -> None:
        super().__init__(shell, **kwargs)
        self._edited: str | None = None
        self._temporary: set[str] = set()

    @line_magic
    def edit(self, parameter_s: str = "") -> None:
        """Open an editor in the client: a file, an object's source, or input lines, as in IPython; without an
        argument an empty one. The client then runs what was edited.

        -p: what was edited last.  -x: do not run it.  -r: input lines as they were typed.
        -n LINE: begin there.
        """
        options, arguments = self.parse_options(parameter_s, "prxn:")
        line = int(options["n"]) if str(options.get("n")).isdecimal() else 0
        if "p" in options:
            if self._edited is None:
                raise UsageError("Nothing has been edited yet: %edit -p opens what was edited last.")
            filename = self._edited
        else:
            found = self._find(arguments, options)
            if found is None:
                return
            filename, line = found[0], found[1] or line
        self._edited = filename
        payload = {
            "source": "edit_magic",
            "filename": filename,
            "line_number": line,
            "run": "x" not in options,
            "temporary": filename in self._temporary,
        }
        self.shell.payload_manager.write_payload(payload)

    def _find(self, arguments: str, options: Mapping[str, str]) -> tuple[str, int] | None:
        """The file that is meant, and the line; None when that has been said to be impossible."""
        try:
            try:
                filename, line, made = CodeMagics._find_edit_target(self.shell, arguments, options, ["", ""])
            except InteractivelyDefined as defined:
                print(f"Editing In[{defined.index}]")
                arguments = str(defined.index)
                filename, line, made = CodeMagics._find_edit_target(self.shell, arguments, options, ["", ""])
        except MacroToEdit:
            print("Editing macros is not possible over a connection; edit the cells that define it.")
            return None
        except TypeError as error:
            raise UsageError(f"Cannot edit {arguments}: {error}.") from None
        if filename is None:
            return None  # _find_edit_target has said why
        filename = str(Path(filename).absolute())
        if made:
            self._temporary.add(filename)
        return filename, int(line or 0)

    @line_magic
    def clear(self, parameter_s: str = "") -> None:
        """Clear the screen."""
        print("\x1b[H\x1b[2J", end="")

    @line_magic
    def less(self, parameter_s: str = "") -> None:
        """Show a file in the client's pager; Python in colours."""
        if not parameter_s:
            raise UsageError("%less needs the name of a file.")
        try:
            text = Path(parameter_s).expanduser().read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"Cannot read {parameter_s}: {error.strerror}.") from None
        page.page(self.shell.pycolorize(text) if parameter_s.endswith(".py") else text)

    more = line_magic("more")(less)

    @line_magic
    def man(self, parameter_s: str = "") -> None:
        """Show a page of the manual in the client's pager."""
        words = " ".join(map(shlex.quote, shlex.split(parameter_s)))
        page.page(self.shell.getoutput(f"man {words} | col -b", split=False))

    @line_magic
    def connect_info(self, parameter_s: str = "") -> None:
        """Say how another client reaches this kernel: its connection file, which holds the key."""
        file = self.shell.kernel.connection_file
        print(file.read_text(encoding="utf-8").strip())
        print(f"\nConnect with one of\n    zconsole --existing {file}\n    jupyter <app> --existing {file}")

    @line_magic
    def qtconsole(self, parameter_s: str = "") -> None:
        """Open a Qt console on this kernel. Arguments go to it."""
        import importlib.util
        import subprocess

        if importlib.util.find_spec("qtconsole") is None:
            raise UsageError("The package qtconsole is not installed here.")
        file = str(self.shell.kernel.connection_file)
        argv = [sys.executable, "-m", "qtconsole", "--existing", file, *shlex.split(parameter_s)]
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
