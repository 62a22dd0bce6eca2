"""What is measured: the rows of the table, and the functions that fill them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_C = TypeVar("_C")
Samples = Iterator[tuple[str, float]]  # name of a row, a figure in its unit

OURS, FLOOR = "zconsole", "floor"
BEST = "the best peer"
"""In the place of a contender: whichever of those that are neither ours nor the floor is best in that row."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is measured: the variables of every process, and how much."""

    environment: Mapping[str, str]
    quick: bool = False

    def times(self, count: int) -> int:
        """How often to repeat what is asked for `count` times: a third if it has to be quick."""
        return max(2, count // 3) if self.quick else count


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. Less is better in all of them. An aim is a share or a limit, or there is none."""

    name: str
    title: str
    unit: str
    against: str  # the contender that others are compared with, or BEST
    share: float | None = None  # zconsole's aim: this share of that contender's figure at most
    limit: float | None = None  # zconsole's aim: this much at most, in the row's unit


@dataclass(frozen=True, slots=True)
class Measure(Generic[_C]):
    """A function that fills rows for one contender, in processes of its own.

    It yields samples (those of a row in one round become their median) and raises Fault for what went
    wrong; then the rows without a sample have that reason.
    """

    name: str
    run: Callable[[_C, Place], Samples]
    rows: tuple[Row, ...]
    rounds: int = 100  # at most
    # so often in each round, all contenders in turn: for what differs from one process to the next
    turns: int = 1
    cannot: Mapping[str, str] = field(default_factory=dict)  # contender -> why it is not asked
