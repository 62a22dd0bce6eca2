"""Attaching to a kernel that runs already: found by a name, and looked at before a session begins.

ZeroMQ waits for ever for who does not come. So what can be known at once is said at once: that the kernel
has ended, or that something else has its port by now. What remains open is left to the session, whose waits
have limits.
"""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zconsole.apart import complete
from zconsole.connection import ConnectionFileError, ConnectionInfo, read_connection
from zconsole.frontend.choosing.kernels import Target, kernel_by_name
from zconsole.frontend.choosing.probe import Finding, Listener, probe
from zconsole.frontend.choosing.runtime import Known, known, one_kernel
from zconsole.frontend.choosing.survey import ask_pids
from zconsole.frontend.errors import KernelChoiceError
from zconsole.record import Record

if TYPE_CHECKING:
    from zconsole.process import Process

FRESH_WAIT = 1.0
"""Seconds that a kernel of others, whose file has just been written, gets until it listens: ipykernel needs
0.4."""

KNOCK_INTERVAL = 0.1
"""Seconds between two tries; nothing tells when a port opens."""


def running_kernel(name: str, keep_hours: float = 0) -> Target:
    """A kernel that runs already; `name` is what `runtime.one_kernel` knows. When its session was recorded
    and is not any more, it is when this returns; it is kept for `keep_hours` (`handover.Keeping`).

    Raises ConnectionFileError and KernelChoiceError.
    """
    kernel = one_kernel(name, ask_pids)
    info = read_connection(kernel.file, private=True)
    lives = kernel.record.lives if kernel.record else None
    finding = Finding(Listener.NOBODY) if lives is False else complete(_look(kernel, info, lives is None))
    where = info.endpoint("shell")
    if finding.listener is Listener.NOBODY and kernel.record and not kernel.record.here:
        machine = kernel.record.machine
        raise KernelChoiceError(f"Nobody listens at {where}: the kernel of {kernel.file} is {machine}'s.")
    if finding.listener is Listener.NOBODY and not lives:
        raise KernelChoiceError(f"No kernel listens at {where}: the one of {kernel.file} has ended.")
    if finding.words:
        raise KernelChoiceError(
            f"At {where}, where the kernel of {kernel.file} should be, is {finding.words}."
        )
    journal = _kept_session(kernel, keep_hours)
    return Target(
        info,
        interrupt=partial(_interrupt, kernel.file),
        journal=journal,
        file=kernel.file,
        watch=partial(_watch, kernel.record) if journal and kernel.record and lives else None,
        pid=partial(_pid, kernel.file),
    )


def kernel_or_running(name: str, keep_hours: float = 0, profile: str = "") -> Target:
    """The kernel of a kernelspec, launched, our own with a profile; where there is none of that name,
    one that runs. Raises what `kernels.kernel_by_name` does."""
    try:
        return kernel_by_name(name, profile=profile)
    except KernelChoiceError as unknown:
        try:
            return running_kernel(name, keep_hours)
        except (KernelChoiceError, ConnectionFileError):
            raise unknown from None


def _kept_session(kernel: Known, keep_hours: float) -> Path | None:
    """The folder of the session of a kernel whose front end has gone; None for any other kernel."""
    record = kernel.record
    if record is None or not record.journal or not record.here:
        return None
    from zconsole.handover import ADOPTED, Keeping, adopt
    from zconsole.journal.store import is_live

    folder = Path(record.journal)
    if record.detached and record.owned:
        return folder
    if record.owned or is_live(folder):
        return None
    complete(adopt(Keeping(kernel.file, kernel.directory, ADOPTED, keep_hours)))
    return folder


def _watch(record: Record, loop: asyncio.AbstractEventLoop) -> Process:
    from zconsole.adopted import AdoptedProcess

    return AdoptedProcess(record.pid, record.born, loop)


def _interrupt(file: Path) -> bool:
    """Interrupt a kernel as its kernelspec wants it when that is by signal, and its process is known and
    ours; whether that was so. Kernels of that kind may take no notice of an interrupt_request (IRkernel)."""
    record = known(file).record  # a restart gives it another process
    if record is None or not record.lives:
        return False
    from zconsole.frontend.choosing.specs import kernelspec, provisioner_of

    try:
        spec = kernelspec(record.kernel).spec
    except KernelChoiceError:
        return False
    if spec is None or spec.interrupt_mode != "signal" or provisioner_of(spec):
        return False
    try:
        os.killpg(record.pid, signal.SIGINT)
    except (OSError, AttributeError):  # it has just ended; a system without process groups
        return False
    return True


def _pid(file: Path) -> int:
    """The process of a kernel that a front end of ours has started on this machine, else 0."""
    record = known(file).record
    return record.pid if record and record.lives else 0


async def _look(kernel: Known, info: ConnectionInfo, may_be_starting: bool) -> Finding:
    loop = asyncio.get_running_loop()
    end = loop.time() + FRESH_WAIT
    while (finding := await probe(info)).listener is Listener.NOBODY:
        if not (may_be_starting and kernel.fresh and loop.time() < end):
            break
        await asyncio.sleep(KNOCK_INTERVAL)
    return finding
