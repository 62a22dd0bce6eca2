"""The codec: messages to frames and back, signed and checked. Pure: no socket, nothing waits.

Specification: Jupyter messaging protocol 5.5, "The wire protocol". On the wire a message is

    identity... <IDS|MSG> signature header parent_header metadata content buffer...

and the signature is the hex HMAC of the four JSON frames. The rules that must hold:

- verify first, then record: a frame that nobody with the key has signed leaves no trace here, so
  junk cannot push real signatures out of the replay window (jupyter_client records before it
  verifies); the window is first in, first out, never a random cull;
- what cannot be decoded raises a `WireError` that says why; nothing else escapes from `decode`;
- what is encoded is valid UTF-8 JSON by the strict grammar: NaN becomes null, bytes base64 text,
  lone surrogates visible escapes, numbers and collections of other libraries plain ones. An object
  that is no data raises `Unserializable`, in the thread that made it.
"""

from __future__ import annotations

import binascii
import hmac
import json
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any

from zconsole.message import PROTOCOL_VERSION, Buffer, Content, Header, Message, new_id

DELIMITER = b"<IDS|MSG>"
REPLAY_WINDOW = 16_384
"""Signatures remembered. Each costs about 150 bytes; a client sends a few per cell."""

_EMPTY = b"{}"


class WireError(ValueError):
    """Frames that are no acceptable message. The text says what is wrong with them."""


class MalformedFrames(WireError):
    """No delimiter, or fewer than five frames behind it."""


class BadSignature(WireError):
    """The signature is not the one that the key gives."""


class Replayed(WireError):
    """A message with this signature has been accepted before."""


class BadContent(WireError):
    """A frame is no UTF-8 JSON object, or a header lacks a field or has a wrong type in it."""


class Unserializable(TypeError):
    """An object in a message that JSON has no form for. The text names its type and place."""


