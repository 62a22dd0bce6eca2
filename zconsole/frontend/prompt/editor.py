"""The editor of the user's choice: which one, run on a file or on a text; the keys that open it.

The terminal is lent to it (`Terminal.lend`). A text that is edited is a file in a folder that only the user
can enter, with the ending of its language. The rule: when an editor cannot be run, or says that it has
failed, that is said and the text stays what it was.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus, has_selection, vi_insert_mode, vi_navigation_mode

from zconsole.frontend.prompt.keyboard.bindings import Binding

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.key_binding import KeyPressEvent

Edit = Callable[[str, int], Awaitable[str]]
"""Has a text edited, beginning in this line: the new one. Raises EditorError."""


class EditorError(Exception):
    """There is no editor, or it has failed. The text is a sentence."""


def editor_keys(edit: Edit, say: Callable[[str], None]) -> list[Binding]:
    """The keys that open the block in the editor; `say` is told what has failed."""

    def open_editor(event: KeyPressEvent, *, run: bool = False) -> None:
        buffer = event.current_buffer
        edited = edit(buffer.text, buffer.document.cursor_position_row + 1)
        event.app.create_background_task(_take_over(buffer, edited, say, run=run))

    editing = has_focus(DEFAULT_BUFFER)
    return [
        Binding("edit-in-editor", ("f2",), open_editor, "open the block in the editor", editing),
        Binding(
            "edit-and-run",
            ("c-x c-e",),
            lambda event: open_editor(event, run=True),
            "open the block in the editor, then run it",
            editing,
        ),
        Binding(
            "vi-insert-edit-and-run",
            ("c-x e",),
            lambda event: open_editor(event, run=True),
            "open the block in the editor, then run it",
            editing & vi_insert_mode,
        ),
        Binding(
            "vi-edit-and-run",
            ("v",),
            lambda event: open_editor(event, run=True),
            "open the block in the editor, then run it",
            editing & vi_navigation_mode & ~has_selection,
        ),
    ]


async def unedited(text: str, line: int) -> str:
    """An Edit that changes nothing."""
    return text


def editor_command(chosen: str, environment: Mapping[str, str]) -> list[str]:
    """The program and its arguments: what the settings say, else $VISUAL, else $EDITOR, else the first of
    `USUAL` that there is. Raises EditorError."""
    import shutil

    wishes = (
        ("c.ZConsole.editor", chosen),
        *((f"${name}", environment.get(name, "")) for name in ("VISUAL", "EDITOR")),
    )
    path = environment.get("PATH")
    for source, wish in wishes:
        if not wish.strip():
            continue
        try:
            program, *arguments = shlex.split(wish)
        except ValueError as error:
            raise EditorError(f"The editor cannot be run: {source} is {wish!r} ({error}).") from None
        if found := shutil.which(program, path=path):
            return [found, *arguments]
        raise EditorError(f"The editor cannot be run: there is no program {program!r} ({source}).")
    for program in USUAL:
        if found := shutil.which(program, path=path):
            return [found]
    raise EditorError(f"There is no editor: set $EDITOR (none of {', '.join(USUAL)} is here).")


async def run_editor(command: Sequence[str], file: Path, line: int = 0) -> None:
    """Run an editor on a file, with the cursor in this line if that is more than 0, and wait for its end.
    Raises EditorError."""
    name = Path(command[0]).name
    try:
        process = await asyncio.create_subprocess_exec(*command, *_target(name, str(file), line))
    except OSError as error:
        raise EditorError(f"The editor cannot be run: {name}: {error.strerror}.") from None
    try:
        code = await process.wait()
    except asyncio.CancelledError:  # the session ends
        with suppress(ProcessLookupError):
            process.terminate()
        raise
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        raise EditorError(f"{name} {how}; nothing was taken over.")


async def edit_text(command: Sequence[str], text: str, suffix: str, line: int = 0) -> str:
    """A text as it comes out of the editor. Raises EditorError."""
    from tempfile import TemporaryDirectory

    try:
        with TemporaryDirectory(prefix="zconsole-", ignore_cleanup_errors=True) as folder:
            file = Path(folder) / f"block{suffix}"
            # a line at the end has an end of its own for an editor, not here
            file.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
            await run_editor(command, file, line)
            return file.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
    except OSError as error:
        raise EditorError(f"The edited text cannot be read: {error.strerror}.") from None


async def _take_over(
    buffer: Buffer, edited: Awaitable[str], say: Callable[[str], None], *, run: bool
) -> None:
    if buffer.complete_state:
        buffer.cancel_completion()
    try:
        text = await edited
    except EditorError as error:
        say(str(error))
        return
    if text != buffer.text:
        buffer.save_to_undo_stack()
        buffer.document = Document(text)
    if run and text.strip():
        buffer.validate_and_handle()


def _target(name: str, file: str, line: int) -> list[str]:
    if line <= 0:
        return [file]
    return [part.format(file=file, line=line) for part in _LINES.get(name, ("+{line}", "{file}"))]


USUAL = ("vi", "nano", "vim", "emacs")
"""The editors that are tried where nobody has chosen one."""

_GOTO = ("--goto", "{file}:{line}")
_COLON = ("{file}:{line}",)
_LINES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("code", "code-insiders", "codium", "cursor"), _GOTO),
    **dict.fromkeys(("subl", "hx", "helix", "zed"), _COLON),
    "kate": ("--line", "{line}", "{file}"),
    **dict.fromkeys(("ed", "notepad"), ("{file}",)),
}
"""How editors are told a line; all others know `+N`."""
