"""A plan for bringing a session back: which of its cells are run again, and why others are not. Pure.

Each cell is to `run`, to `choose` (by the user: it took long, or its effects are felt outside), or to `skip`
(it failed, was interrupted, never ended). The rule is that nothing comes back wrong in silence: what needs a
value that a cell which is not run has made or changed is not run either, unless that one is. Cells of another
language than Python are judged by how they ended alone.

The plan covers the lives of the kernel from the newest back to the last one that was begun on purpose. A cell
that was run once more in a later life counts there.

Its text form is edited as `git rebase -i` has it: a line each, in the order in which they are run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from zconsole.frontend.lengths import exactly
from zconsole.frontend.past.effects import Doing, Effects
from zconsole.frontend.together import shortened
from zconsole.journal.cells import Cell, Past

LONG = 2.0
"""Seconds from which on a cell is to be chosen: nobody wants to wait for what he may not need."""


class Deed(Enum):
    """What is to become of a cell; the value is the word in the plan's text."""

    RUN = "run"
    CHOOSE = "choose"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Step:
    """One cell of a plan: what it is called in it, what is to become of it, and why, unless it is run. It
    `follows` when the reason is another cell, which may be chosen."""

    cell: Cell
    label: str
    deed: Deed
    reason: str = ""
    follows: bool = False


class PlanError(Exception):
    """A text that is no plan. The text is a sentence."""


class Recovery:
    """What can be done to bring a session back. `past` is the session; with `alive` its newest life goes on,
    and it is what was before that is to be brought back into it. `deadly` is code that has ended the
    kernel in which it was run again."""

    def __init__(self, past: Past, *, alive: bool = False, deadly: Collection[str] = ()) -> None:
        self._cells = list(_cells(past, alive=alive))
        self._labels = _labelled(self._cells)
        lost = {cell.code: cell.life for cell in past.cells if cell.status == "lost"}
        self._deadly = {**lost, **dict.fromkeys(deadly, len(past.lives))}
        self._python = past.about.get("language", "python") in ("python", "")
        codes = [cell.code for cell in self._cells] if self._python else []
        effects = Effects(codes)
        self._doings = {cell.msg_id: effects.of(cell.code) for cell in self._cells if self._python}

    def plan(self, decided: Mapping[str, bool] | None = None) -> list[Step]:
        """The plan; `decided` says of cells that were to be chosen, by their msg_id, whether they are run."""
        decided = decided or {}
        missing: dict[str, Step] = {}
        steps = []
        for cell in self._cells:
            doing = self._doings.get(cell.msg_id) or Doing()
            step = self._step(cell, doing)
            if step.deed is Deed.CHOOSE and decided.get(cell.msg_id):
                step = Step(cell, step.label, Deed.RUN, step.reason)
            elif step.deed is Deed.RUN and not doing.defines:
                step = _following(step, doing, missing)
            if step.deed is Deed.RUN:
                for name in doing.binds:
                    missing.pop(name, None)
            else:
                missing |= dict.fromkeys(_left(cell, doing), step)
            steps.append(step)
        return steps

    def missing(self, run: Collection[str]) -> list[str]:
        """The names that have no value, or not their last one, when of all cells only these (by msg_id) have
        been run."""
        missing: dict[str, None] = {}
        for cell in self._cells:
            doing = self._doings.get(cell.msg_id) or Doing()
            if cell.msg_id in run:
                for name in doing.binds:
                    missing.pop(name, None)
            else:
                missing |= dict.fromkeys(sorted(_left(cell, doing)))
        return list(missing)

    def _step(self, cell: Cell, doing: Doing) -> Step:
        label = self._labels[cell.msg_id]
        if why := _why_not(cell):
            return Step(cell, label, Deed.SKIP, why)
        if self._deadly.get(cell.code, 0) > cell.life:
            return Step(cell, label, Deed.SKIP, "the kernel ended in it when it was run again")
        if cell.code.strip() in _LEAVES:
            return Step(cell, label, Deed.SKIP, "ends the session")
        if doing.shows:
            return Step(cell, label, Deed.SKIP, "leaves nothing behind")
        if doing.defines:
            return Step(cell, label, Deed.RUN)
        reasons = [*doing.effects, *(["asks for input"] if cell.asked else [])]
        if (seconds := cell.seconds or 0.0) > LONG:
            reasons.append(f"took {exactly(seconds)}")
        if reasons:
            return Step(cell, label, Deed.CHOOSE, ", ".join(dict.fromkeys(reasons)))
        return Step(cell, label, Deed.RUN)


def to_run(steps: Iterable[Step]) -> list[Step]:
    """The steps that are run."""
    return [step for step in steps if step.deed is Deed.RUN]


def to_choose(steps: Iterable[Step]) -> list[Step]:
    """The steps that the user is to decide about, without those that follow from them."""
    return [step for step in steps if step.deed is Deed.CHOOSE and not step.follows]


