"""zconsole: a terminal console for Jupyter kernels, in two processes.

Both halves import this file at every start, so it stays trivially light: the version and nothing else.
"""

from zconsole._version import __version__

__all__ = ["__version__"]
