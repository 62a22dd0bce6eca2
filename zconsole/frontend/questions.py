"""What the prompt asks of the kernel: completions, and what it knows of a name.

Specification: "Completion", "Introspection", "Unicode note": since protocol 5.2 positions are counted in code
points, as Python counts; before, they were whatever the kernel's language counts, and with the front ends
that these kernels are made for that is UTF-16."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zconsole.message import Content

Ask = Callable[[str, "Content", float], "Awaitable[Content | None]"]
"""Sends a request: (type, content, limit in seconds) to the reply's content, None without one."""

CODE_POINTS = (5, 2)
"""The protocol since which positions are counted in code points."""


class Questions:
    """Asks one kernel."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._utf16 = False

    def learn(self, info: Content) -> None:
        """The kernel has told what it is: the content of a kernel_info_reply."""
        version = re.match(r"(\d+)\.(\d+)", str(info.get("protocol_version", "")))
        self._utf16 = version is not None and (int(version[1]), int(version[2])) < CODE_POINTS

    async def complete(self, content: Content, timeout: float) -> Content | None:
        """The content of a complete_reply; positions are code points, whatever the kernel counts."""
        reply = await self._ask("complete_request", self._asked(content), timeout)
        if reply is None or not self._utf16:
            return reply
        code = str(content["code"])
        places = {name: reply[name] for name in ("cursor_start", "cursor_end") if name in reply}
        return {**reply, **{name: code_points(code, place) for name, place in places.items()}}

    async def inspect(self, content: Content, timeout: float) -> Content | None:
        """The content of an inspect_reply; its text has colours, and nothing else that a terminal obeys."""
        from zconsole.frontend.render.text import clean  # not before the first key that asks

        reply = await self._ask("inspect_request", self._asked(content), timeout)
        data = reply.get("data") if reply else None
        text = data.get("text/plain") if isinstance(data, dict) else None
        return {**reply, "data": {"text/plain": clean(text)}} if reply and isinstance(text, str) else reply

    def _asked(self, content: Content) -> Content:
        if not self._utf16:
            return content
        return {**content, "cursor_pos": utf16_units(str(content["code"])[: content["cursor_pos"]])}


def utf16_units(text: str) -> int:
    """How long a text is in UTF-16."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def code_points(text: str, units: object) -> object:
    """The position in a text that is so many units of UTF-16 from its beginning; what is no position
    stays."""
    if not isinstance(units, int):
        return units
    position = 0
    for letter in text:
        if units <= 0:
            break
        units -= 1 + (letter > "\uffff")
        position += 1
    return position + max(units, 0)
