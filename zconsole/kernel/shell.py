"""IPython's shell as a kernel has it: it runs cells of several threads, and speaks through an outbox.

Tracebacks, pages, exits and the next input, which IPython prints or does, are published here or go into the
reply's payload; results and displays are the business of `displays`. Nothing is kept: IPython's copy of all
output is for `%notebook` alone and grows with the session, so what is published is not in it.
"""

from __future__ import annotations

import inspect
import linecache
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from types import FrameType, TracebackType
from typing import Any

from IPython.core.autocall import ZMQExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Instance, Type

from zconsole.kernel.dictionaries import as_message
from zconsole.kernel.displays import Builtins, CellPayload, DisplayPort, Hook, Representations, ResultHook
from zconsole.kernel.facade import KernelFacade
from zconsole.kernel.forked import Printer, leave
from zconsole.kernel.gui import NoToolkit
from zconsole.kernel.interrupts import KernelStopping
from zconsole.kernel.kernel import Failure
from zconsole.kernel.later import LaterShell
from zconsole.kernel.magics import ClientMagics
from zconsole.kernel.outbox import Outbox
from zconsole.kernel.running import Running
from zconsole.kernel.standing import is_cancellation
from zconsole.kernel.streams import Parent
from zconsole.kernel.terminals import Terminal
from zconsole.kernel.tracebacks import bounded, bounded_entries, brief_traceback, drop_parsed
from zconsole.kernel.transform import PrefilterManager, Transformer
from zconsole.message import Content

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class ExitLater(ZMQExitAutocall):
    """`exit` and `quit`: a request to the client, which decides; the kernel does not stop itself."""


# a generator expression has a `for`; a magic may run anything; an exception that is caught may be kept
_LIVES_ON = re.compile(r"\b(?:def|class|lambda|for|async|await|except|get_ipython)\b").search


class CellCompiler(CachingCompiler):
    """Compiles cells. While they are debugged, `file_name` gives the file that a cell passes for."""

    file_name: Callable[[str], str] | None = None

    _failed: tuple[str, str, int] | None = None

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """What a cell's code objects say their file is; IPython's tracebacks say `Cell In[number]` for it."""
        if self.file_name is not None:
            return self.file_name(raw_code)
        name: str = super().get_code_name(raw_code, transformed_code, number)
        return name

    def ran(self, cell: tuple[str, str, int], *, failed: bool) -> None:
        """A cell has run; its raw and transformed code and its number. Its source is kept only if something
        of its code can live on, a function or the like: half of what each cell would leave behind for ever.
        That of a failure stays for %debug, until the next one."""
        gone = cell
        if failed:
            drop_parsed(self.format_code_name)
            gone, self._failed = self._failed or cell, cell
        if self.file_name is None and gone != self._failed and not _LIVES_ON(gone[1]):
            name = self.get_code_name(*gone)
            linecache.cache.pop(name, None)
            self._filename_map.pop(name, None)


