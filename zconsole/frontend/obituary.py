"""What is said when a kernel has died: how, in which cell, with how much memory, and its last words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from zconsole.frontend.lengths import exactly
from zconsole.frontend.seats import Running
from zconsole.frontend.together import whose

if TYPE_CHECKING:
    from zconsole.process import Exit

LOG_LINES = 10
"""Lines of a dead kernel's log that are shown."""

FATAL = "Fatal Python error"
"""What faulthandler begins with; the newest call comes first behind it."""

KILLED = "Nobody here sent that signal: the system may have run out of memory, or somebody has killed it."
"""What is said of a SIGKILL that is not ours."""


def obituary(
    exit: Exit | None,
    log: str = "",
    *,
    starting: bool = False,
    ran: Running | None = None,
    seconds: float | None = None,
) -> str:
    """Lines about a death. `exit` is how the kernel ended, None when that is not known; `log` what it wrote
    past the protocol; `starting`, whether it had not answered yet; `ran` the cell that it ran, for so many
    `seconds`."""
    sentence = f"The kernel {exit}" if exit else "The kernel has ended"
    sentences = [sentence + (" while starting." if starting else ".")]
    if ran:
        length = "" if seconds is None else f" had run for {exactly(seconds)}"
        name = whose(ran)
        sentences.append(f"{name[0].upper()}{name[1:]}{length or ' was running'}.")
    if exit and exit.peak and not starting:
        sentences.append(f"Its memory was {size(exit.peak)} at most.")
    return "\n".join([" ".join(sentences), *last_words(log.splitlines())])


def was_killed(exit: Exit | None) -> bool:
    """Whether this may be the work of the system, which ends who takes the last of the memory."""
    return exit is not None and exit.signal == 9


def size(number: int) -> str:
    """A number of bytes: "85 MB", "1.2 GB"."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"


def last_words(log: Sequence[str]) -> Sequence[str]:
    """Of the lines of a log those that tell most: of a crash where it was, as far as that is the user's code,
    else the last ones."""
    crashes = [number for number, line in enumerate(log) if line.startswith(FATAL)]
    if not crashes:
        return log[-LOG_LINES:]
    crash = log[crashes[-1] :]
    # the other threads only wait; where it crashed comes behind them
    current = next((number for number, line in enumerate(crash) if line.startswith("Current thread")), 1)
    frames = crash[current : current + LOG_LINES]
    outside = next((number for number, line in enumerate(frames) if _OUTSIDE.search(line)), LOG_LINES)
    return [crash[0], *(_CELL.sub(r"Cell In[\1]", line) for line in frames[:outside])]


_CELL = re.compile(r'File "<ipython-input-(\d+)-\w+>"')
_OUTSIDE = re.compile(r'interactiveshell\.py", line \d+ in run_code$')
"""The frame that runs a cell: behind it comes IPython's code, and ours."""
