"""What LaTeX macros and environments say in text, where pylatexenc says nothing or the wrong thing. Pure.

The functions get a node of pylatexenc's and the `_Formula` that asks; the tables are at the foot.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pylatexenc.latex2text import (
    EnvironmentTextSpec,
    MacroTextSpec,
    SpecialsTextSpec,
    get_default_latex_context_db,
)
from pylatexenc.latexwalker import get_default_latex_context_db as walker_context
from pylatexenc.macrospec import LatexContextDb, MacroSpec, MacroStandardArgsParser, SpecialsSpec

from zconsole.frontend.render import boxes
from zconsole.frontend.render.latexmarks import BEGIN, COLUMN, END, LEFT, RIGHT, ROW, SPACE, settled
from zconsole.frontend.render.scripts import subscript, superscript

if TYPE_CHECKING:
    from zconsole.frontend.render.latex import Formula


@lru_cache(1)
def macros() -> LatexContextDb:
    """Which macros take arguments."""
    found = walker_context()
    taking = [MacroSpec(name, takes) for name, (takes, _) in _TAKING.items()]
    script = MacroStandardArgsParser("{")
    scripts = [SpecialsSpec(sign, args_parser=script) for sign in "^_"]
    found.add_context_category("zconsole", prepend=True, macros=taking, specials=scripts)
    return found


@lru_cache(1)
def texts() -> LatexContextDb:
    """What the macros say."""
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it would complain to the terminal
    found = get_default_latex_context_db()
    macros = {
        **dict.fromkeys(_NOTHING, ""),
        **_SIGNS,
        **{name: _operator(name) for name in _NAMES},
        **{name: says for name, (_, says) in _TAKING.items()},
    }
    found.add_context_category(
        "zconsole",
        prepend=True,
        macros=[MacroTextSpec(name, simplify_repl=says) for name, says in macros.items()],
        environments=[EnvironmentTextSpec(name, simplify_repl=says) for name, says in _ENVIRONMENTS.items()],
        specials=[
            SpecialsTextSpec("&", COLUMN),
            SpecialsTextSpec("^", simplify_repl=_raise),
            SpecialsTextSpec("_", simplify_repl=_lower),
        ],
    )
    found.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=_unknown))
    return found


# --- what the macros say; pylatexenc calls these with a node and itself, by these names


def _fraction(node: Any, l2tobj: Formula) -> str:
    if not l2tobj.flat:
        top, bottom = (l2tobj.box(l2tobj.part(node, number)) for number in (-2, -1))
        return l2tobj.aside(boxes.over(top, bottom))
    top_text, bottom_text = (settled(l2tobj.part(node, number)) for number in (-2, -1))
    top_text = top_text if _PRODUCT.fullmatch(top_text) else f"({top_text})"
    bottom_text = bottom_text if _ATOM.fullmatch(bottom_text) else f"({bottom_text})"
    return f"{BEGIN}{top_text}/{bottom_text}{END}"


def _binomial(node: Any, l2tobj: Formula) -> str:
    if l2tobj.flat:
        return f"C({settled(l2tobj.part(node, -2))}, {settled(l2tobj.part(node, -1))})"
    rows = [[l2tobj.box(l2tobj.part(node, number))] for number in (-2, -1)]
    return l2tobj.aside(boxes.fenced(boxes.grid(rows, "c", 0), "(", ")"))


def _root(node: Any, l2tobj: Formula) -> str:
    index = superscript(l2tobj.on_one_line(node, 0)).lstrip("^")
    inside = l2tobj.argument(node, -1)
    if not l2tobj.flat and len((box := l2tobj.box(inside)).lines) > 1:
        return f"{index}√{l2tobj.aside(boxes.fenced(box, '(', ')'))}"
    inside = settled(inside) if l2tobj.flat else inside
    return f"{index}√{inside}" if _ATOM.fullmatch(inside) else f"{index}√({inside})"


def _lower(node: Any, l2tobj: Formula) -> str:
    return subscript(l2tobj.on_one_line(node, 0))


def _raise(node: Any, l2tobj: Formula) -> str:
    raised = superscript(l2tobj.on_one_line(node, 0))
    return raised + SPACE if raised.startswith("^") else raised


def _left(node: Any, l2tobj: Formula) -> str:
    return LEFT + (l2tobj.on_one_line(node, 0)[:1] or ".")


def _right(node: Any, l2tobj: Formula) -> str:
    return RIGHT + (l2tobj.on_one_line(node, 0)[:1] or ".")


def _overline(node: Any, l2tobj: Formula) -> str:
    return "".join(f"{letter}\u0305" for letter in l2tobj.on_one_line(node, -1))


def _arrow(node: Any, l2tobj: Formula) -> str:
    return f" ─{l2tobj.on_one_line(node, -1)}→ "


def _over_and_base(node: Any, l2tobj: Formula) -> str:
    return l2tobj.argument(node, 1) + superscript(l2tobj.on_one_line(node, 0))


def _under_and_base(node: Any, l2tobj: Formula) -> str:
    return l2tobj.argument(node, 1) + subscript(l2tobj.on_one_line(node, 0))


def _named(node: Any, l2tobj: Formula) -> str:
    return f"{SPACE}{l2tobj.on_one_line(node, -1)}{SPACE}"


def _grouped(node: Any, l2tobj: Formula) -> str:
    inside = l2tobj.argument(node, -1)
    return inside if _ATOM.fullmatch(inside) else f"({inside})"


def _whole(node: Any, l2tobj: Formula) -> str:
    return l2tobj.argument(node, -1)


def _nothing(node: Any, l2tobj: Formula) -> str:
    return ""


def _tag(node: Any, l2tobj: Formula) -> str:
    return f"  ({l2tobj.on_one_line(node, -1)})"


def _modulo(node: Any, l2tobj: Formula) -> str:
    return f" (mod {l2tobj.on_one_line(node, -1)})"


def _chemistry(node: Any, l2tobj: Formula) -> str:
    formula = l2tobj.on_one_line(node, -1).replace("->", " → ")
    return re.sub(r"(?<=[A-Za-z)])\d+", lambda digits: subscript(digits[0]), formula)


def _unknown(node: Any, l2tobj: Formula) -> str:
    return f"\\{node.macroname}{SPACE}"


def _operator(name: str) -> Callable[[Any, Formula], str]:
    return lambda node, l2tobj: f"{SPACE}{name}{SPACE}"


def _matrix(left: str, right: str, align: str = "c") -> Callable[[Any, Formula], str]:
    """An environment with columns, between brackets."""

    def text(node: Any, l2tobj: Formula) -> str:
        rows = l2tobj.rows(node)
        if not l2tobj.flat:
            cells = [[l2tobj.box(cell) for cell in row] for row in rows]
            return l2tobj.aside(boxes.fenced(boxes.grid(cells, align, 2), left, right))
        inside = "; ".join(" ".join(settled(cell) for cell in row) for row in rows)
        return f"{left}{inside}{right}"

    return text


def _equations(node: Any, l2tobj: Formula) -> str:
    """Rows of equations that are aligned at their signs."""
    rows = l2tobj.rows(node)
    if l2tobj.flat:
        return "; ".join(" ".join(settled(cell) for cell in row if cell) for row in rows)
    cells = [[l2tobj.box(cell) for cell in row] for row in rows]
    return l2tobj.aside(boxes.grid(cells, "rlrlrlrl", 1))


_PRODUCT = re.compile(r"(?:[\w.∞'′!⁰-ₜ\u0300-\u036f√-]|\([^()]*\))*")
_ATOM = re.compile(r"\d+(?:\.\d+)?|√?\w[⁰-ₜ²³¹ᴬ-ᶿ'\u0300-\u036f]*!?|\([^()]*\)|√\([^()]*\)|[∞□]")


_NAMES = [
    "arccos",
    "arcsin",
    "arctan",
    "arg",
    "cos",
    "cosh",
    "cot",
    "coth",
    "csc",
    "deg",
    "det",
    "dim",
    "exp",
    "gcd",
    "hom",
    "inf",
    "ker",
    "lg",
    "lim",
    "liminf",
    "limsup",
    "ln",
    "log",
    "max",
    "min",
    "Pr",
    "sec",
    "sin",
    "sinh",
    "sup",
    "tan",
    "tanh",
]
_NOTHING = [
    "displaystyle",
    "textstyle",
    "scriptstyle",
    "scriptscriptstyle",
    "limits",
    "nolimits",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "biggl",
    "biggr",
    "Biggl",
    "Biggr",
    "bigm",
    "Bigm",
    "middle",
    "hline",
    "nonumber",
    "notag",
    "strut",
    "allowbreak",
    "noindent",
    "centering",
    "hfill",
    "rm",
    "bf",
    "it",
    "cal",
    "toprule",
    "midrule",
    "bottomrule",
]
_SIGNS = {
    "land": "∧",
    "lor": "∨",
    "lnot": "¬",
    "iff": " ⇔ ",
    "implies": " ⇒ ",
    "impliedby": " ⇐ ",
    "to": " → ",
    "mid": " | ",
    "lvert": "|",
    "rvert": "|",
    "lVert": "‖",
    "rVert": "‖",
    "|": "‖",
    "lbrace": "{",
    "rbrace": "}",
    "lbrack": "[",
    "rbrack": "]",
    "langle": "⟨",
    "rangle": "⟩",
    "colon": ":",
    "dots": "…",
    "dotsc": "…",
    "dotsb": "⋯",
    "bmod": " mod ",
    ",": " ",
    ";": " ",
    ":": " ",
    "!": "",
    " ": " ",
    "quad": "  ",
    "qquad": "    ",
    "newline": ROW,
    "cr": ROW,
    "\\": ROW,
    "tabularnewline": ROW,
}
_TAKING: Mapping[str, tuple[str, Callable[[Any, Formula], str]]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac"), ("{{", _fraction)),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), ("{{", _binomial)),
    **dict.fromkeys(("overset", "stackrel"), ("{{", _over_and_base)),
    **dict.fromkeys(("overline", "widebar"), ("{", _overline)),
    **dict.fromkeys(("xrightarrow", "xlongrightarrow"), ("[{", _arrow)),
    "underset": ("{{", _under_and_base),
    **dict.fromkeys(("underbrace", "overbrace"), ("{", _grouped)),
    **dict.fromkeys(
        ("boxed", "mathop", "mathbin", "mathrel", "mathord", "mbox", "fbox", "bm"), ("{", _whole)
    ),
    **dict.fromkeys(("boldsymbol", "substack", "textnormal", "hbox"), ("{", _whole)),
    **dict.fromkeys(
        ("color", "phantom", "hphantom", "vphantom", "label", "hspace", "vspace"), ("{", _nothing)
    ),
    "operatorname": ("*{", _named),
    "tag": ("*{", _tag),
    "pmod": ("{", _modulo),
    "ce": ("{", _chemistry),
    "sqrt": ("[{", _root),
    "left": ("{", _left),
    "right": ("{", _right),
}
"""Macros with arguments, as pylatexenc writes these: `[` may be left out, `{` may not."""

_ENVIRONMENTS: Mapping[str, Callable[[Any, Formula], str]] = {
    **dict.fromkeys(("matrix", "smallmatrix", "array", "tabular"), _matrix("", "")),
    **dict.fromkeys(("pmatrix", "psmallmatrix"), _matrix("(", ")")),
    **dict.fromkeys(("bmatrix", "bsmallmatrix"), _matrix("[", "]")),
    "Bmatrix": _matrix("{", "}"),
    "vmatrix": _matrix("|", "|"),
    "Vmatrix": _matrix("‖", "‖"),
    "cases": _matrix("{", "", "l"),
    **{
        name + star: _equations
        for name in ("equation", "align", "aligned", "gather", "gathered", "multline", "split", "eqnarray")
        for star in ("", "*")
    },
}
