"""Magics that in IPython need its own terminal: here they are for the client, or about the connection."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from IPython.core import page
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magics.code import CodeMagics, MacroToEdit


@magics_class
class ClientMagics(Magics):
    """`%edit`, `%clear`, `%less`, `%man`, `%connect_info`, `%qtconsole`."""

    @line_magic
    def edit(self, parameter_s: str = "", last_call: Sequence[str] = ("", "")) -> None:
        """Open an editor in the client: a file, an object's source, or input lines, as in IPython."""
        options, arguments = self.parse_options(parameter_s, "prn:")
        try:
            filename, line, _ = CodeMagics._find_edit_target(self.shell, arguments, options, list(last_call))
        except MacroToEdit:
            print("Editing macros is not possible over a connection; edit the cells that define it.")
            return
        except TypeError:
            return  # _find_edit_target has said why, and returned nothing
        payload = {
            "source": "edit_magic",
            "filename": str(Path(filename).absolute()),
            "line_number": int(line or 0),
        }
        self.shell.payload_manager.write_payload(payload)

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
