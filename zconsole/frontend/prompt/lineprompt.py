"""The prompt for a line: `input()`, a password, a question of our own."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import PromptSession

from zconsole.frontend.prompt.bindings import assemble
from zconsole.frontend.prompt.keys import detach_keys


class Interrupted(Exception):
    """Ctrl+C at a line."""


class LinePrompt:
    """The prompt for lines. `detach` is called for the keys that leave."""

    def __init__(self, *, detach: Callable[[], None], input: Input, output: Output) -> None:
        self.session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            key_bindings=assemble(detach_keys(detach)),
            input=input,
            output=output,
            interrupt_exception=Interrupted,
            include_default_pygments_style=False,
        )

    def ask(self, prompt: str, *, password: bool) -> None:
        """The next line is read behind `prompt`, which may have colours; a password is not shown."""
        self.session.input_processors = [_Hidden()] if password else []
        self.session.message = ANSI(prompt)


class _Hidden(Processor):
    """Shows nothing of what is typed."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Nothing, and the cursor stays."""
        return Transformation([], source_to_display=lambda i: 0, display_to_source=lambda i: 0)
