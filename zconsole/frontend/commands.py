"""Commands of the front end: a block that is exactly one of these is not sent to the kernel.

Everything else is the kernel's, also `exit` and `quit`: they come back as the payload `ask_exit`.
"""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "%restart": "end the kernel and start it again",
    "%connect_info": "how another front end connects to this kernel",
}
"""Each command and what it does."""


def find(block: str) -> str | None:
    """The command that a block is, None for code."""
    name = block.strip()
    return name if name in COMMANDS else None
