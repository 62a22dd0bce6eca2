"""Why a picture is not shown."""

from __future__ import annotations


class Unfit(Exception):
    """What came cannot be shown as a picture; the text says why, as it is put into the placeholder."""
