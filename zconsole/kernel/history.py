"""IPython's history of input lines: written when the kernel is idle, and asked for by clients.

A commit costs as much as six small cells, so lines wait a moment in IPython's cache; whoever asks for them,
or ends the session, has them written first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zconsole.kernel.mainloop import MainLoop
from zconsole.kernel.shellloop import Here
from zconsole.message import Content

DELAY = 0.3
"""Seconds of idleness before new lines are written."""


class History:
    """The history of a shell of IPython's.

    Arguments: `manager`, its history_manager; `mainloop`, in whose idle time it is written; `here`, the loop
    of the calling thread.
    """

    def __init__(self, manager: Any, mainloop: MainLoop, here: Here) -> None:
        self._manager = manager
        self._mainloop = mainloop
        self._here = here
        self._waits = False
        if manager is not None and manager.db_cache_size <= 1:
            manager.db_cache_size = 1_000_000

    def rows(self, request: Content) -> Sequence[Any]:
        """The rows that a history_request asks for; see Interpreter."""
        self.write()
        return list(_ROWS[request["hist_access_type"]](self._manager, request))

    def write_later(self) -> None:
        """There may be new lines."""
        if self._waits:
            return
        if self._here.loop is self._mainloop:
            self._waits = True
            self._mainloop.later(DELAY, self._write_now)
        else:
            self._mainloop.post(self.write_later)

    def write(self) -> None:
        """Write what there is. Raises sqlite3.Error when the file cannot be written."""
        manager = self._manager
        if manager is not None and (manager.db_input_cache or manager.db_output_cache):
            manager.writeout_cache()

    def _write_now(self) -> None:
        self._waits = False
        self.write()


def _tail(manager: Any, request: Content) -> Any:
    raw, output = request["raw"], request["output"]
    return manager.get_tail(request["n"], raw=raw, output=output, include_latest=True)


def _range(manager: Any, request: Content) -> Any:
    session, flags = request["session"], {"raw": request["raw"], "output": request["output"]}
    number = session if session > 0 else session + manager.session_number
    rows = manager.get_range(session, request["start"], request["stop"], **flags)
    # IPython calls the running session 0 in its rows, which no client can tell from the others' numbers
    return [(number, line, text) for _, line, text in rows]


def _search(manager: Any, request: Content) -> Any:
    return manager.search(
        request["pattern"],
        raw=request["raw"],
        output=request["output"],
        n=request["n"],
        unique=request["unique"],
    )


_ROWS: Mapping[str, Callable[[Any, Content], Any]] = {"tail": _tail, "range": _range, "search": _search}
