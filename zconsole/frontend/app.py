"""The command line and the configuration file, by Jupyter's conventions.

`jupyter_zconsole_config.py` (or .json) is read from Jupyter's configuration directories; `--generate-config`
writes one. traitlets lets unknown options and arguments pass in silence, so they are looked for first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from inspect import unwrap
from pathlib import Path
from typing import Any

from jupyter_core.application import JupyterApp, base_aliases, base_flags
from traitlets import Bool, Enum, Float, Int, TraitError, Unicode
from traitlets.config import Application
from traitlets.config.loader import ArgumentError, ConfigFileNotFound

from zconsole._version import __version__
from zconsole.frontend.errors import UsageError
from zconsole.frontend.settings import COMMANDS, NEWEST, Settings

_ZCONSOLE = "ZConsoleApp"
_DEFAULTS = Settings()


def _flag(help: str, **traits: Any) -> tuple[Mapping[str, Any], str]:
    return {_ZCONSOLE: traits}, help


class ZConsoleApp(JupyterApp):  # type: ignore[misc,unused-ignore]
    """The application: what can be configured, and nothing of what is done with it."""

    name = "jupyter-zconsole"
    version = __version__
    description = "A terminal console for Jupyter kernels."
    examples = """
    zconsole                        # a session with our own kernel
    zconsole --kernel bash          # with any installed kernel
    zconsole --existing             # with the kernel that was started last
    zconsole --recover              # brings back a session that was cut off
    zconsole kernels                # which kernels can be started
    zconsole list                   # which run
    zconsole stop NAME              # ends one of them
    zconsole log                    # what was typed in the newest session, and what came of it
    """

    kernel_name = Unicode(_DEFAULTS.kernel_name, help="The kernel to start: the name of a kernelspec.").tag(
        config=True
    )
    existing = Unicode(
        _DEFAULTS.existing,
        help="Attach to a running kernel: its session's name, process id, connection file or a pattern.",
    ).tag(config=True)
    session_name = Unicode(
        _DEFAULTS.session_name, help="What to call the session: a name for --existing, list and stop."
    ).tag(config=True)
    banner = Bool(_DEFAULTS.banner, help="Say at the start what runs here.").tag(config=True)
    confirm_exit = Bool(_DEFAULTS.confirm_exit, help="Ask before Ctrl+D ends the session.").tag(config=True)
    style = Enum(
        ("auto", "dark", "light"),
        _DEFAULTS.style,
        help="Colours for which background; auto looks at COLORFGBG.",
    ).tag(config=True)

    username = Unicode(
        _DEFAULTS.username, help="What others on the same kernel see as your name; by default the user's."
    ).tag(config=True)
    quiet_others = Bool(
        _DEFAULTS.quiet_others, help="Do not show what others on the same kernel type and get."
    ).tag(config=True)
    journal = Bool(_DEFAULTS.journal, help="Record what is typed and what comes of it.").tag(config=True)
    journal_days = Float(
        _DEFAULTS.journal_days, min=0, help="Remove recorded sessions after so many days; 0: never."
    ).tag(config=True)
    journal_mb = Int(
        _DEFAULTS.journal_mb,
        min=0,
        help="Megabytes that all recorded sessions may take; the oldest are removed. 0: no limit.",
    ).tag(config=True)
    keep_hours = Float(
        _DEFAULTS.keep_hours,
        min=0,
        help="End a detached kernel when nobody has been there, and nothing has run, for so many hours; "
        "0: never.",
    ).tag(config=True)

    recover = Unicode(
        _DEFAULTS.recover,
        help="Bring a recorded session back: run again what can be. Its name, its folder's, or the letters at"
        " the end of that; `*` is the newest that was cut off.",
    ).tag(config=True)
    yes = Bool(_DEFAULTS.yes, help="With --recover: ask nothing, run what is safe.").tag(config=True)
    dry_run = Bool(_DEFAULTS.dry_run, help="With --recover: show the plan, and start nothing.").tag(
        config=True
    )

    aliases = {
        **base_aliases,
        "as": f"{_ZCONSOLE}.username",
        "kernel": f"{_ZCONSOLE}.kernel_name",
        "existing": f"{_ZCONSOLE}.existing",
        "name": f"{_ZCONSOLE}.session_name",
        "recover": f"{_ZCONSOLE}.recover",
        "style": f"{_ZCONSOLE}.style",
    }
    flags = {
        **base_flags,
        "existing": _flag("Attach to the kernel that was started last.", existing="kernel*.json"),
        "recover": _flag("Bring back the newest session that was cut off.", recover=NEWEST),
        "yes": _flag("With --recover: ask nothing, run what is safe.", yes=True),
        "dry-run": _flag("With --recover: show the plan, and start nothing.", dry_run=True),
        "quiet-others": _flag("Do not show what others on the same kernel do.", quiet_others=True),
        "journal": _flag("Record the session.", journal=True),
        "no-journal": _flag("Do not record the session.", journal=False),
        "banner": _flag("Say at the start what runs here.", banner=True),
        "no-banner": _flag("Begin with the prompt.", banner=False),
        "confirm-exit": _flag("Ask before Ctrl+D ends the session.", confirm_exit=True),
        "no-confirm-exit": _flag("Ctrl+D ends the session at once.", confirm_exit=False),
    }

    def configure(self, argv: Sequence[str]) -> bool:
        """Read the command line and the configuration files; whether a session is to be started.

        Raises UsageError.
        """
        refuse_unknown(argv)
        try:
            # unwrapped, because the wrapper logs an error in its own words and exits
            unwrap(Application.parse_command_line)(self, list(argv))
            if self.generate_config:
                self.write_default_config()
                return False
            self._configure_by_files()
        except (TraitError, ArgumentError) as error:
            raise UsageError(f"{error}") from None
        return True

    @property
    def settings(self) -> Settings:
        """What has been configured."""
        return Settings(*(getattr(self, name) for name in Settings._fields))

    def _configure_by_files(self) -> None:
        by_command_line = deepcopy(self.config)
        self.raise_config_file_errors = True
        self._configure_by_file("jupyter_config", self.config_file_paths)
        if not self.config_file:
            self._configure_by_file(self.config_file_name, self.config_file_paths)
        elif Path(self.config_file).is_file():
            self._configure_by_file(Path(self.config_file).name, [str(Path(self.config_file).parent)])
        else:
            raise UsageError(f"There is no configuration file {self.config_file}.")
        self.update_config(by_command_line)

    def _configure_by_file(self, name: str, folders: list[str]) -> None:
        try:
            unwrap(Application.load_config_file)(self, name, folders)
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
        takes_value = not equals and (name in ZConsoleApp.aliases or "." in name)
    if takes_value and name not in _MAY_HAVE_VALUE:
        raise UsageError(f"The option --{name} needs a value.")


def _is_trait(name: str) -> bool:
    class_name, _, trait = name.partition(".")
    classes = {each.__name__: each for each in ZConsoleApp.mro() if hasattr(each, "class_traits")}
    return class_name in classes and trait in classes[class_name].class_traits(config=True)


def initialize(argv: Sequence[str]) -> Settings | None:
    """What is configured; None when the command line asked for something that is done by now.

    Raises UsageError.
    """
    app = ZConsoleApp()
    return app.settings if app.configure(argv) else None


_MAY_HAVE_VALUE = ("existing", "recover")
_KNOWN = {*ZConsoleApp.aliases, *ZConsoleApp.flags, "help", "help-all", "h", "version", "V"}
