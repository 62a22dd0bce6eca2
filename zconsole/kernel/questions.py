"""What IPython knows about code that does not run: completions, help, whether a block is complete.

Code of the user's may run for it (`__dir__`, `__repr__`, a transformer of input), so all of it belongs inside
`run_user_code`.
"""

from __future__ import annotations

import warnings
from threading import Lock
from typing import Any

from IPython.core.completer import Completion, provisionalcompleter, rectify_completions
from IPython.utils.tokenutil import token_at_cursor

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
            raw = self._shell.Completer.completions(code, cursor_pos)
            found = [_without_dot(item, code) for item in rectify_completions(code, raw)]
        start, end = (found[0].start, found[0].end) if found else (cursor_pos, cursor_pos)
        details = [
            {
                "start": item.start,
                "end": item.end,
                "text": item.text,
                "type": item.type or "",
                "signature": item.signature or "",
            }
            for item in found
        ]
        return {
            "matches": [item.text for item in found],
            "cursor_start": start,
            "cursor_end": end,
            "metadata": {"_jupyter_types_experimental": details},
        }

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


def _without_dot(item: Completion, code: str) -> Completion:
    # IPython's own matcher counts the dot to an attribute's name, jedi and every client do not
    if item.text[:1] == "." == code[item.start : item.start + 1]:
        text = item.text[1:]
        return Completion(item.start + 1, item.end, text, type=item.type, signature=item.signature)
    return item
