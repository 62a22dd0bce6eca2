"""What is said when a kernel has died."""

from __future__ import annotations

import pytest

from zconsole.frontend.obituary import last_words, obituary, was_killed
from zconsole.frontend.seats import Running
from zconsole.process import Exit

CRASH = """\
starting
Fatal Python error: Segmentation fault

Thread 0x00007f24f0c0eb81 (most recent call first):
  File "/lib/threading.py", line 320 in wait

Current thread 0x00007f24f0c0eb80 (most recent call first):
  File "/lib/ctypes/__init__.py", line 519 in string_at
  File "<ipython-input-17-db6a4fdf8436>", line 2 in deep
  File "<ipython-input-18-a6a4fdf8436b>", line 1 in <module>
  File "/lib/IPython/core/interactiveshell.py", line 3823 in run_code
  File "/lib/IPython/core/interactiveshell.py", line 3762 in run_ast_nodes"""


@pytest.mark.parametrize(
    ("exit", "known", "said"),
    [
        (Exit(7), {}, "The kernel exited with code 7."),
        (None, {}, "The kernel has ended."),
        (
            Exit(-11),
            {"starting": True},
            "The kernel was ended by signal 11 (SIGSEGV: Segmentation fault) while starting.",
        ),
        (
            Exit(7, 14_200_000_000),
            {"ran": Running(3, "x"), "seconds": 75.0},
            "The kernel exited with code 7. In [3] had run for 1 min 15 s. Its memory was 14.2 GB at most.",
        ),
        (
            Exit(7, 85_000_000),
            {"ran": Running(3, "x", name="ada"), "seconds": 0.25},
            "The kernel exited with code 7. Ada's In [3] had run for 0.25 s. Its memory was 85 MB at most.",
        ),
        (None, {"ran": Running()}, "The kernel has ended. A cell was running."),
        (Exit(7), {"log": "one\ntwo"}, "The kernel exited with code 7.\none\ntwo"),
    ],
)
def test_what_is_known_is_said(exit, known, said):
    assert obituary(exit, **known) == said


def test_of_a_crash_the_users_own_calls_are_told():
    assert last_words(CRASH.splitlines()) == [
        "Fatal Python error: Segmentation fault",
        "Current thread 0x00007f24f0c0eb80 (most recent call first):",
        '  File "/lib/ctypes/__init__.py", line 519 in string_at',
        "  Cell In[17], line 2 in deep",
        "  Cell In[18], line 1 in <module>",
    ]


def test_of_another_log_the_end_is_told():
    assert last_words([str(number) for number in range(30)]) == [str(number) for number in range(20, 30)]


@pytest.mark.parametrize(
    ("exit", "killed"), [(Exit(-9), True), (Exit(-15), False), (Exit(9), False), (None, False)]
)
def test_what_may_be_the_systems_work(exit, killed):
    assert was_killed(exit) == killed
