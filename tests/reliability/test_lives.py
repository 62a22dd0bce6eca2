"""Kernels started and ended, in every way there is: nothing of them is left. 200 at full size."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.kernel.strangers import Client, connected, end
from tests.reliability.sizes import size
from zconsole.launch import launch, own_kernel_argv

ENDS: dict[str, Callable[[Client], object]] = {
    "shutdown_request": lambda client: client.send_request("shutdown_request", {"restart": False}, "control"),
    "on shell": lambda client: client.send_request("shutdown_request", {"restart": False}),
    "SIGTERM": lambda client: os.kill(client.launched.pid, signal.SIGTERM),
    "SIGKILL": lambda client: os.kill(client.launched.pid, signal.SIGKILL),
}
BUSY = {
    "at rest": "0",
    "computing": "while True: pass",
    "asking": "input()",
    "printing": "while True: print('text')",
}
KERNELS = size(200, 8)


@pytest.mark.parametrize("how", ENDS)
def test_nothing_is_left(kernel_env: dict[str, str], how: str, tmp_path: Path) -> None:
    """[77, 79] No process, no file, no socket, whatever it was doing."""
    env = {**kernel_env, "TMPDIR": str(tmp_path)}
    left: list[int] = []
    for number in range(KERNELS // len(ENDS)):
        launched = launch(own_kernel_argv(), env)
        client = connected(launched)
        try:
            load = list(BUSY.values())[number % len(BUSY)]
            client.execute(f"print('going', flush=True)\n{load}", allow_stdin=True)
            client.await_stream("going")
            process = psutil.Process(launched.pid)
            ENDS[how](client)
            exit_code = client.gone()
        finally:
            client.stop_channels()
            client.context.destroy(linger=0)
            end(launched)
        assert exit_code == (-9 if how == "SIGKILL" else 0), (how, number)
        assert not process.is_running()
        assert not [
            path for path in (launched.connection_file, launched.log, launched.directory) if path.exists()
        ]
        assert not list(tmp_path.iterdir()), (how, number)
        left.append(psutil.Process().num_fds())
    assert left[-1] <= left[0], "the side that starts kernels leaves descriptors open"
