"""The history's picker: a list below a line in which one types letters of a block, fzf's manner.

It stands in the place of the prompt, which comes back with the block that was picked, to be edited or run;
the block is seen as it is, all its lines, below the list. Imported when its key is pressed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable

from prompt_toolkit.application import Application, get_app, in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import BufferControl, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output
from prompt_toolkit.styles import BaseStyle

from zconsole.frontend.prompt.memory.finder import Finder
from zconsole.frontend.prompt.memory.history import RECENT, FileHistory

ROWS = 10
"""Blocks that are listed, in a terminal that is high enough."""

SEEN = 8
"""Lines of the chosen block that are shown below the list."""

_TURN = 0.008
"""Seconds that a search goes on before keys are looked after again."""


class Picker:
    """Picks a block of `history`. `lexer` colours the one that is chosen."""

    def __init__(self, history: FileHistory, lexer: Lexer | None, query: str) -> None:
        self._history = history
        self._lexer = lexer
        self._finder = Finder(())
        self._query = Buffer(document=Document(query), multiline=False)
        self._query.on_text_changed += lambda sender: self._search()
        self._found: list[str] = []
        self._chosen = 0
        self._top = 0
        self._searching: asyncio.Task[None] | None = None
        self._redraw: Callable[[], None] = lambda: None
        self.finished = False
        """Whether what is shown is all that is found."""

    async def pick(self, input: Input, output: Output, style: BaseStyle | None) -> str | None:
        """Show the list; the block that is picked, None without one."""
        application: Application[str | None] = Application(
            layout=Layout(self._rows()),
            key_bindings=self._keys(),
            input=input,
            output=output,
            style=style,
            include_default_pygments_style=False,
            erase_when_done=True,
        )
        self._redraw = application.invalidate
        application.terminal_size_polling_interval = None
        application.ttimeoutlen = 0.02  # Esc leaves at once
        application.timeoutlen = None  # type: ignore[assignment]  # nothing waits for a key: it may be None
        self._found = self._found_at_once()  # the first drawing is dear, and has the list already
        reading = asyncio.ensure_future(self._read())
        try:
            return await application.run_async(handle_sigint=False, set_exception_handler=False)
        finally:
            reading.cancel()
            if self._searching:
                self._searching.cancel()

    def _found_at_once(self) -> list[str]:
        newest = Finder(self._history.newest(0, RECENT))
        return next(filter(None, newest.steps(self._query.text)), [])

    async def _read(self) -> None:
        """Show what is known, and when it has been read the rest."""
        if self._history.newest(0, 1):
            self._take()
        if not self._history.is_whole:
            await self._history.read_aside()
            self._take()

    def _take(self) -> None:
        self._finder = Finder(self._history.newest())
        self._search()

    def _search(self) -> None:
        if self._searching:
            self._searching.cancel()
        self._chosen = self._top = 0
        self._searching = asyncio.ensure_future(self._find(self._query.text))

    async def _find(self, query: str) -> None:
        loop = asyncio.get_running_loop()
        self.finished, turn = False, loop.time()
        for found in self._finder.steps(query):
            # what was found for the letters before stands until there is something
            self._found = found or self._found
            if loop.time() - turn > _TURN:
                self._redraw()
                await asyncio.sleep(0)
                turn = loop.time()
        self._found, self.finished = found, True
        self._redraw()

    # --- what is seen

    def _rows(self) -> HSplit:
        query = BufferControl(self._query, input_processors=[BeforeInput("history: ", "class:prompt")])
        return HSplit(
            [
                Window(query, height=1, dont_extend_height=True),
                Window(FormattedTextControl(self._list), dont_extend_height=True),
                Window(
                    FormattedTextControl(self._whole),
                    height=lambda: len(self._seen()),
                    dont_extend_height=True,
                ),
            ]
        )

    def _list(self) -> StyleAndTextTuples:
        columns, lines = shutil.get_terminal_size()
        height = max(1, min(ROWS, lines - SEEN - 3))
        self._top = min(max(self._top, self._chosen - height + 1), self._chosen)
        result: StyleAndTextTuples = []
        for number, block in enumerate(self._found[self._top : self._top + height], self._top):
            mark, look = ("> ", "reverse") if number == self._chosen else ("  ", "")
            line = "".join(each if each.isprintable() else " " for each in block.strip().replace("\n", " ↵ "))
            result.append((look, f"{mark}{line}"[: columns - 1]))
            result.append(("", "\n"))
        more = "" if self.finished else "…"
        shown = min(self._chosen + 1, len(self._found))
        result.append(
            ("class:comment", f"  {shown} of {len(self._found)}{more}, {len(self._finder.blocks):,} in all")
        )
        return result

    def _seen(self) -> list[str]:
        lines = self._found[self._chosen].split("\n") if self._found else []
        return lines[:SEEN] if len(lines) > 1 else []

    def _whole(self) -> StyleAndTextTuples:
        lines = self._seen()
        if self._lexer is None:
            return [("", "\n".join(lines))]
        coloured = self._lexer.lex_document(Document("\n".join(lines)))
        result: StyleAndTextTuples = []
        for number in range(len(lines)):
            result += [*coloured(number), ("", "\n")]
        return result

    # --- keys

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        def add(handler: Callable[[KeyPressEvent], None], *names: str) -> None:
            for name in names:
                keys.add(name)(handler)

        add(lambda event: self._go(1), "down", "c-n", "c-r")
        add(lambda event: self._go(-1), "up", "c-p", "c-s")
        add(lambda event: self._go(ROWS), "pagedown")
        add(lambda event: self._go(-ROWS), "pageup")
        add(lambda event: self._go(-len(self._found)), "home")
        add(lambda event: self._go(len(self._found)), "end")
        add(lambda event: _leave(event, self._picked()), "enter", "tab")
        add(lambda event: _leave(event, None), "c-c", "c-g", "c-d")
        add(_hand_on, "c-z", "c-\\")
        # it begins other keys (Meta-b), which come in one piece: what comes alone need not wait for them
        alone = Condition(lambda: not get_app().key_processor.input_queue)
        keys.add("escape", filter=alone, eager=True)(lambda event: _leave(event, None))
        return keys

    def _go(self, by: int) -> None:
        self._chosen = max(0, min(self._chosen + by, len(self._found) - 1))

    def _picked(self) -> str | None:
        """The block that is chosen; where Enter was faster than the search, the first that it finds."""
        if not self.finished:
            self._history.read()
            *_, self._found = Finder(self._history.newest()).steps(self._query.text)
        return self._found[self._chosen] if self._found else None


def _leave(event: KeyPressEvent, picked: str | None) -> None:
    if not event.app.is_done:  # keys that have waited for each other are given out together
        event.app.exit(result=picked)


def _hand_on(event: KeyPressEvent) -> None:
    """Leave the list, and have the prompt follow the key."""
    _leave(event, None)
    store_typeahead(event.app.input, event.key_sequence)


async def pick(event: KeyPressEvent, history: FileHistory, lexer: Lexer | None) -> None:
    """Have a block picked in the place of the prompt, and put into it."""
    application, buffer = event.app, event.current_buffer
    picker = Picker(history, lexer, buffer.text if "\n" not in buffer.text else "")
    async with in_terminal():
        block = await picker.pick(application.input, application.output, application.style)
    if block is not None:
        buffer.document = Document(block)
    # what was typed behind the end of the list is for the prompt
    application.key_processor.feed_multiple(get_typeahead(application.input))
    application.key_processor.process_keys()
