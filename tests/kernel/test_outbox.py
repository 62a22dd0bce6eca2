"""The outbox: order, coalescing, waking, back-pressure. No socket, no kernel."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from zconsole.kernel.outbox import (
    MAX_APART,
    MAX_LARGE,
    MAX_PIECES,
    Call,
    Frames,
    Outbox,
    Source,
    Written,
    coalesce,
)
from zconsole.session import Session, Unserializable

OUT, ERR = Source("stdout", None), Source("stderr", None)


class Speaker:
    sources = OUT, ERR


def writer(outbox: Outbox, source: Source) -> Callable[[str], int]:
    """The write of a stream, asked by code of which it is not known whose it is."""
    return outbox.writer(lambda: None, Speaker, Speaker.sources.index(source))


class Woken:
    """Counts wake-ups."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def outbox(woken: Woken) -> Outbox:
    return Outbox(Session(b""), woken)


def contents(items: Iterable[Any]) -> list[Any]:
    return [json.loads(bytes(item.frames[6])) for item in items if isinstance(item, Frames)]


def test_neighbours_of_one_source_are_joined() -> None:
    """[38]"""
    call = Call(lambda: None)
    items: list[Any] = [(OUT, "a"), (OUT, "b"), (ERR, "c"), call, (ERR, "d"), (OUT, "e"), (OUT, "f")]
    assert list(coalesce(items)) == [(OUT, "ab"), (ERR, "c"), call, (ERR, "d"), (OUT, "ef")]


def test_equal_sources_of_two_cells_are_kept_apart() -> None:
    assert len(list(coalesce([(Source("stdout", None), "a"), (Source("stdout", None), "b")]))) == 2


def test_messages_and_text_leave_in_the_order_in_which_they_were_said(outbox: Outbox) -> None:
    """[37, 39]"""
    write = writer(outbox, OUT)
    write("one ")
    write("two")
    outbox.publish("display_data", {"data": 1}, None)
    write("three")
    assert contents(outbox.take()) == [
        {"name": "stdout", "text": "one two"},
        {"data": 1},
        {"name": "stdout", "text": "three"},
    ]
    assert list(outbox.take()) == []


def test_the_first_piece_wakes_and_the_next_do_not(outbox: Outbox, woken: Woken) -> None:
    write = writer(outbox, OUT)
    assert outbox.sleep(corked=False)
    write("a")
    write("b")
    write("c")
    assert woken.times == 1


def test_a_corked_thread_is_woken_by_a_message_that_is_not_lazy(outbox: Outbox, woken: Woken) -> None:
    assert outbox.sleep(corked=True)
    outbox.publish("status", {}, None, lazy=True)
    writer(outbox, OUT)("text")
    assert woken.times == 0
    outbox.publish("status", {}, None)
    assert woken.times == 1


def test_a_thread_that_is_not_corked_is_woken_by_a_lazy_message(outbox: Outbox, woken: Woken) -> None:
    assert outbox.sleep(corked=False)
    outbox.publish("status", {}, None, lazy=True)
    assert woken.times == 1


def test_no_sleep_while_something_is_there(outbox: Outbox) -> None:
    outbox.publish("status", {}, None)
    assert not outbox.sleep(corked=False)


def test_what_cannot_be_sent_raises_where_it_was_said(outbox: Outbox) -> None:
    with pytest.raises(Unserializable, match="display_data"):
        outbox.publish("display_data", {"data": object()}, None)
    assert list(outbox.take()) == []


@pytest.mark.parametrize("text", [b"bytes", None, 5])
def test_only_text_is_written(outbox: Outbox, text: Any) -> None:
    with pytest.raises(TypeError, match="must be str"):
        writer(outbox, OUT)(text)


def test_a_subclass_of_str_is_taken_as_plain_text(outbox: Outbox) -> None:
    class Odd(str):
        def __str__(self) -> str:
            return "odd"

    writer(outbox, OUT)(Odd("even"))
    assert contents(outbox.take()) == [{"name": "stdout", "text": "odd"}]


@pytest.mark.parametrize(("piece", "count"), [("x", MAX_PIECES + 10), ("x" * (3 << 20), 4)])
def test_a_writer_waits_when_too_much_waits_and_goes_on_when_it_is_taken(
    outbox: Outbox, piece: str, count: int
) -> None:
    """[50]"""
    write = writer(outbox, OUT)
    done = threading.Event()

    def flood() -> None:
        for _ in range(count):
            write(piece)
        done.set()

    thread = threading.Thread(target=flood)
    thread.start()
    assert not done.wait(0.3), "nothing held the writer back"
    seen = 0
    while not done.is_set() or outbox._items:
        seen += sum(len(item["text"]) for item in contents(outbox.take()))
        done.wait(0.01)
    thread.join(5)
    assert seen == len(piece) * count


