"""Jupyter's own console in a terminal, attached to a kernel of ours over either transport.

Ctrl+C is not tried: it interrupts only kernels that it started itself, and says so.
"""

from __future__ import annotations

import sys

import pytest

from tests.kernel.strangers import running_kernel
from zconsole.frontend.choosing.kernels import local_connection

START = 30  # seconds; it imports for two of them on a machine that does nothing else


@pytest.fixture(params=["ipc", "tcp"])
def kernel(request, environment):
    info = local_connection("zconsole") if request.param == "tcp" else None
    with running_kernel({}, info=info) as client:
        yield client


@pytest.fixture
def console(kernel, terminal):
    t = terminal(sys.executable, "-m", "jupyter_console", "--existing", str(kernel.launched.connection_file))
    t.wait_prompt(1, timeout=START)
    return t


def test_a_session(kernel, console):
    console.run("1+1")
    console.wait(r"^Out\[1\]: 2$")
    console.run("print('a', 'b')")
    console.wait("^a b$")
    console.run("1/0")
    console.wait("^ZeroDivisionError: division by zero$")
    console.type("x = input('name? ')\r")
    console.wait(r"^name\? $")
    console.type("Bob\r")
    console.wait_prompt(5)
    console.run("x * 2")
    console.wait(r"^Out\[5\]: 'BobBob'$")
    console.keys("c-d")
    console.wait("exit.*[?]")
    console.type("y\r")
    assert console.wait_exit() == 0
    assert kernel.run("x").result == "'Bob'"


def test_completion_help_and_an_end(kernel, console):
    console.run("some_name = 1")
    console.type("some_n\t")
    console.wait("some_name$")
    console.keys("c-u")
    console.type("print?\r")
    console.wait("Prints the values to a stream", history=True)
    console.wait_prompt(3)
    console.type("exit\r")  # which ends also a kernel that it has not started
    assert console.wait_exit() == 0
    assert kernel.gone() == 0
