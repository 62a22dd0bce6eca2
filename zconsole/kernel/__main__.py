"""`python -m zconsole.kernel -f connection.json`: our kernel, with IPython inside."""

from __future__ import annotations

import os
import sys

# `-m` puts the working directory first: a file `random.py` in it must not replace what a library imports
if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]  # IPython puts "" back for user code

from zconsole.standins import stand_in  # everything is imported with the clean path

if __name__ == "__main__":
    stand_in("ssl", "asyncio.sslproto", "ipaddress")  # `KernelProcess` takes them away

from collections.abc import Sequence

from zconsole.kernel.control import kernel_info
from zconsole.kernel.kernel import Interpreter
from zconsole.kernel.process import Host, serve


def main(argv: Sequence[str]) -> int:
    """Run a kernel, or install its kernelspec. A kernel that has started does not return: the exit code."""
    if argv[:1] == ["install"]:
        from zconsole.kernel import install

        return install.main(argv[1:])
    return serve(argv, ipython, kernel_info())


def ipython(host: Host, arguments: Sequence[str]) -> Interpreter:
    """An IPython shell, behind the protocol."""
    from zconsole.kernel.interpreter import IPythonInterpreter

    interpreter = IPythonInterpreter(
        host.outbox,
        host.parent,
        host.stdin,
        host.mainloop,
        host.here,
        arguments,
        host.connection_file,
        host.terminals,
        host.first,
    )
    host.debugger.shell_ready(interpreter.shell)
    return interpreter


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
