"""A kernel that is started by a provisioner: on another machine, in a container, by a batch system.

A kernelspec names a provisioner in its metadata; jupyter_client's KernelProvisionerFactory makes it and its
AsyncKernelManager takes it through its steps (pre_launch, launch_kernel, post_launch, cleanup), so that it
finds the surroundings for which it was written. Here it gets the form of `launch.Launch` and
`process.KernelProcess`, and nobody else notices a difference.

A provisioner is asynchronous and may keep what belongs to its event loop. Sessions have theirs, but it begins
after the kernel; so the provisioner has a thread with a loop, for as long as the kernel is ours. Provisioners
are others' code: whatever they raise is told as a sentence.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zconsole.apart import Apart, Failed
from zconsole.connection import (
    ConnectionFileError,
    ConnectionInfo,
    private_directory,
    read_connection,
    runtime_directory,
)
from zconsole.launch import LaunchError, keep, new_stem, record, refuse_stopped, remove
from zconsole.process import UNKNOWN, Exit, Process, done_within

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

LAUNCH_WAIT = 300.0
"""Seconds for a provisioner to start a kernel: a batch system may have to find a machine. Ctrl+C ends it."""

CLEANUP_WAIT = 5.0
"""Seconds for it to clean up, while the user waits for the shell's prompt."""


class Provisioned:
    """A kernel that a provisioner has started; the form of a `launch.Launch`."""

    pid = 0
    first = 1

    def __init__(self, kernel_name: str, name: str, directory: Path, connection_file: Path) -> None:
        from jupyter_client.manager import AsyncKernelManager

        self.name = name
        self.directory = directory
        self.connection_file = connection_file
        self.info: ConnectionInfo
        self._kernel_name = kernel_name
        self._apart = Apart()
        self._manager = AsyncKernelManager(kernel_name=kernel_name, connection_file=str(connection_file))

    @property
    def log(self) -> Path:
        """The file with what a process on this machine wrote past its protocol."""
        return self.directory / "log"

    def start(self) -> Provisioned:
        """Start the kernel; itself. Raises LaunchError; then nothing is left."""
        self.log.unlink(missing_ok=True)
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._apart.call(
                self._manager.start_kernel(independent=True, stdout=log, stderr=log), LAUNCH_WAIT
            )
            if not self.connection_file.exists():
                self._manager.write_connection_file()
            self.info = read_connection(self.connection_file, private=True)._replace(
                kernel_name=self._kernel_name
            )
        except KeyboardInterrupt:
            self.discard()
            raise
        except (Failed, ConnectionFileError) as error:
            self.discard()
            why = str(error).rstrip(".")
            raise LaunchError(f"The provisioner of {self._kernel_name!r} cannot start it: {why}.") from None
        finally:
            os.close(log)
        self.pid = self._local_pid()
        record(self.name, self._kernel_name, self.pid, self.connection_file, self.directory)
        return self

    def watch(self, loop: asyncio.AbstractEventLoop) -> Process:
        """The process as this provisioner shows it."""
        return ProvisionedProcess(self._manager, self._apart, self.pid, loop)

    def again(self, first: int = 1) -> Provisioned:
        """Start the kernel once more, when it has ended; itself. Its cells begin at 1 again. Raises
        LaunchError."""
        try:
            refuse_stopped(self.directory)
        except LaunchError:
            self.remove_files()
            raise
        return self.start()

    def keep(self) -> None:
        """It is to outlive this process, as far as its provisioner can do that."""
        keep(self.directory)

    def remove_files(self) -> None:
        """Have the provisioner clean up, and remove the files of a kernel that has ended."""
        try:
            self._apart.call(self._manager.cleanup_resources(), CLEANUP_WAIT)
        except Failed:
            pass  # nothing that we could do about it is left
        self._apart.close()
        remove(self.connection_file, self.directory)

    def discard(self) -> None:
        """End a kernel that nobody has used yet, if it has been started at all."""
        if provisioner := self._manager.provisioner:
            try:
                self._apart.call(provisioner.kill(), CLEANUP_WAIT)
            except Failed:
                pass
        self.remove_files()

    def _local_pid(self) -> int:
        from jupyter_client.provisioning.local_provisioner import LocalProvisioner

        provisioner = self._manager.provisioner
        pid = getattr(provisioner, "pid", None)
        # that of others may be a process of another machine
        return pid if isinstance(provisioner, LocalProvisioner) and type(pid) is int else 0


class ProvisionedProcess:
    """A `process.KernelProcess` behind a provisioner. `ended` is a future of its Exit."""

    def __init__(
        self, manager: AsyncKernelManager, apart: Apart, pid: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.pid = pid
        self._provisioner: Any = manager.provisioner
        self._apart = apart
        self._loop = loop
        self.ended: asyncio.Future[Exit] = loop.create_future()
        self._waiting = apart.start(self._wait())
        self._waiting.add_done_callback(self._waited)

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return not self.ended.done()

    def interrupt(self) -> None:
        """SIGINT."""
        self._tell(lambda: self._provisioner.send_signal(signal.SIGINT))

    def terminate(self) -> None:
        """SIGTERM, or what the provisioner has in its place."""
        self._tell(lambda: self._provisioner.terminate())

    def kill(self) -> None:
        """SIGKILL, or what the provisioner has in its place."""
        self._tell(lambda: self._provisioner.kill())

    async def wait(self, timeout: float, cut: asyncio.Future[None] | None = None) -> bool:
        """Whether it has ended within `timeout` seconds, or until `cut` is done."""
        return await done_within(self.ended, timeout, cut)

    def close(self) -> None:
        """Watch no more."""
        self._waiting.cancel()

    def _tell(self, make: Callable[[], Awaitable[object]]) -> None:
        if self.alive:
            self._apart.start(make())  # what comes of it is seen by whether the kernel ends

    async def _wait(self) -> int | None:
        code = await self._provisioner.wait()
        return code if isinstance(code, int) else None

    def _waited(self, waiting: Future[int | None]) -> None:
        if waiting.cancelled():
            return
        code = None if waiting.exception() else waiting.result()
        try:
            self._loop.call_soon_threadsafe(self._end, Exit(UNKNOWN if code is None else code))
        except RuntimeError:
            pass  # the loop is closed: nobody watches any more

    def _end(self, exit: Exit) -> None:
        if not self.ended.done():
            self.ended.set_result(exit)


def provision(kernel_name: str, name: str = "") -> Provisioned:
    """Have a kernel started by the provisioner that its kernelspec names. Raises LaunchError."""
    stem = new_stem()
    try:
        directory = private_directory(stem)
    except ConnectionFileError as error:
        raise LaunchError(str(error)) from None
    return Provisioned(kernel_name, name, directory, runtime_directory() / f"{stem}.json").start()
