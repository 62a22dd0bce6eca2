"""Many front ends on one kernel, in one process: ``python -m tests.terminal.crowd FILE NUMBER``.

Each takes a seat and listens. When a line "enough" has come to all, how many lines each has heard is said.
"""

import asyncio
import sys
from pathlib import Path

from zconsole.connection import read_connection
from zconsole.kernelmanager import KernelManager
from zconsole.message import Message
from zconsole.process import Exit

DEADLINE = 60


class Seat:
    """A front end that counts lines."""

    def __init__(self, file: Path, number: int) -> None:
        self.name = f"seat {number}"
        self.manager = KernelManager(read_connection(file, private=True), listener=self)
        self.enough = asyncio.get_running_loop().create_future()
        self.lines = 0
        self.tail = ""

    async def sit(self) -> None:
        """Attach and take the seat."""
        self.manager.open()
        await self.manager.ready(DEADLINE)
        content = {"name": self.name, "join": True}
        reply = await self.manager.ask("seat_request", content, timeout=DEADLINE, channel="control")
        assert reply.content["name"] == self.name

    def receive(self, channel: str, message: Message) -> None:
        if message.msg_type == "stream":
            self.lines += message.content["text"].count("\n")
            self.tail = (self.tail + message.content["text"])[-20:]
            if self.tail.endswith("enough\n") and not self.enough.done():
                self.enough.set_result(None)

    def died(self, exit: Exit | None) -> None:
        raise AssertionError("the kernel has ended")

    def revived(self) -> None:
        pass


async def crowd(file: Path, number: int) -> None:
    seats = [Seat(file, each) for each in range(number)]
    await asyncio.gather(*(seat.sit() for seat in seats))
    print("all are here", flush=True)
    await asyncio.wait_for(asyncio.gather(*(seat.enough for seat in seats)), DEADLINE)
    print("lines:", *sorted({seat.lines for seat in seats}), flush=True)
    for seat in seats:
        seat.manager.close()


if __name__ == "__main__":
    asyncio.run(crowd(Path(sys.argv[1]), int(sys.argv[2])))