def held(flood: Callable[[], object], count: Callable[[], int]) -> int:
    """How many a flooding thread has said when it is held back; it is let go then."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            flood()

    thread = threading.Thread(target=run)
    thread.start()
    before = -1
    while (now := count()) != before and now < 10 * MAX_APART:
        before = now
        stop.wait(0.2)
    stop.set()
    return before


@pytest.mark.parametrize("size", [1, 3 << 20])
def test_who_floods_with_messages_waits(outbox: Outbox, size: int) -> None:
    """[50]: `while True: display(x)`"""

    def flood() -> None:
        outbox.publish("display_data", {"data": {"text/plain": "x" * size}}, None)

    waiting = held(flood, lambda: len(outbox._items))
    assert 1 < waiting <= (MAX_APART if size == 1 else 3) + 1
    assert len(contents(outbox.take())) == waiting


def test_pieces_count_as_messages_until_they_turn_out_to_be_joined(outbox: Outbox) -> None:
    """[50]: text to both streams in turns, behind a cell whose text was joined."""
    out, err = writer(outbox, OUT), writer(outbox, ERR)
    for _ in range(MAX_APART):
        out("x")
    list(outbox.take())
    outbox.publish("status", {"execution_state": "idle"}, None)
    list(outbox.take())
    waiting = held(lambda: (out("x"), err("x")), lambda: len(outbox._items))
    assert waiting <= MAX_APART + 1
    list(outbox.take())


def test_a_signal_handler_above_a_writer_that_waits_does_not_wait(outbox: Outbox) -> None:
    """Or a fast timer whose handler prints would go deeper and deeper (RecursionError)."""
    write = writer(outbox, OUT)
    depths: list[int] = []

    def handler(number: int, frame: Any) -> None:
        depth = 0
        while frame:
            frame, depth = frame.f_back, depth + 1
        depths.append(depth)
        write("alarm")
        if len(depths) == 20:
            signal.setitimer(signal.ITIMER_REAL, 0)
            taker.start()

    taker = threading.Thread(target=lambda: list(outbox.take()))
    before = signal.signal(signal.SIGALRM, handler)
    try:
        for _ in range(MAX_APART):
            write("x")
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.001)
        while len(depths) < 20:
            write("x")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    taker.join(5)
    assert max(depths) - min(depths) < 10


class Pipes:
    """The file descriptors, as the outbox sees them."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.looks = self.taken = 0
        self.is_inside = False

    def look(self, final: bool = False) -> Written | None:
        self.looks += 1
        return self.all() if self.waiting else None

    def all(self) -> Written:
        return Written((self.taken + len(self.waiting), 0), (OUT, ERR), False)

    def alive(self) -> None:
        pass

    def inside(self) -> bool:
        return self.is_inside

    def read(self, written: Written) -> list[tuple[Source, str]]:
        count = written.upto[0] - self.taken
        texts = [(OUT, text) for text in self.waiting[:count]]
        del self.waiting[:count]
        self.taken += len(texts)
        return texts


def texts(items: Iterable[Any]) -> str:
    return "".join(content.get("text", "|") for content in contents(items))


def test_what_is_written_to_descriptors_has_its_place(outbox: Outbox) -> None:
    pipes = Pipes()
    write = writer(outbox, OUT)
    outbox.watch(pipes)
    list(outbox.take())
    write("a")
    pipes.waiting.append("b")
    write("c")
    pipes.waiting.append("d")
    outbox.publish("display_data", {}, None)
    pipes.waiting.append("e")
    outbox.written(list)
    write("f")
    assert texts(outbox.take()) == "abcd|ef"


def test_a_flood_does_not_look_at_descriptors(outbox: Outbox) -> None:
    """But for its beginning, and all the time where a look has found something."""
    pipes = Pipes()
    write = writer(outbox, OUT)
    outbox.watch(pipes)
    list(outbox.take())
    for _ in range(10_000):
        write("a")
    assert pipes.looks < 100
    list(outbox.take())
    pipes.waiting.append("b")
    for _ in range(1_000):
        write("a")
    assert pipes.looks > 1_000
    outbox.publish("status", {}, None)
    list(outbox.take())
    looks = pipes.looks
    for _ in range(1_000):
        write("a")
    assert pipes.looks < looks + 100


def test_without_descriptors_nobody_looks(outbox: Outbox) -> None:
    write = writer(outbox, OUT)
    write("a")
    outbox.flush()
    outbox.written(list)
    assert texts(outbox.take()) == "a"


def test_the_thread_that_takes_does_not_wait_for_itself() -> None:
    outbox = Outbox(Session(b""), lambda: None)
    write = writer(outbox, OUT)
    list(outbox.take())
    for _ in range(MAX_PIECES + 10):
        write("x")
    assert sum(len(each["text"]) for each in contents(outbox.take())) == MAX_PIECES + 10


def test_a_signal_handler_in_the_middle_of_a_look_does_not_wait(outbox: Outbox) -> None:
    """Who would take what waits would need what the look holds."""
    pipes = Pipes()
    outbox.watch(pipes)
    pipes.is_inside = True
    write = writer(outbox, OUT)
    for _ in range(MAX_APART + 10):
        write("x")
    assert texts(outbox.take()) == "x" * (MAX_APART + 10)


def test_a_large_piece_that_is_taken_while_it_is_counted_does_not_hold_its_writer() -> None:
    """The I/O thread runs as soon as it is woken: that is before the writer has counted what it took."""
    taken: list[Any] = []

    def take() -> None:
        taker = threading.Thread(target=lambda: taken.extend(box.take()))
        taker.start()
        taker.join()
        assert box.sleep(corked=False)

    box = Outbox(Session(b""), take)
    assert box.sleep(corked=False)
    write = writer(box, OUT)
    thread = threading.Thread(target=write, args=("x" * (MAX_LARGE + 1),), daemon=True)
    thread.start()
    thread.join(3)
    assert not thread.is_alive()
    assert sum(len(content["text"]) for content in contents(taken)) == MAX_LARGE + 1
