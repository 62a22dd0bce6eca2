"""The page that has the results: between its comments they are the tool's, and the rest is its author's."""

import re
from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

_PART = re.compile(r"(<!-- bench (\S+) -->\n).*?(<!-- end -->)", re.S)


def write(page: Path, texts: Mapping[str, str], pictures: Mapping[str, Figure]) -> None:
    """Put each text between its two comments, and each picture into `images` beside the page.

    A part that the page has no comments for goes to its end: so a page can begin with nothing.
    """
    text = page.read_text() if page.exists() else "# zconsole and its peers, side by side\n"
    for name in texts.keys() - {part[2] for part in _PART.finditer(text)}:
        text += f"\n<!-- bench {name} -->\n<!-- end -->\n"
    whole = {
        name: f"{part}\n\n![](images/{name}.svg)" if name in pictures else part
        for name, part in texts.items()
    }
    text = _PART.sub(
        lambda part: f"{part[1]}\n{whole[part[2]]}\n\n{part[3]}" if part[2] in whole else part[0], text
    )
    images = page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    page.write_text(text)
    for name, picture in pictures.items():
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 9}):
            picture.savefig(images / f"{name}.svg", metadata={"Date": None})
