"""The connection file: where a kernel listens and with which key ("Connection files" in the specification).

Reading refuses what cannot be right, with a sentence that names the file and what to do. Writing makes
a file that only its owner can read, and never follows or overwrites what somebody else put there.

The ipc transport: `ip` is the beginning of a path and a socket is the file `<ip>-<port>`. Who may
connect is decided by the directory's mode, so `private_directory` makes one of our own (0700).
Linux takes 107 bytes for the path of a socket, macOS 103.

This file is imported before the kernel is spawned, so it imports little: no dataclasses (6 ms).
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
MAX_SOCKET_PATH = 100
"""Bytes; the least of the systems' limits (103), with room for `-5`."""

FIRST_COUNT = "ZCONSOLE_FIRST_COUNT"
"""The environment variable that tells a kernel of ours the number of its first cell."""


class ConnectionFileError(Exception):
    """A connection file that cannot be read, written or believed. The text is a sentence for the user."""


class ConnectionInfo(NamedTuple):
    """What a connection file says.

    `ports` maps each of CHANNELS to a number: a TCP port, or the suffix of an ipc socket. `key` is the
    shared secret, empty for unsigned traffic. `extra` keeps the fields that are not known here (curve
    keys, and what others write), so that a file is written back whole.
    """

    transport: str
    ip: str
    ports: Mapping[str, int]
    key: bytes
    signature_scheme: str = "hmac-sha256"
    kernel_name: str = ""
    extra: Mapping[str, Any] = MappingProxyType({})

    def __repr__(self) -> str:
        """Without the key, which has no place in a log."""
        return f"<ConnectionInfo {self.endpoint('shell')}>"

    @property
    def is_local(self) -> bool:
        """Whether it leads to this machine, as far as one can see: it may be the end of a tunnel."""
        return self.transport == "ipc" or self.ip in ("localhost", "::1") or self.ip.startswith("127.")

    def endpoint(self, channel: str) -> str:
        """The ZeroMQ address of one of CHANNELS."""
        port = self.ports[channel]
        return f"{self.transport}://{self.ip}{'-' if self.transport == 'ipc' else ':'}{port}"

    def socket_files(self) -> list[Path]:
        """The files that the ipc sockets are; empty for other transports."""
        return [Path(f"{self.ip}-{port}") for port in self.ports.values()] if self.transport == "ipc" else []

    def to_json(self) -> str:
        """The text of the connection file."""
        fields: dict[str, Any] = {f"{channel}_port": port for channel, port in self.ports.items()}
        fields |= {
            "transport": self.transport,
            "ip": self.ip,
            "key": self.key.decode(),
            "signature_scheme": self.signature_scheme,
            "kernel_name": self.kernel_name,
            **self.extra,
        }
        return json.dumps(fields, indent=2)


def ipc_connection(directory: Path, key: bytes, kernel_name: str) -> ConnectionInfo:
    """A connection over ipc sockets `k-1` to `k-5` in a directory (which has to be private)."""
    ports = {channel: number for number, channel in enumerate(CHANNELS, 1)}
    return ConnectionInfo("ipc", str(directory / "k"), ports, key, kernel_name=kernel_name)


