"""IPython's outward side: results, displays, tracebacks and pages become messages.

IPython prints; a kernel publishes. Each of IPython's own hooks for that (displayhook, display publisher,
`_showtraceback`, pager, exit) is replaced here by one that says the same thing on iopub or in the reply's
payload. Nothing is kept: IPython's in-memory copy of all output is for `%notebook` alone and grows with the
session, so what these classes publish is not in it.
"""

from __future__ import annotations

import inspect
import sys
import threading
import traceback
from asyncio import CancelledError
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from types import FrameType, TracebackType
from typing import Any

from IPython.core.autocall import ZMQExitAutocall
from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.compilerop import CachingCompiler
from IPython.core.display_trap import DisplayTrap
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magics.code import CodeMagics, MacroToEdit
from IPython.core.page import page
from IPython.core.payload import PayloadManager
from traitlets import Any as AnyTrait
from traitlets import Instance, Type

from zconsole.kernel.dictionaries import as_message
from zconsole.kernel.facade import KernelFacade
from zconsole.kernel.forked import Printer, leave
from zconsole.kernel.gui import NoToolkit
from zconsole.kernel.interrupts import KernelStopping
from zconsole.kernel.kernel import Failure
from zconsole.kernel.magics import ClientMagics
from zconsole.kernel.outbox import Outbox
from zconsole.kernel.running import Running
from zconsole.kernel.streams import Parent
from zconsole.kernel.tracebacks import bounded, bounded_entries, brief_traceback
from zconsole.kernel.transform import Transformer
from zconsole.message import Content

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class ResultHook(DisplayHook):
    """The value of a cell becomes an execute_result."""

    @property
    def prompt_count(self) -> int:
        """The number of the cell."""
        number: int | None = self.shell.running.number
        return self.shell.execution_count if number is None else number

    @property
    def exec_result(self) -> Any:
        """Where IPython keeps the value for the hooks that run behind the cell."""
        return self.shell.running.result

    @exec_result.setter
    def exec_result(self, result: Any) -> None:
        self.shell.running.result = result

    def quiet(self) -> bool:
        """Whether the cell ends with a semicolon."""
        return bool(self.semicolon_at_end_of_expression(self.shell.running.source))

    def start_displayhook(self) -> None:
        """A value is about to be shown."""
        self._is_active = True

    def write_output_prompt(self) -> None:
        """The client draws the prompt, from the message's execution_count."""

    def write_format_data(
        self, format_dict: Mapping[str, Any], md_dict: Mapping[str, Any] | None = None
    ) -> None:
        """Publish the value's representations: MIME type to data."""
        self.shell.outbox.publish(
            "execute_result",
            {"execution_count": self.prompt_count, "data": format_dict, "metadata": md_dict or {}},
            self.shell.request_parent.header,
        )

    def update_user_ns(self, result: object) -> None:
        """`_` and `Out`: only for cells that are kept in the history."""
        if self.shell.running.storing:
            super().update_user_ns(result)

    def log_output(self, format_dict: Mapping[str, Any]) -> None:
        """Keep the text for `%history -o` and the log; not the other representations."""
        text = format_dict.get("text/plain")
        if text is None:
            return
        if self.shell.logger.log_output:
            self.shell.logger.log_write(text, "output")
        self.shell.history_manager.output_hist_reprs[self.prompt_count] = text

    def finish_displayhook(self) -> None:
        """The value has been shown."""
        self._is_active = False


MessageHook = Callable[[dict[str, Any]], dict[str, Any] | None]


class DisplayPort(DisplayPublisher):
    """`display()` becomes display_data or update_display_data."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of_thread = threading.local()

    def publish(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        source: object = None,
        *,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        buffers: Sequence[bytes] = (),
        **_: Any,
    ) -> None:
        """Publish representations of one object: MIME type to data; `transient` may hold a display_id."""
        self._publish(
            "update_display_data" if update else "display_data",
            {"data": data, "metadata": metadata or {}, "transient": transient or {}},
            buffers,
        )

    def clear_output(self, wait: bool = False) -> None:
        """Have clients clear the output of this cell; with `wait`, when the next output comes."""
        self._publish("clear_output", {"wait": bool(wait)})

    def register_hook(self, hook: MessageHook) -> None:
        """Have a function see each message of this thread before it goes out: it returns the message, as a
        dictionary, changed or not, or None when nothing is to go out."""
        self._hooks.append(hook)

    def unregister_hook(self, hook: MessageHook) -> bool:
        """Take a function away; whether it was there."""
        if hook not in self._hooks:
            return False
        self._hooks.remove(hook)
        return True

    def _publish(self, msg_type: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        message = {"content": content, "metadata": {}, "buffers": buffers}
        for hook in self._hooks:
            changed = hook({"header": {"msg_type": msg_type}, "msg_type": msg_type, **message})
            if changed is None:
                return
            message = {name: changed[name] for name in message}
        self.shell.outbox.publish(
            msg_type,
            message["content"],
            self.shell.request_parent.header,
            metadata=message["metadata"],
            buffers=message["buffers"],
        )

    @property
    def _hooks(self) -> list[MessageHook]:
        # what captures the output of one thread must not swallow another's
        hooks: list[MessageHook] = self._of_thread.__dict__.setdefault("hooks", [])
        return hooks


class CellPayload(PayloadManager):
    """What a cell has for its reply."""

    @property
    def _payload(self) -> list[Content]:
        payload: list[Content] = self.parent.running.payload
        return payload

    @_payload.setter
    def _payload(self, payload: list[Content]) -> None:
        self.parent.running.payload = payload


class Permanent:
    """A trap of IPython's that is set once and stays: cells of subshells begin and end at any time, and a
    late thread looks for the same names as its cell."""

    def __enter__(self) -> Permanent:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Builtins(Permanent, BuiltinTrap):
    """get_ipython and the like among the builtins."""


class Hook(Permanent, DisplayTrap):
    """sys.displayhook. User code may replace it for the time of a cell, also for one that it runs itself:
    %%capture does."""

    def __enter__(self) -> Hook:
        running = self.hook.shell.running
        if not running.hooked:
            running.hooked = True
            sys.displayhook = self.hook
        return self


class Representations(DisplayFormatter):
    """IPython's formatter, which shows what a `_repr_*_` raises and goes on; here the cell learns of it."""

    def format(self, obj: object, include: Any = None, exclude: Any = None) -> Any:
        """Representations of an object and their metadata, by MIME type: those that could be made."""
        running = self.parent.running
        before, running.failure = running.failure, None
        try:
            return super().format(obj, include, exclude)
        finally:
            running.format_failure = running.format_failure or running.failure
            running.failure = before


