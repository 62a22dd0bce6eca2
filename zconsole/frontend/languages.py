"""What the console does differently from language to language. Pure but for the question to the kernel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zconsole.frontend.blocks import Verdict
    from zconsole.message import Content

ASK_WAIT = 0.25
"""Seconds for the kernel to say whether a block is complete; then it is taken for complete."""

Ask = Callable[["Content", float], "Awaitable[Content | None]"]
"""Sends an is_complete_request: (content, limit in seconds) to the reply's content; None without one."""


def lexer_name(info: Content) -> str:
    """The Pygments name of a language, by the kernel's language_info."""
    for field in ("pygments_lexer", "name"):
        value = info.get(field)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, dict) and value.get("name"):
            return str(value["name"])
    return "text"


def is_python(info: Content) -> bool:
    """Whether blocks of this language are judged here."""
    return info.get("name") in ("python", "ipython", None)


class Judge:
    """Judges blocks: Python here, other languages in the kernel, by `is_complete_request`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.python = True

    def __call__(self, text: str) -> Verdict | Awaitable[Verdict]:
        """The verdict on a block, now or later."""
        from zconsole.frontend.blocks import Complete, check  # not before the first prompt

        if self.python:
            return check(text)
        if text.endswith("\n\n") or not text.strip():
            return Complete()  # whatever the kernel thinks: two blank lines are the user's word
        return self._by_kernel(text)

    async def _by_kernel(self, text: str) -> Verdict:
        from zconsole.frontend.blocks import Complete, Incomplete

        content = await self._ask({"code": text}, ASK_WAIT) or {}
        if content.get("status") != "incomplete":
            return Complete()
        return Incomplete(len(str(content.get("indent", ""))))
