"""Hostile outputs, drawn as a session draws them: the terminal is afterwards what it was.

Pictures that are cut off, damaged or decompression bombs, control sequences of every kind, deep and endless
documents, values that are not what their type says; in displays, results, streams (cut anywhere), errors and
updates. None raises anything, asks the terminal anything, sets a mode, a title or a margin, or takes the
next line; where the kernel is not trusted, none changes what stood above. 10,000 outputs at full size.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("PIL")

from tests.frontend.messages import reply, request
from tests.frontend.render.samples import PLOT, SVG, base64
from tests.frontend.render.test_hostile import COSTLY, MARKDOWN, ODD, PIECES
from tests.frontend.render.test_hostile_pictures import MIMES, SMALL, chunk, png
from tests.reliability.sizes import size
from tests.terminal.screen import Emulator
from zconsole.frontend.drawing import Drawing
from zconsole.frontend.execution import Execution
from zconsole.frontend.inplace import InPlace
from zconsole.frontend.look import Look, Place
from zconsole.frontend.render import RENDERERS, VIEW
from zconsole.frontend.settings import GRAPHICS

OUTPUTS = size(10_000, 150)
IN_A_CELL = 5
COLUMNS, ROWS = 80, 24
MOST = 3_000_000
"""Characters that one output may write; the most is a picture's."""

PICTURES = ("\x1b_G", "\x1b]1337;File=", "\x1bP0;1;0q")
"""How the strings begin that draw one."""

Output = tuple[str, dict[str, Any]]


def test_the_terminal_is_what_it_was() -> None:
    chance = random.Random(7)
    session = Session()
    before = session.state
    for number in range(0, OUTPUTS, IN_A_CELL):
        outputs = [any_output(chance) for _ in range(IN_A_CELL)]
        session.trusted = number % 2 == 0
        session.write(f"\n\x1b[JIn [{number}]: \n")  # a prompt erases what is below
        assert session.line_above == f"In [{number}]:", "the line behind the last outputs"
        session.run(outputs, look(chance))
        assert session.state == before, f"changed by one of {str(outputs)[:2000]}"
        assert session.trusted or session.still_shows(f"In [{number}]:"), (
            f"overwritten by one of {str(outputs)[:2000]}"
        )


class Session:
    """Draws the outputs of cells on a screen."""

    def __init__(self) -> None:
        self._replies: list[str] = []
        self._emulator = Emulator(COLUMNS, ROWS, self._replies.append)
        self._look = Look()
        self.trusted = True
        paper = InPlace(self.write, lambda: Place(COLUMNS, ROWS), lambda seconds, call: Never())
        self._drawing = Drawing(paper, lambda: self._look, str, trusts=lambda: self.trusted)

    def run(self, outputs: list[Output], look: Look) -> None:
        """A cell that ends without an error of ours, with these outputs."""
        self._look = look
        self._emulator.screen.history.top.clear()
        asked = request(code="")
        execution = Execution(asked.msg_id)
        self._drawing.begin()
        for msg_type, content in outputs:
            for event in execution.receive("iopub", reply(asked, msg_type, **content)):
                self._drawing.draw(event)
        self._drawing.ended()

    def write(self, text: str) -> None:
        assert len(text) < MOST
        assert not _UNSEEN.search(text)
        self._emulator.feed(text.replace("\n", "\r\n").encode("utf-8", "replace"))

    @property
    def line_above(self) -> str:
        screen = self._emulator.screen
        return screen.line_text(screen.cursor.y - 1)

    def still_shows(self, line: str) -> bool:
        """Whether that line is on the screen or has scrolled out of it, as far as that is remembered."""
        screen = self._emulator.screen
        if len(screen.history.top) == screen.history.size:
            return True
        lines = [*screen.history_lines(), *map(screen.line_text, range(ROWS))]
        # an accent that begins the next line is put at this one's end by pyte
        return line in [each.partition("  ")[0] for each in lines]

    @property
    def state(self) -> dict[str, Any]:
        """All of the terminal that output must not change."""
        screen = self._emulator.screen
        return {
            "modes": sorted(screen.mode),
            "margins": screen.margins,
            "letters": (screen.charset, screen.g0_charset, screen.g1_charset),
            "colours": screen.cursor.attrs,
            "cursor": screen.cursor.hidden,
            "saved": len(screen.savepoints),
            "tabs": sorted(screen.tabstops),
            "title": (self._emulator.title, screen.title, screen.icon_name),
            "answers": tuple(self._replies),
            "strings": [each for each in self._emulator.strings if not each.startswith(PICTURES)],
        }


