"""sys.stdout as user code sees it, and whose output it is."""

from __future__ import annotations

import contextvars
import io
import threading

import pytest

from zconsole.kernel.outbox import Source
from zconsole.kernel.streams import OutStream, Parent
from zconsole.session import Session

SESSION = Session(b"")


def stream(fd: int | None = None) -> tuple[OutStream, list[str]]:
    written: list[str] = []

    def write(text: str) -> int:
        written.append(text)
        return len(text)

    return OutStream("stdout", write, fd), written


def test_a_text_file_in_all_that_libraries_ask() -> None:
    """[35, 36]"""
    out, written = stream(1)
    print("a", 1, file=out, end="")
    out.writelines(["b", "c"])
    out.flush()
    out.reconfigure(encoding="utf-8", line_buffering=True)
    out.close()
    assert not out.closed
    assert (out.encoding, out.isatty(), out.writable(), out.readable(), out.fileno(), out.name) == (
        "utf-8",
        False,
        True,
        False,
        1,
        "<stdout>",
    )
    assert "".join(written) == "a 1bc"
    with pytest.raises(io.UnsupportedOperation):
        stream()[0].fileno()


def test_bytes_are_decoded_as_they_come() -> None:
    """[43]"""
    out, written = stream()
    for byte in "aä𝒳".encode():
        out.buffer.write(bytes([byte]))
    out.buffer.write(b"\xff!")
    assert "".join(written) == "aä𝒳\\xff!"


def test_output_belongs_to_the_request_of_its_context_else_to_the_newest() -> None:
    """[40, 41]"""
    parent = Parent()
    first, second = (SESSION.message("execute_request") for _ in range(2))

    def source() -> Source:
        return parent.served.sources[0]

    assert source().parent is None
    parent.set(first)
    late = contextvars.copy_context()
    parent.set(second)
    assert source().parent is second.header
    assert late.run(source).parent is first.header
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(source().parent))
    thread.start()
    thread.join()
    assert seen == [second.header]
    assert parent.request is second
    parent.set(SESSION.message("complete_request"))
    assert [each.parent for each in parent.of_newest_cell()] == [second.header, second.header]
    parent.set(second)
    assert source() is source(), "one cell, one source: pieces are told apart by identity"
