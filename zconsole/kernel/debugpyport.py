"""debugpy in this process: brought in when debugging begins, held by one end of a socket pair.

debugpy as it comes starts an adapter process and listens on a TCP port, which any local user may connect to
and run code with. Both are left out: pydevd, the part of it that sits in the debugged process, speaks the
protocol itself, and is given one end of a socket pair where it would connect to its client.

What importing it changes in the process is put back: the environment, which children inherit, and
`breakpoint()`, which is IPython's but while a client is attached.
"""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from zconsole.kernel.dap import Refused

END_WAIT = 1.0
"""Seconds for pydevd to notice that its client has hung up: it takes a tenth of one."""


class DebugpyMissing(Refused):
    """debugpy cannot be imported."""


class DebugpyPort:
    """pydevd in this process. Attaching and detaching take up to half a second, in the calling thread.

    Raises DebugpyMissing.
    """

    def __init__(self) -> None:
        hook = sys.breakpointhook
        try:
            with _environment(_SETTINGS):
                import debugpy.server

                # its own copy of it, which it has imported
                self._pydevd: Any = sys.modules["pydevd"]
        except ImportError as error:
            raise DebugpyMissing(f"{_MISSING} ({error})") from None
        finally:
            sys.breakpointhook = hook
        self._debugpy = debugpy
        self._monitors = hasattr(sys, "monitoring")  # by that, and without sys.settrace
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def attach(self) -> socket.socket:
        """Trace all threads but the kernel's own; the client's end of the connection."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        connect, self._pydevd.start_client = self._pydevd.start_client, lambda host, port: theirs
        try:
            self._pydevd.settrace(
                host="socketpair",
                port=0,
                suspend=False,
                block_until_connected=True,
                wait_for_ready_to_run=False,
                patch_multiprocessing=False,
                notify_stdin=False,
                dont_trace_start_patterns=(str(Path(self._debugpy.__file__).parent),),
                protocol="dap",
            )
        finally:
            self._pydevd.start_client = connect
        self._hook, sys.breakpointhook = sys.breakpointhook, self._debugpy.breakpoint
        self._client = ours
        atexit.register(self._end)  # runs before pydevd's, which it has registered above
        return ours

    def detach(self) -> None:
        """End pydevd's threads, and its tracing of this and of new ones. The client has hung up before."""
        attached = self._pydevd.get_global_debugger()
        if attached is not None:
            # ends by itself, and the others with it: two who end each other wait half a second
            attached.reader.join(END_WAIT)
        atexit.unregister(self._end)
        if sys.breakpointhook is self._debugpy.breakpoint:
            sys.breakpointhook = self._hook
        self._pydevd.stoptrace()

    def trace_this_thread(self) -> None:
        """Trace the calling thread; or end its tracing when nobody is attached."""
        attached = self._pydevd.get_global_debugger()
        if attached is not None:
            attached.enable_tracing()
        elif not self._monitors:
            sys.settrace(None)

    def _end(self) -> None:
        # pydevd's own end waits for its client to hang up
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_WR)
        self.detach()

    def _forked(self) -> None:
        # a child has the breakpoints, but none of the threads that would let it go on
        attached = self._pydevd.get_global_debugger()
        if attached is not None:
            threading.settrace(None)
            attached.disable_tracing()

    def resume(self, thread: threading.Thread) -> None:
        """Let a thread go on that is taken for stopped."""
        self._pydevd.PyDevdAPI().request_resume_thread(self._pydevd.get_thread_id(thread))

    def waits(self, frame: FrameType | None) -> bool:
        """Whether a frame is of the wait at a breakpoint, and not of something that is evaluated there."""
        wait = self._pydevd.PyDB._do_wait_suspend.__code__
        while frame is not None and frame.f_code.co_name != "do_it":  # pydevd's name for it
            if frame.f_code is wait:
                return True
            frame = frame.f_back
        return False


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update({name: before[name] for name in settings.keys() & before.keys()})


_SETTINGS = {
    # a cell is compiled statement by statement: a step goes on in the next one
    "PYDEVD_IPYTHON_COMPATIBLE_DEBUGGING": "1",
    # or else a warning on stderr that the standard library's files are frozen
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_MISSING = "Debugging needs debugpy, which cannot be imported; `pip install zconsole[debug]` brings it."
