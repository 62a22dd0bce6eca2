"""What IPython knows about code that does not run: completions, help, whether a block is complete.

Code of the user's may run for it (`__dir__`, `__repr__`, a transformer of input), so all of it belongs inside
`run_user_code`.
"""

from __future__ import annotations

import builtins
import re
import sys
import warnings
from collections.abc import Iterator
from itertools import repeat
from threading import Lock
from typing import Any

from IPython.core.completer import Completion, provisionalcompleter, rectify_completions
from IPython.utils.tokenutil import token_at_cursor

from zconsole.kernel.kinds import UNKNOWN, Kind, expression_before, kinds
from zconsole.message import Content


class Questions:
    """Answers from a shell of IPython's."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._completing = Lock()
        if "use_jedi" not in shell.config.Completer and "use_jedi" not in shell.config.IPCompleter:
            # the same names without it (it reads sources; the live objects are here), 20 times faster
            shell.Completer.use_jedi = False

    def complete(self, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply; `_jupyter_types_experimental` carries types and signatures."""
        # one at a time: the completer keeps its state in itself, and so does catch_warnings in Python. The
        # wait can be interrupted: what a subshell completes may never end
        with self._completing, provisionalcompleter(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _rectified(code, list(self._shell.Completer.completions(code, cursor_pos)))
        start, end = (found[0].start, found[0].end) if found else (cursor_pos, cursor_pos)
        # IPython's own matcher counts the dot to an attribute's name, jedi and every client do not
        dotted = (
            bool(found) and code[start : start + 1] == "." and all(each.text[:1] == "." for each in found)
        )
        start += dotted
        texts = [each.text[dotted:] for each in found]
        types = [each.type or "" for each in found]
        return {
            "matches": texts,
            "cursor_start": start,
            "cursor_end": end,
            "metadata": {
                "_jupyter_types_experimental": [
                    {"start": start, "end": end, "text": text, "type": kind, "signature": signature}
                    for text, (kind, signature) in zip(
                        texts, self._kinds(code, start, found, texts, types), strict=True
                    )
                ]
            },
        }

    def _kinds(
        self, code: str, start: int, found: list[Completion], texts: list[str], types: list[str]
    ) -> Iterator[Kind]:
        """The kind and signature of each match: IPython's, and where that says only that it is a name, our
        own."""
        names = [text for text, kind in zip(texts, types, strict=True) if kind in _NAMES]
        module = _IMPORT.search(code, max(0, start - 200), start)
        own: Iterator[Kind] = iter(())
        if module and not module[1]:
            own = repeat(("module", ""))
        elif module:
            own = kinds(names, "module", [{"module": sys.modules.get(module[1])}])
        elif (expression := expression_before(code, start)) is not None:
            shell = self._shell
            own = kinds(names, expression, [shell.user_ns, shell.user_global_ns, vars(builtins)])
        for each, kind in zip(found, types, strict=True):
            known = next(own, UNKNOWN) if kind in _NAMES else UNKNOWN
            yield (known[0] or kind, known[1] or each.signature or "")

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Content:
        """The content of an inspect_reply."""
        name = token_at_cursor(code, cursor_pos)
        try:
            data = self._shell.object_inspect_mime(name, detail_level=detail_level)
        except KeyError:
            return {"found": False, "data": {}, "metadata": {}}
        if not self._shell.enable_html_pager:
            data.pop("text/html", None)
        return {"found": True, "data": data, "metadata": {}}

    def is_complete(self, code: str) -> Content:
        """The content of an is_complete_reply."""
        status, indent = self._shell.input_transformer_manager.check_complete(code)
        return (
            {"status": status, "indent": " " * (indent or 0)}
            if status == "incomplete"
            else {"status": status}
        )


def _rectified(code: str, found: list[Completion]) -> list[Completion]:
    if all(each.start == found[0].start and each.end == found[0].end for each in found):
        return found  # as almost always; IPython would make all of them once more
    return list(rectify_completions(code, found))


_NAMES = ("attribute", "variable", "<unknown>")
"""The types of IPython's that say no more than where the match was found."""

_IMPORT = re.compile(
    r"^\s*(?:import\s|from\s+(?=[\w.]*\Z)|from\s+([\w.]+)\s+import\s)[\w., ]*\Z", re.MULTILINE
)
"""What stands before a name that is imported: a module's, or what is in the module of the group."""
