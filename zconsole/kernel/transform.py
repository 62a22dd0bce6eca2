"""IPython's input transformation, without the parts that most cells do not need.

To find magics, system commands and help in a cell IPython tokenizes it, with Python's slow tokenizer: 15 µs
for `pass`, 10 ms for 500 lines. All of these have an escape at the beginning of a line, `%` or `!` behind an
`=`, or a question mark. A cell that has none of it is passed on, unless somebody has added a transformer.

A cell of one line is looked at by seven checkers: what may IPython mean by its first word? One that has no
such meaning is passed on, unless somebody has added a checker.
"""

from __future__ import annotations

import re
from typing import Any

from IPython.core import prefilter
from IPython.core.autocall import IPyAutocall
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.macro import Macro


class Transformer(TransformerManager):  # type: ignore[misc,unused-ignore]
    """The transformer of a shell."""

    def __init__(self) -> None:
        super().__init__()
        self._usual = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Replace IPython's syntax by calls."""
        if self.token_transformers == self._usual and not any(map(_IS_SUSPECT, lines)):
            return lines
        transformed: list[str] = super().do_token_transforms(lines)
        return transformed


class PrefilterManager(prefilter.PrefilterManager):  # type: ignore[misc,unused-ignore]
    """What a shell makes of the first word of a line."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._usual = list(self.checkers)

    def prefilter_lines(self, lines: str, continue_prompt: bool = False) -> str:
        """Replace a magic without its escape, a macro, or a call without parentheses."""
        if self._is_plain(lines):
            line = lines.rstrip("\n")
            self.shell._last_input_line = line
            return line
        filtered: str = super().prefilter_lines(lines, continue_prompt)
        return filtered

    def _is_plain(self, line: str) -> bool:
        if self.transformers or self.checkers != self._usual:
            return False
        [word], shell = _FIRST_WORD(line), self.shell
        if isinstance(shell.user_ns.get(word), (Macro, IPyAutocall)):
            return False
        return not shell.autocall and not (shell.automagic and shell.find_magic(word))


_FIRST_WORD = re.compile(r"\A\s*(%{0,2}[\w.*]*)").findall
_IS_SUSPECT = re.compile(r"\A\s*[%!,;/]|=\s*[%!]|\?").search
