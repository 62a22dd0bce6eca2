"""Results as a Markdown table and as a picture (SVG). Ratios count: milliseconds are this machine's."""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.environment import versions
from benchmarks.rows import Row
from benchmarks.runner import Family, Results

OURS = "zconsole"
_HOW_TO_READ = """Medians of the rounds' medians; less is better. *ratio* is zconsole's share of the peer
that is named, the median of the rounds' ratios; *noise* is half the spread of the rounds, zconsole's and
that peer's. What has a † is explained below the table; – is what cannot be done."""


def write(folder: Path, families: Iterable[Family[Any]], results: Results, about: Sequence[str]) -> None:
    """RESULTS.md and a picture for each family. `about`: what was measured where, a line each."""
    lines = [
        "# zconsole and its peers, side by side",
        "",
        *(f"- {line}" for line in [*about, *_noise(results)]),
    ]
    lines += ["", _HOW_TO_READ]
    for family in families:
        if not (family.measures and family.contenders):
            continue
        name = family.title.lower().replace(" ", "-") + ".svg"
        (folder / name).write_text(picture(family, results))
        lines += [
            "",
            f"## {family.title}",
            "",
            *_versions(family),
            "",
            *table(family, results),
            f"\n![]({name})",
        ]
    (folder / "RESULTS.md").write_text("\n".join(lines) + "\n")


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
        yield (
            f"| {row.title}{row.unit and f', {row.unit}'} | "
            + " | ".join([*cells, *_verdict(row, results)])
            + " |"
        )
    yield ""
    yield from (f"- {'; '.join(titles)}: {note}" for note, titles in notes.items())


def _cell(row: Row, name: str, results: Results, notes: dict[str, list[str]]) -> str:
    median, faults = results.median(row.name, name), results.faults.get((row.name, name), [])
    if excuse := results.excuses.get((row.name, name)):
        notes.setdefault(f"{name} {excuse}", []).append(row.title)
    if faults:
        asked = len(faults) + len(results.figures[row.name, name])
        why = f"{name} failed in {len(faults)} of {asked} rounds: `{_one_line(faults[0])}`"
        notes.setdefault(why, []).append(row.title)
    figure = "–" if median is None else figure_text(median)
    return f"{figure} †" if faults else f"**{figure}**" if name == OURS else figure


def _one_line(text: str) -> str:
    return " ".join(text.replace("`", "'").replace("|", "¦").split())[:300]


def figure_text(figure: float) -> str:
    """Three digits that count."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def _verdict(row: Row, results: Results) -> tuple[str, str, str]:
    ratio = results.ratio(row.name, OURS, row.against)
    noises = [results.noise(row.name, name) for name in (OURS, row.against)]
    noise = ", ".join("–" if each is None else f"{each:.0%}" for each in noises)
    aim = "" if row.target is None else f"≤ {row.target:g}"
    if ratio is None:
        return "", aim, noise
    if row.target is not None:
        met = ratio <= row.target and not results.faults.get((row.name, OURS))
        aim += " ✓" if met else f" ✗ by {ratio / row.target - 1:.0%}"
    return f"{ratio:.2g} of {row.against}", aim, noise


# --- the picture

_LEFT, _WIDTH, _STEP, _TOP = 330, 560, 22, 60
_DECADES = (-2, 2)
_COLOURS = ("#c2255c", "#868e96", "#1971c2", "#e8590c", "#2f9e44", "#7048e8", "#0b7285")


def picture(family: Family[Any], results: Results) -> str:
    """A dot for each contender in each row, by its ratio to the peer of that row, on a logarithmic scale."""
    names, rows = [each.name for each in family.contenders], family.rows()
    height = _TOP + _STEP * len(rows) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 40}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-size="15">{escape(family.title)}: shares of the peer of each row; less is '
        "better, the dashes are the aim</text>",
        *_legend(names),
        *_scale(height),
    ]
    for number, row in enumerate(rows):
        parts += _dots(row, _TOP + _STEP * number + 12, names, results)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        x = 16 + number * 120
        yield f'<circle cx="{x}" cy="38" r="5" fill="{_COLOURS[number % len(_COLOURS)]}"/>'
        yield f'<text x="{x + 9}" y="42">{escape(name)}</text>'


def _scale(height: int) -> Iterator[str]:
    for decade in range(_DECADES[0], _DECADES[1] + 1):
        x = _place(10.0**decade)
        width = 2 if decade == 0 else 0.5
        yield f'<path d="M{x:.1f} {_TOP}V{height - 22}" stroke="#495057" stroke-width="{width}"/>'
        yield f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{10.0**decade:g}</text>'


def _dots(row: Row, y: int, names: Sequence[str], results: Results) -> Iterator[str]:
    yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(row.title.replace("`", ""))}</text>'
    if row.target is not None:
        x = _place(row.target)
        yield f'<path d="M{x:.1f} {y - 8}v16" stroke="#c2255c" stroke-dasharray="2"/>'
    for number, name in reversed(list(enumerate(names))):
        ratio = results.ratio(row.name, name, row.against)
        if ratio:
            title = f"<title>{escape(f'{name}: {ratio:.2g} of {row.against}')}</title>"
            colour, size = _COLOURS[number % len(_COLOURS)], 6 if name == OURS else 4
            yield f'<circle cx="{_place(ratio):.1f}" cy="{y}" r="{size}" fill="{colour}">{title}</circle>'


def _place(ratio: float) -> float:
    low, high = _DECADES
    return _LEFT + _WIDTH * (min(max(math.log10(ratio), low), high) - low) / (high - low)
