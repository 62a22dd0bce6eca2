"""The codec: one table of messages in both directions, then every way in which frames can be wrong."""

import decimal
import hashlib
import hmac
import json
import math
import threading
from collections import deque
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_client.session import Session as TheirSession

from zconsole.message import Header, Message
from zconsole.session import (
    DELIMITER,
    BadContent,
    BadSignature,
    MalformedFrames,
    Replayed,
    Session,
    Unserializable,
    WireError,
    stream_json,
    to_json,
)

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def party(key=KEY, **options) -> Session:
    return Session(key, session="here", username="ada", now=lambda: NOON, **options)


def signed(*parts: bytes, key=KEY) -> list[bytes]:
    """The frames of header, parent_header, metadata and content as given, with the right signature."""
    return [DELIMITER, hmac.new(key, b"".join(parts), "sha256").hexdigest().encode(), *parts]


def wire(session: Session, message: Message) -> list[bytes]:
    """The frames of a message, all as bytes."""
    return [bytes(frame) for frame in session.encode(message)]


def head(**fields) -> bytes:
    return json.dumps({"msg_id": "1", "msg_type": "status", **fields}).encode()


PARENT = Header("parent_1", "execute_request", "there", "bob", "2026-03-01T11:59:59Z", "5.3")

# name: (what Session.message gets, the JSON frames that must leave)
MESSAGES = {
    "nothing but a type": ({}, (b"{}", b"{}", b"{}")),
    "content": (
        {"content": {"execution_state": "busy"}},
        (b"{}", b"{}", b'{"execution_state":"busy"}'),
    ),
    "every JSON type": (
        {"content": {"a": None, "b": True, "c": -1, "d": 1.5, "e": "x", "f": [1, [2]], "g": {"h": {}}}},
        (b"{}", b"{}", b'{"a":null,"b":true,"c":-1,"d":1.5,"e":"x","f":[1,[2]],"g":{"h":{}}}'),
    ),
    "unicode, as itself": (
        {"content": {"text": "žluťoučký 🐍 \x00 \u2028"}},
        (b"{}", b"{}", '{"text":"žluťoučký 🐍 \\u0000 \u2028"}'.encode()),
    ),
    "metadata": ({"metadata": {"x": 1}}, (b"{}", b'{"x":1}', b"{}")),
    "parent": (
        {"parent": PARENT},
        (
            b'{"msg_id":"parent_1","msg_type":"execute_request","session":"there","username":"bob",'
            b'"date":"2026-03-01T11:59:59Z","version":"5.3"}',
            b"{}",
            b"{}",
        ),
    ),
    "identities": ({"identities": (b"client", b"\x00\xff")}, (b"{}", b"{}", b"{}")),
    "buffers": ({"buffers": (b"", b"\x00\xff", b"x" * 100_000)}, (b"{}", b"{}", b"{}")),
    "all together": (
        {
            "content": {"code": "1"},
            "metadata": {"x": 1},
            "identities": (b"client",),
            "buffers": (b"<IDS|MSG>", b"{}"),
        },
        (b"{}", b'{"x":1}', b'{"code":"1"}'),
    ),
}
each_message = pytest.mark.parametrize(("arguments", "frames"), list(MESSAGES.values()), ids=list(MESSAGES))
each_key = pytest.mark.parametrize(
    "key", [KEY, b"", b"short", b"long" * 100], ids=["key", "none", "short", "long"]
)


# --- the table, outwards, inwards, and around


@each_message
def test_encode(arguments, frames):
    sent = party().encode(party().message("status", **arguments))
    identities, buffers = list(arguments.get("identities", ())), list(arguments.get("buffers", ()))
    header = (
        b'{"msg_id":"here_1","msg_type":"status","date":"2026-03-01T12:00:00+00:00",'
        b'"session":"here","username":"ada","version":"5.5"}'
    )
    assert sent == [*identities, *signed(header, *frames), *buffers]


