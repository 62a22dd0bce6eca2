"""What can be wrong before there is a session, or with what a kernel sends: a sentence each, and an end.

The command line's own mistakes are in tests/frontend/test_app.py, what a connection file may hold in
tests/test_connection.py; here is what reaches the terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time

import pytest
import zmq

from tests.fakes import kernels
from zconsole.connection import write_connection
from zconsole.frontend.choosing.kernels import local_connection

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")
GOOD = json.loads(local_connection("x").to_json())


@pytest.fixture
def refused(terminal):
    """`refused(*options)` is what is said by a zconsole that starts no session; on one line."""

    def run(*options, status=1, timeout=10.0, **more):
        t = terminal(*ZCONSOLE, *options, columns=400, **more)
        assert t.wait_exit(timeout) == status
        assert "Traceback" not in t.history_text
        t.wait_no_processes()
        return t.screen_text

    return run


@pytest.fixture
def fake():
    """A kernel of paper that runs already."""
    with kernels() as started:
        yield started


def listening(info):
    """Wait until a kernel is there."""
    with zmq.Context() as context, context.socket(zmq.REQ) as heart:
        heart.connect(info.endpoint("hb"))
        heart.send(b"")
        assert heart.poll(10_000)


# --- connection files


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a connection file: it is no complete JSON"),
        (json.dumps(GOOD)[:60], "is not a connection file: it is no complete JSON"),
        ("[]", "is not a connection file: it holds no JSON object"),
        ("\0\1\2", "is not a connection file"),
        (json.dumps({**GOOD, "shell_port": "1"}), r"its shell_port is '1', a port number belongs there\."),
        (json.dumps({**GOOD, "key": 1}), r"its key is 1, not text\."),
        (json.dumps({**GOOD, "transport": "carrier"}), r"names the transport 'carrier'; only tcp and ipc"),
        (json.dumps({**GOOD, "signature_scheme": "none"}), r"names the signature scheme 'none'; hmac-sha256"),
    ],
    ids=[
        "empty",
        "cut",
        "list",
        "bytes",
        "port",
        "key",
        "transport",
        "scheme",
    ],  # the ports are new each time
)
def test_a_connection_file_that_is_none(text, sentence, refused, tmp_path):
    file = tmp_path / "kernel.json"
    file.write_text(text)
    file.chmod(0o600)
    assert re.match(f"zconsole: {file} .*{sentence}", refused("--existing", str(file)))


def test_an_address_that_is_none(refused, tmp_path):
    file = tmp_path / "kernel.json"
    write_connection(file, local_connection("x")._replace(ip="no such host"))
    said = refused("--existing", str(file))
    assert re.search(
        r"^zconsole: Cannot connect to tcp://no such host:\d+: Invalid argument\.$", said, re.MULTILINE
    )


def test_a_connection_file_that_others_can_read(refused, tmp_path):
    file = tmp_path / "kernel.json"
    write_connection(file, local_connection("x"))
    file.chmod(0o644)
    said = refused("--existing", str(file))
    assert said.startswith(f"zconsole: Refusing the connection file {file}: other users can read its key")
    assert said.replace("\n", "").endswith(f"chmod 600 {file}.")


@pytest.mark.skipif(os.getuid() == 0, reason="root can read every file")
def test_a_connection_file_that_cannot_be_read(refused, tmp_path):
    file = tmp_path / "kernel.json"
    file.touch(mode=0)
    assert "Permission denied" in refused("--existing", str(file))


# --- kernels that run already


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_kernel_that_is_gone(transport, refused, tmp_path):
    info = local_connection("x")
    if transport == "ipc":
        info = info._replace(transport="ipc", ip=str(tmp_path / "k"))
    file = tmp_path / "kernel.json"
    write_connection(file, info)
    os.utime(file, (1_000_000, 1_000_000))
    begin = time.monotonic()
    said = refused("--existing", str(file)).replace("\n", "")
    assert time.monotonic() - begin < 2  # typically 0.3
    where = info.endpoint("shell")
    assert said == f"zconsole: No kernel listens at {where}: the one of {file} has ended."


def test_a_kernel_that_does_not_come(refused, tmp_path):
    file = tmp_path / "kernel.json"
    write_connection(file, local_connection("x"))
    assert refused("--existing", str(file)).endswith("has ended.")


def test_another_key(refused, fake, tmp_path):
    launched = fake.start("--welcome")
    listening(launched.info)
    file = tmp_path / "kernel.json"
    write_connection(file, launched.info._replace(key=b"another"))
    said = " ".join(refused("--existing", str(file)).split())
    assert said.endswith(
        "The kernel's signature was refused: the key in the connection file is not the kernel's."
    )


# --- kernels that we start


def test_a_program_that_does_not_exist(refused, home, tmp_path):
    folder = tmp_path / "kernels" / "nosuch"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["/no/such/program"], "display_name": "", "language": ""}')
    said = refused("--kernel", "nosuch", env={"JUPYTER_PATH": str(tmp_path)})
    assert re.fullmatch(
        "zconsole: Cannot run the kernel program /no/such/program: No such file or directory. "
        f"The kernelspec 'nosuch' in {folder} names it.",
        said.replace("\n", ""),
    )


def test_a_kernelspec_that_cannot_be_read(refused, tmp_path):
    folder = tmp_path / "kernels" / "broken"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": [')
    said = refused("--kernel", "broken", env={"JUPYTER_PATH": str(tmp_path)})
    assert said.startswith("zconsole: The kernelspec of 'broken' cannot be read: ")


def test_garbage_is_dropped_and_the_session_goes_on(terminal, fake):
    launched = fake.start("--welcome")
    listening(launched.info)
    t = terminal(*ZCONSOLE, "--existing", str(launched.connection_file))
    t.wait_prompt()
    t.type("garbage\r")
    t.wait("^printed$")
    t.wait_prompt(2)
    t.type("more\r")
    t.wait("^printed$(.|\\n)*^printed$")
    t.keys("c-d", "c-d")
    assert t.wait_exit() == 0
