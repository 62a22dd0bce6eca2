"""What the kernel says of its own use of the machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.kernel.strangers import Client, running_kernel

BUSY = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"


def test_usage_with_psutil(client: Client) -> None:
    """ipykernel's fields; children count."""
    first = client.answer("usage_request", channel="control")["content"]
    assert (first["status"], first["hostname"]) == ("ok", socket.gethostname())
    assert first["pid"] == client.launched.pid
    assert first["cpu_count"] == os.cpu_count()
    assert 10 << 20 < first["kernel_memory"] < first["host_virtual_memory"]["total"]
    client.run(BUSY)
    client.run("data = bytearray(b'x') * (50 << 20)")
    second = client.answer("usage_request", channel="control")["content"]
    assert second["kernel_cpu"] > 0
    assert second["kernel_memory"] > first["kernel_memory"] + (40 << 20)
    code = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', %r], stdout=-1)\n"
    client.run(
        code % "import time; data = b'x' * (50 << 20); print(flush=True); time.sleep(100)"
        + "child.stdout.readline()"
    )
    third = client.answer("usage_request", channel="control")["content"]
    assert third["kernel_memory"] > second["kernel_memory"] + (40 << 20)
    client.run("child.kill(); child.wait()")


def test_usage_without_psutil(kernel_env: dict[str, str], tmp_path: Path) -> None:
    """This process's part."""
    (tmp_path / "psutil.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    with running_kernel({**kernel_env, "PYTHONPATH": path}) as client:
        client.run(BUSY)
        content = client.answer("usage_request", channel="control")["content"]
        assert (content["status"], content["pid"]) == ("ok", client.launched.pid)
        assert content["kernel_cpu"] > 0
        assert content["kernel_memory"] > 10 << 20
