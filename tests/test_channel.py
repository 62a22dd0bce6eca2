"""A channel against a real socket: order, turns, garbage, and a receiver that fails."""

import asyncio
import contextlib
import time

import pytest
import zmq

from tests.fakes import DEADLINE, run
from zconsole.channel import TURN, TURN_SIZE, Channel, Heartbeat
from zconsole.session import BadSignature, MalformedFrames, Replayed, Session, Unserializable

KEY = b"key"


@contextlib.contextmanager
def sockets(here: int, there: int, tmp_path):
    """Two connected sockets: ours to give to a channel, and the other side's."""
    context: zmq.Context = zmq.Context()
    ours, theirs = context.socket(here), context.socket(there)
    for each in (ours, theirs):
        each.sndhwm = each.rcvhwm = 0
    theirs.bind(f"ipc://{tmp_path}/s")
    ours.connect(f"ipc://{tmp_path}/s")
    try:
        yield ours, theirs
    finally:
        context.destroy(linger=0)


class Inbox:
    """What a channel has received; `until(n)` waits for that many."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.news = asyncio.Event()

    def __call__(self, message) -> None:
        self.numbers.append(message.content["n"])
        self.news.set()

    async def until(self, count: int) -> list[int]:
        while len(self.numbers) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), DEADLINE)
        return self.numbers


def frames(session: Session, number: int, text: str = ""):
    return session.encode(session.message("stream", {"n": number, "text": text}))


def test_messages_go_both_ways_in_order(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            inbox, there = Inbox(), Session(KEY)
            channel = Channel(ours, Session(KEY), inbox, asyncio.get_running_loop())
            for number in range(3 * TURN + 1):
                channel.send(Session(KEY).message("execute_request", {"n": number}))
                assert there.decode(theirs.recv_multipart()).content == {"n": number}
                theirs.send_multipart(frames(there, number))
            assert await inbox.until(3 * TURN + 1) == list(range(3 * TURN + 1))
            channel.close()

    run(scenario())


def test_what_came_before_the_channel_was_made_is_received(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            theirs.send_multipart(frames(Session(KEY), 7))
            assert ours.poll(DEADLINE * 1000)  # the edge of its file descriptor is spent here
            inbox = Inbox()
            channel = Channel(ours, Session(KEY), inbox, asyncio.get_running_loop())
            assert await inbox.until(1) == [7]
            channel.close()

    run(scenario())


def test_a_send_does_not_lose_what_came_with_it(tmp_path):
    """A send reads the socket's commands, and with them the news that a message is there."""

    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            inbox, here, there = Inbox(), Session(KEY), Session(KEY)
            channel = Channel(ours, here, inbox, asyncio.get_running_loop())
            for number in range(200):
                theirs.send_multipart(frames(there, number))
                time.sleep(0.0005)  # noqa: ASYNC251  the message arrives, and the loop must not look
                channel.send(here.message("execute_request"))
                assert len(await inbox.until(number + 1)) == number + 1
            channel.close()

    run(scenario())


