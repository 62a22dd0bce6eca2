"""What the kernel knows of the code at the cursor: completions with Tab, signatures inside a call,
documentation with Shift-Tab. This is the part of it that every prompt needs; the rest is imported by the
first key that wants it, or when nobody types (`load`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import (
    Condition,
    emacs_insert_mode,
    has_completions,
    has_focus,
    has_selection,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle, PromptSession
from prompt_toolkit.utils import is_dumb_terminal

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.keyboard.bindings import Binding

if TYPE_CHECKING:
    from zconsole.frontend.prompt.hinting.completing import Completing
    from zconsole.frontend.prompt.hinting.tooltips import Tooltips
    from zconsole.message import Content

REST = 0.15
"""Seconds without a key after which a signature is asked for."""

Inspect = Callable[["Content", float], "Awaitable[Content | None]"]
"""Sends an inspect_request: (content, limit in seconds) to the reply's content, None when there was none."""

Page = Callable[[str], "Awaitable[None]"]
"""Shows a text that may be long."""


async def nobody(content: Content, timeout: float) -> Content | None:
    """An Inspect where there is nobody to ask."""
    return None


async def unpaged(text: str) -> None:
    """A Page that shows nothing."""


class Hints:
    """Completions, signatures and documentation at one prompt."""

    def __init__(
        self, completer: KernelCompleter, preferences: Preferences, inspect: Inspect, page: Page
    ) -> None:
        self._completer = completer
        self._preferences = preferences
        self._inspect = inspect
        self._page = page
        self._session: PromptSession[str] | None = None
        self._completing: Completing | None = None
        self._tooltips: Tooltips | None = None
        self._resting: asyncio.TimerHandle | None = None
        preferences.observe(lambda names: self._changed())

    def watch(self, session: PromptSession[str]) -> None:
        """Be at this prompt."""
        self._session = session
        session.app.key_processor.after_key_press += lambda _: self._pressed()
        session.app.on_reset += lambda _: self._begun()
        self._changed()

    def load(self) -> None:
        """Import and make what the first Tab and the first call need."""
        self._get_completing()
        self._get_tooltips()

    def keys(self) -> list[Binding]:
        """The keys."""
        editing = has_focus(DEFAULT_BUFFER)
        inserting = editing & (vi_insert_mode | emacs_insert_mode)
        behind_text = Condition(_is_behind_text)
        return [
            Binding(
                "complete",
                ("tab",),
                lambda event: self._get_completing().tab(event.current_buffer),
                "complete; in the menu go to the next one",
                inserting & ~has_selection,
            ),
            Binding(
                "inspect",
                ("s-tab",),
                lambda event: self._get_tooltips().help(),
                "show the documentation of what is at the cursor; again: all of it",
                inserting & ~has_completions & ~has_selection & behind_text,
            ),
            Binding(
                "complete-previous",
                ("s-tab",),
                lambda event: self._get_completing().tab(event.current_buffer, backward=True),
                "go to the one before in the menu",
                inserting & has_completions,
            ),
            Binding(
                "close-hints",
                ("c-g",),
                self._close,
                "close the documentation or the signature",
                editing & Condition(self._is_shown),
            ),
            Binding(
                "close-all",
                ("escape",),
                self._close,
                "close the menu, the documentation or the signature",
                editing & emacs_insert_mode & (has_completions | Condition(self._is_shown)),
            ),
        ]

    def _close(self, event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()
        if self._tooltips:
            self._tooltips.close()

    def _is_shown(self) -> bool:
        return self._tooltips is not None and self._tooltips.shown

    def _begun(self) -> None:
        if self._tooltips:
            self._tooltips.forget()

    def _pressed(self) -> None:
        if self._tooltips and self._tooltips.shown:
            if vi_navigation_mode():
                self._tooltips.close()
            else:
                self._tooltips.moved()
        if self._resting:
            self._resting.cancel()
        # a typewriter could not take it away again
        if self._preferences.now.signatures and not is_dumb_terminal():
            self._resting = asyncio.get_running_loop().call_later(REST, self._rested)

    def _rested(self) -> None:
        app = get_app()
        if app.is_running and not app.is_done and self._session and app.current_buffer.text:
            self._get_tooltips().signature()

    def _changed(self) -> None:
        now = self._preferences.now
        if self._session is None:
            return
        column = now.completion_style == "column"
        self._session.complete_style = CompleteStyle.COLUMN if column else CompleteStyle.MULTI_COLUMN
        if now.complete_while_typing:
            self._get_completing()
        if not now.signatures and self._tooltips:
            self._tooltips.close()

    def _get_completing(self) -> Completing:
        if self._completing is None:
            from zconsole.frontend.prompt.hinting.completing import Completing

            self._completing = Completing(self._completer, self._preferences, self._page)
            if self._session:
                self._completing.watch(self._session)
        return self._completing

    def _get_tooltips(self) -> Tooltips:
        if self._tooltips is None:
            from zconsole.frontend.prompt.hinting.tooltips import Tooltips

            assert self._session is not None
            self._tooltips = Tooltips(self._session, self._inspect, self._page)
        return self._tooltips


def _is_behind_text() -> bool:
    return bool(get_app().current_buffer.document.current_line_before_cursor.strip())
