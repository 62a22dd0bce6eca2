"""The kernel as a session sees it: it opens, answers, is asked, dies, begins again, is left.

The kernel's readiness is a task, and each new life of the kernel has a new one; whoever needs the kernel
waits in `first_answer`. A kernel that we start is ready when it has answered. One that we attach to is ready
when it has answered or is found to be there: it may do one thing at a time, and be at it for an hour. What it
is, is learned when it says so. Questions have a limit and no answer is an answer (`None`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from zconsole.launch import is_stopped

if TYPE_CHECKING:
    from zconsole.frontend.aside import Aside
    from zconsole.kernelerror import KernelError
    from zconsole.kernelmanager import KernelManager
    from zconsole.message import Content, Message
    from zconsole.process import Exit
    from zconsole.recorder import Recorder

START_WAIT = 30.0
"""Seconds for a kernel to give its first answer: a cold R or Julia needs ten of them."""

ATTACH_WAIT = 5.0
"""Seconds for one that runs already to be found there: its sockets take us in within some milliseconds,
whatever it runs."""

ANSWER_WAIT = 0.3
"""Seconds that it then has to answer before there is a prompt all the same. Most answer in some milliseconds,
also while a cell runs."""

DOUBT_WAIT = 5.0
"""Seconds after which it is said what may be wrong with one that is there and does not answer."""

DOUBT = "The kernel has not answered yet. It is busy, or the key in the connection file is not the kernel's."

QUESTIONS = frozenset({"comm_info_request", "complete_request", "inspect_request", "is_complete_request"})
"""What may be asked beside the cells: it changes nothing."""

DEBUGGER_FEATURE = "zconsole debugger input"
"""Among the `supported_features` of a kernel that completes what its debugger asks for."""

Connect = Callable[[], "KernelManager"]
"""Opens the channels to the kernel."""


def _nothing(*_: str) -> None:
    pass


class Attaching(NamedTuple):
    """Who is told what comes of attaching to a kernel that does not answer at once: `unheard`, when there
    will be a prompt and nothing is known; `doubt`, why that may be, in a sentence; `failed`, why there is no
    hope."""

    unheard: Callable[[], None] = _nothing
    doubt: Callable[[str], None] = _nothing
    failed: Callable[[str], None] = _nothing


class Link:
    """The link to one kernel. `learn` is called with each kernel_info_reply's content."""

    def __init__(
        self,
        connect: Connect,
        learn: Callable[[Content], None],
        attaching: Attaching | None = None,
        keep_hours: float = 0,
        rest: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`keep_hours`: how long a kernel that is kept may be without anybody; 0 for ever. `rest` waits until
        the user types nothing; without it a kernel of ours is asked nothing ahead."""
        self._connect = connect
        self._learn = learn
        self._attaching = attaching or Attaching()
        self._keep_hours = keep_hours
        self._rest = rest
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[Message] | None = None
        self._doubting: asyncio.TimerHandle | None = None
        self._aside: Aside | None = None
        self._inquiring: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self.manager: KernelManager | None = None
        self.recorder: Recorder | None = None
        """Who records the session, with a kernel of ours."""
        self.answered = False
        self.unkept = False
        """Whether a session that was to be kept goes on without being recorded: there is no keeper."""
        self.features: Collection[str] = ()
        """What the kernel says that it can do beyond the protocol."""

    @property
    def owned(self) -> bool:
        """Whether the kernel is our child."""
        return self.manager is not None and self.manager.owned

    @property
    def received(self) -> int:
        """How much has come on iopub (KernelManager.received)."""
        return self.manager.received if self.manager else 0

    @property
    def trusted(self) -> bool:
        """Whether the kernel is this person's own: our child, or on this machine, by a connection file that
        nobody else could read (`read_connection`)."""
        return self.manager is None or self.manager.owned or self.manager.info.is_local

    def open(self) -> None:
        """Begin to open the kernel."""
        self._ready = self._loop.create_task(self._open())
        # its failure is told by who waits for it, or by the death that caused it
        self._ready.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def first_answer(self) -> None:
        """Wait until this life of the kernel is ready: see above. Raises KernelError."""
        ready = None
        while self._ready is not ready:  # it may die meanwhile, and another one be on its way
            ready = self._ready
            if ready:
                await asyncio.wait([ready])
        if ready:
            await ready

    async def ask(
        self, msg_type: str, content: Content, timeout: float, *, channel: str = "shell"
    ) -> Content | None:
        """The content of the kernel's reply; None when it gave none in time."""
        from zconsole.kernelerror import KernelError

        if self.manager is None or not self.answered:
            return None
        try:
            if msg_type in QUESTIONS and self._aside:
                return await self._aside.ask(msg_type, content, timeout)
            return (await self.manager.ask(msg_type, content, timeout=timeout, channel=channel)).content
        except KernelError:
            return None

    async def complete_line(self, asked: str, content: Content, timeout: float) -> Content | None:
        """The content of a complete_reply for the line that an input_request asks for, by its msg_id; None
        where the kernel cannot tell while its cell waits for the line."""
        if DEBUGGER_FEATURE in self.features:
            content = {**content, "input_request": asked}
        elif self._aside is None or not self._aside.possible:
            return None
        return await self.ask("complete_request", content, timeout)

    def ask_for_widgets(self) -> None:
        """Have the kernel say the states of its widgets on iopub; ours does at once, others when they have
        time."""
        from uuid import uuid4

        from zconsole.frontend.aside import Aside
        from zconsole.frontend.models import inquiry

        if self.manager is None:
            return
        aside = self._aside or Aside(self.manager, {})
        self._inquiring = self._loop.create_task(aside.send(inquiry(uuid4().hex)))

    @property
    def last_words(self) -> str:
        """What a kernel of ours wrote past the protocol before it died."""
        return self.manager.log_tail() if self.manager else ""

    @property
    def first(self) -> int:
        """The number with which the cells of this life began."""
        launched = self.manager.launched if self.manager else None
        return launched.first if launched else 1

    def buried(self, exit: Exit | None) -> None:
        """A kernel of ours has ended, and was not asked to: that belongs into the record."""
        launched = self.manager.launched if self.manager else None
        if self.recorder and launched and is_stopped(launched.directory):
            return  # by its user, from another terminal: a clean end
        if self.recorder and self.manager and exit:
            code = exit.code if exit.signal is None else None
            self.recorder.death(code, exit.signal, exit.peak, self.manager.log_tail())

    def again(self, first: int = 1) -> None:
        """Start a kernel of ours that has ended once more; its cells go on from number `first`, if it can do
        that (see the property). Raises LaunchError."""
        if self.manager:
            self.answered, self._aside = False, None
            self.manager.restart(first)
            self.open()

    async def restart(self, first: int = 1) -> None:
        """End a kernel of ours and start it again, as by `again`. When the numbers go on, so does the
        session: the end is recorded as a death, behind which it can be recovered. Raises LaunchError."""
        if self.manager is None:
            return
        if self.recorder and first > 1:
            # first of all: what runs now says that it is over when it is ended, and has not come to its end
            self.recorder.death(None, None, None, "")
        await self.manager.end(restart=True)
        self.again(first)

    async def switch(self, *, keep: bool) -> None:
        """Leave the kernel, as by `leave`, and begin to open the one that `connect` makes now."""
        await self.leave(keep=keep)
        self.manager, self.recorder, self.answered, self._aside = None, None, False, None
        self.open()

    async def leave(self, *, keep: bool, hung_up: bool = False) -> None:
        """What happens to our kernel when we leave, in this one place: it ends with us, unless it is to be
        kept: because the user wants it, or his terminal has `hung_up`. One that we attached to is left
        alone."""
        from zconsole.kernelerror import KernelError

        for task in (self._ready, self._hearing, self._doubting, self._warming, self._inquiring):
            if task:
                task.cancel()
        try:
            manager = self.manager or self._connect()
        except KernelError:
            return  # an address that is none: that has been said
        if self._aside and (keep or not manager.owned):
            self._aside.leave()
        if keep:
            await self._keep(manager, hung_up)
        else:
            await manager.shutdown()
            if self.recorder:
                self.recorder.end()

    def hurry(self) -> None:
        """The user does not want to wait until the kernel ends by itself."""
        if self.manager:
            self.manager.hurry()

    async def _keep(self, manager: KernelManager, hung_up: bool) -> None:
        from zconsole.handover import DETACHED, HUNG_UP, Keeping, hand_over
        from zconsole.journal.visits import note_seen

        launched, recorder = manager.launched, self.recorder
        if recorder:
            recorder.start()
        if launched is None or recorder is None or recorder.directory is None:
            manager.keep()
            return
        note_seen(recorder.directory, recorder.offset)
        how = HUNG_UP if hung_up else DETACHED
        keeping = Keeping(launched.connection_file, launched.directory, how, self._keep_hours)
        self.unkept = not await hand_over(keeping, manager, recorder)

    async def _open(self) -> None:
        self.manager = self.manager or self._connect()
        if self.recorder and self.manager.launched:
            self.recorder.life(self.manager.launched.pid, self.first)
        if self.manager.owned:
            self._heard(await self.manager.ready(START_WAIT))
        else:
            await self._attach(self.manager)

    async def _attach(self, manager: KernelManager) -> None:
        self._hearing = hearing = self._loop.create_task(manager.kernel_info(None))
        met = self._loop.create_task(manager.met())
        try:
            await asyncio.wait((hearing, met), timeout=ATTACH_WAIT, return_when=asyncio.FIRST_COMPLETED)
            if met.done():
                await asyncio.wait((hearing,), timeout=ANSWER_WAIT)
            if hearing.done():
                await manager.subscribed()
                self._heard(hearing.result())
                return
            if not met.done():
                hearing.cancel()
                raise _nobody(manager)
        finally:
            met.cancel()
        self._attaching.unheard()
        self._doubting = self._loop.call_later(DOUBT_WAIT, self._attaching.doubt, DOUBT)
        hearing.add_done_callback(self._heard_late)

    def _heard(self, reply: Message) -> None:
        from zconsole.frontend.aside import Aside

        self.answered = True
        features = reply.content.get("supported_features")
        self.features = features if isinstance(features, list) else ()
        self._learn(reply.content)
        if self.manager is None:
            return
        self._aside = Aside(self.manager, reply.content)
        if self._warming:
            self._warming.cancel()  # a former life's
        if not self.owned:
            self._warming = self._loop.create_task(self._come_to(self._aside))
        elif self._rest:
            self._warming = self._loop.create_task(self._aside.warm(self._rest))

    async def _come_to(self, aside: Aside) -> None:
        """The kernel has lived before we came: it may have widgets, whose states are wanted to show one."""
        from zconsole.frontend.models import TARGET

        if aside.is_ours:
            content = await self.ask("comm_info_request", {"target_name": TARGET}, ATTACH_WAIT)
            if content and content.get("comms"):
                self.ask_for_widgets()
        await aside.warm()

    def _heard_late(self, hearing: asyncio.Task[Message]) -> None:
        if self._doubting:
            self._doubting.cancel()
        if hearing.cancelled():
            return
        if error := hearing.exception():
            self._attaching.failed(str(error))
        else:
            self._heard(hearing.result())


def _nobody(manager: KernelManager) -> KernelError:
    from zconsole.kernelerror import NoReply

    where = manager.info.endpoint("control")
    return NoReply(f"No kernel answers at {where} within {ATTACH_WAIT:g} s; nothing there speaks ZeroMQ.")
