"""Asynchronous code beside the loop of a session: in a loop, and a thread, of its own.

For what is asynchronous by nature and is waited for by code that is not.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TimedOut
from typing import Any, TypeVar

T = TypeVar("T")

CLOSE_WAIT = 5.0
"""Seconds for what runs in a loop to take notice of its end."""


def complete(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, and wait for it, also where a loop runs already: that waits as well."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    apart = Apart()
    try:
        return apart.start(coroutine).result()
    finally:
        apart.close()


class Failed(Exception):
    """What was awaited has failed; the text says how."""


class Apart:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        self._loop, self._over = self._begun.result()

    def start(self, awaitable: Awaitable[T]) -> Future[T]:
        """Have something awaited there."""
        return asyncio.run_coroutine_threadsafe(_awaited(awaitable), self._loop)

    def call(self, awaitable: Awaitable[T], timeout: float) -> T:
        """Have something awaited there; its result, in `timeout` seconds at most. Raises Failed."""
        running = self.start(awaitable)
        try:
            return running.result(timeout)
        except TimedOut:
            running.cancel()
            raise Failed(f"it has taken more than {timeout:g} s") from None
        except Exception as error:  # noqa: BLE001  # the boundary: it is others' code
            raise Failed(f"{type(error).__name__}: {error}") from None

    def close(self) -> None:
        """End the loop; what runs there is cancelled."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(CLOSE_WAIT)

    async def _run(self) -> None:
        over = asyncio.Event()
        self._begun.set_result((asyncio.get_running_loop(), over))
        await over.wait()


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable
