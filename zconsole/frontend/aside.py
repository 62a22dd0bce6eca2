"""Questions beside the cells: completion and its like, in a subshell of our own where the kernel has them.

Then they are answered while a cell runs, whoever's it is (JEP 91); in ours so is what is asked over comms.
Which kernel really has subshells is tested and not believed: every kernel that is built on ipykernel's base
class says that it has them, and in one that wraps a program (bash) two threads would talk to it. So only the
two are asked that are known to stand it: ours and ipykernel itself. With all others, and until the subshell
is there, a question goes the way of the cells, and has its limit.

The first questions are dear: they import half a library, and list all modules that there are. So they are
asked while nobody waits for the answer (`warm`): in a kernel that we attached to, which may run somebody
else's cell at any time, as soon as there is a prompt, in one of ours when the user types nothing. A question
that was not answered may mean that the subshell is gone (the kernel was started again by somebody else); then
the kernel is asked for those that it has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zconsole.kernelmanager import KernelManager
    from zconsole.message import Content

CREATE_WAIT = 5.0
"""Seconds for the kernel to make a subshell. It takes it 1 ms, and some more while a cell holds the GIL; one
that comes too late is of no use, and the cells' way is no faster beside a cell."""

WARM_WAIT = 10.0
"""Seconds for the first answer, which nobody waits for."""

WARM = (("complete_request", "pri"), ("inspect_request", "print"), ("complete_request", "import "))
"""Questions that are dear only once."""

Rest = Callable[[], "Awaitable[None]"]
"""Waits until nobody needs the kernel."""


async def at_once() -> None:
    """A Rest that is none."""


IMPLEMENTATIONS = ("zconsole", "ipython")
FEATURE = "kernel subshells"


class Aside:
    """Asks one kernel, for one of its lives. `info` is its kernel_info_reply's content."""

    def __init__(self, manager: KernelManager, info: Content) -> None:
        self._manager = manager
        self._subshell: str | None = None
        self._creating: asyncio.Task[None] | None = None
        features = info.get("supported_features")
        self.is_ours = info.get("implementation") == IMPLEMENTATIONS[0]
        self.possible = (
            info.get("implementation") in IMPLEMENTATIONS
            and isinstance(features, list)
            and FEATURE in features
        )
        """Whether there can be a subshell, so that questions are answered while a cell runs."""

    async def ask(self, msg_type: str, content: Content, timeout: float) -> Content:
        """The content of the kernel's reply. Raises KernelError."""
        from zconsole.kernelerror import NoReply

        subshell = await self._there()
        try:
            reply = await self._manager.ask(msg_type, content, timeout=timeout, subshell=subshell)
        except NoReply:
            await self._look_after()
            raise
        if reply.content.get("status") == "error":
            await self._look_after()
        return reply.content

    async def send(self, messages: Iterable[tuple[str, Content, Content]]) -> None:
        """Send messages for comms: type, content, metadata. Only our kernel takes them beside the cells."""
        from zconsole.kernelerror import KernelDied

        subshell = await self._there() if self.is_ours else None
        try:
            for msg_type, content, metadata in messages:
                self._manager.request(msg_type, content, metadata=metadata, subshell=subshell)
        except KernelDied:
            pass  # that has been said

    async def warm(self, rest: Rest = at_once) -> None:
        """Make the subshell, if there can be one, and ask it for the first time, each time after a `rest`."""
        from zconsole.kernelerror import KernelError

        for msg_type, code in WARM if self.possible else ():
            await rest()
            try:
                await self.ask(msg_type, {"code": code, "cursor_pos": len(code)}, WARM_WAIT)
            except KernelError:
                return  # nobody has asked for it

    def leave(self) -> None:
        """Have the subshell ended; nobody waits for it."""
        from zconsole.kernelerror import KernelDied

        if self._subshell is None:
            return
        try:
            self._manager.request(
                "delete_subshell_request", {"subshell_id": self._subshell}, channel="control"
            )
        except KernelDied:
            pass  # it has ended with its kernel
        self._subshell = None

    async def _there(self) -> str | None:
        if self.possible and self._creating is None:
            self._creating = asyncio.get_running_loop().create_task(self._create())
        if self._creating:
            await asyncio.wait([self._creating])
        return self._subshell

    async def _create(self) -> None:
        content = await self._control("create_subshell_request")
        subshell = content.get("subshell_id")
        if content.get("status") == "ok" and isinstance(subshell, str):
            self._subshell = subshell

    async def _look_after(self) -> None:
        if self._subshell is None:
            return
        content = await self._control("list_subshell_request")
        subshells = content.get("subshell_id")
        if isinstance(subshells, list) and self._subshell not in subshells:
            self._subshell = self._creating = None

    async def _control(self, msg_type: str) -> Content:
        from zconsole.kernelerror import KernelError

        try:
            return (await self._manager.ask(msg_type, timeout=CREATE_WAIT, channel="control")).content
        except KernelError:
            return {}
