"""The session: prompt, execute, draw, until the user leaves or the kernel is gone for good.

One loop runs everything; messages are drawn when they come, also while a prompt is up. What the session
waits for is one of three things: the terminal (a block, a line), the end of an execution, the kernel's
first answer. `_end` ends all of them.

Ctrl+C is a signal only while a cell runs or waits for the kernel (`Sigint.scope`); it goes to the kernel, and
the session waits on for the end of the cell. At the prompt it is a key.

Death of the kernel is said at once. One of ours is started again, except when it dies before it has
ever answered: it would do the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from zconsole.frontend import commands
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.execution import AskInput, Event, Execution, Finished, InputGone, Started, output
from zconsole.frontend.link import Link
from zconsole.frontend.payloads import wishes
from zconsole.frontend.render import render
from zconsole.frontend.render.text import clean
from zconsole.frontend.signals import Sigint
from zconsole.frontend.terminal import Ended, Terminal
from zconsole.launch import LaunchError
from zconsole.message import Content, Message
from zconsole.process import Exit

IDLE_WAIT = 0.5
"""Seconds without a message between a reply and its idle; they come over two sockets, and some kernels
forget idle."""

COUNT_WAIT = 10.0
"""Seconds for a kernel that we attached to to say its number; the prompt does not wait for it."""

HUNG_UP = 128 + 1
"""The exit code when the terminal has gone away: as by SIGHUP, which may be late, or not for us."""

RESTARTING = "It is being restarted; its variables are gone."

EXIT_QUESTION = "Do you really want to exit ([y]/n)? "


@dataclass(frozen=True, slots=True)
class Options:
    """How a session behaves. With `kernel_banner` a line says at the start what the kernel is."""

    confirm_exit: bool = True
    kernel_banner: bool = False


class Console:
    """One session of one user with one kernel; the kernel's Listener."""

    def __init__(self, terminal: Terminal, sigint: Sigint, link: Link, options: Options) -> None:
        self._terminal = terminal
        self._sigint = sigint
        self._link = link
        self._options = options
        self._drawing = Drawing(terminal.write, lambda: terminal.look)
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[int] = self._loop.create_future()
        self._events: asyncio.Queue[AskInput | Finished] = asyncio.Queue()
        self._execution: Execution | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._counting: asyncio.Task[None] | None = None
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
            if block is Ended.EOF and (code := await self._wants_to_leave()) is not None:
                return code
            if isinstance(block, str) and block.strip():
                await self._submit(block)
        return self._over.result()

    def _next_block(self) -> Awaitable[str | Ended]:
        text, self._next_input = self._next_input, ""
        return self._terminal.read_block(self._number, text)

    async def leave(self) -> None:
        """Leave the kernel; what it says from now on (of its own end) is not shown."""
        self._deaf = True
        with self._sigint.scope(self._link.hurry):
            await self._link.leave(keep=self._keep_kernel)
        if self._keep_kernel and self._link.owned:
            self._drawing.say(f"The kernel runs on: {self._how_to_connect()}")

    async def _wants_to_leave(self) -> int | None:
        """Ask; the exit code, or None when the user stays."""
        if not self._options.confirm_exit:
            return 0
        while isinstance(answer := await self._terminal.read_line(EXIT_QUESTION), str):
            if answer.strip().lower() in _YES_OR_NO:
                return 0 if _YES_OR_NO[answer.strip().lower()] else None
        return {Ended.EOF: 0, Ended.HUNG_UP: HUNG_UP}.get(answer)

    async def _kernel_answers(self) -> bool:
        """Wait for the kernel's first answer, until Ctrl+C; whether it has come."""
        from zconsole.kernelmanager import KernelError

        if self._terminal.interrupted_early():
            self._drawing.say("KeyboardInterrupt")
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
            self._drawing.say("KeyboardInterrupt")
            return False
        except KernelError as error:
            self._end(1, str(error))
            return False
        return True

    # --- a block

    async def _submit(self, block: str) -> None:
        if command := commands.find(block):
            await _COMMANDS[command](self)
        elif await self._kernel_answers():
            await self._execute(block)

    async def _execute(self, code: str) -> None:
        from zconsole.kernelmanager import KernelDied

        if self._link.manager is None:
            return
        try:
            request = self._link.manager.request("execute_request", {"code": code, **_EXECUTE})
        except KernelDied as error:
            self._end(1, str(error))
            return
        self._execution = Execution(request.msg_id)
        with self._sigint.scope(self._interrupt):
            while not isinstance(event := await self._events.get(), Finished):
                await self._answer(event)
        self._execution = None
        self._drawing.ended()
        await self._grant(event)

    def _interrupt(self) -> None:
        if self._link.manager:
            self._link.manager.interrupt()
        self._terminal.interrupted()

    async def _answer(self, question: AskInput) -> None:
        from zconsole.kernelmanager import KernelDied

        answer = await self._terminal.read_line(clean(question.prompt), password=question.password)
        self._drawing.ended()
        if self._execution:
            self._execution.answered()
        if answer is Ended.HUNG_UP and self._execution:
            self._end(HUNG_UP)
            self._give_up(self._execution)
        if answer in (Ended.GONE, Ended.HUNG_UP) or self._link.manager is None:
            return
        if answer is Ended.INTERRUPTED:
            self._link.manager.interrupt()
            return
        try:
            # end of file is what the terminal would send
            self._link.manager.answer_input(answer if isinstance(answer, str) else "\x04", question.request)
        except KernelDied:
            pass  # that has been said

    async def _grant(self, finished: Finished) -> None:
        wish = wishes(finished.payloads)
        for data in wish.pages:
            await self._terminal.page(render(data, {}, self._terminal.look))
        for sentence in wish.sentences:
            self._drawing.say(sentence)
        self._next_input = wish.next_input or ""
        if wish.leave:
            self._keep_kernel = wish.keep_kernel
            self._end(0)

    # --- the kernel speaks (kernelmanager.Listener, and what Link learns)

    def learned(self, info: Content) -> None:
        """A kernel has given its first answer, a kernel_info_reply's content."""
        if self._options.kernel_banner and not self._terminal.painted.is_set():
            self._drawing.say(_about(info))
        if not self._link.owned:
            self._counting = self._loop.create_task(self._count())

    def doubt(self, sentence: str) -> None:
        """The kernel is there but does not answer (link.Attaching)."""
        self._drawing.say(sentence)

    def failed(self, sentence: str) -> None:
        """The kernel will never answer, for this reason."""
        if self._execution:
            self._give_up(self._execution)
        self._end(1, sentence)

    def receive(self, channel: str, message: Message) -> None:
        """A message of the kernel's that answers no question of ours."""
        execution = self._execution
        if self._deaf:
            return
        if execution is None or not execution.concerns(channel, message):
            self._overhear(channel, message)
            return
        for event in execution.receive(channel, message):
            self._take(event)
        if self._patience:
            self._patience.cancel()
        if execution.replied and not execution.finished:
            self._patience = self._loop.call_later(IDLE_WAIT, self._give_up, execution)

    def died(self, exit: Exit | None) -> None:
        """The kernel has ended; None when it was not our child."""
        if self._deaf:
            return
        if self._execution:
            self._give_up(self._execution)
        obituary = self._link.obituary(exit)
        if self._link.owned and self._link.answered:
            self._drawing.say(obituary)
            self._begin_again()
        else:
            self._end(1, obituary)

    def revived(self) -> None:
        """A kernel that seemed dead answers again: nothing to do, the session has ended."""

    def _take(self, event: Event) -> None:
        if isinstance(event, Finished) and event.count is not None:
            self._number = event.count + 1  # now: if it has ended by death, a new kernel counts from 1 next
        if isinstance(event, (AskInput, Finished)):
            self._events.put_nowait(event)
        elif isinstance(event, InputGone):
            self._terminal.abandon()
        elif isinstance(event, Started):
            self._number = event.count
        else:
            self._drawing.draw(event)

    def _overhear(self, channel: str, message: Message) -> None:
        """Output of other front ends' cells, of threads, and our own that came late."""
        if channel != "iopub":
            return
        if event := output(message):
            self._drawing.draw(event)
        elif message.msg_type == "execute_input" and not self._is_ours(message):
            count = message.content.get("execution_count")
            if isinstance(count, int):
                self._drawing.say(f"\nIn [{count}] of another console: {message.content.get('code')}")
                self._renumber(count + 1)
        elif message.content.get("execution_state") == "starting" and not self._link.owned:
            self._drawing.say("The kernel has been started again.")
            self._renumber(1)

    def _is_ours(self, message: Message) -> bool:
        header, manager = message.parent_header, self._link.manager
        return header is not None and manager is not None and header.session == manager.session_id

    def _give_up(self, execution: Execution) -> None:
        for event in execution.give_up():
            self._take(event)

    async def _count(self) -> None:
        """The number of the next cell of a kernel that has run some before."""
        content = await self._link.ask("execute_request", {"code": "", **_SILENT}, COUNT_WAIT)
        count = content.get("execution_count") if content else None
        if isinstance(count, int) and self._number == 1:
            self._renumber(count + 1)

    def _begin_again(self) -> None:
        try:
            self._link.again()
        except LaunchError as error:
            self._end(1, str(error))
        else:
            self._drawing.say(RESTARTING)
            self._renumber(1)

    def _renumber(self, number: int) -> None:
        self._number = number
        self._terminal.renumber(number)

    def _end(self, code: int, sentence: str = "") -> None:
        if self._over.done():
            return  # one reason is enough
        self._over.set_result(code)
        self.last_words = sentence
        self._terminal.abandon()

    # --- commands

    async def _restart(self) -> None:
        if not self._link.owned:
            self._drawing.say("This kernel was not started here, so it is not restarted here.")
            return
        try:
            await self._link.restart()
        except LaunchError as error:
            self._end(1, str(error))
        else:
            self._drawing.say(RESTARTING)
            self._renumber(1)

    async def _connect_info(self) -> None:
        self._drawing.say(self._how_to_connect())

    def _how_to_connect(self) -> str:
        manager = self._link.manager
        if manager is None:
            return "There is no kernel yet."
        if manager.launched:
            return f"zconsole --existing {manager.launched.connection_file}"
        return f"shell {manager.info.endpoint('shell')}, control {manager.info.endpoint('control')}"


def _about(info: Content) -> str:
    """One line about a kernel; its own banner may be a page, with warnings in it."""
    language = info.get("language_info")
    language = language if isinstance(language, dict) else {}
    name, version = str(language.get("name", "")).capitalize(), language.get("version", "")
    return (
        f"{name} {version}".strip() + f" ({info.get('implementation')} {info.get('implementation_version')})"
    )


_EXECUTE = {
    "silent": False,
    "store_history": True,
    "user_expressions": {},
    "allow_stdin": True,
    "stop_on_error": True,
}
_SILENT = {**_EXECUTE, "silent": True, "store_history": False, "allow_stdin": False}

_YES_OR_NO = {"": True, "y": True, "yes": True, "n": False, "no": False}

_COMMANDS: Mapping[str, Callable[[Console], Coroutine[Any, Any, None]]] = {
    "%restart": Console._restart,
    "%connect_info": Console._connect_info,
}
