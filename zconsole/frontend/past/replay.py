"""Cells of another session, run again: one at a time, like cells of ours, without what they print.

What fails is said in a line, and the next one is run: it may not need it. Ctrl+C ends it, and so does the
kernel's death. A question of a cell's is asked as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zconsole.frontend.cells import Cells
from zconsole.frontend.execution import Error, Event
from zconsole.frontend.lengths import exactly
from zconsole.frontend.past.recovery import LONG, Step
from zconsole.frontend.seats import printable
from zconsole.frontend.together import shortened

SHOWN = 10
"""Failures that are told one by one."""


@dataclass(slots=True)
class Outcome:
    """What has become of a replay: the cells that were run and did not fail, those that failed, by msg_id;
    how long it took; whether it came to its end; what the cell is called that the kernel died in."""

    back: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    whole: bool = False
    died: str = ""


async def replay(steps: Sequence[Step], cells: Cells, say: Callable[[str], None]) -> Outcome:
    """Run the cells of these steps; `say` shows a sentence. Raises KernelDied and HungUp."""
    loop = asyncio.get_running_loop()
    began, outcome = loop.time(), Outcome()
    for step in steps:
        code, seconds = step.cell.code, step.cell.seconds or 0.0
        if seconds > LONG:
            say(f"In [{step.label}] took {exactly(seconds)}: {shortened(code)}")
        errors: list[Error] = []
        finished = await cells.run(code, _errors_into(errors))
        if finished.status == "ok":
            outcome.back.append(step.cell.msg_id)
        elif cells.interrupted or finished.status == "lost":
            outcome.died = "" if cells.interrupted else step.label
            break
        else:
            outcome.failed.append(step.cell.msg_id)
            if len(outcome.failed) <= SHOWN:
                say(f"In [{step.label}] failed: {_told(errors)}  ({shortened(code)})")
    else:
        outcome.whole = True
    outcome.seconds = loop.time() - began
    return outcome


def _errors_into(errors: list[Error]) -> Callable[[Event], None]:
    def show(event: Event) -> None:
        if isinstance(event, Error):
            errors.append(event)

    return show


def _told(errors: Sequence[Error]) -> str:
    if not errors:
        return "it does not say why"
    first = printable(errors[-1].value.strip().partition("\n")[0])
    return f"{errors[-1].name}: {first}" if first else errors[-1].name
