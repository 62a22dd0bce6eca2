"""What the commands of the front end do (`commands` has their names): a method each, a table at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from zconsole.frontend import commands, leaving
from zconsole.frontend.changing import Changing
from zconsole.frontend.choosing.runtime import known
from zconsole.frontend.commands import Command
from zconsole.frontend.errors import Trouble
from zconsole.frontend.leaving import Choice
from zconsole.frontend.link import Link
from zconsole.frontend.past.ownpast import OwnPast
from zconsole.frontend.prompt.terminal import Ended, Terminal
from zconsole.frontend.render.text import clean
from zconsole.frontend.seats import Seat
from zconsole.frontend.together import Question, Together, whose
from zconsole.launch import LaunchError
from zconsole.message import Message

SHADOW_WAIT = 0.3
"""Seconds to find out whether the kernel has a magic of that name; an idle one answers within ten
milliseconds."""

HUNG_UP = 128 + 1
"""The exit code when the terminal has gone away: as by SIGHUP, which may be late, or not for us."""

OFFER_WAIT = 0.5
"""Seconds for the kernel to ask us what a cell waits for, once we have a seat: it does so at once."""

RESTARTING = "It is being restarted; its variables are gone."

RECOVERABLE = "%recover brings back what can be run again."
"""What is said behind that when the session is recorded."""


class Session(Protocol):
    """The session, as far as commands have to do with it."""

    connection_file: Path | None
    """That of the kernel to which we have attached, when it is known."""

    def say(self, sentence: str) -> None:
        """Show a sentence."""

    def begin_again(self) -> None:
        """Another life of the kernel begins: nothing that was known counts any more."""

    async def enter(self) -> None:
        """Another kernel is being opened; wait until it answers, or the user does not want to."""

    def stopping(self, begun: bool) -> None:
        """The kernel's end is wished for from here, or it has failed."""

    def choose(self, name: str) -> None:
        """Make the kernel of that name the one that `link` opens next. Raises Trouble or LaunchError."""

    async def recover(self, what: str) -> None:
        """Bring a session back; empty for the one that needs it most."""

    def end(self, code: int, sentence: str = "", *, keep: bool = False) -> None:
        """End the session, with the program's exit code; `keep` lets our kernel run on."""


