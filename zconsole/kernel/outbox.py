"""Everything the kernel says leaves through one queue, in the order in which it was said.

Any thread appends: whole messages, encoded and signed by the thread that made them (so an object that
cannot be sent raises where it came from), and pieces of text. The I/O thread takes all there is whenever
it looks, and neighbouring pieces of text of one source become one message: the queue is its own
coalescing, the faster the writer the larger the pieces, and no timer is needed. Since text and messages
share the queue, nothing ever has to be flushed for order.

Waking: the I/O thread sleeps only when the queue is empty, so who finds that his piece is the only one
looks whether to wake it, and a flood pays for one wake-up per look, not per line. Text and `lazy` messages
do not wake an I/O thread that will look by itself within a millisecond (it is corked: it has just handed
a request over), so all that a small cell says leaves in one turn.

What is written to file descriptors 1 and 2 goes another way (see `capture`): before a piece of text, while
few are waiting, and before every message that is not lazy, the queue looks whether there is something, and
notes its place.

Memory, and the time until an interrupt is seen: who says something waits while too many pieces, too many
messages, or too much in large ones wait to be taken. That also lets the I/O thread have the GIL: each sending
gives it away, and beside a thread that computes it is back only 5 ms later (seen: a flood of `display` whose
first message came after 2 s).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from queue import Empty, SimpleQueue
from threading import get_ident
from typing import NamedTuple, Protocol

from zconsole.message import Buffer, Content, Header, Message
from zconsole.session import Session, stream_json

MAX_TEXT = 1 << 16
"""Characters in one stream message: a client that is behind is behind by messages, and so by bytes."""

MAX_PIECES = 1 << 16
"""Pieces of text that may wait: a few MB of small ones."""

MAX_APART = 1 << 9
"""Messages that may wait, and pieces as long as it is not known that they will be joined (each is a message
then): who interrupts a flood has so many messages still to come, twice."""

JOINED = 4
"""Pieces to a message from which on they count as joined; unknown when a cell begins, and then not."""

LARGE = 4096
"""Characters from which on a piece is counted by its size."""

MAX_LARGE = 8 << 20
"""Characters in large pieces that may wait, and bytes in large messages."""

FEW = 32
"""Pieces that may wait until writers leave out the look at the descriptors: it doubles the price of a write,
and a flood is taken less often than every thousand pieces. In a cell where a look has found something, all
writers look."""


class Source:
    """Where text comes from: the stream's name, and the header of the request that it belongs to.

    Compared by identity, so that pieces are told apart at the price of a pointer.
    """

    __slots__ = ("name", "parent")

    def __init__(self, name: str, parent: Header | None) -> None:
        self.name = name
        self.parent = parent


class Speaker(Protocol):
    """Who writes text: its `sources` for stdout and for stderr."""

    sources: tuple[Source, Source]


Text = tuple[Source, str]
"""A piece of output. A bare tuple: one is made for every write (0.05 µs; a NamedTuple takes 0.4)."""


class Frames(NamedTuple):
    """An encoded message for one of the sockets iopub, shell, control, stdin."""

    socket: str
    frames: Sequence[Buffer]


class Late(NamedTuple):
    """A message for iopub that is made when its turn has come, and again when it has to be tried again.

    Its first field differs from that of every neighbour, as that of Call.
    """

    make: Callable[[], Sequence[Buffer]]

    @property
    def socket(self) -> str:
        """As in Frames."""
        return "iopub"

    @property
    def frames(self) -> Sequence[Buffer]:
        """As in Frames; made anew each time."""
        return self.make()


class Call(NamedTuple):
    """Something for the I/O thread to do when all that was said before it has been sent.

    Its first field differs from that of every neighbour, so that it is never joined with one.
    """

    action: Callable[[], object]


class Written(NamedTuple):
    """What had been written to the file descriptors by now: `upto` as numbers of bytes, counted from the
    beginning. `sources` are those of this text. `final`: what is no whole character by now will not become
    one."""

    upto: Sequence[int]
    sources: tuple[Source, Source]
    final: bool


Item = Text | Frames | Late | Call | Written


class Descriptors(Protocol):
    """The file descriptors 1 and 2; `capture.Capture` is one."""

    def look(self, final: bool = False) -> Written | None:
        """What has been written since the last look, if anything. From any thread."""

    def all(self) -> Written:
        """What has been written, whether somebody has looked or not."""

    def alive(self) -> None:
        """Nothing is read for the moment, but it could be."""

    def inside(self) -> bool:
        """Whether the calling thread is in the middle of a look, and a signal handler of the user's runs."""

    def read(self, written: Written) -> Sequence[Text]:
        """Take it. For the I/O thread alone."""


