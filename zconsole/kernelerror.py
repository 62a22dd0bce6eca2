"""What can go wrong between a front end and its kernel, each as a sentence for the user.

They stand by themselves: who only waits for an answer need not know who manages the kernel.
"""

from __future__ import annotations

from zconsole.process import Exit


class KernelError(Exception):
    """A kernel that cannot be reached, or a request that will not be answered. The text is a sentence."""


class NoReply(KernelError):
    """The kernel has not answered within the limit."""


class WrongKey(KernelError):
    """The kernel signs with another key than ours; so it takes nothing that we say for a message."""

    def __init__(self) -> None:
        super().__init__(
            "The kernel's signature was refused: the key in the connection file is not the kernel's."
        )


class KernelDied(KernelError):
    """The kernel has ended. `exit` says how; None for a kernel that was not our child."""

    def __init__(self, exit: Exit | None) -> None:
        super().__init__(f"The kernel {exit}." if exit else "The kernel has ended.")
        self.exit = exit