@pytest.mark.parametrize(
    ("count", "size", "turn"), [(20_000, 0, TURN), (500, 50_000, TURN_SIZE // 50_000 + 1)]
)
def test_a_flood_leaves_the_loop_room(count, size, turn, tmp_path):

    async def scenario() -> None:
        with sockets(zmq.SUB, zmq.PUB, tmp_path) as (ours, theirs):
            ours.subscribe(b"")
            inbox, there, loop = Inbox(), Session(KEY), asyncio.get_running_loop()
            channel = Channel(ours, Session(KEY), inbox, loop)
            while not inbox.numbers:  # until the subscription has arrived
                theirs.send_multipart(frames(there, -1))
                await asyncio.sleep(0.005)
            for number in range(count):
                theirs.send_multipart(frames(there, number, "x" * size))
            turns, before = 0, len(inbox.numbers)
            while inbox.numbers[-1] != count - 1:
                await asyncio.sleep(0)
                assert len(inbox.numbers) - before <= turn
                before = len(inbox.numbers)
                turns += 1
            assert [number for number in inbox.numbers if number >= 0] == list(range(count))
            assert turns >= count / turn
            channel.close()

    run(scenario())


@pytest.mark.parametrize(
    ("junk", "kind"),
    [
        ([b""], MalformedFrames),
        ([b"a", b"b", b"c"], MalformedFrames),
        ([b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"], BadSignature),
        (["other key"], BadSignature),
        (["unfit"], Replayed),  # signed: from the second on it is that as well
    ],
    ids=["empty", "no delimiter", "wrong signature", "wrong key", "not JSON"],
)
def test_garbage_is_counted_and_what_follows_is_received(junk, kind, tmp_path):
    session = Session(KEY)
    if junk == ["other key"]:
        junk = frames(Session(b"other"), 1)
    elif junk == ["unfit"]:
        parts = [b"x", b"{}", b"{}", b"{}"]
        junk = [b"<IDS|MSG>", session._sign(parts), *parts]

    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            inbox = Inbox()
            channel = Channel(ours, Session(KEY), inbox, asyncio.get_running_loop())
            for _ in range(TURN + 1):
                theirs.send_multipart(junk)
            theirs.send_multipart(frames(session, 1))
            assert await inbox.until(1) == [1]
            assert channel.dropped == TURN + 1
            assert type(channel.why_dropped) is kind
            channel.close()

    run(scenario())


def test_a_receiver_that_raises_does_not_stop_the_channel(tmp_path):
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        raised: list = []
        loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            inbox, there = Inbox(), Session(KEY)

            def receive(message) -> None:
                if message.content["n"] % 2:
                    raise ZeroDivisionError
                inbox(message)

            channel = Channel(ours, Session(KEY), receive, loop)
            for number in range(7):
                theirs.send_multipart(frames(there, number))
            assert await inbox.until(4) == [0, 2, 4, 6]
            assert [type(each) for each in raised] == [ZeroDivisionError] * 3
            channel.close()

    run(scenario())


def test_a_receiver_may_close_the_channel(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            there, closed = Session(KEY), asyncio.Event()

            def receive(message) -> None:
                assert not closed.is_set()
                channel.close()
                closed.set()

            channel = Channel(ours, Session(KEY), receive, asyncio.get_running_loop())
            for number in range(3):
                theirs.send_multipart(frames(there, number))
            await asyncio.wait_for(closed.wait(), DEADLINE)
            await asyncio.wait_for(channel.end(0.001), DEADLINE)

    run(scenario())


def test_what_cannot_be_sent_leaves_nothing_behind(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            session = Session(KEY)
            channel = Channel(ours, session, Inbox(), asyncio.get_running_loop())
            with pytest.raises(Unserializable):
                channel.send(session.message("x", {"a": object()}))
            channel.send(session.message("x", {"a": 1}))
            assert Session(KEY).decode(theirs.recv_multipart()).content == {"a": 1}
            channel.close()

    run(scenario())


def test_what_was_sent_before_close_arrives(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            session = Session(KEY)
            channel = Channel(ours, session, Inbox(), asyncio.get_running_loop())
            channel.send(session.message("shutdown_request"))
            channel.close()
            assert Session(KEY).decode(theirs.recv_multipart()).msg_type == "shutdown_request"

    run(scenario())


def test_an_end_that_nobody_expected_is_a_silence(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.PAIR, zmq.PAIR, tmp_path) as (ours, theirs):
            inbox, there = Inbox(), Session(KEY)
            for number in range(5000):
                theirs.send_multipart(frames(there, number))
            channel = Channel(ours, Session(KEY), inbox, asyncio.get_running_loop())
            await inbox.until(1)
            await channel.end(0.02)
            assert inbox.numbers == list(range(5000))
            channel.close()

    run(scenario())


def test_an_end_that_is_expected_is_seen(tmp_path):
    async def scenario() -> None:
        with sockets(zmq.SUB, zmq.PUB, tmp_path) as (ours, theirs):
            inbox, there = Inbox(), Session(KEY)
            channel = Channel(ours, Session(KEY), inbox, asyncio.get_running_loop())
            channel.subscribe(b"")
            while not inbox.numbers:
                theirs.send_multipart(frames(there, 0))
                await asyncio.sleep(0)
            channel.expect_end()
            first = len(inbox.numbers)
            for number in range(5000):
                theirs.send_multipart(frames(there, number))
            theirs.close(linger=10_000)
            await asyncio.wait_for(channel.end(10 * DEADLINE), DEADLINE)
            assert [number for number in inbox.numbers[first:] if number] == list(range(1, 5000))
            channel.close()

    run(scenario())


def test_a_kernel_is_lost_once_and_found_again(tmp_path):
    async def scenario() -> None:
        context: zmq.Context = zmq.Context()
        ours = context.socket(zmq.DEALER)
        ours.immediate, ours.reconnect_ivl = True, 5
        ours.connect(f"ipc://{tmp_path}/s")
        told: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        heartbeat = Heartbeat(ours, lambda: told.put_nowait("lost"), lambda: told.put_nowait("found"), loop)
        heartbeat.period = 0.01
        assert await asyncio.wait_for(told.get(), DEADLINE) == "lost"
        await asyncio.sleep(0.1)
        assert told.empty()
        assert not heartbeat.met.done()
        theirs = context.socket(zmq.REP)
        theirs.bind(f"ipc://{tmp_path}/s")
        assert await asyncio.wait_for(told.get(), DEADLINE) == "found"
        assert heartbeat.met.done()
        theirs.close(linger=0)
        assert await asyncio.wait_for(told.get(), DEADLINE) == "lost"
        heartbeat.close()
        context.destroy(linger=0)

    run(scenario())


@pytest.mark.parametrize("echoes", [3, 0], ids=["echoing", "busy"])
def test_a_kernel_that_is_connected_is_not_lost(echoes, tmp_path):
    async def scenario() -> None:
        with sockets(zmq.DEALER, zmq.REP, tmp_path) as (ours, theirs):
            ours.immediate = True
            heartbeat = Heartbeat(ours, pytest.fail, pytest.fail, asyncio.get_running_loop())
            heartbeat.period = 0.02
            for _ in range(echoes):
                while not theirs.poll(0):  # noqa: ASYNC110  the socket is the kernel's, in no loop
                    await asyncio.sleep(0.001)
                theirs.send_multipart(theirs.recv_multipart())
            await asyncio.sleep(0.2)  # three times as long as absence may last
            assert theirs.poll(DEADLINE * 1000)  # it asks again only when it has been answered
            theirs.recv_multipart()
            assert not theirs.poll(0)
            heartbeat.close()

    run(scenario())
