"""Connection files: what is refused and in which words, and that jupyter_client and we mean the same."""

import errno
import json
import os
import re
import stat
import sys
from pathlib import Path

import jupyter_core.paths
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from zconsole.connection import (
    CHANNELS,
    MAX_SOCKET_PATH,
    ConnectionFileError,
    ConnectionInfo,
    data_directory,
    exposure,
    ipc_connection,
    parse_connection,
    private_directory,
    read_connection,
    runtime_directory,
    write_connection,
)

PORTS = {"shell": 5001, "iopub": 5002, "stdin": 5003, "control": 5004, "hb": 5005}
TCP = ConnectionInfo("tcp", "127.0.0.1", PORTS, b"secret", kernel_name="bash")
FIELDS = json.loads(TCP.to_json())

not_as_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() == 0, reason="root may read anything"
)
posix = pytest.mark.skipif(os.name == "nt", reason="modes mean nothing there")


# --- what a file's text says


@pytest.mark.parametrize(
    "info",
    [
        TCP,
        TCP._replace(key=b"", kernel_name="", signature_scheme="hmac-sha512"),
        ipc_connection(Path("/run/x"), b"secret", "zconsole"),
        TCP._replace(extra={"curve_publickey": "k", "pid": 7, "jupyter_session": None}),
    ],
    ids=["tcp", "unsigned", "ipc", "unknown fields"],
)
def test_what_is_written_is_read(info, tmp_path):
    assert parse_connection(info.to_json(), "it") == info
    write_connection(tmp_path / "c.json", info)
    assert read_connection(tmp_path / "c.json", private=True) == info


def test_what_a_file_leaves_out_has_jupyters_defaults():
    text = json.dumps({f"{channel}_port": port for channel, port in PORTS.items()} | {"kernel_name": None})
    assert parse_connection(text, "it") == ConnectionInfo("tcp", "127.0.0.1", PORTS, b"")


def without(name):
    return {key: value for key, value in FIELDS.items() if key != name}


UNUSABLE = {
    "empty": (
        "",
        "it is not a connection file: it is no complete JSON (Expecting value: line 1 column 1 (char 0)).",
    ),
    "truncated": (TCP.to_json()[:40], "it is not a connection file: it is no complete JSON ("),
    "deep": ("[" * 100_000, "it is not a connection file: it is no complete JSON ("),
    "a list": ("[]", "it is not a connection file: it holds no JSON object."),
    "no shell_port": (
        without("shell_port"),
        "it is not a usable connection file: its shell_port is None, a port number belongs there.",
    ),
    **{
        f"hb_port {port!r}": (
            {**FIELDS, "hb_port": port},
            f"it is not a usable connection file: its hb_port is {port!r}, a port number belongs there.",
        )
        for port in ("5001", 0, -1, 65536, 1.5, True, None)
    },
    "key a number": ({**FIELDS, "key": 7}, "it is not a usable connection file: its key is 7, not text."),
    "key half a character": (
        {**FIELDS, "key": "\ud800"},
        "it is not a usable connection file: its key is '\\ud800', not text.",
    ),
    "ip a list": ({**FIELDS, "ip": ["a"]}, "it is not a usable connection file: its ip is ['a'], not text."),
    "ip empty": ({**FIELDS, "ip": ""}, "it is not a usable connection file: its ip is empty."),
    "kernel_name false": (
        {**FIELDS, "kernel_name": False},
        "it is not a usable connection file: its kernel_name is False, not text.",
    ),
    "transport": ({**FIELDS, "transport": "udp"}, "it names the transport 'udp'; only tcp and ipc exist."),
    "signature_scheme": (
        {**FIELDS, "signature_scheme": "hmac-rot13"},
        "it names the signature scheme 'hmac-rot13'; hmac-sha256 is usual.",
    ),
    "a scheme that cannot sign": (
        {**FIELDS, "signature_scheme": "hmac-shake_128"},
        "it names the signature scheme 'hmac-shake_128'; hmac-sha256 is usual.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable(content, sentence):
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(ConnectionFileError) as caught:
        parse_connection(text, "it")
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


def test_the_key_is_in_no_repr():
    assert "secret" not in repr(TCP)


# --- reading


def test_no_file(tmp_path):
    path = tmp_path / "c.json"
    with pytest.raises(ConnectionFileError, match=f"^There is no connection file {re.escape(str(path))}.$"):
        read_connection(path, private=True)


def test_a_directory(tmp_path):
    with pytest.raises(ConnectionFileError, match=r"^Cannot read the connection file .*: Is a directory\.$"):
        read_connection(tmp_path, private=False)


@not_as_root
def test_unreadable(tmp_path):
    path = tmp_path / "c.json"
    write_connection(path, TCP)
    path.chmod(0o000)
    with pytest.raises(
        ConnectionFileError, match=r"^Cannot read the connection file .*: Permission denied\.$"
    ):
        read_connection(path, private=True)


def test_not_text(tmp_path):
    path = tmp_path / "c.json"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(ConnectionFileError, match=r"is not a connection file: it is not UTF-8 text\.$"):
        read_connection(path, private=True)


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o610])
def test_a_file_that_others_can_use(mode, tmp_path):
    path = tmp_path / "c.json"
    write_connection(path, TCP)
    path.chmod(mode)
    with pytest.raises(ConnectionFileError) as caught:
        read_connection(path, private=True)
    assert str(caught.value) == (
        f"Refusing the connection file {path}: other users can read its key or change it (mode {mode:o}). "
        f"If that is an accident: chmod 600 {path}."
    )
    assert read_connection(path, private=False) == TCP


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700, 0o1600])
def test_a_file_that_others_cannot_use(mode, tmp_path):
    path = tmp_path / "c.json"
    write_connection(path, TCP)
    path.chmod(mode)
    assert exposure(path) is None
    assert read_connection(path, private=True) == TCP