@each_message
def test_decode(arguments, frames):
    identities, buffers = tuple(arguments.get("identities", ())), tuple(arguments.get("buffers", ()))
    message = party().decode([*identities, *signed(head(date="today"), *frames), *buffers])
    assert message == Message(
        Header("1", "status", date="today", version=""),
        arguments.get("parent"),
        arguments.get("content", {}),
        arguments.get("metadata", {}),
        buffers,
        identities,
    )


@each_key
@each_message
def test_what_is_encoded_is_decoded(arguments, frames, key):
    message = party(key).message("status", **arguments)
    assert party(key).decode(party(key).encode(message)) == message


def test_frames_may_be_memoryviews():
    message = party().message("status", {"x": 1}, identities=(b"id",), buffers=(b"buffer",))
    received = party().decode([memoryview(frame) for frame in party().encode(message)])
    assert received == message
    assert received.identities == (b"id",)


def test_a_buffer_is_copied_if_it_can_change():
    fixed, other = b"big", bytearray(b"big")
    buffers: Any = (fixed, other, memoryview(other))
    frames = party().encode(party().message("status", buffers=buffers))
    other[:] = b"bad"
    assert frames[-3] is fixed
    assert frames[-3:] == [b"big", b"big", b"big"]
    assert party().decode(frames).buffers[0] is fixed


def test_an_array_goes_out_as_it_lies_in_memory():
    columns: Any = np.array([[1, 2], [3, 4]], dtype="u1", order="F")
    assert party().encode(party().message("status", buffers=(columns,)))[-1] == b"\1\3\2\4"


def released():
    view = memoryview(b"x")
    view.release()
    return view


@pytest.mark.parametrize(
    "buffer",
    ["text", None, 5, memoryview(bytes(4))[::2], released()],
    ids=["text", "nothing", "number", "gaps", "released"],
)
def test_what_is_no_row_of_bytes_is_refused_as_a_buffer(buffer):
    """[28] Here, where it was said, and not when it is sent."""
    with pytest.raises(Unserializable, match=r"^buffers: .*" + type(buffer).__name__):
        party().encode(party().message("status", buffers=(buffer,)))


def test_ids_count_and_a_subshell_is_named():
    session = party()
    first, second = session.message("a"), session.message("b", subshell_id='s"1')
    assert (first.msg_id, second.msg_id) == ("here_1", "here_2")
    received = party().decode(session.encode(second))
    assert received.header == second.header
    assert received.header.subshell_id == 's"1'


def test_odd_names_are_no_hole_in_the_header():
    session = Session(KEY, session='s"\\', username='u"\ud800')
    received = party().decode(session.encode(session.message('a","msg_id":"b')))
    assert received.msg_type == 'a","msg_id":"b'
    assert received.msg_id == 's"\\_1'
    assert received.header.username == 'u"\\ud800'


def test_a_parents_header_is_repeated_byte_for_byte():
    raw = '{ "msg_id": "1", "msg_type":"x", "future": {"é": [1.0, 1e3]},"username" : null }'.encode()
    request = party().decode(signed(raw, b"{}", b"{}", b"{}"))
    frames = party().encode(party().message("reply", parent=request))
    assert frames[3] == raw
    # also by whoever passes it on, and for the second child
    reply = party().decode(frames)
    assert party().encode(party().message("other", parent=reply.parent_header))[3] == raw


def test_children_of_one_parent_and_then_of_another():
    here, there = party(), party()
    parents = [here.message("execute_request") for _ in range(3)]
    children = [here.message("stream", parent=parent) for parent in [*parents, None, parents[0], parents[0]]]
    assert [there.decode(here.encode(child)) for child in children] == children


def test_a_replaced_header_is_what_goes_out_when_its_raw_form_is_emptied():
    header = Header("1", "a", subshell_id="s")
    frames = wire(party(), Message(header))
    assert json.loads(frames[2])["subshell_id"] == "s"


# --- against jupyter_client, both ways


def theirs(key=KEY) -> TheirSession:
    return TheirSession(key=key, username="bob", session="there")


