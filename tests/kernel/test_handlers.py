"""The Kernel and Control with an interpreter of paper: who is answered what, and the bracket around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from zconsole.connection import ConnectionInfo
from zconsole.kernel.control import Actions, Control
from zconsole.kernel.kernel import BadRequest, Cell, Failure, Kernel, Outcome
from zconsole.message import Content, Message
from zconsole.session import Session

CLIENT = Session(b"")


class Paper:
    """An interpreter that does what the code says: "fail", "raise", or nothing."""

    execution_count = 1
    ran: list[str]

    def __init__(self) -> None:
        self.ran = []

    def begin(self, cell: Cell) -> int:
        return self.execution_count - cell.silent

    def execute(self, cell: Cell) -> Outcome:
        self.ran.append(cell.code)
        self.execution_count += 1
        if cell.code == "raise":
            raise RuntimeError("the interpreter itself")
        return Outcome(Failure("E", "failed", ["line"]) if cell.code == "fail" else None)

    def complete(self, code: str, cursor_pos: int) -> Content:
        return {"code": code, "cursor": cursor_pos}

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Content:
        return {"cursor": cursor_pos, "level": detail_level}

    def is_complete(self, code: str) -> Content:
        return {"status": "complete"}

    def history(self, request: Content) -> Sequence[Any]:
        return [(1, 2, "three")]

    def comm(self, message: Message) -> None:
        self.ran.append(message.msg_type)

    def comm_info(self, target_name: str | None) -> Content:
        return {"id": {"target_name": target_name}}

    def close(self) -> None:
        pass


class Port:
    """Writes down what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Mapping[str, Any]]] = []

    def publish(self, msg_type: str, content: Content, parent: Any, *, lazy: bool = False) -> None:
        self.said.append((msg_type, content))

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
        self.said.append((msg_type, content))

    @property
    def types(self) -> list[str]:
        return [content.get("execution_state", kind) for kind, content in self.said]

    def reply_content(self) -> Mapping[str, Any]:
        [content] = [content for kind, content in self.said if kind.endswith("_reply")]
        self.said.clear()
        return content


class Desk:
    """A kernel, its port, and the barriers it has asked for."""

    def __init__(self) -> None:
        self.port, self.paper = Port(), Paper()
        self.marks: list[Callable[[], None]] = []
        self.kernel = Kernel(self.paper, self.port, lambda request: None, self.marks.append)

    def ask(self, msg_type: str, session: Session = CLIENT, **content: Any) -> None:
        self.kernel.handle("shell", session.message(msg_type, content))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_bracket_and_the_order(desk: Desk) -> None:
    """[1]"""
    desk.ask("execute_request", code="1")
    assert desk.port.types == ["busy", "execute_input", "execute_reply", "idle"]


@pytest.mark.parametrize("msg_type", ["comm_msg", "nosuch", "execute_reply"])
def test_what_is_not_known_gets_the_bracket_and_nothing_in_it(desk: Desk, msg_type: str) -> None:
    """[84]"""
    desk.ask(msg_type)
    assert desk.port.types == ["busy", "idle"]


def test_an_interpreter_that_raises_is_an_error_reply(desk: Desk) -> None:
    desk.ask("execute_request", code="raise")
    assert desk.port.types[-1] == "idle"
    reply = desk.port.reply_content()
    assert (reply["status"], reply["ename"], reply["evalue"]) == (
        "error",
        "RuntimeError",
        "the interpreter itself",
    )


def test_abort_until_the_mark_comes_through_the_queue(desk: Desk) -> None:
    """[16, 17]"""
    other = Session(b"")
    desk.ask("execute_request", code="fail")
    desk.ask("execute_request", code="behind")
    desk.ask("execute_request", session=other, code="another's")
    [mark] = desk.marks
    mark()
    desk.ask("execute_request", code="later")
    assert desk.paper.ran == ["fail", "another's", "later"]
    statuses = [content["status"] for kind, content in desk.port.said if kind == "execute_reply"]
    assert statuses == ["error", "aborted", "ok", "ok"]


def test_silent_has_no_input_and_the_newest_number(desk: Desk) -> None:
    """[2, 4, 5]"""
    desk.ask("execute_request", code="1", silent=True, store_history=True)
    assert desk.port.types == ["busy", "execute_reply", "idle"]
    assert desk.port.reply_content()["execution_count"] == 0


