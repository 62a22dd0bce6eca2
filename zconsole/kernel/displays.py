"""IPython's outward side: results, displays and payloads become messages.

IPython prints; a kernel publishes. IPython's own classes for that (displayhook, display publisher, payload,
formatter, the traps around a cell) are replaced by ones that say the same thing on iopub or in the reply, for
the cell that the calling code belongs to. `shell` puts them in their places.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.display_trap import DisplayTrap
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.payload import PayloadManager

from zconsole.kernel.figures import dressed, is_figure
from zconsole.message import Content


class ResultHook(DisplayHook):
    """The value of a cell becomes an execute_result."""

    @property
    def prompt_count(self) -> int:
        """The number of the cell."""
        number: int | None = self.shell.running.number
        return self.shell.execution_count if number is None else number

    @property
    def exec_result(self) -> Any:
        """Where IPython keeps the value for the hooks that run behind the cell."""
        return self.shell.running.result

    @exec_result.setter
    def exec_result(self, result: Any) -> None:
        self.shell.running.result = result

    def quiet(self) -> bool:
        """Whether the cell ends with a semicolon."""
        source = self.shell.running.source
        return ";" in source and bool(self.semicolon_at_end_of_expression(source))  # which tokenizes it

    def start_displayhook(self) -> None:
        """A value is about to be shown."""
        self._is_active = True

    def write_output_prompt(self) -> None:
        """The client draws the prompt, from the message's execution_count."""

    def write_format_data(
        self, format_dict: Mapping[str, Any], md_dict: Mapping[str, Any] | None = None
    ) -> None:
        """Publish the value's representations: MIME type to data."""
        self.shell.outbox.publish(
            "execute_result",
            {"execution_count": self.prompt_count, "data": format_dict, "metadata": md_dict or {}},
            self.shell.request_parent.header,
        )

    def update_user_ns(self, result: object) -> None:
        """`_` and `Out`: only for cells that are kept in the history."""
        if self.shell.running.storing:
            super().update_user_ns(result)

    def log_output(self, format_dict: Mapping[str, Any]) -> None:
        """Keep the text for `%history -o` and the log; not the other representations."""
        text = format_dict.get("text/plain")
        if text is None:
            return
        if self.shell.logger.log_output:
            self.shell.logger.log_write(text, "output")
        self.shell.history_manager.output_hist_reprs[self.prompt_count] = text

    def finish_displayhook(self) -> None:
        """The value has been shown."""
        self._is_active = False


MessageHook = Callable[[dict[str, Any]], dict[str, Any] | None]


class DisplayPort(DisplayPublisher):
    """`display()` becomes display_data or update_display_data."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of_thread = threading.local()

    def publish(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        source: object = None,
        *,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        buffers: Sequence[bytes] = (),
        **_: Any,
    ) -> None:
        """Publish representations of one object: MIME type to data; `transient` may hold a display_id."""
        self._publish(
            "update_display_data" if update else "display_data",
            {"data": data, "metadata": metadata or {}, "transient": transient or {}},
            buffers,
        )

    def clear_output(self, wait: bool = False) -> None:
        """Have clients clear the output of this cell; with `wait`, when the next output comes."""
        self._publish("clear_output", {"wait": bool(wait)})

    def register_hook(self, hook: MessageHook) -> None:
        """Have a function see each message of this thread before it goes out: it returns the message, as a
        dictionary, changed or not, or None when nothing is to go out."""
        self._hooks.append(hook)

    def unregister_hook(self, hook: MessageHook) -> bool:
        """Take a function away; whether it was there."""
        if hook not in self._hooks:
            return False
        self._hooks.remove(hook)
        return True

    def _publish(self, msg_type: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        message = {"content": content, "metadata": {}, "buffers": buffers}
        for hook in self._hooks:
            changed = hook({"header": {"msg_type": msg_type}, "msg_type": msg_type, **message})
            if changed is None:
                return
            message = {name: changed[name] for name in message}
        self.shell.outbox.publish(
            msg_type,
            message["content"],
            self.shell.request_parent.header,
            metadata=message["metadata"],
            buffers=message["buffers"],
        )

    @property
    def _hooks(self) -> list[MessageHook]:
        # what captures the output of one thread must not swallow another's
        hooks: list[MessageHook] = self._of_thread.__dict__.setdefault("hooks", [])
        return hooks


class CellPayload(PayloadManager):
    """What a cell has for its reply."""

    @property
    def _payload(self) -> list[Content]:
        payload: list[Content] = self.parent.running.payload
        return payload

    @_payload.setter
    def _payload(self, payload: list[Content]) -> None:
        self.parent.running.payload = payload


class Permanent:
    """A trap of IPython's that is set once and stays: cells of subshells begin and end at any time, and a
    late thread looks for the same names as its cell."""

    def __enter__(self) -> Permanent:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Builtins(Permanent, BuiltinTrap):
    """get_ipython and the like among the builtins."""


class Hook(Permanent, DisplayTrap):
    """sys.displayhook. User code may replace it for the time of a cell, also for one that it runs itself:
    %%capture does."""

    def __enter__(self) -> Hook:
        running = self.hook.shell.running
        if not running.hooked:
            running.hooked = True
            sys.displayhook = self.hook
        return self


class Representations(DisplayFormatter):
    """IPython's formatter, which shows what a `_repr_*_` raises and goes on; here the cell learns of it."""

    def format(self, obj: object, include: Any = None, exclude: Any = None) -> Any:
        """Representations of an object and their metadata, by MIME type: those that could be made."""
        if include is None and type(obj) in _PLAIN and self._is_only_text(type(obj).__mro__):
            include = _TEXT
        running = self.parent.running
        before, running.failure = running.failure, None
        try:
            with self._dressed(obj):
                return super().format(obj, include, exclude)
        finally:
            running.format_failure = running.format_failure or running.failure
            running.failure = before

    def _is_only_text(self, kinds: Sequence[type]) -> bool:
        """Whether nobody has registered another representation of these types. Of Python's own types most
        values are, and each of ten formatters would look for a method that they do not have."""
        for mime, formatter in (*self.formatters.items(), ("", self.mimebundle_formatter)):
            if mime != "text/plain" and (
                formatter.deferred_printers
                or formatter.singleton_printers
                or not formatter.type_printers.keys().isdisjoint(kinds)
            ):
                return False
        return True

    def _dressed(self, obj: object) -> AbstractContextManager[None]:
        terminal = self.parent.terminal() if is_figure(obj) else None
        return dressed(obj, terminal) if terminal else nullcontext()


_PLAIN = frozenset({bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple})
_TEXT = frozenset({"text/plain"})
