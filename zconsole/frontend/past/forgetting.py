"""Blocks that are taken out of the history (`%forget`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from zconsole.frontend.prompt.memory.history import FileHistory

THEIRS = "What the kernel and the session's record keep is theirs."


async def forget(history: FileHistory, text: str, say: Callable[[str], None]) -> None:
    """Forget the blocks that have this text in them; without one, the block that was entered last. The
    command that asked for it was entered as well, and is forgotten."""
    command = f"%forget {text}".rstrip()
    last = next((block for block in history.newest() if not block.startswith("%forget")), None)
    if not text and last is None:
        say("There is nothing to forget.")
        return

    def unwanted(block: str) -> bool:
        return block.strip() == command or (text in block if text else block == last)

    gone = sum(unwanted(block) and block.strip() != command for block in history.newest())
    try:
        kept = await asyncio.to_thread(history.forget, unwanted)
    except OSError as error:
        say(f"Cannot write the history to {error.filename}: {error.strerror}.")
        return
    number = max(gone, kept - 1)
    if number <= 0:
        say("No block of the history has that in it.")
    else:
        say(f"{number} {'block is' if number == 1 else 'blocks are'} forgotten. {THEIRS}")
