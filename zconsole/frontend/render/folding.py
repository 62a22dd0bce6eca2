"""Long output by its two ends: what comes first is shown as it comes, of the rest the end, when it has ended.
Pure; memory is bounded whatever comes.
"""

from __future__ import annotations

from collections import deque


class Folding:
    """One output, fed as it comes. The first `head` lines are given back at once; of what follows only the
    last `tail` lines are kept. Lines of more than `letters` characters together count as long as that many
    lines.
    """

    def __init__(self, head: int, tail: int, letters: int = 100_000) -> None:
        self._head = head
        self._tail = tail
        self._letters = letters
        self._shown = 0  # characters of the head
        self._kept: deque[str] = deque()
        self._size = 0  # characters of what is kept
        self._lines = 0  # line ends of all that is not the head

    @property
    def hidden(self) -> int:
        """Lines that have come and are not shown."""
        return self._lines

    def feed(self, text: str) -> str:
        """What of the text is to be shown now."""
        if self._kept:
            self._keep(text)
            return ""
        cut = self._cut(text)
        self._head -= text.count("\n", 0, cut)
        self._shown += cut
        if cut < len(text):
            self._keep(text[cut:])
        return text[:cut]

    def end(self) -> str:
        """What is shown at the end: what was left out, and the last lines."""
        if not self._kept:
            return ""
        tail = "".join(self._kept)
        start = _last_lines(tail, self._tail)
        start = max(start, len(tail) - self._letters)
        left_out = self._lines - tail.count("\n", start)
        self._kept.clear()
        note = "" if not start and not left_out else f"\x1b[0m… {left_out:,} lines … (%reopen shows all)\n"
        return note + tail[start:]

    def _cut(self, text: str) -> int:
        """Where the head ends in this text; its length when it does not."""
        position = 0
        for _ in range(self._head):
            position = text.find("\n", position) + 1
            if not position:
                position = len(text)
                break
        return min(position, max(0, self._letters - self._shown))

    def _keep(self, text: str) -> None:
        self._lines += text.count("\n")
        self._kept.append(text)
        self._size += len(text)
        if self._size > 4 * self._letters:
            whole = "".join(self._kept)[-self._letters :]
            self._kept = deque([whole[_last_lines(whole, self._tail) :]])
            self._size = len(self._kept[0])


def _last_lines(text: str, count: int) -> int:
    """Where the last lines of a text begin."""
    position = len(text) - text.endswith("\n")
    for _ in range(count):
        position = text.rfind("\n", 0, position)
        if position < 0:
            return 0
    return position + 1