@pytest.mark.parametrize(("cursor", "seen"), [(None, 3), (-1, 0), (99, 3), (2, 2)])
def test_cursors_are_put_right(desk: Desk, cursor: int | None, seen: int) -> None:
    """[62]"""
    desk.ask("complete_request", code="abc", cursor_pos=cursor)
    assert desk.port.reply_content()["cursor"] == seen


@pytest.mark.parametrize(("level", "seen"), [(0, 0), (1, 1), (7, 1), (-2, 0), (None, 0)])
def test_detail_levels_are_put_right(desk: Desk, level: int | None, seen: int) -> None:
    """[66]"""
    desk.ask("inspect_request", code="abc", detail_level=level)
    assert desk.port.reply_content()["level"] == seen


def control(port: Port, done: list[str], shells: type[PaperShells] | None = None) -> Control:
    ports = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
    actions = Actions(
        interrupt=lambda: done.append("interrupt"),
        shutdown=lambda restart: done.append(f"shutdown {restart}"),
        usage=lambda: {"pid": 1},
        stack=lambda: [{"name": "f"}],
        shells=shells or PaperShells,
        seat=lambda request: {"name": "paper"},
        terminal=lambda request: done.append("terminal"),
        debug=lambda channel, request: done.append(f"debug {channel}"),
    )
    info = ConnectionInfo("ipc", "/x", ports, b"")
    return Control(info, {"implementation": "paper"}, port, actions)


class PaperShells:
    """Subshells of paper: there is one, and it can be deleted for ever."""

    def create(self, session: str) -> str:
        return "one"

    def delete(self, subshell_id: object) -> None:
        if subshell_id != "one":
            raise BadRequest(f"there is no subshell {subshell_id!r}")

    def list(self) -> list[str]:
        return ["one"]


class NoRoom(PaperShells):
    """No thread can be had."""

    def create(self, session: str) -> str:
        raise RuntimeError("can't start new thread")


@pytest.mark.parametrize(
    ("msg_type", "asked", "answered"),
    [
        ("create_subshell_request", {}, {"status": "ok", "subshell_id": "one"}),
        ("list_subshell_request", {}, {"status": "ok", "subshell_id": ["one"]}),
        ("delete_subshell_request", {"subshell_id": "one"}, {"status": "ok"}),
        (
            "delete_subshell_request",
            {"subshell_id": 5},
            {"status": "error", "ename": "BadRequest", "evalue": "there is no subshell 5", "traceback": []},
        ),
    ],
)
def test_subshells_are_administered_on_control(msg_type: str, asked: Content, answered: Content) -> None:
    port = Port()
    assert control(port, []).handle("control", CLIENT.message(msg_type, asked))
    assert port.types == ["busy", msg_type.replace("request", "reply"), "idle"]
    assert port.reply_content() == answered


def test_control_says_first_and_acts_then() -> None:
    """[77]"""
    port, done = Port(), list[str]()
    assert control(port, done).handle("control", CLIENT.message("shutdown_request", {"restart": True}))
    assert port.types == ["busy", "shutdown_reply", "shutdown_reply", "idle"]
    assert done == ["shutdown True"]


def test_what_control_cannot_do_is_an_error_reply() -> None:
    """A thread that the system refuses, say: busy is met by idle, and nobody waits for a reply."""
    port = Port()
    request = CLIENT.message("create_subshell_request")
    assert control(port, [], NoRoom).handle("control", request)
    assert port.types == ["busy", "create_subshell_reply", "idle"]
    reply = port.reply_content()
    assert (reply["ename"], reply["evalue"]) == ("RuntimeError", "can't start new thread")


def test_control_hands_debug_requests_over() -> None:
    """On control alone; busy, reply and idle are the debugger's."""
    port, done = Port(), list[str]()
    request = CLIENT.message("debug_request", {"command": "debugInfo"})
    assert control(port, done).handle("control", request)
    assert not control(port, done).handle("shell", request)
    assert (port.said, done) == ([], ["debug control"])


def test_control_leaves_the_rest_to_the_main_thread() -> None:
    port = Port()
    assert not control(port, []).handle("shell", CLIENT.message("execute_request", {"code": "1"}))
    assert port.said == []


def test_connect_and_interrupt() -> None:
    port, done = Port(), list[str]()
    desk = control(port, done)
    desk.handle("control", CLIENT.message("interrupt_request"))
    assert done == ["interrupt"]
    port.said.clear()
    desk.handle("shell", CLIENT.message("connect_request"))
    assert port.reply_content()["hb_port"] == 5
