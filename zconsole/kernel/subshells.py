"""Subshells: more threads that serve shell requests, in the one session of the kernel (JEP 91).

Each has its queue, its event loop and its abort of what is queued behind a failure; they share the
interpreter: variables, history, the numbers of the cells. They are made and found by the I/O thread alone, so
nothing here is locked. An interrupt is the main shell's affair: Python delivers signals to the main thread.
The end of the process does not wait for them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from zconsole.kernel.kernel import BadRequest, Kernel, Port, refuse
from zconsole.kernel.shellloop import ShellLoop
from zconsole.message import Message, new_id


class UnknownSubshell(BadRequest):
    """A subshell_id that names no subshell. The text names the id."""


class Subshells:
    """The subshells of a kernel. All methods but `ready` are the I/O thread's.

    Arguments: `port`, where it is said that there is no such subshell; `make_loop`, a new loop;
    `make_kernel`, called in a subshell's thread when all is `ready`: what answers the requests of that loop.
    """

    def __init__(
        self, port: Port, make_loop: Callable[[], ShellLoop], make_kernel: Callable[[ShellLoop], Kernel]
    ) -> None:
        self._port = port
        self._make_loop = make_loop
        self._make_kernel = make_kernel
        self._subshells: dict[str, Subshell] = {}
        self._ready = threading.Event()

    def ready(self) -> None:
        """Requests can be served (IPython is imported)."""
        self._ready.set()

    def create(self, session: str) -> str:
        """Begin a subshell for a client's session; its id."""
        subshell_id = new_id()
        loop = self._make_loop()
        self._subshells[subshell_id] = Subshell(subshell_id, session, loop, self._make_kernel, self._ready)
        return subshell_id

    def delete(self, subshell_id: object) -> None:
        """End a subshell when it has served what it has received so far. Raises UnknownSubshell."""
        self._find(subshell_id)
        self._subshells.pop(str(subshell_id)).end()

    def delete_of(self, session: str) -> None:
        """End, in the same way, what a client has begun that has gone."""
        for subshell_id, subshell in tuple(self._subshells.items()):
            if subshell.session == session:
                self.delete(subshell_id)

    def list(self) -> list[str]:
        """The ids of all."""
        return list(self._subshells)

    def request(self, channel: str, message: Message) -> bool:
        """A request that names a subshell has arrived: give it to that; False when it was answered at once,
        with an error, because there is none of that name."""
        try:
            self._find(message.header.subshell_id).request(channel, message)
        except UnknownSubshell as error:
            refuse(self._port, channel, message, error)
            return False
        return True

    def _find(self, subshell_id: object) -> Subshell:
        if not isinstance(subshell_id, str) or subshell_id not in self._subshells:
            raise UnknownSubshell(f"there is no subshell {subshell_id!r}")
        return self._subshells[subshell_id]


class Subshell:
    """One thread that serves the requests posted to a loop. `session` is that of who has begun it."""

    def __init__(
        self,
        subshell_id: str,
        session: str,
        loop: ShellLoop,
        make_kernel: Callable[[ShellLoop], Kernel],
        ready: threading.Event,
    ) -> None:
        self.session = session
        self._loop = loop
        self._make_kernel = make_kernel
        self._ready = ready
        threading.Thread(target=self._run, name=f"subshell {subshell_id[:8]}", daemon=True).start()

    def request(self, channel: str, message: Message) -> None:
        """Serve a request after those before it."""
        self._loop.post(lambda: self._kernel.handle(channel, message))

    def end(self) -> None:
        """End the thread after what has been asked for."""
        self._loop.post(self._loop.stop)

    def _run(self) -> None:
        if hasattr(signal, "pthread_sigmask"):
            # what the I/O thread blocks would be blocked in every process that a cell starts here
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self._loop.enter()
        self._ready.wait()
        self._kernel = self._make_kernel(self._loop)
        self._loop.run()
        self._loop.close()
