"""What the prompt asks of kernels that count positions in other ways."""

import asyncio

import pytest

from zconsole.frontend.questions import Questions, code_points, utf16_units

CODE = "'😀𝒳'; größe"


def asked(protocol, reply):
    """What a kernel of this protocol is asked for the end of CODE, and what its reply comes to."""
    requests = []

    async def ask(msg_type, content, timeout):
        requests.append((msg_type, content["cursor_pos"]))
        return reply

    questions = Questions(ask)
    questions.learn({"protocol_version": protocol} if protocol else {})
    content = {"code": CODE, "cursor_pos": len(CODE)}
    result = asyncio.run(questions.complete(content, 1))
    asyncio.run(questions.inspect(content, 1))
    return requests, result


@pytest.mark.parametrize("protocol", ["5.2", "5.5", "6.0", "", "nonsense"])
def test_code_points(protocol):
    reply = {"matches": ["größer"], "cursor_start": 6, "cursor_end": 11}
    assert asked(protocol, reply) == ([("complete_request", 11), ("inspect_request", 11)], reply)


@pytest.mark.parametrize("protocol", ["5.1", "5.0", "4.1"])
def test_utf16(protocol):
    """Letters beyond the basic plane are two."""
    requests, result = asked(protocol, {"matches": ["größer"], "cursor_start": 8, "cursor_end": 13})
    assert requests == [("complete_request", 13), ("inspect_request", 13)]
    assert (result["cursor_start"], result["cursor_end"]) == (6, 11)


@pytest.mark.parametrize("reply", [None, {}, {"status": "error"}, {"cursor_start": "8"}])
def test_a_reply_without_positions(reply):
    assert asked("5.0", reply)[1] == reply


def test_a_text_has_colours_and_nothing_else_that_a_terminal_obeys():
    async def ask(msg_type, content, timeout):
        return {"found": True, "data": {"text/plain": "\x1b[31mred\x1b[0m \x1b]52;c;YQ==\x07\x1b[2Jtext"}}

    reply = asyncio.run(Questions(ask).inspect({"code": "f", "cursor_pos": 1}, 1))
    assert reply is not None
    assert reply["data"] == {"text/plain": "\x1b[31mred\x1b[0m text"}


def test_there_and_back():
    for position in range(len(CODE) + 1):
        assert code_points(CODE, utf16_units(CODE[:position])) == position
