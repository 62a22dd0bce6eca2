"""Comms: messages between objects here and objects in a front end, as ipywidgets use them.

The `comm` package is the meeting point: libraries make comms through it, and a kernel puts its own class and
its own manager there. That is all this room does; the protocol's three messages and who gets them are the
package's.

Specification: "Custom messages".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import comm
from comm.base_comm import BaseComm, CommManager

from zconsole.kernel.dictionaries import as_dictionary
from zconsole.kernel.outbox import Outbox
from zconsole.kernel.streams import Parent
from zconsole.message import Buffer, Content, Message


class Comms:
    """The comms of this kernel. `install` makes the `comm` package use them."""

    def __init__(self, outbox: Outbox, parent: Parent) -> None:
        self.manager = CommManager()
        self._outbox = outbox
        self._parent = parent
        self._create = partial(KernelComm, self)

    def install(self) -> None:
        """Comms that libraries make from now on are ours; again and again, for ipykernel's import makes them
        its own, and some libraries import it."""
        comm.create_comm = self._create
        comm.get_comm_manager = self._get_manager

    def _get_manager(self) -> CommManager:
        return self.manager

    def receive(self, request: Message) -> None:
        """A comm_open, comm_msg or comm_close from a client; one for an unknown target is closed again."""
        getattr(self.manager, request.msg_type)(None, None, as_dictionary(request))

    def info(self, target_name: str | None) -> Content:
        """The open comms, of one target or of all: comm_id to {target_name}."""
        return {
            comm_id: {"target_name": each.target_name}
            for comm_id, each in self.manager.comms.items()
            if target_name in (None, each.target_name)
        }

    def publish(
        self,
        msg_type: str,
        content: Content,
        metadata: Mapping[str, Any] | None,
        buffers: Sequence[Buffer],
    ) -> None:
        """Say something to the front ends' side of a comm."""
        self._outbox.publish(
            msg_type,
            content,
            self._parent.header,
            metadata=metadata,
            buffers=buffers,
            topic=f"comm-{content['comm_id']}".encode(),
        )


class KernelComm(BaseComm):
    """One comm, this side."""

    def __init__(self, comms: Comms, *args: Any, **kwargs: Any) -> None:
        self._comms = comms  # first: making a comm publishes its comm_open
        super().__init__(*args, **kwargs)

    def publish_msg(
        self,
        msg_type: str,
        data: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[Buffer] | None = None,
        **keys: Any,
    ) -> None:
        """Send a message to the other side; called by the package's own methods."""
        content = {"data": data or {}, "comm_id": self.comm_id, **keys}
        self._comms.publish(msg_type, content, metadata, buffers or ())
