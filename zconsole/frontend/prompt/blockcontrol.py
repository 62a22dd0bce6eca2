"""How the block is drawn: as prompt_toolkit draws it, but nothing is done twice.

Of a key in a long block its drawing is the price. The line editor makes the content four times for each
drawing, runs every line through ten processors of which none has anything to do, and makes the prompt anew
for every line. Here each is done once, and what has nothing to do is left out. And a line that would fill
several screens is shown around the cursor only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

from prompt_toolkit.application import get_app, get_app_or_none
from prompt_toolkit.filters import vi_insert_multiple_mode
from prompt_toolkit.formatted_text import StyleAndTextTuples, fragment_list_width, to_formatted_text
from prompt_toolkit.layout import AnyContainer, BufferControl, Layout, UIContent, Window, to_container
from prompt_toolkit.layout.controls import GetLinePrefixCallable
from prompt_toolkit.layout.layout import FocusableElement
from prompt_toolkit.layout.processors import (
    AppendAutoSuggestion,
    ConditionalProcessor,
    DisplayMultipleCursors,
    DummyProcessor,
    DynamicProcessor,
    HighlightIncrementalSearchProcessor,
    HighlightSelectionProcessor,
    Processor,
    TabsProcessor,
    Transformation,
    TransformationInput,
)
from prompt_toolkit.layout.screen import Char
from prompt_toolkit.shortcuts import PromptSession
from prompt_toolkit.utils import get_cwidth

from zconsole.frontend.prompt.rows import quick

LONG = 10_000
"""Characters of a line that is not shown as a whole."""

_SHOWN = 4_000  # characters of it that are, on each side of the cursor


def lay_out_quickly(session: PromptSession[str]) -> None:
    """Have what a line editor, just made, shows laid out by us."""
    container, window = to_container(session.layout.container), session.layout.current_window
    session.layout = session.app.layout = QuickLayout(quick(container), window)


def draw_quickly(session: PromptSession[str], processors: Sequence[Processor]) -> None:
    """Have it drawn by us as well; the processors come behind its own."""
    lay_out_quickly(session)
    window = session.layout.current_window
    control = window.content
    assert isinstance(control, BufferControl)
    window.content = BlockControl(control, processors)
    if window.get_line_prefix:
        window.get_line_prefix = Prefixes(window.get_line_prefix)


class QuickLayout(Layout):
    """Looks for its windows once for a drawing; the line editor does it twice for every key, which is half of
    what a key takes that is not drawn, as those of a paste."""

    def __init__(self, container: AnyContainer, focused_element: FocusableElement) -> None:
        self._drawing = -1
        self._windows: list[Window] = []
        super().__init__(container, focused_element)

    def find_all_windows(self) -> Generator[Window, None, None]:
        """The windows, hidden ones too."""
        app = get_app_or_none()  # the other one makes a whole editor when there is none yet
        if app is None:
            yield from super().find_all_windows()
            return
        if app.render_counter != self._drawing:
            self._drawing, self._windows = app.render_counter, list(super().find_all_windows())
        yield from self._windows


class BlockControl(BufferControl):
    """Takes the place of another control of the same buffer."""

    def __init__(self, other: BufferControl, processors: Sequence[Processor]) -> None:
        super().__init__(
            buffer=other.buffer,
            include_default_input_processors=False,
            lexer=other.lexer,
            preview_search=other.preview_search,
            search_buffer_control=other.search_buffer_control,
        )
        self._all = [*(other.input_processors or ()), _AroundCursor(), *processors]
        self._made_for: object = None
        self._made = UIContent()

    def create_content(self, width: int, height: int, preview_search: bool = False) -> UIContent:
        """The block as it is drawn this time."""
        buffer = self.buffer
        drawing = (get_app().render_counter, buffer.document, buffer.complete_state, width, preview_search)
        if drawing != self._made_for:
            self._made_for = drawing
            self.input_processors = [each for processor in self._all for each in self._needed(processor)]
            content = super().create_content(width, height, preview_search)
            self._made = BlockContent(
                content.get_line, content.line_count, content.cursor_position, content.menu_position
            )
        return self._made

    def _needed(self, processor: Processor | None) -> Iterator[Processor]:
        if processor is None:
            return
        if isinstance(processor, ConditionalProcessor):
            if processor.filter():
                yield from self._needed(processor.processor)
        elif isinstance(processor, DynamicProcessor):
            yield from self._needed(processor.get_processor())
        elif _NEEDED.get(type(processor), _always)(self):
            yield processor


class BlockContent(UIContent):
    """Content whose lines' heights are reckoned, not tried."""

    def get_height_for_line(
        self,
        lineno: int,
        width: int,
        get_line_prefix: GetLinePrefixCallable | None,
        slice_stop: int | None = None,
    ) -> int:
        """Rows that a line takes, or its first `slice_stop` characters."""
        text = "".join([fragment[1] for fragment in self.get_line(lineno)])[:slice_stop]
        first = _width(get_line_prefix, lineno, 0) if get_line_prefix else 0
        simple = text.isascii() and text.isprintable()
        size = first + (len(text) if simple else _size(text))
        if size <= width:
            return 1
        later = _width(get_line_prefix, lineno, 1) if get_line_prefix else 0
        if later >= width:
            return _NO_ROOM
        return 1 - (width - size) // (width - later) if simple else _rows(text, first, later, width)


