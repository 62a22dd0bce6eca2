"""The kernel's log: where failures of its own are told, which are nobody's cell.

By the descriptor and not by `sys.stderr`: that is the session's, and who writes there may have to wait for
the I/O thread.
"""

from __future__ import annotations

import os


def tell_failure(log: int) -> None:
    """Write the exception that is being handled to a descriptor."""
    import traceback

    try:
        os.write(log, traceback.format_exc().encode(errors="backslashreplace"))
    except OSError:
        pass  # there is nobody left to tell
