"""What IPython knows about code that does not run: completions, help, whether a block is complete.

Code of the user's may run for it (`__dir__`, `__repr__`, a transformer of input), so all of it belongs inside
`run_user_code`.
"""

from __future__ import annotations

import builtins
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from IPython.utils.tokenutil import token_at_cursor

from zconsole.kernel.kinds import UNKNOWN, Kind, expression_before, kinds
from zconsole.message import Content

if TYPE_CHECKING:
    from pdb import Pdb

    from IPython.core.completer import Completion


class Match(NamedTuple):
    """A completion: `text` in place of the code from `start` to `end`, and what is known of it."""

    start: int
    end: int
    text: str
    type: str = ""
    signature: str = ""


class Questions:
    """Answers from a shell of IPython's."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._completing = Lock()

    def complete(self, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply; `_jupyter_types_experimental` carries types and signatures."""
        shell = self._shell
        names = [shell.user_ns, shell.user_global_ns, vars(builtins)]
        return _reply(self._completions(shell.Completer, code, cursor_pos, names), cursor_pos)

    def complete_command(self, debugger: Pdb, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply for a line that a debugger asks for: its own words, and the names
        where it stands."""
        from zconsole.kernel.pdbs import namespaces, own_words

        own, only = own_words(debugger, code[:cursor_pos])
        start = cursor_pos - len(own[0].written) if own else cursor_pos
        found = [Match(start, cursor_pos, word.text, word.kind) for word in own]
        if not only:
            from IPython.core.completer import IPCompleter

            names, global_names = namespaces(debugger)
            completer = IPCompleter(
                shell=self._shell,
                namespace=names,
                global_namespace=global_names,
                parent=self._shell,
                disable_matchers=_NOT_IN_A_DEBUGGER,
            )
            completer.use_jedi = self._shell.Completer.use_jedi
            everywhere = [names, global_names, vars(builtins)]
            known = self._completions(completer, code, cursor_pos, everywhere)
            taken = {item.text for item in found}
            found += [item for item in known if item.text not in taken and (not own or item.start == start)]
        return _reply(found, cursor_pos)

    def _completions(
        self, completer: Any, code: str, cursor_pos: int, names: Sequence[Mapping[str, Any]]
    ) -> list[Match]:
        from IPython.core.completer import provisionalcompleter

        # one at a time: the completer keeps its state in itself, and so does catch_warnings in Python. The
        # wait can be interrupted: what a subshell completes may never end
        with self._completing, provisionalcompleter(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _rectified(code, list(completer.completions(code, cursor_pos)))
        if not found:
            return []
        start, end = found[0].start, found[0].end
        # IPython's own matcher counts the dot to an attribute's name, jedi and every client do not
        dotted = code[start : start + 1] == "." and all(each.text[:1] == "." for each in found)
        start += dotted
        texts = [each.text[dotted:] for each in found]
        types = [each.type or "" for each in found]
        known = self._kinds(code, start, found, texts, types, names)
        return [Match(start, end, text, *kind) for text, kind in zip(texts, known, strict=True)]

    def _kinds(
        self,
        code: str,
        start: int,
        found: list[Completion],
        texts: list[str],
        types: list[str],
        namespaces: Sequence[Mapping[str, Any]],
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
            own = kinds(names, expression, namespaces)
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


def nothing(cursor_pos: int) -> Content:
    """The content of a complete_reply without a match."""
    return _reply([], cursor_pos)


def _reply(found: list[Match], cursor_pos: int) -> Content:
    start, end = (found[0].start, found[0].end) if found else (cursor_pos, cursor_pos)
    return {
        "matches": [item.text for item in found],
        "cursor_start": start,
        "cursor_end": end,
        "metadata": {"_jupyter_types_experimental": [item._asdict() for item in found]},
    }


def _rectified(code: str, found: list[Completion]) -> list[Completion]:
    if all(each.start == found[0].start and each.end == found[0].end for each in found):
        return found  # as almost always; IPython would make all of them once more
    from IPython.core.completer import rectify_completions

    return list(rectify_completions(code, found))


_NAMES = ("attribute", "variable", "<unknown>")
"""The types of IPython's that say no more than where the match was found."""

_IMPORT = re.compile(
    r"^\s*(?:import\s|from\s+(?=[\w.]*\Z)|from\s+([\w.]+)\s+import\s)[\w., ]*\Z", re.MULTILINE
)
"""What stands before a name that is imported: a module's, or what is in the module of the group."""

# pdb knows no magics
_NOT_IN_A_DEBUGGER = [
    f"IPCompleter.{name}_matcher" for name in ("magic", "magic_config", "magic_color", "custom_completer")
]
