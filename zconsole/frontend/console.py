"""The session: prompt, execute, draw, until the user leaves or the kernel is gone for good.

One loop runs everything; messages are drawn when they come, also while a prompt is up. What the session waits
for is one of three things: the terminal (a block, a line), the end of an execution, the kernel's first
answer. `end` ends all of them. What the others on the same kernel do is told by `together`, our own seat
there kept by `attendance`; what commands do is in `errands`, whether to ask before leaving in `leaving`.

Ctrl+C is a signal only while a cell runs or waits for the kernel (`Sigint.scope`); it goes to the kernel, and
the session waits on for the end of the cell. At the prompt it is a key.

Death of the kernel is said at once. One of ours is started again, except when it dies before it has
ever answered: it would do the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from zconsole.frontend import commands
from zconsole.frontend.attendance import Attendance
from zconsole.frontend.cells import Cells, HungUp
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.errands import HUNG_UP, RESTARTING, Errands
from zconsole.frontend.execution import Finished
from zconsole.frontend.link import Link
from zconsole.frontend.payloads import wishes
from zconsole.frontend.render import render
from zconsole.frontend.signals import Sigint
from zconsole.frontend.terminal import Ended, Terminal
from zconsole.frontend.together import Notice, Numbered, Overheard, Together
from zconsole.launch import LaunchError
from zconsole.message import Content, Message
from zconsole.process import Exit


@dataclass(frozen=True, slots=True)
class Options:
    """How a session behaves. With `kernel_banner` a line says at the start what the kernel is; with
    `quiet_others` what others type and get is not shown. `username` is what they see of us."""

    confirm_exit: bool = True
    kernel_banner: bool = False
    quiet_others: bool = False
    username: str = ""


class Console:
    """One session of one user with one kernel; the kernel's Listener."""

    def __init__(
        self,
        terminal: Terminal,
        sigint: Sigint,
        link: Link,
        options: Options,
        choose: Callable[[str], None] = lambda name: None,
    ) -> None:
        """`choose` makes another kernel, by its name, the one that `link` opens next."""
        self._terminal = terminal
        self._sigint = sigint
        self._link = link
        self._options = options
        self._drawing = Drawing(terminal.write, lambda: terminal.look, terminal.highlight)
        self._loop = asyncio.get_running_loop()
        self._together = Together(options.username, lambda: datetime.now(UTC), quiet=options.quiet_others)
        self._cells = Cells(terminal, sigint, link, self._together, self._drawing, self._set_number)
        self._attendance = Attendance(link, self._together, self._tell, self._get_number)
        self._errands = Errands(self, link, self._together, terminal)
        self.choose = choose
        self.say = self._drawing.say
        self._over: asyncio.Future[int] = self._loop.create_future()
        self._stopping: asyncio.Task[None] | None = None
        self._introduce = options.kernel_banner
        self._keep_kernel = False
        self.last_words = ""
        """Why the session has ended, when that was not the user's wish."""
        self._deaf = False
        self._number = 1
        self._next_input = ""

    # --- the session

    async def run(self, first: Awaitable[str | Ended] | None = None) -> int:
        """Run the session; the exit code of the program. `first` is the first block, when its prompt is up
        already; without one the kernel's first answer is waited for."""
        self._link.open()
        if first is None and not await self._kernel_answers():
            return self._over.result() if self._over.done() else 130
        while not self._over.done():
            block = await (first or self._next_block())
            first = None
            if block is Ended.HUNG_UP:
                return HUNG_UP
            if block is Ended.EOF:
                await self._errands.leave(confirm=self._options.confirm_exit)
            if isinstance(block, str) and block.strip():
                await self._submit(block)
        return self._over.result()

    def _next_block(self) -> Awaitable[str | Ended]:
        text, self._next_input = self._next_input, ""
        return self._terminal.read_block(self._number, text)

    async def leave(self) -> None:
        """Leave the kernel; what it says from now on (of its own end) is not shown."""
        self._deaf = True
        self._attendance.end()
        where = self._errands.how_to_connect()
        with self._sigint.scope(self._link.hurry):
            await self._link.leave(keep=self._keep_kernel)
        if self._keep_kernel:
            self.say(f"The kernel runs on: {where}")

    def end(self, code: int, sentence: str = "", *, keep: bool = False) -> None:
        """End the session, with the program's exit code; `keep` lets our kernel run on."""
        if self._over.done():
            return  # one reason is enough
        self._over.set_result(code)
        self._keep_kernel = keep
        self.last_words = sentence
        self._terminal.abandon()

    async def enter(self) -> None:
        """Another kernel is being opened: nothing that was known counts any more, and it is introduced."""
        self.begin_again()
        self._introduce = True
        await self._kernel_answers()

    async def _kernel_answers(self) -> bool:
        """Wait for the kernel's first answer, until Ctrl+C; whether it has come."""
        from zconsole.kernelmanager import KernelError

        if self._terminal.interrupted_early():
            self.say("KeyboardInterrupt")
            return False
        answer = self._loop.create_task(self._link.first_answer())
        with self._sigint.scope(answer.cancel):
            await asyncio.wait((answer, self._over), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            return False
        try:
            await answer
        except asyncio.CancelledError:
            if not answer.cancelled():
                raise
            self.say("KeyboardInterrupt")
            return False
        except KernelError as error:
            self.end(1, str(error))
            return False
        return True

    # --- a block

    async def _submit(self, block: str) -> None:
        if command := commands.find(block):
            await self._errands.run(command)
        elif await self._kernel_answers():
            await self._execute(block)
            if block.strip() == "%lsmagic":
                self.say(commands.ALSO)

    async def _execute(self, code: str) -> None:
        from zconsole.kernelmanager import KernelDied

        try:
            finished = await self._cells.run(code)
        except KernelDied as error:
            self.end(1, str(error))
        except HungUp:
            self.end(HUNG_UP)
        else:
            await self._grant(finished)
            if self._cells.restart:
                with self._sigint.scope(self._link.hurry):
                    await self._errands.restart()

    async def _grant(self, finished: Finished) -> None:
        wish = wishes(finished.payloads)
        for data in wish.pages:
            await self._terminal.page(render(data, {}, self._terminal.look))
        for sentence in wish.sentences:
            self.say(sentence)
        self._next_input = wish.next_input or ""
        if wish.leave and wish.keep_kernel:
            self.end(0, keep=True)
        elif wish.leave:
            await self._errands.leave(confirm=False)

    # --- the user, past the prompt's text

    def interrupt_others(self) -> None:
        """Ctrl+C at an empty prompt: it is for the cell of somebody that is known to run."""
        if self._together.running:
            self._errands.interrupt()

    def suspend(self) -> None:
        """Stop the program, as Ctrl+Z does; the kernel does not wait for us meanwhile."""
        if self._stopping is None or self._stopping.done():
            self._stopping = self._loop.create_task(self._suspend())

    async def _suspend(self) -> None:
        await self._attendance.pause()
        await self._terminal.stop()
        # where nobody could make us go on, the system has not stopped us, and there will be no SIGCONT
        self._attendance.resume()

    def resumed(self) -> None:
        """The program was stopped and goes on."""
        self._terminal.resumed()
        self._attendance.resume()

    # --- the kernel speaks (kernelmanager.Listener, and what Link learns)

    def learned(self, info: Content) -> None:
        """A kernel has given its first answer, a kernel_info_reply's content."""
        if self._introduce:
            self._introduce = False
            self.say(_about(info))
        self._attendance.begin(info)

    def doubt(self, sentence: str) -> None:
        """The kernel is there but does not answer (link.Attaching)."""
        self.say(sentence)

    def failed(self, sentence: str) -> None:
        """The kernel will never answer, for this reason."""
        self._cells.give_up()
        self.end(1, sentence)

    def receive(self, channel: str, message: Message) -> None:
        """A message of the kernel's that answers no question of ours."""
        if self._deaf or self._attendance.receive(channel, message) or self._cells.receive(channel, message):
            return
        if channel == "iopub":
            self._tell(self._together.overhear(message))
            if message.content.get("execution_state") == "starting" and not self._link.owned:
                self.say("The kernel has been started again.")
                self._together.forget_running()
                self._renumber(1)
        elif message.msg_type == "input_request":
            self._tell(self._together.asked(message))
        elif message.msg_type == "input_gone":
            self._tell(self._together.answered(message))
            self._errands.answered(message)

    def died(self, exit: Exit | None) -> None:
        """The kernel has ended; None when it was not our child."""
        if self._deaf:
            return
        self._cells.give_up()
        self._link.buried(exit)
        obituary = self._link.obituary(exit)
        if self._link.owned and self._link.answered:
            self.say(obituary)
            self._start_again()
        else:
            self.end(1, obituary)

    def revived(self) -> None:
        """A kernel that seemed dead answers again: nothing to do, the session has ended."""

    def _tell(self, events: Iterable[Overheard]) -> None:
        for event in events:
            if isinstance(event, Numbered):
                self._renumber(event.count)
                continue
            if isinstance(event, Notice):
                self.say(event.sentence)
            else:
                self._drawing.draw(event)

    def _start_again(self) -> None:
        try:
            self._link.again()
        except LaunchError as error:
            self.end(1, str(error))
        else:
            self.say(RESTARTING)
            self.begin_again()

    def begin_again(self) -> None:
        """Another life of the kernel begins: nothing that was known counts any more."""
        self._attendance.end()
        self._together.begin("")
        self._renumber(1)

    def _get_number(self) -> int:
        return self._number

    def _set_number(self, number: int) -> None:
        self._number = number

    def _renumber(self, number: int) -> None:
        self._number = number
        self._terminal.renumber(number)


def _about(info: Content) -> str:
    """One line about a kernel; its own banner may be a page, with warnings in it."""
    language = info.get("language_info")
    language = language if isinstance(language, dict) else {}
    name, version = str(language.get("name", "")).capitalize(), language.get("version", "")
    return (
        f"{name} {version}".strip() + f" ({info.get('implementation')} {info.get('implementation_version')})"
    )
