"""What is recorded of the session one is in: shown again (`%reopen`), exported (`%export`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from zconsole.frontend.choosing.runtime import known
from zconsole.frontend.errors import Trouble
from zconsole.frontend.link import Link
from zconsole.frontend.prompt.terminal import Terminal


class OwnPast:
    """The past of a session. `say` shows a sentence; `file` gives the connection file of a kernel that we
    have attached to: who owns it records it."""

    def __init__(
        self,
        say: Callable[[str], None],
        terminal: Terminal,
        link: Link,
        file: Callable[[], Path | None],
    ) -> None:
        self._say = say
        self._terminal = terminal
        self._link = link
        self._file = file

    async def reopen(self, argument: str) -> None:
        """Show all that the cell with this number has shown; the newest's without one."""
        if argument and not argument.isdecimal():
            self._say("%reopen takes the number of a cell: %reopen 7")
            return
        from zconsole.frontend.past.log import reopened

        count, look = int(argument) if argument else None, self._terminal.look
        text = await self._make(lambda folder: reopened(folder, count, look))
        if text.count("\n") > look.rows - 2 and look != look.in_letters:  # it will be paged
            text = await self._make(lambda folder: reopened(folder, count, look.in_letters))
        if text:
            await self._terminal.page(text)

    async def export(self, argument: str) -> None:
        """Write the session to a file."""
        from zconsole.frontend.past.log import export, read

        path = Path(argument)
        if sentence := await self._make(lambda folder: export(read(folder), path)):
            self._say(sentence)

    async def _make(self, make: Callable[[Path], str]) -> str:
        """What is made of the record, in another thread: it may be long. Empty when that cannot be made,
        which is said."""
        folder = self._folder()
        if folder is None:
            self._say("Nothing is recorded of this session.")
            return ""
        try:
            return await asyncio.to_thread(make, folder)
        except Trouble as trouble:
            self._say(str(trouble))
            return ""

    def _folder(self) -> Path | None:
        if self._link.recorder:
            return self._link.recorder.directory
        file = self._file()
        record = known(file).record if file else None
        return Path(record.journal) if record and record.journal and record.here else None
