"""Pictures, read back from what is written for the terminal."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest

pytest.importorskip("PIL")
pytest.importorskip("resvg_py")

from PIL import Image

from tests.frontend.render import decoders
from tests.frontend.render.samples import BLUE, HEAT, ORANGE, PLOT, SVG, base64, file, photograph
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.execution import Result, Text
from zconsole.frontend.inplace import InPlace
from zconsole.frontend.look import Look, Place
from zconsole.frontend.plain import without_colour
from zconsole.frontend.render import render
from zconsole.frontend.render.ink import is_line_art
from zconsole.frontend.render.png import essential

LOOK = Look(width=100, rows=60, depth=24)


def shown(data: bytes | str, about: Any = None, **look: Any) -> str:
    mime = "image/svg+xml" if isinstance(data, str) else "image/png"
    value = data if isinstance(data, str) else base64(data)
    return render(
        {mime: value, "text/plain": "<Figure size 640x480>"}, {mime: about or {}}, LOOK._replace(**look)
    )


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


# --- by protocol


def test_kitty_gets_the_plot_as_it_is_in_whole_cells():
    sequence, rows = decoders.in_its_room(shown(PLOT, graphics="kitty"))
    data, keys = decoders.kitty(sequence)
    assert data == essential(PLOT)
    assert opened(data).tobytes() == opened(PLOT).tobytes()
    assert keys | {"m": ""} == {"a": "T", "f": "100", "q": "2", "c": "80", "r": "30", "m": ""}
    assert rows == 30


def test_iterm2_gets_files_as_they_are():
    photo = file(photograph(), "JPEG")
    for data in (PLOT, photo):
        sequence, rows = decoders.in_its_room(shown(data, graphics="iterm2"))
        sent, keys = decoders.iterm2(sequence)
        assert sent == (essential(PLOT) if data is PLOT else photo)
        assert (keys["inline"], keys["preserveAspectRatio"], int(keys["height"])) == ("1", "1", rows)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "WEBP"])
def test_kitty_gets_other_files_as_png(kind):
    photo = photograph((160, 160))
    sequence, _ = decoders.in_its_room(shown(file(photo, kind), graphics="kitty"))
    sent = opened(decoders.kitty(sequence)[0])
    assert (sent.format, sent.size) == ("PNG", (160, 160))
    differences = zip(sent.convert("RGB").tobytes(), photo.tobytes(), strict=True)
    assert sum(abs(a - b) for a, b in differences) / len(photo.tobytes()) < 12


def test_sixel_has_every_colour_of_the_plot():
    part = opened(PLOT).convert("RGB").crop((60, 40, 300, 240))
    sequence, rows = decoders.in_its_room(shown(file(part, "PNG"), graphics="sixel"))
    pixels = decoders.sixel(sequence)
    assert (len(pixels), len(pixels[0]), rows) == (200, 240, 13)
    drawn = bytes(value for row in pixels for pixel in row for value in pixel or ())
    assert len(drawn) == len(part.tobytes()), "pixels that were not drawn"
    assert sum(abs(a - b) for a, b in zip(part.tobytes(), drawn, strict=True)) / len(drawn) < 2
    for curve in BLUE, ORANGE:
        assert decoders.near(pixels, curve, 16) > 0.8 * near(part, curve, 16) > 100


def near(image: Image.Image, colour: tuple[int, int, int], tolerance: int) -> int:
    """How many pixels are of nearly this colour."""
    colours: Any = image.getcolors(image.width * image.height)
    return sum(count * decoders.near([[pixel]], colour, tolerance) for count, pixel in colours)


def test_sixel_with_few_colours_declares_no_more():
    sequence, _ = decoders.in_its_room(shown(file(photograph(), "PNG"), graphics="sixel", registers=16))
    pixels = decoders.sixel(sequence)
    assert len({pixel for row in pixels for pixel in row}) in range(8, 17)


def test_sixel_leaves_out_what_one_can_look_through():
    image = Image.new("RGBA", (40, 40))
    image.paste((200, 30, 30, 255), (10, 10, 30, 30))
    pixels = decoders.sixel(decoders.in_its_room(shown(file(image, "PNG"), graphics="sixel"))[0])
    assert [pixels[y][x] is None for x, y in ((0, 0), (9, 20), (10, 20), (29, 29), (30, 30))] == [
        *(True, True, False, False, True)
    ]
    assert decoders.near(pixels, (200, 30, 30)) == 400


def test_sixel_has_soft_edges_on_the_ground_that_was_told():
    image = Image.new("RGBA", (40, 40), (255, 255, 255, 64))
    data = file(image, "PNG")
    mixed = round(28 + (255 - 28) * 64 / 255)
    for told, there in (None, 0), ((28, 28, 28), 1600):
        pixels = decoders.sixel(decoders.in_its_room(shown(data, graphics="sixel", told=told))[0])
        assert decoders.near(pixels, (mixed, mixed, mixed), 4) == there


def test_a_drawing_is_sharp_in_the_size_that_it_has():
    for width, size in ((100, (614, 461)), (50, (400, 300))):  # 460.8 points are 614.4 pixels
        sequence, _ = decoders.in_its_room(shown(SVG, graphics="kitty", width=width))
        data, keys = decoders.kitty(sequence)
        image = opened(data).convert("RGB")
        assert (image.width, keys["c"]) == (size[0], str(round(size[0] / 8)))
        assert image.height - size[1] in (0, 1)
        assert all(near(image, each, 40) > 100 for each in (BLUE, ORANGE))


def test_a_result_that_is_a_picture_begins_below_its_prompt():
    written: list[str] = []
    look = LOOK._replace(graphics="kitty", colour=False)
    place = Place(look.width, look.rows)
    paper = InPlace(written.append, lambda: place, lambda seconds, call: pytest.fail("nothing changes here"))
    drawing = Drawing(paper, lambda: look, str)
    drawing.draw(Text("stdout", "unfinished"))
    drawing.draw(Result(3, {"image/png": base64(PLOT), "text/plain": "<PIL.Image>"}, {}))
    text = "".join(written)
    assert text == f"unfinished\nOut[3]: \n{shown(PLOT, graphics='kitty')}\n"
    assert decoders.in_its_room(text.removeprefix("unfinished\nOut[3]: \n").removesuffix("\n"))


# --- in letters


def test_a_plot_is_drawn_in_the_ink_of_its_curves():
    text = shown(PLOT)
    cells = [cell for line in decoders.letters(text) for cell in line]
    assert all(ground is None for _, _, ground in cells), "the ground is the terminal's"
    for curve in BLUE, ORANGE:
        assert (
            sum(decoders.dots(letter) * decoders.near([[seen]], curve, 40) for letter, seen, _ in cells) > 100
        )
    # title, ticks and frame: neither colour
    assert sum(decoders.dots(letter) for letter, seen, _ in cells if seen is None) > 300
    assert decoders.dots(text) < 0.2 * 8 * 80 * 30


def test_the_ink_of_a_transparent_plot_on_any_ground():
    image = opened(PLOT).convert("RGBA")
    image.putdata([clear(*pixel[:3]) for pixel in pixels_of(image)])
    assert without_colour(shown(file(image, "PNG"))) == without_colour(shown(PLOT, background="dark"))


def clear(red: int, green: int, blue: int) -> tuple[int, int, int, int]:
    """A colour that is the given one on white, as clear as can be."""
    alpha = 255 - min(red, green, blue)
    if not alpha:
        return 255, 255, 255, 0
    red, green, blue = (255 - (255 - each) * 255 // alpha for each in (red, green, blue))
    return red, green, blue, alpha


def pixels_of(image: Image.Image) -> list[Any]:
    return [image.getpixel((x, y)) for y in range(image.height) for x in range(image.width)]


def test_photographs_and_heat_maps_are_half_blocks_in_their_colours():
    for data in (HEAT, file(photograph(), "JPEG")):
        text = shown(data)
        assert "▀" in text
        assert not decoders.dots(text)
        pixels = decoders.half_blocks(text)
        small = opened(data).convert("RGB").resize((len(pixels[0]), len(pixels)), Image.Resampling.BOX)
        drawn = [pixel or (0, 0, 0) for row in pixels for pixel in row]
        differences = [
            abs(a - b)
            for one, other in zip(pixels_of(small), drawn, strict=True)
            for a, b in zip(one, other, strict=True)
        ]
        assert sum(differences) / len(differences) < 4


@pytest.mark.parametrize(
    ("depth", "code"), [(24, "38;2;"), (8, "38;5;"), (4, "94"), (1, None)], ids=["24", "8", "4", "1"]
)
def test_fewer_colours(depth, code):
    for data in (PLOT, HEAT):
        text = shown(data, depth=depth)
        assert ("\x1b" in text) == (depth > 1)
        assert code is None or code in text or data is HEAT
        assert [each in text for each in ("38;2;", "38;5;")] == [depth == 24, depth == 8]
    assert without_colour(shown(PLOT, depth=depth)) == shown(PLOT, colour=False)


def test_without_colours_a_photograph_is_as_many_dots_as_it_is_bright():
    ramp = Image.linear_gradient("L").rotate(90).resize((320, 100))
    ramp.paste(128, (0, 0, 320, 1))  # an edge that is no ground
    for background, bright in (("dark", 1), ("light", -1)):
        text = shown(file(ramp, "PNG"), colour=False, background=background, graphics="braille")
        left, right = (
            sum(decoders.dots(line[part]) for line in text.split("\n"))
            for part in (slice(0, 10), slice(30, 40))
        )
        assert (right - left) * bright > 200
    assert set(shown(HEAT, colour=False, graphics="blocks")) <= set(" ▀▄█\n")


def test_what_is_chosen_is_taken():
    assert "▀" in shown(PLOT, graphics="blocks")
    assert decoders.dots(shown(HEAT, graphics="braille")) > 100
    assert shown(PLOT, graphics="none") == f"[PNG picture, 640x480, {len(PLOT) / 1000:.0f} kB]"


def test_what_is_line_art():
    assert is_line_art(opened(PLOT).convert("RGB"))
    assert not is_line_art(opened(HEAT).convert("RGB"))
    assert not is_line_art(photograph())
    night = photograph().point(lambda value: value // 10)
    assert not is_line_art(night), "dark, but not even"
    product = Image.new("RGB", (320, 320), "white")
    product.paste(photograph((180, 180)), (70, 70))
    assert not is_line_art(product), "most is even ground, but not the thing"


# --- sizes


@pytest.mark.parametrize(
    ("size", "about", "look", "columns", "rows"),
    [
        ((640, 480), {}, {}, 80, 30),
        ((640, 480), {}, {"width": 40}, 40, 15),
        ((640, 480), {}, {"rows": 24}, 51, 19),
        ((640, 480), {}, {"cell": (16, 32)}, 40, 15),
        ((1280, 960), {"width": 640, "height": 480}, {}, 80, 30),
        ((1280, 960), {"width": 320}, {}, 40, 15),
        ((1280, 960), {"height": "240"}, {}, 40, 15),
        ((640, 480), {"width": -1, "height": None}, {}, 80, 30),
        ((640, 480), {"width": True, "height": "1e9"}, {}, 80, 30),
        ((640, 480), {"width": float("nan"), "height": [1]}, {}, 80, 30),
        ((5000, 1), {}, {}, 100, 1),
        ((1, 5000), {}, {}, 1, 48),
        ((8, 8), {}, {}, 8, 4),
        ((640, 480), {}, {"width": 0, "rows": 0, "cell": (0, 0)}, 1, 1),
    ],
)
def test_size_in_cells(size, about, look, columns, rows):
    text = shown(
        file(Image.new("RGB", size, "red"), "PNG"), about, **{"graphics": "kitty", "depth": 24, **look}
    )
    _, keys = decoders.kitty(decoders.in_its_room(text)[0])
    assert (int(keys["c"]), int(keys["r"])) == (columns, rows)


@pytest.mark.parametrize("graphics", ["text", "braille", "blocks"])
@pytest.mark.parametrize("cell", [(8, 16), (16, 32), (7, 15), (10, 10)])
def test_letters_keep_the_proportions_and_the_width(graphics, cell):
    for data in (PLOT, HEAT):
        lines = decoders.letters(shown(data, graphics=graphics, cell=cell, width=60))
        assert max(map(len, lines)) <= 60
        assert len(lines) <= 48
    columns, rows = max(map(len, lines)), len(lines)
    assert 1.1 < columns * cell[0] / (rows * cell[1]) < 1.6


def test_a_small_picture_keeps_its_proportions_by_a_clear_edge():
    sequence, _ = decoders.in_its_room(
        shown(file(Image.new("RGB", (40, 40), "red"), "PNG"), graphics="kitty")
    )
    data, keys = decoders.kitty(sequence)
    image = opened(data)
    assert (keys["c"], keys["r"], image.size) == ("5", "3", (40, 48))
    assert [image.getchannel("A").getpixel((20, y)) for y in (39, 40)] == [255, 0]


def test_a_photograph_is_upright():
    tall = photograph((100, 60))
    exif = Image.Exif()
    exif[0x0112] = 6
    sequence, _ = decoders.in_its_room(shown(file(tall, "JPEG", exif=exif), graphics="kitty"))
    assert opened(decoders.kitty(sequence)[0]).size == (64, 112)


def test_a_transparent_plot_gets_the_ground_that_it_needs():
    image = Image.new("RGBA", (64, 64))
    image.paste((0, 0, 0, 255), (0, 30, 64, 34))
    data = file(image, "PNG")
    for background, corner in (("dark", (255, 255, 255)), ("light", None)):
        sequence, _ = decoders.in_its_room(
            shown(data, {"needs_background": "light"}, graphics="kitty", background=background)
        )
        pixel = opened(decoders.kitty(sequence)[0]).convert("RGBA").getpixel((5, 5))
        assert pixel == ((*corner, 255) if corner else (0, 0, 0, 0))


# --- without the libraries, and before the first picture


CHECK = """
import sys
from zconsole.frontend.inplace import InPlace
from zconsole.frontend.look import Look, Place
from zconsole.frontend.render import render
import zconsole.frontend.drawing
render({"text/plain": "1"}, {}, Look())
loaded = {"PIL", "resvg_py", "xml.parsers.expat", "zconsole.frontend.render.pictures"} & set(sys.modules)
assert not loaded, loaded
sys.modules["PIL"] = None
data = sys.stdin.read()
for graphics in "kitty", "iterm2", "sixel", "text":
    print(len(render({"image/png": data}, {}, Look(graphics=graphics))))
