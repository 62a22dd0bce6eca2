"""Messages as a kernel would send them, for tests of rooms that never see a wire."""

from zconsole.message import Message
from zconsole.session import Session

KERNEL = Session(b"", session="kernel")
CLIENT = Session(b"", session="client")
STRANGER = Session(b"", session="stranger", username="carl")


def request(msg_type: str = "execute_request", **content) -> Message:
    return CLIENT.message(msg_type, content)


def reply(parent: Message | None, msg_type: str, **content) -> Message:
    return KERNEL.message(msg_type, content, parent=parent)


def busy(parent: Message) -> tuple[str, Message]:
    return "iopub", reply(parent, "status", execution_state="busy")


def idle(parent: Message) -> tuple[str, Message]:
    return "iopub", reply(parent, "status", execution_state="idle")


def stream(parent: Message, text: str, name: str = "stdout") -> tuple[str, Message]:
    return "iopub", reply(parent, "stream", name=name, text=text)


def execute_input(parent: Message, count: int = 1, code: str = "") -> tuple[str, Message]:
    return "iopub", reply(parent, "execute_input", code=code, execution_count=count)


def execute_result(parent: Message, text: str, count: int = 1) -> tuple[str, Message]:
    data = {"text/plain": text}
    return "iopub", reply(parent, "execute_result", execution_count=count, data=data, metadata={})


def execute_reply(parent: Message, status: str = "ok", count: int = 1, **content) -> tuple[str, Message]:
    return "shell", reply(parent, "execute_reply", status=status, execution_count=count, **content)


def input_request(parent: Message | None, prompt: str = "? ", password: bool = False) -> tuple[str, Message]:
    return "stdin", reply(parent, "input_request", prompt=prompt, password=password)
