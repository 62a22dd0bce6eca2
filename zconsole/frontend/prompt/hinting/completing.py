"""Tab, and the menu that comes of it.

The line editor has a driver of its own for completers; this one is here because that one asks one question at
a time and cannot give one up (a kernel that is busy would have the next Tab wait), draws once before there is
an answer, replaces nothing behind the cursor, and closes the menu with every letter.

Rules. What is typed never waits: a question is a task, and an answer that does not fit the text any more is
narrowed to what was typed since, or dropped. A menu that nobody has asked for (`complete_while_typing`) is
never in the way of a key: whichever is pressed finds no menu, except Tab, which takes it up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.document import Document
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.hinting.completer import KernelCompleter, completions
from zconsole.frontend.prompt.hinting.hints import Page
from zconsole.frontend.prompt.hinting.matches import Found, common, loosely, narrowed

TYPING_WAIT = 0.08
"""Seconds without a key after which a menu comes by itself: more than between two keys of who types fast."""


class Completing:
    """Completes in a prompt. `page` shows a text that may be long."""

    def __init__(
        self,
        completer: KernelCompleter,
        preferences: Preferences,
        page: Page,
    ) -> None:
        self._completer = completer
        self._preferences = preferences
        self._page = page
        self._question: _Question | None = None
        self._unasked = Unasked(self._complete_typed)

    def watch(self, session: PromptSession[str]) -> None:
        """Complete in this prompt also without Tab, as long as the user wants that."""
        self._unasked.watch(session, lambda: self._preferences.now.complete_while_typing)

    def tab(self, buffer: Buffer, *, backward: bool = False) -> None:
        """What Tab does, or Shift-Tab in a menu."""
        self._unasked.take_up(buffer)
        if buffer.complete_state and backward:
            buffer.complete_previous()
        elif buffer.complete_state:
            buffer.complete_next()
        elif buffer.document.text_before_cursor.strip():
            self._ask(buffer, wanted=True)

    def _ask(self, buffer: Buffer, *, wanted: bool) -> None:
        """Begin a question, unless this one is under way; one that nobody `wanted` does not displace
        another."""
        under_way = self._question
        if under_way and not under_way.task.done():
            if under_way.document == buffer.document:
                under_way.wanted |= wanted
                return
            if not wanted:
                under_way.again = True
                return
            under_way.task.cancel()
        question = self._question = _Question(buffer.document, wanted)
        question.task = get_app().create_background_task(self._answer(buffer, question))

    async def _answer(self, buffer: Buffer, question: _Question) -> None:
        document, fuzzy = question.document, self._preferences.now.fuzzy_completion
        found = await self._completer.find(document.text, document.cursor_position, loosely=fuzzy)
        if buffer.document != document:
            narrow = loosely if fuzzy else narrowed
            fits = _goes_on(document, buffer.document)
            found = narrow(found, buffer.text, buffer.cursor_position) if fits else Found(0)
        if buffer.complete_state or not found.matches:
            pass
        elif question.wanted:
            self._complete(buffer, found)
        else:
            self._unasked.show(buffer, found, fuzzy=fuzzy)
        if question.again and not buffer.complete_state:
            self._unasked.typed(buffer)

    def _complete_typed(self, buffer: Buffer) -> None:
        self._ask(buffer, wanted=False)

    def _complete(self, buffer: Buffer, found: Found) -> None:
        """Insert what is certain, and show the rest."""
        if len(found.matches) == 1:
            buffer.save_to_undo_stack()
            menu = Menu(buffer.document, found)
            menu.go_to_index(0)
            buffer.document = Document(*menu.new_text_and_position())
            return
        typed = buffer.text[found.start : buffer.cursor_position]
        certain = common(found)
        grows = not found.behind and certain.startswith(typed) and certain != typed
        if grows:
            buffer.insert_text(certain[len(typed) :])
        if self._preferences.now.completion_style != "readline":
            show(buffer, Menu(buffer.document, found))
        elif not grows:
            self._list(buffer.document, found)

    def _list(self, document: Document, found: Found) -> None:
        from zconsole.frontend.prompt.hinting.columns import columns

        names = [_printable(each.display_text) for each in completions(found, document)]
        text = columns(names, get_app().output.get_size().columns)
        get_app().create_background_task(_shown(self._page, text))


class Menu(CompletionState):
    """The completions of a menu; `unasked`: nobody has pressed a key for it."""

    def __init__(self, document: Document, found: Found, *, unasked: bool = False) -> None:
        super().__init__(document, list(completions(found, document)))
        self.found = found
        self.unasked = unasked

    def new_text_and_position(self) -> tuple[str, int]:
        """The text and the cursor with the completion that is selected."""
        text, position = super().new_text_and_position()
        if self.complete_index is None:
            return text, position
        return text[:position] + text[position + self.found.behind :], position


class Unasked:
    """Menus that nobody has asked for. `ask` begins to ask for the completions at the cursor."""

    def __init__(self, ask: Callable[[Buffer], None]) -> None:
        self._ask = ask
        self._hidden: Menu | None = None
        self._inserted = False
        self._waiting: asyncio.TimerHandle | None = None
        self._fuzzy = False

    def watch(self, session: PromptSession[str], wanted: Callable[[], bool]) -> None:
        """Follow what is typed in a prompt, as long as it is `wanted`."""
        buffer, keys = session.default_buffer, session.app.key_processor

        def inserted(_: Buffer) -> None:
            self._inserted = wanted()

        def pressed(_: object) -> None:
            if self._inserted:
                self._inserted = False
                self.typed(buffer)

        buffer.on_text_insert += inserted
        keys.before_key_press += lambda _: self._hide(buffer)
        keys.after_key_press += pressed

    def take_up(self, buffer: Buffer) -> None:
        """Tab: the menu that was there before this key is asked for now."""
        menu, self._hidden = self._hidden, None
        if menu and menu.original_document == buffer.document:
            menu.unasked = False
            buffer.complete_state = menu

    def show(self, buffer: Buffer, found: Found, *, fuzzy: bool) -> None:
        """Show a menu, unless there is nothing in it but what stands there."""
        self._fuzzy = fuzzy
        if [match.text for match in found.matches] == [buffer.text[found.start : buffer.cursor_position]]:
            return
        show(buffer, Menu(buffer.document, found, unasked=True))

    def typed(self, buffer: Buffer) -> None:
        """Something was typed: the menu that was there is narrowed, or there will be another one."""
        menu, self._hidden = self._hidden, None
        if self._waiting:
            self._waiting.cancel()
        before = buffer.document.current_line_before_cursor
        if menu and not menu.found.behind and _goes_on(menu.original_document, buffer.document):
            narrow = loosely if self._fuzzy else narrowed
            left = narrow(menu.found, buffer.text, buffer.cursor_position)
            if left.matches:
                show(buffer, Menu(buffer.document, left, unasked=True))
                return
        if _BEGUN.search(before):
            self._waiting = asyncio.get_running_loop().call_later(TYPING_WAIT, self._due, buffer)

    def _due(self, buffer: Buffer) -> None:
        app = get_app()
        if app.is_running and not app.is_done and app.current_buffer is buffer and not buffer.complete_state:
            self._ask(buffer)

    def _hide(self, buffer: Buffer) -> None:
        self._inserted = False
        menu = buffer.complete_state
        if isinstance(menu, Menu) and menu.unasked and menu.complete_index is None:
            self._hidden, buffer.complete_state = menu, None


class _Question:
    """What is being asked: for which text, whether the user has pressed a key for it, and whether he has
    typed on since."""

    task: asyncio.Task[None]

    def __init__(self, document: Document, wanted: bool) -> None:
        self.document = document
        self.wanted = wanted
        self.again = False


def show(buffer: Buffer, menu: Menu) -> None:
    """Show a menu at the cursor."""
    buffer.complete_state = menu
    buffer.on_completions_changed.fire()


async def _shown(page: Page, text: str) -> None:
    await page(text)


def _printable(name: str) -> str:
    """A name of a file or a key may be anything, and is written past the line editor."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _goes_on(before: Document, now: Document) -> bool:
    """Whether a word was typed on, and nothing else has changed."""
    typed = now.text_before_cursor.removeprefix(before.text_before_cursor)
    return (
        now.text_before_cursor.startswith(before.text_before_cursor)
        and now.text_after_cursor == before.text_after_cursor
        and (not typed or _WORD.fullmatch(typed) is not None)
    )


_WORD = re.compile(r"\w+")

_BEGUN = re.compile(r"(?:[^\W\d]\w*|[\w\])'\"]\.|^%+|/)\Z")
"""Behind this a menu comes by itself: a word, an attribute's dot, a magic, a folder."""
