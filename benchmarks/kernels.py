"""What programs feel: the rows of the kernels, measured over the Jupyter protocol and nothing else."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import zmq

from benchmarks.client import Kernel, Message, receive
from benchmarks.processes import memory, threads
from benchmarks.rows import BEST, Measure, Place, Row, Samples
from benchmarks.terminal import Fault

LINES = "".join(f"{i}\n" for i in range(200_000))
PRINTS = "for i in range(200_000): print(i)"


@dataclass(frozen=True, slots=True)
class Implementation:
    """A kernel that is measured; `argv` has {connection_file}."""

    name: str
    argv: tuple[str, ...]
    packages: tuple[str, ...] = ()


def start(kernel: Implementation, place: Place) -> Samples:
    with Kernel(kernel.argv, place.environment) as running:
        _, reply = running.ask("kernel_info_request")
        yield "kernel-info", (reply.moment - running.started) * 1e3
    with Kernel(kernel.argv, place.environment) as running:
        _, reply = running.ask("execute_request", {"code": "1+1"})
        _is_ok(reply.content)
        yield "first-execute", (reply.moment - running.started) * 1e3
        running.run("1+1")  # a shutdown earlier than that waits for what is imported behind the first reply
        yield "shutdown", running.shut_down() * 1e3


def idle(kernel: Implementation, place: Place) -> Samples:
    with Kernel(kernel.argv, place.environment).ready() as running:
        running.run("1+1")
        time.sleep(2)  # what a kernel does after its first cell is done
        brood, seconds = running.brood, 5.0 if place.quick else 10.0
        yield "kernel-rss", memory([running.process.pid], "Rss")
        yield "kernel-pss", brood.memory()
        yield "threads", threads(running.process.pid)
        begun, switches, cpu = perf_counter(), brood.switches(), brood.cpu()
        time.sleep(seconds)
        passed = perf_counter() - begun
        yield "kernel-wakeups", (brood.switches() - switches) / passed
        yield "kernel-idle", (brood.cpu() - cpu) * 1e3 / passed


def round_trip(kernel: Implementation, place: Place) -> Samples:
    with Kernel(kernel.argv, place.environment).ready() as running:
        for code, row in (("pass", "pass"), ("1+1", "sum")):
            for _ in range(20):
                running.run(code)
            for _ in range(place.times(300)):
                ran = running.run(code)
                _is_ok(ran.reply)
                results = [
                    each.content["data"]["text/plain"]
                    for each in ran.messages
                    if each.kind == "execute_result"
                ]
                if results != (["2"] if code == "1+1" else []):
                    raise Fault(f"{code} gave {results}")
                yield row, ran.replied * 1e6
                yield f"{row}-idle", ran.idle * 1e6


def burst(kernel: Implementation, place: Place) -> Samples:
    """All replies and all idles, each once and in order."""
    with Kernel(kernel.argv, place.environment).ready() as running:
        requests = [running.execute_request(f"x={i}") for i in range(2000)]
        replies: list[Message] = []
        idles: list[Message] = []
        sent = perf_counter()
        for _, frames in requests:
            running.shell.send_multipart(frames)
        for message in running.receive([running.shell, running.iopub], 60):
            if message.is_idle:
                idles.append(message)
            elif b'"execute_reply"' in message.frames[0]:
                replies.append(message)
            if len(replies) == len(idles) == len(requests):
                break
        for what, messages in (("replies", replies), ("idles", idles)):
            if not all(each.is_for(request) for each, (request, _) in zip(messages, requests, strict=True)):
                raise Fault(f"{what} out of order")
        yield "burst", max(replies[-1].moment, idles[-1].moment) - sent


def prints(kernel: Implementation, place: Place) -> Samples:
    with Kernel(kernel.argv, place.environment).ready() as running:
        for _ in range(place.times(3)):
            ran = running.run(PRINTS, len(LINES))
            _is_whole(ran.text(), LINES)
            yield "kernel-prints", ran.finished


def small_print(kernel: Implementation, place: Place) -> Samples:
    """By perf_counter(), which is one clock for all processes."""
    times = place.times(10)
    code = f"""
import time
for number in range({times}):
    time.sleep(0.25 + number * 0.013)
    print(time.perf_counter())
