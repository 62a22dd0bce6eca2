"""Threads speak for the cell that started them: what they print, however late, carries its header.

A task of asyncio copies the context it was made in; a thread begins with an empty one (before Python 3.14,
and there too unless told otherwise), so that nothing in it tells whose it is. Here the two doors to another
thread are replaced, once, in this process only: the function that starts threads, which `threading` and all
above it call, and `submit` of thread pools (when they are imported), whose workers outlive the cell that made
them. Both hand on which
request is served, and nothing else: the user's own context variables are for a thread what they are in a
script.
"""

from __future__ import annotations

import _thread
import functools
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from zconsole.kernel.afterimport import AfterImport
from zconsole.kernel.streams import Parent


def carry_into_threads(parent: Parent, imports: AfterImport) -> None:
    """Have threads and the work of thread pools serve the request that started them."""
    for module, name in _STARTERS:
        if start := getattr(module, name, None):
            setattr(module, name, _carrying(parent, start))
    imports.call("concurrent.futures.thread", lambda module: _carry_into_pools(parent, module))


def _carry_into_pools(parent: Parent, module: ModuleType) -> None:
    submit: Callable[..., Any] = module.ThreadPoolExecutor.submit

    @functools.wraps(submit)
    def submit_carrying(pool: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return submit(pool, parent.carry(function), *args, **kwargs)

    module.ThreadPoolExecutor.submit = submit_carrying


def _carrying(parent: Parent, start: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(start)
    def start_carrying(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return start(parent.carry_into_thread(function), *args, **kwargs)

    return start_carrying


_STARTERS = (
    (_thread, "start_new_thread"),
    (_thread, "start_joinable_thread"),  # Python 3.13
    (threading, "_start_new_thread"),
    (threading, "_start_joinable_thread"),
)
