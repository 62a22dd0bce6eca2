"""matplotlib's figures as a terminal shows them: on its background, sharp, and no larger than it.

A figure is dressed for the time in which its picture for the terminal is made, and is afterwards what it was:
what the user saves to a file is not for a terminal. On a dark ground the white of figure and axes becomes
transparent, and whatever is grey (axes, ticks, texts, a black line) has its lightness turned over; colours
stay.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import ceil
from typing import Any

from zconsole.kernel.terminals import Terminal

CELL = 16
"""Pixels of height in a character cell at which a figure has its own resolution; a sharper screen has
more."""

SHARE = 0.8
"""Of the terminal's rows a picture takes no more."""

SCALING = ("kitty", "iterm2")
"""Where a picture is made as large as whole cells, which thin lines do not survive."""

LETTERS = ("text", "braille", "blocks")
"""How pictures are drawn where there are no pixels."""

LEAST, MOST = 60.0, 400.0
"""Pixels per inch, whatever the terminal's size."""

EVEN = 0.01
"""Part of a cell, or of a pixel, by which numbers that come out of inches may be off."""

GREY = 0.05
"""How far apart the red, green and blue of a grey may be."""


def is_figure(obj: object) -> bool:
    """Whether this is one of matplotlib's figures; nothing is imported to know."""
    figure = sys.modules.get("matplotlib.figure")
    return figure is not None and isinstance(obj, figure.Figure)


@contextmanager
def dressed(figure: Any, terminal: Terminal) -> Iterator[None]:
    """Within this, the figure is as the terminal shows it best."""
    with ExitStack() as undo:
        _resolve(figure, terminal, undo)
        if terminal.graphics in SCALING:
            _fill_cells(figure, terminal, undo)
        if terminal.background == "dark":
            _turn(figure, undo, letters=terminal.graphics in LETTERS)
        yield


def dots_per_inch(inches: tuple[float, float], dpi: float, terminal: Terminal) -> float:
    """The resolution for a figure of that size and resolution: so that it fits, and each of its pixels is one
    of the screen's."""
    width, height = inches
    room = (terminal.columns * terminal.cell[0] / width, terminal.rows * SHARE * terminal.cell[1] / height)
    return min(max(min(dpi * max(terminal.cell[1] / CELL, 1.0), *room), LEAST), MOST)


def _resolve(figure: Any, terminal: Terminal, undo: ExitStack) -> None:
    before = figure.get_dpi()
    undo.callback(figure.set_dpi, before)
    figure.set_dpi(dots_per_inch(tuple(figure.get_size_inches()), before, terminal))


def _fill_cells(figure: Any, terminal: Terminal, undo: ExitStack) -> None:
    """Have the picture end where a cell does: what is cut out of the figure is larger by some pixels."""
    from matplotlib import rcParams
    from matplotlib.transforms import Bbox

    measure = figure.get_tightbbox
    margin = 2 * rcParams["savefig.pad_inches"]

    def measure_in_cells(*arguments: Any, **options: Any) -> Any:
        box = measure(*arguments, **options)
        width, height = (
            filled((length + margin) * figure.dpi, cell) / figure.dpi - margin
            for length, cell in zip(box.size, terminal.cell, strict=True)
        )
        return Bbox.from_bounds(box.x0, box.y1 - height, width, height)

    figure.get_tightbbox = measure_in_cells
    undo.callback(delattr, figure, "get_tightbbox")


def filled(pixels: float, cell: int) -> float:
    """The least number of pixels that is whole cells; somewhat more, since a part of a pixel is cut off."""
    return ceil(pixels / cell - EVEN) * cell + EVEN


def _turn(figure: Any, undo: ExitStack, letters: bool) -> None:
    ground = figure.patch.get_facecolor()
    if not _is_light_grey(ground):
        return  # the user has chosen one
    grounds = [figure.patch, *(axes.patch for axes in figure.axes)]
    if letters:  # where the ground of a legend would be drawn as a thing
        legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
        grounds += [legend.get_frame() for legend in legends if legend]
    for patch in grounds:
        if _is_light_grey(patch.get_facecolor()):
            # by its name, since a colour would take the opacity that a patch may have
            _change(patch.get_facecolor, patch.set_facecolor, lambda colour: "none", undo)
    for artist in figure.findobj(include_self=False):
        if artist in grounds:
            continue
        for name in _COLOURS:
            get, set = getattr(artist, f"get_{name}", None), getattr(artist, f"set_{name}", None)
            if callable(get) and callable(set):
                _change(get, set, _turned, undo)


def _change(
    get: Callable[[], Any],
    set: Callable[[Any], Any],
    change: Callable[[Sequence[float]], Sequence[float] | str | None],
    undo: ExitStack,
) -> None:
    before = get()
    colour = _rgba(before)
    after = change(colour) if colour is not None else None
    if after is not None:
        undo.callback(set, before)
        set(after)


def _rgba(colour: Any) -> Sequence[float] | None:
    """One colour as red, green, blue and opacity; None for anything else."""
    from matplotlib.colors import to_rgba, to_rgba_array

    try:
        if isinstance(colour, str | tuple):
            return to_rgba(colour)
        colours = to_rgba_array(colour)
    except (ValueError, TypeError):
        return None  # "auto", or the colours of a whole collection
    return tuple(colours[0]) if len(colours) == 1 else None


def _turned(colour: Sequence[float]) -> Sequence[float] | None:
    red, green, blue, opacity = colour
    if opacity == 0 or not _is_grey(colour):
        return None
    return 1 - red, 1 - green, 1 - blue, opacity


def _is_grey(colour: Sequence[float]) -> bool:
    return max(colour[:3]) - min(colour[:3]) <= GREY


def _is_light_grey(colour: Sequence[float]) -> bool:
    return _is_grey(colour) and colour[3] > 0 and min(colour[:3]) > 0.5


_COLOURS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")
