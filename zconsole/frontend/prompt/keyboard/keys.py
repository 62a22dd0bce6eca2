"""The keys that differ from the line editor's own: what IPython's prompt does.

Enter judges the block before the cursor and submits it or begins a line. The judge may need the kernel
(languages other than Python); then the answer comes later, and what is typed meanwhile is held until it has
come: two lines sent at once are two lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, has_selection, vi_insert_mode
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyPress, KeyProcessor

from zconsole.frontend.prompt.keyboard.bindings import Binding
from zconsole.frontend.prompt.keyboard.pasting import Language, Pasting

if TYPE_CHECKING:
    from zconsole.frontend.prompt.blocks import Verdict

Judge = Callable[[str], "Verdict | Awaitable[Verdict]"]


def detach_keys(detach: Callable[[], None]) -> list[Binding]:
    """The keys that leave and let the kernel run on, at every prompt: Ctrl+\\ as it does while a cell runs
    (SIGQUIT), and C-x d."""
    return [
        Binding("detach", ("c-\\", "c-x d"), lambda event: detach(), "leave, and let the kernel run on"),
    ]


def block_keys(
    judge: Judge,
    suspend: Callable[[], None],
    interrupt: Callable[[], None],
    detach: Callable[[], None] = lambda: None,
    language: Language = lambda: "python",
) -> list[Binding]:
    """The keys of the prompt for a block: `suspend` is Ctrl+Z's, `interrupt` Ctrl+C's where there is no
    text."""
    held = _Held()
    pasting = Pasting(language)
    editing = has_focus(DEFAULT_BUFFER)
    inserting = editing & (vi_insert_mode | emacs_insert_mode)

    def hold(event: KeyPressEvent) -> None:
        held.keys += event.key_sequence

    return [
        *detach_keys(detach),
        Binding(
            "enter",
            ("enter",),
            lambda event: _enter(event, judge, held, pasting),
            "run the block when it is complete, else begin a line",
            inserting & ~has_selection,
        ),
        Binding(
            "",
            ("<any>", "escape"),  # vi's Esc is eager too
            hold,
            "wait for the kernel's word",
            editing & Condition(held.waiting),
            eager=True,
        ),
        Binding(
            "run",
            ("escape enter", "s-enter"),
            lambda event: _submit(event.current_buffer, pasting),
            "run the block",
            editing,
        ),
        Binding(
            "continue",
            ("c-enter",),
            lambda event: _continue(event.current_buffer, judge),
            "begin a line, complete or not",
            inserting,
        ),
        Binding(
            "newline",
            ("c-o",),
            lambda event: _new_line(event.current_buffer, judge),
            "begin a line behind the cursor",
            editing & emacs_insert_mode,
        ),
        Binding(
            "clear",
            ("c-c",),
            lambda event: _clear(event.current_buffer, interrupt),
            "throw the block away; at an empty prompt interrupt what runs",
            editing,
        ),
        Binding(
            "indent",
            ("tab",),
            lambda event: _indent(event.current_buffer, pasting),
            "indent",
            inserting & Condition(_in_indentation),
        ),
        Binding("paste", ("<bracketed-paste>",), pasting.paste, "insert what the terminal pastes", editing),
        Binding("suspend", ("c-z",), lambda event: suspend(), "stop zconsole, as a shell does"),
    ]


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


def _enter(event: KeyPressEvent, judge: Judge, held: _Held, pasting: Pasting) -> None:
    buffer = event.current_buffer
    if buffer.complete_state:
        _choose(buffer)
        return
    document = buffer.document
    # in a single line the cursor may stand anywhere
    text = document.text if document.line_count == 1 else document.text_before_cursor
    at_end = not document.text_after_cursor.strip()
    code = pasting.code(text)
    if at_end and code != text and pasting.goes_on(event, (), transcript=True):
        buffer.insert_text("\n")
        return
    verdict = judge(code)
    if isinstance(verdict, Awaitable):
        held.hold(event.app.create_background_task(_enter_later(event, at_end, verdict, held, pasting)))
    else:
        _submit_or_continue(event, at_end, verdict, (), pasting)


async def _enter_later(
    event: KeyPressEvent, at_end: bool, answer: Awaitable[Verdict], held: _Held, pasting: Pasting
) -> None:
    _submit_or_continue(event, at_end, await answer, held.keys, pasting)
    held.release(event.key_processor)


def _submit_or_continue(
    event: KeyPressEvent, at_end: bool, verdict: Verdict, held: Sequence[KeyPress], pasting: Pasting
) -> None:
    from zconsole.frontend.prompt.blocks import Incomplete  # not before the first prompt

    buffer = event.current_buffer
    one_line = buffer.document.line_count == 1
    if isinstance(verdict, Incomplete):
        buffer.insert_text("\n" + pasting.indentation(event, held, verdict.indent))
    elif not one_line and pasting.goes_on(event, held, transcript=False):
        buffer.insert_text("\n")  # a blank line inside of what is pasted ends nothing
    elif at_end or one_line:
        _submit(buffer, pasting)
    else:
        buffer.newline(copy_margin=True)


def _submit(buffer: Buffer, pasting: Pasting) -> None:
    code = pasting.code(buffer.text)
    if code != buffer.text:
        buffer.document = Document(code, len(code))
    buffer.validate_and_handle()


def _continue(buffer: Buffer, judge: Judge) -> None:
    _new_line(buffer, judge)
    buffer.cursor_down()
    buffer.cursor_position += buffer.document.get_end_of_line_position()


def _new_line(buffer: Buffer, judge: Judge) -> None:
    from zconsole.frontend.prompt.blocks import Incomplete

    verdict = judge(buffer.document.text_before_cursor)
    if asyncio.iscoroutine(verdict):
        verdict.close()
    indent = verdict.indent if isinstance(verdict, Incomplete) else 0
    if buffer.complete_state:
        buffer.cancel_completion()
    buffer.insert_text("\n" + " " * indent, move_cursor=False)


def _choose(buffer: Buffer) -> None:
    """Take the completion that is selected in the menu; without one, close the menu."""
    state = buffer.complete_state
    if state and state.current_completion:
        buffer.complete_state = None  # its text is there already
    else:
        buffer.cancel_completion()


def _clear(buffer: Buffer, interrupt: Callable[[], None]) -> None:
    if buffer.complete_state:
        buffer.cancel_completion()
    elif not buffer.text:
        interrupt()
    else:
        buffer.reset()


def _indent(buffer: Buffer, pasting: Pasting) -> None:
    from zconsole.frontend.prompt.blocks import TAB

    buffer.insert_text("\t" if pasting.going_on else " " * TAB)


def _in_indentation() -> bool:
    document = get_app().current_buffer.document
    return not document.current_line_before_cursor.strip() and not get_app().current_buffer.complete_state