class Outbox:
    """The queue. `session` signs; `wake` wakes the I/O thread."""

    def __init__(self, session: Session, wake: Callable[[], None]) -> None:
        self._session = session
        self._wake = wake
        # a list and not a deque: from the front of it any number are taken in two steps, each of them whole
        self._items: list[Item] = []
        self._large = 0  # characters; not exact between threads, and put right by each take()
        self._held: deque[SimpleQueue[None]] = deque()  # writers that wait, each on a queue of its own
        self._held_threads: set[int] = set()
        self._limit = MAX_APART
        self._cells = 0  # that have begun or ended
        self._taker = 0
        self._asleep = False
        self._corked = False
        self._descriptors: Descriptors | None = None
        self._looking = False  # before each piece of text
        self._found = False  # something, in the running cell
        self._forked = False

    def watch(self, descriptors: Descriptors) -> None:
        """Say also what is written to the file descriptors."""
        self._descriptors = descriptors

    def publish(
        self,
        msg_type: str,
        content: Content,
        parent: Message | Header | None,
        *,
        metadata: Content | None = None,
        buffers: Sequence[Buffer] = (),
        topic: bytes = b"",
        lazy: bool = False,
    ) -> None:
        """Say something to all, on iopub. Raises Unserializable."""
        status = msg_type == "status"
        if status:
            self._cells += 1
            self._limit = MAX_APART
        if not lazy:
            self._look(status)
        frames = self._session.frames(
            msg_type,
            content,
            parent.header if isinstance(parent, Message) else parent,
            metadata=metadata,
            buffers=buffers,
            identities=(topic or msg_type.encode(),),
        )
        self._append(Frames("iopub", frames), lazy)
        if not lazy and not status:
            self._wait(sum(map(len, frames)), MAX_APART)

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
        """Answer the one who asked, on the socket he asked on. Raises Unserializable."""
        frames = self._session.frames(
            msg_type, content, request.header, metadata=metadata, identities=request.identities
        )
        self._append(Frames(socket, frames), lazy)

    def message(
        self, msg_type: str, content: Content, request: Message, metadata: Content | None = None
    ) -> Message:
        """A message to the one who sent a request, not yet said."""
        return self._session.message(
            msg_type, content, parent=request, metadata=metadata, identities=request.identities
        )

    def encode(self, message: Message) -> Sequence[Buffer]:
        """The frames of a message that goes past the queue. Raises Unserializable."""
        return self._session.encode(message)

    def send(self, socket: str, message: Message, *, lazy: bool = False) -> None:
        """Say a message. Raises Unserializable."""
        self._append(Frames(socket, self._session.encode(message)), lazy)

    def send_late(self, make: Callable[[], Sequence[Buffer]]) -> None:
        """Say a message on iopub that is made in the I/O thread, when its turn has come."""
        self._append(Late(make), False)

    def forked(self) -> None:
        """In a forked child: nobody takes anything, and waking would wake the kernel."""
        self._descriptors = None
        self._forked = True

    def writer(
        self, speaker: Callable[[], Speaker | None], newest: Callable[[], Speaker], stream: int
    ) -> Callable[[str], int]:
        """The `write` of a text stream, 0 for stdout, 1 for stderr. With every piece `speaker` is asked, and
        `newest` if that knows nobody.

        A closure, because this is the hot path of all output: 0.25 µs less a call than a method with
        its attribute look-ups, and `print` makes two calls a line. `speaker` is best a function of C's.
        """
        items, append, wait = self._items, self._items.append, self._wait

        def write(text: str, /) -> int:
            if text.__class__ is not str:
                text = _plain(text)
            if self._looking:
                self._look_for_text()
            append(((speaker() or newest()).sources[stream], text))
            size = len(text)
            if 1 < len(items) <= self._limit and size <= LARGE:
                return size
            wait(size, self._limit)
            return size

        return write

    def call(self, action: Callable[[], object]) -> None:
        """Have the I/O thread do something after everything said so far has been sent."""
        self._look()
        self._append(Call(action), False)

    def flush(self) -> None:
        """Say what has been written to the file descriptors behind what has been said so far."""
        self._look()

    def written(self, then: Callable[[], object]) -> None:
        """A file descriptor is readable. `then` is called when what was there has been sent. For the I/O
        thread alone."""
        if self._descriptors:
            self._items += self._descriptors.all(), Call(then)

    def behind(self) -> None:
        """What was taken cannot be sent yet. For the I/O thread alone."""
        if self._descriptors:
            self._descriptors.alive()

    def sleep(self, corked: bool) -> bool:
        """Ask to be woken by the next append, with `corked` not by lazy ones. False when something is
        there already. For the I/O thread alone, as `take`."""
        self._corked = corked
        self._asleep = True
        if self._items:
            self._asleep = False
        return self._asleep

    def take(self) -> Iterator[Frames | Late | Call]:
        """All there is, text made into stream messages, each when it is asked for."""
        self._asleep = False
        self._taker = get_ident()
        items = self._items[:]
        del self._items[: len(items)]
        self._large = 0
        while self._held:
            self._held.popleft().put(None)
        self._held_threads.clear()
        self._looking = self._descriptors is not None
        return self._messages(items)

    def _messages(self, items: Sequence[Item]) -> Iterator[Frames | Late | Call]:
        made, cells = 0, self._cells
        for item in coalesce(items):
            made += 1
            if isinstance(item, (Frames, Call, Late)):
                yield item
            elif isinstance(item, Written):
                for source, text in self._descriptors.read(item) if self._descriptors else ():
                    yield from (map(self._encoded, _cut(source, text)) if text else ())
            else:
                yield self._encoded(item)
        # fewer tell nothing, and neither do those of another cell
        if len(items) >= MAX_APART // 2 and cells == self._cells:
            self._limit = MAX_PIECES if len(items) > JOINED * made else MAX_APART

    def _look(self, final: bool = False) -> None:
        if self._descriptors and (written := self._descriptors.look(final)):
            self._items.append(written)
            self._found = True
        if final:
            self._found = False  # the cell is over

    def _look_for_text(self) -> None:
        self._look()
        if not self._found and len(self._items) > FEW:
            self._looking = False

    def _wait(self, size: int, limit: int) -> None:
        # behind a piece that was alone, or large, or one too many; and behind any message
        if self._asleep and not self._corked:
            self._wake()
        if size > LARGE:
            self._large += size
        if not self._is_too_much(limit):
            return
        thread = get_ident()
        if thread == self._taker:
            return  # a finalizer of the user's that runs there, a warning: it would wait for itself
        if thread in self._held_threads:
            return  # a signal handler above a writer that waits: a fast timer would go deeper and deeper
        if self._descriptors and self._descriptors.inside():
            return  # such a handler as well: who would take what waits needs what it holds
        # not an Event: an interrupt between its `with` and the block behind leaves its lock taken for
        # ever, and the I/O thread hangs in set() (seen). A SimpleQueue is one step, in C
        taken: SimpleQueue[None] = SimpleQueue()
        self._held_threads.add(thread)
        self._held.append(taken)
        if self._is_too_much(limit):  # not taken between the two lines
            with suppress(Empty):
                taken.get(timeout=5)  # longer means that the I/O thread is gone, and the process with it

    def _is_too_much(self, limit: int) -> bool:
        # what has been taken before its size was counted does not wait, and nobody would say that it is taken
        return len(self._items) > limit or (self._large > MAX_LARGE and bool(self._items))

    def _append(self, item: Frames | Late | Call, lazy: bool) -> None:
        if self._forked:
            return
        self._items.append(item)
        # only the I/O thread clears the mark: an interrupt between clearing it here and waking would leave
        # it asleep with nobody to wake it
        if self._asleep and not (lazy and self._corked):
            self._wake()

    def _encoded(self, text: Text) -> Frames:
        source, value = text
        topic = b"stream." + source.name.encode()
        content = stream_json(source.name, value)
        return Frames("iopub", self._session.frames("stream", content, source.parent, identities=(topic,)))


def coalesce(items: Sequence[Item]) -> Iterator[Item]:
    """The same items, neighbouring texts of one source joined, and cut where they get too long."""
    for source, group in groupby(items, _FIRST):
        if type(source) is Source:
            yield from _cut(source, "".join(map(_SECOND, group)))
        else:
            yield from group


def _cut(source: Source, text: str) -> Iterator[Text]:
    start = 0
    while len(text) - start > MAX_TEXT:
        end = text.rfind("\n", start, start + MAX_TEXT) + 1 or start + MAX_TEXT
        yield source, text[start:end]
        start = end
    if text:  # print("", end="") says nothing
        yield source, text[start:]


def _plain(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"write() argument must be str, not {type(text).__name__}")
    return str(text)  # of a subclass: its own methods must not run in the I/O thread


_FIRST = itemgetter(0)
_SECOND = itemgetter(1)
