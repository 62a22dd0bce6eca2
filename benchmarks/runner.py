"""The order in which things are measured: interleaved, in turn, so that a noisy minute hits all alike."""

import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol, TypeVar

from benchmarks.rows import Measure, Place
from benchmarks.terminal import Fault


class Contender(Protocol):
    @property
    def name(self) -> str: ...


_C = TypeVar("_C", bound=Contender)
GIVE_UP = 2
WAYS_TO_FAIL = (Fault, OSError, ImportError, KeyError, ValueError)


@dataclass(slots=True)
class Results:
    """All that was measured, by row and contender. A figure is the median of one round, by its number."""

    figures: dict[tuple[str, str], dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    faults: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    excuses: dict[tuple[str, str], str] = field(default_factory=dict)
    spins: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    def median(self, row: str, contender: str) -> float | None:
        figures = self.figures[row, contender]
        return statistics.median(figures.values()) if figures else None

    def ratio(self, row: str, contender: str, against: str) -> float | None:
        """The median of the rounds' ratios: a round that was slow for both counts as much as any."""
        mine, theirs = self.figures[row, contender], self.figures[row, against]
        ratios = [mine[turn] / theirs[turn] for turn in mine.keys() & theirs.keys() if theirs[turn]]
        return statistics.median(ratios) if ratios else None

    def noise(self, row: str, contender: str) -> float | None:
        """Half the spread of the rounds' medians, as a share of their median."""
        figures = list(self.figures[row, contender].values())
        middle = statistics.median(figures) if len(figures) > 1 else 0
        return (max(figures) - min(figures)) / 2 / middle if middle else None


def run(
    measures: Sequence[Measure[_C]],
    contenders: Sequence[_C],
    place: Place,
    rounds: int,
    results: Results,
    say: Callable[[str], None],
) -> None:
    """Fill `results`. Who has failed twice and never succeeded is not asked again."""
    for turn in range(-1, rounds):  # the first is not counted: files are read into memory
        for number, measure in enumerate(measures):
            if (turn < 0 and number) or turn >= measure.rounds:
                continue
            for contender in _rotated(contenders, turn + number):
                _one(measure, contender, place, turn, results, say)


def _one(
    measure: Measure[_C], contender: _C, place: Place, turn: int, results: Results, say: Callable[[str], None]
) -> None:
    samples: dict[str, list[float]] = defaultdict(list)
    rows, name, reason = [row.name for row in measure.rows], contender.name, ""
    if excuse := measure.cannot.get(name):
        results.excuses.update({(row, name): excuse for row in rows})
        return
    if any(len(results.faults[row, name]) >= GIVE_UP and not results.figures[row, name] for row in rows):
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
        results.figures[row, name][turn] = statistics.median(figures)


def spin() -> float:
    """Milliseconds of a fixed piece of work in this process: what it varies by is the machine's noise."""
    begun, total = perf_counter(), 0
    for number in range(100_000):
        total += number * number
    return (perf_counter() - begun) * 1e3


def _rotated(things: Sequence[_C], by: int) -> Iterable[_C]:
    by %= len(things)
    return [*things[by:], *things[:by]]


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