class Never:
    """A timer that is not waited for: the end of a cell draws what is left."""

    def cancel(self) -> None:
        pass


def look(chance: random.Random) -> Look:
    return Look(
        width=chance.choice([COLUMNS, COLUMNS, 20, 1]),
        colour=chance.random() < 0.8,
        graphics=chance.choice(GRAPHICS),
        depth=chance.choice([1, 4, 8, 24]),
        rows=ROWS,
    )


def any_output(chance: random.Random) -> Output:
    return chance.choice([_stream, _stream, _display, _display, _display, _result, _error, _clear])(chance)


def _stream(chance: random.Random) -> Output:
    return "stream", {"name": chance.choice(["stdout", "stderr", 5]), "text": _escapes(chance)}


def _display(chance: random.Random) -> Output:
    name = chance.choice(["", "a", "b", None, ["a"]])
    content = {**_bundle(chance), "transient": {"display_id": name}}
    return chance.choice(["display_data", "display_data", "update_display_data"]), content


def _result(chance: random.Random) -> Output:
    return "execute_result", {"execution_count": chance.choice([1, None, "\x1b[2J"]), **_bundle(chance)}


def _error(chance: random.Random) -> Output:
    traceback = [_escapes(chance) for _ in range(chance.choice([0, 1, 40]))]
    return "error", {"ename": _escapes(chance), "evalue": _escapes(chance), "traceback": traceback}


def _clear(chance: random.Random) -> Output:
    return "clear_output", {"wait": chance.random() < 0.5}


def _bundle(chance: random.Random) -> dict[str, Any]:
    forms = dict(chance.choice(_FORMS)(chance) for _ in range(chance.choice([1, 1, 2])))
    return chance.choice([{"data": forms, "metadata": {}}] * 9 + [{"data": _wrong(chance), "metadata": 5}])


def _spoilt_picture(chance: random.Random) -> tuple[str, Any]:
    whole = chance.choice([*SMALL.values(), PLOT])
    spoilt = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.5 else whole)
    for _ in range(chance.randrange(6) if spoilt else 0):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return chance.choice(MIMES[:4]), base64(bytes(spoilt))


def _bomb(chance: random.Random) -> tuple[str, Any]:
    width, height = chance.choice([(50_000, 50_000), (2**31 - 1, 1), (1, 2**31 - 1), (4000, 4000)])
    return "image/png", base64(png(width, height, chunk(b"zTXt", b"a\0\0" + ZEROS), data=ZEROS))


def _spoilt_drawing(chance: random.Random) -> tuple[str, Any]:
    start = chance.randrange(len(SVG))
    return "image/svg+xml", SVG[:start] + chance.choice([*ODD, "<g>", "&a;"]) + SVG[start + 40 :]


def _document(chance: random.Random) -> tuple[str, Any]:
    mime = chance.choice(list(PIECES))
    pieces = [*PIECES[mime], *ODD, *MARKDOWN]
    return mime, "".join(chance.choices(pieces, k=chance.randrange(60)))


def _costly(chance: random.Random) -> tuple[str, Any]:
    return COSTLY[chance.choice(list(COSTLY))] if chance.random() < 0.05 else _document(chance)


