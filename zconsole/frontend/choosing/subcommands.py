"""`zconsole kernels`, `list`, `stop` and `log`: what is done without a session or a terminal.

Each prints a plain table or, with --json, a list of objects; mistakes are sentences on stderr. The exit
code is 1 when something could not be done.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from zconsole.frontend.choosing.runtime import Known, is_pattern, kernels_like, known_kernels, one_kernel
from zconsole.frontend.errors import UsageError
from zconsole.frontend.lengths import roughly

if TYPE_CHECKING:
    from zconsole.frontend.look import Look
    from zconsole.frontend.past.log import Recorded


def run(argv: Sequence[str]) -> int:
    """Run one of COMMANDS, the first of `argv`; the exit code. Raises Trouble."""
    command, *arguments = argv
    try:
        return COMMANDS[command](arguments)
    except BrokenPipeError:
        return 1  # `zconsole list | head -1`: nobody reads the rest


def kernels(arguments: Sequence[str]) -> int:
    """`zconsole kernels`: the kernels that can be started."""
    parser = _Parser("kernels", "List the kernels that can be started, by the names for --kernel.")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of a table")
    as_json = parser.parse_args(arguments).json
    from zconsole.frontend.choosing.specs import installed_kernels

    found = installed_kernels()
    if as_json:
        _print_json(
            {
                "name": each.name,
                "display_name": each.display_name,
                "language": each.language,
                "resource_dir": each.directory,
                "problem": each.problem,
            }
            for each in found
        )
    else:
        rows = [
            (each.name, each.display_name, each.language, each.directory or "(zconsole's own)")
            for each in found
        ]
        _print_table(("NAME", "DISPLAY NAME", "LANGUAGE", "WHERE"), rows)
        _print_lines(f"{each.name} {each.problem}." for each in found if each.problem)
    return 0


def list_running(arguments: Sequence[str]) -> int:
    """`zconsole list`: the kernels that run."""
    parser = _Parser("list", "List the kernels that run, by the names for --existing and stop.")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of a table")
    as_json = parser.parse_args(arguments).json
    from zconsole.frontend.choosing.survey import survey

    found = survey(known_kernels())
    if as_json:
        _print_json(
            {
                "name": row.known.name,
                "kernel": row.kernel,
                "pid": row.pid or None,
                "state": row.state.value,
                "why": row.why,
                "since": row.known.started.isoformat(),
                "detached": _iso(row.known.detached),
                "memory": row.memory,
                "busy_since": _iso(row.busy_since),
                "running": row.running,
                "clients": row.clients,
                "directory": row.known.record.directory if row.known.record else None,
                "connection_file": str(row.known.file),
            }
            for row in found
        )
        return 0
    now = datetime.now(UTC)
    rows = [
        (
            row.known.name,
            row.kernel,
            str(row.pid or ""),
            row.state.value + (f" {_since(row.busy_since, now)}" if row.busy_since else ""),
            _moment(row.known.started, now),
            f"for {_since(detached, now)}" if (detached := row.known.detached) else "",
            _bytes(row.memory),
            "" if row.clients is None else str(row.clients),
            row.known.record.directory if row.known.record else "",
        )
        for row in found
    ]
    _print_table(_COLUMNS, rows)
    _print_lines(f"{row.known.name}: {row.why}." for row in found if row.why)
    return 0


def stop(arguments: Sequence[str]) -> int:
    """`zconsole stop`: end kernels that run."""
    parser = _Parser("stop", "End kernels that run: by shutdown_request, else SIGTERM, else SIGKILL.")
    parser.add_argument("name", nargs="*", help="a name, process id, connection file or pattern")
    parser.add_argument("--all", action="store_true", help="every kernel that zconsole list shows")
    chosen = parser.parse_args(arguments)
    if chosen.all == bool(chosen.name):
        raise UsageError("zconsole stop needs the names of kernels, or --all; zconsole list shows them.")
    from zconsole.frontend.choosing.stop import stop as stop_kernels

    found = known_kernels() if chosen.all else _named(chosen.name)
    outcomes = stop_kernels(found)
    _print_lines(outcome.sentence for outcome in outcomes)
    return 0 if all(outcome.ended for outcome in outcomes) else 1


def log(arguments: Sequence[str]) -> int:
    """`zconsole log`: what was typed in earlier sessions, and what came of it."""
    parser = _Parser(
        "log", "Show a recorded session, or those of its cells that fit; --list shows which there are."
    )
    parser.add_argument("session", nargs="?", default="", help="a name, an id or a time; else the newest")
    parser.add_argument("--list", action="store_true", help="the recorded sessions")
    parser.add_argument("--errors", action="store_true", help="only cells that failed or were lost")
    parser.add_argument(
        "--since", metavar="TIME", help="only cells since then: 14:05, 2026-11-21, 10min, 2h, 3d"
    )
    parser.add_argument("--grep", metavar="TEXT", default="", help="only cells with this in input or output")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of text")
    parser.add_argument(
        "--export", metavar="FILE", help="write a notebook (.ipynb), Markdown (.md) or script (.py)"
    )
    chosen = parser.parse_args(arguments)
    from zconsole.frontend.past import log as past

    if chosen.list:
        return _list_recorded(list(past.recorded()), as_json=chosen.json)
    since = past.moment(chosen.since, datetime.now().astimezone()) if chosen.since else 0.0
    wanted = past.Wanted(chosen.errors, since, chosen.grep)
    if chosen.export and not wanted.all:
        raise UsageError("zconsole log --export takes a whole session: without --errors, --since and --grep.")
    session = past.session(chosen.session)
    if chosen.export:
        _print_lines([past.export(session, Path(chosen.export))])
    elif chosen.json:
        _print_json(past.objects(session, wanted))
    elif text := past.told(session, wanted, _look()):
        _show(text)
    else:
        _print_lines([f"No cell of {session.directory.name} fits."])
    return 0


def _list_recorded(found: Sequence[Recorded], *, as_json: bool) -> int:
    if as_json:
        _print_json({**each._asdict(), "directory": str(each.directory)} for each in found)
        return 0
    now = datetime.now(UTC)
    rows = [
        (
            each.id,
            each.name,
            each.kernel,
            _moment(datetime.fromtimestamp(each.began, UTC), now),
            _moment(datetime.fromtimestamp(each.written, UTC), now),
            each.state,
            f"{each.size / 1e6:.1f} MB",
            each.started_in,
        )
        for each in found
    ]
    _print_table(("ID", "NAME", "KERNEL", "BEGAN", "LAST", "STATE", "SIZE", "DIRECTORY"), rows)
    return 0


def _look() -> Look:
    from zconsole.frontend.look import Look
    from zconsole.frontend.palette import background

    columns, _ = shutil.get_terminal_size()
    is_terminal = sys.stdout.isatty()
    return Look(
        columns,
        is_terminal and not os.environ.get("NO_COLOR"),
        background(os.environ.get("COLORFGBG", "")),
        graphics="text" if is_terminal else "none",
    )


def _show(text: str) -> None:
    """Print a text; in a terminal where it does not fit the screen, by a pager."""
    from zconsole.frontend.prompt.pager import pager_command

    _, rows = shutil.get_terminal_size()
    pager = pager_command(os.environ) if sys.stdout.isatty() and text.count("\n") >= rows else None
    if pager is None:
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), end="")
        return
    import subprocess

    subprocess.run(pager.argv, env=pager.env, input=text.encode("utf-8", "replace"), check=False)


def _named(names: Iterable[str]) -> list[Known]:
    """What all names mean, each kernel once. Raises KernelChoiceError, before anything is done."""
    from zconsole.frontend.choosing.survey import ask_pids

    found = {}
    for name in names:
        for each in kernels_like(name) if is_pattern(name) else [one_kernel(name, ask_pids)]:
            found[each.file] = each
    return list(found.values())


class _Parser(argparse.ArgumentParser):
    """Mistakes become UsageError."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"zconsole {name}", description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        raise UsageError(f"{self.prog}: {message}; {self.prog} --help lists what there is.")


def _print_json(objects: Iterable[Mapping[str, Any]]) -> None:
    print(json.dumps(list(objects), indent=2))


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [head, *([_plain(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(_plain(line))


def _plain(text: str) -> str:
    """Without what commands a terminal: names of directories and kernels are others'."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in text)
    return printable.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8")


def _moment(moment: datetime, now: datetime) -> str:
    local = moment.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%Y-%m-%d %H:%M}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _bytes(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size / (1 << 30):.1f} GB" if size >= 1 << 30 else f"{size >> 20} MB"


def _since(then: datetime, now: datetime) -> str:
    return roughly((now - then).total_seconds())


_COLUMNS = ("NAME", "KERNEL", "PID", "STATE", "SINCE", "DETACHED", "MEMORY", "CLIENTS", "DIRECTORY")

COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "kernels": kernels,
    "list": list_running,
    "stop": stop,
    "log": log,
}
"""What each command does, from its arguments to the exit code."""
