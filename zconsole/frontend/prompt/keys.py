"""The keys that differ from the line editor's own: what IPython's prompt does.

Enter judges the block before the cursor and submits it or begins a line. The judge may need the kernel
(languages other than Python); then the answer comes later, and what is typed meanwhile is held until it has
come: two lines sent at once are two lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, has_selection, vi_insert_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyPress, KeyProcessor

if TYPE_CHECKING:
    from zconsole.frontend.prompt.blocks import Verdict

Judge = Callable[[str], "Verdict | Awaitable[Verdict]"]


def detach_keys(detach: Callable[[], None]) -> KeyBindings:
    """The keys that leave and let the kernel run on, at every prompt: Ctrl+\\ as it does while a cell runs
    (SIGQUIT), and C-x d."""
    keys = KeyBindings()

    @keys.add("c-\\")
    @keys.add("c-x", "d")
    def _(event: KeyPressEvent) -> None:
        detach()

    return keys


def block_keys(
    judge: Judge,
    suspend: Callable[[], None],
    interrupt: Callable[[], None],
    detach: Callable[[], None] = lambda: None,
) -> KeyBindings:
    """The keys of the prompt for a block: `suspend` is Ctrl+Z's, `interrupt` Ctrl+C's where there is no
    text."""
    keys = KeyBindings()
    keys.bindings.extend(detach_keys(detach).bindings)
    held = _Held()
    editing = has_focus(DEFAULT_BUFFER)
    inserting = editing & (vi_insert_mode | emacs_insert_mode)

    @keys.add("enter", filter=inserting & ~has_selection)
    def _(event: KeyPressEvent) -> None:
        _enter(event, judge, held)

    @keys.add("<any>", filter=editing & Condition(held.waiting), eager=True)
    def _(event: KeyPressEvent) -> None:
        held.keys += event.key_sequence

    @keys.add("escape", "enter", filter=editing)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("c-o", filter=inserting)
    def _(event: KeyPressEvent) -> None:
        _new_line(event.current_buffer, judge)

    @keys.add("c-c", filter=editing)
    def _(event: KeyPressEvent) -> None:
        _clear(event.current_buffer, interrupt)

    @keys.add("tab", filter=inserting & Condition(_in_indentation))
    def _(event: KeyPressEvent) -> None:
        from zconsole.frontend.prompt.blocks import TAB

        event.current_buffer.insert_text(" " * TAB)

    @keys.add("c-z", filter=editing)
    def _(event: KeyPressEvent) -> None:
        suspend()

    return keys


class _Held:
    """The keys that are pressed while the kernel judges a block."""

    def __init__(self) -> None:
        self.keys: list[KeyPress] = []
        self._judging: asyncio.Task[None] | None = None

    def waiting(self) -> bool:
        """Whether keys are to be held."""
        return self._judging is not None and not self._judging.done()

    def hold(self, judging: asyncio.Task[None]) -> None:
        """Hold keys from now on: until `release`, or until this task has been cancelled."""
        self.keys.clear()
        self._judging = judging

    def release(self, processor: KeyProcessor) -> None:
        """Have them processed; behind the end of a prompt they are kept for the next."""
        self._judging = None
        processor.feed_multiple(self.keys, first=True)
        processor.process_keys()


def _enter(event: KeyPressEvent, judge: Judge, held: _Held) -> None:
    buffer = event.current_buffer
    if buffer.complete_state:
        _choose(buffer)
        return
    document = buffer.document
    # in a single line the cursor may stand anywhere
    text = document.text if document.line_count == 1 else document.text_before_cursor
    at_end = not document.text_after_cursor.strip()
    verdict = judge(text)
    if isinstance(verdict, Awaitable):
        held.hold(event.app.create_background_task(_enter_later(event, at_end, verdict, held)))
    else:
        _submit_or_continue(buffer, at_end, verdict)


async def _enter_later(event: KeyPressEvent, at_end: bool, answer: Awaitable[Verdict], held: _Held) -> None:
    _submit_or_continue(event.current_buffer, at_end, await answer)
    held.release(event.key_processor)


def _submit_or_continue(buffer: Buffer, at_end: bool, verdict: Verdict) -> None:
    from zconsole.frontend.prompt.blocks import Incomplete  # not before the first prompt

    if isinstance(verdict, Incomplete):
        buffer.insert_text("\n" + " " * verdict.indent)
    elif at_end or buffer.document.line_count == 1:
        buffer.validate_and_handle()
    else:
        buffer.newline(copy_margin=True)


def _new_line(buffer: Buffer, judge: Judge) -> None:
    from zconsole.frontend.prompt.blocks import Incomplete

    verdict = judge(buffer.document.text_before_cursor)
    if isinstance(verdict, Incomplete):
        buffer.insert_text("\n" + " " * verdict.indent)
        return
    if asyncio.iscoroutine(verdict):
        verdict.close()
    buffer.newline(copy_margin=True)


def _choose(buffer: Buffer) -> None:
    """Take the completion that is selected in the menu; without one, close the menu."""
    state = buffer.complete_state
    if state and state.current_completion:
        buffer.apply_completion(state.current_completion)
    else:
        buffer.cancel_completion()


def _clear(buffer: Buffer, interrupt: Callable[[], None]) -> None:
    if buffer.complete_state:
        buffer.cancel_completion()
    elif not buffer.text:
        interrupt()
    else:
        buffer.reset()


def _in_indentation() -> bool:
    document = get_app().current_buffer.document
    return not document.current_line_before_cursor.strip() and not get_app().current_buffer.complete_state
