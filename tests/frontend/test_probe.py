"""Who listens where a kernel should be; what strangers say is in tests/terminal/test_kernel_care.py."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tests.fakes import kernels, listening
from zconsole.frontend.choosing import probe as module
from zconsole.frontend.choosing.kernels import local_connection
from zconsole.frontend.choosing.probe import Listener, nobody_listens, probe

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ipc sockets and signals")


def look(info, wait=5.0):
    return asyncio.run(probe(info, wait)).listener


@pytest.mark.parametrize("ip", ["127.0.0.1", "localhost"])
def test_a_kernel_and_nobody_by_tcp(ip):
    info = local_connection("x")._replace(ip=ip)
    assert look(info) is Listener.NOBODY
    with kernels() as started:
        launched = started.start(info=info._replace(ip="127.0.0.1"))
        listening(launched.info)
        assert look(info) is Listener.KERNEL
        assert not nobody_listens(info)


def test_a_kernel_and_nobody_by_ipc():
    with kernels() as started:
        launched = started.start()
        listening(launched.info)
        assert look(launched.info) is Listener.KERNEL
        os.kill(launched.pid, signal.SIGSTOP)
        os.waitpid(launched.pid, os.WUNTRACED)
        assert look(launched.info, 0.1) is Listener.SILENT
        os.kill(launched.pid, signal.SIGKILL)
        os.waitpid(launched.pid, 0)
        assert launched.info.socket_files()[0].exists()
        assert look(launched.info) is Listener.NOBODY


def test_a_network_that_is_slow_or_a_name_that_is_none(monkeypatch):
    info = local_connection("x")
    assert look(info._replace(ip="no such host")) is Listener.UNKNOWN

    async def slow(info):
        await asyncio.Event().wait()

    monkeypatch.setattr(module, "connect", slow)
    assert look(info, 0.05) is Listener.UNKNOWN