def parse_connection(text: str, source: str) -> ConnectionInfo:
    """The connection that a file's text describes; `source` names the file in errors.

    Raises ConnectionFileError.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        wrong = f"{source} is not a connection file: it is no complete JSON ({error})."
        raise ConnectionFileError(wrong) from None
    if not isinstance(fields, dict):
        raise ConnectionFileError(f"{source} is not a connection file: it holds no JSON object.")
    unusable = f"{source} is not a usable connection file"
    ports = {channel: fields.pop(f"{channel}_port", None) for channel in CHANNELS}
    for channel, port in ports.items():
        if type(port) is not int or not 0 < port < 65536:
            wrong = f"its {channel}_port is {port!r:.60}, a port number belongs there"
            raise ConnectionFileError(f"{unusable}: {wrong}.")
    texts = {}
    for name, default in _DEFAULTS.items():
        value = fields.pop(name, None)
        texts[name] = default if value is None else value
        if not _is_text(texts[name]):
            raise ConnectionFileError(f"{unusable}: its {name} is {value!r:.60}, not text.")
    if texts["transport"] not in ("tcp", "ipc"):
        raise ConnectionFileError(
            f"{source} names the transport {texts['transport']!r}; only tcp and ipc exist."
        )
    if not texts["ip"]:
        raise ConnectionFileError(f"{unusable}: its ip is empty.")
    if not _can_sign(texts["signature_scheme"]):
        scheme = texts["signature_scheme"]
        raise ConnectionFileError(f"{source} names the signature scheme {scheme!r}; hmac-sha256 is usual.")
    key = texts.pop("key").encode()
    return ConnectionInfo(ports=ports, key=key, extra=fields, **texts)


def _is_text(value: object) -> bool:
    try:
        return type(value) is str and bool(value.encode() or True)
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _can_sign(scheme: str) -> bool:
    import hmac  # who reads a connection file signs next; who starts a kernel does not read one

    kind, _, digest = scheme.partition("-")
    try:
        return kind == "hmac" and bool(hmac.new(b"key", digestmod=digest).hexdigest())
    except (ValueError, TypeError):
        return False


def read_connection(path: Path, *, private: bool) -> ConnectionInfo:
    """Read a connection file. With `private`, one that others can read or write is refused: the key in
    it lets whoever reads it run code as the kernel's user.

    Raises ConnectionFileError.
    """
    try:
        with path.open(encoding="utf-8") as file:
            # of what is open: the name could be given to another file meanwhile
            problem = exposure(path, os.fstat(file.fileno())) if private else None
            text = "" if problem else file.read()
    except FileNotFoundError:
        raise ConnectionFileError(f"There is no connection file {path}.") from None
    except UnicodeDecodeError:
        raise ConnectionFileError(f"{path} is not a connection file: it is not UTF-8 text.") from None
    except OSError as error:
        raise ConnectionFileError(f"Cannot read the connection file {path}: {error.strerror}.") from None
    if problem:
        raise ConnectionFileError(f"Refusing the connection file {path}: {problem}.")
    return parse_connection(text, str(path))


def exposure(path: Path, status: os.stat_result | None = None) -> str | None:
    """What makes a connection file unsafe to trust, as the rest of a sentence; None when nothing does.

    `status` is what fstat says about it, when it is open.
    """
    if os.name == "nt":
        return None  # modes say nothing there; the user's profile directory is private
    status = status or path.stat()
    if status.st_uid not in (os.getuid(), 0):
        return f"it belongs to another user (uid {status.st_uid})"
    if status.st_mode & 0o077:
        mode = f"mode {stat.S_IMODE(status.st_mode):03o}"
        return f"other users can read its key or change it ({mode}). If that is an accident: chmod 600 {path}"
    return None


def write_connection(path: Path, info: ConnectionInfo) -> None:
    """Write a new connection file that only its owner can read (0600); its directory is made (0700).

    Raises ConnectionFileError, also when something of that name is there already.
    """
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(info.to_json())
        except OSError:
            path.unlink()  # a full disk: half a connection file is worse than none
            raise
    except OSError as error:
        raise ConnectionFileError(f"Cannot write the connection file {path}: {error.strerror}.") from None


def runtime_directory() -> Path:
    """Jupyter's runtime directory, where connection files are looked for.

    The rule is that of `jupyter_core.paths.jupyter_runtime_dir` (a test holds the two together); that
    module costs 25 ms at every start.
    """
    if explicit := os.environ.get("JUPYTER_RUNTIME_DIR"):
        return Path(explicit)
    return data_directory() / "runtime"


def data_directory() -> Path:
    """Jupyter's data directory of this user, by the rule of `jupyter_core.paths.jupyter_data_dir`."""
    if explicit := os.environ.get("JUPYTER_DATA_DIR"):
        return Path(explicit)
    # the rare roads, where the rules are others: another library knows them
    platform_dirs = os.environ.get("JUPYTER_PLATFORM_DIRS", "no").lower() not in _FALSE
    if platform_dirs or sys.platform == "win32":
        from jupyter_core.paths import jupyter_data_dir

        return Path(jupyter_data_dir())
    home = Path.home().resolve()
    if sys.platform == "darwin":
        return home / "Library" / "Jupyter"
    share = os.environ.get("XDG_DATA_HOME")
    return (Path(share) if share else home / ".local" / "share") / "jupyter"


def private_directory(name: str) -> Path:
    """A new directory that only this user can enter (0700), short enough for sockets.

    It is made in the runtime directory, beside the connection files; where the path would be too long
    for a socket, in XDG_RUNTIME_DIR or /tmp.

    Raises ConnectionFileError when none of them can be written.
    """
    problems = []
    for parent in _short_enough(runtime_directory(), name):
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (parent / name).mkdir(mode=0o700)
        except OSError as error:
            problems.append(f"{parent} ({error.strerror})")
        else:
            return parent / name
    raise ConnectionFileError(
        f"Cannot make a directory for the kernel's sockets in {' or '.join(problems)}. "
        "Set JUPYTER_RUNTIME_DIR to a directory that you can write."
    )


def directory_of(connection_file: Path, info: ConnectionInfo | None = None) -> Path:
    """Where the private directory of a kernel of ours is, by its connection file; it need not be there."""
    if info and info.transport == "ipc":
        return Path(info.ip).parent
    beside = connection_file.with_suffix("")
    elsewhere = _short_enough(runtime_directory(), beside.name)
    return beside if beside.is_dir() or not elsewhere else elsewhere[0] / beside.name


def _short_enough(runtime: Path, name: str) -> list[Path]:
    places = [runtime]
    if xdg := os.environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(xdg))
    if os.name != "nt":
        places.append(Path("/tmp"))
    fitting = [place for place in places if len(os.fsencode(place / name / "k-5")) <= MAX_SOCKET_PATH]
    # a runtime directory that fits is the only one: to go elsewhere would hide that it cannot be written
    return fitting[:1]


_FALSE = ("no", "n", "false", "off", "0", "0.0")

_DEFAULTS = {
    "transport": "tcp",
    "ip": "127.0.0.1",
    "key": "",
    "signature_scheme": "hmac-sha256",
    "kernel_name": "",
}
