"""Formulas: on one line for a sentence, on several by themselves. What is at stake is their value: `a/bx` is
not `(a/b)x`."""

import pytest

from zconsole.frontend.look import Look
from zconsole.frontend.render.latex import formula, inline, latex


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac{1}{2}x", "(1/2)x"),
        (r"\frac{1}{2} + x", "1/2 + x"),
        (r"\frac{a}{xy}", "a/(xy)"),
        (r"a/\frac{b}{c}", "a/(b/c)"),
        (r"\frac{\frac{a}{b}}{c+d}", "(a/b)/(c+d)"),
        (r"\frac12", "1/2"),
        (r"\left(\frac{a}{b}\right)^2", "(a/b)²"),
        (r"x^{2}_i + \alpha^\beta \gamma", "x²ᵢ + α^β γ"),
        (r"e^{-x^2/2}", "e^(-x²/2)"),
        (r"a_{n,m}", "a_(n,m)"),
        (r"\sum_{i=1}^n i^2", "∑ᵢ₌₁ⁿ i²"),
        (r"\sqrt2 + \sqrt[3]{x+1}", "√2 + ³√(x+1)"),
        (r"a \land b \lor \lnot c", "a ∧ b ∨ ¬c"),
        (r"2\sin\theta\cos x", "2 sin θ cos x"),
        (r"\sin^{2}{\left(x \right)}", "sin²(x)"),
        (r"\overline{ab}", "a̅b̅"),
        (r"\binom{n}{k}", "C(n, k)"),
        (r"\begin{pmatrix}1 & 2\\ 3&4\end{pmatrix}", "(1 2; 3 4)"),
        (r"\begin{align}a &= b\\ &= c\end{align}", "a = b; = c"),
        (r"\underbrace{a+b}_{n}", "(a+b)ₙ"),
        (r"\ce{H2O}", "H₂O"),
        (r"a \equiv b \pmod{n}", "a ≡ b (mod n)"),
        (r"90^\circ", "90°"),
        (r"\nobodyknows{x} y", r"\nobodyknows x y"),
        (r"\frac{a}{}", "a/□"),
        ("x" * 6000, ""),
        ("{{{", ""),
    ],
)
def test_in_a_sentence(source, text):
    assert inline(source) == text


DISPLAYED = {
    r"\frac{1}{1+\frac{1}{x}}": """
   1
───────
    1
 1+───
    x""",
    r"\sum_{i=1}^n i^2 = \frac{n(n+1)}{6}": """
 n         n(n+1)
 ∑   i² = ────────
i=1          6""",
    r"\left[\begin{matrix}1 & x\\x^{2} & \frac{\sqrt{2}}{3}\end{matrix}\right]": """
⎡1    x  ⎤
⎢     √2 ⎥
⎢x²  ────⎥
⎣     3  ⎦""",
    r"f(x) = \begin{cases} x^2 & x > 0 \\ 0 & \text{otherwise}\end{cases}": """
f(x) = ⎧x²  x > 0
       ⎩0   otherwise""",
    r"\left. \frac{df}{dx} \right|_{x=0}^2": """
 df │²
────│
 dx │ₓ₌₀""",
    r"\int\limits_{0}^{\infty} \frac{e^{- x^{2}}}{x + 1}\, dx": """
∞   e^(- x²)
∫  ────────── dx
0    x + 1""",
    r"\begin{align} a &= b + c \\ &= d \end{align}": """
a = b + c
  = d""",
    "It is $x^2$ and\n\\[ \\frac{a}{b} \\]": """
It is x² and
 a
───
 b""",
}


@pytest.mark.parametrize("source", DISPLAYED)
def test_by_itself(source):
    assert "\n" + formula(source, 80) == DISPLAYED[source]


def test_what_is_wider_than_the_terminal_stands_on_one_line():
    source = r"\frac{a}{b} = \frac{c}{d}"
    assert formula(source, 13) == " a     c\n─── = ───\n b     d"
    assert formula(source, 8) == "a/b = c/d"


@pytest.mark.parametrize(
    "source", ["{{{", r"\begin{Verbatim}x\end{Verbatim}", r"\documentclass{article}", "$$ $$"]
)
def test_what_is_no_formula_is_shown_as_it_came(source):
    assert latex(source, {}, Look()) == source


def test_no_file_is_read():
    assert "root:" not in latex(r"\input{/etc/passwd} \include{/etc/passwd}", {}, Look())


def test_nothing_is_said_to_the_terminal_beside(capfd, caplog):
    latex(r"\frac{ \textcolor{ \href{a}", {}, Look())
    assert (capfd.readouterr().err, caplog.text) == ("", "")
