"""The values that messages are: frozen, equal by what they say, with the few questions one asks of them."""

import pytest

from zconsole.message import Header, Message, new_id


def test_a_message_answers_for_its_header_and_its_parent():
    request = Header("1", "execute_request")
    reply = Message(Header("2", "execute_reply"), request)
    assert (reply.msg_id, reply.msg_type, reply.parent_id) == ("2", "execute_reply", "1")


def test_a_message_that_nobody_asked_for_has_no_parent():
    message = Message(Header("1", "status"))
    assert message.parent_header is None
    assert message.parent_id == ""


@pytest.mark.parametrize(
    ("value", "field"), [(Header("1", "status"), "msg_id"), (Message(Header("1", "status")), "content")]
)
def test_values_are_frozen(value, field):
    with pytest.raises(AttributeError):
        setattr(value, field, "other")


def test_headers_are_equal_by_their_fields_not_by_their_spelling():
    one, other = Header("1", "status", raw=b'{"msg_id":"1"}'), Header("1", "status", raw=b'{ "msg_id": "1" }')
    assert one == other
    assert len({one, other}) == 1
    assert Header("1", "status") != Header("2", "status")


def test_what_a_message_lacks_can_be_read_and_not_changed():
    message = Message(Header("1", "status"))
    assert (dict(message.content), dict(message.metadata)) == ({}, {})
    with pytest.raises(TypeError):
        message.content["x"] = 1  # type: ignore[index]


def test_ids_are_128_bits_and_never_the_same():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(bytes.fromhex(each)) == 16 for each in ids)