@each_key
@each_message
def test_jupyter_client_reads_ours(arguments, frames, key):
    message = party(key).message("status", **arguments)
    session = theirs(key)
    identities, rest = session.feed_identities(wire(party(key), message))
    received = session.deserialize(rest)
    assert identities == list(arguments.get("identities", ()))
    assert (received["msg_id"], received["msg_type"]) == ("here_1", "status")
    assert received["header"]["date"] == NOON
    assert received["header"]["version"] == "5.5"
    assert received["content"] == arguments.get("content", {})
    assert received["metadata"] == arguments.get("metadata", {})
    assert received["parent_header"].get("msg_id") == (PARENT.msg_id if "parent" in arguments else None)
    assert [bytes(buffer) for buffer in received["buffers"]] == list(arguments.get("buffers", ()))


@each_key
@each_message
def test_ours_reads_jupyter_client(arguments, frames, key):
    session = theirs(key)
    parent = {"header": {**json.loads(frames[0]), "date": NOON}} if "parent" in arguments else None
    sent = session.msg("status", arguments.get("content"), parent=parent, metadata=arguments.get("metadata"))
    sent_frames = session.serialize(sent, ident=list(arguments.get("identities", ())))
    message = party(key).decode([*sent_frames, *arguments.get("buffers", ())])
    assert message.header.session == "there"
    assert message.header.username == "bob"
    assert message.msg_id == sent["msg_id"]
    assert datetime.fromisoformat(message.header.date) == sent["header"]["date"]
    assert message.parent_id == ("parent_1" if parent else "")
    assert message.content == arguments.get("content", {})
    assert message.metadata == arguments.get("metadata", {})
    assert message.identities == tuple(arguments.get("identities", ()))
    assert message.buffers == tuple(arguments.get("buffers", ()))


def test_jupyter_client_understands_our_answer_to_its_request():
    session = theirs()
    request = session.msg("execute_request", {"code": "1"})
    answer = party().message("execute_reply", parent=party().decode(session.serialize(request)))
    received = session.deserialize(session.feed_identities(wire(party(), answer))[1])
    assert received["parent_header"] == request["header"]


@pytest.mark.parametrize("scheme", ["hmac-sha256", "hmac-sha512", "hmac-md5", "hmac-sha3_256"])
def test_other_schemes(scheme):
    ours = Session(KEY, signature_scheme=scheme)
    session = TheirSession(key=KEY, signature_scheme=scheme)
    assert session.deserialize(wire(ours, ours.message("status"))[1:])["msg_type"] == "status"
    assert ours.decode(session.serialize(session.msg("status"))).msg_type == "status"


@pytest.mark.parametrize(
    "scheme", ["", "hmac", "hmac-", "hmac-none", "sha256", "rsa-sha256", "hmac-shake_128"]
)
@each_key
def test_an_unknown_scheme_is_refused(scheme, key):
    with pytest.raises(ValueError, match="unknown signature scheme"):
        Session(key, signature_scheme=scheme)


def test_every_scheme_signs_or_is_refused():
    for digest in hashlib.algorithms_available:
        try:
            session = Session(KEY, signature_scheme=f"hmac-{digest}")
        except ValueError:
            continue
        assert session.decode(session.encode(session.message("status")))


# --- signatures


def test_each_signed_frame_is_covered():
    frames = party().encode(party().message("status", {"x": 1}, parent=PARENT, metadata={"y": 2}))
    for place in range(1, 6):
        tampered = list(frames)
        tampered[place] = bytes(frames[place]).replace(b"1", b"7").replace(b"2", b"7")
        assert tampered[place] != frames[place]
        with pytest.raises(BadSignature, match="the signature does not match the key"):
            party().decode(tampered)
    assert party().decode(frames)


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (b"", "the message is not signed"),
        (b"0" * 64, "the signature does not match the key"),
        (b"\xff" * 64, "the signature does not match the key"),
        (b"x", "the signature does not match the key"),
        (signed(head(), b"{}", b"{}", b"{}", key=b"other")[1], "the signature does not match the key"),
        (signed(head(), b"{}", b"{}", b"{}")[1].upper(), "the signature does not match the key"),
        (signed(head(), b"{}", b"{}", b"{}")[1][:32], "the signature does not match the key"),
    ],
)
def test_a_wrong_signature(signature, why):
    """[85]"""
    with pytest.raises(BadSignature, match=why):
        party().decode([DELIMITER, signature, head(), b"{}", b"{}", b"{}"])


