"""How much the reliability runs do: a fraction of the full size by default, so that each takes seconds.

ZCONSOLE_RELIABILITY=1 is the full size (`bin/test --reliability`), 0.1 a tenth of it.
"""

from __future__ import annotations

import os

SCALE = float(os.environ.get("ZCONSOLE_RELIABILITY", "0.01"))


def size(full: int, least: int) -> int:
    """A number of repetitions: `full` by the scale, `least` at least."""
    return max(least, round(full * SCALE))
