"""What one Jupyter message is: frozen values, no bytes, no clock, no socket.

Specification: Jupyter messaging protocol 5.5, "General message format". The wire form
(frames, signature) is `session`'s business. A `Header` that came from the wire keeps the JSON it
came as, so that a child message repeats its parent's header byte for byte, with the fields that
this version of the protocol does not know, and without encoding it again.

Named tuples, because ten of each are made for every cell (0.3 µs; a frozen dataclass takes 1.5), and the
kernel has to answer before it has time to import `dataclasses`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

PROTOCOL_VERSION = "5.5"

Content = Mapping[str, Any]
Buffer = bytes | memoryview


_NOTHING: Content = MappingProxyType({})


def new_id() -> str:
    """128 random bits in hex, as session ids, identities and keys are made of."""
    return os.urandom(16).hex()


def is_counted(msg_type: str) -> bool:
    """Whether a kernel of ours counts messages of this type on iopub as published: all but its status and the
    welcomes, without which nobody misses anything."""
    return msg_type not in ("status", "iopub_welcome")


class Header(NamedTuple):
    """A message header ("Message header" in the specification).

    `date` is ISO 8601 with a zone. `subshell_id` is JEP 91's: the subshell a request is for, None
    for the main shell. `raw` is the UTF-8 JSON that goes out for it: who replaces a field empties it.
    """

    msg_id: str
    msg_type: str
    session: str = ""
    username: str = ""
    date: str = ""
    version: str = PROTOCOL_VERSION
    subshell_id: str | None = None
    raw: bytes = b""

    def __eq__(self, other: object) -> bool:
        """Equal by the fields, not by how they were spelled."""
        return isinstance(other, Header) and self[:-1] == other[:-1]

    def __ne__(self, other: object) -> bool:
        """The opposite; a tuple would not ask `__eq__`."""
        return not self == other

    def __hash__(self) -> int:
        """By the fields."""
        return hash(self[:-1])


class Message(NamedTuple):
    """One message. `parent_header` is None when nobody asked for it (`{}` on the wire).

    `identities` are the routing frames in front of the delimiter: the client's identity on a ROUTER,
    the topic on iopub. `buffers` are the raw frames behind the content, unsigned and uninterpreted. `raw` is
    the JSON of the content, as it came or is to go; empty for a message that was made here of its `content`.
    """

    header: Header
    parent_header: Header | None = None
    content: Content = _NOTHING
    metadata: Content = _NOTHING
    buffers: Sequence[Buffer] = ()
    identities: Sequence[bytes] = ()
    raw: bytes = b""

    def __eq__(self, other: object) -> bool:
        """Equal by what it says, not by how that was spelled."""
        return isinstance(other, Message) and self[:-1] == other[:-1]

    def __ne__(self, other: object) -> bool:
        """The opposite; a tuple would not ask `__eq__`."""
        return not self == other

    def __hash__(self) -> int:
        """By what it says."""
        return hash(self[:-1])

    @property
    def msg_type(self) -> str:
        """The type, as `execute_request`."""
        return self.header.msg_type

    @property
    def msg_id(self) -> str:
        """The unique id of this message."""
        return self.header.msg_id

    @property
    def parent_id(self) -> str:
        """The msg_id of the request that this message answers; empty when there is none."""
        return self.parent_header.msg_id if self.parent_header else ""
