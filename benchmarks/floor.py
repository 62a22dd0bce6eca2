"""The smallest things that could do the same work, to be divided by: a kernel and a console of two processes.

    python floor.py kernel -f CONNECTION_FILE
    python floor.py console [CONNECTION_FILE]

The kernel speaks the Jupyter protocol, checks and signs every message, and runs code with exec() or eval().
The console reads keys of a raw terminal, echoes them, lists names on Tab, and prints what comes.
Nobody should use them: there is no history, no colour, no editing, no input(), no magics.
Imports are late and few, as start-up is measured.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # for the type checker alone: typing is not imported
    from typing import Any

DELIMITER = b"<IDS|MSG>"
CHANNELS = ("shell", "iopub", "control")
INFO = {
    "status": "ok",
    "protocol_version": "5.4",
    "implementation": "floor",
    "implementation_version": "0",
    "banner": "",
    "language_info": {"name": "python", "version": "3", "mimetype": "text/x-python", "file_extension": ".py"},
}


class Signer:
    """Frames of messages, signed and checked."""

    def __init__(self, key: str) -> None:
        import hmac

        self._mac = hmac.new(key.encode(), digestmod="sha256")
        self._number = 0

    def frames(self, kind: str, content: bytes, parent: bytes = b"{}") -> list[bytes]:
        self._number += 1
        header = (
            b'{"msg_id":"f%d","msg_type":"%s","username":"","session":"f",'
            b'"date":"2026-01-01T00:00:00Z","version":"5.4"}' % (self._number, kind.encode())
        )
        parts = [header, parent, b"{}", content]
        return [DELIMITER, self._sign(parts), *parts]

    def read(self, frames: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """Who sent it, and its frames from the header on."""
        cut = frames.index(DELIMITER)
        parts = frames[cut + 2 :]
        if self._sign(parts[:4]) != frames[cut + 1]:
            raise ValueError("a wrong signature")
        return frames[:cut], parts

    def _sign(self, parts: list[bytes]) -> bytes:
        mac = self._mac.copy()
        for part in parts:
            mac.update(part)
        return mac.hexdigest().encode()


class Kernel:
    """Serves shell and control in turn; output is published at most every 5 ms, and at the end of a cell."""

    def __init__(self, connection: dict[str, Any]) -> None:
        import json
        import time

        import zmq

        self._json, self._clock = json, time.monotonic
        self._signer = Signer(connection["key"])
        self._context = zmq.Context()
        self._sockets = {
            name: self._context.socket(kind)
            for name, kind in zip(CHANNELS, (zmq.ROUTER, zmq.XPUB, zmq.ROUTER), strict=True)
        }
        for name, socket in self._sockets.items():
            socket.sndhwm = 0
            socket.bind(f"tcp://{connection['ip']}:{connection[name + '_port']}")
        self._sockets["iopub"].xpub_verbose = True
        self._poller = zmq.Poller()
        for socket in self._sockets.values():
            self._poller.register(socket, zmq.POLLIN)
        self._variables: dict[str, Any] = {"__name__": "__main__"}
        self._count, self._parent, self._written, self._sent = 0, b"{}", [""], 0.0
        self._alive = True
        self._answers = {
            "kernel_info_request": lambda request: INFO,
            "execute_request": self._execute,
            "complete_request": self._complete,
            "shutdown_request": self._shut_down,
        }

    def serve(self) -> None:
        sys.stdout = self
        while self._alive:
            try:
                for socket, _ in self._poller.poll():
                    frames = socket.recv_multipart()
                    if socket is self._sockets["iopub"]:
                        self._publish("iopub_welcome", {"subscription": ""})
                    else:
                        self._handle(socket, *self._signer.read(frames))
            except KeyboardInterrupt:
                pass
        self._context.destroy(linger=500)

    def write(self, text: str) -> int:
        self._written.append(text)
        if self._clock() - self._sent > 0.005:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if text := "".join(self._written):
            self._written.clear()
            self._publish("stream", {"name": "stdout", "text": text})
            self._sent = self._clock()

    def _publish(self, kind: str, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        frames = self._signer.frames(kind, self._json.dumps(content).encode(), self._parent)
        self._sockets["iopub"].send_multipart([kind.encode(), *frames, *(buffers or [])])

    def _handle(self, socket: Any, senders: list[bytes], parts: list[bytes]) -> None:
        kind = self._json.loads(parts[0])["msg_type"]
        self._parent = parts[0]
        self._publish("status", {"execution_state": "busy"})
        if kind == "comm_msg":
            self._publish("comm_msg", self._json.loads(parts[3]), parts[4:])
        elif kind in self._answers:
            reply = self._answers[kind](self._json.loads(parts[3]))
            self.flush()
            content = self._json.dumps(reply).encode()
            frames = self._signer.frames(kind.replace("_request", "_reply"), content, parts[0])
            socket.send_multipart([*senders, *frames])
        self._publish("status", {"execution_state": "idle"})

    def _execute(self, request: dict[str, Any]) -> dict[str, Any]:
        code = request["code"]
        self._count += 1
        self._publish("execute_input", {"code": code, "execution_count": self._count})
        try:
            if (value := self._run(code)) is not None:
                result = {"data": {"text/plain": repr(value)}, "metadata": {}, "execution_count": self._count}
                self._publish("execute_result", result)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the user's code
            failure = {"ename": type(error).__name__, "evalue": str(error), "traceback": [repr(error)]}
            self._publish("error", failure)
            return {"status": "error", "execution_count": self._count, **failure}
        return {"status": "ok", "execution_count": self._count, "user_expressions": {}, "payload": []}

    def _run(self, code: str) -> Any:
        try:
            expression = compile(code, "<cell>", "eval")
        except SyntaxError:
            exec(compile(code, "<cell>", "exec"), self._variables)
            return None
        return eval(expression, self._variables)

    def _complete(self, request: dict[str, Any]) -> dict[str, Any]:
        name, _, start = request["code"].rpartition(".")
        names = dir(self._variables.get(name))
        matches = [f"{name}.{each}" for each in names if each.startswith(start) and each[0] != "_"]
        return {"status": "ok", "matches": matches, "cursor_start": 0, "cursor_end": request["cursor_pos"]}

    def _shut_down(self, request: dict[str, Any]) -> dict[str, Any]:
        self._alive = False
        return {"status": "ok", "restart": False}


class Console:
    """Keys to lines, lines to the kernel, what comes to the terminal. The terminal stays raw."""

    def __init__(self, path: str, kernel: int) -> None:
        """`kernel`: its process id, 0 if it is somebody else's."""
        import json
        import os
        import select
        import time
        import tty

        tty.setraw(0, 0)  # TCSANOW: what was typed ahead is kept
        os.write(1, b"\x1b[?2004hIn [1]: ")
        import zmq

        self._os, self._json, self._zmq, self._select = os, json, zmq, select
        self._kernel = kernel
        while not os.path.getsize(path):
            time.sleep(0.001)
        with open(path) as file:
            connection = json.load(file)
        self._signer = Signer(connection["key"])
        self._context = zmq.Context()
        self._shell, self._iopub = self._context.socket(zmq.DEALER), self._context.socket(zmq.SUB)
        self._iopub.rcvhwm = 0
        self._iopub.subscribe(b"")
        for socket, name in ((self._shell, "shell"), (self._iopub, "iopub")):
            socket.linger, socket.reconnect_ivl = 0, 1
            socket.connect(f"tcp://{connection['ip']}:{connection[name + '_port']}")
        self._poller = zmq.Poller()
        for each in (self._shell, self._iopub, 0):
            self._poller.register(each, zmq.POLLIN)
        self._line, self._keys, self._count = "", b"", 1
        self._running = True  # until iopub_welcome: what is published before that is not heard

    def serve(self) -> None:
        while True:
            for source, _ in self._poller.poll():
                if source == 0:
                    data = self._os.read(0, 65536)
                    self._keys += data
                    if data == b"\x03" and self._running and self._kernel:
                        self._os.kill(self._kernel, 2)
                        self._keys = b""
                else:
                    self._message(self._signer.read(source.recv_multipart())[1])
            if not self._running and self._keys and not self._read():
                return

    def _read(self) -> bool:
        """Take keys up to the next that starts something: is there more to come?"""
        text, self._keys = self._keys.decode(), b""
        if text.startswith("\x1b[200~"):
            if not text.endswith("\x1b[201~"):
                self._keys = text.encode()
                return True
            text = text[6:-6].replace("\r", "\n")
            self._line += text
            self._write(text)
            return True
        for place, key in enumerate(text):
            if key in "\r\n\t":
                self._keys = text[place + 1 :].encode()
                self._complete() if key == "\t" else self._execute()
                return True
            if key == "\x04":
                return False
            if key in "\x03\x0c\x15":
                self._write("\x1b[H\x1b[J" if key == "\x0c" else "")
                self._prompt()
            elif key >= " ":
                self._line += key
                self._write(key)
        return True

    def _write(self, text: str) -> None:
        data = text.replace("\n", "\r\n").encode()
        while data:
            data = data[self._os.write(1, data) :]

    def _prompt(self) -> None:
        self._line = ""
        self._write(f"\r\x1b[KIn [{self._count}]: ")

    def _request(self, kind: str, content: dict[str, Any]) -> None:
        self._shell.send_multipart(self._signer.frames(kind, self._json.dumps(content).encode()))
        self._running = True

    def _execute(self) -> None:
        self._write("\n")
        self._request("execute_request", {"code": self._line})

    def _complete(self) -> None:
        self._request("complete_request", {"code": self._line, "cursor_pos": len(self._line)})

    def _message(self, parts: list[bytes]) -> None:
        content = self._json.loads(parts[3])
        if b'"stream"' in parts[0]:
            self._write(content["text"])
        elif b'"execute_result"' in parts[0]:
            self._write(f"Out[{self._count}]: {content['data']['text/plain']}\n")
        elif b'"error"' in parts[0]:
            self._write(f"{content['ename']}: {content['evalue']}\n")
        elif b'"idle"' in parts[3] and b'"execute_request"' in parts[1]:
            self._count, self._running = self._count + 1, False
            self._prompt()
        elif b'"iopub_welcome"' in parts[0]:
            self._running = False
        elif b'"complete_reply"' in parts[0]:
            self._running = False
            names = "  ".join(match.rpartition(".")[2] for match in content["matches"][:200])
            self._write(f"\x1b7\n{names}\x1b8")


