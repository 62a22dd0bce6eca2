"""The kernel process, put together around any interpreter.

The order is the start-up. First the sockets and the thread that answers who we are: what that needs is
imported by this module, and no more (asyncio and dataclasses would double it). Then, while that answers,
the main thread's loop and what stands around it, and the interpreter, which takes most of the time when it is
IPython. Requests that come too early are kept, and served in their turn.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from zconsole.connection import FIRST_COUNT, ConnectionFileError, ConnectionInfo, exposure, read_connection
from zconsole.kernel.control import EARLY, Actions, Control
from zconsole.kernel.ending import Ending
from zconsole.kernel.iothread import CannotListen, IOThread
from zconsole.kernel.kernel import Execution, Forks, Interpreter, Kernel, RunsPython
from zconsole.kernel.log import tell_failure
from zconsole.kernel.nudge import ENDING, Nudge
from zconsole.kernel.parent import ParentGone, is_kept, remove_orphaned_files, watch_parent
from zconsole.kernel.seats import Seat, Seats
from zconsole.kernel.terminals import Terminals
from zconsole.message import Content, Message
from zconsole.session import Session

if TYPE_CHECKING:
    from types import ModuleType

    from zconsole.kernel.afterimport import AfterImport
    from zconsole.kernel.capture import Capture
    from zconsole.kernel.debugger import Debugger
    from zconsole.kernel.mainloop import MainLoop
    from zconsole.kernel.outbox import Outbox
    from zconsole.kernel.shellloop import Here, ShellLoop
    from zconsole.kernel.standing import StandingLoops
    from zconsole.kernel.stdin import Stdin
    from zconsole.kernel.streams import Parent


class Host(NamedTuple):
    """What the process has for an interpreter: where output goes and whose it is, where input comes from, the
    main thread's loop, the loop of the calling thread, in which user code runs, the debugger, which is to be
    told of IPython's shell, where clients find us, the number of the first cell, the terminals, who tells
    of imported modules, and what is to be called before any code of the user's."""

    outbox: Outbox
    parent: Parent
    stdin: Stdin
    mainloop: MainLoop
    here: Here
    debugger: Debugger
    connection_file: Path
    first: int
    terminals: Terminals
    imports: AfterImport
    user_code: Callable[[], None]


InterpreterFactory = Callable[[Host, Sequence[str]], Interpreter]
"""Makes the interpreter, in the main thread, from the rest of the command line. Its imports belong inside."""


def serve(argv: Sequence[str], interpreter: InterpreterFactory, kernel_info: Content) -> int:
    """Be a kernel: `-f CONNECTION_FILE` and what else the interpreter takes from `argv`.

    `kernel_info` is the content of kernel_info_reply; it is told before the interpreter is made. Only
    returns when the kernel cannot start: the exit code, the reason having been written to stderr.
    """
    path, arguments = _arguments(argv)
    if path is None:
        print("A kernel needs the file that says where it is to listen: -f CONNECTION_FILE.", file=sys.stderr)
        return 2
    _tell_stacks(2)
    gc.disable()  # imports leave no garbage, but are searched for it again and again
    # there is nothing to interrupt yet, but the imports
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        info = read_connection(path, private=False)
        # not refused: those who start kernels in containers mount such files; but said
        if problem := exposure(path):
            print(f"Warning: {path}: {problem}", file=sys.stderr)
        try:
            parent = watch_parent(os.environ)
        except ParentGone:
            remove_orphaned_files(path, info)
            raise
        process = KernelProcess(path, info, parent, kernel_info)
    except (ConnectionFileError, ParentGone, CannotListen) as error:
        print(error, file=sys.stderr)
        return 1
    return process.run(interpreter, arguments)


