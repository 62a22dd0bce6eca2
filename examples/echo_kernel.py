"""A kernel for another language, which repeats what it is told: `echo_kernel.py -f connection.json`."""

import sys
from collections.abc import Sequence

from zconsole.kernel.kernel import Cell, Failure, Outcome
from zconsole.kernel.process import Host, serve
from zconsole.message import PROTOCOL_VERSION, Content, Message

LANGUAGE = {"name": "echo", "version": "1", "mimetype": "text/plain", "file_extension": ".txt"}
KERNEL_INFO = {"protocol_version": PROTOCOL_VERSION, "implementation": "echo", "implementation_version": "1"}


class Echo:
    """An interpreter; zconsole.kernel.kernel.Interpreter says what each method is for."""

    def __init__(self, host: Host, arguments: Sequence[str]) -> None:
        self._host = host
        self.execution_count = 1

    def begin(self, cell: Cell) -> int:
        return self.execution_count - cell.silent

    def execute(self, cell: Cell) -> Outcome:
        publish, parent, ask = self._host.outbox.publish, self._host.parent.header, self._host.stdin.ask
        run = self._host.here.loop.run_user_code  # in there an interrupt may land, and nowhere else
        try:
            text = run(lambda: ask(cell.code) if cell.code[-1:] == "?" else cell.code)
        except KeyboardInterrupt:
            failure = Failure("KeyboardInterrupt", "", ["Nobody answered."])
            publish("error", failure.content, parent)
            return Outcome(failure)
        result = {"execution_count": self.execution_count, "data": {"text/plain": text}, "metadata": {}}
        if not cell.silent:
            publish("execute_result", result, parent)
        self.execution_count += cell.store_history
        return Outcome()

    def complete(self, code: str, cursor_pos: int) -> Content:
        return {"matches": [], "cursor_start": cursor_pos, "cursor_end": cursor_pos, "metadata": {}}

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Content:
        return {"found": False, "data": {}, "metadata": {}}

    def is_complete(self, code: str) -> Content:
        return {"status": "complete"}

    def history(self, request: Content) -> Sequence[tuple[int, int, str]]:
        return []

    def comm(self, message: Message) -> None: ...
    def comm_info(self, target_name: str | None) -> Content:
        return {}

    def close(self) -> None: ...


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:], Echo, {**KERNEL_INFO, "language_info": LANGUAGE, "banner": "Echo"}))
