"""The debugger's thread: debug requests in, replies and events out, while cells run and while they stand.

The main thread cannot answer, it is what stands at the breakpoint; the I/O thread must not wait. So the first
debug_request starts one more thread with an event loop, in which every request is a task of its own: one
that is answered only when the program goes on (continue) or never ends (evaluate) holds up no other. What the
requests mean is `debugsession`'s business, and nothing of that is imported before.

Specification: "Debug request", "Debug event" in the Jupyter messaging protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from itertools import count
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any

from zconsole.kernel.kernel import Port
from zconsole.kernel.ownthread import own
from zconsole.message import Content, Message

if TYPE_CHECKING:
    import asyncio

    from zconsole.kernel.debugsession import DebugSession


class Debugger:
    """Answers debug requests.

    Arguments: `port`, where answers go; `post`, which has a function called in the main thread.
    """

    def __init__(self, port: Port, post: Callable[[Callable[[], None]], None]) -> None:
        self._port = port
        self._post = post
        self._shell: SimpleQueue[Any] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: DebugSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._newest: Message | None = None
        self._seq = count(1)

    def shell_ready(self, shell: Any) -> None:
        """IPython's shell, when there is one, or None, when there will be none: requests wait for it."""
        self._shell.put(shell)

    def handle(self, channel: str, request: Message) -> None:
        """Have a debug_request answered. In the I/O thread; returns at once."""
        if self._loop is None:
            import asyncio

            # not by the policy: that may be the user's
            loop = asyncio.SelectorEventLoop()
            own(threading.Thread(target=self._run, args=(loop,), name="debugger", daemon=True)).start()
            self._loop = loop
        self._port.publish("status", {"execution_state": "busy"}, request, lazy=True)
        self._loop.call_soon_threadsafe(self._begin, channel, request)

    def raising(self, frame: FrameType | None) -> None:
        """A signal handler is about to raise an exception in this frame of the main thread."""
        if self._session is not None and self._loop is not None and self._session.waits(frame):
            # from here, so that it is done before any request that comes later
            self._post(self._session.trace_this_thread)
            self._loop.call_soon_threadsafe(self._spawn, self._session.called_away())

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        # waits until IPython is there, so requests do
        shell = self._shell.get()
        if shell is None:
            loop.run_forever()  # and every request is told so
            return
        from zconsole.kernel.debuggee import Debuggee
        from zconsole.kernel.debugsession import DebugSession

        self._session = DebugSession(Debuggee(shell), self._event, self._post)
        loop.run_forever()

    def _begin(self, channel: str, request: Message) -> None:
        self._newest = request
        self._spawn(self._answer(channel, request))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None  # whose thread this is
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, channel: str, request: Message) -> None:
        try:
            self._reply(channel, request, await self._result(request))
        # the boundary: what is looked at is the user's, and so is its __repr__
        except Exception as error:  # noqa: BLE001
            message = f"{type(error).__name__}: {error}"
            self._reply(channel, request, {"success": False, "message": message})
        finally:
            self._port.publish("status", {"execution_state": "idle"}, request)

    async def _result(self, request: Message) -> Content:
        if self._session is None:
            return {"success": False, "message": "There is no debugger for this language."}
        return await self._session.answer(request.content)

    def _reply(self, channel: str, request: Message, result: Content) -> None:
        asked = {"request_seq": request.content.get("seq"), "command": request.content.get("command")}
        content = {"type": "response", "seq": next(self._seq), **asked, **result}
        self._port.reply(channel, request, "debug_reply", content, lazy=True)

    def _event(self, event: Content) -> None:
        # of the newest request: most events are the consequence of one
        self._port.publish("debug_event", event, self._newest)
