"""Long output by its two ends: what comes first is shown as it comes, of the rest the end, when it has ended.
Pure; memory is bounded whatever comes.
"""

from __future__ import annotations

from collections import deque


class Folding:
    """One output, fed as it comes. The first `head` lines, which have at most `letters` characters, are given
    back at once; of what follows only the last `tail` lines are kept, of at most `last` characters.
    """

    def __init__(self, head: int, tail: int, letters: int = 100_000, last: int = 100_000) -> None:
        self._head = head
        self._tail = tail
        self._letters = letters  # of the head, that may still come
        self._last = last
        self._kept: deque[str] = deque()
        self._size = 0  # characters of what is kept
        self._lines = 0  # line ends of all that is not the head

    @property
    def hidden(self) -> int:
        """Lines that have come and are not shown."""
        return self._lines

    @property
    def begun(self) -> bool:
        """Whether something is held back."""
        return bool(self._kept)

    def feed(self, text: str) -> str:
        """What of the text is to be shown now."""
        if self._kept:
            self._keep(text)
            return ""
        lines = text.count("\n") if "\n" in text else 0  # counting is thirty times as slow as finding
        whole = lines < self._head or (lines == self._head and text.endswith("\n"))
        if whole and len(text) <= self._letters:
            self._head -= lines
            self._letters -= len(text)
            return text
        cut = min(_first_lines(text, self._head), self._letters)
        self._keep(text[cut:])
        return text[:cut]

    def end(self) -> tuple[str, str]:
        """What is shown at the end: a line about what was left out, if something was, and the last lines."""
        if not self._kept:
            return "", ""
        tail = "".join(self._kept)
        start = _last_lines(tail, self._tail)
        start = max(start, len(tail) - self._last)
        left_out = self._lines - tail.count("\n", start)
        self._kept.clear()
        note = "" if not start and not left_out else f"\x1b[0m… {left_out:,} lines … (%reopen shows all)\n"
        return note, tail[start:]

    def _keep(self, text: str) -> None:
        self._lines += text.count("\n")
        self._kept.append(text)
        self._size += len(text)
        if self._size > 4 * self._last:
            whole = "".join(self._kept)[-self._last :]
            self._kept = deque([whole[_last_lines(whole, self._tail) :]])
            self._size = len(self._kept[0])


def _first_lines(text: str, count: int) -> int:
    """Where so many lines of a text end."""
    rest = text.split("\n", count)[count:]
    return len(text) - len(rest[0]) if rest else len(text)


def _last_lines(text: str, count: int) -> int:
    """Where the last lines of a text begin."""
    position = len(text) - text.endswith("\n")
    for _ in range(count):
        position = text.rfind("\n", 0, position)
        if position < 0:
            return 0
    return position + 1
