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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from zconsole.frontend import commands
from zconsole.frontend.attendance import Attendance
from zconsole.frontend.cells import Cells, HungUp
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.errands import HUNG_UP, RECOVERABLE, RESTARTING, Errands
from zconsole.frontend.execution import Finished
from zconsole.frontend.inorder import InOrder
from zconsole.frontend.inplace import InPlace, Paper
from zconsole.frontend.languages import language_info
from zconsole.frontend.link import Link
from zconsole.frontend.obituary import KILLED, obituary, was_killed
from zconsole.frontend.past.homecoming import Homecoming
from zconsole.frontend.payloads import Edit, wishes
from zconsole.frontend.prompt.outcome import Outcome
from zconsole.frontend.prompt.terminal import Ended, Terminal
from zconsole.frontend.render import render
from zconsole.frontend.seats import Running
from zconsole.frontend.settings import NEWEST, Settings
from zconsole.frontend.signals import Sigint
from zconsole.frontend.together import Numbered, Overheard, Together
from zconsole.journal.store import JournalError
from zconsole.launch import LaunchError
from zconsole.message import Content, Message
from zconsole.process import Exit


@dataclass(frozen=True, slots=True)
class Options:
    """How a session behaves. With `kernel_banner` a line says at the start what the kernel is; with
    `quiet_others` what others type and get is not shown. `username` is what they see of us. `recover` is a
    session to bring back at the start, with `recover_unasked` without a question."""

    confirm_exit: bool = True
    kernel_banner: bool = False
    quiet_others: bool = False
    username: str = ""
    recover: str = ""
    recover_unasked: bool = False


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
        self._loop = asyncio.get_running_loop()
        self._drawing = Drawing(
            self._paper(),
            lambda: terminal.look,
            terminal.highlight,
            lambda: link.ask_for_widgets(),
            trusts=lambda: link.trusted,
            fold_lines=lambda: terminal.preferences.now.fold_lines,
            spared=terminal.spared,
        )
        self._together = Together(options.username, lambda: datetime.now(UTC), quiet=options.quiet_others)
        self._cells = Cells(terminal, sigint, link, self._together, self._drawing, self._set_number)
        self._attendance = Attendance(link, self._together, self.tell, self._get_number)
        self._inorder = InOrder(lambda message: self._take("stdin", message), lambda: link.received)
        self._errands = Errands(self, link, self._together, terminal)
        self._homecoming = Homecoming(
            self, self._drawing, self._attendance, self._together, self._errands, options.username
        )
        self.choose = choose
        self.say = self._drawing.say
        self._over: asyncio.Future[int] = self._loop.create_future()
        self._stopping: asyncio.Task[None] | None = None
        self._introduce = options.kernel_banner
        self._keep_kernel = False
        self.last_words = ""
        """Why the session has ended, when that was not the user's wish."""
        self.recovers = ""
        """The id of the session that has been, or is being, brought back here."""
        self._deaf = self._stopping_kernel = False
        self._language = ""
        self._number = 1
        self._next_input = ""
        self._next_at_once = False
        self.connection_file: Path | None = None

    # --- the session

    async def run(self, first: Awaitable[str | Ended] | None = None) -> int:
        """Run the session; the exit code of the program. `first` is the first block, when its prompt is up
        already; without one the kernel's first answer is waited for."""
        self._link.open()
        if first is None and not await self._kernel_answers():
            return self._over.result() if self._over.done() else 130
        await self._homecoming.show()
        if self._options.recover:
            await self.recover(self._options.recover, ask=not self._options.recover_unasked)
        while not self._over.done():
            block = await (first or self._next_block())
            first = None
            self._drawing.begin()
            if block is Ended.HUNG_UP:
                self.end(HUNG_UP)
            if block is Ended.EOF:
                await self._errands.leave(confirm=self._options.confirm_exit)
            if isinstance(block, str) and block.strip():
                await self._submit(block)
        return self._over.result()

    def changed(self, settings: Settings) -> None:
        """Settings have been changed."""
        self._options = replace(self._options, confirm_exit=settings.confirm_exit)
        self._together.quiet = settings.quiet_others

    def _paper(self) -> Paper:
        terminal = self._terminal
        if not terminal.preferences.now.linear:
            return InPlace(terminal.write, lambda: terminal.place, self._loop.call_later)
        from zconsole.frontend.linear import Lines

        return Lines(terminal.write, lambda: terminal.place, self._loop.call_later)

    def _next_block(self) -> Awaitable[str | Ended]:
        text, self._next_input = self._next_input, ""
        at_once, self._next_at_once = self._next_at_once, False
        return self._terminal.read_block(self._number, text, accept=at_once)

    async def leave(self, *, hung_up: bool = False) -> None:
        """Leave the kernel; what it says from now on (of its own end) is not shown. When the terminal has
        `hung_up`, a kernel that holds something runs on."""
        self._deaf = True
        self._attendance.end()
        await self._homecoming.leave()
        where = self._errands.how_to_connect()
        hung_up = hung_up or (self._over.done() and self._over.result() == HUNG_UP)
        self._keep_kernel |= hung_up and self._is_used()
        with self._sigint.scope(self._link.hurry):
            await self._link.leave(keep=self._keep_kernel, hung_up=hung_up)
        if self._keep_kernel or (self._homecoming.kept and not (self._stopping_kernel or self.last_words)):
            self.say(f"The kernel runs on: {where}")
        if self._link.unkept:
            self.say("It is not recorded: no keeper could be started. Who attaches to it tries again.")

    def _is_used(self) -> bool:
        """Whether the kernel has been given something to run, so that there is something to lose."""
        recorder = self._link.recorder
        return self._number > 1 or (recorder is not None and recorder.directory is not None)

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
        await self._homecoming.show()

    def arrive(self, file: Path | None, folder: Path | None) -> None:
        """A kernel is being opened: with the connection file `file`, if it is not ours; one that was kept has
        its session recorded in `folder`."""
        self.connection_file = file
        self._homecoming.begin(folder)

    async def _kernel_answers(self) -> bool:
        """Wait for the kernel's first answer, until Ctrl+C; whether it has come."""
        from zconsole.kernelerror import KernelError

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
        from zconsole.kernelerror import KernelDied

        try:
            finished = await self._cells.run(code)
        except KernelDied as error:
            self.end(1, str(error))
        except HungUp:
            self.end(HUNG_UP)
        else:
            failed = finished.status != "ok"
            self._terminal.cell_ended(Outcome(finished.count, failed, self._cells.seconds))
            # what was typed behind Ctrl+C is meant to be run
            if failed and not self._cells.interrupted and self._terminal.failed():
                self.say("What was typed ahead has not been run: it stands in the prompt.")
            await self._grant(finished)
            await self._restart_for_cell()

    async def _restart_for_cell(self) -> None:
        """Start the kernel again, when the user has wanted that for a cell that did not end."""
        if self._cells.restart:
            with self._sigint.scope(self._link.hurry):
                await self._errands.restart(self._number)

    async def recover(self, what: str, *, ask: bool = True) -> None:
        """Bring a session back into this kernel: by `recovering.source`, empty for the newest."""
        from zconsole.frontend.past.recovering import Recovering, source
        from zconsole.kernelerror import KernelDied

        if not await self._kernel_answers():
            return
        try:
            own = self._link.recorder.directory if self._link.recorder else None
            found = await self._loop.run_in_executor(None, source, what or NEWEST, own)  # it may be long
        except JournalError as error:
            self.say(str(error))
            return
        language = str(found.past.about.get("language", "")).lower()
        if language != self._language:
            self.say(f"It is a session in {language}, and this kernel speaks {self._language}.")
            return
        self.recovers = "" if found.alive else found.folder.name
        try:
            await Recovering(self._terminal, self._cells, self.say).recover(found, ask=ask)
            await self._restart_for_cell()
        except KernelDied:
            pass  # that has been said
        except HungUp:
            self.end(HUNG_UP)

    async def _grant(self, finished: Finished) -> None:
        wish = wishes(finished.payloads)
        for data in wish.pages:
            await self._terminal.page(render(data, {}, self._terminal.look.in_letters))
            self._drawing.begin()
        self._next_input = wish.next_input or ""
        for wished in wish.edits:
            await self._edit(wished)
        if wish.leave and wish.keep_kernel:
            self.end(0, keep=True)
        elif wish.leave:
            await self._errands.leave(confirm=False)

    async def _edit(self, wish: Edit) -> None:
        from zconsole.frontend.edits import edit

        edited = await edit(wish, self._terminal)
        if edited.sentence:
            self.say(edited.sentence)
        if edited.code:
            self._next_input, self._next_at_once = edited.code, True

    # --- the user, past the prompt's text

    def interrupt_others(self) -> None:
        """Ctrl+C at an empty prompt: it is for the cell of somebody that is known to run."""
        if self._together.running:
            self._errands.interrupt()

    def detach(self) -> None:
        """Leave at once, whatever runs; the kernel runs on."""
        self.end(0, keep=True)
        self._cells.give_up()

    def suspend(self) -> None:
        """Stop the program, as Ctrl+Z does; the kernel does not wait for us meanwhile."""
        if self._stopping is None or self._stopping.done():
            self._stopping = self._loop.create_task(self._suspend())

    async def _suspend(self) -> None:
        await self._attendance.pause()
        await self._terminal.stop()
        # where nobody could make us go on, the system has not stopped us, and there will be no SIGCONT
        self._attendance.resume()

    def resized(self) -> None:
        """The terminal has another size."""
        self._cells.resized()

    def resumed(self) -> None:
        """The program was stopped and goes on."""
        self._terminal.resumed()
        self._attendance.resume()

    # --- the kernel speaks (parties.Listener, and what Link learns)

    def learned(self, info: Content) -> None:
        """A kernel has given its first answer, a kernel_info_reply's content."""
        self._language = _language(info)
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
        if self._deaf:
            return
        if channel == "stdin":
            self._inorder.receive(message)
            return
        self._take(channel, message)
        if channel == "iopub":
            self._inorder.heard(message)

    def _take(self, channel: str, message: Message) -> None:
        if self._attendance.receive(channel, message):
            return
        if channel == "iopub":
            self._drawing.receive(message)
            if self._homecoming.hold(message):
                return
        if self._cells.receive(channel, message):
            return
        if channel == "iopub":
            self.overhear(message)
        elif message.msg_type == "input_request":
            events = self._together.asked(message)
            if not (self._homecoming.under_way or self._errands.asked(message)):
                self.tell(events)
        elif message.msg_type == "input_gone":
            self.tell(self._together.answered(message))
            self._errands.answered(message)

    def overhear(self, message: Message) -> None:
        """A message of iopub that is of no cell of ours."""
        self.tell(self._together.overhear(message))
        if message.content.get("execution_state") == "starting" and not self._link.owned:
            self.say("The kernel has been started again.")
            self._together.forget_running()
            self.renumber(1)

    def stopping(self, begun: bool) -> None:
        """The kernel is being ended from here, or that has failed."""
        self._stopping_kernel = begun

    def died(self, exit: Exit | None) -> None:
        """The kernel has ended; None when it was not our child."""
        if self._deaf or self._stopping_kernel:
            return
        ran, seconds = self._ran()
        self._cells.give_up()
        self._link.buried(exit)
        starting = self._link.owned and not self._link.answered
        words = obituary(exit, self._link.last_words, starting=starting, ran=ran, seconds=seconds)
        if self._link.owned and self._link.answered:
            self.say(words)
            self._start_again(exit)
        else:
            self.end(1, words)

    def _ran(self) -> tuple[Running | None, float | None]:
        """The cell that the kernel ran when it died, and for how many seconds, as far as that is known."""
        theirs = self._together.running
        if (ours := self._cells.running) and (ours[0].count is not None or theirs is None):
            ran, seconds = ours
            if ran.count is None:  # it died of it at once, without a word
                ran = replace(ran, count=self._number)
                self._number += 1
            return ran, seconds
        since = theirs.since if theirs else None
        return theirs, (datetime.now(UTC) - since).total_seconds() if since else None

    def revived(self) -> None:
        """A kernel that seemed dead answers again: nothing to do, the session has ended."""

    def tell(self, events: Iterable[Overheard]) -> None:
        """Show what others do, now or when we have arrived."""
        if self._homecoming.defer(events):
            return
        for event in events:
            if isinstance(event, Numbered):
                self.renumber(event.count)
            else:
                self._drawing.draw(event)

    def _start_again(self, exit: Exit | None) -> None:
        try:
            self._link.again(self._number)
        except LaunchError as error:
            self.end(1, str(error))
        else:
            if was_killed(exit):
                self.say(KILLED)
            recorded = self._link.recorder is not None and self._link.recorder.directory is not None
            self.say(f"{RESTARTING} {RECOVERABLE}" if recorded else RESTARTING)
            self.begin_again()

    def begin_again(self) -> None:
        """Another life of the kernel begins: nothing that was known counts any more."""
        self._attendance.end()
        self._inorder.forget()
        self._together.begin("")
        self.renumber(self._link.first)

    def _get_number(self) -> int:
        return self._number

    def _set_number(self, number: int) -> None:
        self._number = number

    def renumber(self, number: int) -> None:
        """Give the prompt that is shown, or the next one, another number."""
        self._number = number
        self._terminal.renumber(number)


def _language(info: Content) -> str:
    return str(language_info(info).get("name", "")).lower()


def _about(info: Content) -> str:
    """One line about a kernel; its own banner may be a page, with warnings in it."""
    language = language_info(info)
    name, version = str(language.get("name", "")).capitalize(), language.get("version", "")
    return (
        f"{name} {version}".strip() + f" ({info.get('implementation')} {info.get('implementation_version')})"
    )