class Errands:
    """Runs commands for a session."""

    def __init__(self, session: Session, link: Link, together: Together, terminal: Terminal) -> None:
        self._session = session
        self._link = link
        self._together = together
        self._terminal = terminal
        self._changing = Changing(lambda text: session.say(text), terminal)
        self._past = OwnPast(lambda text: session.say(text), terminal, link, lambda: session.connection_file)
        self._known: set[str] = set()
        self._answering = ""
        self._offer: asyncio.Future[None] | None = None

    async def run(self, command: Command) -> None:
        """Run a command."""
        if commands.COMMANDS[command.name].needed and not command.argument:
            self._session.say(commands.usage(command.name))
            return
        await self._say_shadowed(command.name)
        await _ERRANDS[command.name](self, command.argument)

    def interrupt(self) -> None:
        """Interrupt what the kernel runs, and say whose it is if it is known to be another's."""
        running = self._together.running
        if self._link.manager:
            self._link.manager.interrupt()
            self._session.say(
                f"The kernel was asked to interrupt {whose(running) if running else 'what it runs'}."
            )

    def how_to_connect(self) -> str:
        """How another front end gets to our kernel."""
        manager = self._link.manager
        if manager is None:
            return "There is no kernel yet."
        if manager.launched:
            return f"zconsole --existing {manager.launched.name or manager.launched.connection_file}"
        if self._session.connection_file:
            return f"zconsole --existing {known(self._session.connection_file).name}"
        return f"shell {manager.info.endpoint('shell')}, control {manager.info.endpoint('control')}"

    async def _stop(self, argument: str) -> None:
        choice = await self._ask("end", owned=True)
        if choice is Choice.STAY:
            return
        if choice is Choice.END and not self._link.owned and not await self._ended():
            return
        self._session.end(0, keep=choice is Choice.KEEP)

    async def _ended(self) -> bool:
        """End a kernel that we have attached to; whether it has ended."""
        file = self._session.connection_file
        if file is None:
            self._session.say(
                "Where this kernel's connection file is, is not known: zconsole stop can end it."
            )
            return False
        from zconsole.frontend.choosing.stop import stop

        self._session.stopping(True)
        (outcome,) = await asyncio.get_running_loop().run_in_executor(None, stop, [known(file)])
        if not outcome.ended:
            self._session.stopping(False)
            self._session.say(outcome.sentence)
        return outcome.ended

    async def leave(self, *, confirm: bool) -> None:
        """End the session, by the exit rule; with `confirm` the user wants to be asked anyway."""
        choice = await self._ask("end", confirm=confirm)
        if choice is not Choice.STAY:
            self._session.end(0, keep=choice is Choice.KEEP)

    def answered(self, message: Message) -> None:
        """An input_gone: nobody need type on at that question."""
        if message.parent_id == self._answering:
            self._terminal.abandon()

    async def _ask(self, deed: str, *, confirm: bool = False, owned: bool = False) -> Choice:
        """The user's choice before this is done to the kernel; END where there is nothing to ask. A terminal
        that is gone ends the session. With `owned` it is done also to one that is not ours."""
        running = self._together.running
        question = leaving.question(
            owned=owned or self._link.owned,
            running=whose(running) if running else "",
            others=self._together.others,
            confirm=confirm,
            deed=deed,
        )
        if question is None:
            return Choice.END
        while isinstance(answer := await self._terminal.read_line(question.prompt), str):
            if choice := question.choice(answer):
                return choice
        if answer is Ended.HUNG_UP:
            self._session.end(HUNG_UP)
        return question.at_eof if answer is Ended.EOF else Choice.STAY

    async def _say_shadowed(self, name: str) -> None:
        """Say once that the kernel has a magic of this name as well."""
        if name in self._known or self._together.running or commands.COMMANDS[name].begins:
            return
        content = {"code": name, "cursor_pos": len(name)}
        reply = await self._link.ask("complete_request", content, SHADOW_WAIT)
        if reply is not None:
            self._known.add(name)
            matches = reply.get("matches")
            if isinstance(matches, list) and name in matches:
                self._session.say(commands.shadow(name))

    async def _restart(self, argument: str) -> None:
        if not self._link.owned:
            self._session.say("This kernel was not started here, so it is not restarted here.")
            return
        if await self._ask("restart") is Choice.END:
            await self.restart()

    async def restart(self, first: int = 1) -> None:
        """End a kernel of ours and start it again; as `link.restart`."""
        try:
            await self._link.restart(first)
        except LaunchError as error:
            self._session.end(1, str(error))
        else:
            self._session.say(f"{RESTARTING} {RECOVERABLE}" if first > 1 else RESTARTING)
            self._session.begin_again()

    async def _interrupt(self, argument: str) -> None:
        self.interrupt()

    async def _kernel(self, argument: str) -> None:
        choice = await self._ask("end")
        if choice is Choice.STAY:
            return
        try:
            self._session.choose(argument)
        except (Trouble, LaunchError) as error:
            self._session.say(str(error))
            return
        where = self.how_to_connect()
        kept = self._link.owned and choice is Choice.KEEP
        await self._link.switch(keep=kept)
        if kept:
            self._session.say(f"The kernel runs on: {where}")
        self._known.clear()
        await self._session.enter()

    async def _connect_info(self, argument: str) -> None:
        self._session.say(self.how_to_connect())

    async def _seats(self, argument: str) -> None:
        if not self._together.seats:
            self._session.say("This kernel does not tell who is attached.")
        for seat in self._together.seats:
            self._session.say(self._about(seat))

    def _about(self, seat: Seat) -> str:
        you = " (you)" if seat.name == self._together.name else ""
        since = f", since {seat.since.astimezone():%H:%M:%S}" if seat.since else ""
        return f"{seat.name}{you}{since}"

    async def _answer(self, argument: str) -> None:
        from zconsole.kernelerror import KernelDied

        question = next(iter(self._together.questions.values()), None)
        if question is None:
            self._session.say("Nobody's cell asks for anything.")
            return
        answer = argument or await self._read_answer(question)
        if answer is None or self._link.manager is None:
            return
        try:
            self._link.manager.answer_input(answer, question.asked.request)
        except KernelDied:
            pass  # that has been said
        # ours is the first answer, or somebody else's was: either way it is no question any more
        self._together.questions.pop(question.asked.request.msg_id, None)

    def asked(self, message: Message) -> bool:
        """A question has come; whether we wait for it to answer it at once."""
        if self._offer is None:
            return False
        if not self._offer.done():
            self._offer.set_result(None)
        return True

    async def answer_first(self, asking: Sequence[Message], *, offered: bool) -> None:
        """Have the user answer at once what a cell that we have come to waits for. A kernel with seats has
        `offered` us what has no answer yet, or does so now; of others it is what was recorded: `asking`."""
        if not (self._together.waiting if offered else asking):
            return
        if not offered:
            for message in asking:
                self._together.asked(message)
        elif not self._together.questions:
            self._offer = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._offer], timeout=OFFER_WAIT)
            self._offer = None
        if self._together.questions:
            await self._answer("")

    async def _read_answer(self, question: Question) -> str | None:
        """A line for somebody's question; None when the user gives none, or somebody else was faster."""
        asked = question.asked
        self._answering = asked.request.msg_id
        answer = await self._terminal.read_line(
            clean(asked.prompt), password=asked.password, asked=asked.request.msg_id
        )
        self._answering = ""
        return answer if isinstance(answer, str) else None

    async def _recover(self, argument: str) -> None:
        await self._session.recover(argument)

    async def _reopen(self, argument: str) -> None:
        await self._past.reopen(argument)

    async def _export(self, argument: str) -> None:
        await self._past.export(argument)

    async def _forget(self, argument: str) -> None:
        from zconsole.frontend.past.forgetting import forget

        await forget(self._terminal.history, argument, self._session.say)

    async def _config(self, argument: str) -> None:
        await self._changing.config(argument)

    async def _keys(self, argument: str) -> None:
        await self._changing.keys(argument)

    async def _detach(self, argument: str) -> None:
        self._session.end(0, keep=True)

    async def _commands(self, argument: str) -> None:
        self._session.say(commands.overview())


_ERRANDS: Mapping[str, Callable[[Errands, str], Coroutine[Any, Any, None]]] = {
    "%restart": Errands._restart,
    "%interrupt": Errands._interrupt,
    "%kernel": Errands._kernel,
    "%connect_info": Errands._connect_info,
    "%seats": Errands._seats,
    "%answer": Errands._answer,
    "%reopen": Errands._reopen,
    "%export": Errands._export,
    "%recover": Errands._recover,
    "%forget": Errands._forget,
    "%config": Errands._config,
    "%keys": Errands._keys,
    "%detach": Errands._detach,
    "%stop": Errands._stop,
    "%commands": Errands._commands,
}
