"""Curves as a table in Markdown and as a picture: both axes by powers of ten."""

import math
from collections.abc import Mapping, Sequence
from statistics import median

from matplotlib.figure import Figure

from benchmarks.report import figure_text

Figures = dict[str, dict[int, list[float]]]  # by the name of a line and by size, all that was measured

PROCESSOR = " of the processor"
"""At the end of a line's name: it is the processor time of the line that is called so without it."""


def table(title: str, figures: Figures) -> str:
    """Medians, a row for each size, processor time in brackets. Below them stands by which power of the size
    each has grown at the end, by processor time where it is known."""
    sizes = sorted({size for line in figures.values() for size in line})
    names = list(dict.fromkeys(name.removesuffix(PROCESSOR) for name in figures))
    both = [(figures.get(name, {}), figures.get(name + PROCESSOR, {})) for name in names]
    head = f"| {title} | {' | '.join(names)} |\n|---:|{'---:|' * len(names)}"
    rows = [f"| {size:,} | {' | '.join(_cell(*lines, size) for lines in both)} |" for size in sizes]
    growth = f"| grows as | {' | '.join(_growth(spent or line) for line, spent in both)} |"
    return "\n".join([head, *rows, growth])


def _cell(line: Mapping[int, Sequence[float]], spent: Mapping[int, Sequence[float]], size: int) -> str:
    parts = [figure_text(median(line[size]))] if size in line else []
    parts += [f"({figure_text(median(spent[size]))})"] if size in spent else []
    return " ".join(parts)


def _growth(line: Mapping[int, Sequence[float]]) -> str:
    """The exponent between the last two sizes: 1 is linear, 0 is none at all."""
    known = _medians(line)
    if len(known) < 2:
        return ""
    (size, figure), (more, grown) = known[-2:]
    return f"n^{math.log(grown / figure) / math.log(more / size):.2f}"


def _medians(line: Mapping[int, Sequence[float]]) -> list[tuple[int, float]]:
    """Of the sizes that a logarithmic scale has."""
    return [(size, median(measured)) for size, measured in sorted(line.items()) if size > 0]


def picture(title: str, figures: Figures) -> Figure:
    """Of a time that is known both ways the processor's is drawn."""
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel=title)
    axes.grid(color="#dddddd")
    for name, line in figures.items():
        points = dict(_medians(line))
        if name.endswith(PROCESSOR) or name + PROCESSOR not in figures:
            axes.plot(list(points), list(points.values()), marker=".", label=name.removesuffix(PROCESSOR))
    if figures:
        figure.legend(loc="outside right upper", frameon=False)
    return figure