class KernelProcess:
    """Everything of this process. Implements `iothread.Receiver`."""

    _interpreter: Interpreter | None = None
    _kernel: Kernel | None = None
    _capture: Capture | None = None

    def __init__(self, path: Path, info: ConnectionInfo, parent_fd: int | None, kernel_info: Content) -> None:
        self._path = path
        self._info = info
        session = Session(
            info.key, signature_scheme=info.signature_scheme, username=os.environ.get("USER", "")
        )
        self._io = IOThread(info, session)
        if parent_fd is not None:
            self._io.watch(parent_fd, lambda: self._parent_died(parent_fd))
        self._ending = Ending(self._close, self._last)
        nudge = Nudge(self._io.later, self._ending.begin)
        self._io.watch(nudge.fd, nudge.look)
        self._nudge = nudge
        self._child = self._served = self._unwanted = False
        # taken away: a console that user code starts is not meant
        first = os.environ.pop(FIRST_COUNT, "")
        self._first = int(first) if first.isdecimal() else 1
        self._early: list[tuple[str, Message]] = []
        self._seats = Seats(
            self._io.publish_counted,
            self._standing,
            self._seat_came,
            self._seat_left,
            lambda: self._stdin.waiting if self._served else 0,
        )
        self._terminals = Terminals()
        actions = Actions(
            self._interrupt,
            self._end,
            lambda: self._usage.content(),
            self._stack,
            lambda: self._subshells,
            self._seats.request,
            self._terminal,
            lambda channel, request: self._debugger.handle(channel, request),
        )
        self._control = Control(info, kernel_info, self._io, actions)
        # from here on others know of us, and may end us as one ends a kernel; MainLoop takes these over
        for number in ENDING:
            signal.signal(number, lambda *_: self._end(False))
        self._io.start(self)

    def run(self, make: InterpreterFactory, arguments: Sequence[str]) -> NoReturn:
        """Make the interpreter, serve until told to end, and end the process: with 1 when it cannot go on."""
        try:
            self._run(make, arguments)
        # the boundary: without its main thread a process that still answers would only seem to be alive
        except Exception:  # noqa: BLE001
            tell_failure(self._io.log)
            self._ending.finish(1)
        self._ending.finish(0)

    def _run(self, make: InterpreterFactory, arguments: Sequence[str]) -> None:
        sys.argv = [""]  # ours are nothing to the user's code
        self._begin_to_serve()
        capture = self._take_descriptors() if sys.platform != "win32" else None
        host = Host(
            self._io.outbox,
            self._parent,
            self._stdin,
            self._mainloop,
            self._here,
            self._debugger,
            self._path,
            self._first,
            self._terminals,
            self._imports,
            self._ending.user_code,
        )
        self._interpreter = make(host, arguments)
        self._ending.user_code()  # for an interpreter that has not said so
        self._debugger.shell_ready(None)  # for one that has not made it ready by now
        self._kernel = self._kernel_of(self._mainloop)
        self._subshells.ready()
        if capture is not None:
            from zconsole.kernel.ccode import CCode

            capture.guard(self._io.outbox.call)
            CCode(capture.wake).install()
            if isinstance(self._interpreter, Forks):
                os.register_at_fork(after_in_child=partial(self._forked, self._interpreter, capture))
        # what is here by now stays: it need not be searched for garbage, here or in forked children
        gc.freeze()
        gc.enable()
        self._mainloop.run()

    def _begin_to_serve(self) -> None:
        from zconsole.kernel.afterimport import AfterImport
        from zconsole.kernel.debugger import Debugger
        from zconsole.kernel.mainloop import MainLoop
        from zconsole.kernel.shellloop import Here, ShellLoop
        from zconsole.kernel.standing import StandingLoops
        from zconsole.kernel.stdin import Stdin
        from zconsole.kernel.streams import Parent
        from zconsole.kernel.subshells import Subshells
        from zconsole.kernel.threads import carry_into_threads
        from zconsole.kernel.usage import Usage

        outbox = self._io.outbox
        self._parent = Parent()
        self._stdin = Stdin(outbox, self._parent, self._io, self._seats)
        standing = StandingLoops()
        self._mainloop = MainLoop(standing, outbox.call, self._nudge)
        self._here = Here(self._mainloop)
        self._imports = AfterImport()
        self._imports.install()
        self._imports.call("asyncio", partial(self._asyncio_imported, standing))
        self._subshells = Subshells(outbox, partial(ShellLoop, standing), self._subshell_kernel)
        self._usage = Usage()
        self._debugger = Debugger(outbox, self._mainloop.post)
        self._mainloop.interrupts.raising = self._debugger.raising
        carry_into_threads(self._parent, self._imports)
        self._mainloop.interrupts.guard_forks()
        outbox.call(self._serve_early)

    def _asyncio_imported(self, standing: StandingLoops, _: ModuleType) -> None:
        # in any thread
        self._mainloop.interrupts.whole(standing.install)
        self._here.loop.asyncio_imported()

    def _serve_early(self) -> None:
        # in the I/O thread, whose alone the two lines are: nothing comes between them
        self._served = True
        early, self._early = self._early, []
        for channel, message in early:
            self.request(channel, message)
        if self._unwanted:
            self._mainloop.stop()

    def request(self, channel: str, message: Message) -> bool:
        """A request has arrived (in the I/O thread)."""
        self._terminals.arrived(message)
        if not self._served and (message.msg_type not in EARLY or message.header.subshell_id is not None):
            self._early.append((channel, message))
            return True
        if message.header.subshell_id is not None and channel == "shell":
            return self._subshells.request(channel, message)
        if self._control.handle(channel, message):
            return False
        self._mainloop.post(lambda: self._handle(channel, message))
        return True

    def input_reply(self, message: Message) -> None:
        """An answer to input() has arrived (in the I/O thread)."""
        if self._served:
            self._stdin.deliver(message)

    def topic(self, topic: bytes, subscribed: bool) -> bool:
        """A subscription has come or gone (in the I/O thread)."""
        return self._seats.topic(topic, subscribed)

    def _handle(self, channel: str, message: Message) -> None:
        assert self._kernel is not None  # the main thread makes it before it serves
        self._kernel.handle(channel, message)

    def _standing(self) -> tuple[Execution | None, int]:
        # in the I/O thread: what the main one sets in one step is read in one
        kernel, interpreter = self._kernel, self._interpreter
        number = interpreter.execution_count if interpreter else self._first
        return kernel.running if kernel else None, number

    def _terminal(self, request: Message) -> None:
        terminal = self._terminals.request(request)
        running = self._kernel.running if self._kernel else None
        if running and running.request.header.session == request.header.session:
            self._terminals.resized(terminal)

    def _stack(self) -> list[Content]:
        # in the I/O thread, while the main one runs or hangs
        if not isinstance(self._interpreter, RunsPython):
            return []
        from zconsole.kernel.stack import describe

        return describe(self._mainloop.interrupts.stack(), self._interpreter.cell_of)

    def _seat_came(self, seat: Seat) -> None:
        if self._served:
            self._stdin.came(seat)

    def _seat_left(self, seat: Seat) -> None:
        if self._served:
            self._subshells.delete_of(seat.session)

    def _take_descriptors(self) -> Capture:
        from zconsole.kernel.capture import Capture

        capture = self._capture = Capture(self._parent.of_newest_cell)
        # a crash is told where it can be read when this process is no more
        _tell_stacks(capture.original)
        self._io.log = capture.original
        outbox = self._io.outbox
        outbox.watch(capture)
        outbox.call(partial(self._watch_descriptors, capture.fd))
        return capture

    def _watch_descriptors(self, fd: int) -> None:
        # one look at a time: while subscribers are behind, nothing more is read, and who writes waits
        def read() -> None:
            self._io.unwatch(fd)
            self._io.outbox.written(partial(self._watch_descriptors, fd))

        self._io.watch(fd, read)

    def _forked(self, interpreter: Forks, capture: Capture) -> None:
        # a child has none of our threads, and all that it shares with us is ours: the sockets, the queue
        # of requests, the pipes' reading ends
        if self._child:
            return  # of such a child: it has nothing of ours any more
        self._child = True
        self._io.outbox.forked()
        capture.forked()
        self._stdin.forked()
        self._here.loop.forked(interpreter.leave)
        interpreter.forked()

    def _parent_died(self, fd: int) -> None:
        self._io.unwatch(fd)
        if not is_kept(self._path, self._info):
            self._end(False)  # nobody is left to work for

    def _kernel_of(self, loop: ShellLoop) -> Kernel:
        def barrier(done: Callable[[], None]) -> None:
            self._io.drain_shell(lambda: loop.post(done))

        assert self._interpreter is not None  # the main thread makes it first, subshells wait for that
        return Kernel(self._interpreter, self._io.outbox, self._parent.set, barrier)

    def _subshell_kernel(self, loop: ShellLoop) -> Kernel:
        self._here.loop = loop
        return self._kernel_of(loop)

    def _interrupt(self) -> None:
        if self._served:
            self._mainloop.interrupts.send()

    def _end(self, restart: bool) -> None:
        self._ending.begin()
        if self._served:
            self._mainloop.interrupts.send_end()
        else:
            self._unwanted = True

    def _close(self) -> None:
        try:
            if self._interpreter is not None:
                self._interpreter.close()
        finally:
            self._io.stop(1)
            remove_orphaned_files(self._path, self._info)

    def _last(self) -> None:
        if self._capture is not None:
            self._capture.close()


def _tell_stacks(log: int) -> None:
    # at a crash, and when asked with SIGUSR1
    faulthandler.enable(log)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, log)


def _arguments(argv: Sequence[str]) -> tuple[Path | None, list[str]]:
    rest = list(argv)
    for flag in ("-f", "--f"):
        if flag in rest[:-1]:
            at = rest.index(flag)
            path = Path(rest[at + 1])
            del rest[at : at + 2]
            return path, rest
    for argument in rest:
        if argument.startswith(("--f=", "-f=")):
            rest.remove(argument)
            return Path(argument.partition("=")[2]), rest
    return None, rest
