"""What a forked child of the kernel is: a process of the user's that prints, and no second kernel.

It has no I/O thread and may not touch the kernel's sockets, so it speaks through the file descriptors that
it has inherited, and the kernel reads those. It ends where the cell ends that forked it; what is queued
behind that cell, what is registered to happen at exit, and the history are the kernel's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NoReturn


class Printer:
    """Stands for the outbox: displays, results and errors as text."""

    def publish(self, msg_type: str, content: Mapping[str, Any], *_: Any, **__: Any) -> None:
        """Print what has a text; a forked child has no other way to say it."""
        if msg_type == "error":
            write_all(2, _line("\n".join(content["traceback"])))
        elif text := content.get("data", {}).get("text/plain"):
            write_all(1, _line(text))


def write_all(fd: int, data: bytes) -> None:
    """Write bytes to a descriptor, all of them. Raises OSError when nobody reads it any more."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def leave(code: object) -> NoReturn:
    """End this process, with the code of a SystemExit: a number, None, or a text to print."""
    if code is not None and not isinstance(code, int):
        write_all(2, _line(str(code)))
        code = 1
    os._exit((code or 0) & 0xFF)


def _line(text: str) -> bytes:
    return f"{text}\n".encode(errors="backslashreplace")