class KernelShell(LaterShell):
    """IPython's shell, speaking through an outbox.

    Arguments: `outbox`; `request_parent`, which cell the calling code belongs to; `kernel`, what user code
    takes for one; `run_gui`, which enables a toolkit, see MainLoop.enable_gui; `terminal`, which tells that
    of the front end that the calling code works for, None when it has none; `interrupted`, which tells
    whether the running cell was interrupted; and IPython's traits.
    """

    displayhook_class = Type(ResultHook)
    display_pub_class = Type(DisplayPort)
    compiler_class = Type(CellCompiler)
    input_transformer_manager = Instance(Transformer, ())
    exiter = Instance(ExitLater, ())
    forked = False
    """Whether this is a forked child of the kernel."""

    _next_number = 1

    def __init__(
        self,
        *,
        outbox: Outbox | Printer,
        request_parent: Parent,
        kernel: KernelFacade,
        run_gui: Callable[[str | None], None],
        terminal: Callable[[], Terminal | None],
        interrupted: Callable[[], bool],
        **traits: Any,
    ) -> None:
        # no traits: looking at one costs two calls, and these are looked at twenty times in a cell
        self.outbox = outbox
        self.request_parent = request_parent
        self.kernel = kernel
        self.run_gui = run_gui
        self.terminal = terminal
        self.interrupted = interrupted
        self._outside = Running()
        self._numbering = Lock()
        super().__init__(**traits)

    @property
    def running(self) -> Running:
        """The cell that the calling code belongs to."""
        return self.request_parent.served.cell or self._outside

    def begin(self, *, keep: bool, storing: bool) -> int:
        """A cell is about to run in this thread: its number, which with `keep` no other cell gets."""
        with self._numbering:
            number = self._next_number
            self._next_number += keep
        self.request_parent.served.cell = Running(number, keep=keep, storing=storing)
        return number

    def end(self, running: Running) -> None:
        """A cell has run. A number that it did not come to use is the next one's."""
        with self._numbering:
            if running.keep and running.count == running.number == self._next_number - 1:
                self._next_number -= 1

    def count_from(self, number: int) -> None:
        """Have the next cell be `number`; where IPython finds cells by number (`In[n]`, `%rerun n`) those
        before it are empty."""
        self._next_number = number
        if history := self.history_manager:
            for inputs in (history.input_hist_parsed, history.input_hist_raw):
                inputs.extend([""] * (number - len(inputs)))

    @property
    def next_number(self) -> int:
        """The number of the next cell, whoever asks."""
        return self._next_number

    @property
    def execution_count(self) -> int:
        """The number of the next cell; inside of one IPython counts it on from that cell's."""
        count = self.running.count
        return self._next_number if count is None else count

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        running = self.running
        counted = running.count == count - 1
        if running.number is not None:
            running.count = count
        # what IPython counts on is the cell's own number, taken when it began; else somebody sets the counter
        if not counted or count > self._next_number:
            self._next_number = count

    def init_payload(self) -> None:
        """The payload of each cell."""
        self.payload_manager = CellPayload(parent=self)
        self.configurables.append(self.payload_manager)

    def init_builtins(self) -> None:
        """IPython's builtins, to stay."""
        super().init_builtins()
        self.builtin_trap = Builtins(shell=self)
        self.builtin_trap.activate()

    def init_displayhook(self) -> None:
        """IPython's display hook, to stay."""
        super().init_displayhook()
        self.display_trap = Hook(hook=self.displayhook)

    def init_hooks(self) -> None:
        """IPython's hooks, and pages that go into the payload."""
        super().init_hooks()
        self.set_hook("show_in_pager", _page, 99)

    def init_display_formatter(self) -> None:
        """The formatter of results and displays."""
        self.display_formatter = Representations(parent=self)
        self.configurables.append(self.display_formatter)

    def init_prefilter(self) -> None:
        """What looks at cells of one line."""
        self.prefilter_manager = PrefilterManager(shell=self, parent=self)
        self.configurables.append(self.prefilter_manager)
        self.prefilter = self.prefilter_manager.prefilter_lines

    def init_magics(self) -> None:
        """IPython's magics, and ours in place of those that need a terminal."""
        super().init_magics()
        self.register_magics(ClientMagics)
        self.magics_manager.register_alias("ed", "edit")

    def init_environment(self) -> None:
        """What child processes need to know of the other end: colours, but no terminal."""
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)

    def system_piped(self, cmd: str) -> None:
        """Run `!cmd`; how it has ended is `_exit_code` then. Raises OSError, and CalledProcessError if the
        user wants that."""
        if not hasattr(os, "posix_spawn"):
            super().system_piped(cmd)
            return
        from zconsole.kernel import shellcommand

        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        terminal = self.terminal()
        columns, rows = (terminal.columns, terminal.rows) if terminal else (80, 24)
        command = self.var_expand(cmd, depth=1)
        code = shellcommand.run(command, sys.stdout.write, columns, rows)
        self.user_ns["_exit_code"] = code
        if code and getattr(self, "system_raise_on_error", False):
            from subprocess import CalledProcessError

            raise CalledProcessError(code, cmd)

    system = system_piped

    def ask_exit(self) -> None:
        """Have the client leave: it shuts this kernel down, or keeps it."""
        keep = bool(getattr(self, "keepkernel_on_exit", None))
        self.payload_manager.write_payload({"source": "ask_exit", "keepkernel": keep})

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """Text for the client's next prompt; the newest wins."""
        self.payload_manager.write_payload({"source": "set_next_input", "text": text, "replace": replace})

    def showtraceback(self, exc_tuple: ExcInfo | None = None, *args: Any, **kwargs: Any) -> None:
        """Show an exception; an interrupt briefly. A cell that was interrupted while it awaited was cancelled
        to end it; what happened to it is an interrupt all the same. Groups are shown as Python does."""
        etype, error, tb = exc_tuple or sys.exc_info()
        if etype is KernelStopping:
            return
        if self.forked and isinstance(error, SystemExit):
            leave(error.code)
        tb = _without_frames_around(tb)
        if etype is KeyboardInterrupt or (etype and is_cancellation(etype) and self.interrupted()):
            self._keep_for_debug(etype, error, tb)
            lines = brief_traceback("KeyboardInterrupt", tb, self._describe)
            self._showtraceback(KeyboardInterrupt, KeyboardInterrupt(), lines)
            return
        if etype and _holds_group(error):
            self._keep_for_debug(etype, error, tb)
            self._showtraceback(etype, error, traceback.format_exception(etype, error, tb))
            return
        super().showtraceback(exc_tuple, *args, **kwargs)

    def is_shown_by_others(self, error: BaseException) -> bool:
        """Whether the user has put something in the place of what shows such an exception, as
        rich.traceback.install() and set_custom_exc do."""
        return "_showtraceback" in vars(self) or isinstance(error, self.custom_exceptions)

    def _keep_for_debug(
        self, etype: type[BaseException], error: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Have %debug find an exception that IPython does not show, where it looks for those it does."""
        sys.last_type, sys.last_value, sys.last_traceback = etype, error, tb
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        self.InteractiveTB.tb = tb

    def show_usage_error(self, exc: Exception) -> None:
        """Show a magic's complaint: a line on stderr, no traceback; an error all the same."""
        super().show_usage_error(exc)
        self.running.failure = Failure(type(exc).__name__, _text(exc))

    def enable_gui(self, gui: str | None = None) -> None:
        """Have a GUI toolkit's windows live while the kernel waits. Raises UsageError."""
        try:
            self.run_gui(gui)
        except NoToolkit as error:
            raise UsageError(str(error)) from None

    def get_parent(self) -> dict[str, Any]:
        """The request that the calling code serves; see KernelFacade."""
        return self.kernel.get_parent()

    def set_parent(self, parent: Mapping[str, Any]) -> None:
        """Have what the calling thread says from now on belong to a request that `get_parent` gave."""
        self.set_thread_parent(parent)

    def set_thread_parent(self, parent: Mapping[str, Any]) -> object:
        """The same; what `reset_thread_parent` takes to undo it."""
        return self.request_parent.adopt(as_message(parent))

    def reset_thread_parent(self, token: Any) -> None:
        """Undo a set_thread_parent."""
        self.request_parent.release(token)

    def _describe(self, filename: str) -> str:
        label, name = self.compile.format_code_name(filename) or ("File", filename)
        return f"{label} {name}"

    def _format_exception_for_storage(self, exception: BaseException, *_: Any, **__: Any) -> Content:
        # for %notebook alone, like the output: IPython would format each traceback once more and keep it
        return Failure(type(exception).__name__, bounded(_text(exception))).content

    def _tee(self, channel: str) -> AbstractContextManager[None]:
        # IPython would keep every byte that is printed, for ever, and slow each print down
        return nullcontext()

    def _showtraceback(
        self, etype: type[BaseException], evalue: BaseException | None, stb: Sequence[str]
    ) -> None:
        name = getattr(etype, "__name__", str(etype))
        failure = Failure(name, bounded(_text(evalue)), bounded_entries(stb))
        self.running.failure = failure
        self.outbox.publish("error", failure.content, self.request_parent.header)


def _page(shell: KernelShell, data: str | Mapping[str, Any], start: int = 0, **_: Any) -> None:
    bundle = {"text/plain": data} if isinstance(data, str) else data
    shell.payload_manager.write_payload({"source": "page", "data": bundle, "start": max(0, start)})


def _without_frames_around(tb: TracebackType | None) -> TracebackType | None:
    # before the cell there is IPython's and our own machinery; behind the user's last call there may be
    # the room where the exception was raised: input(), or the signal handler, or a breakpoint's wait
    frames = []
    while tb is not None:
        frames.append(tb)
        tb = tb.tb_next
    ours = [frame.tb_frame.f_code.co_filename.startswith(_HERE) for frame in frames]
    while frames and ours[len(frames) - 1]:
        frames.pop()
    del frames[next((at for at, frame in enumerate(frames) if _is_debuggers(frame.tb_frame)), len(frames)) :]
    if frames:
        frames[-1].tb_next = None
    return next((frame for frame in frames if not frame.tb_frame.f_code.co_filename.startswith(_SHELL)), None)


def _is_debuggers(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__"))
    return name == "bdb" or name.startswith(("_pydevd_", "pydevd"))


def _holds_group(error: BaseException | None) -> bool:
    # IPython prints those on stderr; there they are no error that a client knows
    while error is not None and not isinstance(error, BaseExceptionGroup):
        error = error.__context__
    return error is not None


def _text(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # user code: an exception whose __str__ raises is one all the same
        return f"<{type(error).__name__} whose text cannot be had>"


_HERE = str(Path(__file__).parent)
_SHELL = inspect.getfile(InteractiveShell)

_ENVIRONMENT = {
    "TERM": "xterm-256color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
