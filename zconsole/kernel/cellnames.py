"""The files that cells pass for while they are debugged.

A front end that shows a breakpoint in a cell has to know what the debugger calls that cell, before and after
it has run. Both compute it from the cell's text: a directory, a hash, a suffix, as `debugInfo` tells. Pure.

Specification: "debugInfo" in "Additions to the DAP", Jupyter messaging protocol.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from struct import iter_unpack

SEED = 0x9747B28C
"""Where the hash begins; any 32 bits will do, the front end is told."""

SUFFIX = ".py"


@dataclass(frozen=True, slots=True)
class CellNames:
    """How cells are named: files in `directory`."""

    directory: str

    def __call__(self, code: str) -> str:
        """The name of the cell with this text."""
        return f"{self.prefix}{murmur2(code.encode('utf-8', 'replace'), SEED)}{SUFFIX}"

    @property
    def prefix(self) -> str:
        """What stands before the hash."""
        return self.directory + os.sep


def murmur2(data: bytes, seed: int) -> int:
    """MurmurHash2 by Austin Appleby, 32 bits, of bytes."""
    rest = len(data) % 4
    end = len(data) - rest
    value = seed ^ len(data)
    for (block,) in iter_unpack("<I", data[:end]):
        block = block * _M & _MASK
        block = (block ^ block >> 24) * _M & _MASK
        value = value * _M & _MASK ^ block
    if rest:
        value = (value ^ int.from_bytes(data[end:], "little")) * _M & _MASK
    value = (value ^ value >> 13) * _M & _MASK
    return value ^ value >> 15


_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
