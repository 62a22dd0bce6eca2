"""The order in which things are measured: interleaved, in turn, so that a noisy minute hits all alike."""

import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Generic, Protocol, TypeVar

from benchmarks.rows import BEST, FLOOR, OURS, Measure, Place, Row
from benchmarks.terminal import Fault


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def packages(self) -> tuple[str, ...]: ...


_C = TypeVar("_C", bound=Contender)
GIVE_UP = 2
WAYS_TO_FAIL = (Fault, OSError, ImportError, KeyError, ValueError)


@dataclass(slots=True)
class Results:
    """All that was measured, by row and contender; the samples of each by the number of the round."""

    samples: dict[tuple[str, str], dict[int, list[float]]] = field(default_factory=dict)
    faults: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    excuses: dict[tuple[str, str], str] = field(default_factory=dict)
    spins: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    def add(self, row: str, contender: str, turn: int, figures: Sequence[float]) -> None:
        self.samples.setdefault((row, contender), {}).setdefault(turn, []).extend(figures)

    def rounds(self, row: str, contender: str) -> dict[int, float]:
        """The median of each round."""
        rounds = self.samples.get((row, contender), {})
        return {turn: statistics.median(samples) for turn, samples in rounds.items()}

    def median(self, row: str, contender: str) -> float | None:
        """The median of the rounds' medians."""
        rounds = self.rounds(row, contender)
        return statistics.median(rounds.values()) if rounds else None

    def ratio(self, row: str, contender: str, against: str) -> float | None:
        """The median of the rounds' ratios: a round that was slow for both counts as much as any."""
        mine, theirs = self.rounds(row, contender), self.rounds(row, against)
        ratios = [mine[turn] / theirs[turn] for turn in mine.keys() & theirs.keys() if theirs[turn]]
        return statistics.median(ratios) if ratios else None

    def noise(self, row: str, contender: str) -> float | None:
        """Half the spread of the rounds' medians, as a share of their median."""
        figures = list(self.rounds(row, contender).values())
        middle = statistics.median(figures) if len(figures) > 1 else 0
        return (max(figures) - min(figures)) / 2 / middle if middle else None

    def against(self, row: Row) -> str:
        """The contender that a row's figures are compared with."""
        if row.against != BEST:
            return row.against
        medians = {name: self.median(of, name) for of, name in self.samples if of == row.name}
        peers = {name: each for name, each in medians.items() if each is not None}
        return min(peers.keys() - {OURS, FLOOR}, key=peers.__getitem__, default=row.against)


@dataclass(frozen=True, slots=True)
class Family(Generic[_C]):
    """What is compared with each other: a table of the report."""

    title: str
    measures: Sequence[Measure[_C]]
    contenders: Sequence[_C]

    @property
    def name(self) -> str:
        return self.title.lower().replace(" ", "-")

    def rows(self) -> list[Row]:
        return [row for measure in self.measures for row in measure.rows]

    def names(self) -> list[str]:
        return [*(row.name for row in self.rows()), *(each.name for each in self.contenders)]

    def chosen(self, only: set[str] | None, rows: set[str] | None) -> "Family[_C]":
        """Of the contenders `only` these, and the measures of these `rows`; None: all."""
        measures = [each for each in self.measures if rows is None or rows & {row.name for row in each.rows}]
        return Family(
            self.title, measures, [each for each in self.contenders if only is None or each.name in only]
        )


def run(family: Family[_C], place: Place, turn: int, results: Results, say: Callable[[str], None]) -> None:
    """One round. Turn -1 is not counted: each starts once, and its files are read into memory.

    Who has failed twice and never succeeded is not asked again.
    """
    for number, measure in enumerate(family.measures[: 1 if turn < 0 else None]):
        turns = 1 if turn < 0 else measure.turns if turn < measure.rounds else 0
        for again in range(turns):
            for contender in _rotated(family.contenders, turn + number + again):
                _one(measure, contender, place, turn, results, say)


def _one(
    measure: Measure[_C], contender: _C, place: Place, turn: int, results: Results, say: Callable[[str], None]
) -> None:
    samples: dict[str, list[float]] = defaultdict(list)
    rows, name, reason = [row.name for row in measure.rows], contender.name, ""
    if excuse := measure.cannot.get(name):
        results.excuses.update({(row, name): excuse for row in rows})
        return
    if any(len(results.faults[row, name]) >= GIVE_UP and not results.rounds(row, name) for row in rows):
        return
    say(f"round {turn + 1}: {measure.name}, {name}")
    results.spins.append(spin())
    results.loads.append(os.getloadavg()[0])
    try:
        for row, figure in measure.run(contender, place):
            samples[row].append(figure)
    except WAYS_TO_FAIL as error:
        reason = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
        say(f"{name}: {reason}")
    if turn < 0:
        return
    unfinished = [row for row in rows if row not in samples] or rows[-1:]
    for row in unfinished if reason else []:
        samples.pop(row, None)
        results.faults[row, name].append(reason)
    for row, figures in samples.items():
        results.add(row, name, turn, figures)


def spin() -> float:
    """Milliseconds of a fixed piece of work in this process: what it varies by is the machine's noise."""
    begun, total = perf_counter(), 0
    for number in range(100_000):
        total += number * number
    return (perf_counter() - begun) * 1e3


def _rotated(things: Sequence[_C], by: int) -> Iterable[_C]:
    by %= len(things) or 1
    return [*things[by:], *things[:by]]
