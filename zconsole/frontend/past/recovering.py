"""`%recover` and `zconsole --recover`: which session, what the user is asked, and what is said at the end.

What is safe is run at once. When there are cells to choose the user is asked first, once: they are run where
they stood, since what follows may need them. Without an answer (`--yes`) they are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import NamedTuple

from zconsole.frontend.cells import Cells
from zconsole.frontend.lengths import exactly
from zconsole.frontend.past import recovery
from zconsole.frontend.past.recovery import PlanError, Recovery, Step
from zconsole.frontend.past.replay import SHOWN, Outcome, replay
from zconsole.frontend.past.unclean import RECOVERED, lives, note, unclean_sessions
from zconsole.frontend.prompt.editor import EditorError
from zconsole.frontend.prompt.terminal import Ended, Terminal
from zconsole.frontend.settings import NEWEST
from zconsole.frontend.together import listed, shortened
from zconsole.journal.cells import Past
from zconsole.journal.reader import check, read_past
from zconsole.journal.store import JournalError, find_session

NOTHING = "There is no session that was cut off."

QUESTION = "Run what is safe, all, choose one by one, edit the plan, or nothing ([s]/a/c/e/n)? "

LISTED = 20
"""Cells to choose that are shown before the question."""


class Source(NamedTuple):
    """A session that is to be brought back; `alive` when it is the one that goes on here. `deadly` is code
    that has ended a kernel here."""

    folder: Path
    past: Past
    alive: bool = False
    deadly: Collection[str] = ()

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        name = self.past.about.get("name")
        return "this session" if self.alive else f"the session {name or self.folder.name}"


class Answer(Enum):
    """What is to be run."""

    SAFE = "safe"
    ALL = "all"
    CHOOSE = "choose"
    EDIT = "edit"
    NOTHING = "nothing"


def source(what: str = NEWEST, own: Path | None = None) -> Source:
    """The session to bring back, by `where`, or the one that asks, whose folder is `own`: that is the newest
    when its kernel has died. It reads all of it. Raises JournalError."""
    here = read_past(own) if own else None
    if own and here and what == NEWEST and recovery.has_died(here):
        return Source(own, here, alive=True)
    folder = where(what, own)
    if own and here and folder == own:
        return Source(own, here, alive=True)
    deadly = {cell.code for cell in here.cells if cell.status == "lost"} if here else ()
    return Source(folder, read_past(folder), deadly=deadly)


def where(what: str, own: Path | None = None) -> Path:
    """The folder of a session that can be brought back: by what `find_session` knows, or NEWEST. Raises
    JournalError."""
    if what == NEWEST:
        found = next(unclean_sessions(), None)
        if found is None:
            raise JournalError(NOTHING)
        return found.folder
    folder = find_session(what)
    about = check(folder).fields
    if folder != own and lives(about):
        file = about.get("connection_file")
        raise JournalError(f"The session {what} runs still: zconsole --existing {file} comes back to it.")
    return folder


def dry_run(what: str) -> str:
    """The plan for a session, as text. Raises JournalError."""
    found = source(what)
    steps = Recovery(found.past).plan()
    title = found.title
    return "\n".join([f"{title[0].upper()}{title[1:]}: {recovery.summary(steps)}", *recovery.lines(steps)])


class Recovering:
    """Brings sessions back into the kernel of this one. `say` shows a sentence."""

    def __init__(self, terminal: Terminal, cells: Cells, say: Callable[[str], None]) -> None:
        self._terminal = terminal
        self._cells = cells
        self._say = say

    async def recover(self, found: Source, *, ask: bool = True) -> None:
        """Bring a session back, after the questions that there are, unless nobody is to be asked. Raises
        KernelDied and HungUp."""
        loop = asyncio.get_running_loop()
        # thousands of cells take a second
        plan = await loop.run_in_executor(
            None, partial(Recovery, found.past, alive=found.alive, deadly=found.deadly)
        )
        steps = plan.plan()
        self._say(f"Recovering {found.title}: {recovery.summary(steps)}")
        chosen = await self._chosen(plan, found.title, ask=ask)
        if not chosen:
            self._say("Nothing is run.")
            return
        outcome = await replay(chosen, self._cells, self._say)
        if outcome.died:
            again = "%recover" if found.alive else f"%recover {found.folder.name}"
            self._say(f"In [{outcome.died}] has ended it: what had come back is gone. {again} leaves it out.")
            return
        for sentence in report(plan, chosen, outcome):
            self._say(sentence)
        if outcome.whole and not found.alive:
            note(found.folder, RECOVERED)

    async def _chosen(self, plan: Recovery, title: str, *, ask: bool) -> Sequence[Step]:
        steps = plan.plan()
        choice = recovery.to_choose(steps)
        for each in recovery.lines(choice[:LISTED]):
            self._say(each)
        if len(choice) > LISTED:
            self._say(f"and {len(choice) - LISTED} more; the plan for the editor has all.")
        while choice and ask:
            line = await self._terminal.read_line(QUESTION)
            answer = _ANSWERS.get(line.strip().lower()) if isinstance(line, str) else Answer.NOTHING
            if answer is Answer.NOTHING:
                return ()
            if answer is Answer.EDIT:
                if (edited := await self._edited(steps, title)) is not None:
                    return edited
            elif answer is Answer.CHOOSE:
                return await self._one_by_one(plan)
            elif answer is Answer.ALL:
                return recovery.to_run(_all(plan))
            elif answer is Answer.SAFE:
                break
        return recovery.to_run(steps)

    async def _one_by_one(self, plan: Recovery) -> Sequence[Step]:
        decided: dict[str, bool] = {}
        while open_ := [
            step for step in recovery.to_choose(plan.plan(decided)) if step.cell.msg_id not in decided
        ]:
            step = open_[0]
            answer = await self._terminal.read_line(
                f"In [{step.label}] {shortened(step.cell.code)}  ({step.reason}); run it (y/[n])? "
            )
            if not isinstance(answer, str) and answer is not Ended.EOF:
                return ()
            decided[step.cell.msg_id] = isinstance(answer, str) and answer.strip().lower() in ("y", "yes")
        return recovery.to_run(plan.plan(decided))

    async def _edited(self, steps: Sequence[Step], title: str) -> Sequence[Step] | None:
        """What is to be run by the plan that the user has edited; None when there is none."""
        try:
            text = await self._terminal.edit(recovery.as_text(steps, f"The plan for {title}."))
            return recovery.parse(text, steps)
        except (EditorError, PlanError) as error:
            self._say(str(error))
            return None


def _all(plan: Recovery) -> list[Step]:
    """The plan when everything is chosen that can be."""
    decided: dict[str, bool] = {}
    while choice := recovery.to_choose(steps := plan.plan(decided)):
        decided |= {step.cell.msg_id: True for step in choice}
    return steps


def report(plan: Recovery, steps: Sequence[Step], outcome: Outcome) -> list[str]:
    """What is said of a replay."""
    back, failed = len(outcome.back), len(outcome.failed)
    number = "1 cell has" if back == 1 else f"{back} cells have"
    sentence = f"{number} been run again in {exactly(outcome.seconds)}"
    sentences = [f"{sentence}, {failed} failed." if failed else f"{sentence}."]
    if not outcome.whole:
        sentences.append(f"It was stopped: {len(steps) - back - failed} were not run.")
    missing = plan.missing(outcome.back)
    if missing:
        more = [f"{len(missing) - SHOWN} more"] if len(missing) > SHOWN else []
        sentences.append(f"Not as they were: {listed([*missing[:SHOWN], *more])}.")
    return sentences


_ANSWERS: Mapping[str, Answer] = {
    **dict.fromkeys(("", "y", "yes"), Answer.SAFE),
    **{word: answer for answer in Answer for word in (answer.value, answer.value[0])},
}
"""What is typed, and what it means."""
