"""`sys.stdout` and `sys.stderr` of user code: text files whose other end is the outbox.

What is written carries the header of the request that it belongs to: the one whose context the writer
runs in, else (a thread of C code, code that runs before the first request) the newest one's. Tasks of
asyncio copy their context by themselves; what threads take along is `threads`' business. Pure: what becomes
of the text is the business of the `write` that is handed in.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from contextvars import Context, ContextVar, Token
from functools import partial
from typing import Any

from zconsole.kernel.outbox import Source
from zconsole.message import Header, Message


class Parent:
    """Which request is being served: the context's own, else the newest."""

    def __init__(self) -> None:
        self._context: ContextVar[Served | None] = ContextVar("request", default=None)
        self.own: Callable[[], Served | None] = self._context.get
        """What the calling code's context serves; None for one that has begun empty."""
        self._newest = self._newest_cell = Served(None)

    def set(self, request: Message) -> None:
        """Begin to serve a request, in this context and as the newest."""
        self._newest = served = Served(request)
        if request.msg_type == "execute_request":
            self._newest_cell = served
        self._context.set(served)

    def carry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, to be called elsewhere on behalf of the request that the calling code serves."""
        served = self._context.get()
        return partial(self._on_behalf, served, function) if served else function

    def carry_into_thread(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same for what a new thread begins with: in a context like that thread's own, which is empty.

        Without a frame of Python's: by its first frame a debugger tells what thread it is.
        """
        served = self._context.get()
        if not served:
            return function
        context = Context()
        context.run(self._context.set, served)
        return partial(context.run, function)

    def adopt(self, request: Message) -> Token[Served | None]:
        """Serve a request in this context alone, whatever is the newest; for `release`."""
        for served in (self.served, self._newest):
            # a copy of it has come back, without the identities of who sent it
            if served.request and served.request.msg_id == request.msg_id:
                return self._context.set(served)
        return self._context.set(Served(request))

    def detach(self) -> None:
        """Serve whatever is the newest, in this context."""
        self._context.set(None)

    def release(self, token: Token[Served | None]) -> None:
        """Serve again what was served before `adopt`."""
        self._context.reset(token)

    @property
    def request(self) -> Message | None:
        """The request that the calling code serves; None before the first."""
        return self.served.request

    @property
    def served(self) -> Served:
        """The same, with what belongs to it."""
        return self._context.get() or self._newest

    @property
    def header(self) -> Header | None:
        """Its header."""
        request = self.request
        return request.header if request else None

    def of_newest_cell(self) -> tuple[Source, Source]:
        """The sources for stdout and stderr of the newest cell, whoever asks: for what nobody can tell whose
        it is."""
        return self._newest_cell.sources

    def newest(self) -> Served:
        """What is or was served last, by whomever."""
        return self._newest

    def _on_behalf(self, served: Served, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # IPython leaves the frame out, when a future's exception passes it
        token = self._context.set(served)
        try:
            return function(*args, **kwargs)
        finally:
            self._context.reset(token)


class Served:
    """A request that is or was served, and the two `sources` of text that belong to it, stdout and stderr.
    `cell` is what the interpreter keeps of it while it runs."""

    __slots__ = ("cell", "request", "sources")

    def __init__(self, request: Message | None) -> None:
        header = request.header if request else None
        self.request = request
        self.cell: Any = None
        self.sources = Source("stdout", header), Source("stderr", header)


class ThreadParents:
    """Which threads speak for which cell, for libraries that take their own threads out of it: what those say
    belongs to the newest cell then. ipyparallel does, whose threads serve every cell that follows."""

    def __init__(self, parent: Parent) -> None:
        self._parent = parent

    def pop(self, ident: int | None, default: object = None) -> object:
        """Take the calling thread out; called in that thread."""
        self._parent.detach()
        return default


class OutStream(io.TextIOBase):
    """One of the two streams. `name` is stdout or stderr; `fd` the descriptor it stands for.

    Writing never fails for what is in the text. The stream is never closed: user code that closes
    sys.stdout would otherwise silence the session.
    """

    encoding = "utf-8"
    errors = "backslashreplace"
    newlines = None
    mode = "w"

    _thread_to_parent_header: ThreadParents
    """ipykernel's name for it, which is what ipyparallel looks for."""

    write: Callable[[str], int]  # an attribute, for speed: see Outbox.writer
    """Write text; the number of characters. Raises TypeError for anything but str."""

    def __init__(
        self,
        name: str,
        write: Callable[[str], int],
        fd: int | None = None,
        flush: Callable[[], None] | None = None,
        is_terminal: Callable[[], bool] = bool,
    ) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self.write = write
        self._fd = fd
        self._flush = flush
        self._is_terminal = is_terminal
        self._bytes: BytesStream | None = None

    def writelines(self, lines: Iterable[str], /) -> None:  # type: ignore[override]  # typeshed: bytes
        """Write several texts as one."""
        self.write("".join(lines))

    def flush(self) -> None:
        """What was written is on its way; what C code or a child has written to the descriptors by now
        comes behind it, and before what is written next."""
        if self._flush:
            self._flush()

    def divert(self, write: Callable[[bytes], None]) -> None:
        """From now on hand over the bytes of what is written, and nothing to anybody else."""

        def write_text(text: str, /) -> int:
            write(text.encode(self.encoding, self.errors))
            return len(text)

        self.write = write_text
        self._flush = None
        self._is_terminal = bool
        self.buffer.divert(write)

    def close(self) -> None:
        """Refused silently, see the class."""

    def writable(self) -> bool:
        """True."""
        return True

    def isatty(self) -> bool:
        """Whether who reads this is a terminal; it is at another process's."""
        return self._is_terminal()

    def fileno(self) -> int:
        """The descriptor that this stream stands for. Raises UnsupportedOperation without one."""
        if self._fd is None:
            raise io.UnsupportedOperation("this stream has no file descriptor")
        return self._fd

    def reconfigure(self, **_: Any) -> None:
        """Accepted and without effect: libraries call it at import to set the encoding."""

    @property
    def line_buffering(self) -> bool:
        """False: nothing is held back that a newline would release."""
        return False

    @property
    def buffer(self) -> BytesStream:
        """The same stream for bytes, as `sys.stdout.buffer`."""
        if self._bytes is None:
            self._bytes = BytesStream(self)
        return self._bytes


class BytesStream(io.BufferedIOBase):
    """The binary side of an OutStream: UTF-8, decoded as it comes, broken bytes shown as escapes."""

    def __init__(self, text: OutStream) -> None:
        super().__init__()
        import codecs

        self._text = text
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._write: Callable[[bytes], object] = self._decode

    def write(self, data: Any, /) -> int:
        """Write bytes; their number."""
        view = memoryview(data)
        self._write(bytes(view))
        return view.nbytes

    def divert(self, write: Callable[[bytes], None]) -> None:
        """Hand over the bytes as they are."""
        self._write = write

    def _decode(self, data: bytes) -> None:
        self._text.write(self._decoder.decode(data))

    def writable(self) -> bool:
        """True."""
        return True

    def flush(self) -> None:
        """As in OutStream."""
        self._text.flush()

    def close(self) -> None:
        """Refused silently, as in OutStream."""

    def fileno(self) -> int:
        """The descriptor of the text stream."""
        return self._text.fileno()