time.sleep(0.5)
"""
    with Kernel(kernel.argv, place.environment).ready() as running:
        streams = [message for message in running.run(code).messages if message.is_stream]
        late = [each.moment - float(moment) for each in streams for moment in each.content["text"].split()]
        if len(late) != times:
            raise Fault(f"{len(late)} of {times} prints came")
        yield from (("small-print", seconds * 1e3) for seconds in late)


def complete(kernel: Implementation, place: Place) -> Samples:
    with Kernel(kernel.argv, place.environment).ready() as running:
        _is_ok(running.run("import numpy as np").reply)
        for turn in range(1 + place.times(20)):
            seconds, reply = running.ask("complete_request", {"code": "np.", "cursor_pos": 3})
            if not {"array", "np.array"}.intersection(reply.content["matches"]):
                raise Fault(f"{len(reply.content['matches'])} matches, and not np.array")
            yield "complete" if turn else "complete-first", seconds * 1e3


def clients(kernel: Implementation, place: Place) -> Samples:
    with Kernel(kernel.argv, place.environment).ready() as running:
        readers = [running.iopub, *(running.subscribe() for _ in range(31))]
        running.see(*readers)
        request, frames = running.execute_request(PRINTS)
        got: dict[object, list[str]] = {reader: [] for reader in readers}
        waiting, poller, sent = set(readers), zmq.Poller(), perf_counter()
        for reader in readers:
            poller.register(reader, zmq.POLLIN)
        running.shell.send_multipart(frames)
        while waiting:
            left = sent + 40 - perf_counter()
            ready = poller.poll(max(0, int(left * 1000)))
            if not ready or left < 0:
                raise Fault(f"{len(waiting)} of 32 clients never saw idle")
            for reader, _ in ready:
                message = receive(reader)
                if message.is_stream:
                    got[reader].append(message.content["text"])
                elif message.is_idle and message.is_for(request):
                    waiting.discard(reader)
        yield "clients", perf_counter() - sent
        for texts in got.values():
            _is_whole("".join(texts), LINES)


def interrupts(kernel: Implementation, place: Place) -> Samples:
    """By signal, as a front end's Ctrl+C; then the next cell must run."""
    with Kernel(kernel.argv, place.environment).ready() as running:
        running.run("import time")
        for row, code in (("interrupt-loop", "while True: pass"), ("interrupt-sleep", "time.sleep(100)")):
            for _ in range(place.times(5)):
                request, frames = running.execute_request(code)
                running.shell.send_multipart(frames)
                next(each for each in running.receive([running.iopub], 10) if b'"busy"' in each.frames[3])
                time.sleep(0.15)  # the code itself runs, and not its compilation
                sent = perf_counter()
                running.interrupt()
                reply = running.reply(running.shell, request, 5)
                if reply.content.get("ename") != "KeyboardInterrupt":
                    raise Fault(f"an interrupt gave {reply.content.get('ename', reply.content['status'])}")
                yield row, (reply.moment - sent) * 1e3
                running.see(running.iopub)
                _is_ok(running.run("1+1").reply)