def test_the_signature_is_checked_before_anything_is_parsed():
    with pytest.raises(BadSignature):
        party().decode([DELIMITER, b"", b"\xff", b"[", b"", b"nonsense"])


def test_without_a_key_nothing_is_checked_and_nothing_is_signed():
    message = party(b"").message("status")
    frames = party(b"").encode(message)
    assert frames[1] == b""
    session = party(b"")
    assert session.decode(frames) == session.decode(frames) == message
    assert session.decode([DELIMITER, b"whatever", *frames[2:]]) == message


def test_identities_and_buffers_are_not_signed():
    frames = party().encode(party().message("status", identities=(b"a",), buffers=(b"b",)))
    received = party().decode([b"other", b"route", *frames[1:-1], b"another"])
    assert received.identities == (b"other", b"route")
    assert received.buffers == (b"another",)


# --- replay


def test_the_same_frames_twice():
    """[86]"""
    here, there = party(), party()
    frames = here.encode(here.message("execute_request"))
    there.decode(frames)
    with pytest.raises(Replayed, match="has been received before"):
        there.decode(frames)
    with pytest.raises(Replayed):
        there.decode([b"another route", *frames])


def test_the_same_message_in_other_sessions_is_no_replay():
    frames = party().encode(party().message("execute_request"))
    assert party().decode(frames) == party().decode(frames)


def test_the_window_forgets_the_oldest_first():
    here, there = party(), party(replay_window=3)
    sent = [here.encode(here.message("status")) for _ in range(5)]
    for frames in sent:
        there.decode(frames)
    for frames in sent[2:]:
        with pytest.raises(Replayed):
            there.decode(frames)
    assert there.decode(sent[0])


def test_a_refused_replay_pushes_nothing_out():
    here, there = party(), party(replay_window=2)
    first, second = (here.encode(here.message("status")) for _ in range(2))
    there.decode(first)
    there.decode(second)
    for _ in range(10):
        with pytest.raises(Replayed):
            there.decode(second)
    with pytest.raises(Replayed):
        there.decode(first)


def test_junk_never_enters_the_window():
    here, there = party(), party()
    old = here.encode(here.message("execute_request"))
    there.decode(old)
    for number in range(70_000):
        with pytest.raises(BadSignature):
            there.decode([DELIMITER, b"%064x" % number, b"", b"", b"", b""])
    with pytest.raises(Replayed):
        there.decode(old)


def test_a_signature_that_junk_has_used_is_still_free():
    here, there = party(), party()
    frames = here.encode(here.message("execute_request"))
    with pytest.raises(BadSignature):
        there.decode([*frames[:2], *[b"{}"] * 4])
    assert there.decode(frames)


# --- frames that are no message

