"""Which call the cursor is in, and what is shown of its signature."""

import pytest

from zconsole.frontend.prompt.hinting.calls import REACH, Call, call_at, name_at
from zconsole.frontend.prompt.hinting.signatures import (
    Signature,
    current,
    digest,
    fitted,
    signature_in,
    text_of,
)

# `|` is the cursor: the name of the call, the number of the argument, its keyword
CALLS = [
    ("f(|", "f", 0, ""),
    ("f(a, |", "f", 1, ""),
    ("f(a, |b, c)", "f", 1, ""),
    ("x = np.array([1, 2], dtype=|", "np.array", 1, "dtype"),
    ("f(g(1), |", "f", 1, ""),
    ("f(g(|", "g", 0, ""),
    ("f(a, {1: (2, |", "f", 1, ""),
    ("f('),(', |", "f", 1, ""),
    ("f(# one,\n  1, |", "f", 1, ""),
    ('f("""a,\nb(""", |', "f", 1, ""),
    ("f(a == |", "f", 0, ""),
    ("größe(𝒳, |", "größe", 1, ""),
    ("return f(|", "f", 0, ""),
    ("%timeit f(|", "f", 0, ""),
]
NO_CALLS = ["", "f|", "f(1)|", "(1, |", "if (a|", "def f(|", "class A(|", "'f(|", "# f(|", "f()(|", "x[0](|"]


@pytest.mark.parametrize(("code", "name", "argument", "keyword"), CALLS)
def test_the_call_at_the_cursor(code, name, argument, keyword):
    position = code.index("|")
    code = code.replace("|", "")
    call = call_at(code, position)
    assert call is not None
    assert (call.name, call.argument, call.keyword) == (name, argument, keyword)
    assert code[: call.end].endswith(name)
    assert code[call.end] == "("


@pytest.mark.parametrize("code", NO_CALLS)
def test_no_call(code):
    assert call_at(code.replace("|", ""), code.find("|")) is None


def test_a_long_block_is_looked_at_near_the_cursor():
    code = "x = 1\n" * 10_000 + "f(a, "
    assert call_at(code, len(code)) == Call("f", len(code) - 4, 1)
    assert call_at("f(" + " " * REACH, REACH + 2) is None


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("np.arr|ay(1)", "np.array"),
        ("np.array|(1)", "np.array"),
        ("np|.array(1)", "np"),
        ("np.array(|1)", ""),
        ("x = |y", "y"),
        ("1.5|", ""),
        ("|", ""),
    ],
)
def test_the_name_at_the_cursor(code, name):
    assert name_at(code.replace("|", ""), code.index("|"))[0] == name


LONG = """\x1b[31mSignature:\x1b[39m
read_csv(
    path: 'a | b',
    *,
    sep: 'str' = ",",
    x=(1, 2),
    **kwargs,
) -> 'DataFrame'
\x1b[31mDocstring:\x1b[39m
Read: a (file)."""
READ_CSV = Signature(
    "read_csv(", ["path: 'a | b'", "*", "sep: 'str' = \",\"", "x=(1, 2)", "**kwargs"], ") -> 'DataFrame'"
)


@pytest.mark.parametrize(
    ("text", "name", "signature"),
    [
        (
            "Signature: f(x: int, y='a)') -> str\nDocstring: d",
            "f",
            Signature("f(", ["x: int", "y='a)'"], ") -> str"),
        ),
        (LONG, "pd.read_csv", READ_CSV),
        (
            "Init signature: dict(self, /, *args, **kwargs)\nDocstring:",
            "dict",
            Signature("dict(", ["*args", "**kwargs"], ")"),
        ),
        ("Init signature: A(self)\nDocstring:", "A", Signature("A(", [], ")")),
        (
            "paste(..., sep = ' ')\n\nText",
            "paste",
            Signature("paste(", ["...", "sep = ' '"], ")"),
        ),  # another kernel's
        ("A text (about) something", "f", None),
        ("Type: int\nString form: 3", "x", None),
        ("", "f", None),
    ],
)
def test_the_signature_in_what_a_kernel_says(text, name, signature):
    assert signature_in(text, name) == signature


@pytest.mark.parametrize(
    ("argument", "keyword", "parameter"),
    [(0, "", 0), (1, "", None), (0, "x", 3), (7, "sep", 2), (0, "unknown", 4)],
)
def test_the_parameter_of_an_argument(argument, keyword, parameter):
    assert current(READ_CSV, argument, keyword) == parameter


def test_parameters_by_position_alone_and_all_the_rest():
    assert current(Signature("f(", ["a", "/", "b", "*rest"], ")"), 1, "") == 2
    assert current(Signature("f(", ["a", "/", "b", "*rest"], ")"), 5, "") == 3
    assert current(Signature("f(", [], ")"), 0, "") is None


def test_a_long_signature_is_shown_around_the_parameter():
    assert "".join(fitted(READ_CSV, None, 200)) == (
        "read_csv(path: 'a | b', *, sep: 'str' = \",\", x=(1, 2), **kwargs) -> 'DataFrame'"
    )
    assert fitted(READ_CSV, 3, 70) == (
        "read_csv(…, *, sep: 'str' = \",\", ",
        "x=(1, 2)",
        ", **kwargs) -> 'DataFrame'",
    )
    assert fitted(Signature("f(", [], ")"), None, 60) == ("f(", "", ")")


def test_what_is_wanted_first():
    assert digest(LONG, "pd.read_csv").split("\n") == [
        "read_csv(path: 'a | b', *, sep: 'str' = \",\", x=(1, 2), **kwargs) -> 'DataFrame'",
        "Read: a (file).",
    ]
    assert digest("Type: int\nString form: 3\nDocstring:  A number\nType: again", "x") == "A number"
    assert digest("\x1b[1mText\x1b[0m of another kernel\n", "x") == "Text of another kernel"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"found": True, "data": {"text/plain": "a"}}, "a"),
        ({"found": True, "data": {"text/plain": 3}}, ""),
        ({"found": False, "data": {"text/plain": "a"}}, ""),
        ({"found": True, "data": []}, ""),
        ({}, ""),
    ],
)
def test_the_text_of_a_reply(content, text):
    assert text_of(content) == text
