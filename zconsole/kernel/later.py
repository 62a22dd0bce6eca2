"""Parts of IPython's shell that are made when they are first asked for, not at start: its completer, its
inspector and the file of its history. Together they are a tenth of the time to a first result.

Who asks finds what is always there: the completer among what `%config` knows, a session in the history from
the first line on that is written or looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any

from IPython.core import history
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type, default


class HistoryManager(history.HistoryManager):  # type: ignore[misc,unused-ignore]
    """IPython's history. The first who asks for its `db` or its `session_number` opens the file. Lines are
    written when somebody says so (`writeout_cache`), not by a thread of its own."""

    # the newest inputs: IPython has traits for them, and asks or sets those nine times in each cell
    _i = _ii = _iii = _i00 = ""

    def __init__(self, shell: InteractiveShell, **traits: Any) -> None:
        self._begun = False
        super(history.HistoryManager, self).__init__(shell=shell, **traits)
        self.db_input_cache_lock = Lock()
        self.db_output_cache_lock = Lock()
        self.using_thread = False
        self._begun = True

    @property
    def is_open(self) -> bool:
        """Whether the file has been opened."""
        return "db" in self._trait_values

    def init_db(self) -> None:
        """Open the file; not yet while this is being made."""
        if self._begun:
            super().init_db()
            if finalizer := getattr(self, "_finalizer", None):
                finalizer.atexit = False  # it would close the file before the session is ended

    def end_session(self) -> None:
        """Write what there is, and that the session has ended. One of which nothing is in the file is not
        begun for that."""
        if self.is_open or self.db_input_cache or self.db_output_cache:
            super().end_session()

    def close(self) -> None:
        """Close the file."""
        if self.is_open:
            super().close()

    @default("db")
    def _open(self) -> Any:
        self.init_db()
        return self.db

    @default("session_number")
    def _begin_session(self) -> int:
        from sqlite3 import OperationalError

        try:
            self.new_session()
        except OperationalError:
            self.log.error(
                "The history cannot be written; it is kept until the end of the session.", exc_info=True
            )
            self.db.close()
            self.hist_file = ":memory:"
            self.init_db()
            self.new_session()
        return int(self._trait_values.get("session_number", 0))


class _Inspector:
    """Stands for IPython's inspector, which it makes when it is asked for something."""

    def __init__(self, **traits: Any) -> None:
        self._traits = traits
        self._made: Any = None

    def set_theme_name(self, name: str) -> None:
        """Its colours from now on."""
        self._traits["theme_name"] = name
        if self._made is not None:
            self._made.set_theme_name(name)

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            from IPython.core.oinspect import Inspector

            self._made = Inspector(**self._traits)
        return getattr(self._made, name)


class _Configurables(list[Any]):
    """What `%config` knows. Who looks through it finds the completer too."""

    def __init__(self, known: list[Any], shell: LaterShell) -> None:
        super().__init__(known)
        self._shell = shell

    def __iter__(self) -> Iterator[Any]:
        self._shell.Completer  # noqa: B018  # it puts itself into the list
        return super().__iter__()


class LaterShell(InteractiveShell):
    """IPython's shell without what can be made later."""

    inspector_class = Type(_Inspector, klass=object)

    _completer: Any = None

    def __init__(self, **traits: Any) -> None:
        self._making = Lock()
        super().__init__(**traits)
        self.configurables: list[Any] = _Configurables(self.configurables, self)

    @property
    def Completer(self) -> Any:
        """IPython's completer."""
        if self._completer is None:
            with self._making:  # two threads may ask
                if self._completer is None:
                    self._make_completer()
        return self._completer

    @Completer.setter
    def Completer(self, completer: Any) -> None:
        self._completer = completer

    def _make_completer(self) -> None:
        super().init_completer()
        config = self.config
        if "use_jedi" not in config.Completer and "use_jedi" not in config.IPCompleter:
            # the same names without it (it reads sources; the live objects are here), 20 times faster
            self._completer.use_jedi = False

    def init_completer(self) -> None:
        """Nothing yet: see Completer."""

    def init_history(self) -> None:
        """The history of this session."""
        self.history_manager = HistoryManager(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def set_hook(self, name: str, hook: Any, *args: Any, **kwargs: Any) -> None:
        """Have a hook called; one for completions behind those that IPython's completer brings along."""
        if name == "complete_command":
            self.Completer  # noqa: B018
        super().set_hook(name, hook, *args, **kwargs)