def console(path: str) -> None:
    """The kernel is started first: it comes up while this process reads its own imports."""
    import os

    kernel = 0
    if not path:
        path = f"/tmp/floor-{os.getpid()}.json"
        open(path, "w").close()
        kernel = os.posix_spawn(sys.executable, [sys.executable, __file__, "new", path], os.environ)
    try:
        Console(path, kernel).serve()
    finally:
        if kernel:
            os.kill(kernel, 9)
            os.remove(path)


def new_kernel(path: str) -> None:
    """A kernel that chooses its ports: it writes the connection file itself."""
    import json
    import os
    import socket

    os.setpgid(0, 0)
    held = [socket.create_server(("127.0.0.1", 0)) for _ in CHANNELS]
    ports = {f"{name}_port": each.getsockname()[1] for name, each in zip(CHANNELS, held, strict=True)}
    for each in held:
        each.close()
    connection = {"ip": "127.0.0.1", "key": os.urandom(16).hex(), **ports}
    server = Kernel(connection)
    with open(f"{path}.new", "w") as file:
        json.dump(connection, file)
    os.replace(f"{path}.new", path)
    server.serve()


def kernel(path: str) -> None:
    import json

    with open(path) as file:
        Kernel(json.load(file)).serve()


if __name__ == "__main__":
    {"kernel": kernel, "new": new_kernel, "console": console}[sys.argv[1]](
        sys.argv[-1] if len(sys.argv) > 2 else ""
    )
