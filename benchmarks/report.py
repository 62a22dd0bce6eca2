"""Results as parts of a page: a Markdown table for each family and its picture. Ratios count: milliseconds
are this machine's."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from benchmarks.environment import versions
from benchmarks.rows import OURS, Row
from benchmarks.runner import Family, Results

_HOW_TO_READ = """Medians of the rounds' medians; less is better. *ratio* is zconsole's share of the peer that
is named, the median of the rounds' ratios; *aim* is a share of that peer, or what it may be at most; *noise*
is half the spread of the rounds, zconsole's and that peer's. What has a † is explained below the table; – is
what cannot be done."""


def parts(
    families: Iterable[Family[Any]], results: Results, about: Sequence[str]
) -> tuple[dict[str, str], dict[str, Figure]]:
    """The texts and pictures of a page, by name. `about`: what was measured where, a line each."""
    texts = {"about": "\n".join([*(f"- {line}" for line in [*about, *_noise(results)]), "", _HOW_TO_READ])}
    pictures = {}
    for family in families:
        if family.measures and family.contenders:
            texts[family.name] = "\n".join([*_versions(family), "", *table(family, results)])
            pictures[family.name] = picture(family, results)
    return texts, pictures


def _versions(family: Family[Any]) -> list[str]:
    return [f"- {each.name}: {versions(each.packages)}" for each in family.contenders if each.packages]


def _noise(results: Results) -> list[str]:
    if not results.spins:
        return []
    low, middle, high = (statistics.quantiles([*results.spins] * 2, n=20)[place] for place in (0, 9, 18))
    load = f"{min(results.loads):.1f} to {max(results.loads):.1f}"
    spin = f"p5 {low:.1f}, median {middle:.1f}, p95 {high:.1f} ms (n={len(results.spins)})"
    return [f"load average {load}; a fixed loop of Python before each measurement: {spin}"]


def table(family: Family[Any], results: Results) -> Iterator[str]:
    notes: dict[str, list[str]] = {}  # what it says -> the rows of which it says it
    names = [each.name for each in family.contenders]
    yield "| | " + " | ".join(names) + " | ratio | aim | noise |"
    yield "|---|" + "---:|" * (len(names) + 3)
    for row in family.rows():
        cells = [_cell(row, name, results, notes) for name in names]
        title = f"{row.title}{row.unit and f', {row.unit}'}"
        yield f"| {' | '.join([title, *cells, *_verdict(row, results)])} |"
    yield ""
    yield from (f"- {'; '.join(titles)}: {note}" for note, titles in notes.items())


def _cell(row: Row, name: str, results: Results, notes: dict[str, list[str]]) -> str:
    median, faults = results.median(row.name, name), results.faults.get((row.name, name), [])
    if excuse := results.excuses.get((row.name, name)):
        notes.setdefault(f"{name} {excuse}", []).append(row.title)
    if faults:
        why = f"{name} failed {len(faults)} times: `{_one_line(faults[0])}`"
        notes.setdefault(why, []).append(row.title)
    figure = "–" if median is None else figure_text(median)
    return f"{figure} †" if faults else f"**{figure}**" if name == OURS else figure


def _one_line(text: str) -> str:
    return " ".join(text.replace("`", "'").replace("|", "¦").split())[:300]


def figure_text(figure: float) -> str:
    """Three digits that count."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def _verdict(row: Row, results: Results) -> tuple[str, str, str]:
    against = results.against(row)
    ratio = results.ratio(row.name, OURS, against)
    noises = [results.noise(row.name, name) for name in (OURS, against)]
    return (
        "" if ratio is None else f"{ratio:.2g} of {against}",
        _aim(row, results, ratio),
        ", ".join("–" if each is None else f"{each:.0%}" for each in noises),
    )


def _aim(row: Row, results: Results, ratio: float | None) -> str:
    """And whether it is met, if that is known."""
    most, got = (row.share, ratio) if row.limit is None else (row.limit, results.median(row.name, OURS))
    if most is None:
        return ""
    aim = f"≤ {most:g}" + ("" if row.limit is None else f" {row.unit}".rstrip())
    if got is None:
        return aim
    if got <= most and not results.faults.get((row.name, OURS)):
        return f"{aim} ✓"
    return f"{aim} ✗ by {got / most - 1:.0%}" if most else f"{aim} ✗"


def picture(family: Family[Any], results: Results) -> Figure:
    """A dot for each contender in each row, by its ratio to the peer of that row, on a logarithmic scale."""
    rows = family.rows()
    figure = Figure(figsize=(10, 1.2 + 0.28 * len(rows)), layout="constrained")
    axes = figure.add_subplot(xscale="log", xlim=(0.01, 100))
    axes.set_title(f"{family.title}: shares of the peer of each row; less is better, | is the aim")
    axes.grid(axis="both", color="#dddddd")
    axes.axvline(1, color="#495057")
    aims = {at: row.share for at, row in enumerate(rows) if row.share is not None}
    axes.plot(list(aims.values()), list(aims), "|", color="#c2255c", markersize=16)
    for contender in family.contenders:
        dots = _dots(rows, contender.name, results)
        big = contender.name == OURS
        axes.plot(
            list(dots.values()),
            list(dots),
            "o",
            label=contender.name,
            markersize=8 if big else 5,
            zorder=3 if big else 2,
        )
    axes.set_yticks(range(len(rows)), [row.title.replace("`", "") for row in rows])
    axes.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=len(family.contenders), frameon=False)
    return figure


def _dots(rows: Sequence[Row], name: str, results: Results) -> Mapping[int, float]:
    """The ratios by the number of the row, those that the picture's scale does not have at its ends."""
    ratios = {at: results.ratio(row.name, name, results.against(row)) for at, row in enumerate(rows)}
    return {at: min(max(ratio, 0.01), 100) for at, ratio in ratios.items() if ratio}
