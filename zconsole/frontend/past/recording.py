"""What the journal of a session of ours is about: its first entry, and where it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zconsole.frontend.languages import language_info
from zconsole.journal.store import new_session
from zconsole.journal.writer import Journal
from zconsole.launch import note_journal
from zconsole.record import this_host, working_directory

if TYPE_CHECKING:
    from zconsole.frontend.choosing.kernels import Target
    from zconsole.message import Content
    from zconsole.parties import Started


def begin(target: Target, launched: Started, info: Content, recovers: str = "") -> Journal:
    """A journal for the session with a kernel that we have started; `info` is the content of its
    kernel_info_reply, `recovers` the id of the session that it goes on with. Raises JournalError."""
    language = language_info(info)
    journal = Journal.create(
        new_session(launched.name),
        name=launched.name,
        kernel=target.info.kernel_name,
        language=target.language or str(language.get("name", "")),
        language_info=language,
        host=this_host(),
        directory=working_directory(),
        connection_file=str(launched.connection_file),
        recovers=recovers,
    )
    note_journal(launched.directory, journal.directory)
    return journal
