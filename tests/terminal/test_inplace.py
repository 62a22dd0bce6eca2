"""Displays that are updated and output that is cleared, in a real session."""

from __future__ import annotations

import sys

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")


def test_displays_are_updated_in_place(terminal):
    t = terminal(*ZCONSOLE)
    t.run("import time")
    t.run("a = display('a 0', display_id=True); b = display('b 0', display_id=True); print('text')")
    t.wait(r"^'a 0'\n'b 0'\ntext$")
    t.paste(
        "a = display('a 0', display_id=True); b = display('b 0', display_id=True)\n"
        "for i in range(1, 50): a.update(f'a {i}'); print('.', end=''); b.update(f'b {i}'); time.sleep(0.005)"
    )
    t.type("\r")
    t.wait_prompt(4)
    t.wait(r"^'a 49'\n'b 49'\n\.{49}\n\nIn \[4\]: $")
    assert "\n'a 0'" not in t.screen_text.partition("In [3]")[2]


def test_clear_output_animates_in_place(terminal):
    t = terminal(*ZCONSOLE)
    t.run("from IPython.display import clear_output")
    t.run("for i in range(200): clear_output(wait=True); print('frame', i); print('of many')")
    t.wait(r"many'\)\nframe 199\nof many\n\nIn \[3\]: $")
    assert "frame 0" not in t.history_text


def test_an_update_from_a_thread_above_the_prompt(terminal):
    t = terminal(*ZCONSOLE)
    t.run("import threading, time")
    t.paste(
        "handle = display('state 0', display_id=True)\n"
        "go = threading.Event()\n"
        "def work():\n"
        "    go.wait(10)\n"
        "    for i in range(1, 21): handle.update(f'state {i}')\n"
        "threading.Thread(target=work).start(); threading.Timer(0.5, go.set).start()"
    )
    t.type("\r")
    t.wait_prompt(3)
    t.type("half a line")
    t.wait(r"^'state 20'\n\nIn \[3\]: half a line$")
    assert "state 0" not in t.screen_text.partition("go.set).start()")[2]


@pytest.mark.parametrize("bars", ["tqdm"])
def test_two_bars_at_once(terminal, bars):
    pytest.importorskip(bars)
    t = terminal(*ZCONSOLE)
    t.run("from tqdm.auto import tqdm; import time")
    t.paste(
        "outer, inner = tqdm(total=5, desc='outer'), tqdm(total=5, desc='inner')\n"
        "for i in range(5): outer.update(); inner.update(); time.sleep(0.02)\n"
        "outer.close(); inner.close()"
    )
    t.type("\r")
    t.wait_prompt(3)
    t.wait(r"^outer: 100%.*5/5.*\n+inner: 100%.*5/5.*\n+")
    assert t.screen_text.count("outer: 100%") == 1