print(render({"image/png": data}, {}, Look()))
sys.modules["resvg_py"] = None
print(render({"image/svg+xml": "<svg/>"}, {}, Look(graphics="kitty")))
"""


def test_nothing_is_loaded_before_a_picture_and_a_plot_needs_no_library_in_kitty():
    done = subprocess.run(
        [sys.executable, "-c", CHECK], input=base64(PLOT), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    kitty, iterm2, *none, text, svg = done.stdout.splitlines()
    assert min(int(kitty), int(iterm2)) > len(base64(essential(PLOT)))
    hint = f'[PNG picture, 640x480, {len(PLOT) / 1000:.0f} kB: pip install "zconsole[images]" shows it]'
    assert (none, text) == ([str(len(hint))] * 2, hint)
    assert svg == '[SVG picture, 300x150, 6 bytes: pip install "zconsole[images]" shows it]'


def test_a_formula_is_not_drawn_in_letters_where_its_text_is_there():
    formula, plot = file(Image.new("RGB", (95, 36)), "PNG"), file(Image.new("RGB", (95, 300)), "PNG")

    def wins(data: bytes, plain: str, graphics: str = "text") -> str:
        bundle = {"image/png": base64(data), "text/plain": plain}
        text = without_colour(render(bundle, {}, LOOK._replace(graphics=graphics)))
        return "text" if text == plain else "picture"

    several = "1\n─\nx"
    assert [wins(formula, "x"), wins(plot, several), wins(plot, several, "none")] == ["text"] * 3
    assert [wins(plot, "plot without title"), wins(formula, "<Figure size 95x36>")] == ["picture"] * 2
    assert wins(formula, several, "kitty") == wins(formula, several, "sixel") == "picture"
