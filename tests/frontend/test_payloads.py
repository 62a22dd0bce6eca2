"""What payloads ask for."""

import pytest

from zconsole.frontend.payloads import Edit, Wishes, wishes


def test_all_that_is_known():
    payloads: list[dict[str, object]] = [
        {"source": "page", "data": {"text/plain": "long"}, "start": 0},
        {"source": "set_next_input", "text": "a = 1", "replace": True},
        {"source": "ask_exit", "keepkernel": True},
        {"source": "edit_magic", "filename": "x.py"},
    ]
    wish = wishes(payloads)
    assert wish.pages == [{"text/plain": "long"}]
    assert wish.next_input == "a = 1"
    assert (wish.leave, wish.keep_kernel) == (True, True)
    assert wish.edits == [Edit("x.py")]


@pytest.mark.parametrize(
    ("payload", "edit"),
    [
        ({"filename": "/a/b.py", "line_number": 7, "run": False}, Edit("/a/b.py", 7, run=False)),
        (
            {"filename": "/t/ipython_edit_y.py"},
            Edit("/t/ipython_edit_y.py", temporary=True),
        ),
        ({"filename": "b.py", "line_number": None, "temporary": True}, Edit("b.py", temporary=True)),
        ({"filename": "b.py", "line_number": "12"}, Edit("b.py", 12)),
    ],
)
def test_what_edit_means(payload, edit):
    """Ours says all of it; ipykernel's neither whether to run it nor whose file it is."""
    assert wishes([{"source": "edit_magic", **payload}]).edits == [edit]


@pytest.mark.parametrize("name", [None, "", 5])
def test_edit_without_a_file_asks_for_nothing(name):
    assert wishes([{"source": "edit_magic", "filename": name}]) == Wishes()


def test_unknown_ones_ask_for_nothing():
    assert wishes([{}, {"source": "new"}, {"source": "page", "data": "text"}]) == Wishes()
