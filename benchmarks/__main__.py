"""`bin/bench`, `python -m benchmarks`: zconsole, its peers and a floor, measured side by side.

It makes its own environment (.bench/venv) and goes on in it; with --here it measures what is installed
beside the Python that runs it. Tables and pictures go into the page --into after each round (`page.py`).
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import environment


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    if not options.here:
        try:
            python = environment.prepare()
        except (OSError, subprocess.SubprocessError) as error:
            print(f"the environment cannot be made: {error}", file=sys.stderr)
            return 1
        os.chdir(environment.ROOT)
        os.execv(python, [str(python), "-m", "benchmarks", "--here", *arguments])
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that children are ended
    try:
        return _growth(options) if options.growth else _measure(options)
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    add, results = parser.add_argument, environment.CACHE / "RESULTS.md"
    add("--quick", action="store_true", help="fewer repetitions of each thing")
    add("--rounds", type=int, metavar="N", help="how often all is measured (5, with --quick 2)")
    add("--growth", action="store_true", help="how cost grows, of zconsole alone; --rows are curves then")
    add("--only", type=_names, metavar="NAMES", help="these contenders, with commas between")
    add("--rows", type=_names, metavar="NAMES", help="the measures that fill these rows")
    add(
        "--into",
        type=_path,
        default=results,
        metavar="PAGE",
        help=f"a Markdown file ({results.name} in .bench)",
    )
    add("--list", action="store_true", help="the names of contenders and rows, and end")
    add("--here", action="store_true", help="make no environment, use this Python's")
    return parser.parse_args(arguments)


def _path(text: str) -> Path:
    return Path(text).resolve()


def _names(text: str) -> set[str]:
    return set(text.split(","))


def _growth(options: argparse.Namespace) -> int:
    from benchmarks import growth

    known = [curve.name for curve in growth.CURVES]
    if options.list or (options.rows and not options.rows <= set(known)):
        print(f"Curves: {', '.join(known)}")
        return 0 if options.list else 2
    return growth.measure(options.rows, options.into, quick=options.quick)


def _measure(options: argparse.Namespace) -> int:
    from benchmarks import frontends, kernels, page, report  # they import what only the environment has
    from benchmarks.rows import Place
    from benchmarks.runner import Family, Results, run

    everything: tuple[Family[Any], ...] = (
        Family("Front ends", frontends.MEASURES, frontends.CONSOLES),
        Family("Kernels", kernels.MEASURES, kernels.KERNELS),
    )
    known = {name for family in everything for name in family.names()}
    if unknown := ((options.only or set()) | (options.rows or set())) - known:
        print(f"there is no {', '.join(sorted(unknown))}; --list says what there is", file=sys.stderr)
        return 2
    families = [family.chosen(options.only, options.rows) for family in everything]
    if options.list:
        for family in families:
            print(f"{family.title}: {', '.join(each.name for each in family.contenders)}")
            print("\n".join(f"  {row.name:16} {row.title}" for row in family.rows()))
        return 0
    begun = perf_counter()
    results, rounds = Results(), options.rounds or (2 if options.quick else 5)
    with tempfile.TemporaryDirectory(prefix="zb-", ignore_cleanup_errors=True) as scratch:
        place = Place(environment.variables(Path(scratch), os.environ), options.quick)
        for turn in range(-1, rounds):
            for family in families:
                run(family, place, turn, results, _say)
            if turn >= 0:
                about = [*environment.about(), f"rounds: {turn + 1}{', quick' * options.quick}"]
                page.write(options.into, *report.parts(families, results, about))
    _say(f"{options.into}, in {perf_counter() - begun:.0f} s")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
