"""What is known of a debugged program: its breakpoints, its threads, and which of them stand. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zconsole.message import Content


class Seen:
    """What pydevd has told since it was attached: breakpoints by file, threads, the stopped ones, and the
    references to their scopes."""

    def __init__(self) -> None:
        self.breakpoints: dict[str, list[dict[str, Any]]] = {}
        self.threads: set[int] = set()
        self.stopped: set[int] = set()
        self.scopes: set[int] = set()

    def receive(self, event: Content) -> None:
        """An event has come."""
        body = event.get("body") or {}
        if note := _NOTES.get((event["event"], body.get("reason"))) or _NOTES.get((event["event"], None)):
            note(self, body)

    def _started(self, body: Content) -> None:
        self.threads.add(body["threadId"])

    def _exited(self, body: Content) -> None:
        self.threads.discard(body["threadId"])
        self.stopped.discard(body["threadId"])

    def _stopped(self, body: Content) -> None:
        self.stopped |= self.threads if body.get("allThreadsStopped") else set()
        self.stopped.add(body["threadId"])

    def _continued(self, body: Content) -> None:
        self.stopped = set() if body.get("allThreadsContinued") else self.stopped - {body["threadId"]}
        self.scopes = set()


_NOTES: Mapping[tuple[str, str | None], Callable[[Seen, Content], None]] = {
    ("thread", "started"): Seen._started,
    ("thread", "exited"): Seen._exited,
    ("stopped", None): Seen._stopped,
    ("continued", None): Seen._continued,
}
