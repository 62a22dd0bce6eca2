"""Block breaking, held against IPython's own answers from one table."""

import gc
import sys
import warnings

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from zconsole.frontend.prompt.blocks import Complete, Incomplete, Invalid, check

SAME_AS_IPYTHON = [
    "1 + 1",
    "a = 1",
    "a = 1\n",
    "a = 1\n\n",
    "a = 1; b = 2",
    "x = (1,",
    "x = [1,\n     2",
    "x = [1,\n     2]",
    "{'a':",
    "f(a,\n  b,\n",
    "f(a)\n",
    "print('(')",
    "print('''",
    "s = '''abc\n  def",
    "s = '''abc\n  def'''",
    's = """it\'s',
    "s = r'\\'",
    "'unterminated",
    "x = 'a' \\",
    "x = 1 + \\\n    2",
    "x = 1 + \\\n",
    "if x:",
    "if x: y",
    "if x: y\n",
    "if x:  # comment",
    "if x:\n    y",
    "if x:\n    y\n",
    "if x:\n    y\n    ",
    "if x:\n    y\nelse:",
    "if x:\n    y\nelse:\n    z",
    "if x:\n    y\nelse:\n    z\n",
    "if x:\n    if y:",
    "if x:\n    if y:\n        z",
    "if x:\n    if y:\n        z\n        ",
    "if x:\n    y\nz",
    "if x:\n    y\n# done",
    "for i in range(3):",
    "for i in range(3):\n    print(i)",
    "for i in range(3):\n    print(i,\n",
    "while True:",
    "while True: pass",
    "def f(a,\n      b):",
    "def f(a,\n      b):\n    x = 1",
    "def f():\n    '''doc",
    "def f():\n    '''doc\n    '''",
    "def f():\n    x = 1\n\n    y = 2",
    "def f():\n    x = 1\n\n    y = 2\n",
    "class A:",
    "class A:\n    x = 1",
    "class A:\n    def f(self):",
    "class A:\n    def f(self): x",
    "@decorator",
    "@decorator\n",
    "@decorator\ndef f():",
    "@decorator\ndef f():\n    x\n",
    "try:",
    "try:\n    x",
    "try:\n    x\n",
    "try:\n    x\nexcept E:",
    "try:\n    x\nexcept E:\n    y",
    "try:\n    x\nexcept E:\n    y\n",
    "try:\n    x\nfinally:\n    y\n",
    "with a as b:",
    "match x:\n    case 1:",
    "match x:\n    case 1:\n        y\n",
    "await x",
    "async def f():",
    "async def f():\n    await x\n",
    "async with a as b:\n    x\n",
    "x = lambda: 1",
    "import",
    "1 +",
    "a b",
    "x = )",
    "foo(]",
    "  a = 1",
    "\n\na = 1",
    "    if x:\n        y",
    "%time x",
    "%timeit foo(",
    "%%time",
    "%%time\n",
    "%%time\nx = 1",
    "%%time\nx = 1\n",
    "%%time\nx = 1\n\n",
    "%%bash\nif true; then",
    "!echo hi",
    "!echo it's (",
    "!!ls",
    "?x",
    "x?",
    "x??",
    "x.y?",
    "%time?",
    "a*?",
    "x = !ls",
    "x = !ls 'a",
    "x = %env HOME",
    "a, b = !ls",
    "x == 1",
    "x = y % z",
    "x != y",
    "(a\n%b)",
    "'''\n%time",
    "if x:\n    !ls",
    "if x:\n    !ls\n",
    "if x:\n    %time y\n    ",
    "for f in x:\n    y = !cat {f}",
    "/f x",
    ",f a b",
    "!ls \\",
    "!ls \\\n  -l",
    ">>> a = 1",
    ">>> if a:\n...     b",
    "In [1]: a = 1",
    "print 'hello'",
    "x = 5 # what?",
    "a = '?'",
    "f'{x}'",
    "f'{x!r}'",
    "x: int = 3",
    "x: int",
    "# comment\na = 1",
]


@pytest.mark.parametrize("text", SAME_AS_IPYTHON)
def test_the_answer_is_ipythons(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        status, indent = TransformerManager().check_complete(text)
    expected = Incomplete(indent or 0) if status == "incomplete" else "ready"
    verdict = check(text)
    assert (verdict if isinstance(verdict, Incomplete) else "ready") == expected


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", Complete()),
        ("   ", Complete()),
        ("\n\n", Complete()),
        ("# only a comment", Complete()),
        ("x = )", Invalid()),
        ("lambda x:", Invalid()),
        ("if x y:", Invalid()),
        ("1\0", Invalid()),
        ("def f():\n    return 1", Incomplete(0)),
        ("def f():\n    if x:\n        return 1", Incomplete(4)),
        ("for i in x:\n    break", Incomplete(0)),
        ("for i in x:\n    continue", Incomplete(0)),
        ("class A:\n    pass", Incomplete(0)),
        ("def f():\n    raise ValueError(", Incomplete(4)),
        ("def f():\n    returned = 1", Incomplete(4)),
        ("def f():\n    x = '''\nreturn", Incomplete(0)),
        ("(" * 1000, Invalid()),
    ],
)
def test_what_is_ours(text, verdict):
    assert check(text) == verdict


@pytest.mark.parametrize(
    "block",
    [
        "def f_{n}(a, other=[1, 2, 'three']):\n    '''Says (it's) nothing.'''\n    return a + other\n",
        "x_{n} = !echo {n}\n%time print('a')\nif x_{n}:\n    y = '%d' % (3,)\n",
    ],
)
def test_the_cost_of_judging_grows_with_the_lines_and_no_faster(block):
    lines = block.count("\n")
    short, long = (
        _steps("".join(block.replace("{n}", str(n)) for n in range(total // lines))) for total in (500, 5000)
    )
    assert 0 < short <= long < 11 * short  # ten times the lines


def _steps(text):
    """Lines of Python that run, and calls of C's."""
    steps = 0

    def count(frame, event, argument):
        nonlocal steps
        steps += event in ("line", "c_call")
        return count

    check(text)  # what is imported or made once is not counted
    gc.disable()  # nor what finalizers of others do
    before = sys.gettrace(), sys.getprofile()
    sys.settrace(count)
    sys.setprofile(count)
    try:
        check(text)
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
        gc.enable()
    return steps
