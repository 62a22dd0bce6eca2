"""Run a program in a pseudo-terminal and use it as a person would: type, look, wait.

One thread does everything: bytes are read, and queries answered, while a method waits (``wait...``,
``settle``) or sends. Every wait is on the arrival of bytes or on the end of the program, and has a deadline;
there is no sleep. The program leads its own session with the pty as controlling terminal and default signal
dispositions. All it starts inherits a tag in the environment; ``pids`` finds those processes, and ``close``
ends every one of them.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import selectors
import shutil
import signal
import struct
import termios
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests.terminal.screen import CELL_HEIGHT, CELL_WIDTH, Emulator

T = TypeVar("T")

TAG = "ZCONSOLE_TEST_TAG"


class ProgramEnded(AssertionError):
    """The program went away before what was waited for appeared."""


class NotSeen(AssertionError):
    """The deadline passed; the message shows the screen."""


class Terminal:
    """A terminal window with a program in it. Sizes in cells, times in seconds, ``(0, 0)`` is top left."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str | Path | None = None,
        columns: int = 100,
        rows: int = 30,
        answers: bool = True,
        background: str = "1c1c/1c1c/1c1c",
        graphics: str = "",
    ) -> None:
        """``answers=False`` is a terminal that leaves every query without a reply; ``background`` is its
        colour, as it tells it, ``graphics`` how it can show pictures ("kitty", "sixel")."""
        self.argv = list(argv)
        self.raw = bytearray()  # all that the program wrote
        self.returncode: int | None = None  # negative: the signal that ended it
        self.tag = uuid.uuid4().hex
        self._replies: list[str] = []
        reply = self._replies.append if answers else lambda text: None
        self.emulator = Emulator(columns, rows, reply, background=background, graphics=graphics)
        self._eof = False
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        os.set_blocking(self._master, False)
        try:
            self.pid = _spawn(self.argv, {**env, TAG: self.tag}, os.ttyname(slave), cwd or env["HOME"])
        finally:
            os.close(slave)
        self._exit, exit_write = os.pipe()  # end of file when the program has been reaped
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._master, selectors.EVENT_READ)
        self._selector.register(self._exit, selectors.EVENT_READ)
        self._reaper = threading.Thread(target=self._reap, args=(exit_write,), daemon=True)
        self._reaper.start()

    # --- hands

    def type(self, text: str) -> None:
        """Send text as typed; ``"\\n"`` is not Enter, ``"\\r"`` is."""
        self.send(text.encode())

    def keys(self, *names: str) -> None:
        """Press named keys: ``keys("c-c", "up", "m-b", "enter", "s-tab", "c-right")``."""
        for name in names:
            self.send(self._key(name).encode())

    def paste(self, text: str) -> None:
        """Paste as a terminal does: bracketed if the program asked for it, newlines as carriage returns."""
        body = text.replace("\n", "\r")
        self.type(f"\x1b[200~{body}\x1b[201~" if self.emulator.screen.has_mode(2004) else body)

    def send(self, data: bytes, timeout: float = 10) -> None:
        deadline = time.monotonic() + timeout
        while data:
            if self._eof:
                raise ProgramEnded(self._report("nobody reads what is typed"))
            try:
                data = data[os.write(self._master, data[:1024]) :]
            except BlockingIOError:
                self._selector.modify(self._master, selectors.EVENT_READ | selectors.EVENT_WRITE)
                if not self._step(deadline):
                    raise NotSeen(self._report("the program does not read what is typed")) from None
                if not self._eof:
                    self._selector.modify(self._master, selectors.EVENT_READ)

    def run(self, code: str, timeout: float = 10) -> int:
        """Type one line at the prompt ``In [n]:``, press Enter, wait for the next; returns its number."""
        number = self.wait_prompt(timeout=timeout)
        self.type(code + "\r")
        return self.wait_prompt(number + 1, timeout)

    def resize(self, columns: int, rows: int) -> None:
        self.emulator.screen.resize(rows, columns)
        self._set_size(columns, rows)  # the kernel sends SIGWINCH

    def signal(self, number: int) -> None:
        """Send a signal to the program itself (``keys("c-c")`` goes through the terminal)."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def hangup(self) -> None:
        """Close the window, as a lost connection does; the processes live on if they can."""
        if not self._eof:
            self._end_of_file()

    # --- eyes

    @property
    def screen_text(self) -> str:
        screen = self.emulator.screen
        return "\n".join(screen.line_text(y) for y in range(screen.lines)).rstrip("\n")

    @property
    def history_text(self) -> str:
        """The scrollback and the screen."""
        return "\n".join([*self.emulator.screen.history_lines(), self.screen_text])

    @property
    def cursor(self) -> tuple[int, int]:
        return self.emulator.screen.cursor.x, self.emulator.screen.cursor.y

    @property
    def strings(self) -> list[str]:
        """OSC, DCS, APC strings so far: titles, pictures, clipboard writes."""
        return self.emulator.strings

    def cell(self, x: int, y: int) -> Any:
        """The character there: ``data fg bg bold italics underscore reverse``; colours by name or rrggbb."""
        return self.emulator.screen.buffer[y][x]

    def find(self, text: str) -> tuple[int, int]:
        """Where on the screen the first such text begins, for ``cell``."""
        screen = self.emulator.screen
        for y in range(screen.lines):
            for x in range(screen.columns):
                if "".join(screen.buffer[y][i].data for i in range(x, screen.columns)).startswith(text):
                    return x, y
        raise NotSeen(self._report(f"{text!r} is not on the screen"))

    def snapshot_png(self, path: str | Path) -> None:
        """A picture of the screen (needs Pillow)."""
        from tests.terminal.snapshot import image

        image(self.emulator.screen).save(path)

    # --- patience

    def wait(self, pattern: str, timeout: float = 10, history: bool = False) -> re.Match[str]:
        """Wait until the screen (with ``history``: or the scrollback) matches; ``^ $`` are line ends."""
        expression = re.compile(pattern, re.MULTILINE)
        return self.wait_for(
            lambda: expression.search(self.history_text if history else self.screen_text),
            f"{pattern!r} was not seen",
            timeout,
        )

    def wait_prompt(self, number: int | None = None, timeout: float = 10) -> int:
        """Wait until the cursor is behind an empty ``In [number]: ``; returns the number.

        Name the number after pressing Enter: the prompt that is still on the screen would do for None.
        """
        expression = re.compile(rf"In \[({number or '[0-9]+'})\]: ")
        screen = self.emulator.screen
        found = self.wait_for(
            lambda: expression.fullmatch(screen.line_text(screen.cursor.y)),
            f"prompt {number or ''} was not seen",
            timeout,
        )
        return int(found[1])

    def wait_for(self, condition: Callable[[], T | None], what: str, timeout: float = 10) -> T:
        """Read until the condition is true; it is asked again after every read."""
        deadline = time.monotonic() + timeout
        while not (found := condition()):
            ended = self._eof or self.returncode is not None
            if self._step(0 if ended else deadline):
                continue
            if ended:
                self._reaper.join(1)  # the terminal may be let go a moment before the status is there
                raise ProgramEnded(self._report(what))
            raise NotSeen(self._report(f"{what} within {timeout} s"))
        return found

    def wait_exit(self, timeout: float = 10) -> int:
        """Wait for the end of the program; returns its status, negative for a signal."""
        deadline = time.monotonic() + timeout
        while self.returncode is None:
            if not self._step(deadline):
                raise NotSeen(self._report(f"the program did not end within {timeout} s"))
        while not self._eof and self._step(0):
            pass
        return self.returncode

    def wait_no_processes(self, timeout: float = 5) -> None:
        """Wait until nothing that this terminal started is alive."""
        self._reaper.join(timeout)
        _wait_ended(self.processes(), timeout)
        if self.processes():
            left = [f"{p.pid} {p.name()}" for p in self.processes()]
            raise NotSeen(self._report(f"left behind after {timeout} s: {left}"))

    def settle(self, quiet: float = 0.1) -> None:
        """Read until the program has written nothing for so long: to show that something does not come."""
        while not self._eof and self._step(time.monotonic() + quiet):
            pass

    # --- processes

    def processes(self) -> list[psutil.Process]:
        """Everything alive that carries our tag or descends from the program."""
        found = {p for p in psutil.process_iter() if _tag_of(p) == self.tag}
        if self.returncode is None:
            with contextlib.suppress(psutil.Error):
                program = psutil.Process(self.pid)
                found.update([program, *program.children(recursive=True)])
        return [p for p in found if p.is_running() and _alive(p)]

    def pids(self) -> set[int]:
        return {p.pid for p in self.processes()}

    def close(self) -> None:
        """End every process this terminal started, at once and whatever they do; may be called again."""
        deadline = time.monotonic() + 10
        while (left := self.processes()) and time.monotonic() < deadline:
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            # our own child is the reaper's: psutil would take its status away
            _wait_ended([process for process in left if process.pid != self.pid], 5)
            self._reaper.join(5)
        self._reaper.join(5)
        self.hangup()
        if self._exit >= 0:
            self._selector.close()
            os.close(self._exit)
            self._exit = -1

    # --- inside

    def _step(self, deadline: float) -> bool:
        """Wait for one event, at most until then; False: none came."""
        events = self._selector.select(max(0.0, deadline - time.monotonic()))
        for key, mask in events:
            if key.fd == self._exit:
                self._selector.unregister(self._exit)
                self._reaper.join()
            elif mask & selectors.EVENT_READ:
                self._receive()
        return bool(events)

    def _receive(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except BlockingIOError:
            return
        except OSError:  # Linux says EIO when the last holder of the other end is gone
            data = b""
        if not data:
            self._end_of_file()
            return
        self.raw += data
        self.emulator.feed(data)
        replies, self._replies[:] = "".join(self._replies), []
        if replies:
            with contextlib.suppress(ProgramEnded):
                self.send(replies.encode())

    def _end_of_file(self) -> None:
        self._eof = True
        self._selector.unregister(self._master)
        os.close(self._master)

    def _reap(self, exit_write: int) -> None:
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(exit_write)

    def _set_size(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, columns * CELL_WIDTH, rows * CELL_HEIGHT)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _key(self, name: str) -> str:
        if name in _CURSOR_KEYS and self.emulator.screen.has_mode(1):
            return "\x1bO" + _CURSOR_KEYS[name]
        return key_bytes(name)

    def _report(self, what: str) -> str:
        state = "runs" if self.returncode is None else f"ended with {self.returncode}"
        facts = f"{self.argv} {state}; cursor at {self.cursor}; screen:"
        return f"{what}\n{facts}\n{self.screen_text}\n(end of screen)"


def key_bytes(name: str) -> str:
    """What a terminal sends for a key, in xterm's normal mode."""
    if name in KEYS:
        return KEYS[name]
    if name in _CURSOR_KEYS:
        return "\x1b[" + _CURSOR_KEYS[name]
    modifier, dash, key = name.partition("-")
    if dash and modifier in _MODIFIERS and key in _CURSOR_KEYS:
        return f"\x1b[1;{_MODIFIERS[modifier]}{_CURSOR_KEYS[key]}"
    if modifier == "m" and dash and key:
        return "\x1b" + (key if len(key) == 1 else key_bytes(key))
    if modifier == "c" and len(key) == 1:
        return chr(ord(key.upper()) & 31)
    raise ValueError(f"no such key: {name!r}")


