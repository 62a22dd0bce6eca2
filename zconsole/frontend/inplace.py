"""Output that changes where it stands: displays that are updated, output that is cleared.

A cell may change a display a thousand times a second, or clear and draw as an animation; nobody sees more
than thirty of these. So a change waits for its frame, the newest of each display counts, and what is
drawn behind a clear is held until the frame's time has come: if it is cleared before, it was never seen. The
last state is always drawn. A display that is not on the screen any more is written anew, once in `ANEW`
seconds at most.

Times are the business of the `later` that is handed in; this waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from zconsole.frontend.canvas import Canvas, Size
from zconsole.frontend.look import Place

FRAME = 1 / 30
"""Seconds from one drawing of something that changes to the next."""

ANEW = 1.0
"""Seconds from one writing of something that cannot be drawn in place to the next."""


class Timer(Protocol):
    """What `later` gives."""

    def cancel(self) -> None:
        """Do not call."""


class Paper(Protocol):
    """Takes output that may change: `InPlace`, and `linear.Lines` where nothing is drawn twice."""

    def begin(self) -> None:
        """The cursor is at the beginning of a line, and what stands above is not to be changed any more."""

    def ended_line(self) -> None:
        """Who writes next has ended the line that was open."""

    def write(self, text: str, name: str = "") -> None:
        """Write behind all that was written; with a name it can be changed."""

    def change(self, name: str, draw: Callable[[], str | None]) -> None:
        """Have other text, whole lines, stand where something of that name was written; soon. `draw` makes
        it then; None is no change."""

    def clear(self) -> None:
        """Have nothing of the cell's output be seen; soon."""

    def flush(self) -> None:
        """Show now what waits."""


class InPlace:
    """Writes, and changes what was written.

    Arguments: `write`, to the terminal, in order; `place`, which tells where that is now; `later`, which
    calls something after so many seconds.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        place: Callable[[], Place],
        later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._write = write
        self._place = place
        self._later = later
        self._canvas = Canvas()
        self._frame: list[str] | None = None
        self._changes: dict[str, Callable[[], str | None]] = {}
        self._anew: dict[str, str] = {}
        self._frame_timer: Timer | None = None
        self._anew_timer: Timer | None = None

    def begin(self) -> None:
        """The cursor is at the beginning of a line, and what stands above is not to be changed any more."""
        self.flush()
        self._canvas.begin()

    def ended_line(self) -> None:
        """Who writes next has ended the line that was open."""
        self._canvas.write("\n")

    def write(self, text: str, name: str = "") -> None:
        """Write behind all that was written; with a name it can be changed."""
        self._canvas.write(text, name)
        if self._frame is not None:
            self._frame.append(text)
            return
        self._write(text)
        if not text.endswith("\n") and self._place().above:
            self._canvas.begin()  # there it may be ended, or not

    def change(self, name: str, draw: Callable[[], str | None]) -> None:
        """Have other text, whole lines, stand where something of that name was written; soon. `draw` makes
        it then; None is no change."""
        self._changes[name] = draw
        self._frame_timer = self._frame_timer or self._later(FRAME, self._draw)

    def clear(self) -> None:
        """Have nothing of the cell's output be seen; soon."""
        self._changes.clear()
        self._anew.clear()
        if self._frame is None:
            self._frame = [self._canvas.clear(self._size)]
            self._frame_timer = self._frame_timer or self._later(FRAME, self._draw)
        else:
            self._canvas.begin()
            del self._frame[1:]

    def flush(self) -> None:
        """Draw now what waits."""
        self._draw()
        self._write_anew()

    def _draw(self) -> None:
        if self._frame_timer:
            self._frame_timer.cancel()
        self._frame_timer = None
        frame, self._frame = self._frame, None
        if frame:
            self._write("".join(frame))
        changes, self._changes = self._changes, {}
        drawn = ""
        for name, draw in changes.items():
            if (text := draw()) is None:
                continue
            again = self._canvas.change(name, text, self._size)
            if again is None:
                self._anew[name] = text
            else:
                drawn += again
        if drawn:
            self._write(drawn)
        if self._anew and self._anew_timer is None:
            self._write_anew()
            self._anew_timer = self._later(ANEW, self._anew_is_over)

    def _write_anew(self) -> None:
        anew, self._anew = self._anew, {}
        for name, text in anew.items():
            self.write(text, name)

    def _anew_is_over(self) -> None:
        self._anew_timer = None
        if self._anew:
            self._write_anew()
            self._anew_timer = self._later(ANEW, self._anew_is_over)

    @property
    def _size(self) -> Size:
        place = self._place()
        return Size(place.columns, place.rows)
