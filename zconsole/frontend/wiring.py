"""One session, put together: which room gets what from which. Nothing is decided here.

Order is what this file is about. When the kernel is our own, the prompt is painted first: all that is needed
from the first Enter on (the console, zmq, Pygments) is imported behind it, 90 ms that nobody waits for.
What is typed meanwhile waits in the terminal.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zconsole._version import __version__
from zconsole.connection import data_directory
from zconsole.frontend.choosing.kernels import Target
from zconsole.frontend.languages import (
    Judge,
    file_suffix,
    is_python,
    language_info,
    language_of,
    lexer_names,
)
from zconsole.frontend.link import Attaching, Link
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.prompt.blockprompt import Calls
from zconsole.frontend.prompt.device.tty import Tty
from zconsole.frontend.prompt.hinting.completer import KernelCompleter
from zconsole.frontend.prompt.looks.lexer import LanguageLexer
from zconsole.frontend.prompt.memory.history import FileHistory
from zconsole.frontend.prompt.terminal import Ended, Terminal
from zconsole.frontend.questions import Questions
from zconsole.frontend.settings import Settings, for_terminal
from zconsole.frontend.signals import Sigint
from zconsole.frontend.standins import take_away

if TYPE_CHECKING:
    from zconsole.frontend.console import Console
    from zconsole.frontend.prompt.hinting.matches import Found
    from zconsole.kernelmanager import KernelManager
    from zconsole.message import Content
    from zconsole.recorder import Recorder

BACKLOG = 64
"""Messages of iopub that wait here to be drawn: what our own kernel says runs at most 4 MB ahead of us, and
Ctrl+C does not have to wait for more."""

REST = 0.3
"""Seconds without a key after which what the first Tab will need is got ready."""
KERNEL_AHEAD = 2.0
"""Seconds by which our kernel may have begun its session of IPython's history before ours was opened."""


def run_session(target: Target, settings: Settings) -> int:
    """Run a session with a kernel; the exit code."""
    return asyncio.run(_session(target, settings))


async def _session(target: Target, settings: Settings) -> int:
    loop = asyncio.get_running_loop()
    settings = for_terminal(settings, os.environ.get("TERM", ""))
    preferences = Preferences(settings)
    judge = Judge(lambda content, timeout: link.ask("is_complete_request", content, timeout))
    questions = Questions(lambda msg_type, content, timeout: link.ask(msg_type, content, timeout))
    completer = KernelCompleter(questions.complete, _offer)
    terminal = Terminal(
        Tty(loop),
        look=Look(),
        judge=judge,
        completer=completer,
        history=_history(target.language or "unknown", lambda sentence: console().say(sentence)),
        preferences=preferences,
        calls=Calls(
            suspend=lambda: console().suspend(),
            interrupt=lambda: console().interrupt_others(),
            detach=lambda: console().detach(),
            resized=lambda: console().resized(),
            language=lambda: (history or "python").lower(),
            inspect=questions.inspect,
        ),
        complete_line=lambda asked, content, timeout: link.complete_line(asked, content, timeout),
        debugger_history=lambda: _history("debugger", lambda sentence: console().say(sentence)),
    )
    history = target.language
    kernel_info: Content = {}
    terminal.use_lexer(LanguageLexer(["ipython3"] if target.own else [target.language]))

    def learn(info: Content) -> None:
        nonlocal history, kernel_info
        kernel_info = info
        language = language_info(info)
        judge.python = is_python(language)
        questions.learn(info)
        completer.learn(completes=judge.python)
        lexer = LanguageLexer(lexer_names(language))
        terminal.use_lexer(lexer)
        terminal.suffix = file_suffix(language)
        if terminal.painted.is_set():
            loop.call_soon(lexer.load)  # or the first key would wait for it, 60 to 100 ms
        name = target.language or str(language.get("name", "unknown"))
        if name != history:
            history = name
            terminal.use_history(_history(name, console().say))
        terminal.use_kernel(name)
        console().learned(info)

    def unheard() -> None:
        nonlocal history
        history = language = language_of(target.info.kernel_name)
        judge.python = is_python({"name": language})
        terminal.use_lexer(LanguageLexer([language]))
        terminal.use_history(_history(language or "unknown", console().say))
        console().doubt("The kernel is there, but it has not answered yet.")

    def connect() -> KernelManager:
        from zconsole.kernelmanager import KernelManager

        link.recorder = record()
        console().arrive(target.file, target.journal)
        manager = KernelManager(
            target.info,
            listener=console(),
            launched=target.launched,
            interrupt_by_message=target.by_message,
            signal=target.interrupt,
            pid=target.pid,
            username=_username(settings),
            backlog=BACKLOG if target.own else 0,
            recorder=link.recorder,
            watch=target.watch,
        )
        manager.open()
        return manager

    def record() -> Recorder | None:
        if not (settings.journal and target.launched):
            return None
        from zconsole.frontend.past.recording import begin
        from zconsole.recorder import DEFAULT, Recorder

        recorded, launched = target, target.launched
        room = settings.journal_mb << 20
        return Recorder(
            lambda: begin(recorded, launched, kernel_info, console().recovers),
            lambda text: console().say(text),
            DEFAULT._replace(session=min(room, DEFAULT.session)) if room else DEFAULT,
        )

    def choose(name: str) -> None:
        nonlocal target
        from zconsole.frontend.choosing.attach import kernel_or_running

        target = kernel_or_running(name, settings.keep_hours, settings.profile)

    @cache
    def console() -> Console:
        from zconsole.frontend.console import Console, Options

        options = Options(
            settings.confirm_exit,
            kernel_banner=settings.banner and not target.own,
            quiet_others=settings.quiet_others,
            username=_username(settings),
            recover=settings.recover,
            recover_unasked=settings.yes,
        )
        preferences.observe(lambda names: console().changed(preferences.now))
        return Console(terminal, sigint, link, options, choose)

    sigint = Sigint(loop)
    attaching = Attaching(
        unheard, lambda sentence: console().doubt(sentence), lambda why: console().failed(why)
    )
    link = Link(connect, learn, attaching, settings.keep_hours, lambda: terminal.rest(REST))
    ending = _Ending()
    with sigint.session(), terminal.session(), _signals(loop, ending, console):
        try:
            terminal.write(_banner(target) if settings.banner else "")
            terminal.write("".join(f"{problem}\n" for problem in terminal.key_problems))
            first = await _first_prompt(terminal) if target.own and not settings.recover else None
            _load()
            greeting = loop.create_task(_greet(settings, terminal, lambda sentence: console().say(sentence)))
            readying = loop.create_task(_make_ready(terminal))
            code = await console().run(first)
            greeting.cancel()
            readying.cancel()
        except asyncio.CancelledError:
            if ending.number is None:
                raise
            return 128 + ending.number
        finally:
            ending.begun = True
            await console().leave(hung_up=ending.hung_up)
    if console().last_words:
        print(f"zconsole: {console().last_words}", file=sys.stderr)
    return code