def isolated_environment(root: Path) -> dict[str, str]:
    """An environment where programs find nothing of whoever runs the tests, and write below ``root``."""
    folders = {name: root / folder for name, folder in _FOLDERS.items()}
    for folder in folders.values():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in os.environ if re.fullmatch(_KEPT, name)}
    return {
        **kept,
        **{name: str(folder) for name, folder in folders.items()},
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
    }


def _spawn(argv: Sequence[str], env: Mapping[str, str], tty: str, cwd: str | Path) -> int:
    """Start a session leader; as it opens the terminal first, that becomes its controlling terminal."""
    program = shutil.which(argv[0], path=env.get("PATH"))
    if program is None:
        raise FileNotFoundError(argv[0])
    with contextlib.chdir(cwd):
        return os.posix_spawn(
            program,
            list(argv),
            env,
            setsid=True,
            setsigmask=(),
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, tty, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
        )


def _wait_ended(processes: list[psutil.Process], timeout: float) -> None:
    """Wait until processes have ended, not until somebody has reaped them: an orphan's zombie belongs to
    the system's first process, which in a container may take seconds to look."""
    if not hasattr(os, "pidfd_open"):
        psutil.wait_procs(processes, timeout)
        return
    deadline = time.monotonic() + timeout
    for process in processes:
        try:
            pidfd = os.pidfd_open(process.pid)
        except OSError:
            continue
        select.select([pidfd], [], [], max(0.0, deadline - time.monotonic()))
        os.close(pidfd)


def _tag_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(TAG)
    except (psutil.Error, OSError):
        return None  # gone, or not ours


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


_KEPT = r"PATH|PYTHONPATH|LD_LIBRARY_PATH|DYLD_\w+|TZ|PYENV_ROOT|COVERAGE_\w+"
_FOLDERS = {
    "HOME": "home",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "share",
    "XDG_RUNTIME_DIR": "run",
    "XDG_STATE_HOME": "state",
    "TMPDIR": "tmp",
}
_CURSOR_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_MODIFIERS = {"s": 2, "m": 3, "c": 5}
KEYS = {
    "enter": "\r",
    "tab": "\t",
    "s-tab": "\x1b[Z",
    "esc": "\x1b",
    "space": " ",
    "c-space": "\0",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "insert": "\x1b[2~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    **{f"f{n}": "\x1bO" + letter for n, letter in enumerate("PQRS", 1)},
    **{f"f{n}": f"\x1b[{code}~" for n, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24), 5)},
}
