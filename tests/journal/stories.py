"""Sessions of paper: what is told to one becomes a past, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journal import lines
from zconsole.journal.cells import Past, past
from zconsole.journal.entries import decode, encode, encode_message
from zconsole.journal.store import FILE
from zconsole.message import Message

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Story:
    """A session of paper: what is told to it becomes a past."""

    def __init__(self, language: str = "python", at: float = 0.0, **about: Any) -> None:
        first = {"version": 1, "name": "exp", "kernel": "zconsole", "language": language, **about}
        self.lines = [encode("session", at, **first)]
        self.at = at
        self.count = 0
        self.tell("life", pid=1, first=1)

    def tell(self, kind: str, **fields: Any) -> None:
        self.at += 1
        self.lines.append(encode(kind, self.at, **fields))

    def ran(self, code: str, *said: tuple[str, dict[str, Any]], ends: bool = True) -> Message:
        self.count += 1
        asked = lines.request(code)
        messages = [*lines.begin(asked, self.count), *(lines.said(asked, kind, **c) for kind, c in said)]
        for message in [*messages, *([lines.idle(asked)] if ends else [])]:
            self.at += 1
            self.lines.append(encode_message(self.at, "iopub", message))
        return asked

    @property
    def past(self) -> Past:
        entries = [decode(line[:-1]) for line in self.lines]
        return past(entry for entry in entries if entry)

    def write(self, folder: Path) -> Path:
        """Write it to a folder; that."""
        folder.mkdir(parents=True)
        (folder / FILE).write_bytes(b"".join(self.lines))
        return folder


def out(text: str, name: str = "stdout") -> tuple[str, dict[str, Any]]:
    return "stream", {"name": name, "text": text}


def shown(msg_type: str = "display_data", display_id: str = "", **more: Any) -> tuple[str, dict[str, Any]]:
    data = {mime.replace("_", "/"): value for mime, value in more.items()}
    return msg_type, {"data": data, "metadata": {}, "transient": {"display_id": display_id}}


FAILED = (
    "error",
    {"ename": "ZeroDivisionError", "evalue": "by zero", "traceback": ["\x1b[31mby\x1b[0m zero"]},
)