@posix
def test_a_file_of_another_user(tmp_path, monkeypatch):
    path = tmp_path / "c.json"
    write_connection(path, TCP)
    owner = path.stat().st_uid
    if owner == 0:
        os.chown(path, 4711, -1)
        owner = 4711
    else:
        monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(ConnectionFileError, match=rf"it belongs to another user \(uid {owner}\)\.$"):
        read_connection(path, private=True)


# --- writing


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_what_is_written(umask, tmp_path):
    before = os.umask(umask)
    try:
        write_connection(tmp_path / "new" / "c.json", TCP)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "c.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "c.json"
    path.write_text("theirs")
    with pytest.raises(
        ConnectionFileError, match=r"^Cannot write the connection file .*c\.json: File exists\.$"
    ):
        write_connection(path, TCP)
    assert path.read_text() == "theirs"


@pytest.mark.parametrize("dangling", [True, False])
def test_no_symbolic_link_is_followed(dangling, tmp_path):
    path, target = tmp_path / "c.json", tmp_path / "target"
    if not dangling:
        target.write_text("theirs")
    path.symlink_to(target)
    with pytest.raises(ConnectionFileError, match=r": File exists\.$"):
        write_connection(path, TCP)
    assert target.exists() is not dangling
    assert dangling or target.read_text() == "theirs"


def test_no_half_of_a_file_is_left(tmp_path, monkeypatch):
    def full(self):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ConnectionInfo, "to_json", full)
    with pytest.raises(ConnectionFileError, match=r": No space left on device\.$"):
        write_connection(tmp_path / "c.json", TCP)
    assert list(tmp_path.iterdir()) == []


# --- with jupyter_client


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_jupyter_client_writes_and_we_read(transport, tmp_path):
    ip = "127.0.0.1" if transport == "tcp" else str(tmp_path / "k")
    name, fields = write_connection_file(
        str(tmp_path / "c.json"),
        transport=transport,
        ip=ip,
        key=b"secret",
        kernel_name="x",
        jupyter_session="y",
    )
    info = read_connection(Path(name), private=True)
    assert json.loads(info.to_json()) == {**fields, "jupyter_session": "y"}
    client = BlockingKernelClient()
    client.load_connection_info(fields)
    for channel in CHANNELS:
        assert info.endpoint(channel) == client._make_url(channel)


@pytest.mark.parametrize("info", [TCP, ipc_connection(Path("/run/x"), b"secret", "x")], ids=["tcp", "ipc"])
def test_we_write_and_jupyter_client_reads(info, tmp_path):
    write_connection(tmp_path / "c.json", info)
    client = BlockingKernelClient(connection_file=str(tmp_path / "c.json"))
    client.load_connection_file()
    for channel in CHANNELS:
        assert client._make_url(channel) == info.endpoint(channel)
    assert client.session.key == info.key
    assert client.session.signature_scheme == info.signature_scheme


def test_socket_files_are_those_of_ipc_alone():
    assert TCP.socket_files() == []
    info = ipc_connection(Path("/run/x"), b"", "")
    assert [f"ipc://{file}" for file in info.socket_files()] == [
        info.endpoint(channel) for channel in CHANNELS
    ]


# --- where files are

