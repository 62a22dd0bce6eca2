"""The heartbeat: a socket that echoes, served in C.

`zmq.proxy` runs without the GIL, so the kernel answers while a cell computes, while it sits in a C
function, and while IPython is being imported. The thread ends when the context does.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import zmq

from zconsole.kernel.ownthread import leave_signals_to_main, own

MAX_PING = 1 << 20
"""Bytes that are echoed; clients send four. libzmq takes no memory for more."""


def start_heartbeat(context: zmq.Context[Any], endpoint: str) -> None:
    """Bind the heartbeat socket and echo for ever. Raises zmq.ZMQError when it cannot be bound."""
    socket = context.socket(zmq.ROUTER)
    socket.linger = 0
    socket.maxmsgsize = MAX_PING
    socket.bind(endpoint)
    own(threading.Thread(target=_echo, args=(socket,), name="heartbeat", daemon=True)).start()


def _echo(socket: zmq.Socket[Any]) -> None:
    leave_signals_to_main()
    with suppress(zmq.ContextTerminated), socket:
        zmq.proxy(socket, socket)
