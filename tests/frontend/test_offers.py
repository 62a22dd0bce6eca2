"""What completes the commands of the front end."""

import asyncio
import json

import pytest

from zconsole.frontend.commands import COMMANDS
from zconsole.frontend.offers import offer


def offered(text):
    """The texts that can stand at the end of a command, each whole."""
    result = asyncio.run(offer(text))
    return [] if result is None else [text[: result[0].start] + match.text for match in result[0].matches]


def first(text):
    """What is said of the first of them, and whether nothing else can stand there."""
    result = asyncio.run(offer(text))
    assert result is not None
    return result[0].matches[0].about, result[1]


def test_names():
    assert offered("%") == list(COMMANDS)
    assert offered("%resta") == ["%restart"]
    # the kernel's magics are shown beside
    assert first("%resta") == (COMMANDS["%restart"].help, False)


@pytest.mark.parametrize("text", ["%nosuch", "%%re", "x = %re", "%time re", "%re\n", "%kernel b\n", "% re"])
def test_what_is_none_of_ours(text):
    assert offered(text) == []


def test_kernels(tmp_path, monkeypatch):
    folder = tmp_path / "kernels" / "mine"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(
        json.dumps({"argv": ["m"], "display_name": "My own", "language": "x"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    assert offered("%kernel mi") == ["%kernel mine"]
    assert "%kernel zconsole" in offered("%kernel ")
    assert first("%kernel mi") == ("My own", True)


def test_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    for name in ("notes.ipynb", "notes/old.md", "a.b.py", ".hidden"):
        (tmp_path / name).touch()
    assert offered("%export no") == ["%export notes.ipynb", "%export notes/"]
    assert offered("%export notes/o") == ["%export notes/old.md"]
    assert offered(f"%export {tmp_path}/a") == [f"%export {tmp_path}/a.b.py"]
    assert offered("%export .h") == ["%export .hidden"]
    assert offered("%export nosuch/") == []


def test_settings():
    assert offered("%config Z") == ["%config ZConsole"]
    assert not first("%config Z")[1]  # the kernel has others
    assert offered("%config ZConsole.sig") == ["%config ZConsole.signatures"]
    assert offered("%config ZConsole.signatures = T") == ["%config ZConsole.signatures = True"]
    assert offered("%config ZConsole.completion_style='c") == ["%config ZConsole.completion_style='column'"]
    assert offered("%config IPCompleter.") == []
    assert "signature" in first("%config ZConsole.sig")[0]