ENVIRONMENTS = {
    "nothing set": {},
    "HOME": {"HOME": "/home/ada"},
    "HOME with a slash": {"HOME": "/home/ada/"},
    "a HOME that is a link": {"HOME": "{tmp}/link"},
    "XDG_DATA_HOME": {"XDG_DATA_HOME": "/data/home"},
    "XDG_DATA_HOME empty": {"XDG_DATA_HOME": ""},
    "JUPYTER_DATA_DIR": {"JUPYTER_DATA_DIR": "/data/jupyter", "XDG_DATA_HOME": "/data/home"},
    "JUPYTER_DATA_DIR empty": {"JUPYTER_DATA_DIR": ""},
    "JUPYTER_RUNTIME_DIR": {"JUPYTER_RUNTIME_DIR": "/run/jupyter", "JUPYTER_DATA_DIR": "/data/jupyter"},
    "JUPYTER_RUNTIME_DIR empty": {"JUPYTER_RUNTIME_DIR": "", "JUPYTER_DATA_DIR": "/data/jupyter"},
    "XDG_RUNTIME_DIR does not count": {"XDG_RUNTIME_DIR": "/run/user/1000"},
    **{
        f"JUPYTER_PLATFORM_DIRS={value}": {"JUPYTER_PLATFORM_DIRS": value}
        for value in ("1", "0", "", "False", "x")
    },
    "platform directories and XDG": {"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_HOME": "/data/home"},
    "platform directories and one of ours": {
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_DATA_DIR": "/data/jupyter",
    },
}


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """No variable that says where Jupyter's files are, but a HOME."""
    for name in list(os.environ):
        if name.startswith(("JUPYTER_", "XDG_")):
            monkeypatch.delenv(name)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("HOME", str(tmp_path / "real"))
    return monkeypatch


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_directories_are_jupyters(environment, bare, tmp_path):
    for name, value in environment.items():
        bare.setenv(name, value.format(tmp=tmp_path))
    assert runtime_directory() == Path(jupyter_core.paths.jupyter_runtime_dir())
    assert data_directory() == Path(jupyter_core.paths.jupyter_data_dir())


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_directories_elsewhere(platform, bare):
    bare.setattr(sys, "platform", platform)
    bare.setattr(jupyter_core.paths, "_use_platform_dirs", False, raising=False)
    assert data_directory() == Path(jupyter_core.paths.jupyter_data_dir())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_private_directory(bare, tmp_path):
    runtime = Path("/tmp") / f"zc-test-{os.urandom(4).hex()}" / "deep"
    bare.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    before = os.umask(0)
    try:
        made = private_directory("k")
    finally:
        os.umask(before)
    try:
        assert made == runtime / "k"
        assert mode(made) == mode(runtime) == 0o700
        with pytest.raises(ConnectionFileError, match=r"\(File exists\)"):
            private_directory("k")  # somebody was there before: never use what others made
    finally:
        made.rmdir()
        runtime.rmdir()
        runtime.parent.rmdir()


@posix
@pytest.mark.parametrize("xdg", [True, False])
def test_a_runtime_directory_too_long_for_sockets(xdg, bare, tmp_path):
    bare.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / ("long" * 30)))
    short = Path("/tmp") / f"zc-test-{os.urandom(4).hex()}"
    short.mkdir()
    if xdg:
        bare.setenv("XDG_RUNTIME_DIR", str(short))
    name = f"kernel-zc-{os.urandom(6).hex()}"
    made = private_directory(name)
    try:
        assert made == (short if xdg else Path("/tmp")) / name
        assert mode(made) == 0o700
        assert len(str(ipc_connection(made, b"", "").socket_files()[0])) <= MAX_SOCKET_PATH
    finally:
        made.rmdir()
        short.rmdir()


def test_a_runtime_directory_that_cannot_be_made(bare, tmp_path):
    file = tmp_path / "f"
    file.write_text("a file, so that nobody can make a directory in it, root neither")
    runtime = Path(os.path.relpath(file / "x"))
    bare.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    with pytest.raises(ConnectionFileError) as caught:
        private_directory("k")
    assert str(caught.value) == (
        f"Cannot make a directory for the kernel's sockets in {runtime} (Not a directory). "
        "Set JUPYTER_RUNTIME_DIR to a directory that you can write."
    )


@not_as_root
def test_a_runtime_directory_that_cannot_be_written(bare, tmp_path):
    bare.chdir(tmp_path)
    runtime = Path("r")
    runtime.mkdir(mode=0o500)
    bare.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    with pytest.raises(ConnectionFileError, match=r"in r \(Permission denied\)\. Set JUPYTER_RUNTIME_DIR to"):
        private_directory("k")