class ExitLater(ZMQExitAutocall):
    """`exit` and `quit`: a request to the client, which decides; the kernel does not stop itself."""


class CellCompiler(CachingCompiler):
    """Compiles cells. While they are debugged, `file_name` gives the file that a cell passes for."""

    file_name: Callable[[str], str] | None = None

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """What a cell's code objects say their file is; IPython's tracebacks say `Cell In[number]` for it."""
        if self.file_name is not None:
            return self.file_name(raw_code)
        name: str = super().get_code_name(raw_code, transformed_code, number)
        return name


@magics_class
class KernelMagics(Magics):
    """Magics that a terminal does by itself and a kernel asks its client for."""

    @line_magic
    def edit(self, parameter_s: str = "", last_call: Sequence[str] = ("", "")) -> None:
        """Open an editor in the client: a file, an object's source, or input lines, as in IPython."""
        options, arguments = self.parse_options(parameter_s, "prn:")
        try:
            filename, line, _ = CodeMagics._find_edit_target(self.shell, arguments, options, list(last_call))
        except MacroToEdit:
            print("Editing macros is not possible over a connection; edit the cells that define it.")
            return
        except TypeError:
            return  # _find_edit_target has said why, and returned nothing
        payload = {
            "source": "edit_magic",
            "filename": str(Path(filename).absolute()),
            "line_number": int(line or 0),
        }
        self.shell.payload_manager.write_payload(payload)

    @line_magic
    def less(self, parameter_s: str = "") -> None:
        """Show a file in the client's pager, Python with colours."""
        path = Path(parameter_s.strip()).expanduser()
        text = path.read_text(errors="backslashreplace")
        page(self.shell.pycolorize(text) if path.suffix == ".py" else text)

    @line_magic
    def man(self, parameter_s: str = "") -> None:
        """Show a manual page in the client's pager."""
        page(self.shell.getoutput(f"man {parameter_s} | col -b", split=False))


class KernelShell(InteractiveShell):
    """IPython's shell, speaking through an outbox."""

    displayhook_class = Type(ResultHook)
    display_pub_class = Type(DisplayPort)
    compiler_class = Type(CellCompiler)
    input_transformer_manager = Instance(Transformer, ())
    exiter = Instance(ExitLater, ())
    outbox: Outbox | Printer = AnyTrait()  # type: ignore[assignment]  # a trait stands for its value
    request_parent: Parent = AnyTrait()  # type: ignore[assignment]

    kernel: KernelFacade = AnyTrait()  # type: ignore[assignment]
    run_gui: Callable[[str | None], None] = AnyTrait()  # type: ignore[assignment]
    """Enables a toolkit; see MainLoop.enable_gui."""

    interrupted: Callable[[], bool] = AnyTrait()  # type: ignore[assignment]
    """Tells whether the running cell was interrupted."""

    forked = False
    """Whether this is a forked child of the kernel."""

    _next_number = 1

    def __init__(self, **traits: Any) -> None:
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

    def init_magics(self) -> None:
        """IPython's magics, and ours in place of those that need a terminal."""
        super().init_magics()
        self.register_magics(KernelMagics, ClientMagics)
        self.magics_manager.register_alias("ed", "edit")
        self.magics_manager.register_alias("more", "less")

    def init_environment(self) -> None:
        """What child processes need to know of the other end: colours, but no terminal."""
        import os

        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)

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
        if etype is KeyboardInterrupt or (etype is CancelledError and self.interrupted()):
            lines = brief_traceback("KeyboardInterrupt", tb, self._describe)
            self._showtraceback(KeyboardInterrupt, KeyboardInterrupt(), lines)
            return
        if etype and _holds_group(error):
            self._showtraceback(etype, error, traceback.format_exception(etype, error, tb))
            return
        super().showtraceback(exc_tuple, *args, **kwargs)

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
    del frames[next((at for at, frame in enumerate(frames) if _is_pydevds(frame.tb_frame)), len(frames)) :]
    if frames:
        frames[-1].tb_next = None
    return next((frame for frame in frames if not frame.tb_frame.f_code.co_filename.startswith(_SHELL)), None)


def _is_pydevds(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith(("_pydevd_", "pydevd"))


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
