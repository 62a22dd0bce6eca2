"""A session as a file to go on with: a notebook, a script in its language, or Markdown. Pure.

A script is to run again from its beginning. So cells that failed, or that the kernel died of, stand in it as
comments, and in one of Python's so do lines that are IPython's own (`%timeit`, `!ls`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from zconsole.journal.cells import Cell, Past
from zconsole.journal.notebook import Read, Shown, interludes, notebook, outputs, when

Exporter = Callable[[Past, Read], str]


def exporter(past: Past, suffix: str) -> Exporter | None:
    """What makes a file with this suffix (".ipynb") of a session; None when nothing does."""
    if suffix and suffix == script_suffix(past):
        return script
    return _EXPORTERS.get(suffix)


def suffixes(past: Past) -> Sequence[str]:
    """The suffixes of the files that a session can become."""
    own = script_suffix(past)
    return [*_EXPORTERS, *([own] if own else [])]


def script_suffix(past: Past) -> str:
    """The suffix of a script in the session's language; "" when the kernel has not told it."""
    info = past.about.get("language_info")
    told = info.get("file_extension") if isinstance(info, dict) else None
    return str(told or (".py" if _is_python(past) else ""))


def script(past: Past, read: Read) -> str:
    """The text of a script with the inputs of all cells, each behind `%% In [n]`, which editors know."""
    mark = _COMMENTS.get(_language(past), "#")
    told = interludes(past)
    parts = [f"{mark} Session {_title(past)}, exported by zconsole.\n"]
    for number, cell in enumerate(past.cells):
        if number in told:
            parts.append(f"{mark} {told[number]}\n")
        code = cell.code.rstrip("\n")
        if fate(cell):
            code = _commented(code, mark)
        elif _is_python(past):
            code = _runnable(code, mark)
        parts.append(f"{mark} %% In [{cell.count}]{fate(cell)}\n{code}\n")
    return "\n".join(parts)


def markdown(past: Past, read: Read) -> str:
    """The text of a Markdown file with the inputs and outputs of all cells; pictures are in it."""
    shown, told = outputs(past, read), interludes(past)
    parts = [f"# Session {_title(past)}"]
    if past.cells:
        parts.append(f"{when(past.cells[0].started)}, kernel {past.about.get('kernel', '')}.")
    for number, cell in enumerate(past.cells):
        if number in told:
            parts.append(f"*{told[number]}*")
        parts += [f"## In [{cell.count}]{fate(cell)}", _fenced(cell.code, _language(past))]
        parts += chain.from_iterable(map(_in_markdown, shown[number]))
        if cell.cut:
            parts.append("*It has said more than was recorded.*")
    if len(past.cells) in told:
        parts.append(f"*{told[len(past.cells)]}*")
    return "\n\n".join(parts) + "\n"


def fate(cell: Cell) -> str:
    """What was out of the common in a cell's end, as the rest of a heading; "" when nothing was."""
    return _FATES.get(cell.status, "")


def settled(text: str) -> str:
    """Text as a terminal shows it at the end, without escape sequences."""
    return overwritten(_SEQUENCE.sub("", text))


def overwritten(text: str) -> str:
    """Text with the last form of each line that was written over and over, as a progress bar's."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _in_markdown(output: Shown) -> Iterator[str]:
    if output["output_type"] == "stream":
        yield _fenced(settled(output["text"]), "text")
    elif output["output_type"] == "error":
        lines = output["traceback"] or [f"{output['ename']}: {output['evalue']}"]
        yield _fenced(settled("\n".join(lines)), "text")
    else:
        yield _best(output["data"])


def _best(data: Mapping[str, object]) -> str:
    for mime in _PICTURES:
        if mime in data:
            return f"![{mime}](data:{mime};base64,{_text(data[mime]).replace(chr(10), '')})"
    for mime in ("text/markdown", "text/latex"):
        if mime in data:
            return _text(data[mime])
    return _fenced(settled(_text(data.get("text/plain", ", ".join(data)))), "text")


def _text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _fenced(text: str, language: str) -> str:
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _runnable(code: str, mark: str) -> str:
    """Python without what only IPython understands."""
    if _compiles(code):
        return code
    lines = [_commented(line, mark) if _IPYTHON.search(line) else line for line in code.split("\n")]
    return text if _compiles(text := "\n".join(lines)) else _commented(code, mark)


def _compiles(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<cell>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        return False
    return True


def _commented(code: str, mark: str) -> str:
    return "\n".join(f"{mark} {line}".rstrip() for line in code.split("\n"))


def _title(past: Past) -> str:
    name = str(past.about.get("name") or "")
    return name or (when(past.cells[0].started) if past.cells else "without a name")


def _language(past: Past) -> str:
    return str(past.about.get("language") or "").lower()


def _is_python(past: Past) -> bool:
    return _language(past).startswith(("python", "ipython"))


_FATES = {"error": " (failed)", "lost": " (lost with the kernel)", "running": " (still runs)"}

_COMMENTS = {
    **dict.fromkeys(("javascript", "typescript", "c", "c++", "rust", "java", "go", "kotlin", "scala"), "//"),
    **dict.fromkeys(("scheme", "clojure", "lisp", "racket"), ";"),
    **dict.fromkeys(("haskell", "sql", "lua"), "--"),
    **dict.fromkeys(("octave", "matlab", "latex"), "%"),
}
"""What begins a comment where # does not."""

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

_IPYTHON = re.compile(r"^\s*(?:%|!|\?)|\?\s*$|^\s*[\w, ]+=\s*[%!]")
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~]?)", re.DOTALL)

_EXPORTERS: Mapping[str, Exporter] = {".ipynb": notebook, ".md": markdown}
