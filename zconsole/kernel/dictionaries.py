"""Messages as dictionaries, in the form in which jupyter_client hands them to libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zconsole.message import Header, Message


def as_dictionary(message: Message) -> dict[str, Any]:
    """A message that has come, for a library. It belongs to the library."""
    return {
        "header": _header(message.header),
        "msg_id": message.msg_id,
        "msg_type": message.msg_type,
        "parent_header": _header(message.parent_header) if message.parent_header else {},
        "content": dict(message.content),
        "metadata": dict(message.metadata),
        "buffers": list(message.buffers),
    }


def as_message(dictionary: Mapping[str, Any]) -> Message:
    """The message that `as_dictionary` has described, without the routing of who sent it."""
    fields: Any = {name: str(dictionary["header"][name]) for name in _FIELDS}
    return Message(Header(**fields), content=dictionary.get("content", {}))


def _header(header: Header) -> dict[str, Any]:
    return {name: getattr(header, name) for name in _FIELDS}


_FIELDS = ("msg_id", "msg_type", "session", "username", "date", "version")
