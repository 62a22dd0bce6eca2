"""The text that is edited, with the history behind it: Up, Down and Ctrl+R.

The editor's own text takes all entries in again for every prompt, one by one, and its search makes an
object of each: with 200,000 of them that is 200 ms a prompt and a second a key. Here a prompt begins with the
newest, older ones are put behind these when somebody goes or searches that far, each time as many as are
there already; and the search looks at plain text, at each entry once for all letters that are typed.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import emacs_insert_mode, has_focus, vi_insert_mode
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.search import SearchDirection, SearchState
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.prompt.keyboard.bindings import Binding
from zconsole.frontend.prompt.keyboard.undoing import Undoing
from zconsole.frontend.prompt.memory.history import RECENT, FileHistory


class Recall(Undoing):
    """The text that is edited, in front of a FileHistory."""

    _reached = 0  # entries that stand before the text that is edited
    _sought: Sought | None = None

    def reset(self, document: Document | None = None, append_to_history: bool = False) -> None:
        """Begin anew with this text, and with none of the history in front of it."""
        super().reset(document, append_to_history)
        self._reached = 0
        self._sought = None

    def load_history_if_not_yet_loaded(self) -> None:
        """Have the newest entries put in front of the text, when the prompt has been drawn."""
        if self._load_history_task is None:
            self._load_history_task = get_running_loop().create_future()  # as a mark; `reset` takes it away
            get_app().create_background_task(self._begin())

    def history_backward(self, count: int = 1) -> None:
        """Go back by so many entries that begin as the text did, as far as that takes."""
        self._reach(RECENT)
        before = self.working_index
        super().history_backward(count)
        while self.working_index == before and (more := self._reach_further()):
            before += more
            super().history_backward(count)

    def go_to_history(self, index: int) -> None:
        """Go to an entry by its number; 0 is the oldest of all."""
        self._reach()
        super().go_to_history(index)

    def append_to_history(self) -> None:
        """Remember the text."""
        self.history.append_string(self.text)

    async def _begin(self) -> None:
        self._reach(RECENT)

    def _reach(self, count: int | None = None) -> None:
        """Have so many entries in front of the text, all without a number."""
        history = self.history
        if not isinstance(history, FileHistory) or (count is not None and self._reached >= count):
            return
        history.read(count)
        more = history.newest(self._reached, count)
        if more:
            lines: Any = [*reversed(more), *self._working_lines]
            self._working_lines = lines
            # the text that is edited has not changed, only its number: nobody is to be told
            vars(self)["_Buffer__working_index"] += len(more)
            self._reached += len(more)

    def _reach_further(self) -> int:
        """Have twice as many entries in front of the text; how many there are more."""
        before = self._reached
        self._reach(max(RECENT, 2 * before))
        return self._reached - before

    def _text_changed(self) -> None:
        super()._text_changed()
        self._sought = None

    def _search(
        self, search_state: SearchState, include_current_position: bool = False, count: int = 1
    ) -> tuple[int, int] | None:
        age, document = len(self._working_lines) - self.working_index, self.document
        for _ in range(count):
            found = self._next(age, document, search_state, include_current_position)
            if found is None:
                return None
            age, document = found
        return len(self._working_lines) - age, document.cursor_position

    def _next(
        self, age: int, document: Document, state: SearchState, include: bool
    ) -> tuple[int, Document] | None:
        """Where the searched text is met next: in this entry, or in which one. Entries are counted from the
        newest on, which is 1: more may come in front of them."""
        ignoring, forward = state.ignore_case(), state.direction is SearchDirection.FORWARD
        step = (
            document.find(state.text, include_current_position=include, ignore_case=ignoring)
            if forward
            else document.find_backwards(state.text, ignore_case=ignoring)
        )
        if step is not None:
            return age, Document(document.text, document.cursor_position + step)
        text = state.text.lower() if ignoring else state.text
        found = (self._newer if forward else self._older)(age, text, ignoring)
        if found is None:
            return None
        line = self._working_lines[-found]
        folded = line.lower() if ignoring else line
        return found, Document(line, folded.find(text) if forward else folded.rfind(text))

    def _newer(self, age: int, text: str, ignoring: bool) -> int | None:
        """The next newer entry with this text. Behind the newest comes the oldest."""
        self._reach()
        oldest = len(self._working_lines)
        return self._first((*range(age - 1, 0, -1), oldest), text, ignoring)

    def _older(self, age: int, text: str, ignoring: bool) -> int | None:
        """The next older entry with this text. Behind the oldest comes the newest."""
        start = age + 1
        if (sought := self._sought) and sought[:2] == (age, ignoring) and text.startswith(sought.text):
            start = sought.begin  # one letter more is met where those before were, or further on
        while not (found := self._first(range(start, len(self._working_lines) + 1), text, ignoring)):
            start = len(self._working_lines) + 1
            if not self._reach_further():
                break
        self._sought = Sought(age, ignoring, text, found or start)
        return found or self._first((1,), text, ignoring)

    def _first(self, ages: Iterable[int], text: str, ignoring: bool) -> int | None:
        lines = self._working_lines
        if ignoring:
            return next((age for age in ages if text in lines[-age].lower()), None)
        return next((age for age in ages if text in lines[-age]), None)


class Sought(NamedTuple):
    """A search backward from an entry: it was for `text`, and that is in no entry before `begin`."""

    age: int
    ignoring: bool
    text: str
    begin: int


def history_keys(history: Callable[[], FileHistory], lexer: Callable[[], Lexer | None]) -> list[Binding]:
    """The keys of the history beside those of the line editor: its picker."""

    def show(event: KeyPressEvent) -> None:
        from zconsole.frontend.prompt.memory.picker import pick  # not before it is wanted

        # what was typed at once behind the key is for the list
        store_typeahead(event.app.input, event.key_processor.empty_queue())
        event.app.create_background_task(pick(event, history(), lexer()))

    return [
        Binding(
            "pick-from-history",
            ("escape r",),
            show,
            "pick a block of the history by some of its letters",
            has_focus(DEFAULT_BUFFER) & (emacs_insert_mode | vi_insert_mode),
        )
    ]


class RecallSession(PromptSession[str]):
    """An editor whose text is a `Recall`."""

    def _create_default_buffer(self) -> Buffer:
        buffer = super()._create_default_buffer()
        # the editor makes it of a dozen of its own parts; only what it does with the history is ours
        buffer.__class__ = Recall
        return buffer