def summary(steps: Sequence[Step]) -> str:
    """A plan in a sentence."""
    number = Counter(step.deed for step in steps)
    follows = sum(step.follows for step in steps)
    parts = [f"{_cells_in_words(number[Deed.RUN])} can be run again"]
    if choose := number[Deed.CHOOSE] - follows:
        parts.append(f"{choose} {'is' if choose == 1 else 'are'} to be chosen")
    if follows:
        parts.append(f"{follows} {'depends' if follows == 1 else 'depend'} on what is not run")
    if number[Deed.SKIP]:
        parts.append(f"{number[Deed.SKIP]} {'is' if number[Deed.SKIP] == 1 else 'are'} left out")
    return ", ".join(parts) + "."


def lines(steps: Iterable[Step]) -> list[str]:
    """A plan as text, a line for each step."""
    return [_line(step) for step in steps]


def as_text(steps: Sequence[Step], title: str) -> str:
    """A plan for an editor."""
    return "\n".join([*lines(steps), "", *(f"# {line}" for line in (title, *_HELP))]) + "\n"


def parse(text: str, steps: Sequence[Step]) -> list[Step]:
    """The steps to run, by an edited text, in its order. Raises PlanError."""
    by_label = {step.label: step for step in steps}
    chosen: list[Step] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 2)
        if not words or words[0].startswith("#"):
            continue
        deed, label = _WORDS.get(words[0].lower()), words[1] if len(words) > 1 else ""
        if deed is None or label not in by_label:
            known = "run, choose or skip" if deed is None else "the number of a cell"
            raise PlanError(f"Line {number} of the plan, {shortened(line)!r}, needs {known}.")
        step = by_label.pop(label)
        if deed is Deed.RUN:
            chosen.append(Step(step.cell, step.label, Deed.RUN))
    return chosen


def _cells(past: Past, *, alive: bool) -> Iterator[Cell]:
    """The cells that the newest life of the kernel goes back to."""
    newest = first = max(0, len(past.lives) - 1)
    while first > 0 and _died(past, first - 1):
        first -= 1
    run = {cell.code: cell.life for cell in past.cells if cell.status == "ok"}
    for cell in past.cells:
        again = run.get(cell.code, cell.life) > cell.life
        if first <= cell.life and not (alive and cell.life == newest) and not again and cell.code.strip():
            yield cell


def has_died(past: Past) -> bool:
    """Whether the kernel of a session that goes on began its life because the one before had died."""
    return len(past.lives) > 1 and _died(past, len(past.lives) - 2)


def _died(past: Past, life: int) -> bool:
    """Whether a life ended by a death, and not because the kernel was started again on purpose."""
    begin, end = past.lives[life].at, past.lives[life + 1].at
    return any(begin <= death.at <= end for death in past.deaths)


def _labelled(cells: Sequence[Cell]) -> dict[str, str]:
    """A name for each cell, by msg_id: its number, or where several have that, life and number."""
    number = Counter(cell.count for cell in cells)
    found: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for cell in cells:
        label = str(cell.count) if number[cell.count] == 1 else f"{cell.life + 1}/{cell.count}"
        taken[label] += 1
        found[cell.msg_id] = label if taken[label] == 1 else f"{label}/{taken[label]}"
    return found


def _why_not(cell: Cell) -> str:
    """Why a cell is not to be run again; empty when it did all that it was to do."""
    if cell.status == "ok":
        return ""
    if cell.status == "lost":
        return "the kernel ended in it"
    if cell.status == "running":
        return "had not ended"
    name = (cell.error or {}).get("ename", "")
    return "was interrupted" if name == "KeyboardInterrupt" else f"failed: {name or 'an error'}"


def _left(cell: Cell, doing: Doing) -> set[str]:
    """The names whose values are not what they were when this cell is not run."""
    if cell.status == "ok" or _why_not(cell) == "was interrupted":
        return doing.binds | doing.changes
    return set() if cell.status in ("lost", "running") else doing.early


def _following(step: Step, doing: Doing, missing: Mapping[str, Step]) -> Step:
    needed = sorted((doing.reads | doing.changes) & missing.keys())
    if not needed:
        return step
    source = missing[needed[0]]
    reason = f"needs {needed[0]} of In [{source.label}]"
    if source.deed is Deed.SKIP:  # it will not be there, whatever is chosen
        return Step(step.cell, step.label, Deed.CHOOSE, f"{reason}, which {source.reason}")
    return Step(step.cell, step.label, Deed.CHOOSE, reason, follows=True)


def _line(step: Step) -> str:
    reason = f"  # {step.reason}" if step.reason else ""
    return f"{step.deed.value:6} {step.label:>4}  {shortened(step.cell.code)}{reason}"


def _cells_in_words(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


_LEAVES = frozenset(("exit", "quit", "exit()", "quit()"))

_HELP = (
    "run: it is run again. choose, skip: it is not. Lines may be moved and removed;",
    "without any line with run nothing happens.",
)

_WORDS = {word[:length]: deed for deed in Deed for word in [deed.value] for length in (1, len(word))}
"""What a word at the beginning of a line means; the first letter is enough."""
