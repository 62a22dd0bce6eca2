"""What payloads ask for."""

from zconsole.frontend.payloads import Wishes, wishes


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
    assert "x.py" in wish.sentences[0]


def test_unknown_ones_ask_for_nothing():
    assert wishes([{}, {"source": "new"}, {"source": "page", "data": "text"}]) == Wishes()
