"""The interpreter: IPython's shell behind the kernel's `Interpreter` protocol.

Requests become calls of IPython's, and what comes of them answers; `shell` and `displays` are its other side,
where IPython speaks. It comes with the user's profile, startup files, extensions and configuration, as in its
terminal. It runs in the main thread and, at the same time, in those of subshells: what belongs to one cell is
in its `Running`, what IPython was not made to do twice at once is under a lock.

Cells go past `InteractiveShell.run_cell`, to what it calls: `run_cell` replaces the write methods of
stdout and stderr for the time of a cell to keep a copy of all output (measured: four times the cost of a
print, and memory that grows with the session).
"""

from __future__ import annotations

import builtins
import getpass
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from IPython.core.application import BaseIPythonApplication
from IPython.core.shellapp import InteractiveShellApp, shell_aliases, shell_flags
from traitlets import Bool

from zconsole.kernel.afterimport import AfterImport
from zconsole.kernel.comms import Comms
from zconsole.kernel.facade import KernelFacade
from zconsole.kernel.forked import Printer, leave, write_all
from zconsole.kernel.history import History
from zconsole.kernel.interrupts import KernelStopping
from zconsole.kernel.kernel import Cell, Failure, Outcome
from zconsole.kernel.mainloop import MainLoop
from zconsole.kernel.outbox import Outbox
from zconsole.kernel.outfit import Outfit
from zconsole.kernel.questions import Questions, nothing
from zconsole.kernel.running import Running
from zconsole.kernel.shell import KernelShell
from zconsole.kernel.shellloop import Here
from zconsole.kernel.stdin import Stdin
from zconsole.kernel.stepping import leave_cell, skip_kernel
from zconsole.kernel.streams import OutStream, Parent, ThreadParents
from zconsole.kernel.terminals import Terminal, Terminals
from zconsole.message import Content, Message
from zconsole.session import Unserializable, to_json


