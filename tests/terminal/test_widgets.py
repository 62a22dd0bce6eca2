"""Widgets of ipywidgets in a real session: what they show, and that it changes where it stands."""

from __future__ import annotations

import re
import sys

import pytest

pytest.importorskip("ipywidgets")

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend", "--no-banner")


@pytest.mark.parametrize("kernel", [(), ("--kernel", "python3")], ids=["ours", "ipykernel"])
def test_a_widget_shows_its_state_and_changes_where_it_stands(terminal, kernel):
    t = terminal(*ZCONSOLE, *kernel)
    t.run("import ipywidgets as w, time")
    t.paste(
        "bar, label = w.IntProgress(description='load'), w.Label('begins')\n"
        "display(w.HBox([bar, label])); print('behind')\n"
        "for i in range(0, 101, 4): bar.value = i; label.value = f'step {i}'; time.sleep(0.02)"
    )
    t.type("\r")
    t.wait_prompt(3)
    t.wait(r"^load: █{20}\s+100\s%  step 100\nbehind$")
    assert "begins" not in t.screen_text.partition("time.sleep(0.02)")[2]
    t.run("bar")
    t.wait(r"^Out\[3\]: load: █{20}\s+100\s%$")
    t.run("bar.value = 50")
    t.wait(r"^load: █{10}░{10}\s+50\s%", history=True)


def test_a_bar_of_tqdms_for_notebooks(terminal):
    pytest.importorskip("tqdm")
    t = terminal(*ZCONSOLE)
    t.run("from tqdm.notebook import tqdm; import time")
    t.run("for i in tqdm(range(50), desc='work'): time.sleep(0.005)")
    t.wait_prompt(3)
    t.wait(r"^work:.*100%.*50/50.*$")
    assert t.screen_text.count("50/50") == 1


def test_a_widget_that_was_made_before_one_came(terminal):
    made = terminal(*ZCONSOLE, "--name", "lab")
    made.run("import ipywidgets as w; slider = w.IntSlider(7, max=10)")
    t = terminal(*ZCONSOLE, "--existing", "lab")
    t.wait_prompt(2)
    t.type("display(slider)\r")
    t.wait(r"^0 ─+●─+ 10  7$")
    made.wait_prompt(3)
    made.run("slider.value = 9")
    t.wait(r"^0 ─+●─+ 10  9$")


def test_who_comes_back_finds_a_bar_as_it_is_while_its_cell_runs(terminal):
    """What has changed meanwhile is not recorded: the states are asked for, beside the cell."""
    left = terminal(*ZCONSOLE, "--name", "lab")
    left.run("import ipywidgets as w, time; bar = w.IntProgress(value=5, description='load')")
    left.type("display(bar); [(setattr(bar, 'value', i), time.sleep(0.05)) for i in range(5, 100)];\r")
    left.wait(r"^load:.*\s\d\d\s%$")
    left.keys("c-\\")
    assert left.wait_exit() == 0
    t = terminal(*ZCONSOLE, "--existing", "lab")
    found = t.wait(r"^load: █+░*\s+(\d\d)\s%\n── In \[2\] still runs.*\n\nIn \[3\]: $")
    moved = re.compile(rf"^load: █+░*\s+(?!{found[1]})\d\d\s%\n── In \[2\] still runs", re.MULTILINE)
    t.wait_for(lambda: moved.search(t.screen_text), "it does not move")
