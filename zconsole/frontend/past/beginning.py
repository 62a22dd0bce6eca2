"""`zconsole --recover` before there is a session: what is wrong is said, a plan shown, without a kernel."""

from __future__ import annotations

import sys

from zconsole.frontend.errors import KernelChoiceError, UsageError
from zconsole.frontend.settings import Settings
from zconsole.journal.reader import check
from zconsole.journal.store import JournalError


def recovery_of(settings: Settings) -> Settings | None:
    """The settings for bringing a session back: with its kernel, unless another one is wanted. None when only
    the plan was to be shown. Raises UsageError and KernelChoiceError."""
    from zconsole.frontend.past.recovering import dry_run, where

    if not settings.recover:
        raise UsageError("--yes and --dry-run are for --recover.")
    try:
        if settings.dry_run:
            sys.stdout.write(f"{dry_run(settings.recover)}\n")
            return None
        folder = where(settings.recover)
        kernel = str(check(folder).fields.get("kernel") or settings.kernel_name)
    except JournalError as error:
        raise KernelChoiceError(str(error)) from None
    chosen = settings.existing or settings.kernel_name != Settings().kernel_name
    return settings._replace(recover=folder.name, kernel_name=settings.kernel_name if chosen else kernel)
