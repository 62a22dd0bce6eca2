"""What is shown of values that kernels send (`bundles`, recorded by `record`) and of documents of each kind
(`documents`), in 40 and in 100 columns, held against files that one can read. Of pictures the beginning alone
has been recorded, for which there is one line; what they look like is in `test_golden_pictures`.

`python -m tests.frontend.render.test_golden` writes `golden` anew; then look at what git says of it.
"""

import json
from pathlib import Path

import pytest

from zconsole.frontend.look import Look
from zconsole.frontend.render import VIEW, render
from zconsole.frontend.render.flow import columns
from zconsole.frontend.render.latex import inline

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
WIDTHS = (40, 100)
BUNDLES = sorted(path.stem for path in (HERE / "bundles").glob("*.json"))
DOCUMENTS = {
    "page.html": "text/html",
    "text.md": "text/markdown",
    "formulas.txt": "text/latex",
    "value.json": "application/json",
    "widgets.json": VIEW,
}


def shown(name, width):
    """All that a file makes on the screen: without colours, and where that differs with them."""
    return "".join(
        f"######## {what}\n{text(width, False)}\n" + colours(text, width) for what, text in values(name)
    )


def values(name):
    """(what it is, a function from a width and whether there are colours to its text)."""
    if name in DOCUMENTS:
        yield from document(name, (HERE / "documents" / name).read_text(encoding="utf-8"))
        return
    for what, data, metadata in json.loads((HERE / "bundles" / f"{name}.json").read_text(encoding="utf-8")):
        yield what, drawn(data, metadata)


def document(name, source):
    """Formulas one by one; anything else as one value."""
    if name == "formulas.txt":
        for formula in source.splitlines():
            yield formula, drawn({"text/latex": formula})
            yield "in a sentence", lambda width, colour, formula=formula: inline(formula)
    elif name == "widgets.json":
        yield name, drawn({VIEW: {"model_id": "top"}}, models=json.loads(source))
    else:
        yield name, drawn({DOCUMENTS[name]: json.loads(source) if name.endswith("json") else source})


def drawn(data, metadata=None, models=None):
    return lambda width, colour: render(
        data, metadata or {}, Look(width=width, colour=colour, depth=24), models or {}
    )


def colours(text, width):
    coloured = text(width, True)
    return "" if coloured == text(width, False) else f"#### in colour\n{coloured}\n".replace("\x1b", "␛")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*BUNDLES, *DOCUMENTS])
def test_what_is_shown(name, width):
    assert shown(name, width) == (GOLDEN / f"{name}.{width}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["page.html", "widgets.json"])
def test_what_we_lay_out_is_no_wider_than_the_terminal(name):
    for _, text in values(name):
        assert max(map(columns, text(40, False).split("\n"))) <= 40


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in [*BUNDLES, *DOCUMENTS]:
        for width in WIDTHS:
            (GOLDEN / f"{name}.{width}").write_text(shown(name, width), encoding="utf-8")
