"""Completions as the kernel words them, and as the menu shows them."""

import asyncio

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from zconsole.frontend.prompt.completer import KernelCompleter, completions


def offered(content, position):
    return [
        (each.text, each.start_position, each.display_text, each.display_meta_text)
        for each in completions(content, position)
    ]


def test_matches_replace_what_stands_before_the_cursor():
    content = {"matches": ["os.path", "os.pardir"], "cursor_start": 0, "cursor_end": 5}
    assert offered(content, 5) == [("os.path", -5, "path", ""), ("os.pardir", -5, "pardir", "")]


def test_positions_are_code_points():
    assert offered({"matches": ["größe"], "cursor_start": 2, "cursor_end": 4}, 4) == [
        ("größe", -2, "größe", "")
    ]


def test_kind_and_signature():
    types = [
        {"text": "abs", "type": "function", "signature": "(x, /)", "start": 0, "end": 2},
        {"text": "abc", "type": "<unknown>", "signature": ""},
    ]
    content = {"matches": ["abs", "abc"], "cursor_start": 0, "cursor_end": 2}
    content["metadata"] = {"_jupyter_types_experimental": types}
    assert [each[3] for each in offered(content, 2)] == ["function (x, /)", ""]


@pytest.mark.parametrize(
    "content",
    [{}, {"matches": "ab"}, {"matches": ["a"], "cursor_start": 9}, {"matches": ["a"], "cursor_start": "0"}],
)
def test_a_reply_of_the_wrong_shape_offers_nothing(content):
    assert offered(content, 3) == []


def test_paths_are_shown_whole():
    assert offered({"matches": ["a/b.py"], "cursor_start": 0, "cursor_end": 1}, 1)[0][2] == "a/b.py"


def ask_with(answer, text):
    asked = []

    async def ask(content, timeout):
        asked.append(content)
        return answer

    async def collect():
        completer = KernelCompleter(ask)
        return [each async for each in completer.get_completions_async(Document(text), CompleteEvent())]

    return asyncio.run(collect()), asked


def test_the_kernel_is_asked():
    found, asked = ask_with({"matches": ["print"], "cursor_start": 0, "cursor_end": 2}, "pr")
    assert [each.text for each in found] == ["print"]
    assert asked == [{"code": "pr", "cursor_pos": 2}]


def test_no_answer_is_no_menu_and_nothing_is_asked_about_nothing():
    assert ask_with(None, "pr")[0] == []
    assert ask_with(None, "  \n ") == ([], [])
