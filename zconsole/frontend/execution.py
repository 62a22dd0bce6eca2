"""One execute_request as a state machine: messages in, events out. Pure.

Specification: "Execute", "Messages on the IOPub channel", "Messages on the stdin channel".

The rule: an execution is finished when *idle* (iopub) and the *reply* (shell) of this msg_id have both been
seen, in whatever order: they come over two sockets. Between the two, output may still arrive. Whoever runs
it gives the second one a limit and then calls `give_up`, since some kernels forget one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zconsole.message import Content, Message


@dataclass(frozen=True, slots=True)
class Started:
    """The kernel runs the code and calls it `In [count]`."""

    count: int


@dataclass(frozen=True, slots=True)
class Text:
    """Text written to `name`, "stdout" or "stderr". It is `foreign` when it comes of somebody else's cell."""

    name: str
    text: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Display:
    """A value in several forms, by MIME type, to be shown. One with a `name` (display_id) can be updated."""

    data: Mapping[str, Any]
    metadata: Content
    name: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """A newer form of what was displayed under that `name` before."""

    data: Mapping[str, Any]
    metadata: Content
    name: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The value of the code: `Out[count]`."""

    count: int
    data: Mapping[str, Any]
    metadata: Content


@dataclass(frozen=True, slots=True)
class Error:
    """The code failed. `traceback` is text with colours, a frame or so each; it may be empty. `foreign`: the
    code was somebody else's."""

    name: str
    value: str
    traceback: Sequence[str]
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class AskInput:
    """The code wants a line from the user; the answer is a reply to `request`."""

    request: Message
    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class InputGone:
    """Nobody waits for the line any more that was asked for; `by` whom it was given, if by anybody."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """What has been shown is to be cleared, now (`clear_output(wait=True)` has been waited for)."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end. `status` is ok, error, aborted or abort; "lost" when no reply came.

    `count` is the kernel's execution_count, None when it told none; `payloads` as in the specification.
    """

    status: str
    count: int | None
    payloads: Sequence[Mapping[str, Any]] = ()


Event = Started | Text | Display | Update | Result | Error | AskInput | InputGone | ClearOutput | Finished


class Execution:
    """The execution of the execute_request `msg_id`. Feed it every message; it takes what is its own."""

    def __init__(self, msg_id: str) -> None:
        self.msg_id = msg_id
        self.finished = False
        self._reply: Content | None = None
        self._count: int | None = None
        self._idle = False
        self._asking = ""  # the msg_id of the input_request that has no answer yet
        self._clear_first = False
        self._told = False

    @property
    def replied(self) -> bool:
        """Whether the reply has come: then idle is near, and waiting for it needs a limit."""
        return self._reply is not None

    def concerns(self, channel: str, message: Message) -> bool:
        """Whether a message is of this execution. What comes on stdin is: it is sent to us alone."""
        return not self.finished and (channel == "stdin" or message.parent_id == self.msg_id)

    def receive(self, channel: str, message: Message) -> list[Event]:
        """What a message means. None of ours, or unknown: nothing."""
        if not self.concerns(channel, message):
            return []
        handler = _HANDLERS.get((channel, message.msg_type))
        events = list(handler(self, message)) if handler else []
        if self._reply is not None and self._idle:
            events += self._finish()
        return events

    def answered(self, question: AskInput) -> None:
        """This line has been given, or will not be; another one may have been asked for meanwhile."""
        if self.asks(question):
            self._asking = ""

    def asks(self, question: AskInput) -> bool:
        """Whether the code still waits for this line."""
        return not self.finished and self._asking == question.request.msg_id

    def give_up(self) -> list[Event]:
        """No more waiting: the kernel is dead, or one of the two signs of the end did not come."""
        return [] if self.finished else self._finish()

    def _finish(self) -> list[Event]:
        self.finished = True
        reply = self._reply or {}
        before: list[Event] = [InputGone()] if self._asking else []
        if (
            reply.get("status") == "error"
            and not self._told
            and (reply.get("ename") or reply.get("traceback"))
        ):
            before.append(_error(reply))  # the kernel has told nobody else of it
        count = reply.get("execution_count")
        payloads = reply.get("payload")
        return [
            *before,
            Finished(
                str(reply.get("status", "lost")),
                count if isinstance(count, int) else self._count,
                [item for item in payloads if isinstance(item, dict)] if isinstance(payloads, list) else (),
            ),
        ]

    def _execute_reply(self, message: Message) -> Iterable[Event]:
        self._reply = message.content
        return ()

    def _status(self, message: Message) -> Iterable[Event]:
        self._idle = message.content.get("execution_state") == "idle"
        return ()

    def _execute_input(self, message: Message) -> Iterable[Event]:
        count = message.content.get("execution_count")
        if isinstance(count, int):
            self._count = count
            yield Started(count)

    def _input_request(self, message: Message) -> Iterable[Event]:
        self._asking = message.msg_id
        content = message.content
        yield AskInput(message, str(content.get("prompt", "")), bool(content.get("password", False)))

    def _input_gone(self, message: Message) -> Iterable[Event]:
        if message.parent_id == self._asking != "":
            self._asking = ""
            yield InputGone(str(message.content.get("by") or ""))

    def _clear_output(self, message: Message) -> Iterable[Event]:
        self._clear_first = bool(message.content.get("wait", False))
        if not self._clear_first:
            yield ClearOutput()

    def _output(self, message: Message) -> Iterable[Event]:
        event = output(message)
        if event is None:
            return
        if self._clear_first:
            self._clear_first = False
            yield ClearOutput()
        # stderr: a magic that is used wrongly says so in one line there, and no other way
        self._told |= isinstance(event, Error) or (isinstance(event, Text) and event.name == "stderr")
        yield event


def output(message: Message, *, foreign: bool = False) -> Event | None:
    """The event that an output message on iopub is, `foreign` when it comes of somebody else's cell; None for
    other messages."""
    make = _OUTPUTS.get(message.msg_type)
    event = make(message.content) if make else None
    return replace(event, foreign=True) if foreign and isinstance(event, Text | Error) else event


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _bundle(content: Content) -> tuple[Mapping[str, Any], Content]:
    return _mapping(content.get("data")), _mapping(content.get("metadata"))


def _name(content: Content) -> str:
    name = _mapping(content.get("transient")).get("display_id")
    return name if isinstance(name, str) else ""


def _result(content: Content) -> Result:
    count = content.get("execution_count")
    return Result(count if isinstance(count, int) else 0, *_bundle(content))


def _error(content: Content) -> Error:
    traceback = content.get("traceback")
    lines = [str(line) for line in traceback] if isinstance(traceback, list) else []
    return Error(str(content.get("ename", "")), str(content.get("evalue", "")), lines)


_OUTPUTS: Mapping[str, Callable[[Content], Event]] = {
    "stream": lambda content: Text(str(content.get("name", "stdout")), str(content.get("text", ""))),
    "display_data": lambda content: Display(*_bundle(content), _name(content)),
    "update_display_data": lambda content: Update(*_bundle(content), _name(content)),
    "execute_result": _result,
    "error": _error,
}

_HANDLERS: Mapping[tuple[str, str], Callable[[Execution, Message], Iterable[Event]]] = {
    ("shell", "execute_reply"): Execution._execute_reply,
    ("stdin", "input_request"): Execution._input_request,
    ("stdin", "input_gone"): Execution._input_gone,
    ("iopub", "status"): Execution._status,
    ("iopub", "execute_input"): Execution._execute_input,
    ("iopub", "clear_output"): Execution._clear_output,
    **{("iopub", msg_type): Execution._output for msg_type in _OUTPUTS},
}
