"""Curves as a table in Markdown and as a picture in SVG: both axes by powers of ten."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median

Figures = dict[str, dict[int, list[float]]]  # by the name of a line and by size, all that was measured

PROCESSOR = " of the processor"
"""At the end of a line's name: it is the processor time of the line that is called so without it."""

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 34, 30, 96
COLOURS = ("#1668b0", "#c2410c", "#15803d", "#7c3aed", "#a16207", "#be185d")


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
    parts = [_figure(line[size])] if size in line else []
    parts += [f"({_figure(spent[size])})"] if size in spent else []
    return " ".join(parts)


def _figure(measured: Sequence[float]) -> str:
    value = median(measured)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _growth(line: Mapping[int, Sequence[float]]) -> str:
    """The exponent between the last two sizes: 1 is linear, 0 is none at all."""
    known = [(size, median(measured)) for size, measured in sorted(line.items()) if size > 0]
    if len(known) < 2:
        return ""
    (size, figure), (more, grown) = known[-2:]
    return f"n^{math.log(grown / figure) / math.log(more / size):.2f}"


def picture(panels: Sequence[tuple[str, Figures]]) -> str:
    """The panels, two in a row. Of a time that is known both ways the processor's is drawn."""
    rows = (len(panels) + 1) // 2
    parts = [
        f'<g transform="translate({at % 2 * WIDTH} {at // 2 * HEIGHT})">{_panel(title, figures)}</g>'
        for at, (title, figures) in enumerate(panels)
        if figures
    ]
    size = f'width="{2 * WIDTH}" height="{rows * HEIGHT}"'
    style = "text{font:11px sans-serif;fill:#333}.t{font-weight:bold}.g{stroke:#ddd}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>'
        f'<rect {size} fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _panel(title: str, figures: Figures) -> str:
    points = {
        name: [(size, median(measured)) for size, measured in sorted(line.items()) if size > 0]
        for name, line in figures.items()
        if name.endswith(PROCESSOR) or name + PROCESSOR not in figures
    }
    across = _Axis([x for line in points.values() for x, _ in line], LEFT, WIDTH - RIGHT)
    up = _Axis([y for line in points.values() for _, y in line], HEIGHT - BOTTOM, TOP)
    parts = [f'<text class="t" x="{LEFT}" y="16">{escape(title)}</text>']
    for tick in across.ticks:
        x = across.place(tick)
        parts.append(f'<path class="g" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{_tick(tick)}</text>'
        )
    for tick in up.ticks:
        y = up.place(tick)
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{_tick(tick)}</text>')
    for number, (name, line) in enumerate(points.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in line]
        parts.append(
            f'<polyline points="{" ".join(places)}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        x, y = LEFT + number % 2 * 200, HEIGHT - BOTTOM + 34 + number // 2 * 16
        parts.append(f'<rect x="{x}" y="{y - 8}" width="10" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15}" y="{y}">{escape(name.removesuffix(PROCESSOR))}</text>')
    return "".join(parts)


def _tick(power: float) -> str:
    return f"{power:,.0f}" if power >= 1 else f"{power:g}"


class _Axis:
    """Powers of ten that hold all of `values`, between two places."""

    def __init__(self, values: Iterable[float], begin: float, end: float) -> None:
        logs = [math.log10(value) for value in values if value > 0]
        self._low = math.floor(min(logs) + 1e-9)
        self._high = max(self._low + 1, math.ceil(max(logs) - 1e-9))
        self._begin, self._end = begin, end

    @property
    def ticks(self) -> Sequence[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]

    def place(self, value: float) -> float:
        share = (math.log10(max(value, 1e-9)) - self._low) / (self._high - self._low)
        return self._begin + share * (self._end - self._begin)