OBJECT = b"{}"
WRONG_FRAMES = {
    "nothing": ([], MalformedFrames, "no delimiter in 0 frames"),
    "no delimiter": ([b"a", b"b"], MalformedFrames, "no delimiter in 2 frames"),
    "only the delimiter": ([DELIMITER], MalformedFrames, "0 frames behind the delimiter, at least 5"),
    "one frame short": (signed(head(), OBJECT, OBJECT), MalformedFrames, "4 frames behind the delimiter"),
    "header not UTF-8": (
        signed(b"\xff", OBJECT, OBJECT, OBJECT),
        BadContent,
        "header is not UTF-8: invalid start byte at byte 0",
    ),
    "content not UTF-8": (
        signed(head(), OBJECT, OBJECT, b'{"a":"\xe9"}'),
        BadContent,
        "content is not UTF-8: invalid continuation byte at byte 6",
    ),
    "header not JSON": (signed(b"{", OBJECT, OBJECT, OBJECT), BadContent, "header is not JSON: Expecting"),
    "header empty": (signed(b"", OBJECT, OBJECT, OBJECT), BadContent, "header is not JSON: Expecting"),
    "parent not JSON": (signed(head(), b"nul", OBJECT, OBJECT), BadContent, "parent_header is not JSON"),
    "metadata not JSON": (signed(head(), OBJECT, b"x", OBJECT), BadContent, "metadata is not JSON"),
    "content not JSON": (signed(head(), OBJECT, OBJECT, b"'"), BadContent, "content is not JSON"),
    "two documents": (
        signed(head(), OBJECT, OBJECT, b"{}{}"),
        BadContent,
        "content is not JSON: more follows",
    ),
    "a byte order mark": (
        signed(head(), OBJECT, OBJECT, b"\xef\xbb\xbf{}"),
        BadContent,
        "content is not JSON",
    ),
    "header a list": (signed(b"[]", OBJECT, OBJECT, OBJECT), BadContent, "header is a JSON list, an object"),
    "header null": (
        signed(b"null", OBJECT, OBJECT, OBJECT),
        BadContent,
        "header is a JSON NoneType, an object",
    ),
    "parent a text": (signed(head(), b'"x"', OBJECT, OBJECT), BadContent, "parent_header is a JSON str"),
    "metadata a number": (signed(head(), OBJECT, b"1", OBJECT), BadContent, "metadata is a JSON int"),
    "content null": (signed(head(), OBJECT, OBJECT, b"null"), BadContent, "content is a JSON NoneType"),
    "deep JSON": (
        signed(head(), OBJECT, OBJECT, b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        BadContent,
        "content is not JSON: nested too deeply",
    ),
    "a number of 5000 digits": (
        signed(head(), OBJECT, OBJECT, b'{"a":%s}' % (b"9" * 5000)),
        BadContent,
        "content is not JSON: Exceeds the limit",
    ),
    "no msg_id": (
        signed(b'{"msg_type":"x"}', OBJECT, OBJECT, OBJECT),
        BadContent,
        "the header has no msg_id",
    ),
    "no msg_type": (
        signed(b'{"msg_id":"x"}', OBJECT, OBJECT, OBJECT),
        BadContent,
        "the header has no msg_type",
    ),
    "empty header": (signed(OBJECT, OBJECT, OBJECT, OBJECT), BadContent, "the header has no msg_id"),
    "msg_id null": (
        signed(head(msg_id=None), OBJECT, OBJECT, OBJECT),
        BadContent,
        "the header has no msg_id",
    ),
    "msg_type empty": (signed(head(msg_type=""), OBJECT, OBJECT, OBJECT), BadContent, "has no msg_type"),
    **{
        f"{field} a {kind}": (
            signed(head(**{field: value}), OBJECT, OBJECT, OBJECT),
            BadContent,
            f"the header's {field} is a JSON {kind}, text belongs there",
        )
        for field in ("msg_id", "msg_type", "session", "username", "date", "version", "subshell_id")
        for kind, value in {"int": 0, "bool": False, "list": [], "dict": {"a": 1}, "float": 1.5}.items()
    },
    "a parent's msg_id a list": (
        signed(head(), head(msg_id=[1]), OBJECT, OBJECT),
        BadContent,
        "the parent_header's msg_id is a JSON list, text belongs there",
    ),
}


@pytest.mark.parametrize(("frames", "kind", "why"), WRONG_FRAMES.values(), ids=WRONG_FRAMES)
def test_malformed(frames, kind, why):
    """[85]"""
    session = party()
    with pytest.raises(WireError, match=why) as caught:
        session.decode(frames)
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 200
    assert session.decode(party().encode(party().message("status")))


def test_depth_at_the_edge_of_what_the_parser_takes():
    """Whatever depth: a Message or a WireError, also where naming the culprit would be too deep."""
    for depth in range(1, 3000, 7):
        nested = b"[" * depth + b"]" * depth
        header = b'{"msg_id":%s,"msg_type":"x"}' % nested
        for frames in (
            signed(header, OBJECT, OBJECT, OBJECT),
            signed(head(), OBJECT, OBJECT, b'{"a":%s}' % nested),
        ):
            try:
                party().decode(frames)
            except WireError:
                pass


# what other kernels send and we read all the same
TOLERATED = {
    "a null parent": ([head(), b"null", OBJECT, OBJECT], None),
    "a parent without an id": ([head(), b'{"msg_type":"x"}', OBJECT, OBJECT], None),
    "a parent with a null id": ([head(), b'{"msg_id":null}', OBJECT, OBJECT], None),
    "a parent without a type": ([head(), b'{"msg_id":"7"}', OBJECT, OBJECT], Header("7", "", version="")),
    "null fields": ([head(username=None, version=None), OBJECT, OBJECT, OBJECT], None),
    "white space": ([b" \r\n" + head() + b"\n", b"{ }", b" {}", b"\t{}\n"], None),
}


@pytest.mark.parametrize(("parts", "parent"), TOLERATED.values(), ids=TOLERATED)
def test_tolerated(parts, parent):
    message = party().decode(signed(*parts))
    assert message.msg_id == "1"
    assert message.parent_header == parent


def test_the_first_delimiter_counts():
    message = party().message("status", buffers=(DELIMITER, b"x"))
    assert party().decode(party().encode(message)) == message


@pytest.mark.parametrize("key", [KEY, b""])
def test_frames_cut_off(key):
    frames = party(key).encode(party(key).message("status", {"x": 1}, identities=(b"id",)))
    for length in range(len(frames)):
        with pytest.raises(MalformedFrames):
            party(key).decode(frames[:length])


def test_frames_swapped_doubled_or_lost():
    message = party().message("status", {"x": 1}, parent=PARENT, metadata={"y": 1}, identities=(b"id",))
    frames = party().encode(message)
    for place in range(2, len(frames)):
        for wrong in (
            [*frames[:place], frames[place - 1], *frames[place:]],
            [*frames[: place - 1], *frames[place - 1 : place + 1][::-1], *frames[place + 1 :]],
            [*frames[:place], *frames[place + 1 :]],
        ):
            with pytest.raises((BadSignature, MalformedFrames)):
                party().decode(wrong)


frame = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([DELIMITER, OBJECT, b"null", b"[]", b'{"msg_id":"1","msg_type":"x"}', b'{"msg_id":1}']),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["msg_id", "msg_type", "date"]), inner)
        ),
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(deadline=None)
@given(st.lists(frame, max_size=12), st.sampled_from([KEY, b""]), st.booleans())
def test_any_frames_are_a_message_or_a_wire_error(frames, key, sign):
    """[85]"""
    if sign and key and len(frames) >= 4:
        frames = signed(*frames[:4]) + frames[4:]
    try:
        message = party(key).decode(frames)
    except WireError:
        return
    assert party(key).decode(party(key).encode(message)).header == message.header


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), json_values),
    st.lists(st.binary().filter(lambda frame: frame != DELIMITER)),
    st.lists(st.binary()),
)
def test_any_message_survives_the_wire(content, identities, buffers):
    here = party()
    message = here.message(
        "status", content, metadata=content, identities=tuple(identities), buffers=tuple(buffers)
    )
    assert party().decode(here.encode(message)) == message


