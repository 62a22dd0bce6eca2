"""What is pasted: marked as such by the terminal (bracketed paste), or known by its keys.

Without the mark a paste is keys that came at once: when Enter is processed, the next line's are there
already. If they begin with blanks of their own, no line is indented for them, up to the end of what has come.
(Who types ahead does not indent: those lines are indented as ever.) A transcript, known by its prompts, is
collected to its end in the same way, or its outputs would be run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

Language = Callable[[], str]
"""The name of the kernel's language, in small letters."""


class Pasting:
    """Looks at what comes behind an Enter. `language` is the kernel's."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.going_on = False
        """Whether lines are coming that bring their own indentation."""

    def paste(self, event: KeyPressEvent) -> None:
        """Insert what the terminal has marked; then take off what is no code, and move it to the cursor's
        indentation, as one more step of undo."""
        from zconsole.frontend.prompt.keyboard.pasted import reindented, without_prompts

        buffer, was = event.current_buffer, event.current_buffer.document
        pasted = event.data.replace("\r\n", "\n").replace("\r", "\n")
        before = was.current_line_before_cursor
        text = without_prompts(pasted, python=is_python(self._language()))
        if before and not before.strip():
            text = reindented(text, before)
        buffer.insert_text(pasted)
        if text != pasted:
            buffer.save_to_undo_stack()
            whole = was.text_before_cursor + text + was.text_after_cursor
            buffer.document = Document(whole, was.cursor_position + len(text))

    def code(self, text: str) -> str:
        """A block without a session's prompts and outputs."""
        from zconsole.frontend.prompt.keyboard.pasted import without_prompts

        return without_prompts(text, python=is_python(self._language()))

    def indentation(self, event: KeyPressEvent, held: Sequence[KeyPress], columns: int) -> str:
        """What a new line begins with, which was to have so many columns. `held`: keys that come first."""
        follows = self._follows(event, held)
        self.going_on = bool(follows) and (self.going_on or follows in _BLANKS)
        return "" if self.going_on else " " * columns

    def goes_on(self, event: KeyPressEvent, held: Sequence[KeyPress], *, transcript: bool) -> bool:
        """Whether more of this paste is there, behind a block that would be complete."""
        follows = self._follows(event, held)
        self.going_on = self.going_on and bool(follows)
        return bool(follows) if transcript else self.going_on and follows in _BLANKS

    def _follows(self, event: KeyPressEvent, held: Sequence[KeyPress]) -> str:
        """What the next key is that has come; empty when there is none."""
        processor = event.key_processor
        keys = [*held, *processor.input_queue]
        if all(key.key == Keys.CPRResponse for key in keys):
            # what has come since the last look; it is processed behind this key
            processor.feed_multiple(event.app.input.read_keys())
            keys = list(processor.input_queue)
        return next((key.data for key in keys if key.key != Keys.CPRResponse), "")


def is_python(language: str) -> bool:
    """Whether `>>>` is a prompt, and ruff can read it."""
    return language in ("", "python", "ipython")


_BLANKS = (" ", "\t")
