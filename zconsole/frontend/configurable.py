"""What can be configured, each with its meaning: the traits of `ZConsole`, its options and flags.

The defaults are those of `settings`, so that most starts need not import this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jupyter_core.application import JupyterApp, base_aliases, base_flags
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode

from zconsole._version import __version__
from zconsole.frontend.settings import GRAPHICS, NEWEST, Settings

_DEFAULTS = Settings()


def _flag(help: str, **traits: Any) -> tuple[Mapping[str, Any], str]:
    return {"ZConsole": traits}, help


class ZConsole(JupyterApp):  # type: ignore[misc,unused-ignore]
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
        help="Colours for which background; auto looks at COLORFGBG, or asks the terminal.",
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
    profile = Unicode(
        _DEFAULTS.profile,
        help="A set of settings, by its name (docs/configuration.md); our kernel takes IPython's profile of "
        "that name, if there is one.",
    ).tag(config=True)

    editing_mode = Enum(("emacs", "vi"), _DEFAULTS.editing_mode, help="The keys' manner, as readline's.").tag(
        config=True
    )
    cursor_shapes = Bool(_DEFAULTS.cursor_shapes, help="In vi mode the cursor's shape tells the mode.").tag(
        config=True
    )
    escape_wait = Float(
        _DEFAULTS.escape_wait,
        min=0,
        help="Seconds in which bytes behind Esc belong to it: a key that sends several.",
    ).tag(config=True)
    sequence_wait = Float(
        _DEFAULTS.sequence_wait, min=0, help="Seconds for the next key of a binding that takes several."
    ).tag(config=True)
    bindings = List(
        Dict(),
        help="Changes to the keys, as IPython's: {'command': NAME, 'new_keys': [...]} moves a command's key, "
        "empty new_keys remove it, 'create': True adds one; match_keys says which key of several, new_filter "
        "when it counts. %keys lists the names; docs/configuration.md has examples.",
    ).tag(config=True)
    bracket_matching = Bool(_DEFAULTS.bracket_matching, help="Show the other bracket of a pair.").tag(
        config=True
    )
    auto_brackets = Bool(
        _DEFAULTS.auto_brackets, help="An opening bracket or quote brings its closing one."
    ).tag(config=True)
    formatter = Enum(
        ("auto", "ruff", "black", "none"),
        _DEFAULTS.formatter,
        help="What reformats a block; auto: what is installed.",
    ).tag(config=True)
    editor = Unicode(_DEFAULTS.editor, help="The editor to open blocks in; else $VISUAL, $EDITOR or vi.").tag(
        config=True
    )

    completion_style = Enum(
        ("multicolumn", "column", "readline"), _DEFAULTS.completion_style, help="How completions are shown."
    ).tag(config=True)
    complete_while_typing = Bool(_DEFAULTS.complete_while_typing, help="Show completions without Tab.").tag(
        config=True
    )
    fuzzy_completion = Bool(
        _DEFAULTS.fuzzy_completion, help="Letters of a completion may be left out: `rdcsv` finds read_csv."
    ).tag(config=True)
    signatures = Bool(_DEFAULTS.signatures, help="Show a function's signature inside its call.").tag(
        config=True
    )

    suggestions = Bool(
        _DEFAULTS.suggestions, help="Suggest, dimmed, what the history has begun like this."
    ).tag(config=True)
    history_import = Bool(
        _DEFAULTS.history_import, help="Take over IPython's history, once; for kernels of Python."
    ).tag(config=True)
    forget_failed = Bool(_DEFAULTS.forget_failed, help="Do not keep blocks that ended with an error.").tag(
        config=True
    )
    stop_on_error = Bool(_DEFAULTS.stop_on_error, help="An error stops what was typed ahead behind it.").tag(
        config=True
    )

    theme = Unicode(
        _DEFAULTS.theme,
        help="Colours of code: auto, one of IPython's (linux, lightbg, neutral, ...) or of Pygments'.",
    ).tag(config=True)
    color_depth = Enum(
        ("auto", "1", "4", "8", "24"), _DEFAULTS.color_depth, help="Bits of colour that the terminal has."
    ).tag(config=True)
    prompt = Unicode(
        _DEFAULTS.prompt,
        help="The prompt; {number} is the cell's; also {failed} {elapsed} {kernel} {user} {host} {time}.",
    ).tag(config=True)
    continuation = Unicode(
        _DEFAULTS.continuation, help="The prompt of a block's further lines; {line} is the line's number."
    ).tag(config=True)
    marks = Bool(_DEFAULTS.marks, help="Tell the terminal where prompts and outputs begin (OSC 133).").tag(
        config=True
    )
    links = Bool(_DEFAULTS.links, help="Files in tracebacks can be clicked on (OSC 8).").tag(config=True)
    clipboard = Bool(_DEFAULTS.clipboard, help="What is cut is copied to the clipboard (OSC 52).").tag(
        config=True
    )
    elapsed_after = Float(
        _DEFAULTS.elapsed_after, min=0, help="Say how long a cell took that took so many seconds; 0: never."
    ).tag(config=True)
    notify_after = Float(
        _DEFAULTS.notify_after,
        min=0,
        help="Notify at the end of a cell that took so many seconds, when the focus is elsewhere. 0: never.",
    ).tag(config=True)
    notify = Enum(
        ("auto", "bell", "osc9", "osc777", "none"), _DEFAULTS.notify, help="How; auto: as the terminal can."
    ).tag(config=True)

    graphics = Enum(
        ("auto", *GRAPHICS),
        _DEFAULTS.graphics,
        help="How pictures are shown (docs/pictures.md); auto: in the best way that the terminal has.",
    ).tag(config=True)
    fold_lines = Int(
        _DEFAULTS.fold_lines,
        min=0,
        help="Lines of one cell's text that are shown as they come; of more only the last are; 0: all.",
    ).tag(config=True)

    aliases = {
        **base_aliases,
        "as": "ZConsole.username",
        "kernel": "ZConsole.kernel_name",
        "existing": "ZConsole.existing",
        "name": "ZConsole.session_name",
        "profile": "ZConsole.profile",
        "recover": "ZConsole.recover",
        "style": "ZConsole.style",
        "graphics": "ZConsole.graphics",
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

    @classmethod
    def sections(cls) -> Mapping[str, type[ZConsole]]:
        """The names under which a configuration file may have settings of ours, with their classes."""
        return {each.__name__: each for each in cls.mro() if hasattr(each, "class_traits")}

    @property
    def settings(self) -> Settings:
        """What has been configured."""
        values = {name: getattr(self, name) for name in Settings._fields}
        return Settings(**{**values, "bindings": tuple(self.bindings)})


def complaint(error: TraitError) -> str:
    """What a trait says of a value, as the end of a sentence: `expected any of ['emacs', 'vi'], not ...`."""
    return re.sub(r"^The (value of the )?'\w+' trait of an? ZConsole instance ", "", str(error)).rstrip(".")


GROUPS: Mapping[str, str] = {
    "session": Settings._fields[0],
    "editing": "editing_mode",
    "completion": "completion_style",
    "history": "suggestions",
    "prompt and colours": "theme",
    "output": "graphics",
}
"""The settings by what they are about: each group goes from this one to the next group's."""
