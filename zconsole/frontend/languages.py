"""What the console does differently from language to language.

Pure but for the question to the kernel, and the reading of a kernelspec.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zconsole.frontend.prompt.blocks import Verdict
    from zconsole.message import Content

ASK_WAIT = 0.25
"""Seconds for the kernel to say whether a block is complete; then it is taken for complete."""

Ask = Callable[["Content", float], "Awaitable[Content | None]"]
"""Sends an is_complete_request: (content, limit in seconds) to the reply's content; None without one."""


def language_info(info: Content) -> Content:
    """The language_info in the content of a kernel_info_reply; empty when there is none."""
    language = info.get("language_info")
    return language if isinstance(language, dict) else {}


def lexer_names(info: Content) -> list[str]:
    """What Pygments may know a language by, best first, from the kernel's language_info: names, a MIME type
    (it has a slash) and a file name (it has a dot)."""
    found = [_text(info.get(field)) for field in ("pygments_lexer", "name", "mimetype", "file_extension")]
    extension = found[-1].lstrip(".")
    return [*filter(None, found[:-1]), *([f"x.{extension}"] if extension else [])]


def file_suffix(info: Content) -> str:
    """The ending of a file in this language, with its dot; `.txt` when the kernel tells none that is one."""
    extension = "." + _text(info.get("file_extension")).lstrip(".")
    return extension if extension[1:].isalnum() else ".txt"


def is_python(info: Content) -> bool:
    """Whether blocks of this language are judged here."""
    return info.get("name") in ("python", "ipython")


def language_of(kernel_name: str) -> str:
    """The language of a kernelspec, in small letters; empty when there is no such kernelspec."""
    if not kernel_name:
        return ""
    from zconsole.frontend.choosing.specs import kernelspec
    from zconsole.frontend.errors import KernelChoiceError

    try:
        return kernelspec(kernel_name).language
    except KernelChoiceError:
        return ""


def _text(value: object) -> str:
    if isinstance(value, dict):  # as in codemirror_mode, which some take for the same
        value = value.get("name")
    return value if isinstance(value, str) else ""


class Judge:
    """Judges blocks: Python here, other languages in the kernel, by `is_complete_request`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.python = True

    def __call__(self, text: str) -> Verdict | Awaitable[Verdict]:
        """The verdict on a block, now or later."""
        from zconsole.frontend.commands import find
        from zconsole.frontend.prompt.blocks import Complete, check  # not before the first prompt

        if self.python:
            return check(text)
        if not text.strip() or _ends_in_two_blank_lines(text) or find(text):
            return Complete()  # whatever the kernel thinks: that is the user's word, or a command of ours
        return self._by_kernel(text)

    async def _by_kernel(self, text: str) -> Verdict:
        from zconsole.frontend.prompt.blocks import Complete, Incomplete

        content = await self._ask({"code": text}, ASK_WAIT) or {}
        if content.get("status") != "incomplete":
            return Complete()
        return Incomplete(len(str(content.get("indent", ""))))


def _ends_in_two_blank_lines(text: str) -> bool:
    lines = text.split("\n")
    return len(lines) > 2 and not "".join(lines[-2:]).strip()
