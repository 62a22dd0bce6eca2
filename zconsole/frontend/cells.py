"""Our own cells, one at a time: from Enter to the end, with the lines that the code asks for in between.

Ctrl+C is a signal while a cell runs or waits behind another's (`Sigint.scope`); it goes to the kernel, and
the wait goes on for the end of the cell. When others were seen between Enter and the moment at which the
kernel took the cell up, its code stands too far up on this screen, perhaps with another number: then it is
shown once more where it belongs, in everybody's order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from zconsole.descendants import now
from zconsole.frontend.commands import find
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.execution import AskInput, Event, Execution, Finished, InputGone, Started
from zconsole.frontend.ladder import FEATURE, QUESTION, STACK_WAIT, UNSAID, Ladder, Steps, whereabouts
from zconsole.frontend.leaving import DEED, Choice
from zconsole.frontend.link import Link
from zconsole.frontend.prompt.debuggers import is_debugger
from zconsole.frontend.prompt.memory.history import is_secret
from zconsole.frontend.prompt.terminal import Ended, Terminal
from zconsole.frontend.render.text import clean
from zconsole.frontend.seats import Running
from zconsole.frontend.signals import Sigint
from zconsole.frontend.together import TheirInput, Together, gone_sentence, whose
from zconsole.message import Message

IDLE_WAIT = 0.5
"""Seconds without a message between a reply and its idle; they come over two sockets, and some kernels
forget idle."""


class HungUp(Exception):
    """The terminal has gone away while the code asked for a line."""


class Cells:
    """Runs cells of ours. `numbered` is told the number of the next cell."""

    def __init__(
        self,
        terminal: Terminal,
        sigint: Sigint,
        link: Link,
        together: Together,
        drawing: Drawing,
        numbered: Callable[[int], None],
    ) -> None:
        self._terminal = terminal
        self._sigint = sigint
        self._link = link
        self._together = together
        self._drawing = drawing
        self._numbered = numbered
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[AskInput | Finished | None] = asyncio.Queue()  # None: `_offer_to_kill`
        self._execution: Execution | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._code = ""
        self._keeps = True  # else the kernel does not count it
        self._show: Callable[[Event], None] | None = None
        self.interrupted = False
        """Whether the user has pressed Ctrl+C while the last cell ran."""
        self._count: int | None = None
        self._since = self._began = self._waited = 0.0
        self.seconds = 0.0
        """How long the last cell ran, without the time in which it waited for the user."""
        self._offering = False
        self._ladder = Ladder(
            Steps(
                self._ask_to_stop,
                self._ask_children_to_stop,
                self._where,
                drawing.say,
                lambda: self._events.put_nowait(None),
                self.give_up,
                lambda: link.owned,
            )
        )

    async def run(self, code: str, show: Callable[[Event], None] | None = None) -> Finished:
        """Run the block that has just been read; how it has ended. With `show` it is none that the user has
        typed: that alone gets what it says. Raises KernelDied and HungUp."""
        from zconsole.kernelerror import KernelDied

        if self._link.manager is None:
            raise KernelDied(None)
        # a magic that we have a command of the same name for is no secret
        self._keeps = show is not None or not is_secret(code) or bool(find(code.strip()))
        content = {"code": code, **_EXECUTE, "store_history": self._keeps}
        metadata = {"terminal": self._terminal.look.description} if self._knows_terminals else None
        request = self._link.manager.request("execute_request", content, metadata=metadata)
        self._execution = Execution(request.msg_id)
        self._code = code
        self._show = show
        self._count = None
        self.interrupted = False
        self._since, self._began, self._waited = self._loop.time(), now(), 0.0
        self._events = asyncio.Queue()
        self._ladder.begin()
        try:
            with self._sigint.scope(self._interrupt):
                while not isinstance(event := await self._events.get(), Finished):
                    await (self._answer(event) if event else self._offer_to_kill())
        finally:
            self._ladder.end()
            self.seconds = max(0.0, self._loop.time() - self._since - self._waited)
            self._execution = None
            self._drawing.ended()
        return event

    def receive(self, channel: str, message: Message) -> bool:
        """Take a message, if it is of the cell that runs; whether it was."""
        execution = self._execution
        if execution is None or self._is_others(channel, message) or not execution.concerns(channel, message):
            return False
        for event in execution.receive(channel, message):
            self._take(event)
        if self._patience:
            self._patience.cancel()
        if execution.replied and not execution.finished:
            self._patience = self._loop.call_later(IDLE_WAIT, self.give_up)
        return True

    def resized(self) -> None:
        """The terminal has another size: a running cell may want to know."""
        from zconsole.kernelerror import KernelDied

        if self._execution is None or not self._knows_terminals or self._link.manager is None:
            return  # the next cell's request tells it
        try:
            self._link.manager.request("terminal_request", self._terminal.look.description, channel="control")
        except KernelDied:
            pass  # that has been said

    def give_up(self) -> None:
        """Wait no more for the end of a cell: the kernel is dead, or forgets to tell it."""
        for event in self._execution.give_up() if self._execution else ():
            self._take(event)

    @property
    def running(self) -> tuple[Running, float] | None:
        """Our cell that the kernel has got, and for how many seconds. It has no number as long as the kernel
        has not said that it runs it."""
        if self._execution is None:
            return None
        return Running(self._count, self._code), self._loop.time() - self._since

    @property
    def restart(self) -> bool:
        """Whether the cell was given up and the user wants the kernel started again for it."""
        return self._ladder.restart

    @property
    def _knows_terminals(self) -> bool:
        return TERMINALS in self._link.features

    def _interrupt(self) -> None:
        self.interrupted = True
        self._ladder.press()
        self._drawing.flush()
        self._terminal.interrupted()

    def _ask_to_stop(self) -> None:
        if self._link.manager:
            self._link.manager.interrupt()
        if self._together.running and self._count is None:
            self._drawing.say(f"Interrupting {whose(self._together.running)}.")

    def _ask_children_to_stop(self) -> None:
        if self._link.manager:
            self._link.manager.interrupt_children(self._began)

    async def _where(self) -> str:
        if FEATURE not in self._link.features:
            return ""
        reply = await self._link.ask("stack_request", {}, STACK_WAIT, channel="control")
        return UNSAID if reply is None else whereabouts(reply.get("frames"))

    async def _offer_to_kill(self) -> None:
        if self._execution is None or self._execution.finished:
            return
        self._offering = True
        self._drawing.flush()
        answer = await self._terminal.read_line(QUESTION)
        self._offering = False
        self._drawing.begin()
        if answer is Ended.HUNG_UP:
            raise HungUp
        if isinstance(answer, str) and DEED.get(answer.strip().lower()) is Choice.END:
            self._ladder.kill()

    async def _answer(self, question: AskInput) -> None:
        from zconsole.kernelerror import KernelDied

        if self._execution is None or not self._execution.asks(question):
            return  # somebody was faster than this prompt
        if is_debugger(question.prompt):
            self._ladder.heard()  # interrupted, it asks again
        self._drawing.flush()
        begun, asked = self._loop.time(), question.request.msg_id
        answer = await self._terminal.read_line(
            clean(question.prompt), password=question.password, asked=asked
        )
        self._waited += self._loop.time() - begun
        self._drawing.begin()
        self._execution.answered(question)
        if answer is Ended.HUNG_UP:
            raise HungUp
        if answer is Ended.GONE or self._link.manager is None:
            return
        if answer is Ended.INTERRUPTED:
            self.interrupted = True
            self._ladder.press()
            return
        try:
            # end of file is what the terminal would send
            self._link.manager.answer_input(answer if isinstance(answer, str) else "\x04", question.request)
        except KernelDied:
            pass  # that has been said

    def _take(self, event: Event) -> None:
        if isinstance(event, Finished) and event.count not in (None, self._count):
            self._numbered(event.count + 1)
        if isinstance(event, Finished) and self._offering:
            self._terminal.abandon()
        if isinstance(event, (AskInput, Finished)):
            self._events.put_nowait(event)
        elif isinstance(event, InputGone):
            self._terminal.abandon()
            if event.by:
                self._drawing.say(gone_sentence(event.by))
        elif isinstance(event, Started):
            self._started(event.count)
        else:
            (self._show or self._drawing.draw)(event)

    def _started(self, count: int) -> None:
        # now, in the order of iopub: by its end others may have got further
        self._count = count
        self._since = self._loop.time()
        self._numbered(count + self._keeps)
        if self._show:
            return
        if self._terminal.written_behind or self._terminal.shown != count:
            self._drawing.draw(TheirInput("", count, self._code))

    def _is_others(self, channel: str, message: Message) -> bool:
        """Whether a message on stdin, where anybody's questions come, is not about a cell of ours."""
        if channel != "stdin":
            return False
        if message.msg_type == "input_request":
            return self._together.is_theirs(message)
        return message.parent_id in self._together.questions


TERMINALS = "zconsole terminals"
"""Among the `supported_features` of a kernel that wants to know its front ends' terminals."""

_EXECUTE = {
    "silent": False,
    "store_history": True,
    "user_expressions": {},
    "allow_stdin": True,
    "stop_on_error": True,
}