def sleeping_reader(kernel: Implementation, place: Place) -> Samples:
    """300 MB, exact for the one who reads, beside one who never does."""
    block = "0123456789" * 10_000
    code = f"import sys\nfor i in range(3000): sys.stdout.write({block[:10]!r} * 10_000); sys.stdout.flush()"
    with Kernel(kernel.argv, place.environment).ready() as running:
        running.see(running.iopub, running.subscribe(queue=1, buffer=65536))
        before = peak = running.brood.memory("Rss")
        request, frames = running.execute_request(code)
        size, sent, sampled = 0, perf_counter(), 0.0
        running.shell.send_multipart(frames)
        for message in running.receive([running.iopub], 60):
            if message.moment - sampled > 0.1:
                peak, sampled = max(peak, running.brood.memory("Rss")), message.moment
            if message.is_stream:
                text = message.content["text"]
                start = size % 10
                if text != (block * (len(text) // len(block) + 2))[start : start + len(text)]:
                    raise Fault(f"wrong text after {size:,} characters")
                size += len(text)
            elif message.is_idle and message.is_for(request):
                break
        if size != 3000 * len(block):
            raise Fault(f"{size:,} of 300,000,000 characters came")
        yield "sleeping", message.moment - sent
        yield "sleeping-memory", max(0.0, peak - before)


def payload(kernel: Implementation, place: Place) -> Samples:
    """A comm message with one buffer, and the same buffer back."""
    blob = os.urandom(1 << 20) * 48
    with Kernel(kernel.argv, place.environment).ready() as running:
        opened = [each.content["comm_id"] for each in running.run(_COMM).messages if each.kind == "comm_open"]
        for _ in range(place.times(3)):
            _, frames = running.request("comm_msg", {"comm_id": (opened or ["floor"])[0], "data": {}}, [blob])
            sent = perf_counter()
            running.shell.send_multipart(frames, copy=False)
            back = next(
                each for each in running.receive([running.iopub], 20) if b'"comm_msg"' in each.frames[0]
            )
            if back.frames[-1] != blob:
                raise Fault("other bytes came back")
            yield "payload", (back.moment - sent) * 1e3
            running.see(running.iopub)


def _is_ok(reply: Mapping[str, object]) -> None:
    if reply["status"] != "ok":
        raise Fault(f"{reply.get('ename')}: {reply.get('evalue')}")


def _is_whole(got: str, wanted: str) -> None:
    if got != wanted:
        raise Fault(
            f"{len(got):,} of {len(wanted):,} characters came"
            + ", in another order" * (len(got) == len(wanted))
        )


_COMM = """
try:
    import comm
    echo = comm.create_comm(target_name="bench", data={})
    echo.on_msg(lambda message: echo.send(data={}, buffers=message["buffers"]))
except ImportError:
    pass
"""

_MODULE = (sys.executable, "-m")
_FILE = ("-f", "{connection_file}")

KERNELS = (
    Implementation("zconsole", (*_MODULE, "zconsole.kernel", *_FILE), ("zconsole", "ipython", "pyzmq")),
    Implementation("floor", (sys.executable, str(Path(__file__).with_name("floor.py")), "kernel", *_FILE)),
    Implementation("ipykernel", (*_MODULE, "ipykernel_launcher", *_FILE), ("ipykernel",)),
    Implementation(
        "ipymini", (sys.executable, "-Xfrozen_modules=off", "-m", "ipymini", *_FILE), ("ipymini",)
    ),
    Implementation("xeus-python", (*_MODULE, "xpython_launcher", *_FILE), ("xeus-python",)),
)

MEASURES: tuple[Measure[Implementation], ...] = (
    Measure("kernel-start", start, (
        Row("kernel-info", "spawn → kernel_info_reply", "ms", "ipykernel", 0.3),
        Row("first-execute", "spawn → first execute_reply", "ms", "ipykernel", 0.5),
        Row("shutdown", "shutdown_request → gone", "ms", "ipykernel")), turns=3),
    Measure("kernel-idle", idle, (
        Row("kernel-rss", "memory of the kernel's process after a cell (RSS)", "MB", "ipykernel", limit=45),
        Row("threads", "… its threads", "", "ipykernel", limit=5),
        Row("kernel-pss", "memory of all its processes (PSS)", "MB", "ipykernel"),
        Row("kernel-wakeups", "idle: context switches a second", "1/s", "ipykernel", limit=0),
        Row("kernel-idle", "idle: processor time", "ms/s", "ipykernel", limit=0)), rounds=2),
    Measure("round-trip", round_trip, (
        Row("pass", "`pass` → reply", "µs", "ipykernel", 0.16),
        Row("pass-idle", "`pass` → idle", "µs", "ipykernel"),
        Row("sum", "`1+1` → reply", "µs", "ipykernel"),
        Row("sum-idle", "`1+1` → idle", "µs", "ipykernel")), turns=3),
    Measure("burst", burst, (Row("burst", "2,000 requests → all replies, idles", "s", "ipykernel", 0.1),)),
    Measure("kernel-prints", prints, (
        Row("kernel-prints", "200,000 prints → all arrived", "s", "ipykernel", 0.2),)),
    Measure("small-print", small_print, (
        Row("small-print", "a small print in a long cell → arrived", "ms", "ipykernel", limit=10),)),
    Measure("complete", complete, (
        Row("complete-first", "complete `np.`, the first time", "ms", "ipykernel", 0.25),
        Row("complete", "complete `np.`, later", "ms", "ipykernel", 0.25))),
    Measure("clients", clients, (Row("clients", "200,000 prints to 32 clients", "s", "ipykernel", 0.35),)),
    Measure("kernel-interrupt", interrupts, (
        Row("interrupt-loop", "interrupt of a loop → reply", "ms", BEST, 1.2),
        Row("interrupt-sleep", "interrupt of a sleep → reply", "ms", BEST, 1.2))),
    Measure("sleeping", sleeping_reader, (
        Row("sleeping", "300 MB beside a reader that sleeps → all arrived", "s", "ipykernel"),
        Row("sleeping-memory", "… memory that it grew by (RSS)", "MB", "ipykernel", limit=110)), rounds=3),
    Measure("payload", payload, (
        Row("payload", "48 MiB in a comm, there and back", "ms", "ipykernel", 1.0),)),
)  # fmt: skip