# --- JSON that is strict whatever goes in

LOOP: list = []
LOOP.append(LOOP)
DEEP: list = []
for _ in range(100_000):
    DEEP = [DEEP]


class Odd:
    """Nothing that JSON knows, with a repr that fails."""

    def __repr__(self):
        raise ZeroDivisionError


CLEANED = {
    "NaN": (math.nan, None),
    "infinity": ([math.inf, -math.inf, 1.0], [None, None, 1.0]),
    "bytes": (b"\x89PNG", "iVBORw=="),
    "bytearray": (bytearray(b"ab"), "YWI="),
    "memoryview": (memoryview(b"a-b")[::2], "YWI="),
    "set": ({1}, [1]),
    "frozenset": (frozenset([1]), [1]),
    "deque": (deque([1, 2]), [1, 2]),
    "range": (range(3), [0, 1, 2]),
    "tuple": ((1, (2,)), [1, [2]]),
    "mapping": (MappingProxyType({"a": {1}}), {"a": [1]}),
    "datetime": (NOON, "2026-03-01T12:00:00+00:00"),
    "date": (date(2026, 3, 1), "2026-03-01"),
    "lone surrogate": ("a\ud800é", "a\\ud800é"),
    "key with a surrogate": ({"\udcff": 1}, {"\\udcff": 1}),
    "number keys": ({1: "a", 2.5: "b"}, {"1": "a", "2.5": "b"}),
    "constant keys": ({None: 1, True: 2}, {"null": 1, "true": 2}),
    "constant keys beside NaN": ({None: 1, True: 2, 1.5: math.nan}, {"null": 1, "true": 2, "1.5": None}),
    "NaN as key": ({math.nan: 1}, {"NaN": 1}),
    "tuple as key": ({(1, 2): 1}, {"(1, 2)": 1}),
    "bytes as key, NaN below": ({b"k": [math.nan]}, {"b'k'": [None]}),
    "numpy integer": (np.int64(3), 3),
    "numpy float": (np.float32(0.5), 0.5),
    "numpy NaN": (np.float64("nan"), None),
    "numpy NaN, single": (np.float32("nan"), None),
    "numpy array": (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    "numpy array with NaN": (np.array([1.0, math.nan]), [1.0, None]),
    "all at once": ({"a": [b"x", {math.nan}, "\ud800"]}, {"a": ["eA==", [None], "\\ud800"]}),
}


@pytest.mark.parametrize(("value", "expected"), CLEANED.values(), ids=CLEANED)
def test_what_strict_json_refuses_is_cleaned(value, expected):
    """[27-29]"""
    message = party().message("comm_msg", {"data": value}, metadata={"data": value})
    frames = wire(party(), message)
    for part in frames[-2:]:
        assert json.loads(part, parse_constant=pytest.fail) == {"data": expected}
    assert theirs().deserialize(frames[1:])["content"] == {"data": expected}


REFUSED = {
    "an object": (Odd(), "an object of type Odd has no JSON form"),
    "an object below NaN": ([math.nan, Odd()], "an object of type Odd has no JSON form"),
    "a function": (len, "builtin_function_or_method"),
    "a class": (Odd, "an object of type type"),
    "a complex": (1j, "an object of type complex"),
    "a Decimal": (decimal.Decimal(1), "an object of type Decimal"),
    "a generator": ((x for x in "abc"), "an object of type generator"),
    "a list that contains itself": (LOOP, "nested too deeply for JSON, or containing itself"),
    "a deep list": (DEEP, "nested too deeply for JSON, or containing itself"),
    "an integer of 5000 digits": (10**5000, "Exceeds the limit"),
    "an array without dimensions": (np.array(1j), "0-d array"),
}


@pytest.mark.parametrize(("value", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_data_is_refused_by_type_and_place(value, why):
    """[28]"""
    with pytest.raises(Unserializable, match=f"^comm_msg: .*{why}"):
        party().encode(party().message("comm_msg", {"data": value}))
    with pytest.raises(Unserializable, match=f"^metadata: .*{why}"):
        party().encode(party().message("comm_msg", metadata={"data": value}))


# --- threads


def test_threads_may_make_and_encode_messages_at_once():
    session, there = party(), party()
    frames: list[list] = []

    def work():
        for number in range(300):
            frames.append(session.encode(session.message("stream", {"text": "x" * number * 10})))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = {there.decode(each).msg_id for each in frames}
    assert len(ids) == 8 * 300


@pytest.mark.parametrize(
    "text",
    [
        *("", "plain", "two\nlines\n", 'a "quoted" word', "back\\slash", "tab\t", "\x1b[31mred", "\x7f"),
        *("é ° 😀 \u2028", "\x85", "half \ud800", "\r\n", "\x00"),
    ],
)
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_the_content_of_a_stream_is_made_faster_and_the_same(name, text):
    assert stream_json(name, text) == to_json({"name": name, "text": text}, "stream")
