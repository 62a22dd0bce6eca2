"""Draws an SVG from stdin as a PNG onto stdout: a program, which `svg` runs and nobody imports.

Arguments: the folder that resvg_py is in, and width and height in pixels. Ends with 1 when the file is
damaged. It gives up its life at limits that no plot comes near.
"""

import resource
import sys
from typing import Any

MEMORY = 1 << 30
"""Bytes."""

SECONDS = 2
"""Of processor time; a plot takes 0.05."""

DPI = 96
"""CSS's; without it sizes in points, as matplotlib gives them, are invalid for resvg."""

FONTS: dict[str, dict[str, Any]] = {
    # without these names text in the generic families silently vanishes
    "linux": {
        "font_family": "DejaVu Serif",
        "serif_family": "DejaVu Serif",
        "sans_serif_family": "DejaVu Sans",
        "monospace_family": "DejaVu Sans Mono",
    }
}


def main(folder: str, width: str, height: str) -> int:
    """Draw; 1 when the file is damaged."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
    ):
        resource.setrlimit(limit, (value, value))
    sys.path.append(folder)
    from resvg_py import svg_to_bytes

    text = sys.stdin.buffer.read().decode()
    fonts = FONTS.get(sys.platform, {})
    try:
        png = svg_to_bytes(svg_string=text, width=int(width), height=int(height), dpi=DPI, **fonts)
    except ValueError:
        return 1
    sys.stdout.buffer.write(png)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
