"""What the journal of a session of ours is about: its first entry, and where it is written down."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zconsole.journal.store import new_session
from zconsole.journal.writer import Journal
from zconsole.launch import note_journal
from zconsole.record import this_host

if TYPE_CHECKING:
    from zconsole.frontend.kernels import Target
    from zconsole.kernelmanager import Started
    from zconsole.message import Content


def begin(target: Target, launched: Started, info: Content, recovers: str = "") -> Journal:
    """A journal for the session with a kernel that we have started; `info` is the content of its
    kernel_info_reply, `recovers` the id of the session that it goes on with. Raises JournalError."""
    language = info.get("language_info")
    language = language if isinstance(language, dict) else {}
    journal = Journal.create(
        new_session(launched.name),
        name=launched.name,
        kernel=target.info.kernel_name,
        language=target.language or str(language.get("name", "")),
        language_info=language,
        host=this_host(),
        directory=_here(),
        connection_file=str(launched.connection_file),
        recovers=recovers,
    )
    note_journal(launched.directory, journal.directory)
    return journal


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""  # it has been removed
