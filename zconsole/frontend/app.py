"""The command line and the configuration file, by Jupyter's conventions.

`jupyter_zconsole_config.py` (or .json) is read from Jupyter's configuration directories; `--generate-config`
writes one. traitlets lets unknown options and arguments pass in silence, so they are looked for first.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from inspect import unwrap
from pathlib import Path

from traitlets import TraitError
from traitlets.config import Application
from traitlets.config.loader import ArgumentError, ConfigFileNotFound

from zconsole.frontend.configurable import ZConsole
from zconsole.frontend.errors import UsageError
from zconsole.frontend.settings import COMMANDS, Settings


def configure(app: ZConsole, argv: Sequence[str]) -> bool:
    """Read the command line and the configuration files; whether a session is to be started.

    Raises UsageError.
    """
    refuse_unknown(argv)
    try:
        # unwrapped, because the wrapper logs an error in its own words and exits
        unwrap(Application.parse_command_line)(app, list(argv))
        if app.generate_config:
            app.write_default_config()
            return False
        _configure_by_files(app)
    except (TraitError, ArgumentError) as error:
        raise UsageError(f"{error}") from None
    return True


def _configure_by_files(app: ZConsole) -> None:
    by_command_line = deepcopy(app.config)
    app.raise_config_file_errors = True
    _configure_by_file(app, "jupyter_config", app.config_file_paths)
    if not app.config_file:
        _configure_by_file(app, app.config_file_name, app.config_file_paths)
    elif Path(app.config_file).is_file():
        _configure_by_file(app, Path(app.config_file).name, [str(Path(app.config_file).parent)])
    else:
        raise UsageError(f"There is no configuration file {app.config_file}.")
    app.update_config(by_command_line)


def _configure_by_file(app: ZConsole, name: str, folders: list[str]) -> None:
    try:
        unwrap(Application.load_config_file)(app, name, folders)
    except ConfigFileNotFound:
        pass
    except TraitError:
        raise
    except Exception as error:  # noqa: BLE001  # a configuration file is a program: it may raise anything
        problem = f"{type(error).__name__}: {error}"
        raise UsageError(f"The configuration file {name} has an error: {problem}") from None


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
        if not (name in _KNOWN or _is_trait(name)):
            raise UsageError(f"There is no option {argument.partition('=')[0]}; zconsole --help lists them.")
        takes_value = not equals and (name in ZConsole.aliases or "." in name)
    if takes_value and name not in _MAY_HAVE_VALUE:
        raise UsageError(f"The option --{name} needs a value.")


def _is_trait(name: str) -> bool:
    class_name, _, trait = name.partition(".")
    classes = {each.__name__: each for each in ZConsole.mro() if hasattr(each, "class_traits")}
    return class_name in classes and trait in classes[class_name].class_traits(config=True)


def initialize(argv: Sequence[str]) -> Settings | None:
    """What is configured; None when the command line asked for something that is done by now.

    Raises UsageError.
    """
    app = ZConsole()
    return app.settings if configure(app, argv) else None


_MAY_HAVE_VALUE = ("existing", "recover")
_KNOWN = {*ZConsole.aliases, *ZConsole.flags, "help", "help-all", "h", "version", "V"}
