"""The kernel's part of the protocol: which request gets which answer. Pure; nothing here waits.

One request at a time comes in through `handle`; everything goes out through a `Port`. Around each stands
`status` busy and idle, in one place, whatever happens between. What a request must contain is said in a
table, so a field that is missing or wrong is an error reply that names it, never silence. Running code is
the business of an `Interpreter`; this file does not know Python.

Specification: "Messages on the shell ROUTER/DEALER channel". Deviations are in docs/messages.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from reprlib import repr as brief
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn, Protocol, runtime_checkable

from zconsole.message import Content, Header, Message
from zconsole.session import Unserializable

MAX_LINE = 1 << 31
"""No history has more lines or sessions; SQLite's integers end at 63 bits."""


class BadRequest(Exception):
    """A request with a missing or wrong field. The text names it."""


class UnknownRequest(Exception):
    """A request that nobody here knows. The text names it."""


class Cell(NamedTuple):
    """An execute_request's content, its defaults filled in."""

    code: str
    silent: bool
    store_history: bool
    user_expressions: Mapping[str, str]
    allow_stdin: bool
    stop_on_error: bool
    cell_id: str | None = None


class Execution(NamedTuple):
    """A cell that runs: its request, its number (None for a silent one), and when it began (ISO 8601)."""

    request: Message
    execution_count: int | None
    since: str


class Failure(NamedTuple):
    """An exception as the protocol tells it. `traceback` is lines, coloured or not."""

    ename: str
    evalue: str
    traceback: Sequence[str] = ()

    @property
    def content(self) -> Content:
        """The fields of an error reply."""
        return {"ename": self.ename, "evalue": self.evalue, "traceback": list(self.traceback)}


class Outcome(NamedTuple):
    """What came of running a cell. `failure` is None when it succeeded; `payload` is the list that the
    protocol deprecates and every console needs (page, set_next_input, edit_magic, ask_exit)."""

    failure: Failure | None = None
    payload: Sequence[Content] = ()
    user_expressions: Content = MappingProxyType({})