async def _first_prompt(terminal: Terminal) -> asyncio.Task[str | Ended]:
    """Begin to read the first block, and wait until its prompt can be seen; the reading."""
    reading = asyncio.create_task(terminal.read_block(1))
    reading.add_done_callback(lambda task: terminal.painted.set())
    try:
        await terminal.painted.wait()
    except asyncio.CancelledError:
        reading.cancel()
        await asyncio.wait([reading])
        raise
    return reading


def _load() -> None:
    """Import what the first Enter will need, while nobody waits for it."""
    import zconsole.frontend.console
    import zconsole.frontend.prompt.blocks
    import zconsole.kernelmanager  # noqa: F401

    # what is here by now stays: it need not be searched for garbage (`main` has switched that off)
    gc.freeze()
    gc.enable()


async def _greet(settings: Settings, terminal: Terminal, say: Callable[[str], None]) -> None:
    """Look in a thread at what is left of earlier sessions, and say what of it waits for the user."""
    loop, history = asyncio.get_running_loop(), terminal.history
    await terminal.painted.wait()  # who attaches waits for a prompt, not for this
    for sentence in await loop.run_in_executor(None, _sweep, settings):
        say(sentence)
    if settings.history_import and history.language == "python":
        blocks, sentence = await loop.run_in_executor(None, _take_over, history)
        history.take(blocks)
        if sentence:
            say(sentence)


def _take_over(history: FileHistory) -> tuple[list[str], str]:
    from zconsole.frontend.past.takeover import take_over

    return take_over(history.files, history.opened - KERNEL_AHEAD)


def _sweep(settings: Settings) -> list[str]:
    from zconsole.frontend.choosing.sweep import sweep
    from zconsole.frontend.past.greeting import greetings
    from zconsole.journal.store import prune

    prune(settings.journal_days, settings.journal_mb, sweep())
    return [] if settings.recover or settings.existing else greetings()


@dataclass(slots=True)
class _Ending:
    """The end of the session: the signal that asked for it, and whether it has `begun`: leaving has limits
    of its own, and what comes then (SIGHUP behind the end of a lost terminal's input) must not cut it off."""

    number: int | None = None
    begun: bool = False

    @property
    def hung_up(self) -> bool:
        """Whether it is the terminal that has gone."""
        return self.number is not None and self.number == getattr(signal, "SIGHUP", None)


@contextmanager
def _signals(
    loop: asyncio.AbstractEventLoop, ending: _Ending, console: Callable[[], Console]
) -> Iterator[None]:
    """SIGTERM and SIGHUP end the session in good order, SIGQUIT (Ctrl+\\ while a cell runs) leaves a kernel
    that runs on; SIGTSTP (Ctrl+Z while a cell runs) stops us in good order, and SIGCONT is the way back."""
    task = asyncio.current_task()
    assert task is not None

    def end(number: int) -> None:
        if not ending.begun:
            ending.number, ending.begun = number, True
            task.cancel()

    handlers: Mapping[str, Callable[[int], None]] = {
        "SIGTERM": end,
        "SIGHUP": end,
        "SIGQUIT": lambda number: console().detach(),
        "SIGTSTP": lambda number: console().suspend(),
        "SIGCONT": lambda number: console().resumed(),
    }
    numbers = [
        (getattr(signal, name), handler) for name, handler in handlers.items() if hasattr(signal, name)
    ]
    if sys.platform == "win32":
        yield
        return
    for number, handler in numbers:
        loop.add_signal_handler(number, handler, number)
    try:
        yield
    finally:
        for number, _ in numbers:
            loop.remove_signal_handler(number)


async def _make_ready(terminal: Terminal) -> None:
    await terminal.rest(REST)
    terminal.load_hints()
    take_away()


async def _offer(text: str) -> tuple[Found, bool] | None:
    from zconsole.frontend.offers import offer  # with the first Tab behind a %

    return await offer(text)


def _banner(target: Target) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    about = f", Python {version}. Type ? for help." if target.own else ""
    return f"zconsole {__version__}{about}\n"


def _username(settings: Settings) -> str:
    if settings.username:
        return settings.username
    from getpass import getuser  # not before the first prompt

    try:
        return getuser()
    except (KeyError, OSError):  # a user that the system has no name for
        return ""


def _history(language: str, say: Callable[[str], None]) -> FileHistory:
    name = "".join(letter if letter.isalnum() or letter in "+-" else "_" for letter in language.lower())
    return FileHistory(data_directory() / "zconsole" / "history" / f"{name}.jsonl", say)
