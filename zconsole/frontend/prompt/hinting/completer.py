"""Completions at the cursor: the kernel's, with those of our own commands.

Specification: "Completion". Positions are counted in code points, as Python counts. When no answer comes in
time there are none, and what was typed meanwhile stands.

Loosely (`fuzzy_completion`), the kernel is asked for more than was typed, and what fits is found here: for
all names of an object, else for those with the word's first letter."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples

if TYPE_CHECKING:
    from zconsole.frontend.prompt.hinting.matches import Found
    from zconsole.message import Content

COMPLETE_WAIT = 1.0
"""Seconds that a completion may take; later the user has typed on."""

FIRST_WAIT = 10.0
"""Seconds that a kernel's first one may take: ipykernel imports jedi for it, which reads half a library."""

Ask = Callable[["Content", float], "Awaitable[Content | None]"]
"""Sends a complete_request: (content, limit in seconds) to the reply's content, None when there was none."""

Offer = Callable[[str], "Awaitable[tuple[Found, bool] | None]"]
"""What can stand at the end of a command of ours, by its text so far, and whether nothing else can; None when
it is none of ours. Is asked for blocks that begin with `%`."""


async def _no_offer(text: str) -> tuple[Found, bool] | None:
    return None


class KernelCompleter(Completer):
    """Completes with what the kernel answers, and with what the session offers."""

    def __init__(self, ask: Ask, offer: Offer = _no_offer) -> None:
        self._ask = ask
        self._offer = offer
        self._limit = FIRST_WAIT
        self._completes = True

    def learn(self, *, completes: bool) -> None:
        """Another kernel is there. With `completes` its language is one whose kernels complete; of others,
        the words of the block are offered until the kernel has offered anything."""
        self._limit, self._completes = FIRST_WAIT, completes

    async def find(self, code: str, position: int, *, loosely: bool = False) -> Found:
        """What can stand at a position of the code."""
        offered = await self._offer(code[:position]) if code.startswith("%") else None
        if offered and offered[1]:
            return offered[0]
        find = self._find_loosely if loosely else self._find
        found = await find(code, position)
        return _joined(offered[0], found) if offered else found

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """None: the kernel is only asked without waiting."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The completions at the cursor, for the line editor's own commands (`menu-complete`)."""
        if document.text_before_cursor.strip():
            found = await self.find(document.text, document.cursor_position)
            for completion in completions(found, document):
                yield completion

    async def _find(self, code: str, position: int) -> Found:
        from zconsole.frontend.prompt.hinting.matches import read_reply, words  # not before the first Tab

        content = await self._ask({"code": code, "cursor_pos": position}, self._limit)
        if content is not None:
            self._limit = COMPLETE_WAIT
        found = read_reply(content or {}, position)
        self._completes = self._completes or bool(found.matches)
        return found if self._completes else words(code, position)

    async def _find_loosely(self, code: str, position: int) -> Found:
        from zconsole.frontend.prompt.hinting.matches import loosely, word_start

        begin = word_start(code, position)
        asked = begin if code[begin - 1 : begin] == "." and code[begin : begin + 1] != "_" else begin + 1
        if asked >= position:
            return await self._find(code, position)
        # without the rest of the word: some kernels look at what is behind the cursor, too
        found = await self._find(code[:asked] + code[position:], asked)
        return loosely(found, code, position)


def completions(found: Found, document: Document) -> Iterator[Completion]:
    """The same for the line editor."""
    from zconsole.frontend.prompt.hinting.matches import meta, shown

    code, position = document.text, document.cursor_position
    typed, before = code[found.start : position], code[max(0, found.start - 1) : found.start]
    for match in found.matches:
        yield _Completion(match.text, found.start - position, shown(match, typed, before), meta(match))


class _Completion(Completion):
    """One of them. What is shown is plain text, and kept as that: a menu asks hundreds for it with every
    drawing, and the line editor's own makes it from fragments each time."""

    def __init__(self, text: str, start_position: int, display: str, meta: str) -> None:
        self.text, self.start_position = text, start_position
        self.display = FormattedText([("", display)])
        self.style = self.selected_style = ""
        self._display_text = display
        self._display_meta = meta

    @property
    def display_text(self) -> str:
        """What the menu shows."""
        return self._display_text

    @property
    def display_meta(self) -> StyleAndTextTuples:
        """What is said of it."""
        return [("", self.display_meta_text)] if self._display_meta else []

    @property
    def display_meta_text(self) -> str:
        """The same, as text."""
        return str(self._display_meta)


def _joined(offered: Found, found: Found) -> Found:
    """Both, by their names; of what the kernel has, only what stands in the same place."""
    if found.start != offered.start:
        return offered
    known = {match.text for match in offered.matches}
    both = [*offered.matches, *(match for match in found.matches if match.text not in known)]
    return found._replace(matches=sorted(both, key=lambda match: (match.text.lstrip("%"), match.text)))
