"""Handing a session over: the front end that leaves tells a keeper (`keeper`) to go on recording.

What a kernel publishes is one stream, the same for all who subscribe. So the keeper listens first, and says
which message it has heard (HEARD); the front end records on until that one has come to it as well, and says
which was the last that it has recorded (GO): the keeper goes on behind that. Nothing is lost and nothing
recorded twice. When the front end dies meanwhile, its end of the pipe closes, and the journal itself says
how far it has come.

What is said: a line each, `HEARD msg_id` or `HEARD` by the keeper (a kernel may be silent while a cell runs),
`GO identity msg_id` or `GO identity` by the front end, `KEPT` by the keeper, when the journal is its own;
then what cells have asked the front end since `GO`, which nobody else has been told: lines for the journal.
With that the front end's end of the pipe closes: from then on its identity, by which the kernel knows it, is
the keeper's, and so is what its cells ask for.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from zconsole.journal.entries import encode_message

if TYPE_CHECKING:
    from zconsole.kernelmanager import KernelManager
    from zconsole.message import Message
    from zconsole.parties import Recording
    from zconsole.recorder import Recorder

HEARD = "heard"
GO = "go"
KEPT = "kept"

KEEPER_WAIT = 5.0
"""Seconds for a keeper to start and to hear the kernel: 0.3 where nothing else is going on."""

OVERLAP_WAIT = 2.0
"""Seconds for what the keeper has heard to come to us as well."""

DETACHED, HUNG_UP, ADOPTED = "detached", "hung up", "adopted"
"""How a session comes to a keeper (entry `owner`)."""


class Keeping(NamedTuple):
    """How a session is kept: its kernel's `connection_file` and private `directory`; `how` it comes to be
    kept; the `hours` without anybody after which it ends, 0 for never."""

    connection_file: Path
    directory: Path
    how: str
    hours: float = 0.0

    @property
    def argv(self) -> Sequence[str]:
        """The command line of its keeper. The working directory is none to import from (-P)."""
        arguments = (str(self.connection_file), str(self.directory), self.how, str(self.hours))
        return [sys.executable, "-P", "-m", "zconsole.keeper", *arguments]


class Seam:
    """Tells the new among messages that another process may have recorded: what is `known`, by msg_id, is not
    new, and nothing of iopub up to the message `last`, if there is one. Pure."""

    def __init__(self, known: Iterable[str], last: str = "") -> None:
        self.known = frozenset(known)
        self._last = last

    def is_new(self, channel: str, msg_id: str) -> bool:
        """Whether a message has not been recorded by the other."""
        if self._last and channel == "iopub":
            if msg_id == self._last:
                self._last = ""
            return False
        return msg_id not in self.known


async def adopt(keeping: Keeping) -> None:
    """Have a keeper record a session that nobody records; when this returns, it listens, or there is none."""
    try:
        keeper = _Keeper(keeping)
    except OSError:
        return
    keeper.stdin.close()
    await keeper.told()
    keeper.let_go()


async def hand_over(keeping: Keeping, manager: KernelManager, recorder: Recorder) -> bool:
    """Have a keeper go on with the recording of a session, and close everything of ours; whether there is
    one. If not, the kernel runs on unrecorded."""
    recorder.start()
    overlap = manager.recorder = _Overlap(recorder)
    try:
        keeper = _Keeper(keeping)
    except OSError:
        recorder.close()
        manager.keep()
        return False
    word, _, heard = (await keeper.told()).partition(" ")
    met = bool(heard) and not manager.deaf and await overlap.reaches(heard)
    recorder.close()
    questions = manager.recorder = _Questions()
    if manager.launched:
        manager.launched.keep()
    kept = False
    if word == HEARD:
        keeper.say(f"{GO} {manager.identity.decode()} {overlap.last if met else ''}")
        kept = await keeper.told() == KEPT
    manager.close()
    for line in questions.lines:
        keeper.say(line)
    keeper.let_go()
    return kept


class _Overlap:
    """Passes on what is to be recorded, and remembers which messages that were."""

    def __init__(self, recorder: Recording) -> None:
        self._recorder = recorder
        self._ids: set[str] = set()
        self._awaited = ""
        self._come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last = ""

    async def reaches(self, msg_id: str) -> bool:
        """Whether this message has come within OVERLAP_WAIT."""
        self._awaited = msg_id
        if msg_id in self._ids:
            return True
        await asyncio.wait([self._come], timeout=OVERLAP_WAIT)
        return self._come.done()

    def sent(self, request: Message) -> None:
        """An execute_request of ours is on its way."""
        self._recorder.sent(request)

    def received(self, channel: str, message: Message) -> None:
        """A message has come on iopub or stdin."""
        self._recorder.received(channel, message)
        if channel == "iopub":
            self.last = message.msg_id
            self._ids.add(message.msg_id)
            if message.msg_id == self._awaited and not self._come.done():
                self._come.set_result(None)

    def answered(self, request: Message, value: str | None) -> None:
        """We have answered an input_request."""
        self._recorder.answered(request, value)


class _Questions:
    """Notes what is asked of us, as lines of a journal, while none is ours."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def sent(self, request: Message) -> None:
        """We run nothing any more."""

    def received(self, channel: str, message: Message) -> None:
        """A message has come on iopub, which the keeper hears as well, or stdin."""
        if channel == "stdin":
            self.lines.append(encode_message(time.time(), channel, message).decode().removesuffix("\n"))

    def answered(self, request: Message, value: str | None) -> None:
        """Nobody is there to answer."""


class _Keeper:
    """The process of a keeper, as who starts it sees it. Raises OSError when it cannot be started."""

    def __init__(self, keeping: Keeping) -> None:
        with (keeping.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                keeping.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin: IO[bytes] = self._process.stdin
        self._stdout: IO[bytes] = self._process.stdout

    async def told(self) -> str:
        """The line that it says, within KEEPER_WAIT; empty when it says none, and then it is ended."""
        reading = asyncio.get_running_loop().run_in_executor(None, self._stdout.readline)
        await asyncio.wait([reading], timeout=KEEPER_WAIT)
        if not reading.done():
            self._process.kill()  # so the reading thread comes to its end
        return (await reading).decode().strip()

    def say(self, line: str) -> None:
        """Tell it a line."""
        try:
            self.stdin.write(f"{line}\n".encode())
            self.stdin.flush()
        except BrokenPipeError:
            pass  # it has just ended; whoever attaches next starts another

    def let_go(self) -> None:
        """Close our ends of the pipes; it goes on by itself."""
        for pipe in (self.stdin, self._stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        self._process.returncode = 0  # nobody waits for it