class Session:
    """Makes, encodes and decodes the messages of one party that shares a key.

    Arguments: `key`, the shared secret, empty for unsigned traffic (then nothing is checked);
    `signature_scheme`, "hmac-" and a hashlib name; `username` and `session`, for the headers of what
    is made here; `now`, the clock. Not thread-safe but for `message` and `encode`, which share
    nothing that changes except an atomic counter.

    Raises ValueError for a signature scheme that hmac cannot make.
    """

    def __init__(
        self,
        key: bytes,
        *,
        signature_scheme: str = "hmac-sha256",
        username: str = "",
        session: str = "",
        replay_window: int = REPLAY_WINDOW,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        mac = _new_mac(key, signature_scheme)
        self.session = session or new_id()
        self.username = username
        # what OpenSSL has made, without Python's class around it: a third of a signature
        self._mac: Any = getattr(mac, "_hmac", mac) if key else None
        self._last_parent: Header | None = None
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._window = replay_window
        self._now = now
        self._numbers = count(1)
        constant = {"session": self.session, "username": username, "version": PROTOCOL_VERSION}
        self._constant = to_json(constant, "header").decode()[1:-1]
        self._opening = f'{{"msg_id":{_quote(self.session)[:-1]}_'

    def message(
        self,
        msg_type: str,
        content: Content | None = None,
        *,
        parent: Message | Header | None = None,
        metadata: Content | None = None,
        buffers: Sequence[Buffer] = (),
        identities: Sequence[bytes] = (),
        subshell_id: str | None = None,
    ) -> Message:
        """A new message of this session, child of `parent` when one is given."""
        number, when = next(self._numbers), self._now().isoformat()
        raw = self._header(number, msg_type, when)
        if subshell_id is not None:
            raw = f'{raw[:-1]},"subshell_id":{_quote(subshell_id)}}}'
        header = Header(
            f"{self.session}_{number}",
            msg_type,
            self.session,
            self.username,
            when,
            PROTOCOL_VERSION,
            subshell_id,
            raw.encode(),
        )
        parent_header = parent.header if isinstance(parent, Message) else parent
        return Message(header, parent_header, content or {}, metadata or {}, buffers, identities)

    def encode(self, message: Message) -> list[Buffer]:
        """The frames of a message, identities first, signed.

        Raises Unserializable when its content or metadata hold what JSON cannot, or a buffer is no bytes.
        """
        header = _encode_header(message.header)
        content = message.raw or (to_json(message.content, message.msg_type) if message.content else _EMPTY)
        return self._frames(
            message.identities, header, message.parent_header, content, message.metadata, message.buffers
        )

    def frames(
        self,
        msg_type: str,
        content: Content | bytes,
        parent: Header | None,
        *,
        metadata: Content | None = None,
        buffers: Sequence[Buffer] = (),
        identities: Sequence[bytes] = (),
    ) -> list[Buffer]:
        """The frames of a new message of this session, as of `encode(message(...))`, for who does not need
        the message: two thirds of its time, and each cell has four. `content` may be its JSON. Raises as
        `encode`."""
        header = self._header(next(self._numbers), msg_type, self._now().isoformat()).encode()
        encoded = content if isinstance(content, bytes) else to_json(content, msg_type) if content else _EMPTY
        return self._frames(identities, header, parent, encoded, metadata, buffers)

    def _header(self, number: int, msg_type: str, when: str) -> str:
        # a template costs a quarter of an encoder call, and is repeated in each child
        return f'{self._opening}{number}","msg_type":{_quote(msg_type)},"date":"{when}",{self._constant}}}'

    def _frames(
        self,
        identities: Sequence[bytes],
        header: bytes,
        parent: Header | None,
        content: bytes,
        metadata: Content | None,
        buffers: Sequence[Buffer],
    ) -> list[Buffer]:
        parts = (
            header,
            _encode_header(parent) if parent else _EMPTY,
            to_json(metadata, "metadata") if metadata else _EMPTY,
            content,
        )
        return [*identities, DELIMITER, self._sign(parts), *parts, *(map(_frame, buffers) if buffers else ())]

    def decode(self, frames: Sequence[Buffer]) -> Message:
        """The message that frames from the wire hold.

        Raises MalformedFrames, BadSignature, Replayed or BadContent; nothing else.
        """
        try:
            start = frames.index(DELIMITER)
        except ValueError:
            raise MalformedFrames(f"no delimiter in {len(frames)} frames") from None
        if len(frames) < start + 6:
            behind = len(frames) - start - 1
            raise MalformedFrames(f"{behind} frames behind the delimiter, at least 5 belong there")
        signature, *parts = map(bytes, frames[start + 1 : start + 6])
        self._check(signature, parts)
        header, parent, metadata, content = parts
        return Message(
            _decode_header(header),
            self._decode_parent(parent),
            _decode_object(content, "content"),
            _decode_object(metadata, "metadata"),
            tuple(frames[start + 6 :]),
            tuple(map(bytes, frames[:start])),
            content,
        )

    def _decode_parent(self, frame: bytes) -> Header | None:
        # the messages of one cell have one parent, and it comes first among them: a quarter of the work
        last = self._last_parent
        if last is None or last.raw != frame:
            self._last_parent = last = _decode_parent(frame)
        return last

    def _sign(self, parts: Sequence[bytes]) -> bytes:
        if self._mac is None:
            return b""
        mac = self._mac.copy()  # this one is never updated, so that threads can share it
        mac.update(b"".join(parts))
        digest: str = mac.hexdigest()
        return digest.encode()

    def _check(self, signature: bytes, parts: Sequence[bytes]) -> None:
        if self._mac is None:
            return
        if not hmac.compare_digest(self._sign(parts), signature):
            wrong = "the signature does not match the key" if signature else "the message is not signed"
            raise BadSignature(wrong)
        digest = signature[:32]
        if digest in self._seen:
            raise Replayed("this message has been received before")
        self._seen[digest] = None
        if len(self._seen) > self._window:
            self._seen.popitem(last=False)  # 0.1 us; the first key of a dict so used takes 12 to find


def stream_json(name: str, text: str) -> bytes:
    """The content of a stream message, as `to_json` makes it; of most text in a third of the time."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return to_json({"name": name, "text": text}, "stream")
    if raw.translate(None, _UNESCAPED):
        return to_json({"name": name, "text": text}, "stream")
    return b'{"name":"%b","text":"%b"}' % (name.encode(), raw.replace(b"\n", b"\\n"))


def to_json(value: Content, where: str) -> bytes:
    """Strict JSON in UTF-8. `where` names the value in an error.

    Raises Unserializable for objects that are no data, and for structures that contain themselves.
    """
    try:
        return _strict(value).encode()
    except Unserializable as error:
        raise Unserializable(f"{where}: {error}") from None
    except (ValueError, TypeError, RecursionError):
        pass  # NaN, lone surrogates, odd keys: the slow road cleans them
    try:
        return _strict(_clean(value)).encode()
    except RecursionError:
        raise Unserializable(f"{where}: nested too deeply for JSON, or containing itself") from None
    except (ValueError, TypeError) as error:  # Unserializable; an int of 5000 digits; a 0-d array
        raise Unserializable(f"{where}: {error}") from None


def _new_mac(key: bytes, scheme: str) -> hmac.HMAC:
    kind, _, digest = scheme.partition("-")
    try:
        mac = hmac.new(key, digestmod=digest if kind == "hmac" else "")
        mac.hexdigest()  # some that hashlib lists have no digest of a fixed length
    except (ValueError, TypeError):
        raise ValueError(f"unknown signature scheme {scheme!r}: expected hmac-sha256 or alike") from None
    return mac


def _frame(buffer: Buffer) -> Buffer:
    if isinstance(buffer, bytes):
        return buffer
    try:
        view = memoryview(buffer)
        if view.c_contiguous and view.readonly:
            return view.cast("B")
        if view.contiguous:
            # what is sent later, by another thread, must be what it was when it was said
            return view.tobytes(order="A")
    except (TypeError, ValueError):  # ValueError: a view that has been released
        pass
    raise Unserializable(f"buffers: an object of type {type(buffer).__qualname__} is not a row of bytes")


def _encode_header(header: Header) -> bytes:
    if header.raw:
        return header.raw
    fields = {name: value for name in _HEADER_FIELDS if (value := getattr(header, name)) is not None}
    return to_json(fields, "header")


def _decode_header(frame: bytes) -> Header:
    header = _header(_decode_object(frame, "header"), frame, "header")
    for name in ("msg_id", "msg_type"):
        if not getattr(header, name):
            raise BadContent(f"the header has no {name}")
    return header


def _decode_parent(frame: bytes) -> Header | None:
    # "null" is what xeus-python sends with its welcome; a parent without an id is no parent
    if frame in (_EMPTY, b"null"):
        return None
    header = _header(_decode_object(frame, "parent_header"), frame, "parent_header")
    return header if header.msg_id else None


def _header(fields: dict[str, Any], frame: bytes, where: str) -> Header:
    values = ["" if (value := fields.get(name)) is None else value for name in _HEADER_FIELDS]
    if set(map(type, values)) != {str}:
        name, value = next(
            item for item in zip(_HEADER_FIELDS, values, strict=True) if type(item[1]) is not str
        )
        raise BadContent(f"the {where}'s {name} is a JSON {type(value).__name__}, text belongs there")
    msg_id, msg_type, session, username, when, version, subshell_id = values
    return Header(msg_id, msg_type, session, username, when, version, subshell_id or None, frame)


def _decode_object(frame: bytes, name: str) -> dict[str, Any]:
    if frame == _EMPTY:
        return {}
    try:
        text = frame.decode().strip(" \t\r\n")
        value, end = _raw_decode(text)
    except UnicodeDecodeError as error:
        raise BadContent(f"{name} is not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise BadContent(f"{name} is not JSON: nested too deeply") from None
    except ValueError as error:
        raise BadContent(f"{name} is not JSON: {error}") from None
    if end != len(text):
        raise BadContent(f"{name} is not JSON: more follows at char {end}")
    if not isinstance(value, dict):
        raise BadContent(f"{name} is a JSON {type(value).__name__}, an object belongs there")
    return value


def _default(value: object) -> Any:
    for kinds, convert in _conversions():
        if isinstance(value, kinds):
            return convert(value)
    # its repr is somebody else's code, which may fail or print a whole table
    raise Unserializable(f"an object of type {type(value).__qualname__} has no JSON form")


def _clean(value: Any) -> Any:
    """A copy of a structure with everything replaced that strict JSON refuses."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, dict):
        return {_clean_key(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return _clean(_default(value))


@cache
def _conversions() -> tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...]:
    import numbers  # not before it is needed: whoever has numbers of his own has imported it

    return (
        (
            (bytes, bytearray, memoryview),
            lambda value: binascii.b2a_base64(bytes(value), newline=False).decode(),
        ),
        ((datetime, date), lambda value: value.isoformat()),
        (numbers.Integral, int),
        (numbers.Real, float),
        (Mapping, dict),
        (Collection, list),
    )


def _clean_key(key: Any) -> str:
    # None, True and numbers as the json module writes such keys, so that both roads write the same
    plain = key is None or isinstance(key, (int, float))
    return str(_clean(json.dumps(key) if plain else str(key)))


def _encoder() -> Callable[[Any], str]:
    # json makes its encoder in C anew for each value, which is more than half of what a small one costs
    try:
        quote, make = json.encoder.encode_basestring, json.encoder.c_make_encoder  # type: ignore[attr-defined]
        encode = make(None, _default, quote, None, ":", ",", False, False, False)
    except (AttributeError, TypeError):  # not CPython, or another one
        return json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default, check_circular=False
        ).encode
    return lambda value: "".join(encode(value, 0))


_strict = _encoder()
_UNESCAPED = bytes({10, *range(32, 127), *range(128, 256)} - {34, 92})
"""Of what a text in UTF-8 consists that stands in JSON as it is, and the line end."""

_quote = json.JSONEncoder().encode
_raw_decode = json.JSONDecoder().raw_decode

_HEADER_FIELDS = ("msg_id", "msg_type", "session", "username", "date", "version", "subshell_id")
