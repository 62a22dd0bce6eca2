"""`get_ipython().kernel`: what libraries look for in a kernel.

Widgets, ipyparallel and the like reach for attributes of ipykernel's kernel object. Those that they need are
here, and lead to the rooms that do the work. Messages are dictionaries, as jupyter_client has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zconsole.kernel.comms import Comms
from zconsole.kernel.dictionaries import as_dictionary, as_message
from zconsole.kernel.outbox import Outbox
from zconsole.kernel.streams import Parent
from zconsole.message import Buffer, Content

IOPUB = "iopub"


class KernelFacade:
    """The kernel as libraries see it. `connection_file` says where clients can reach it."""

    iopub_socket = IOPUB
    """What `session.send` takes for the place to send to."""

    shell: Any = None
    """IPython's shell, once there is one."""

    def __init__(self, parent: Parent, comms: Comms, outbox: Outbox, connection_file: Path) -> None:
        self._parent = parent
        self.comm_manager = comms.manager
        self.session = SessionFacade(outbox)
        self.connection_file = connection_file

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        """The request that the calling code serves; empty before the first."""
        request = self._parent.request
        return as_dictionary(request) if request else {}


class SessionFacade:
    """`kernel.session`, for libraries that publish messages of their own."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(
        self,
        stream: object,
        msg_type: str,
        content: Content | None = None,
        parent: Mapping[str, Any] | None = None,
        ident: bytes | None = None,
        buffers: Sequence[Buffer] | None = None,
        *,
        metadata: Content | None = None,
    ) -> None:
        """Publish a message; `stream` is the kernel's iopub_socket, `ident` the topic. Raises ValueError for
        any other stream, TypeError for a topic that is no bytes."""
        if stream != IOPUB:
            raise ValueError("only what goes to kernel.iopub_socket can be sent here")
        if not isinstance(ident, bytes | None):
            raise TypeError(f"ident must be bytes, not {type(ident).__name__}")
        header = as_message(parent).header if parent else None
        topic = ident or msg_type.encode()
        self._outbox.publish(
            msg_type, content or {}, header, metadata=metadata, buffers=buffers or (), topic=topic
        )
