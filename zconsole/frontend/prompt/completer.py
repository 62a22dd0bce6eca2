"""Completions from the kernel, for the line editor.

Specification: "Completion". Positions are counted in code points, as Python counts. When no answer comes in
time there is no menu, and what was typed meanwhile stands.
ipykernel's `_jupyter_types_experimental` gives the kind and signature of a match, where it knows them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

if TYPE_CHECKING:
    from zconsole.message import Content

COMPLETE_WAIT = 1.0
"""Seconds that a completion may take; later the user has typed on."""

FIRST_WAIT = 5.0
"""Seconds that a kernel's first one may take: ipykernel imports jedi for it, which reads half a library."""

Ask = Callable[["Content", float], "Awaitable[Content | None]"]
"""Sends a complete_request: (content, limit in seconds) to the reply's content, None when there was none."""


class KernelCompleter(Completer):
    """Completes with what the kernel answers."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._limit = FIRST_WAIT

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """None: the kernel is only asked without waiting."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The kernel's completions at the cursor."""
        if not document.text_before_cursor.strip():
            return
        request = {"code": document.text, "cursor_pos": document.cursor_position}
        content = await self._ask(request, self._limit)
        if content is not None:
            self._limit = COMPLETE_WAIT
        for completion in completions(content or {}, document.cursor_position):
            yield completion


def completions(content: Content, position: int) -> Iterator[Completion]:
    """The completions that a complete_reply offers for a cursor at `position`."""
    matches = content.get("matches")
    start, end = content.get("cursor_start", position), content.get("cursor_end", position)
    if not isinstance(matches, list) or not isinstance(start, int) or not isinstance(end, int):
        return
    if not 0 <= start <= position:
        return
    about = _about(content.get("metadata"))
    for text in matches:
        if isinstance(text, str):
            yield Completion(text, start - position, display=_short(text), display_meta=about.get(text, ""))


def _short(text: str) -> str:
    """What the menu shows: the last attribute or path component, as IPython does."""
    name = text.rpartition(".")[2]
    return name if name and "/" not in text and "(" not in text else text


def _about(metadata: object) -> Mapping[str, str]:
    """By match, what is known about it: `function (a, b)`."""
    experimental = metadata.get("_jupyter_types_experimental") if isinstance(metadata, dict) else None
    if not isinstance(experimental, list):
        return {}
    return {item["text"]: _meta(item) for item in experimental if isinstance(item, dict) and "text" in item}


def _meta(item: Mapping[str, Any]) -> str:
    kind, signature = (str(item.get(name) or "") for name in ("type", "signature"))
    return f"{'' if kind == '<unknown>' else kind} {signature}".strip()
