"""Files as URIs that a terminal opens when they are clicked on."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from urllib.parse import quote


def uri(path: str, line: int, environment: Mapping[str, str]) -> str:
    """The URI of a file, empty when it is not there: a cell, or a file where the kernel runs and we do
    not."""
    full = os.path.expanduser(path)
    if not (os.path.isabs(full) and os.path.isfile(full)):
        return ""
    # the host's name: the terminal may run on another
    address = f"file://{socket.gethostname()}{quote(full)}"
    return f"{address}#{line}" if environment.get("TERM") in _WITH_LINES else address


_WITH_LINES = ("xterm-kitty",)
"""Terminals that take the fragment for a line; others hand it to programs that find no such file."""
