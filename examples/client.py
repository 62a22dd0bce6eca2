"""Drive a kernel from a program: `python examples/client.py 'print(6 * 7)' '1/0'` runs these cells."""

import asyncio
import sys
from collections.abc import Sequence

from zconsole.kernelerror import KernelError
from zconsole.kernelmanager import KernelManager
from zconsole.launch import LaunchError, launch, own_kernel_argv
from zconsole.message import Message
from zconsole.process import Exit

START_WAIT = 30.0  # seconds; a kernel is there in a quarter of one


class Client:
    """Runs cells one after the other and prints what they say. A Listener of the KernelManager."""

    def __init__(self) -> None:
        self._request_id = ""
        self._wanted = 0
        self._failed = False
        self._done = asyncio.Event()

    async def run(self, manager: KernelManager, code: str) -> bool:
        """Run a cell to its end; whether it succeeded."""
        self._done.clear()
        content = {"code": code, "silent": False, "allow_stdin": False}
        self._request_id, self._wanted = manager.request("execute_request", content).msg_id, 2
        await self._done.wait()
        return not self._failed

    def receive(self, channel: str, message: Message) -> None:
        content = message.content
        if message.parent_id != self._request_id:
            return  # another client's
        match message.msg_type:
            case "stream":
                print(content["text"], end="", file=getattr(sys, content["name"]))
            case "execute_result" | "display_data":
                print(content["data"]["text/plain"])
            case "error":
                print("\n".join(content["traceback"]), file=sys.stderr)
            case "execute_reply":
                self._failed = content["status"] != "ok"
                self._finish_one()
            case "status" if content["execution_state"] == "idle":
                self._finish_one()

    def died(self, exit: Exit | None) -> None:
        print(f"The kernel {exit}.", file=sys.stderr)
        self._failed = True
        self._done.set()

    def revived(self) -> None: ...

    def _finish_one(self) -> None:
        # the reply and idle come over different channels, in any order: a cell is over with both
        self._wanted -= 1
        if not self._wanted:
            self._done.set()


async def main(cells: Sequence[str]) -> int:
    launched = launch(own_kernel_argv())
    client = Client()
    manager = KernelManager(launched.info, listener=client, launched=launched)
    manager.open()
    try:
        await manager.ready(START_WAIT)
        for code in cells:
            if not await client.run(manager, code):
                return 1
    finally:
        await manager.shutdown()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except (LaunchError, KernelError) as error:
        sys.exit(str(error))
