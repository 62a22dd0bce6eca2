"""IPython's input transformation, without the part that most cells do not need.

To find magics, system commands and help in a cell IPython tokenizes it, with Python's slow tokenizer: 15 µs
for `pass`, 10 ms for 500 lines. All of these have an escape at the beginning of a line, `%` or `!` behind an
`=`, or a question mark. A cell that has none of it is passed on, unless somebody has added a transformer.
"""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import TransformerManager


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


_IS_SUSPECT = re.compile(r"\A\s*[%!,;/]|=\s*[%!]|\?").search
