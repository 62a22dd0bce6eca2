"""What belongs to one cell while it runs.

IPython keeps it in its one shell; here it is kept with the cell's request, because subshells run cells at the
same time, and late threads and tasks behind them. Pure.
"""

from __future__ import annotations

from typing import Any

from zconsole.kernel.kernel import Failure
from zconsole.message import Content


class Running:
    """A cell that runs, or code that belongs to none.

    `number` is the cell's, None outside of all; with `keep` no other cell gets it. `count` is what IPython
    takes for its counter, which it moves on during the cell. `storing`: the cell is kept in the history.
    `source` is the Python it runs; `result` its ExecutionResult; `failure` the newest exception shown,
    `format_failure` the first that a representation has raised; `payload` the reply's; `hooked`: its
    sys.displayhook has been set, what it puts there itself stays.
    """

    __slots__ = (
        "count",
        "failure",
        "format_failure",
        "hooked",
        "keep",
        "number",
        "payload",
        "result",
        "source",
        "storing",
    )

    def __init__(self, number: int | None = None, *, keep: bool = False, storing: bool = True) -> None:
        self.number = self.count = number
        self.keep = keep
        self.storing = storing
        self.source = ""
        self.hooked = False
        self.result: Any = None
        self.failure: Failure | None = None
        self.format_failure: Failure | None = None
        self.payload: list[Content] = []
