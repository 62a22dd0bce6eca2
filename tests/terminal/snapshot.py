"""A pyte screen as a picture, with Pillow; for looking at what a test saw, and for the documentation."""

from typing import Any

from PIL import Image, ImageDraw, ImageFont

_FOREGROUND, _BACKGROUND = "d8d8d8", "1c1c1c"
_MARGIN = 8
# pyte's names for the sixteen colours ("brown" is yellow); every other colour is already rrggbb
_NAMED = {
    "black": "2e3436",
    "red": "cc3b3b",
    "green": "4e9a06",
    "brown": "c4a000",
    "blue": "3465a4",
    "magenta": "a0609a",
    "cyan": "06989a",
    "white": "d3d7cf",
    "brightblack": "777777",
    "brightred": "ef5959",
    "brightgreen": "8ae234",
    "brightbrown": "fce94f",
    "brightblue": "729fcf",
    "brightmagenta": "ad7fa8",
    "brightcyan": "34e2e2",
    "brightwhite": "eeeeec",
}


def image(screen: Any, size: int = 15) -> Image.Image:
    regular, bold = _font("DejaVuSansMono.ttf", size), _font("DejaVuSansMono-Bold.ttf", size)
    width = round(regular.getlength("M"))
    height = sum(regular.getmetrics()) + 1
    picture = Image.new(
        "RGB",
        (screen.columns * width + 2 * _MARGIN, screen.lines * height + 2 * _MARGIN),
        "#" + _BACKGROUND,
    )
    draw = ImageDraw.Draw(picture)
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            at_cursor = (x, y) == (screen.cursor.x, screen.cursor.y) and not screen.cursor.hidden
            ink, paper = _rgb(cell.fg, _FOREGROUND), _rgb(cell.bg, _BACKGROUND)
            if cell.reverse != at_cursor:
                ink, paper = paper, ink
            left, top = _MARGIN + x * width, _MARGIN + y * height
            if paper != "#" + _BACKGROUND:
                draw.rectangle([left, top, left + width - 1, top + height - 1], fill=paper)
            if shapes := _shapes(cell.data, width, height):
                for x0, y0, x1, y1 in shapes:
                    draw.rectangle([left + x0, top + y0, left + x1 - 1, top + y1 - 1], fill=ink)
            elif cell.data.strip():
                draw.text((left, top), cell.data, font=bold if cell.bold else regular, fill=ink)
            if cell.underscore:
                draw.line([left, top + height - 2, left + width - 1, top + height - 2], fill=ink)
    return picture


def _shapes(letter: str, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Rectangles of what fonts lack (braille) or draw with gaps (blocks), as terminals do it themselves."""
    if letter in _BLOCKS:
        x0, y0, x1, y1 = _BLOCKS[letter]
        return [(width * x0 // 8, height * y0 // 8, width * x1 // 8, height * y1 // 8)]
    if not "\u2800" < letter <= "\u28ff":
        return []
    dots = [place for bit, place in enumerate(_DOTS) if ord(letter) >> bit & 1]
    size = max(width // 4, 2)
    places = [(width * (2 * x + 1) // 4, height * (2 * y + 1) // 8) for x, y in dots]
    return [(x - size // 2, y - size // 2, x - size // 2 + size, y - size // 2 + size) for x, y in places]


_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
_BLOCKS = {
    "▀": (0, 0, 8, 4),
    "█": (0, 0, 8, 8),
    "▐": (4, 0, 8, 8),
    **{letter: (0, 8 - number, 8, 8) for number, letter in enumerate("▁▂▃▄▅▆▇", 1)},
    **{letter: (0, 0, 8 - number, 8) for number, letter in enumerate("▉▊▋▌▍▎▏", 1)},
}
"""Their corners, in eighths of a cell."""


def _rgb(colour: str, default: str) -> str:
    return "#" + (default if colour == "default" else _NAMED.get(colour, colour))


def _font(name: str, size: int) -> Any:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return ImageFont.load_default(size)