class Prefixes:
    """The prompts before the lines of a block, each made once for a drawing: one before the first line, one
    before the others, one before what does not fit into a line."""

    def __init__(self, make: GetLinePrefixCallable) -> None:
        self._make = make
        self._drawing = -1
        self._made: dict[tuple[bool, bool], tuple[StyleAndTextTuples, int]] = {}

    def __call__(self, line_number: int, wrap_count: int) -> StyleAndTextTuples:
        """The prompt's styled text."""
        return self._prefix(line_number, wrap_count)[0]

    def width(self, line_number: int, wrap_count: int) -> int:
        """Its columns."""
        return self._prefix(line_number, wrap_count)[1]

    def _prefix(self, line_number: int, wrap_count: int) -> tuple[StyleAndTextTuples, int]:
        drawing = get_app().render_counter
        if drawing != self._drawing:
            self._drawing = drawing
            self._made.clear()
        which = line_number > 0, wrap_count > 0
        if which not in self._made:
            prefix = to_formatted_text(self._make(line_number, wrap_count))
            self._made[which] = prefix, fragment_list_width(prefix)
        return self._made[which]


class _AroundCursor(Processor):
    """Shows of a very long line what is around the cursor, and how much is left out."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The part of the line."""
        given = transformation_input
        size = sum(len(fragment[1]) for fragment in given.fragments)
        if size <= LONG:
            return Transformation(given.fragments)
        document = given.document
        here = document.cursor_position_col if document.cursor_position_row == given.lineno else 0
        begin = max(0, here // _SHOWN * _SHOWN - _SHOWN)  # in steps, so that the line stands still
        end = min(size, begin + 3 * _SHOWN)
        before = f"[{begin:,} characters] " if begin else ""
        after = f" [{size - end:,} characters]" if end < size else ""
        return Transformation(
            [
                ("class:pygments.comment", before),
                *_part(given.fragments, begin, end),
                ("class:pygments.comment", after),
            ],
            lambda i: len(before) + min(max(i, begin), end) - begin,
            lambda i: min(max(i - len(before), 0), end - begin) + begin,
        )


def _part(fragments: StyleAndTextTuples, begin: int, end: int) -> StyleAndTextTuples:
    """What stands in styled text from one character to another."""
    part: StyleAndTextTuples = []
    at = 0
    for style, text, *_ in fragments:
        part.append((style, text[max(0, begin - at) : max(0, end - at)]))
        at += len(text)
    return [fragment for fragment in part if fragment[1]]


def _width(prefix: GetLinePrefixCallable, line_number: int, wrap_count: int) -> int:
    if isinstance(prefix, Prefixes):
        return prefix.width(line_number, wrap_count)
    return fragment_list_width(to_formatted_text(prefix(line_number, wrap_count)))


def _rows(text: str, first: int, later: int, width: int) -> int:
    """Rows of a text that begins in column `first`, and where it goes on in `later`: what is wider than one
    column is not cut."""
    rows, column = 1, first
    for character in text:
        columns = _size(character)
        if column + columns > width:
            rows, column = rows + 1, later
        column += columns
    return rows


def _size(text: str) -> int:
    return get_cwidth(text) if text.isprintable() else sum(Char(character).width for character in text)


def _always(control: BufferControl) -> bool:
    return True


_NEEDED: Mapping[type[Processor], Callable[[BufferControl], bool]] = {
    HighlightIncrementalSearchProcessor: lambda control: bool(
        control.search_buffer and control.search_buffer.text
    ),
    HighlightSelectionProcessor: lambda control: control.buffer.selection_state is not None,
    AppendAutoSuggestion: lambda control: control.buffer.suggestion is not None,
    DisplayMultipleCursors: lambda control: vi_insert_multiple_mode(),
    DummyProcessor: lambda control: False,
    TabsProcessor: lambda control: "\t" in control.buffer.text,
    _AroundCursor: lambda control: len(control.buffer.text) > LONG,
}
"""By processor, when it has something to do."""

_NO_ROOM = 10**8  # rows of a line whose prompt fills the screen's width, as the line editor reckons
