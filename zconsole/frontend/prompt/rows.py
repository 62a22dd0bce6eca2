"""The rows of a prompt: what is not shown is not asked how high it would be, and a block that is alone takes
the rows that it needs.

A line editor's layout has ten parts, of which a prompt shows one. With every key the editor asks all of them
for their heights, hands out the rows down to the end of the screen one by one, places three menus that are
not there, notes for each cell who gets a click on it, and compares rows in which nothing can stand. Here a
part that is alone is drawn at once, in its own rows. As soon as there is a second one (a search, a
signature) the editor's way is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit.application import get_app
from prompt_toolkit.layout import ConditionalContainer, Container, Dimension, FloatContainer, HSplit, Window
from prompt_toolkit.layout.mouse_handlers import MouseHandler, MouseHandlers
from prompt_toolkit.layout.screen import Screen, WritePosition


def quick(container: Container) -> Container:
    """What draws the same as this container, whose parts it takes."""
    if isinstance(container, ConditionalContainer):
        container.content = quick(container.content)
        # prompt_toolkit has it since 3.0.51
        if other := getattr(container, "alternative_content", None):
            container.alternative_content = quick(other)
    elif isinstance(container, FloatContainer):
        # a window that is always there is the prompt on the right, and we have none
        menus = [each for each in container.floats if not isinstance(each.content, Window)]
        return Menus(quick(container.content), menus)
    elif isinstance(container, HSplit):
        return Rows([quick(child) for child in container.children])
    return container


class Rows(HSplit):
    """Parts above each other."""

    def preferred_height(self, width: int, max_available_height: int) -> Dimension:
        """The rows that they need."""
        alone = _alone(self.children)
        if alone is None:
            return super().preferred_height(width, max_available_height)
        return alone.preferred_height(width, max_available_height)

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,
        z_index: int | None,
    ) -> None:
        """Draw them."""
        alone = _alone(self.children)
        draw = super().write_to_screen if alone is None else alone.write_to_screen
        if isinstance(alone, Window):
            write_position = _needed(alone, write_position)
        draw(screen, _NO_MOUSE, write_position, parent_style, erase_bg, z_index)


class Menus(FloatContainer):
    """A part, and what is drawn over it while it is shown."""

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,
        z_index: int | None,
    ) -> None:
        """Draw all of it."""
        shown = any(_shown(each.content) for each in self.floats)
        draw = super().write_to_screen if shown else self.content.write_to_screen
        draw(screen, mouse_handlers, write_position, parent_style, erase_bg, z_index)


class _NoMouse(MouseHandlers):
    """Nobody gets clicks: they select text in the terminal."""

    def set_mouse_handler_for_range(
        self, x_min: int, x_max: int, y_min: int, y_max: int, handler: MouseHandler
    ) -> None:
        """Pass it over."""


_NO_MOUSE = _NoMouse()


def _shown(container: Container) -> Container | None:
    """What of a container is shown now."""
    while isinstance(container, ConditionalContainer):
        if container.filter():
            container = container.content
        elif other := getattr(container, "alternative_content", None):
            container = other
        else:
            return None
    if isinstance(container, HSplit) and not any(map(_shown, container.children)):
        return None
    return container


def _alone(children: Sequence[Container]) -> Container | None:
    """The only one of these that is shown, if it is only one."""
    shown = [each for child in children if (each := _shown(child))]
    return shown[0] if len(shown) == 1 else None


def _needed(window: Window, place: WritePosition) -> WritePosition:
    """As much of a place as a window needs, and never less than before: what stands above has been moved up
    by so many rows."""
    app = get_app()
    before = app.renderer.last_rendered_screen
    rows = window.preferred_height(place.width, place.height).preferred
    if before and not app.is_done:
        rows = max(rows, before.height)
    return WritePosition(place.xpos, place.ypos, place.width, min(rows, place.height))