class Interpreter(Protocol):
    """What runs the code. Every method is called in the thread of a shell, the main one or a subshell, and
    may raise: that is told to the client as an error of this request."""

    @property
    def execution_count(self) -> int:
        """The number that the next cell gets. Read by the I/O thread as well, at any time."""

    def begin(self, cell: Cell) -> int:
        """The number of a cell that is executed next in this thread. No other that is kept in the history has
        it; a silent one has none and is told the newest's."""

    def execute(self, cell: Cell) -> Outcome:
        """Run a cell. Its output goes where the interpreter was told to send it."""

    def complete(self, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply, without status. Positions count code points."""

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Content:
        """The content of an inspect_reply, without status."""

    def is_complete(self, code: str) -> Content:
        """The content of an is_complete_reply: `status`, and `indent` when incomplete."""

    def history(self, request: Content) -> Sequence[Any]:
        """Rows (session, line, input) or (session, line, (input, output)) for a history_request: `request`
        has every field that its hist_access_type takes, None for what was left open."""

    def comm(self, message: Message) -> None:
        """A comm_open, comm_msg or comm_close has come."""

    def comm_info(self, target_name: str | None) -> Content:
        """The open comms of a target, or of all: comm_id to {target_name}."""

    def close(self) -> None:
        """The session has ended."""


@runtime_checkable
class Forks(Protocol):
    """An interpreter whose code can fork the process."""

    def forked(self) -> None:
        """Called in a forked child: from now on it speaks through its file descriptors."""

    def leave(self) -> NoReturn:
        """Called in a forked child, at the end of the cell that has forked it: end the process."""


@runtime_checkable
class RunsPython(Protocol):
    """An interpreter whose cells are Python code in this process: it can be told where they are."""

    def cell_of(self, file: str) -> int | None:
        """The number of the cell whose code objects say that they are of this file; None for a file. Called
        by the I/O thread, at any time."""


@runtime_checkable
class HasDebugger(Protocol):
    """An interpreter whose code can stop in a debugger, which asks for its commands by input_request."""

    def complete_command(self, input_request: str, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply for the line that the request of this msg_id asks for: of a
        debugger's commands, and the names where it stands. Nothing when no debugger has asked."""


class Port(Protocol):
    """Where what the kernel says goes; `Outbox` is one."""

    def publish(
        self, msg_type: str, content: Content, parent: Message | Header | None, *, lazy: bool = False
    ) -> None:
        """To all, on iopub."""

    def reply(
        self,
        socket: str,
        request: Message,
        msg_type: str,
        content: Content,
        *,
        metadata: Content | None = None,
        lazy: bool = False,
    ) -> None:
        """To the one who asked. Raises Unserializable."""


class Kernel:
    """Answers requests, one at a time.

    Arguments: `interpreter`; `port`; `serve`, called with each request before it is handled (whose
    output is whose); `barrier`, which has everything received that clients have sent so far and then
    calls back, through the same queue as the requests; `now`, the clock.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        port: Port,
        serve: Callable[[Message], None],
        barrier: Callable[[Callable[[], None]], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._interpreter = interpreter
        self._port = port
        self._serve = serve
        self._barrier = barrier
        self._now = now
        self._started = ""
        self._aborting: list[str] = []
        self.running: Execution | None = None
        """The cell that runs. Set in one step, so that the I/O thread can read it."""

    def handle(self, channel: str, request: Message) -> None:
        """Answer one request of `channel` shell or control."""
        self._serve(request)
        # lazy: execute_input or the reply follows at once, and the I/O thread need not wake twice
        self._port.publish("status", _BUSY, request, lazy=True)
        try:
            self._started = started = self._now().isoformat()
            content = self._answer(_HANDLERS.get(request.msg_type, Kernel._unknown), request)
            self._reply(channel, request, content, {"started": started})
        finally:
            self._port.publish("status", _IDLE, request)

    def _reply(self, channel: str, request: Message, content: Content, metadata: Content) -> None:
        if not (reply_type := _reply_type(request)):
            return
        try:
            self._port.reply(channel, request, reply_type, content, metadata=metadata, lazy=True)
        except Unserializable as error:
            # of user code's making, as all of a payload is
            content = {"execution_count": content.get("execution_count"), **error_content(error)}
            self._port.reply(channel, request, reply_type, content, metadata=metadata, lazy=True)

    def _answer(self, handler: Handler, request: Message) -> Content:
        try:
            return handler(self, request)
        except (BadRequest, UnknownRequest) as error:
            return error_content(error)
        # the boundary: whatever an interpreter raises is this request's error, never the kernel's end
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
            import traceback

            lines = traceback.format_exception(error)
            return {"status": "error", **Failure(type(error).__name__, str(error), lines).content}

    def _execute(self, request: Message) -> Content:
        if request.header.session in self._aborting:
            return {"status": "aborted", "execution_count": self._interpreter.execution_count - 1}
        cell = _cell(request)
        count = self._interpreter.begin(cell)
        if not cell.silent:
            content = {"code": cell.code, "execution_count": count}
            self._port.publish("execute_input", content, request, lazy=True)
        self.running = Execution(request, None if cell.silent else count, self._started)
        try:
            outcome = self._interpreter.execute(cell)
        finally:
            self.running = None
        reply: dict[str, Any] = {"execution_count": count, "payload": list(outcome.payload)}
        if outcome.failure is None:
            return {"status": "ok", **reply, "user_expressions": outcome.user_expressions}
        if cell.stop_on_error:
            self._abort(request.header.session)
        return {"status": "error", **reply, "user_expressions": {}, **outcome.failure.content}

    def _abort(self, session: str) -> None:
        # what this client has queued behind the failure is not run; other clients' cells are none of
        # its business. The end of the queue is a mark that comes through the queue itself
        self._aborting.append(session)
        self._barrier(lambda: self._aborting.remove(session))

    def _complete(self, request: Message) -> Content:
        code, cursor = _code_and_cursor(request)
        asked = request_field(request, "input_request", str, "")
        if asked and isinstance(self._interpreter, HasDebugger):
            return {"status": "ok", **self._interpreter.complete_command(asked, code, cursor)}
        return {"status": "ok", **self._interpreter.complete(code, cursor)}

    def _inspect(self, request: Message) -> Content:
        code, cursor = _code_and_cursor(request)
        level = request_field(request, "detail_level", int, 0)
        return {"status": "ok", **self._interpreter.inspect(code, cursor, min(max(level, 0), 1))}

    def _is_complete(self, request: Message) -> Content:
        return self._interpreter.is_complete(request_field(request, "code", str))

    def _history(self, request: Message) -> Content:
        kind = request_field(request, "hist_access_type", str)
        if kind not in _HISTORY_FIELDS:
            raise BadRequest(
                f"'hist_access_type' in history_request is {kind!r:.60}, not one of range, tail, search"
            )
        content = {"hist_access_type": kind}
        for name, (type_, default) in {**_HISTORY_FLAGS, **_HISTORY_FIELDS[kind]}.items():
            content[name] = value = request_field(request, name, type_, default)
            if type_ is int and value is not None and abs(value) > MAX_LINE:
                raise BadRequest(f"{name!r} in history_request is out of range")
        return {"status": "ok", "history": list(self._interpreter.history(content))}

    def _comm_info(self, request: Message) -> Content:
        target_name = request_field(request, "target_name", str, "") or None
        return {"status": "ok", "comms": self._interpreter.comm_info(target_name)}

    def _unknown(self, request: Message) -> Content:
        raise UnknownRequest(f"{request.msg_type:.60} is not known here")

    def _comm(self, request: Message) -> Content:
        request_field(request, "comm_id", str)
        if request.msg_type == "comm_open":
            request_field(request, "target_name", str)
        self._interpreter.comm(request)
        return {}


Handler = Callable[[Kernel, Message], Content]


def refuse(port: Port, channel: str, request: Message, error: BadRequest) -> None:
    """Answer a request that reaches no Kernel."""
    port.publish("status", _BUSY, request, lazy=True)
    if reply_type := _reply_type(request):
        port.reply(channel, request, reply_type, error_content(error), lazy=True)
    port.publish("status", _IDLE, request)


def error_content(error: Exception) -> dict[str, Any]:
    """The content of an error reply whose text says all there is to say."""
    return {"status": "error", **Failure(type(error).__name__, str(error)).content}


def _reply_type(request: Message) -> str:
    kind, _, suffix = request.msg_type.rpartition("_")
    return f"{kind}_reply" if suffix == "request" else ""


def _cell(request: Message) -> Cell:
    silent = request_field(request, "silent", bool, False)
    expressions = request_field(request, "user_expressions", dict, {})
    for name, value in expressions.items():
        if not isinstance(value, str):
            raise BadRequest(f"{brief(name)} in 'user_expressions' is {brief(value)}, str belongs there")
    cell_id = request.metadata.get("cellId")
    return Cell(
        request_field(request, "code", str),
        silent,
        request_field(request, "store_history", bool, not silent) and not silent,
        expressions,
        request_field(request, "allow_stdin", bool, True),
        request_field(request, "stop_on_error", bool, True),
        cell_id if isinstance(cell_id, str) else None,
    )


def _code_and_cursor(request: Message) -> tuple[str, int]:
    code = request_field(request, "code", str)
    cursor = request_field(request, "cursor_pos", int, len(code))
    return code, min(max(cursor, 0), len(code))


_REQUIRED: Any = object()


def request_field(request: Message, name: str, kind: type, default: Any = _REQUIRED) -> Any:
    """A field of a request's content. Raises BadRequest when it is missing and there is no default, or when
    it is of another JSON type."""
    value = request.content.get(name)
    if value is None:
        if default is _REQUIRED:
            raise BadRequest(f"{request.msg_type} needs {name!r} ({kind.__name__})")
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadRequest(f"{name!r} in {request.msg_type} is {brief(value)}, {kind.__name__} belongs there")
    return value


_BUSY = {"execution_state": "busy"}
_IDLE = {"execution_state": "idle"}

_HISTORY_FLAGS: Mapping[str, tuple[type, Any]] = {"raw": (bool, True), "output": (bool, False)}
_HISTORY_FIELDS: Mapping[str, Mapping[str, tuple[type, Any]]] = {
    "tail": {"n": (int, 10)},
    "range": {"session": (int, 0), "start": (int, 0), "stop": (int, None)},
    "search": {"pattern": (str, "*"), "n": (int, None), "unique": (bool, False)},
}

_HANDLERS: Mapping[str, Handler] = {
    "execute_request": Kernel._execute,
    "complete_request": Kernel._complete,
    "inspect_request": Kernel._inspect,
    "is_complete_request": Kernel._is_complete,
    "history_request": Kernel._history,
    "comm_info_request": Kernel._comm_info,
    "comm_open": Kernel._comm,
    "comm_msg": Kernel._comm,
    "comm_close": Kernel._comm,
}
