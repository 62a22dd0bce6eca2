"""The command line and the configuration file, by Jupyter's conventions.

`jupyter_zconsole_config.py` (or .json) is read from Jupyter's configuration directories; `--generate-config`
writes one. What is wrong on the command line ends the program, which has just been typed; what is wrong
in a file is told, and the session starts without it (`configfiles`). traitlets lets unknown options and
arguments pass in silence, so they are looked for first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from copy import deepcopy
from difflib import get_close_matches
from inspect import unwrap
from pathlib import Path

from traitlets import TraitError
from traitlets.config import Application, Config
from traitlets.config.loader import ArgumentError

from zconsole.frontend import configfiles, profiles
from zconsole.frontend.configurable import ZConsole
from zconsole.frontend.errors import UsageError
from zconsole.frontend.settings import COMMANDS, Settings


def configure(app: ZConsole, argv: Sequence[str]) -> list[str] | None:
    """Read the command line and the configuration files; what is wrong in those, a sentence each. None when
    no session is to be started.

    Raises UsageError.
    """
    refuse_unknown(argv)
    try:
        # unwrapped, because the wrapper logs an error in its own words and exits
        unwrap(Application.parse_command_line)(app, list(argv))
        if app.generate_config:
            _generate(app)
            return None
        return _configure_by_files(app)
    except (TraitError, ArgumentError) as error:
        raise UsageError(f"{error}") from None


def _generate(app: ZConsole) -> None:
    if app.profile and not app.config_file:
        folder = profiles.folders(app.profile, [app.config_dir])[0]
        app.config_file = str(Path(folder, f"{app.config_file_name}.py"))
    try:
        app.write_default_config()
    except OSError as error:
        raise UsageError(f"The configuration file cannot be written: {error}.") from None


def _configure_by_files(app: ZConsole) -> list[str]:
    by_command_line = deepcopy(app.config)
    problems: list[str] = []

    def use(config: Config, wrong: Sequence[str]) -> None:
        app.update_config(config)
        problems.extend(wrong)

    use(*configfiles.read(configfiles.COMMON, app.config_file_paths))
    if app.config_file:
        if not Path(app.config_file).is_file():
            raise UsageError(f"There is no configuration file {app.config_file}.")
        use(*configfiles.read_file(Path(app.config_file).absolute()))
    else:
        use(*configfiles.read(app.config_file_name, app.config_file_paths))
    app.update_config(by_command_line)
    if app.profile:
        folders = profiles.known(app.profile, app.config_file_paths, app.config_dir)
        use(*configfiles.read(app.config_file_name, folders))
        app.update_config(by_command_line)
    return problems


def refuse_unknown(argv: Sequence[str]) -> None:
    """Raise UsageError for an option that nobody knows, or an argument that belongs to none."""
    takes_value, name = False, ""
    for argument in argv:
        if not argument.startswith("-"):
            if not takes_value:
                commands = ", ".join(COMMANDS)
                raise UsageError(
                    f"zconsole does not run files or take arguments: {argument}. Its commands are {commands}."
                )
            takes_value = False
            continue
        if takes_value and name not in _MAY_HAVE_VALUE:
            break
        name, equals, _ = argument.lstrip("-").partition("=")
        if name not in _KNOWN and name not in _traits():
            near = get_close_matches(name, [*_KNOWN, *_traits()], 1)
            meant = f"did you mean --{near[0]}?" if near else "zconsole --help lists them."
            raise UsageError(f"There is no option {argument.partition('=')[0]}; {meant}")
        takes_value = not equals and (name in ZConsole.aliases or "." in name)
    if takes_value and name not in _MAY_HAVE_VALUE:
        raise UsageError(f"The option --{name} needs a value.")


def _traits() -> list[str]:
    """What can be set by `--CLASS.NAME`."""
    return [
        f"{section}.{name}"
        for section, cls in ZConsole.sections().items()
        for name in cls.class_traits(config=True)
    ]


def initialize(argv: Sequence[str]) -> Settings | None:
    """What is configured; None when the command line asked for something that is done by now. What is wrong
    in a configuration file is told on standard error.

    Raises UsageError.
    """
    app = ZConsole()
    problems = configure(app, argv)
    if problems is None:
        return None
    for problem in problems:
        print(f"zconsole: {problem}", file=sys.stderr)
    return app.settings


_MAY_HAVE_VALUE = ("existing", "recover")
_KNOWN = {*ZConsole.aliases, *ZConsole.flags, "help", "help-all", "h", "version", "V"}
