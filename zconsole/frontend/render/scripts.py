"""Raised and lowered letters, where Unicode has them. Pure."""

from __future__ import annotations


def superscript(text: str) -> str:
    """`²` for 2; with a mark, as `^(x/2)`, when a letter of it has no raised form."""
    return _script(text, "^", _RAISED)


def subscript(text: str) -> str:
    """`₂` for 2; with a mark, as `_(x/2)`, when a letter of it has no lowered form."""
    return _script(text, "_", _LOWERED)


def _script(text: str, mark: str, table: dict[str, str]) -> str:
    text = text.strip()
    close = text.replace(" ", "")
    if all(letter in table for letter in close):
        return "".join(table[letter] for letter in close)
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"


_RAISED = dict(
    zip(
        "0123456789+-=()niabcdefghjklmoprstuvwxyzTABDEGHIJKLMNOPRUVW−′*∗⊤∘†",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵁⱽᵂ⁻′**ᵀ°†",
        strict=True,
    )
)
_LOWERED = dict(
    zip("0123456789+-=()aehijklmnoprstuvxβγρφχ−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₋", strict=True)
)
