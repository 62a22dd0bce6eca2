"""What IPython knows about code that does not run: completions, help, whether a block is complete.

Code of the user's may run for it (`__dir__`, `__repr__`, a transformer of input), so all of it belongs inside
`run_user_code`.
"""

from __future__ import annotations

import warnings
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from IPython.core.completer import Completion, IPCompleter, provisionalcompleter, rectify_completions
from IPython.utils.tokenutil import token_at_cursor

from zconsole.message import Content

if TYPE_CHECKING:
    from pdb import Pdb


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
        if "use_jedi" not in shell.config.Completer and "use_jedi" not in shell.config.IPCompleter:
            # the same names without it (it reads sources; the live objects are here), 20 times faster
            shell.Completer.use_jedi = False

    def complete(self, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply; `_jupyter_types_experimental` carries types and signatures."""
        return _reply(self._completions(self._shell.Completer, code, cursor_pos), cursor_pos)

    def complete_command(self, debugger: Pdb, code: str, cursor_pos: int) -> Content:
        """The content of a complete_reply for a line that a debugger asks for: its own words, and the names
        where it stands."""
        from zconsole.kernel.pdbs import namespaces, own_words

        own, only = own_words(debugger, code[:cursor_pos])
        start = cursor_pos - len(own[0].written) if own else cursor_pos
        found = [Match(start, cursor_pos, word.text, word.kind) for word in own]
        if not only:
            names, global_names = namespaces(debugger)
            completer = IPCompleter(
                shell=self._shell,
                namespace=names,
                global_namespace=global_names,
                parent=self._shell,
                disable_matchers=_NOT_IN_A_DEBUGGER,
            )
            completer.use_jedi = self._shell.Completer.use_jedi
            known = self._completions(completer, code, cursor_pos)
            taken = {item.text for item in found}
            found += [item for item in known if item.text not in taken and (not own or item.start == start)]
        return _reply(found, cursor_pos)

    def _completions(self, completer: Any, code: str, cursor_pos: int) -> list[Match]:
        # one at a time: the completer keeps its state in itself, and so does catch_warnings in Python. The
        # wait can be interrupted: what a subshell completes may never end
        with self._completing, provisionalcompleter(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = completer.completions(code, cursor_pos)
            return [_match(item, code) for item in rectify_completions(code, raw)]

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


def _match(item: Completion, code: str) -> Match:
    # IPython's own matcher counts the dot to an attribute's name, jedi and every client do not
    dot = item.text[:1] == "." == code[item.start : item.start + 1]
    text = item.text.removeprefix(".") if dot else item.text
    return Match(item.start + dot, item.end, text, item.type or "", item.signature or "")


# pdb knows no magics
_NOT_IN_A_DEBUGGER = [
    f"IPCompleter.{name}_matcher" for name in ("magic", "magic_config", "magic_color", "custom_completer")
]
