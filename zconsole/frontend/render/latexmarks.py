"""Marks in the text of a formula, and what becomes of them on one line. Pure.

What stands beside a piece of a formula decides how it is written (`a/b` or `(a/b)`), and that is known only
when all of it is there. So a mark is left where it is to be decided.
"""

from __future__ import annotations

import re

LEFT, RIGHT, BEGIN, END, ROW, COLUMN, SPACE = "\x01\x02\x03\x04\x05\x06\x0e"
"""Before a bracket that grows; around a fraction on one line; between rows and columns; a blank if words
meet there."""


def settled(text: str, ends: bool = False) -> str:
    """Text with its marks resolved: fractions in brackets where others would be read into them, blanks where
    words meet. `ends`: blanks at its ends stay."""
    text = text.replace(LEFT + ".", "").replace(RIGHT + ".", "").replace(LEFT, "").replace(RIGHT, "")
    text = text.replace(ROW, "; ").replace(COLUMN, " ")
    while found := _FRACTION.search(text):
        inside = f"({found[2]})" if found["before"] or found["behind"] else found[2]
        text = f"{text[: found.start(2) - 1]}{inside}{text[found.end(2) + 1 :]}"
    text = _NEEDED.sub(" ", text).replace(SPACE, "")
    text = re.sub(r"\s+", " ", text)
    text = _TIGHT.sub(r" \1 ", text)
    text = re.sub(r"([(\[⟨]) +| +([)\],⟩])", r"\1\2", text)
    return text if ends else text.strip()


_FRACTION = re.compile(
    rf"(?P<before>[/^_√])?\s*{BEGIN}([^{BEGIN}{END}]*){END}(?P<behind>\s*[\w(\[√{BEGIN}/^∑∏∫]|[⁰-ₜ²³¹ᵀ])?"
)
_NEEDED = re.compile(rf"(?<=[\w)\]∞]){SPACE}+(?=\w)(?![_⁰-ₜ²³¹ᴬ-ᶿ])|(?<=\w){SPACE}+(?=[√∑∏∫])")
_TIGHT = re.compile(r" ([∧∨→⇒⇔↦=<>≤≥≠≈≡∈∉⊂⊆∪∩×⊗⊕∘])(?=[^\s=])")
