"""The terminal below the line editor, with a real pseudo-terminal that is read slowly, or not at all."""

import asyncio
import os
import pty
import re
import threading
from contextlib import suppress

import pytest

from zconsole.frontend.prompt.device.tty import KEPT, LIMIT, SPARED, Tty

LINE = "x" * 99 + "\n"


@pytest.fixture
def window():
    master, slave = pty.openpty()
    yield master, slave
    for fd in (master, slave):
        with suppress(OSError):
            os.close(fd)


def session(window, work):
    """Run `work(tty)` in a session; what the window shows from the moment on when it awaits drain()."""
    master, slave = window
    shown = bytearray()

    def read():
        with suppress(OSError):
            while data := os.read(master, 65536):
                shown.extend(data)

    async def run():
        tty = Tty(asyncio.get_running_loop(), slave, slave)
        with tty.session():
            work(tty)
            reader = threading.Thread(target=read, daemon=True)
            reader.start()
            await asyncio.wait_for(tty.drain(), 30)
        os.close(slave)  # the reader sees the end, having read all
        reader.join(10)
        assert not reader.is_alive()

    asyncio.run(run())
    return shown.decode().replace("\r\n", "\n")


def test_output_waits_for_a_terminal_that_does_not_read_and_all_is_shown(window):
    text = LINE * 20_000
    assert session(window, lambda tty: tty.write(text)) == text


def test_after_an_interrupt_the_newest_is_shown_and_the_rest_is_counted(window):
    def work(tty):
        tty.write(LINE * 10_000)
        tty.skim()
        tty.write(LINE * 10_000 + "the end\n")

    shown = session(window, work)
    note = re.search(r"\[interrupted: (\d+) lines are not shown\]", shown)
    assert note
    assert len(shown) - note.end() <= KEPT * 2
    assert shown.endswith("the end\n")
    kept = shown.count(LINE, note.end()) + int(note[1])
    assert 20_000 - kept <= len(shown[: note.start()]) // len(LINE) + 1


def test_an_error_is_shown_though_what_waits_around_it_is_not(window):
    def work(tty):
        tty.write(LINE * 10_000)
        tty.skim()
        for number in range(3):
            with tty.spared():
                tty.write(f"Error {number}\n")
            for _ in range(1000):
                tty.write(LINE)
        tty.write("the end\n")

    shown = session(window, work)
    errors = [shown.index(f"\nError {number}\n") for number in range(3)]
    assert errors == sorted(errors)
    assert re.search(r"\nError 2\n\[interrupted: \d+ lines are not shown\]\r\n", shown)
    assert len(shown) - errors[0] <= KEPT * 3
    assert shown.endswith("the end\n")


def test_what_is_spared_is_bounded(window):
    def work(tty):
        tty.write(LINE * 10_000)
        tty.skim()
        for number in range(10_000):
            with tty.spared():
                tty.write(f"{number:05} {LINE}")

    shown = session(window, work)
    assert len(shown) < 2 * 65_536 + 2 * (KEPT + SPARED)
    assert "09999 x" in shown


@pytest.mark.parametrize("when", ["before it is begun", "begun"])
def test_of_a_picture_no_part_is_left_out(window, when):
    picture = f"\x1bPq{'~' * 300_000}\x1b\\"

    def work(tty):
        if when != "begun":
            tty.write(LINE * 10_000)
        with tty.spared():
            tty.write(picture)
        tty.skim()
        for _ in range(1000):
            tty.write(LINE)

    shown = session(window, work)
    assert shown.count("~") in (0, 300_000)
    assert (picture in shown) == (when == "begun")
    assert shown.count("\x1bPq") == shown.count("\x1b\\")


def test_what_waits_is_bounded(window):
    def work(tty):
        for _ in range(3 * LIMIT // (len(LINE) * 1000)):
            tty.write(LINE * 1000)
            assert tty._size <= LIMIT + len(LINE) * 1000
        tty.write("the end\n")

    shown = session(window, work)
    assert "[faster than this terminal: " in shown
    assert shown.endswith("the end\n")


def test_a_terminal_that_is_taken_away_harms_nobody(window):
    master, slave = window

    async def run():
        tty = Tty(asyncio.get_running_loop(), slave, slave)
        with tty.session():
            assert not tty.gone
            tty.write(LINE * 20_000)
            os.close(master)
            await asyncio.wait_for(tty.drain(), 10)
            tty.write("nobody sees this")
            assert tty.gone

    asyncio.run(run())
