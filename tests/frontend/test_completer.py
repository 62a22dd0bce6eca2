"""Completions as the kernel words them, and as the menu shows them."""

import asyncio

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from zconsole.frontend.prompt.hinting.completer import KernelCompleter, completions
from zconsole.frontend.prompt.hinting.matches import (
    Found,
    Match,
    common,
    loosely,
    narrowed,
    read_reply,
    shown,
)

SHAPELESS = [
    {},
    {"matches": "ab"},
    {"matches": ["a"], "cursor_start": 9},
    {"matches": ["a"], "cursor_start": "0"},
    {"matches": ["a"], "cursor_start": -1},
    {"matches": [1, None, ""], "cursor_start": 0, "cursor_end": 3},
]


def reply(matches, start, end, **kinds):
    """A complete_reply's content, with the types of some of its matches."""
    types = [{"text": text, "type": kind, "start": start, "end": end} for text, kind in kinds.items()]
    metadata = {"_jupyter_types_experimental": types} if kinds else {}
    return {"matches": matches, "cursor_start": start, "cursor_end": end, "metadata": metadata}


def offered(content, code):
    """What is offered at the end of the code: what it replaces, and what the menu shows."""
    found = read_reply(content, len(code))
    return [
        (each.text, each.start_position, each.display_text, each.display_meta_text)
        for each in completions(found, Document(code))
    ]


def test_matches_replace_what_stands_before_the_cursor():
    content = reply(["os.path", "os.pardir"], 0, 5)
    assert offered(content, "os.pa") == [("os.path", -5, "path", ""), ("os.pardir", -5, "pardir", "")]


def test_positions_are_code_points():
    assert offered(reply(["größe"], 3, 5), "'𝒳'gr") == [("größe", -2, "größe", "")]


def test_what_is_behind_the_cursor_is_replaced_as_well():
    assert read_reply(reply(["path"], 3, 7), 5) == Found(3, [Match("path")], 2)
    assert read_reply(reply(["path"], 3, 4), 5).behind == 0


def test_kind_and_signature():
    types = [
        {"text": "abs", "type": "function", "signature": "(x, /)", "start": 0, "end": 2},
        {"text": "abc", "type": "<unknown>", "signature": ""},
        {"text": "abd", "type": "variable", "signature": None},
        {"type": "function"},
        "abs",
    ]
    content = reply(["abs", "abc", "abd"], 0, 2)
    content["metadata"] = {"_jupyter_types_experimental": types}
    assert [each[2:] for each in offered(content, "ab")] == [
        ("abs()", "function (x, /)"),
        ("abc", ""),
        ("abd", ""),
    ]


@pytest.mark.parametrize("content", SHAPELESS)
def test_a_reply_of_the_wrong_shape_offers_nothing(content):
    assert offered(content, "abc") == []


@pytest.mark.parametrize(
    ("text", "kind", "typed", "before", "seen"),
    [
        ("path", "", "pa", ".", "path"),
        ("os.path", "module", "os.pa", "", "path"),
        ("a.b.c", "instance", "a.b.", " ", "c"),
        ("/etc/passwd", "path", "/etc/pa", "'", "passwd"),
        ("/etc/apt/", "path", "/etc/a", "'", "apt/"),
        ("notes.txt", "path", "notes.t", "'", "notes.txt"),
        ("notes.txt", "", "notes.t", '"', "notes.txt"),  # a kernel without kinds
        ("key.with.dots", "dict key", "key.w", "'", "key.with.dots"),
        ("%%time", "magic", "%ti", "", "%%time"),
        ("axis=", "param", "", "(", "axis="),
        ("f", "function", "", ".", "f()"),
        ("x.", "", "x.", "", "x."),
    ],
)
def test_what_is_shown_leaves_out_what_stands_there(text, kind, typed, before, seen):
    assert shown(Match(text, kind), typed, before) == seen


def test_an_answer_that_comes_late_is_narrowed():
    found = Found(3, [Match("path"), Match("pardir"), Match("sep")])
    assert [match.text for match in narrowed(found, "os.par", 6).matches] == ["pardir"]
    assert common(found._replace(matches=found.matches[:2])) == "pa"


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("rdcsv", ["read_csv"]),
        ("rc", ["read_clipboard", "read_csv"]),
        ("ra", ["read_clipboard", "read_csv", "DataFrame"]),  # where they begin, how close they are
        ("df", ["DataFrame"]),
        ("to", ["to_list", "to_list_all", "autocorr"]),  # what begins with it first
        ("zz", []),
    ],
)
def test_letters_left_out(word, names):
    everything = ["DataFrame", "autocorr", "read_clipboard", "read_csv", "to_list", "to_list_all"]
    found = Found(3, [Match(name) for name in everything])
    result = [match.text for match in loosely(found, f"pd.{word}", 3 + len(word)).matches]
    assert result == names


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


def find_loosely(code, matches, start):
    asked = []

    async def ask(content, timeout):
        asked.append((content["code"], content["cursor_pos"]))
        return reply(matches, start, content["cursor_pos"])

    found = asyncio.run(KernelCompleter(ask).find(code, len(code), loosely=True))
    return asked, [match.text for match in found.matches]


def test_loosely_the_whole_object_is_asked_for_or_the_first_letter():
    assert find_loosely("pd.rdcsv", ["read_csv", "to_csv"], 3) == ([("pd.", 3)], ["read_csv"])
    assert find_loosely("x = fzz", ["fizzbuzz", "fun"], 4) == ([("x = f", 5)], ["fizzbuzz"])
    assert find_loosely("pd._pr", ["_private", "_typ"], 3) == ([("pd._", 4)], ["_private"])
    assert find_loosely("pd.", ["read_csv"], 3) == ([("pd.", 3)], ["read_csv"])


def test_commands_of_ours_are_offered_beside_the_magics():
    async def offer(text):
        ours = {
            "%re": (Found(0, [Match("%restart", "zconsole:", "end the kernel")]), False),
            "%kernel b": (Found(8, [Match("bash")]), True),
        }
        return ours.get(text)

    async def ask(content, timeout):
        return reply(["%reset", "%restart"], 0, 3)

    def texts(code):
        found = asyncio.run(KernelCompleter(ask, offer).find(code, len(code)))
        return [match.text for match in found.matches]

    assert texts("%re") == ["%reset", "%restart"]
    assert texts("%kernel b") == ["bash"]
    assert texts("re") == ["%reset", "%restart"]