class ShellApp(BaseIPythonApplication, InteractiveShellApp):
    """Finds the user's profile and configuration, and starts the shell as IPython's terminal does."""

    name = (
        "ipython-kernel"  # whose configuration users have: ipython_config.py, then ipython_kernel_config.py
    )
    aliases = {**BaseIPythonApplication.aliases, **shell_aliases}
    flags = {**BaseIPythonApplication.flags, **shell_flags}
    classes = [KernelShell]
    auto_create = Bool(True)  # a kernelspec may name a profile before there is one; ipykernel makes it too
    _ports: Mapping[str, Any]

    def start_shell(self, **ports: Any) -> KernelShell:
        """The shell, ready, with the user's code run: `ports` are traits of KernelShell."""
        self._ports = ports
        self.init_path()
        self.init_shell()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()
        shell: KernelShell = self.shell
        return shell

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Take what has been configured there. Without arguments no parser is made: 4 ms of the start."""
        if argv is None or argv:
            super().parse_command_line(argv)

    def init_shell(self) -> None:
        """Make the shell."""
        # user_module None: IPython makes a fresh __main__, in which pickle finds what cells define
        self.shell = KernelShell.instance(parent=self, profile_dir=self.profile_dir, **self._ports)
        self.shell.configurables.append(self)


class IPythonInterpreter:
    """Runs code in IPython.

    Arguments: `outbox` and `parent`, where output goes and whose it is; `stdin`, where input comes from;
    `mainloop`, whose idle time history is written in; `here`, the loop of the calling thread, which runs
    cells that await; `arguments`, IPython's command line; `connection_file`, for those who ask where the
    kernel can be reached; `terminals`, those of the front ends; `imports`, who tells of imported
    modules; `user_code`, called before any code of the user's; `first`, the number of the first cell.
    """

    def __init__(
        self,
        outbox: Outbox,
        parent: Parent,
        stdin: Stdin,
        mainloop: MainLoop,
        here: Here,
        arguments: Sequence[str],
        connection_file: Path,
        terminals: Terminals,
        imports: AfterImport,
        user_code: Callable[[], None],
        first: int = 1,
    ) -> None:
        def terminal() -> Terminal | None:
            header = parent.header
            return terminals.of(header.session) if header else None

        self._here = here
        self._stdin = stdin
        self._streams: dict[int, OutStream] = {}
        self._c_waits = sys.platform != "win32"
        self._replace_streams(outbox, parent, lambda: terminal() is not None)
        self._comms = Comms(outbox, parent)
        self._comms.install()
        kernel = KernelFacade(parent, self._comms, outbox, connection_file)
        app = ShellApp.instance()
        user_code()
        app.initialize(list(arguments))
        self._shell: KernelShell = app.start_shell(
            outbox=outbox,
            request_parent=parent,
            kernel=kernel,
            run_gui=mainloop.enable_gui,
            terminal=terminal,
            interrupted=lambda: here.loop.interrupted,
        )
        kernel.shell = self._shell
        self._shell.count_from(first)
        imports.call("bdb", skip_kernel)
        self._outfit = Outfit(terminal, self._shell.config, imports)
        self._outfit.install()
        terminals.resized = self._outfit.resized
        self._shell.loop_runner = lambda coroutine: here.loop.run_cell(coroutine)
        self._takes_meta = "cell_id" in inspect.signature(self._shell.run_cell_async).parameters
        self._history = History(self._shell.history_manager, mainloop, here)
        self._questions = Questions(self._shell)
        self._replace_input()
        if not os.environ.get("PYTHONBREAKPOINT"):
            sys.breakpointhook = _breakpoint

    @property
    def shell(self) -> KernelShell:
        """IPython's shell, for the debugger."""
        return self._shell

    @property
    def execution_count(self) -> int:
        """The number that the next cell gets."""
        return self._shell.next_number

    def cell_of(self, file: str) -> int | None:
        """The number of the cell that this file name means; see RunsPython."""
        number = self._shell.compile._filename_map.get(file)
        return number if isinstance(number, int) else None

    def begin(self, cell: Cell) -> int:
        """A cell's number; see Interpreter."""
        # IPython counts no cell in which there is nothing
        keep = cell.store_history and bool(cell.code) and not cell.code.isspace()
        # a silent cell has no number: the newest one's is told, as ipykernel does
        return self._shell.begin(keep=keep, storing=cell.store_history) - cell.silent

    def execute(self, cell: Cell) -> Outcome:
        """Run a cell; see Interpreter."""
        running = self._shell.running
        self._comms.install()
        self._outfit.wear()
        try:
            failure, expressions = self._here.loop.run_user_code(partial(self._run, cell, running))
        except (KeyboardInterrupt, SystemExit, KernelStopping) as error:
            # it landed in IPython's own code around the user's
            failure, expressions = running.failure or self._failure(error, running), {}
        leave_cell()
        if self._shell.forked:
            leave(1 if failure else 0)
        if self._c_waits and "ctypes" in sys.modules:  # numpy imports it, and most that is written in C
            self._flush_c()
        self._shell.end(running)
        self._history.write_later()
        return Outcome(failure, running.payload, expressions)

    def complete(self, code: str, cursor_pos: int) -> Content:
        """Complete; see Interpreter."""
        return self._here.loop.run_user_code(partial(self._questions.complete, code, cursor_pos))

    def complete_command(self, input_request: str, code: str, cursor_pos: int) -> Content:
        """Complete for a debugger that asks; see HasDebugger."""
        from zconsole.kernel.pdbs import asking

        thread = self._stdin.waiting_thread(input_request)
        debugger = asking(thread) if thread is not None else None
        if debugger is None:
            return nothing(cursor_pos)
        complete = partial(self._questions.complete_command, debugger, code, cursor_pos)
        return self._here.loop.run_user_code(complete)

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Content:
        """Inspect; see Interpreter."""
        return self._here.loop.run_user_code(partial(self._questions.inspect, code, cursor_pos, detail_level))

    def is_complete(self, code: str) -> Content:
        """Whether a block is complete; see Interpreter."""
        return self._here.loop.run_user_code(partial(self._questions.is_complete, code))

    def history(self, request: Content) -> Sequence[Any]:
        """Rows of IPython's history; see Interpreter."""
        return self._history.rows(request)

    def comm(self, message: Message) -> None:
        """A message for a comm; see Interpreter."""
        self._here.loop.run_user_code(partial(self._comms.receive, message))

    def comm_info(self, target_name: str | None) -> Content:
        """The open comms; see Interpreter."""
        return self._comms.info(target_name)

    def forked(self) -> None:
        """In a forked child: output goes to the descriptors, as that of any child, and what is displayed as
        its text. The end of the cell is the child's end."""
        for fd, stream in self._streams.items():
            stream.divert(partial(write_all, fd))
        self._shell.outbox = Printer()
        self._shell.forked = True

    def leave(self) -> NoReturn:
        """End a forked child, with 1 if its code has failed."""
        leave(1 if self._shell.running.failure else 0)

    def close(self) -> None:
        """The session has ended: the history is closed, the user's exit handlers run."""
        import atexit

        try:
            self._history.write()
        finally:
            atexit._run_exitfuncs()

    def _run(self, cell: Cell, running: Running) -> tuple[Failure | None, Content]:
        result = self._run_cell(cell, running)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            return running.failure or self._failure(error, running), {}
        if running.format_failure is not None:
            return running.format_failure, {}
        return None, {name: self._expression(text, running) for name, text in cell.user_expressions.items()}

    def _expression(self, text: str, running: Running) -> Content:
        running.format_failure = None
        [value] = self._shell.user_expressions({"": text}).values()
        failure = running.format_failure
        try:
            to_json(value, "user_expressions")
        except Unserializable as error:
            failure = Failure(type(error).__name__, str(error))
        return {"status": "error", **failure.content} if failure else value

    def _run_cell(self, cell: Cell, running: Running) -> Any:
        shell = self._shell
        if "run_cell" in vars(shell):
            # a library has put its own in place of IPython's: %autopx does
            running.source = cell.code
            with self._here.loop.standing():
                return shell.run_cell(cell.code, store_history=cell.store_history, silent=cell.silent)
        problem = None
        try:
            transformed = shell.transform_cell(cell.code)
        except Exception:  # noqa: BLE001  # input transformers are user code
            transformed, problem = cell.code, sys.exc_info()
        running.source = transformed
        extra = {"cell_id": cell.cell_id} if self._takes_meta else {}
        coroutine = shell.run_cell_async(
            cell.code,
            store_history=cell.store_history,
            silent=cell.silent,
            transformed_cell=transformed,
            preprocessing_exc_tuple=problem,
            **extra,
        )
        result = None
        try:
            if self._awaits(cell.code, transformed, problem):
                result = self._here.loop.run_cell(coroutine)
            else:
                with self._here.loop.standing():
                    result = _run_to_end(coroutine)
        finally:
            shell.events.trigger("post_execute")
            if not cell.silent:
                shell.events.trigger("post_run_cell", result)
        if running.number is not None:
            shell.compile.ran((cell.code, transformed, running.number), failed=not result.success)
        return result

    def _awaits(self, code: str, transformed: str, problem: Any) -> bool:
        if "await" not in code and "async" not in code:
            return False  # asking IPython costs a compilation
        shell = self._shell
        answer = shell.should_run_async(code, transformed_cell=transformed, preprocessing_exc_tuple=problem)
        return bool(answer)

    def _failure(self, error: BaseException, running: Running) -> Failure:
        # an exception that IPython told in its own way, on stderr: KeyboardInterrupt, a usage error
        if not self._shell.is_shown_by_others(error):
            self._shell.showtraceback((type(error), error, error.__traceback__))
        return running.failure or Failure(type(error).__name__, str(error))

    def _replace_streams(self, outbox: Outbox, parent: Parent, is_terminal: Callable[[], bool]) -> None:
        for fd, name in ((1, "stdout"), (2, "stderr")):
            write = outbox.writer(parent.own, parent.newest, fd - 1)
            stream = OutStream(name, write, fd, outbox.flush, is_terminal)
            stream._thread_to_parent_header = ThreadParents(parent)
            # also in place of the original: programs that put it back after a redirection mean the user
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
            self._streams[fd] = stream

    def _flush_c(self) -> None:
        from zconsole.kernel.capture import flush_c_stdout

        self._c_waits = False
        flush_c_stdout()

    def _replace_input(self) -> None:
        def ask(prompt: object = "", /) -> str:
            return self._stdin.ask(str(prompt))

        def ask_secret(prompt: object = "Password: ", stream: object = None, **_: Any) -> str:
            return self._stdin.ask(str(prompt), password=True)

        builtins.input = ask
        getpass.getpass = ask_secret


def _breakpoint(*args: Any, **kwargs: Any) -> Any:
    """IPython's debugger where Python has its own; what the environment names is the user's word."""
    if os.environ.get("PYTHONBREAKPOINT") or args or kwargs.keys() - {"header"}:
        return sys.__breakpointhook__(*args, **kwargs)
    from IPython.core.debugger import set_trace  # not before it is wanted

    return set_trace(sys._getframe(1), **kwargs)


def _run_to_end(coroutine: Any) -> Any:
    # a cell without await never suspends
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a cell without await has waited")
