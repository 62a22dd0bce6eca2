"""What the kernel knows of the thing at the cursor, in a few lines below the block: the signature of the call
that is being typed, or, with Shift-Tab, the documentation.

Below and not over it, so that nothing of the block is covered; and gone when the prompt is done, so that
nothing stays in the scrollback. The lines are put into the layout when there is something to show: a key
costs nothing while there is not.

A signature comes when the keys rest for a moment; what is known is kept until the next prompt, since a cell
may change it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition, has_completions, is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import ConditionalContainer, Dimension, FormattedTextControl, HSplit, Window
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.prompt.hinting.calls import Call, call_at, name_at
from zconsole.frontend.prompt.hinting.hints import Inspect, Page
from zconsole.frontend.prompt.hinting.signatures import (
    Signature,
    current,
    digest,
    fitted,
    signature_in,
    text_of,
)

if TYPE_CHECKING:
    from zconsole.message import Content

SIGNATURE_WAIT = 2.0
"""Seconds for the kernel to tell a signature; later it would come as a surprise."""

HELP_WAIT = 5.0
"""Seconds for the documentation that was asked for."""

SIGNATURE_LINES = 2
LINES = 12
"""Lines of documentation at most, and never more than a third of the screen."""


class Tooltips:
    """Signatures and documentation at one prompt."""

    def __init__(self, session: PromptSession[str], inspect: Inspect, page: Page) -> None:
        self._buffer = session.default_buffer
        self._inspect = inspect
        self._page = page
        self._pane = Pane(session)
        self._known: dict[str, Signature | None] = {}
        self._call: Call | None = None
        self._documented = ""
        self._text = ""
        self._asking: asyncio.Task[None] | None = None

    @property
    def shown(self) -> bool:
        """Whether there is anything below the block."""
        return self._pane.shown

    def forget(self) -> None:
        """A prompt begins: a cell may have changed everything."""
        self._known.clear()
        self.close()

    def close(self) -> None:
        """Show nothing."""
        self._call, self._documented = None, ""
        self._pane.hide()

    def signature(self) -> None:
        """Show the signature of the call that the cursor is in, if it can be had."""
        if self._documented:
            return
        call = self._call_here()
        if call is None or (call.name in self._known and self._known[call.name] is None):
            return
        if call.name in self._known:
            self._show_signature(call)
        elif self._asking is None or self._asking.done():
            self._asking = get_app().create_background_task(self._ask_signature(call))

    def moved(self) -> None:
        """A key was pressed while something is shown: it may be about something else now."""
        if self._documented:
            if self._name_here() != self._documented:
                self.close()
            return
        call = self._call_here()
        if self._call is None or call is None or (call.name, call.end) != (self._call.name, self._call.end):
            self.close()
        elif call != self._call:
            self._show_signature(call)

    def help(self) -> None:
        """Show the documentation of what is at the cursor; when it is shown already, all of it in the
        pager."""
        name = self._name_here()
        if name and name == self._documented:
            self.close()
            get_app().create_background_task(self._page_all())
        elif name:
            get_app().create_background_task(self._ask_help(name))

    def _call_here(self) -> Call | None:
        return call_at(self._buffer.text, self._buffer.cursor_position)

    def _name_here(self) -> str:
        name, _ = name_at(self._buffer.text, self._buffer.cursor_position)
        call = None if name else self._call_here()
        return call.name if call else name

    async def _ask_signature(self, call: Call) -> None:
        content = await self._ask(call.name, SIGNATURE_WAIT)
        if content is None:
            return  # it may have the time for it at the next key
        self._known[call.name] = signature_in(text_of(content), call.name)
        self.signature()

    async def _ask_help(self, name: str) -> None:
        content = await self._ask(name, HELP_WAIT)
        if self._name_here() != name:
            return
        if content is None:
            self._text = "The kernel has not answered."
        else:
            self._text = text_of(content) or f"Nothing is known of {name}."
        self._call, self._documented = None, name
        self._pane.show(_documentation(digest(self._text, name)), LINES)

    def _ask(self, name: str, timeout: float) -> Awaitable[Content | None]:
        # the name alone: in a long block most kernels would read all of it to find out what the cursor is at
        return self._inspect({"code": name, "cursor_pos": len(name), "detail_level": 0}, timeout)

    def _show_signature(self, call: Call) -> None:
        signature = self._known[call.name]
        if signature is None:
            return
        self._call = call
        room = SIGNATURE_LINES * get_app().output.get_size().columns
        begin, marked, end = fitted(signature, current(signature, call.argument, call.keyword), room)
        self._pane.show(
            [("class:tooltip", begin), ("class:tooltip.current", marked), ("class:tooltip", end)],
            SIGNATURE_LINES,
        )

    async def _page_all(self) -> None:
        await self._page(self._text)


class Pane:
    """A few lines below what is typed in a prompt; not while there is a menu, which needs the room."""

    def __init__(self, session: PromptSession[str]) -> None:
        rows = session.layout.container
        assert isinstance(rows, HSplit)
        self._rows = rows
        self._text: StyleAndTextTuples = []
        self._lines = 1
        window = Window(
            FormattedTextControl(lambda: self._text),
            height=self._height,
            wrap_lines=True,
            dont_extend_height=True,
        )
        self._container = ConditionalContainer(window, filter=~has_completions & ~is_done)
        # else the block would take all rows of the screen, and these lines be at its end
        session.layout.current_window.dont_extend_height = Condition(lambda: self.shown) & ~has_completions

    @property
    def shown(self) -> bool:
        """Whether it is in the layout."""
        return self._container in self._rows.children

    def show(self, text: StyleAndTextTuples, lines: int) -> None:
        """Show a text in so many lines at most."""
        self._text, self._lines = text, lines
        if not self.shown:
            self._rows.children.insert(1, self._container)
        get_app().invalidate()

    def hide(self) -> None:
        """Show nothing."""
        if self.shown:
            self._rows.children.remove(self._container)
            get_app().invalidate()

    def _height(self) -> Dimension:
        # none at all rather than "Window too small" in a terminal of a few rows
        most = min(self._lines, max(1, get_app().output.get_size().rows // 3))
        return Dimension(min=0, max=most)


def _documentation(text: str) -> StyleAndTextTuples:
    """The head of a text, with a line above it that says what can be done."""
    head = "\n".join(text.split("\n")[: LINES - 1])
    return [("class:tooltip.title", "Shift-Tab: all of it · Esc: close\n"), ("class:tooltip", head)]
