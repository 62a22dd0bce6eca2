"""The kernel as a session sees it: it opens, answers, is asked, dies, begins again, is left.

The kernel's readiness is a task, and each new life of the kernel has a new one; whoever needs the kernel
waits in `first_answer`. Questions have a limit and no answer is an answer (`None`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zconsole.kernelmanager import KernelManager
    from zconsole.message import Content
    from zconsole.process import Exit

START_WAIT = 30.0
"""Seconds for a kernel to give its first answer: a cold R or Julia needs ten of them."""

ATTACH_WAIT = 5.0
"""Seconds for one that runs already. All but the oldest answer in some milliseconds, whatever they run; no
answer is most often a key that is not the kernel's."""

LOG_LINES = 10
"""Lines of a dead kernel's log that are shown."""

FATAL = "Fatal Python error"
"""What faulthandler begins with; the newest call comes first behind it."""

Connect = Callable[[], "KernelManager"]
"""Opens the channels to the kernel."""


class Link:
    """The link to one kernel. `learn` is called with each kernel_info_reply's content."""

    def __init__(self, connect: Connect, learn: Callable[[Content], None]) -> None:
        self._connect = connect
        self._learn = learn
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Task[None] | None = None
        self.manager: KernelManager | None = None
        self.answered = False

    @property
    def owned(self) -> bool:
        """Whether the kernel is our child."""
        return self.manager is not None and self.manager.owned

    def open(self) -> None:
        """Begin to open the kernel."""
        self._ready = self._loop.create_task(self._open())
        # its failure is told by who waits for it, or by the death that caused it
        self._ready.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def first_answer(self) -> None:
        """Wait until this life of the kernel has answered. Raises KernelError."""
        ready = None
        while self._ready is not ready:  # it may die meanwhile, and another one be on its way
            ready = self._ready
            if ready:
                await asyncio.wait([ready])
        if ready:
            await ready

    async def ask(self, msg_type: str, content: Content, timeout: float) -> Content | None:
        """The content of the kernel's reply; None when it gave none in time."""
        from zconsole.kernelmanager import KernelError

        if self.manager is None or not self.answered:
            return None
        try:
            return (await self.manager.ask(msg_type, content, timeout=timeout)).content
        except KernelError:
            return None

    def obituary(self, exit: Exit | None) -> str:
        """What is to be said about the kernel's death: how it ended, and its last words."""
        sentence = f"The kernel {exit}" if exit else "The kernel has ended"
        if self.owned and not self.answered:
            sentence += " while starting"
        log = self.manager.log_tail() if self.manager else ""
        return "\n".join([f"{sentence}.", *_last_words(log.splitlines())])

    def again(self) -> None:
        """Start a kernel of ours that has ended once more. Raises LaunchError."""
        if self.manager:
            self.answered = False
            self.manager.restart()
            self.open()

    async def restart(self) -> None:
        """End a kernel of ours and start it again. Raises LaunchError."""
        if self.manager is None:
            return
        await self.manager.end(restart=True)
        self.again()

    async def leave(self, *, keep: bool) -> None:
        """What happens to our kernel when we leave, in this one place: it ends with us, unless the user
        wants to `keep` it. One that we attached to is left alone."""
        from zconsole.kernelmanager import KernelError

        if self._ready:
            self._ready.cancel()
        try:
            manager = self.manager or self._connect()
        except KernelError:
            return  # an address that is none: that has been said
        if keep:
            manager.keep()
        else:
            await manager.shutdown()

    async def _open(self) -> None:
        self.manager = self.manager or self._connect()
        reply = await self.manager.ready(START_WAIT if self.manager.owned else ATTACH_WAIT)
        self.answered = True
        self._learn(reply.content)


def _last_words(log: list[str]) -> list[str]:
    crashes = [number for number, line in enumerate(log) if line.startswith(FATAL)]
    if not crashes:
        return log[-LOG_LINES:]
    crash = log[crashes[-1] :]
    # the other threads only wait; where it crashed comes behind them
    current = next((number for number, line in enumerate(crash) if line.startswith("Current thread")), 1)
    return [crash[0], *crash[current : current + LOG_LINES]]