def _plain(chance: random.Random) -> tuple[str, Any]:
    return "text/plain", _escapes(chance)


def _mistyped(chance: random.Random) -> tuple[str, Any]:
    mime = chance.choice([*RENDERERS, VIEW, "application/x-\x1b[2Jown", _escapes(chance)])
    return mime, _wrong(chance)


def _wrong(chance: random.Random) -> Any:
    values: list[Callable[[], Any]] = [
        *(lambda: None, lambda: True, lambda: -1, lambda: float("nan"), lambda: 10**400),
        lambda: [_wrong(chance)],
        lambda: {_escapes(chance): _wrong(chance)},
        lambda: {"model_id": _escapes(chance)},
        lambda: _escapes(chance),
        lambda: "\ud800",
    ]
    return chance.choice(values)()


def _escapes(chance: random.Random) -> str:
    """Text with control sequences, which may be cut off at its end."""
    parts = chance.choices([_control, _set, _string, _short, _words, _move], k=chance.randrange(8))
    text = "".join(part(chance) for part in parts)
    return text[: chance.randrange(len(text) + 1)] if chance.random() < 0.2 else text


def _control(chance: random.Random) -> str:
    parameters = ";".join(
        str(chance.choice([0, 1, 2, 4, 6, 25, 999, ""])) for _ in range(chance.randrange(4))
    )
    final = chr(chance.randrange(0x40, 0x7F))
    return f"{_csi(chance)}{chance.choice(['', *'?>=<!'])}{parameters}{chance.choice(['', *' $!'])}{final}"


def _set(chance: random.Random) -> str:
    modes = [1, 3, 5, 6, 7, 12, 25, 45, 47, 69, 1000, 1003, 1004, 1006, 1047, 1049, 2004, 2026, 2031]
    return f"{_csi(chance)}{chance.choice(['?', ''])}{chance.choice(modes)}{chance.choice('hl')}"


def _move(chance: random.Random) -> str:
    moves = ["\x1b[A\r\x1b[2K", "\x1b[2A\rspoilt", "\x1b[3A\rspoilt", "\x1b[31m", "\b\b\b", "\x1b[9D\x1b[K"]
    return chance.choice(moves)


def _csi(chance: random.Random) -> str:
    return chance.choice(["\x1b[", "\x1b[", "\x9b"])


def _string(chance: random.Random) -> str:
    begin = chance.choice(["\x1b" + each for each in _STRINGS] + ["\x9d0;", "\x90$qm", "\x9f"])
    return begin + _words(chance) + chance.choice(["\x07", "\x1b\\", "\x9c", "", "\x1b"])


def _short(chance: random.Random) -> str:
    return chance.choice([*("\x1b" + each for each in _SHORT), *"\x0e\x0f\x05\x0b\x0c\x18\x1a\x7f"])


def _words(chance: random.Random) -> str:
    return chance.choice(["", "x", "a title", "日本", "line\nline", "e\u0301", *ODD])


_STRINGS = [
    *("]0;", "]2;", "]4;1;?", "]8;;x", "]9;", "]10;?", "]11;#f00", "]52;c;eA==", "]104", "]133;A"),
    *("]777;notify;", "]1337;SetMark", "_Ga=d;", "_Ga=q,i=1;", "P$qm", "P+q544e", "Pq#0;2;0;0;0"),
    *("X", "^", "Ptmux;\x1b\x1b]0;"),
]
_SHORT = [*"c78=>DEHMNOZno|}~lm", "#8", "#3", "#6", "%G", "%@", "(0", ")0", "*0", "(A", " F", " G"]

_UNSEEN = re.compile(r"[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
"""Controls of which an emulator may make nothing, and a terminal something."""

ZEROS = zlib.compress(bytes(50_000_000), 9)

_FORMS = (_spoilt_picture, _bomb, _spoilt_drawing, _document, _costly, _plain, _plain, _mistyped)
