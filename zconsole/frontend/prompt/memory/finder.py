"""Blocks by some of their letters, best first: what the history's picker shows. Pure.

Three ways to be found, each better than the next: the block has the whole query in it; it has all the words
of the query; it has all its letters, in their order. Among equals the newer is first. Small letters find
capitals as well, a capital finds only itself.

A search stops when it has as many as can be looked at, and gives word in between (`steps`), so that hundreds
of thousands of blocks hold up no key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

ENOUGH = 500
"""Blocks that are found at most; nobody goes through more."""

_STEP = 4_000
"""Blocks that are looked at between two words: one millisecond or two."""


class Finder:
    """Finds among `blocks`, newest first; one that is there again is left out."""

    def __init__(self, blocks: Sequence[str]) -> None:
        self._source = blocks
        self._known: dict[str, None] = {}  # those of the source that have been gone through, each once
        self._gone = 0
        self.blocks: list[str] = []
        self._folded: list[str] = []

    def steps(self, query: str) -> Iterator[list[str]]:
        """What has been found so far, best first; the last is the result."""
        words = query.split()
        newest = [] if words else list(dict.fromkeys(self._source[: 2 * ENOUGH]))[:ENOUGH]
        yield newest
        for _ in self._prepare():
            yield newest
        if not words:
            yield self.blocks[:ENOUGH]
            return
        blocks = self._folded if query == query.lower() else self.blocks
        found: dict[int, None] = {}
        for way in _WAYS if len(words) > 1 else (_whole, _letters):
            for start in range(0, len(blocks), _STEP):
                found.update(dict.fromkeys(way(blocks, range(start, min(start + _STEP, len(blocks))), words)))
                yield [self.blocks[number] for number in islice(found, ENOUGH)]
                if len(found) >= ENOUGH:
                    return

    def _prepare(self) -> Iterator[None]:
        """Take each block once, and in small letters: once, and a step at a time as well."""
        while self._gone < len(self._source):
            self._known.update(dict.fromkeys(self._source[self._gone : self._gone + _STEP]))
            self._gone += _STEP
            yield
        self.blocks = self.blocks or list(self._known)
        while (begin := len(self._folded)) < len(self.blocks):
            self._folded += [block.lower() for block in self.blocks[begin : begin + _STEP]]
            yield


Way = Callable[[Sequence[str], Iterable[int], Sequence[str]], list[int]]
"""Which of the blocks with these numbers are found by the words."""


def _whole(blocks: Sequence[str], numbers: Iterable[int], words: Sequence[str]) -> list[int]:
    query = " ".join(words)
    return [number for number in numbers if query in blocks[number]]


def _words(blocks: Sequence[str], numbers: Iterable[int], words: Sequence[str]) -> list[int]:
    for word in words[:-1]:
        numbers = [number for number in numbers if word in blocks[number]]
    return [number for number in numbers if words[-1] in blocks[number]]


def _letters(blocks: Sequence[str], numbers: Iterable[int], words: Sequence[str]) -> list[int]:
    letters = "".join(words)
    return [number for number in numbers if _has_in_order(blocks[number], letters)]


def _has_in_order(block: str, letters: str) -> bool:
    at = 0
    for letter in letters:
        at = block.find(letter, at) + 1
        if not at:
            return False
    return True


_WAYS: Sequence[Way] = (_whole, _words, _letters)
