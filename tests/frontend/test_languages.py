"""Languages by what kernels say of themselves: how they are coloured, and who judges their blocks."""

import asyncio
import subprocess
import sys
from inspect import isawaitable

import pytest
from prompt_toolkit.document import Document
from prompt_toolkit.lexers import PygmentsLexer, SimpleLexer

from zconsole.frontend.languages import Judge, is_python, language_of, lexer_names
from zconsole.frontend.prompt.blocks import Complete, Incomplete
from zconsole.frontend.prompt.looks.lexer import LanguageLexer
from zconsole.frontend.prompt.looks.lexing import EditedLexer


@pytest.mark.parametrize(
    ("info", "lexer"),
    [
        ({"name": "python", "pygments_lexer": "ipython3"}, "IPython"),
        ({"name": "python"}, "IPython"),
        ({"name": "R", "pygments_lexer": "r"}, "S"),
        ({"name": "bash"}, "Bash"),
        ({"name": "c", "mimetype": "text/plain", "file_extension": ".c"}, "C"),
        ({"name": "nobody's", "pygments_lexer": "no such", "mimetype": "application/x-sh"}, "Bash"),
        ({"name": "nobody's", "mimetype": "text/plain", "file_extension": ".rs"}, "Rust"),
        ({"name": "nobody's", "mimetype": "text/none", "file_extension": "jl"}, "Julia"),
        ({"name": "x", "pygments_lexer": {"name": "scheme"}}, "Scheme"),
        ({"name": "nobody's", "mimetype": "text/plain", "file_extension": "."}, None),
        ({"name": None, "mimetype": 3, "file_extension": [".py"]}, None),
        ({}, None),
    ],
)
def test_lexers(info, lexer):
    found = LanguageLexer(lexer_names(info)).load()
    if lexer is None:
        assert isinstance(found, SimpleLexer)
    else:
        assert isinstance(found, PygmentsLexer | EditedLexer)
        assert found.pygments_lexer.name == lexer
    assert found.lex_document(Document("x"))(0)


def test_python_is_judged_here():
    assert [is_python({"name": name}) for name in ("python", "ipython", "bash", "", None)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_kernelspec_that_is_not_there_has_no_language():
    assert language_of("") == language_of("no such kernel") == ""
    assert language_of("zconsole") == "python"


def verdict(text, content):
    """What becomes of Enter behind a text, when a kernel answers with this content."""

    async def ask(request, timeout):
        assert request == {"code": text}
        return content

    async def scenario():
        judge = Judge(ask)
        judge.python = False
        found = judge(text)
        return await found if isawaitable(found) else found

    return asyncio.run(scenario())


@pytest.mark.parametrize("status", ["complete", "invalid", "unknown", "what?", None])
def test_all_but_incomplete_is_run(status):
    assert verdict("x", {"status": status}) == verdict("x", None) == Complete()


def test_incomplete_goes_on_until_two_blank_lines():
    forever = {"status": "incomplete", "indent": "  "}
    for text in ("x", "x\n", "x\n  ", "x\n\ny"):
        assert verdict(text, forever) == Incomplete(2)
    for text in ("x\n\n", "x\n  \n  ", "x\ny\n\t\n", " "):
        assert verdict(text, forever) == Complete()
    assert verdict("x", {"status": "incomplete"}) == Incomplete(0)


@pytest.mark.parametrize("command", ["%restart", "%kernel bash", "%export x.ipynb"])
def test_a_command_of_the_console_is_never_incomplete(command):
    assert verdict(command, {"status": "incomplete"}) == Complete()


def test_python_needs_no_other_languages_lexers():
    """They are half of what Pygments would take of a console's memory."""
    code = (
        "import sys\n"
        "from zconsole.frontend.prompt.looks.ipython import IPythonLexer\n"
        "list(IPythonLexer().get_tokens('%cd /\\nx = np.sum?'))\n"
        "print(*(name for name in sys.modules if name.startswith('pygments.lexers.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert set(run.stdout.split()) == {"pygments.lexers._mapping", "pygments.lexers.python"}
