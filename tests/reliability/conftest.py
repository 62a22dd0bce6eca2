"""The fixtures of the kernel's tests; see tests/reliability/sizes.py for how much is done."""

from tests.kernel.conftest import client, kernel_env, own_client

__all__ = ["client", "kernel_env", "own_client"]
