"""What can be wrong before a session begins, as sentences for the user. Imports nothing."""

from __future__ import annotations


class Trouble(Exception):
    """No session. The text is a sentence; `code` is the program's exit code."""

    code = 1


class KernelChoiceError(Trouble):
    """There is no such kernel."""


class UsageError(Trouble):
    """A command line that cannot be understood, or not obeyed here."""

    code = 2
