"""Who listens where a connection file points: a kernel, nobody, or something else.

ZeroMQ cannot tell: it tries again for ever, whatever is there. But its own first bytes can be asked for.
Whoever speaks ZMTP greets at once, unasked, and a greeting begins with FF (ZMTP 3.1, "The Greeting"); the
threads that greet are libzmq's, so a busy kernel does it too. Something else says something else, or is
silent until it is spoken to.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from enum import Enum
from typing import NamedTuple

from zconsole.connection import ConnectionInfo

GREETING_WAIT = 0.7
"""Seconds for a greeting; on this machine it takes less than 1 ms, through a tunnel to the other side of the
world 0.4 s."""


KNOCK_WAIT = 1.0
"""Seconds for `nobody_listens`; on this machine it takes less than 1 ms."""


class Listener(Enum):
    """Who listens."""

    KERNEL = "something that speaks ZeroMQ"
    NOBODY = "nobody"
    STRANGER = "something else"
    SILENT = "something that accepts connections and says nothing, as a kernel does that has been stopped"
    UNKNOWN = "no knowing: a slow network, a name that nobody knows"


class Finding(NamedTuple):
    """What was found at an endpoint; `words` says what is there instead of a kernel."""

    listener: Listener
    words: str = ""


async def probe(info: ConnectionInfo, wait: float = GREETING_WAIT) -> Finding:
    """Who listens at the shell port, within twice `wait` seconds."""
    try:
        first = await _first_bytes(info, wait)
    except TimeoutError:
        return Finding(Listener.UNKNOWN)
    except OSError as error:
        gone = error.errno in (errno.ECONNREFUSED, errno.ENOENT)
        if error.errno is None:  # asyncio's, when a name means several addresses
            gone = await asyncio.to_thread(nobody_listens, info)
        return Finding(Listener.NOBODY if gone else Listener.UNKNOWN)
    if first is None:
        return await _silent(info, wait)
    if first[:1] == b"\xff":
        return Finding(Listener.KERNEL)
    if not first:
        return Finding(Listener.STRANGER, "something that hangs up")
    return Finding(Listener.STRANGER, f"something that says {_shown(first)}")


async def _silent(info: ConnectionInfo, wait: float) -> Finding:
    """What something is that accepts connections, and waits to be spoken to."""
    if info.transport == "tcp":
        try:
            answer = await _first_bytes(info, wait, b"GET / HTTP/1.0\r\n\r\n") or b""
        except OSError:
            answer = b""
        if answer.startswith(b"HTTP/"):
            return Finding(Listener.STRANGER, "an HTTP server")
        if answer:
            return Finding(Listener.STRANGER, f"something that says {_shown(answer)}")
    return Finding(Listener.SILENT, "something that says nothing: no kernel, or one that has been stopped")


async def _first_bytes(info: ConnectionInfo, wait: float, say: bytes = b"") -> bytes | None:
    """What comes first over a new connection; empty when it is closed, None when nothing comes. Raises
    OSError, also when no connection comes about in time."""
    reader, writer = await asyncio.wait_for(connect(info), wait)
    try:
        writer.write(say)
        return await asyncio.wait_for(reader.read(64), wait)
    except TimeoutError:
        return None
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def connect(info: ConnectionInfo) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A bare connection to the shell port. Raises OSError."""
    port = info.ports["shell"]
    if info.transport == "tcp":
        return await asyncio.open_connection(info.ip, port)
    # what begins with @ is a name that Linux keeps without a file
    path = f"{info.ip}-{port}"
    return await asyncio.open_unix_connection("\0" + path[1:] if path.startswith("@") else path)


def _shown(first: bytes) -> str:
    """The beginning of a line that a stranger has said, without what commands a terminal."""
    line = first.splitlines()[0] if first.splitlines() else first
    return repr(line[:40].decode("utf-8", "backslashreplace"))


def nobody_listens(info: ConnectionInfo) -> bool:
    """Whether the system says at once that a kernel is not there; a doubt is no."""
    port = info.ports["shell"]
    try:
        if info.transport == "tcp":
            socket.create_connection((info.ip, port), timeout=KNOCK_WAIT).close()
        elif hasattr(socket, "AF_UNIX") and not info.ip.startswith("@"):
            with socket.socket(socket.AF_UNIX) as knock:
                knock.connect(f"{info.ip}-{port}")
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    except OSError:
        pass  # a slow network, a name that nobody knows
    return False
