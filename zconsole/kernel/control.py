"""What the kernel can answer without its main thread: who it is, interrupt, shutdown, subshells, usage,
who else is attached; debug requests are handed over.

Called by the I/O thread, so these are answered while a cell runs, while it hangs in a C function, and
while IPython is still being imported. Pure but for the actions that are handed in.

Specification: "Messages on the control channel"; kernel_info also on shell (JEP 80 has it on both);
subshells are JEP 91's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from zconsole._version import __version__
from zconsole.connection import ConnectionInfo
from zconsole.kernel.kernel import Port, error_content, request_field
from zconsole.message import PROTOCOL_VERSION, Content, Message


class Shells(Protocol):
    """The subshells; `Subshells` is one."""

    def create(self, session: str) -> str:
        """Begin a subshell for a client's session; its id."""

    def delete(self, subshell_id: object) -> None:
        """End a subshell. Raises BadRequest when there is none of that id."""

    def list(self) -> list[str]:
        """The ids of all."""


class Actions(NamedTuple):
    """What control requests set off: all return at once, and are called in the I/O thread. `usage` gives the
    content of a usage_reply, `stack` the frames of a stack_reply, `seat` that of a seat_reply, `shells` the
    subshells; `terminal` takes note of a front end's; `debug` answers a request by itself, from elsewhere."""

    interrupt: Callable[[], None]
    shutdown: Callable[[bool], None]
    usage: Callable[[], Content]
    stack: Callable[[], list[Content]]
    shells: Callable[[], Shells]
    seat: Callable[[Message], Content]
    terminal: Callable[[Message], None]
    debug: Callable[[str, Message], None]


class Control:
    """Answers what needs no interpreter. `handle` says whether it did.

    `kernel_info` is the content of kernel_info_reply.
    """

    def __init__(self, info: ConnectionInfo, kernel_info: Content, port: Port, actions: Actions) -> None:
        self._info = info
        self._about = kernel_info
        self._port = port
        self._actions = actions

    def handle(self, channel: str, request: Message) -> bool:
        """Answer a request if it is one of these; False when it is the main thread's."""
        if channel == "control" and request.msg_type == "debug_request":
            self._actions.debug(channel, request)
            return True
        answer = _ANSWERS.get(request.msg_type)
        if answer is None:
            return False
        self._port.publish("status", {"execution_state": "busy"}, request, lazy=True)
        try:
            content: Content = {"status": "ok", **answer(self, request)}
        # the boundary: what the system refuses (a thread, a descriptor, a signal) is this request's error
        except Exception as error:  # noqa: BLE001
            content = error_content(error)
        reply_type = request.msg_type.removesuffix("request") + "reply"
        self._port.reply(channel, request, reply_type, content, lazy=True)
        ending = request.msg_type == "shutdown_request" and content["status"] == "ok"
        if ending:
            self._port.publish("shutdown_reply", content, request, lazy=True)
        self._port.publish("status", {"execution_state": "idle"}, request)
        if ending:
            self._actions.shutdown(content["restart"])
        return True

    def _kernel_info(self, request: Message) -> Content:
        return self._about

    def _interrupt(self, request: Message) -> Content:
        self._actions.interrupt()
        return {}

    def _shutdown(self, request: Message) -> Content:
        return {"restart": request_field(request, "restart", bool, False)}

    def _connect(self, request: Message) -> Content:
        return {f"{channel}_port": port for channel, port in self._info.ports.items()}

    def _usage(self, request: Message) -> Content:
        return self._actions.usage()

    def _stack(self, request: Message) -> Content:
        return {"frames": self._actions.stack()}

    def _create_subshell(self, request: Message) -> Content:
        return {"subshell_id": self._actions.shells().create(request.header.session)}

    def _delete_subshell(self, request: Message) -> Content:
        self._actions.shells().delete(request.content.get("subshell_id"))
        return {}

    def _list_subshell(self, request: Message) -> Content:
        return {"subshell_id": self._actions.shells().list()}

    def _seat(self, request: Message) -> Content:
        return self._actions.seat(request)

    def _terminal(self, request: Message) -> Content:
        self._actions.terminal(request)
        return {}


def kernel_info() -> dict[str, Any]:
    """The content of our own kernel_info_reply, without status."""
    version = sys.version_info
    debugger = _finds("debugpy")
    return {
        "protocol_version": PROTOCOL_VERSION,
        "implementation": "zconsole",
        "implementation_version": __version__,
        "language_info": {
            "name": "python",
            "version": "{}.{}.{}".format(*version),
            "mimetype": "text/x-python",
            "file_extension": ".py",
            "pygments_lexer": "ipython3",
            "codemirror_mode": {"name": "ipython", "version": 3},
            "nbconvert_exporter": "python",
        },
        "banner": f"zconsole {__version__} kernel: Python {sys.version}",
        "debugger": debugger,
        "help_links": [
            {"text": "Python Reference", "url": f"https://docs.python.org/{version.major}.{version.minor}"},
            {"text": "IPython Reference", "url": "https://ipython.org/documentation.html"},
        ],
        "supported_features": [
            "kernel subshells",
            "zconsole seats",
            "zconsole stack",
            "zconsole terminals",
            "zconsole debugger input",
            *(["debugger"] if debugger else []),
        ],
    }


def _finds(module: str) -> bool:
    # nothing is imported: debugpy costs 150 ms, importlib.util three times the search (0.1 ms)
    try:
        return any(finder.find_spec(module, None) for finder in sys.meta_path)
    except ImportError:  # a finder that forbids it
        return False


EARLY = frozenset(
    {"kernel_info_request", "connect_request", "interrupt_request", "shutdown_request", "seat_request"}
)
"""Requests that can be answered as soon as there are sockets."""

_ANSWERS: Mapping[str, Callable[[Control, Message], Content]] = {
    "kernel_info_request": Control._kernel_info,
    "interrupt_request": Control._interrupt,
    "shutdown_request": Control._shutdown,
    "connect_request": Control._connect,
    "usage_request": Control._usage,
    "stack_request": Control._stack,
    "create_subshell_request": Control._create_subshell,
    "delete_subshell_request": Control._delete_subshell,
    "list_subshell_request": Control._list_subshell,
    "seat_request": Control._seat,
    "terminal_request": Control._terminal,
}
