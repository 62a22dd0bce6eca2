"""Reads what is written for terminals back into pixels, by the protocols' own descriptions."""

from __future__ import annotations

import re
from base64 import b64decode

Pixel = tuple[int, int, int] | None
Rows = list[list[Pixel]]


def in_its_room(text: str) -> tuple[str, int]:
    """The sequence that draws a picture, and how many lines are made for it."""
    found = re.fullmatch(r"(\n+)\x1b\[(\d+)A\x1b7(.*)\x1b8(?:\x1b\[(\d+)B)?", text, re.DOTALL)
    assert found, text[:80]
    rows = len(found[1])
    assert (int(found[2]), int(found[4] or 0)) == (rows, rows - 1)
    return found[3], rows


def kitty(sequence: str) -> tuple[bytes, dict[str, str]]:
    """The file, and the keys that came with its first part."""
    parts = re.findall(r"\x1b_G([^;\x1b]*);([A-Za-z0-9+/=]*)\x1b\\", sequence)
    assert "".join(f"\x1b_G{keys};{text}\x1b\\" for keys, text in parts) == sequence
    keys = [dict(each.split("=") for each in part.split(",")) for part, _ in parts]
    assert [each["m"] for each in keys] == ["1"] * (len(parts) - 1) + ["0"]
    assert all(each["q"] == "2" for each in keys), "an answer would be typed into the prompt"
    assert all(len(text) <= 4096 and len(text) % 4 == 0 for _, text in parts)
    return b64decode("".join(text for _, text in parts), validate=True), keys[0]


def iterm2(sequence: str) -> tuple[bytes, dict[str, str]]:
    """The file, and its keys."""
    found = re.fullmatch(r"\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07", sequence)
    assert found
    keys = dict(each.split("=") for each in found[1].split(";"))
    data = b64decode(found[2], validate=True)
    assert int(keys["size"]) == len(data)
    return data, keys


def sixel(sequence: str) -> Rows:
    """Pixels, None where nothing was drawn. All colours have to be declared before the first pixel."""
    found = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)((?:#\d+;2;\d+;\d+;\d+)*)([^"\x1b]*)\x1b\\', sequence)
    assert found
    width, height = int(found[1]), int(found[2])
    colours = {
        int(number): tuple(round(int(share) * 255 / 100) for share in shares)
        for number, *shares in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", found[3])
    }
    rows: Rows = [[None] * width for _ in range(height)]
    x = y = 0
    colour: Pixel = None
    for token in re.findall(r"#\d+|!\d+[?-~]|[?-~]|\$|-", found[4]):
        if token[0] == "#":
            red, green, blue = colours[int(token[1:])]
            colour = (red, green, blue)
        elif token == "$":
            x = 0
        elif token == "-":
            x, y = 0, y + 6
        else:
            count = int(token[1:-1] or 1) if token[0] == "!" else 1
            for bit in range(6):
                if ord(token[-1]) - 63 >> bit & 1:
                    rows[y + bit][x : x + count] = [colour] * count
            x += count
            assert x <= width
    return rows


def letters(text: str) -> list[list[tuple[str, Pixel, Pixel]]]:
    """Lines of letters with their colours and their grounds'; nothing but colours may be between them."""
    lines = []
    for line in text.split("\n"):
        cells = []
        colour: Pixel = None
        ground: Pixel = None
        for codes, letter in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
            if letter:
                assert letter.isprintable(), repr(letter)
                cells.append((letter, colour, ground))
            else:
                colour, ground = _switched(codes, colour, ground)
        assert (colour, ground) == (None, None), "colours that go on behind the line"
        lines.append(cells)
    return lines


def _switched(codes: str, colour: Pixel, ground: Pixel) -> tuple[Pixel, Pixel]:
    numbers = [int(each) for each in codes.split(";")]
    while numbers:
        code = numbers.pop(0)
        if code in (38, 48):
            assert numbers.pop(0) == 2
            red, green, blue, *numbers = numbers
            colour, ground = ((red, green, blue), ground) if code == 38 else (colour, (red, green, blue))
        else:
            assert code in (0, 39, 90)
            colour, ground = None, None if code == 0 else ground
    return colour, ground


def half_blocks(text: str) -> Rows:
    """Two pixels for each letter."""
    rows: Rows = []
    for line in letters(text):
        rows.append(
            [{"▀": colour, "▄": ground, " ": None, "█": colour}[letter] for letter, colour, ground in line]
        )
        rows.append(
            [{"▀": ground, "▄": colour, " ": None, "█": colour}[letter] for letter, colour, ground in line]
        )
    return rows


def dots(text: str) -> int:
    """How many dots there are in all."""
    return sum((ord(letter) - 0x2800).bit_count() for letter in text if "\u2800" <= letter <= "\u28ff")


def near(pixels: Rows, colour: tuple[int, int, int], tolerance: int = 12) -> int:
    """How many pixels are of nearly this colour."""
    return sum(
        pixel is not None and all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))
        for row in pixels
        for pixel in row
    )
