"""`bin/bench`, `python -m benchmarks`: zconsole, its peers and a floor, measured side by side.

It makes its own environment (.bench/venv) and goes on in it; with --here it measures what is installed
beside the Python that runs it. Tables and pictures are written to the folder --out after each round.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
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
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--only", type=_names, metavar="NAMES", help="these contenders, with commas between")
    parser.add_argument("--rows", type=_names, metavar="NAMES", help="the measures that fill these rows")
    parser.add_argument(
        "--growth", action="store_true", help="how cost grows, of zconsole alone; --rows are curves then"
    )
    parser.add_argument("--quick", action="store_true", help="two rounds, fewer repetitions: a first look")
    parser.add_argument(
        "--out",
        type=lambda text: Path(text).resolve(),
        default=environment.CACHE,
        metavar="FOLDER",
        help="(.bench)",
    )
    parser.add_argument("--list", action="store_true", help="the names of contenders and rows, and end")
    parser.add_argument("--here", action="store_true", help="make no environment, use this Python's")
    return parser.parse_args(arguments)


def _names(text: str) -> set[str]:
    return set(text.split(","))


def _growth(options: argparse.Namespace) -> int:
    from benchmarks import growth

    known = [curve.name for curve in growth.CURVES]
    if options.list or (options.rows and not options.rows <= set(known)):
        print(f"Curves: {', '.join(known)}")
        return 0 if options.list else 2
    options.out.mkdir(parents=True, exist_ok=True)
    return growth.measure(options.rows, options.out, quick=options.quick)


def _measure(options: argparse.Namespace) -> int:
    from benchmarks import frontends, kernels  # they import what only the environment has
    from benchmarks.report import write
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
    results = Results()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zb-", ignore_cleanup_errors=True) as scratch:
        place = Place(environment.variables(Path(scratch), os.environ), options.quick)
        for turn in range(-1, min(options.rounds, 2) if options.quick else options.rounds):
            for family in families:
                run(family, place, turn, results, _say)
            if turn >= 0:
                write(options.out, families, results, environment.about())
    _say(f"{options.out}/RESULTS.md")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
