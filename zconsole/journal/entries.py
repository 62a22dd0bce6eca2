"""What a journal holds: entries, a line each. Pure.

A line is the CRC-32 of what follows in eight hexadecimal digits, a blank, and one JSON object. So a line that
was not written to its end, or that the disk has lost, is known for what it is, whatever its bytes are; and a
message goes in as the bytes that came, without being encoded again.

Kinds, and their fields beside `kind` and `at` (seconds since the epoch):
- `session`, the first: `version`, `name` (the user's, may be empty), `kernel` (the kernelspec's name),
  `language`, `language_info` (the kernel's own words), `host`, `directory`, `connection_file`, `recovers`
  (the id of the session that this one goes on with, or "").
- `life`: a kernel process begins to be recorded: `pid`, `first` (the number of its first cell).
- `sent`: an execute_request of ours is on its way: its `header`, and the `code`. The kernel may die of it
  before it says a word.
- `message`: one message of the kernel's: `channel` (iopub or stdin), `header`, `parent`, `metadata` and
  `content`, as they came; of one whose content is large, `blob` names the file that has it instead.
- `answer`: somebody here has answered an input_request: `parent` (its msg_id), `value`, null for a password.
- `cut`: what the cell `parent` (a msg_id) says from here on is not recorded: too much.
- `gap`: something may be missing here: `since` (seconds since the epoch), `missed` (messages; null: unknown).
- `owner`: another process records from here on: `pid`, `how` ("detached", "hung up", "adopted").
- `death`: the kernel has ended and was not asked to: `code`, `signal` (numbers or null), `peak` (bytes or
  null), `log` (its last words).
- `end`: the session is over, as its user wanted.
"""

from __future__ import annotations

import json
from binascii import crc32
from collections.abc import Mapping
from typing import Any, NamedTuple

from zconsole.message import Message

VERSION = 1
"""Of this format. Who meets a greater one keeps his hands off."""

_SUM = 9  # bytes: eight digits and a blank


class Entry(NamedTuple):
    """One entry; `fields` has all that is in the line."""

    kind: str
    at: float
    fields: Mapping[str, Any]

    @property
    def msg_type(self) -> str:
        """The type of the message that it is; empty when it is none."""
        return str(self.fields["header"].get("msg_type")) if self.kind == "message" else ""


def is_recorded(message: Message) -> bool:
    """Whether a message of iopub or stdin belongs into a journal: all do but what one subscriber alone is
    told, and the comings and goings of questions that a prompt asks with every key."""
    if message.msg_type == "status" and message.parent_header:
        return message.parent_header.msg_type not in _QUESTIONS
    return message.msg_type != "iopub_welcome"


def encode(kind: str, at: float, **fields: Any) -> bytes:
    """The line of an entry, with its end."""
    return _line(json.dumps({"kind": kind, "at": round(at, 3), **fields}).encode())


def encode_message(at: float, channel: str, message: Message, blob: str = "") -> bytes:
    """The line of a message that has come; with `blob` its content is in the file of that name."""
    header, parent = message.header, message.parent_header
    content = b'"blob":%b' % json.dumps(blob).encode() if blob else b'"content":%b' % content_of(message)
    body = b'{"kind":"message","at":%.3f,"channel":"%b","header":%b,"parent":%b,"metadata":%b,%b}' % (
        at,
        channel.encode(),
        header.raw or _dumped(header._asdict(), "raw"),
        (parent.raw or _dumped(parent._asdict(), "raw")) if parent else b"{}",
        _dumped(message.metadata) if message.metadata else b"{}",
        content,
    )
    if b"\n" in body or b"\r" in body:  # somebody's JSON has line ends between its parts
        body = json.dumps(json.loads(body)).encode()
    return _line(body)


def decode(line: bytes) -> Entry | None:
    """The entry of a line without its end; None when it is none, or not whole."""
    try:
        if int(line[: _SUM - 1], 16) != crc32(line[_SUM:]):
            return None
        fields = json.loads(line[_SUM:])
        return Entry(fields["kind"], float(fields["at"]), fields)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def content_of(message: Message) -> bytes:
    """The JSON of a message's content, as it came."""
    return message.raw or _dumped(message.content)


def _dumped(value: Mapping[str, Any], *without: str) -> bytes:
    return json.dumps({name: item for name, item in value.items() if name not in without}).encode()


def _line(body: bytes) -> bytes:
    return b"%08x %b\n" % (crc32(body), body)


_QUESTIONS = frozenset({"complete_request", "inspect_request", "is_complete_request", "history_request"})
