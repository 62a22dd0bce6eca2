"""What the user has chosen: the one place of the defaults, and the short way to them.

Most starts have no configuration file and no option that needs a parser. To find that out takes a few
looks at the disk; the configuration library that would find the same takes 25 ms of a start of 200. So
`at_once` gives the settings when they can be told without it, and None sends the caller the long way (`app`).

The rule: a doubt is None. A place where Jupyter might look and we do not would be a file that is ignored
in silence, so a test holds the places against Jupyter's own.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Settings(NamedTuple):
    """What can be chosen; the meaning of each is said in `configurable`."""

    kernel_name: str = "zconsole"
    existing: str = ""
    session_name: str = ""
    banner: bool = True
    confirm_exit: bool = True
    style: str = "auto"
    username: str = ""
    quiet_others: bool = False
    journal: bool = True
    journal_days: float = 90
    journal_mb: int = 2048
    keep_hours: float = 0
    recover: str = ""
    yes: bool = False
    dry_run: bool = False
    profile: str = ""
    linear: bool = False
    # editing
    editing_mode: str = "emacs"
    cursor_shapes: bool = True
    escape_wait: float = 0.02
    sequence_wait: float = 0.5
    bindings: tuple[Mapping[str, Any], ...] = ()
    bracket_matching: bool = True
    auto_brackets: bool = False
    formatter: str = "auto"
    editor: str = ""
    # completion
    completion_style: str = "multicolumn"
    complete_while_typing: bool = False
    fuzzy_completion: bool = False
    signatures: bool = True
    # history
    suggestions: bool = True
    history_import: bool = True
    forget_failed: bool = False
    stop_on_error: bool = True
    # prompt and colours
    theme: str = "auto"
    color_depth: str = "auto"
    prompt: str = "In [{number}]: "
    continuation: str = "...: "
    marks: bool = True
    links: bool = True
    clipboard: bool = True
    elapsed_after: float = 2.0
    notify_after: float = 30.0
    notify: str = "auto"
    # output
    graphics: str = "auto"
    fold_lines: int = 1_000_000


GRAPHICS = ("kitty", "iterm2", "sixel", "text", "braille", "blocks", "none")
"""The ways to show pictures; "text" is braille or half blocks by the picture."""

LIVE = (
    frozenset(Settings._fields[Settings._fields.index("editing_mode") :])
    | {"confirm_exit", "style", "quiet_others"}
) - {"history_import"}
"""The settings that can be changed while a session runs."""


def for_terminal(settings: Settings, terminal: str) -> Settings:
    """The settings on a terminal of this kind ($TERM): one that can only print is linear, and what is linear
    has nothing that comes and goes while one types."""
    if not (settings.linear or terminal.lower() in PRINTERS):
        return settings
    return settings._replace(
        linear=True,
        completion_style="readline",
        complete_while_typing=False,
        signatures=False,
        suggestions=False,
        color_depth="1",
    )


PRINTERS = ("dumb", "unknown")
"""Kinds of terminals that can only print."""

NEWEST = "*"
"""What `recover` is for the newest session that was cut off."""

COMMANDS = ("kernels", "list", "stop", "log")
"""What is done without a session (`subcommands`), by the first word of the command line."""

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--banner": {"banner": True},
    "--no-banner": {"banner": False},
    "--confirm-exit": {"confirm_exit": True},
    "--no-confirm-exit": {"confirm_exit": False},
    "--quiet-others": {"quiet_others": True},
    "--journal": {"journal": True},
    "--no-journal": {"journal": False},
    "--linear": {"linear": True},
    "--style=auto": {"style": "auto"},
    "--style=dark": {"style": "dark"},
    "--style=light": {"style": "light"},
    **{f"--graphics={name}": {"graphics": name} for name in ("auto", *GRAPHICS)},
}
"""The options that need no parser: none of them is about the kernel."""


NAMES: Mapping[str, str] = {"--name": "session_name", "--existing": "existing"}
"""Those that need none when a plain word is behind them."""


def at_once(argv: Sequence[str]) -> Settings | None:
    """The settings by a simple command line, whose OPTIONS do not contradict each other; None when there is
    more to it."""
    options, chosen = _without_names(argv)
    if not all(argument in OPTIONS for argument in options):
        return None
    chosen += [item for argument in options for item in OPTIONS[argument].items()]
    if len(dict(chosen)) < len(chosen) or may_be_configured():
        return None
    return Settings(**dict(chosen))


def is_own_start(argv: Sequence[str]) -> bool:
    """Whether a command line starts our own kernel and needs no parser to say so: it has nothing but OPTIONS
    and a --name."""
    options, chosen = _without_names(argv)
    return all(argument in OPTIONS for argument in options) and "existing" not in dict(chosen)


def _without_names(argv: Sequence[str]) -> tuple[list[str], list[tuple[str, Any]]]:
    """A command line without NAMES, and what they are; an odd one is left in it."""
    rest: list[str] = []
    chosen: list[tuple[str, Any]] = []
    arguments = iter(argv)
    for argument in arguments:
        option, equals, name = argument.partition("=")
        if option not in NAMES:
            rest.append(argument)
            continue
        name = name if equals else next(arguments, "")
        # the parser knows of home directories and quotes
        if name[:1] in ("", "-", "~", "'", '"'):
            rest.append(argument)
        else:
            chosen.append((NAMES[option], name))
    return rest, chosen


def may_be_configured() -> bool:
    """Whether there is a configuration file of ours or Jupyter's, or no knowing."""
    if sys.platform == "win32" or any(os.environ.get(name) for name in _ELSEWHERE):
        return True
    return any(os.path.lexists(os.path.join(place, name)) for place in places() for name in FILES)


def places() -> Iterator[str]:
    """The directories of `jupyter_core.paths.jupyter_config_path`, in no order."""
    # an empty one is the working directory, for Jupyter and for us
    yield from filter(None, [os.environ.get("JUPYTER_CONFIG_DIR")])
    if explicit := os.environ.get("JUPYTER_CONFIG_PATH"):
        yield from (place.rstrip(os.sep) for place in explicit.split(os.pathsep))
    yield os.path.join(os.path.realpath(os.path.expanduser("~")), ".jupyter")
    if site.ENABLE_USER_SITE:
        yield os.path.join(site.getuserbase(), "etc", "jupyter")
    yield os.path.join(sys.prefix, "etc", "jupyter")
    yield from ("/usr/local/etc/jupyter", "/etc/jupyter")


FILES = tuple(
    name + suffix for name in ("jupyter_config", "jupyter_zconsole_config") for suffix in (".py", ".json")
)

_ELSEWHERE = ("JUPYTER_PLATFORM_DIRS", "JUPYTER_NO_CONFIG")  # rare, and the rules are others then
